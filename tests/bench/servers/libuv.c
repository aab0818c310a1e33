/* An echo server on libuv. One receive buffer serves all connections, because uv_try_write() takes the bytes at once,
 * as a rule; what it does not take is kept in memory of its own, and the connection is not read until it is out.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BUFFER_SIZE = 64 * 1024, BACKLOG = 4096 };

struct guest {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    char *unsent;
};

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
}

static void free_guest(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_guest(struct guest *guest)
{
    uv_handle_t *handle = (uv_handle_t *)&guest->tcp;
    if (!uv_is_closing(handle))
        uv_close(handle, free_guest);
}

static void lend_buffer(uv_handle_t *handle, size_t suggested_size, uv_buf_t *buffer_out)
{
    static char bytes[BUFFER_SIZE];
    (void)handle;
    (void)suggested_size;
    *buffer_out = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void on_written(uv_write_t *write, int status)
{
    struct guest *guest = write->data;
    free(guest->unsent);
    guest->unsent = NULL;
    if (status < 0 || uv_read_start((uv_stream_t *)&guest->tcp, lend_buffer, on_read) < 0)
        close_guest(guest);
}

static int keep_and_write(struct guest *guest, const char *bytes, size_t length)
{
    uv_stream_t *stream = (uv_stream_t *)&guest->tcp;
    guest->unsent = malloc(length);
    if (guest->unsent == NULL)
        return UV_ENOMEM;
    memcpy(guest->unsent, bytes, length);
    uv_buf_t rest = uv_buf_init(guest->unsent, (unsigned)length);
    uv_read_stop(stream);
    return uv_write(&guest->write, stream, &rest, 1, on_written);
}

static int echo(struct guest *guest, char *bytes, size_t length)
{
    uv_buf_t all = uv_buf_init(bytes, (unsigned)length);
    int written = uv_try_write((uv_stream_t *)&guest->tcp, &all, 1);
    if (written == UV_EAGAIN)
        written = 0;
    if (written < 0 || (size_t)written == length)
        return written;
    return keep_and_write(guest, bytes + written, length - (size_t)written);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    close_guest(shutdown->data);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct guest *guest = stream->data;
    int error = 0;
    if (count > 0)
        error = echo(guest, buffer->base, (size_t)count);
    else if (count == UV_EOF)
        error = uv_shutdown(&guest->shutdown, stream, on_shutdown);
    else
        error = (int)count;
    if (error < 0)
        close_guest(guest);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct guest *guest = status < 0 ? NULL : calloc(1, sizeof *guest);
    if (guest == NULL)
        return;
    guest->tcp.data = guest;
    guest->write.data = guest;
    guest->shutdown.data = guest;
    uv_tcp_init(listener->loop, &guest->tcp);
    uv_stream_t *stream = (uv_stream_t *)&guest->tcp;
    if (uv_accept(listener, stream) < 0 || uv_tcp_nodelay(&guest->tcp, 1) < 0 ||
        uv_read_start(stream, lend_buffer, on_read) < 0)
        close_guest(guest);
}

static void announce(const uv_tcp_t *listener)
{
    struct sockaddr_in address;
    int size = sizeof address;
    check(uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in address;
    signal(SIGPIPE, SIG_IGN);
    check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
    check(uv_tcp_init(loop, &listener), "socket");
    check(uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0), "bind");
    check(uv_listen((uv_stream_t *)&listener, BACKLOG, on_connection), "listen");
    announce(&listener);
    return uv_run(loop, UV_RUN_DEFAULT);
}
