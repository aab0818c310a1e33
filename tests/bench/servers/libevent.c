/* An echo server on libevent's bufferevents, which move what was received to the output without a copy. They write a
 * turn of the loop later; so a connection is read on until more than a buffer waits, and then not before all is out.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BUFFER_SIZE = 64 * 1024, BACKLOG = 4096 };

static size_t waiting_bytes(struct bufferevent *connection)
{
    return evbuffer_get_length(bufferevent_get_output(connection));
}

static void on_readable(struct bufferevent *connection, void *data)
{
    (void)data;
    if (bufferevent_write_buffer(connection, bufferevent_get_input(connection)) < 0)
        bufferevent_free(connection);
    else if (waiting_bytes(connection) > BUFFER_SIZE)
        bufferevent_disable(connection, EV_READ);
}

static void on_written(struct bufferevent *connection, void *data)
{
    (void)data;
    bufferevent_enable(connection, EV_READ);
}

static void on_last_written(struct bufferevent *connection, void *data)
{
    (void)data;
    bufferevent_free(connection);
}

static void on_event(struct bufferevent *connection, short what, void *data)
{
    if ((what & BEV_EVENT_EOF) && waiting_bytes(connection) > 0)
        bufferevent_setcb(connection, NULL, on_last_written, on_event, data);
    else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        bufferevent_free(connection);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int peer_size,
                          void *data)
{
    (void)peer;
    (void)peer_size;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct bufferevent *connection =
        bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (connection == NULL) {
        evutil_closesocket(fd);
        return;
    }
    bufferevent_set_max_single_read(connection, BUFFER_SIZE);
    bufferevent_set_max_single_write(connection, BUFFER_SIZE);
    bufferevent_setcb(connection, on_readable, on_written, on_event, data);
    bufferevent_enable(connection, EV_READ | EV_WRITE);
}

static void announce(struct evconnlistener *listener)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size) < 0)
        perror("getsockname");
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    signal(SIGPIPE, SIG_IGN);
    struct event_base *base = event_base_new();
    if (base == NULL)
        return 1;
    struct evconnlistener *listener =
        evconnlistener_new_bind(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
                                (struct sockaddr *)&address, sizeof address);
    if (listener == NULL) {
        perror("listen");
        return 1;
    }
    announce(listener);
    return event_base_dispatch(base) < 0;
}
