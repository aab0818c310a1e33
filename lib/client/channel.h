/* The three modes, as they apply to one connected descriptor: how long an operation waits before it says "not yet". */
#ifndef SE_CHANNEL_H
#define SE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct se__channel {
    int fd;
    int64_t timeout_ms;   /* below 0 blocking, 0 non-blocking, above 0 timeout mode */
    bool bounded;         /* a receive may wait in the kernel, which gives up after timeout_ms by itself */
    int64_t busy_poll_ns; /* how long to look again and again before a wait; 0: sleep at once */
};

/* The one deadline of a public call. */
struct se__call {
    int64_t deadline_ms;
    bool is_under_way; /* some of its time is over: less is left than SO_RCVTIMEO would allow */
};

/* Makes the descriptor follow the mode; no descriptor (-1) is fine. */
int se__channel_set_timeout(struct se__channel *channel, int64_t timeout_ms);
struct se__call se__channel_call(const struct se__channel *channel);

/* Whether the time of the call is over; never so without a timeout. */
bool se__channel_is_late(const struct se__channel *channel, const struct se__call *call);
/* Waits until `fd` is ready for the poll(2) events: 0 it is, -EAGAIN not yet (the mode or the deadline says so). */
int se__channel_wait(const struct se__channel *channel, struct se__call *call, int fd, int events);
/* Waits a moment for what no readiness tells, a shortage of kernel memory for one: 0, or -EAGAIN not yet. */
int se__channel_pause(const struct se__channel *channel, struct se__call *call);
/* Waits for bytes: how many came, 0 for the peer's FIN, -EAGAIN not yet, or -errno. */
int64_t se__channel_receive(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size);

#endif
