/* The file of a unix socket: when it is made, replaced, left alone and removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "endpoints.h"
#include "families.h"
#include "fixture.h"
#include "raw.h"

enum { TEXT_SIZE = 128 };

static const uint8_t message[] = "whose file?";

static struct socket_file file;

static struct se_server *server_on_file(void)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_unix(file.path, &server), 0);
    ck_assert_ptr_nonnull(server);
    return server;
}

static void assert_served(void)
{
    raw_exchange(raw_connect_unix(file.path), message, sizeof(message), sizeof(message));
}

static void assert_refused(const char *path, int expected)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_unix(path, &server), expected);
    ck_assert_ptr_null(server);
}

static struct stat status_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    return status;
}

static void assert_same_file(const struct stat *before, const char *path)
{
    struct stat now = status_of(path);
    ck_assert_uint_eq(now.st_ino, before->st_ino);
    ck_assert_uint_eq(now.st_mode, before->st_mode);
    ck_assert_int_eq(now.st_size, before->st_size);
}

START_TEST(file_is_there_from_the_beginning_and_gone_at_the_end)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    ck_assert(S_ISSOCK(status_of(file.path).st_mode));
    ck_assert_int_eq(se_server_start(server), 0);
    assert_served();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert(!socket_file_exists(&file));
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

START_TEST(free_alone_removes_the_file)
{
    socket_file_begin(&file);
    se_server_free(server_on_file());
    ck_assert(!socket_file_exists(&file));
    struct se_server *server = server_on_file();
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert(socket_file_exists(&file));
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

/** The listener closes at once; the connection that is still there does not need the file. */
START_TEST(file_is_gone_while_the_last_connections_end)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int fd = raw_connect_unix(file.path);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert(!socket_file_exists(&file));
    raw_expect_fin(fd);
    close(fd);
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

START_TEST(server_tells_its_path_and_no_port)
{
    char text[TEXT_SIZE];
    char expected[TEXT_SIZE];
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    int length = snprintf(expected, sizeof(expected), "unix:%s", file.path);
    for (int run = 0; run < 2; run++) {
        ck_assert_int_eq(se_server_port(server), 0);
        ck_assert_int_eq(se_server_address(server, text, sizeof(text)), length);
        ck_assert_str_eq(text, expected);
        ck_assert_int_eq(se_server_stop(server), 0);
        ck_assert_int_eq(se_server_run(server), 0);
    }
    ck_assert_int_eq(se_server_address(server, text, (size_t)length), -ENOSPC);
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

/** What a server that was killed leaves behind: bound, perhaps listening once, and closed without being removed. */
START_TEST(file_that_was_left_behind_is_replaced)
{
    socket_file_begin(&file);
    int fd = raw_bind_unix(file.path, SOCK_STREAM);
    if (_i == 1)
        ck_assert_int_eq(listen(fd, 1), 0);
    close(fd);
    ck_assert(socket_file_exists(&file));
    struct se_server *server = server_on_file();
    ck_assert_int_eq(se_server_start(server), 0);
    assert_served();
    server_end(server);
    socket_file_end(&file);
}
END_TEST

START_TEST(file_on_which_somebody_listens_is_in_use)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    struct stat before = status_of(file.path);
    assert_refused(file.path, -EADDRINUSE);
    ck_assert_int_eq(se_server_start(server), 0);
    assert_refused(file.path, -EADDRINUSE);
    assert_same_file(&before, file.path);
    assert_served();
    server_end(server);
    socket_file_end(&file);
}
END_TEST

/** Nobody can connect, and yet somebody listens. */
START_TEST(file_of_a_listener_whose_queue_is_full_is_in_use)
{
    socket_file_begin(&file);
    int listen_fd = raw_bind_unix(file.path, SOCK_STREAM);
    ck_assert_int_eq(listen(listen_fd, 0), 0);
    int fd = raw_connect_unix(file.path);
    assert_refused(file.path, -EADDRINUSE);
    ck_assert(socket_file_exists(&file));
    close(fd);
    close(listen_fd);
    ck_assert_int_eq(unlink(file.path), 0);
    socket_file_end(&file);
}
END_TEST

static int make_regular_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t written = write(fd, message, sizeof(message));
    close(fd);
    return written == sizeof(message) ? 0 : -1;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0700);
}

static int make_dangling_link(const char *path)
{
    return symlink("nowhere", path);
}

static int make_pipe(const char *path)
{
    return mkfifo(path, 0600);
}

START_TEST(file_that_is_no_socket_is_in_use_and_not_touched)
{
    static int (*const makers[])(const char *path) = {make_regular_file, make_folder, make_dangling_link, make_pipe};
    socket_file_begin(&file);
    ck_assert_int_eq(makers[_i](file.path), 0);
    struct stat before = status_of(file.path);
    assert_refused(file.path, -EADDRINUSE);
    assert_same_file(&before, file.path);
    ck_assert_int_eq(remove(file.path), 0);
    socket_file_end(&file);
}
END_TEST

START_TEST(file_of_somebody_who_takes_datagrams_is_in_use)
{
    socket_file_begin(&file);
    int fd = raw_bind_unix(file.path, SOCK_DGRAM);
    struct stat before = status_of(file.path);
    assert_refused(file.path, -EADDRINUSE);
    assert_same_file(&before, file.path);
    close(fd);
    ck_assert_int_eq(unlink(file.path), 0);
    socket_file_end(&file);
}
END_TEST

START_TEST(other_file_in_the_place_of_ours_is_not_removed)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    ck_assert_int_eq(unlink(file.path), 0);
    ck_assert_int_eq(make_regular_file(file.path), 0);
    struct stat before = status_of(file.path);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_same_file(&before, file.path);
    se_server_free(server);
    assert_same_file(&before, file.path);
    ck_assert_int_eq(unlink(file.path), 0);
    socket_file_end(&file);
}
END_TEST

START_TEST(other_server_in_the_place_of_ours_keeps_its_file)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    ck_assert_int_eq(unlink(file.path), 0);
    struct se_server *other = server_on_file();
    se_server_free(server);
    ck_assert_int_eq(se_server_start(other), 0);
    assert_served();
    server_end(other);
    socket_file_end(&file);
}
END_TEST

/** Removed twice, it would be the next one's that goes. */
START_TEST(file_that_is_made_anew_after_a_stop_is_not_removed_by_free)
{
    socket_file_begin(&file);
    struct se_server *server = server_on_file();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    struct se_server *next = server_on_file();
    se_server_free(server);
    ck_assert(socket_file_exists(&file));
    se_server_free(next);
    socket_file_end(&file);
}
END_TEST

int main(void)
{
    enum { LEFT_BEHIND = 2, NO_SOCKETS = 4 };
    Suite *suite = suite_create("files of unix sockets");
    TCase *life = fixture_add_tcase(suite, "made and removed");
    tcase_add_test(life, file_is_there_from_the_beginning_and_gone_at_the_end);
    tcase_add_test(life, free_alone_removes_the_file);
    tcase_add_test(life, file_is_gone_while_the_last_connections_end);
    tcase_add_test(life, server_tells_its_path_and_no_port);
    tcase_add_test(life, other_file_in_the_place_of_ours_is_not_removed);
    tcase_add_test(life, other_server_in_the_place_of_ours_keeps_its_file);
    tcase_add_test(life, file_that_is_made_anew_after_a_stop_is_not_removed_by_free);
    TCase *taken = fixture_add_tcase(suite, "replaced or in use");
    tcase_add_loop_test(taken, file_that_was_left_behind_is_replaced, 0, LEFT_BEHIND);
    tcase_add_test(taken, file_on_which_somebody_listens_is_in_use);
    tcase_add_test(taken, file_of_a_listener_whose_queue_is_full_is_in_use);
    tcase_add_loop_test(taken, file_that_is_no_socket_is_in_use_and_not_touched, 0, NO_SOCKETS);
    tcase_add_test(taken, file_of_somebody_who_takes_datagrams_is_in_use);
    return fixture_run(suite);
}
