/* Peers come and go seldom beside the echoes that they send, so a lock for the addresses costs nothing that counts. */
#include "server/census.h"

int se__census_begin(struct se__census *census)
{
    return -pthread_mutex_init(&census->lock, NULL);
}

void se__census_end(struct se__census *census)
{
    se__addresses_end(&census->addresses);
    pthread_mutex_destroy(&census->lock);
}

static bool enter_address(struct se__census *census, uint64_t key)
{
    if (key == 0)
        return true;
    pthread_mutex_lock(&census->lock);
    int limit = census->limit_per_address;
    bool is_allowed = limit == 0 || se__addresses_count(&census->addresses, key) < limit;
    bool entered = is_allowed && se__addresses_add(&census->addresses, key);
    census->lacks_memory = is_allowed && !entered;
    pthread_mutex_unlock(&census->lock);
    return entered;
}

bool se__census_enter(struct se__census *census, uint64_t key)
{
    census->lacks_memory = false;
    if (atomic_load(&census->active) >= census->limit || !enter_address(census, key))
        return false;
    int active = atomic_fetch_add(&census->active, 1) + 1;
    if (active > atomic_load(&census->most))
        atomic_store(&census->most, active);
    return true;
}

static void leave_address(struct se__census *census, uint64_t key)
{
    if (key == 0)
        return;
    pthread_mutex_lock(&census->lock);
    se__addresses_remove(&census->addresses, key);
    pthread_mutex_unlock(&census->lock);
}

/* First the address, then the number: whoever sees that there is room again is not refused for the address. */
void se__census_leave(struct se__census *census, uint64_t key)
{
    leave_address(census, key);
    atomic_fetch_sub(&census->active, 1);
    atomic_fetch_add(&census->left, 1);
}
