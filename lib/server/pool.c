/* Chunks of places, and a list of the free ones. */
#include "server/pool.h"

#include <stdlib.h>

void se__pool_begin(struct se__pool *pool, uint32_t number)
{
    *pool = (struct se__pool){.number = number, .first_free = SE__POOL_NONE};
}

void se__pool_end(struct se__pool *pool)
{
    for (uint32_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i].places);
    free(pool->chunks);
}

/* A free place keeps the index of the next free one where its owner keeps the size of what is held. */
static void put_free(struct se__pool *pool, struct se_connection *connection)
{
    connection->fd = -1;
    connection->held_size = pool->first_free;
    pool->first_free = connection->index;
}

static bool add_chunk(struct se__pool *pool)
{
    struct se__pool_chunk *chunks = realloc(pool->chunks, (pool->chunk_count + 1) * sizeof *chunks);
    if (!chunks)
        return false;
    pool->chunks = chunks;
    struct se_connection *places = calloc(SE__POOL_CHUNK, sizeof *places);
    if (!places)
        return false;
    chunks[pool->chunk_count].places = places;
    for (uint32_t i = SE__POOL_CHUNK; i-- > 0;) {
        places[i].index = pool->number << SE__POOL_PLACE_BITS | (pool->chunk_count * SE__POOL_CHUNK + i);
        put_free(pool, &places[i]);
    }
    pool->chunk_count++;
    return true;
}

struct se_connection *se__pool_take(struct se__pool *pool)
{
    if (pool->first_free == SE__POOL_NONE && !add_chunk(pool))
        return NULL;
    struct se_connection *connection = se__pool_at(pool, se__pool_place(pool->first_free));
    pool->first_free = connection->held_size;
    pool->active++;
    return connection;
}

void se__pool_release(struct se__pool *pool, struct se_connection *connection)
{
    connection->generation++;
    put_free(pool, connection);
    pool->active--;
}

struct se_connection *se__pool_next(const struct se__pool *pool, uint32_t *cursor)
{
    while (*cursor < pool->chunk_count * SE__POOL_CHUNK) {
        struct se_connection *connection = se__pool_at(pool, (*cursor)++);
        if (connection->fd >= 0)
            return connection;
    }
    return NULL;
}
