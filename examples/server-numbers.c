/* A tree of those that are open, by the library's own identity of a connection: see server-numbers.h. */
#include "server-numbers.h"

#include <search.h>
#include <stdlib.h>

struct numbered {
    int64_t id;
    int64_t number;
};

static int compare(const void *left, const void *right)
{
    const struct numbered *one = left;
    const struct numbered *other = right;
    return (one->id > other->id) - (one->id < other->id);
}

static int64_t keep(struct connection_numbers *numbers, int64_t id)
{
    struct numbered *kept = malloc(sizeof *kept);
    if (kept == NULL)
        return 0;
    *kept = (struct numbered){.id = id, .number = numbers->opened + 1};
    if (tsearch(kept, &numbers->tree, compare) == NULL) {
        free(kept);
        return 0;
    }
    return ++numbers->opened;
}

static int64_t forget(struct connection_numbers *numbers, int64_t id)
{
    const struct numbered key = {.id = id};
    struct numbered *const *found = tfind(&key, &numbers->tree, compare);
    if (found == NULL)
        return 0;
    struct numbered *kept = *found;
    int64_t number = kept->number;
    tdelete(&key, &numbers->tree, compare);
    free(kept);
    return number;
}

int64_t number_opened(struct connection_numbers *numbers, int64_t id)
{
    pthread_mutex_lock(&numbers->lock);
    int64_t number = keep(numbers, id);
    pthread_mutex_unlock(&numbers->lock);
    return number;
}

int64_t number_closed(struct connection_numbers *numbers, int64_t id)
{
    pthread_mutex_lock(&numbers->lock);
    int64_t number = forget(numbers, id);
    pthread_mutex_unlock(&numbers->lock);
    return number;
}
