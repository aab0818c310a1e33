/* To send succeeds although the peer has vanished: the kernel took the bytes. That nobody answers, it tells later. */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Drops all that arrives for the socket before TCP sees it, as if a cable had been pulled out. */
static void vanish(int fd)
{
    struct sock_filter drop_all = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &drop_all};
    must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

int main(void)
{
    char reply[100];
    int port;
    int give_up_ms = 1000;
    int listen_fd = listen_anywhere(&port);
    int fd = connect_to(port);
    int peer_fd = (int)must("accept", accept(listen_fd, NULL, NULL));
    must("setsockopt", setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up_ms, sizeof give_up_ms));

    vanish(peer_fd);
    int64_t began_ms = now_ms();
    printf("send: %zd bytes\n", must("send", send(fd, "hello", 5, MSG_NOSIGNAL)));
    int error = recv(fd, reply, sizeof reply, 0) == -1 ? errno : 0;
    printf("recv: %s after %" PRId64 " ms\n", se_error_name(-error), now_ms() - began_ms);

    close(fd);
    close(peer_fd);
    close(listen_fd);
    return error != ETIMEDOUT;
}
