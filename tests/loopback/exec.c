/* A host that executes another program in the middle of an echo: none of the library's descriptors goes along. */
#include <dirent.h>
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
#include "raw.h"

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

/** One of each kind, all of them started. */
static void start_servers(struct se_server *servers[3], int poller, const struct socket_file *file)
{
    servers[0] = server_new(poller);
    servers[1] = server_around_an_inheritable_socket();
    ck_assert_int_eq(se_server_new_unix(file->path, &servers[2]), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(se_server_set_workers(servers[i], 2), 0);
        ck_assert_int_eq(se_server_start(servers[i]), 0);
    }
}

/** A client for each, which has had an echo. */
static void connect_clients(struct se_client *clients[3], struct se_server *const servers[3],
                            const struct socket_file *file)
{
    for (int i = 0; i < 3; i++) {
        clients[i] = client_new(environment_patience_ms());
        int result = i == 2 ? se_client_connect_unix(clients[i], file->path)
                            : se_client_connect(clients[i], NULL, se_server_port(servers[i]));
        ck_assert_int_eq(result, 0);
        ck_assert_int_eq(se_client_echo(clients[i], "mine", 4, NULL), 0);
    }
}

START_TEST(program_that_is_executed_amid_an_echo_holds_none_of_our_descriptors)
{
    enum { MOST = 64 * MIB, RECEIVE_BUFFER = 4096 };
    static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};
    struct targets before;
    struct targets now;
    struct socket_file file;
    struct se_server *servers[3];
    struct se_client *clients[3];
    if (!poller_available(pollers[_i]))
        return;
    list_own(&before);
    socket_file_begin(&file);
    start_servers(servers, pollers[_i], &file);
    connect_clients(clients, servers, &file);
    uint8_t *message = pattern_new(MOST, 1);
    uint8_t *reply = bytes_new(MOST);
    int fd = raw_connect_narrow(se_server_port(servers[0]), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, message, MOST);
    list_own(&now);
    assert_has_new(&before, &now, "socket:");
    assert_nothing_went_along(&before, &now);
    raw_half_close(fd);
    ck_assert_uint_eq(raw_receive_to_fin(fd, reply, MOST), sent);
    assert_same_bytes(reply, message, sent);
    close(fd);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(se_client_finish(clients[i]), 0);
        se_client_free(clients[i]);
        server_end(servers[i]);
    }
    socket_file_end(&file);
    free(reply);
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
