/* One connection of a load: how far its stream has been sent and has come back, and when each message in flight left.
 */
#ifndef SE_LANE_H
#define SE_LANE_H

#include "load/figures.h"
#include "load/plan.h"
#include "system/deadline.h"

#include <stdbool.h>

enum se__lane_state { SE__LANE_CLOSED, SE__LANE_CONNECTING, SE__LANE_OPEN, SE__LANE_FINISHING };

struct se__lane {
    struct se__deadline deadline;
    int64_t *left_ns;  /* a ring: when each message in flight left, or was meant to */
    uint64_t sent;     /* bytes */
    uint64_t returned; /* bytes that came back and were right */
    int64_t allowed;   /* messages that may have left by now */
    int64_t begun; /* messages whose first byte is out; kept because a division takes longer than the rest of an echo */
    int64_t whole; /* messages that are back whole */
    int32_t begun_slot; /* where in the ring the next one that begins belongs */
    int32_t whole_slot; /* where in it stands the next one to be back whole */
    int send_error;     /* -errno once a send failed: what the kernel told there it does not tell again */
    int fd;
    int number; /* of the connection, from 0, over all threads */
    uint8_t state;
    uint8_t interest;
    bool is_starved;  /* it waits for kernel memory, out of the poller */
    bool is_given_up; /* it was lost before its stream had ended */
};

/* What all lanes of one thread use. */
struct se__lane_shop {
    const struct se__plan *plan;
    const struct se__stream_pool *pool;
    struct se__timetable timetable;
    struct se__figures figures;
    unsigned char *buffer; /* for what is received */
    size_t buffer_size;
    int64_t now_ns;
    int64_t last_return_ns; /* of a message that was measured */
    int64_t given_up_ns;    /* when the last lane was that is */
};

/* Sends what is allowed, as far as the window and the socket let it. 0 all of it is out or in the window's hands,
 * -EAGAIN the socket has no room, or -errno. */
int se__lane_send(struct se__lane *lane, struct se__lane_shop *shop);
/* Receives once and checks. More than 0: bytes that came back right; -EAGAIN none are there; 0: the peer's FIN;
 * SE_EMISMATCH, or -errno. */
int64_t se__lane_receive(struct se__lane *lane, struct se__lane_shop *shop);
/* What a connection that ends like this counts as, opened or not. */
enum se_load_stat se__lane_kind_of_loss(enum se__lane_state state, int error);
/* Counts what the lane loses when it ends for this reason. */
void se__lane_count_loss(struct se__lane *lane, struct se__lane_shop *shop, int error);

#endif
