/* Whether a peer takes what the kernel holds for it. Readiness does not tell: a socket becomes writable only when a
 * good part of its buffer is free, which takes a slow reader minutes. Meson picks progress-tcp-info.c or
 * progress-unknown.c. */
#ifndef SE_PROGRESS_H
#define SE_PROGRESS_H

#include <stdint.h>

/* Milliseconds since bytes last went out to the peer, -1 where the system does not tell. */
int64_t se__progress_age_ms(int fd);

#endif
