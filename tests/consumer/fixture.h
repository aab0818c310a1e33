/* Servers and clients of the library, as most checks want them. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <sockecho.h>
#include <stddef.h>

struct se_server *new_server(void);
struct se_server *started_server(void);
void end_server(struct se_server *server);
struct se_client *new_client(void);
struct se_client *connected_client(const struct se_server *server);
/* Waits until the client's descriptor has one of the events of its open call, or has failed. */
void wait_for(const struct se_client *client, int events);
/* Makes one call until it does not say -EAGAIN, and waits in a poll of its own in between. */
int echo_to_the_end(struct se_client *client, const void *message, size_t length, void *reply);
int connect_to_the_end(struct se_client *client, int port);

#endif
