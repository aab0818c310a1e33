/* Compares the descriptors in /proc/self/fd and the number of threads before and after each test. */
#include "fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "threads.h"

enum { TEST_SECONDS = 60, DESCRIPTORS_MAX = 512, TARGET_SIZE = 80 };

/** An open descriptor and what it is, "socket:[4711]": the number alone would not show that another took its place. */
struct descriptor {
    int number;
    char target[TARGET_SIZE];
};

struct descriptor_list {
    size_t count;
    struct descriptor entries[DESCRIPTORS_MAX];
};

static struct descriptor_list descriptors_before;
static size_t threads_before;

static bool is_number(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

/** Check's own file for its messages, which without a fork it opens anew for each test, is deleted already. */
static bool is_deleted_file(const struct descriptor *entry)
{
    return strstr(entry->target, " (deleted)") != NULL;
}

static void add_descriptor(struct descriptor_list *list, DIR *directory, const char *name)
{
    ck_assert_uint_lt(list->count, DESCRIPTORS_MAX);
    struct descriptor *entry = &list->entries[list->count];
    entry->number = atoi(name);
    memset(entry->target, 0, sizeof(entry->target));
    ck_assert_int_ge(readlinkat(dirfd(directory), name, entry->target, sizeof(entry->target) - 1), 0);
    list->count += !is_deleted_file(entry);
}

static void list_descriptors(struct descriptor_list *list)
{
    list->count = 0;
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (is_number(entry) && atoi(entry->d_name) != dirfd(directory))
            add_descriptor(list, directory, entry->d_name);
    }
    closedir(directory);
}

static bool has_descriptor(const struct descriptor_list *list, const struct descriptor *wanted)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].number == wanted->number && strcmp(list->entries[i].target, wanted->target) == 0)
            return true;
    }
    return false;
}

static void assert_contains(const struct descriptor_list *all, const struct descriptor_list *part, const char *fault)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct descriptor *entry = &part->entries[i];
        ck_assert_msg(has_descriptor(all, entry), "descriptor %d (%s) was %s", entry->number, entry->target, fault);
    }
}

static bool thread_exists(pid_t thread_id)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d", (int)thread_id);
    return access(path, F_OK) == 0;
}

static void *tell_thread_id(void *id_out)
{
    *(pid_t *)id_out = gettid();
    return NULL;
}

/** A sanitizer has a thread of its own, which after a fork comes back together with the first thread of the program.
 * pthread_join() returns a moment before the kernel takes a thread out of /proc. */
static void let_sanitizer_start_its_thread(void)
{
    pthread_t thread;
    pid_t thread_id = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, tell_thread_id, &thread_id), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    while (thread_exists(thread_id))
        sched_yield();
}

static void remember(void)
{
    let_sanitizer_start_its_thread();
    list_descriptors(&descriptors_before);
    threads_before = threads_count();
}

static void compare(void)
{
    static struct descriptor_list descriptors_after;
    threads_await_at_most(threads_before);
    list_descriptors(&descriptors_after);
    assert_contains(&descriptors_before, &descriptors_after, "left open");
    assert_contains(&descriptors_after, &descriptors_before, "closed by the test");
}

TCase *fixture_add_tcase(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, remember, compare);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int fixture_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
