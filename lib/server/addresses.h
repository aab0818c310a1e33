/* How many connections each address has: a hash table of counts that grows with the addresses. */
#ifndef SE_ADDRESSES_H
#define SE_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct se__addresses {
    struct se__address_count *slots; /* NULL before the first address */
    size_t size;                     /* a power of two, or 0 */
    size_t used;
};

void se__addresses_end(struct se__addresses *addresses);
/* Connections of this key, from none on. A key is never 0. */
int se__addresses_count(const struct se__addresses *addresses, uint64_t key);
/* Counts one more. False where there is no memory for it. */
bool se__addresses_add(struct se__addresses *addresses, uint64_t key);
void se__addresses_remove(struct se__addresses *addresses, uint64_t key);

#endif
