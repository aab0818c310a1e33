/* Three ways to end a connection on which much is on its way and one byte of the peer's waits unread. */
#include "plain.h"

#include <errno.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The end of the connection that has something to say, and its peer's. */
struct ends {
    int fd;
    int peer_fd;
};

static struct ends open_connection(void)
{
    int port;
    struct ends ends;
    int listen_fd = listen_anywhere(&port);
    ends.peer_fd = connect_to(port);
    ends.fd = (int)must("accept", accept(listen_fd, NULL, NULL));
    close(listen_fd);
    return ends;
}

/* As many bytes as the kernel takes. */
static size_t send_much(int fd)
{
    static char bytes[65536];
    size_t total = 0;
    ssize_t sent;
    while ((sent = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
        total += (size_t)sent;
    return total;
}

/* Until FIN, which is 0, or an error, which is returned as errno. */
static int receive_all(int fd, size_t *total)
{
    char bytes[65536];
    ssize_t received;
    while ((received = recv(fd, bytes, sizeof bytes, 0)) > 0)
        *total += (size_t)received;
    return received == -1 ? errno : 0;
}

static void report(const char *way, int peer_fd, size_t sent)
{
    size_t received = 0;
    int error = receive_all(peer_fd, &received);
    printf("%s: the peer gets %s, then %s\n", way, received == sent ? "every byte" : "less than was sent",
           error == 0 ? "FIN" : se_error_name(-error));
    close(peer_fd);
}

static void close_at_once(struct ends ends)
{
    must("send", send(ends.peer_fd, "x", 1, MSG_NOSIGNAL));
    size_t sent = send_much(ends.fd);
    close(ends.fd);
    report("close", ends.peer_fd, sent);
}

static void cut(struct ends ends)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    size_t sent = send_much(ends.fd);
    must("setsockopt", setsockopt(ends.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    close(ends.fd);
    report("SO_LINGER of 0, then close", ends.peer_fd, sent);
}

static void end_in_order(struct ends ends)
{
    size_t discarded = 0;
    must("send", send(ends.peer_fd, "x", 1, MSG_NOSIGNAL));
    size_t sent = send_much(ends.fd);
    must("shutdown", shutdown(ends.fd, SHUT_WR));
    report("FIN, receive until the peer's, then close", ends.peer_fd, sent);
    receive_all(ends.fd, &discarded);
    close(ends.fd);
}

int main(void)
{
    close_at_once(open_connection());
    cut(open_connection());
    end_in_order(open_connection());
    return 0;
}
