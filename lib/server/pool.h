/* The connections of one worker. They live in chunks that never move and are not freed before the worker is, so that
 * a late event can be held against the generation of a place that has changed hands. */
#ifndef SE_POOL_H
#define SE_POOL_H

#include "server/connection.h"

struct se__pool_chunk {
    struct se_connection *places;
};

struct se__pool {
    struct se__pool_chunk *chunks;
    uint32_t number; /* of the pool among those of its server: tags differ between them as well */
    uint32_t chunk_count;
    uint32_t first_free; /* index, SE__POOL_NONE if there is none */
    uint32_t active;
};

/* An index is the pool's number and the place in it. */
enum { SE__POOL_CHUNK = 64, SE__POOL_PLACE_BITS = 24 };
#define SE__POOL_NONE UINT32_MAX

void se__pool_begin(struct se__pool *pool, uint32_t number);
void se__pool_end(struct se__pool *pool);
/* A place that nobody has, or NULL when there is no memory. */
struct se_connection *se__pool_take(struct se__pool *pool);
/* Gives the place back. Tags of its last owner find nobody from here on. */
void se__pool_release(struct se__pool *pool, struct se_connection *connection);

static inline uint32_t se__pool_place(uint32_t index)
{
    return index & ((1U << SE__POOL_PLACE_BITS) - 1);
}

static inline struct se_connection *se__pool_at(const struct se__pool *pool, uint32_t place)
{
    return &pool->chunks[place / SE__POOL_CHUNK].places[place % SE__POOL_CHUNK];
}

static inline uint64_t se__pool_tag(const struct se_connection *connection)
{
    return (uint64_t)connection->generation << 32 | connection->index;
}

/* Who has this tag now, or NULL. Every event asks. */
static inline struct se_connection *se__pool_find(const struct se__pool *pool, uint64_t tag)
{
    uint32_t place = se__pool_place((uint32_t)tag);
    if (place >= pool->chunk_count * SE__POOL_CHUNK)
        return NULL;
    struct se_connection *connection = se__pool_at(pool, place);
    return se__pool_tag(connection) == tag && connection->fd >= 0 ? connection : NULL;
}

/* Walks the connections: *cursor is 0 at first; NULL is the end. The one returned may be released meanwhile. */
struct se_connection *se__pool_next(const struct se__pool *pool, uint32_t *cursor);

#endif
