/* The connections of one worker. They live in chunks that never move and are not freed before the worker is, so that
 * a late event can be held against the generation of a place that has changed hands. */
#ifndef SE_LIB_POOL_H
#define SE_LIB_POOL_H

#include "connection.h"

struct se__pool {
    struct se__connection **chunks;
    uint32_t chunk_count;
    uint32_t first_free; /* index, SE__POOL_NONE if there is none */
    uint32_t active;
};

enum { SE__POOL_CHUNK = 64 };
#define SE__POOL_NONE UINT32_MAX

void se__pool_begin(struct se__pool *pool);
void se__pool_end(struct se__pool *pool);
/* A place that nobody has, or NULL when there is no memory. */
struct se__connection *se__pool_take(struct se__pool *pool);
/* Gives the place back. Tags of its last owner find nobody from here on. */
void se__pool_release(struct se__pool *pool, struct se__connection *connection);

uint64_t se__pool_tag(const struct se__connection *connection);
/* Who has this tag now, or NULL. */
struct se__connection *se__pool_find(const struct se__pool *pool, uint64_t tag);
/* Walks the connections: *cursor is 0 at first; NULL is the end. The one returned may be released meanwhile. */
struct se__connection *se__pool_next(const struct se__pool *pool, uint32_t *cursor);

#endif
