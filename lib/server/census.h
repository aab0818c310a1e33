/* Who is in the server, over all its workers: lets a peer in while the limits allow it, and counts it out again. */
#ifndef SE_CENSUS_H
#define SE_CENSUS_H

#include "server/addresses.h"

#include <pthread.h>
#include <stdatomic.h>

struct se__census {
    int limit; /* connections at one time */
    int limit_per_address;
    atomic_int active;
    atomic_int most;   /* at one time, so far */
    atomic_uint left;  /* how many have gone; it wraps */
    bool lacks_memory; /* it was for want of memory that the last one who was not let in was not */
    pthread_mutex_t lock;
    struct se__addresses addresses; /* behind the lock */
};

int se__census_begin(struct se__census *census);
void se__census_end(struct se__census *census);

/* Counts one more in, unless a limit is reached. The key says who counts together; 0 counts with nobody. One thread
 * lets in, any thread lets out. */
bool se__census_enter(struct se__census *census, uint64_t key);
void se__census_leave(struct se__census *census, uint64_t key);

#endif
