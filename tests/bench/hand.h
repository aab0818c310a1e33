/* An echo client as one writes it by hand: what the library's client is compared with. One that checks does so with
 * memcmp(3) as the bytes arrive. The program ends where anything fails. */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As much as the library's client receives at once. */
enum { HAND_BUFFER_SIZE = 256 * 1024 };

struct hand {
    int fd;
    bool is_checked;
    int64_t timeout_ms; /* -1: none */
    char *buffer;
};

void hand_connect(struct hand *hand, const struct bench_place *place);
void hand_close(struct hand *hand);

/* Sends all, then receives all, and waits in send(2) and recv(2): right for a message that the kernel holds. */
void hand_echo_blocking(struct hand *hand, const char *message, size_t length);

/* The same, and waits in poll(2), until one deadline for the whole echo where there is a timeout. */
void hand_echo_polling(struct hand *hand, const char *message, size_t length);

/* Sends and receives at the same time, whichever is ready: right for a message of any length. */
void hand_echo_bulk(struct hand *hand, const char *message, size_t length);

#endif
