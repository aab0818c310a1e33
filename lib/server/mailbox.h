/* Peers on their way from the worker that accepts to the worker that will serve them, and how many that one has. */
#ifndef SE_MAILBOX_H
#define SE_MAILBOX_H

#include "system/address.h"
#include "system/wakeup.h"

#include <pthread.h>
#include <stdatomic.h>

struct se__arrival {
    int fd;
    struct se__address peer;
};

struct se__mailbox {
    pthread_mutex_t lock;
    struct se__arrival *arrivals; /* a ring */
    size_t room;
    size_t first;
    size_t count;
    atomic_bool has_mail;            /* so that an empty one costs no lock */
    atomic_int members;              /* connections that the worker has, or will find here */
    const struct se__wakeup *wakeup; /* the worker's */
};

int se__mailbox_begin(struct se__mailbox *mailbox, const struct se__wakeup *wakeup);
void se__mailbox_end(struct se__mailbox *mailbox);
/* Wakes the worker. 0, or -ENOMEM: the arrival is still the caller's. */
int se__mailbox_put(struct se__mailbox *mailbox, const struct se__arrival *arrival);
/* There must be one. */
void se__mailbox_take_first(struct se__mailbox *mailbox, struct se__arrival *arrival_out);

/* Takes the one that came first. False where there is none, which every turn of a worker asks. Only the worker takes:
 * what it sees to be there nobody else takes before it. */
static inline bool se__mailbox_take(struct se__mailbox *mailbox, struct se__arrival *arrival_out)
{
    if (!atomic_load(&mailbox->has_mail))
        return false;
    se__mailbox_take_first(mailbox, arrival_out);
    return true;
}

#endif
