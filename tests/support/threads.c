/* The kernel lists them in /proc/self/task. */
#include "threads.h"

#include <check.h>
#include <dirent.h>
#include <sched.h>

#include "clock.h"
#include "environment.h"

size_t threads_count(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    closedir(directory);
    return count;
}

void threads_await_at_most(size_t count)
{
    int64_t start_ns = clock_now_ns();
    while (threads_count() > count && clock_ms_since(start_ns) < environment_patience_ms())
        sched_yield();
    ck_assert_uint_le(threads_count(), count);
}
