/* A ring behind a lock, which is held for the copy of one arrival and nothing else. */
#include "server/mailbox.h"

#include <errno.h>
#include <stdlib.h>

int se__mailbox_begin(struct se__mailbox *mailbox, const struct se__wakeup *wakeup)
{
    *mailbox = (struct se__mailbox){.wakeup = wakeup};
    return -pthread_mutex_init(&mailbox->lock, NULL);
}

void se__mailbox_end(struct se__mailbox *mailbox)
{
    free(mailbox->arrivals);
    pthread_mutex_destroy(&mailbox->lock);
}

static int grow(struct se__mailbox *mailbox)
{
    size_t room = mailbox->room ? 2 * mailbox->room : 16;
    struct se__arrival *arrivals = malloc(room * sizeof *arrivals);
    if (!arrivals)
        return -ENOMEM;
    for (size_t i = 0; i < mailbox->count; i++)
        arrivals[i] = mailbox->arrivals[(mailbox->first + i) % mailbox->room];
    free(mailbox->arrivals);
    mailbox->arrivals = arrivals;
    mailbox->room = room;
    mailbox->first = 0;
    return 0;
}

static int put(struct se__mailbox *mailbox, const struct se__arrival *arrival)
{
    int error = mailbox->count == mailbox->room ? grow(mailbox) : 0;
    if (error)
        return error;
    mailbox->arrivals[(mailbox->first + mailbox->count++) % mailbox->room] = *arrival;
    atomic_store(&mailbox->has_mail, true);
    return 0;
}

int se__mailbox_put(struct se__mailbox *mailbox, const struct se__arrival *arrival)
{
    pthread_mutex_lock(&mailbox->lock);
    int error = put(mailbox, arrival);
    pthread_mutex_unlock(&mailbox->lock);
    if (!error)
        se__wakeup_signal(mailbox->wakeup);
    return error;
}

void se__mailbox_take_first(struct se__mailbox *mailbox, struct se__arrival *arrival_out)
{
    pthread_mutex_lock(&mailbox->lock);
    *arrival_out = mailbox->arrivals[mailbox->first];
    mailbox->first = (mailbox->first + 1) % mailbox->room;
    mailbox->count--;
    atomic_store(&mailbox->has_mail, mailbox->count > 0);
    pthread_mutex_unlock(&mailbox->lock);
}
