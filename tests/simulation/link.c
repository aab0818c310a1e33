/* The bytes of a position are a window into one ring of random bytes, whose length is a prime number: no shift by a
 * round number goes unseen. */
#include "link.h"

#include "clock.h"
#include "dice.h"

#include <errno.h>
#include <string.h>

enum { RING = 65537, BEHIND = 65536 };

static unsigned char ring[RING + BEHIND];

void link_make_bytes(void)
{
    struct dice dice = {.state = 1};
    for (size_t i = 0; i < sizeof ring; i++)
        ring[i] = i < RING ? (unsigned char)dice_roll(&dice, 256) : ring[i - RING];
}

static const unsigned char *window(uint64_t key, uint64_t position, size_t wanted, size_t *length_out)
{
    *length_out = wanted < BEHIND ? wanted : BEHIND;
    return ring + (key * 7919 + position) % RING;
}

void link_copy_bytes(uint64_t key, uint64_t position, unsigned char *bytes, size_t count)
{
    size_t length;
    for (size_t done = 0; done < count; done += length) {
        const unsigned char *from = window(key, position + done, count - done, &length);
        memcpy(bytes + done, from, length);
    }
}

bool link_bytes_are(uint64_t key, uint64_t position, const unsigned char *bytes, size_t count)
{
    size_t length;
    for (size_t done = 0; done < count; done += length) {
        const unsigned char *expected = window(key, position + done, count - done, &length);
        if (memcmp(bytes + done, expected, length) != 0)
            return false;
    }
    return true;
}

void link_begin(struct link *link, uint64_t key)
{
    *link = (struct link){.key = key, .fd = -1, .in_wrong_at = UINT64_MAX, .out_moved_ns = clock_ns()};
}

uint64_t link_unread(const struct link *link)
{
    return link->in_sent - link->in_taken;
}

uint64_t link_queued(const struct link *link)
{
    return link->out_sent - link->out_taken;
}

bool link_is_readable(const struct link *link)
{
    return link_unread(link) > 0 || link->in_finished || link->error || link->is_dead;
}

/* As a kernel: not before a third of the buffer is free. */
bool link_is_writable(const struct link *link)
{
    if (link->state == LINK_CONNECTING)
        return false;
    return link->error || link->is_dead || link->out_finished ||
           (link->out_room - link_queued(link)) * 3 >= link->out_room;
}

uint64_t link_write(struct link *link, uint64_t count)
{
    uint64_t free_room = link->in_room > link_unread(link) ? link->in_room - link_unread(link) : 0;
    if (link->is_dead || link->in_finished)
        return 0;
    count = count < free_room ? count : free_room;
    link->in_sent += count;
    return count;
}

uint64_t link_read(struct link *link, uint64_t count)
{
    uint64_t queued = link_queued(link);
    count = count < queued ? count : queued;
    link->out_taken += count;
    if (count > 0)
        link->out_moved_ns = clock_ns();
    return count;
}

void link_finish(struct link *link)
{
    if (!link->is_dead)
        link->in_finished = true;
}

/* What has arrived can still be received; what was sent and not read is lost. */
void link_reset(struct link *link, int error)
{
    if (link->is_dead)
        return;
    link->is_dead = true;
    link->error = link->in_finished ? EPIPE : error;
}
