/* Open addressing with linear probing, at most half full. An address whose last connection ends is taken out, and those
 * behind it move up, so that no tombstones pile up over a long life. */
#include "server/addresses.h"

#include <stdlib.h>

enum { FIRST_SIZE = 16 };

struct se__address_count {
    uint64_t key; /* 0: free */
    int count;
};

void se__addresses_end(struct se__addresses *addresses)
{
    free(addresses->slots);
    *addresses = (struct se__addresses){0};
}

/* Multiplies by 2^64 divided by the golden ratio: neighbouring addresses spread over the whole table. What differs in
 * the upper half of a key alone, IPv6 networks for instance, is folded into the lower half before. */
static size_t home(const struct se__addresses *addresses, uint64_t key)
{
    uint64_t folded = key ^ key >> 32;
    return (size_t)(folded * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (addresses->size - 1);
}

/* The slot of the key, or the free one where it belongs. */
static struct se__address_count *find(const struct se__addresses *addresses, uint64_t key)
{
    size_t at = home(addresses, key);
    while (addresses->slots[at].key != 0 && addresses->slots[at].key != key)
        at = (at + 1) & (addresses->size - 1);
    return &addresses->slots[at];
}

static bool grow(struct se__addresses *addresses)
{
    struct se__addresses wider = {.size = addresses->size ? 2 * addresses->size : FIRST_SIZE, .used = addresses->used};
    wider.slots = calloc(wider.size, sizeof *wider.slots);
    if (!wider.slots)
        return false;
    for (size_t i = 0; i < addresses->size; i++)
        if (addresses->slots[i].key != 0)
            *find(&wider, addresses->slots[i].key) = addresses->slots[i];
    free(addresses->slots);
    *addresses = wider;
    return true;
}

int se__addresses_count(const struct se__addresses *addresses, uint64_t key)
{
    return addresses->size ? find(addresses, key)->count : 0;
}

bool se__addresses_add(struct se__addresses *addresses, uint64_t key)
{
    if (2 * addresses->used >= addresses->size && !grow(addresses))
        return false;
    struct se__address_count *slot = find(addresses, key);
    addresses->used += slot->key == 0;
    slot->key = key;
    slot->count++;
    return true;
}

/* Whoever could have lived in the hole moves there; a new hole arises where it lived. */
static void close_hole(struct se__addresses *addresses, size_t hole)
{
    struct se__address_count *slots = addresses->slots;
    size_t mask = addresses->size - 1;
    for (size_t at = (hole + 1) & mask; slots[at].key != 0; at = (at + 1) & mask) {
        size_t from_home = (at - home(addresses, slots[at].key)) & mask;
        size_t from_hole = (at - hole) & mask;
        if (from_home < from_hole)
            continue;
        slots[hole] = slots[at];
        hole = at;
    }
    slots[hole] = (struct se__address_count){0};
    addresses->used--;
}

void se__addresses_remove(struct se__addresses *addresses, uint64_t key)
{
    struct se__address_count *slot = addresses->size ? find(addresses, key) : NULL;
    if (slot && slot->count > 0 && --slot->count == 0)
        close_hole(addresses, (size_t)(slot - addresses->slots));
}
