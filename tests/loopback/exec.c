/* A host that executes another program in the middle of an echo: none of the library's descriptors goes along. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"

enum { MIB = 1 << 20, TARGETS_MAX = 64, TARGET_SIZE = 80 };

/** What open descriptors are: "socket:[4711]", "anon_inode:[eventpoll]". */
struct targets {
    size_t count;
    char texts[TARGETS_MAX][TARGET_SIZE];
};

static bool contains(const struct targets *targets, const char *text)
{
    for (size_t i = 0; i < targets->count; i++) {
        if (strcmp(targets->texts[i], text) == 0)
            return true;
    }
    return false;
}

static char *next_text(struct targets *targets)
{
    ck_assert_uint_lt(targets->count, TARGETS_MAX);
    return targets->texts[targets->count++];
}

static void list_own(struct targets *targets)
{
    *targets = (struct targets){0};
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            ck_assert_int_gt(readlinkat(dirfd(directory), entry->d_name, next_text(targets), TARGET_SIZE - 1), 0);
    }
    closedir(directory);
}

/** Those of a program that this process executes: each line of its output ends with "-> TARGET". */
static void list_of_a_program(struct targets *targets)
{
    char line[256];
    *targets = (struct targets){0};
    FILE *output = popen("ls -l /proc/self/fd", "re");
    ck_assert_ptr_nonnull(output);
    while (fgets(line, sizeof(line), output)) {
        const char *arrow = strstr(line, " -> ");
        if (arrow)
            ck_assert_int_eq(sscanf(arrow, " -> %79[^\n]", next_text(targets)), 1);
    }
    ck_assert_int_eq(pclose(output), 0);
    ck_assert_uint_gt(targets->count, 0);
}

static void assert_nothing_went_along(const struct targets *before, const struct targets *now)
{
    struct targets inherited;
    list_of_a_program(&inherited);
    for (size_t i = 0; i < now->count; i++) {
        const char *text = now->texts[i];
        ck_assert_msg(contains(before, text) || !contains(&inherited, text), "the program has %s", text);
    }
}

/** Asserts that a new descriptor was seen whose text begins like that. */
static void assert_has_new(const struct targets *before, const struct targets *now, const char *beginning)
{
    bool found = false;
    for (size_t i = 0; i < now->count && !found; i++)
        found = strncmp(now->texts[i], beginning, strlen(beginning)) == 0 && !contains(before, now->texts[i]);
    ck_assert_msg(found, "this process has no new %s", beginning);
}

/** A server on a socket that its caller forgot to mark. */
static struct se_server *server_around_an_inheritable_socket(void)
{
    int port = 0;
    struct se_server *server = NULL;
    int marked_fd = io_listen(1, 0, &port);
    int listen_fd = dup(marked_fd);
    close(marked_fd);
    ck_assert_int_eq(se_server_new_from_fd(listen_fd, &server), 0);
    return server;
}

START_TEST(program_that_is_executed_amid_an_echo_holds_none_of_our_descriptors)
{
    static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};
    struct targets before;
    struct targets now;
    struct socket_file file;
    if (!poller_available(pollers[_i]))
        return;
    list_own(&before);
    size_t length = environment_length(8 * MIB);
    uint8_t *message = pattern_new(length, 1);
    struct se_server *servers[] = {server_new(pollers[_i]), NULL, server_around_an_inheritable_socket()};
    socket_file_begin(&file);
    ck_assert_int_eq(se_server_new_unix(file.path, &servers[1]), 0);
    ck_assert_int_eq(se_server_set_workers(servers[0], 2), 0);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(se_server_start(servers[i]), 0);
    struct se_client *client = client_connected(se_server_port(servers[0]), 0);
    struct se_client *neighbour = client_new(0);
    ck_assert_int_eq(se_client_connect_unix(neighbour, file.path), 0);
    struct se_client *third = client_connected(se_server_port(servers[2]), 0);
    ck_assert_int_eq(se_client_echo(client, message, length, NULL), -EAGAIN);
    ck_assert_int_eq(se_client_echo(neighbour, message, length, NULL), -EAGAIN);
    list_own(&now);
    assert_has_new(&before, &now, "socket:");
    assert_nothing_went_along(&before, &now);
    ck_assert_int_eq(client_echo(client, message, length, NULL), 0);
    ck_assert_int_eq(client_echo(neighbour, message, length, NULL), 0);
    ck_assert_int_eq(client_echo(third, message, sizeof(int), NULL), 0);
    se_client_free(third);
    se_client_free(neighbour);
    se_client_free(client);
    for (size_t i = 0; i < 3; i++)
        server_end(servers[i]);
    socket_file_end(&file);
    free(message);
}
END_TEST

int main(void)
{
    enum { POLLERS = 2 };
    Suite *suite = suite_create("a host that executes a program");
    TCase *tcase = fixture_add_tcase(suite, "exec");
    tcase_add_loop_test(tcase, program_that_is_executed_amid_an_echo_holds_none_of_our_descriptors, 0, POLLERS);
    return fixture_run(suite);
}
