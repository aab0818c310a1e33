/** @file endpoints.h
 * A server and a client of the library, ready for a test. Every function asserts that it succeeds in time.
 */
#ifndef SUPPORT_ENDPOINTS_H
#define SUPPORT_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sockecho.h>

/** Whether this build of the library has that poller; says so on stderr when it does not. */
bool poller_available(int poller);

/** A server on a free port of 127.0.0.1 with that poller, which does not run yet. */
struct se_server *server_new(int poller);

/** As server_new(), with a small send buffer (SO_SNDBUF), so that the server soon holds bytes itself. */
struct se_server *server_new_narrow(int poller, int send_buffer_bytes);

/** As server_new(), running in a thread of its own. */
struct se_server *server_started(int poller);

/** Stops a started server, waits until its connections have ended, and frees it. */
void server_end(struct se_server *server);

/** A client with that timeout (0 non-blocking, SE_TIMEOUT_NONE blocking), not connected. */
struct se_client *client_new(int64_t timeout_ms);

/** As client_new(), connected to 127.0.0.1. */
struct se_client *client_connected(int port, int64_t timeout_ms);

/** Waits until the call that is open on the client can go on; asserts that it says what it waits for. */
void client_wait(const struct se_client *client);

/** The three calls in any mode: each is repeated when the client is ready for it, until it is done or has failed. */
int client_connect(struct se_client *client, int port);
int client_echo(struct se_client *client, const void *message, size_t length, void *reply);
int client_finish(struct se_client *client);

/** Waits until something has come for a client with no open call: bytes, FIN or RST. */
void client_wait_for_arrival(const struct se_client *client);

/** Waits until the connection of a client with no open call is cut (RST). */
void client_wait_for_reset(const struct se_client *client);

/** Asserts that the client has no connection and no open call. */
void assert_client_disconnected(struct se_client *client);

#endif
