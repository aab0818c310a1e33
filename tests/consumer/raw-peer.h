/* Raw peers: plain sockets that play the other side of a server or of a client. */
#ifndef RAW_PEER_H
#define RAW_PEER_H

#include <sockecho.h>
#include <stddef.h>
#include <stdint.h>

/* A raw peer whose calls end after 5 s at the latest. receive_bytes 0 leaves the size of the buffer to the kernel. */
int raw_connect(const char *host, int port, int receive_bytes);
int peer_of(const struct se_server *server);
void close_with_reset(int fd);
/* Until FIN, an error or a full buffer: the number of bytes, or -errno. */
int64_t read_to_end(int fd, void *buffer, size_t size);
/* Reads what the kernel still holds; the verdict is how it ends. */
void expect_end(int fd, int64_t wanted);
void expect_echo(int fd, const void *text, size_t length);
/* Sends a message, half-closes, and reads no more than `slice` bytes at a time, and only when sending has to wait. */
void expect_exact_echo(int fd, size_t length, size_t slice);
/* Waits until the peer's kernel has all that was sent. The watchdog of main bounds it. */
void wait_until_arrived(int fd);
/* Binds a free port of 127.0.0.1; it listens where the backlog is not below 0. Its accept, and every recv of the
 * sockets it accepts, ends after 5 s at the latest. */
int raw_listener(int backlog, int *port_out);
struct se_client *client_of_raw_peer(int *peer_out);
void peer_says(int peer, const char *text);
void end_pair(struct se_client *client, int peer);

/* A server in blocking mode with a peer that never reads. The buffers in the kernel are small, and what the peer sends
 * fits into one receive: so the server has read all of it, and the most part has nowhere to go but its own memory. */
struct se_server *server_of_a_stuck_peer(int *peer_out);

#endif
