/* Who is over a limit is accepted all the same, and reset at once: in the listen queue it would believe to be connected
 * and wait in vain. */
#include "server/acceptor.h"

#include "system/socket.h"

#include <errno.h>

enum { BATCH = 64 };

static int fewest(const struct se__acceptor *acceptor)
{
    int best = 0;
    for (int i = 1; i < acceptor->count; i++)
        if (atomic_load(&acceptor->mailboxes[i]->members) < atomic_load(&acceptor->mailboxes[best]->members))
            best = i;
    return best;
}

/* 0, or -errno: there was no room for the peer, who is gone. */
static int hand_out(struct se__acceptor *acceptor, int fd, const struct se__address *peer)
{
    int index = fewest(acceptor);
    struct se__mailbox *mailbox = acceptor->mailboxes[index];
    atomic_fetch_add(&mailbox->members, 1);
    if (index == 0)
        return se__peers_welcome(acceptor->peers, fd, peer);
    int error = se__mailbox_put(mailbox, &(struct se__arrival){.fd = fd, .peer = *peer});
    if (!error)
        return 0;
    atomic_fetch_sub(&mailbox->members, 1);
    atomic_fetch_add(&acceptor->mailboxes[0]->members, 1);
    se__peers_send_away(acceptor->peers, fd, peer);
    return error;
}

static int let_in(struct se__acceptor *acceptor, int fd, const struct se__address *peer)
{
    struct se__listener *listener = &acceptor->listener;
    if (se__census_enter(&listener->service->census, se__address_key(peer)))
        return hand_out(acceptor, fd, peer);
    se__socket_abort(fd);
    se__tally_add(listener->tally, SE_STAT_REFUSED, 1);
    return listener->service->census.lacks_memory ? -ENOMEM : 0;
}

/* False when the batch is over: nobody waits, or the listener rests. */
static bool accept_one(struct se__acceptor *acceptor)
{
    struct se__address peer;
    int fd = se__listener_accept(&acceptor->listener, &peer, acceptor->peers->now_ms);
    if (fd == -EBADF || (fd == -EAGAIN && acceptor->peers->draining))
        se__acceptor_close(acceptor);
    if (fd < 0)
        return false;
    if (let_in(acceptor, fd, &peer) == 0)
        return true;
    se__listener_rest(&acceptor->listener, acceptor->peers->now_ms);
    return false;
}

void se__acceptor_accept(struct se__acceptor *acceptor)
{
    for (int i = 0; i < BATCH; i++)
        if (!accept_one(acceptor))
            return;
}

void se__acceptor_close(struct se__acceptor *acceptor)
{
    if (acceptor->count == 0 || atomic_load(&acceptor->listener.service->takes_no_more))
        return;
    /* First the file: as long as the socket is open, nobody else's file can have its number. */
    se__unix_file_remove(&acceptor->listener.service->file);
    se__listener_close(&acceptor->listener);
    atomic_store(&acceptor->listener.service->takes_no_more, true);
    for (int i = 1; i < acceptor->count; i++)
        se__wakeup_signal(acceptor->mailboxes[i]->wakeup);
}
