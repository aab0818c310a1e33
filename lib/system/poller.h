/* Readiness: which descriptors can be read or written now. One file a back end (poller-epoll.c, poller-poll.c); this
 * header is all that the rest sees of them. Both are level-triggered: what is not dealt with is reported again.
 *
 * A descriptor is added with a tag, which its events carry. The tag and not the descriptor is the identity: a number
 * is reused as soon as it is closed. */
#ifndef SE_POLLER_H
#define SE_POLLER_H

#include <stdint.h>

/* What to wait for. Errors and hang-ups are reported whatever is asked, as readiness for everything: the next receive
 * or send then tells what happened. */
enum { SE__READ = 1, SE__WRITE = 2 };

enum { SE__POLLER_EVENTS_MAX = 256 };

struct se__poller_event {
    uint64_t tag;
};

struct se__poller;

/* What a back end can do. Results are 0 or -errno; wait returns the number of events, 0 also when a signal came. */
struct se__poller_backend {
    int (*begin)(struct se__poller **poller_out);
    void (*end)(struct se__poller *poller);
    int (*add)(struct se__poller *poller, int fd, int interest, uint64_t tag);
    int (*modify)(struct se__poller *poller, int fd, int interest, uint64_t tag);
    void (*remove)(struct se__poller *poller, int fd);
    int (*wait)(struct se__poller *poller, struct se__poller_event events[SE__POLLER_EVENTS_MAX], int timeout_ms);
    int (*fd)(const struct se__poller *poller);
};

/* Every back end's own struct begins with this one. */
struct se__poller {
    const struct se__poller_backend *backend;
};

extern const struct se__poller_backend se__poller_epoll;
extern const struct se__poller_backend se__poller_poll;

/* `kind` is an enum se_poller. SE_POLLER_AUTO takes poll where epoll fails. */
int se__poller_new(int kind, struct se__poller **poller_out);
/* 0 where this system has such a poller, -ENOSYS where it has not, -EINVAL where there is no such kind. */
int se__poller_check(int kind);
void se__poller_free(struct se__poller *poller);
int se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag);
int se__poller_modify(struct se__poller *poller, int fd, int interest, uint64_t tag);
void se__poller_remove(struct se__poller *poller, int fd);
/* -EMFILE: more is watched than this process may open any more. -ENOMEM, after a pause: nobody could be asked after, so
 * that whoever is not told of may be ready all the same. */
int se__poller_wait(struct se__poller *poller, struct se__poller_event events[SE__POLLER_EVENTS_MAX], int timeout_ms);
/* A descriptor that is readable when a wait would return at once; -ENOSYS where the back end has none. */
int se__poller_fd(const struct se__poller *poller);

#endif
