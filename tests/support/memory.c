/* A sanitizer has a function of a known name; of valgrind a library with a known name is loaded. */
#include "memory.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "environment.h"

extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static bool runs_in_valgrind(void)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    ck_assert_ptr_nonnull(maps);
    while (!found && fgets(line, sizeof(line), maps))
        found = strstr(line, "vgpreload") != NULL;
    fclose(maps);
    return found;
}

bool memory_is_plain(void)
{
    bool is_plain = !__asan_init && !__tsan_init && !runs_in_valgrind();
    if (!is_plain)
        environment_skip("the memory of an instrumented process tells nothing");
    return is_plain;
}
