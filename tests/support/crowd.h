/** @file crowd.h
 * Many raw clients at once, all of which send the same short message. Every function asserts that it succeeds in time.
 */
#ifndef SUPPORT_CROWD_H
#define SUPPORT_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What each of them sends. */
extern const uint8_t crowd_message[];
extern const size_t crowd_message_length;

/** Connects them to 127.0.0.1 and keeps their sockets. */
void crowd_connect(int *fds, size_t count, int port);

/** Each sends the message once. */
void crowd_send(const int *fds, size_t count);

/** Each gets the message back once. */
void crowd_expect_echo(const int *fds, size_t count);

/** Whether something has come for each. */
bool crowd_has_answers(const int *fds, size_t count);

/** Each gets FIN, with no byte before that. */
void crowd_expect_fin(const int *fds, size_t count);

void crowd_close(const int *fds, size_t count);

#endif
