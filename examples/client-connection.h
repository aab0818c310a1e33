/* How sockecho-client comes to its server, and how it says what went wrong there. */
#ifndef EXAMPLES_CLIENT_CONNECTION_H
#define EXAMPLES_CLIENT_CONNECTION_H

#include "client-options.h"

#include <sockecho.h>
#include <stddef.h>

/* Where -4 or -6 was given, the library gets the host's first address of that family, as a number. Finds it, which can
 * take seconds. 0, or SE_ERESOLVE or a negative errno where there is none.
 */
int find_address(struct client_options *options);

/* Why the host was not found or not reached: that it has no address of the family, where one was asked for. */
const char *reason_for_host(const struct client_options *options, int error);

/* The address that find_address() found, or the host as it was given. */
const char *host_to_connect(const struct client_options *options);

/* One call of se_client_connect() or se_client_connect_unix(), and its result. */
int connect_once(struct se_client *client, const struct client_options *options);

/* The address of the peer that is connected: "127.0.0.1:7", "[::1]:7", "unix:PATH". */
enum { PEER_SIZE = 128 };
void describe_peer(const struct se_client *client, const struct client_options *options, char text[PEER_SIZE]);

/* Sentences without their full stop, for an error of the library. An echo's wrong byte is named by its offset in the
 * connection's stream or in the message, of which the last echo began at `base`.
 */
void describe_connecting(const struct client_options *options, int error, char *text, size_t size);
void describe_echo(const struct se_client *client, int64_t base, int error, char *text, size_t size);
void describe_finishing(int error, char *text, size_t size);

#endif
