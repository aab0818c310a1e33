/* What server and client say of a path to a unix socket: the longest one works, and each that does not do is
 * refused. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"

enum { TEXT_SIZE = 128, PATH_MOST = 107 };

static const uint8_t message[] = "which path?";

static struct socket_file file;

static struct se_server *server_on_file(void)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_unix(file.path, &server), 0);
    ck_assert_ptr_nonnull(server);
    return server;
}

static void assert_refused(const char *path, int expected)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_unix(path, &server), expected);
    ck_assert_ptr_null(server);
}

/** Fills text with a path in the folder that has so many bytes. */
static void make_path(char *text, size_t length)
{
    size_t begin = strlen(file.folder);
    memcpy(text, file.folder, begin);
    memset(text + begin, 'x', length - begin);
    text[begin] = '/';
    text[length] = '\0';
}

START_TEST(longest_path_works)
{
    char path[PATH_MOST + 1];
    char text[TEXT_SIZE];
    socket_file_begin(&file);
    make_path(path, PATH_MOST);
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_unix(path, &server), 0);
    ck_assert_int_eq(se_server_address(server, text, sizeof(text)), PATH_MOST + (int)strlen("unix:"));
    ck_assert_str_eq(text + strlen("unix:"), path);
    ck_assert_int_eq(se_server_start(server), 0);
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect_unix(client, path), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
    socket_file_end(&file);
}
END_TEST

/** What both sides say of a path, where a server and a client differ as little as the kernel does. */
static void assert_nobody_takes(const char *path, int server_error, int client_error)
{
    struct se_client *client = client_new(environment_patience_ms());
    assert_refused(path, server_error);
    ck_assert_int_eq(se_client_connect_unix(client, path), client_error);
    assert_client_disconnected(client);
    se_client_free(client);
}

START_TEST(paths_that_do_not_do_are_refused)
{
    char too_long[PATH_MOST + 2];
    socket_file_begin(&file);
    make_path(too_long, PATH_MOST + 1);
    assert_nobody_takes(too_long, -ENAMETOOLONG, -ENAMETOOLONG);
    assert_nobody_takes("", -EINVAL, -EINVAL);
    assert_nobody_takes(NULL, -EINVAL, -EINVAL);
    assert_nobody_takes("/dev/null/echo", -ENOTDIR, -ENOTDIR);
    memcpy(strrchr(too_long, '/'), "/a/b", sizeof("/a/b"));
    assert_nobody_takes(too_long, -ENOENT, -ENOENT);
    socket_file_end(&file);
}
END_TEST

START_TEST(missing_arguments_are_refused_and_make_no_file)
{
    socket_file_begin(&file);
    ck_assert_int_eq(se_server_new_unix(file.path, NULL), -EINVAL);
    ck_assert_int_eq(se_client_connect_unix(NULL, file.path), -EINVAL);
    socket_file_end(&file);
}
END_TEST

START_TEST(client_is_refused_where_nobody_listens_and_can_connect_afterwards)
{
    socket_file_begin(&file);
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -ENOENT);
    int fd = raw_bind_unix(file.path, SOCK_STREAM);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -ECONNREFUSED);
    close(fd);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -ECONNREFUSED);
    ck_assert_int_eq(unlink(file.path), 0);
    close(open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -ECONNREFUSED);
    ck_assert_int_eq(unlink(file.path), 0);
    struct se_server *server = server_on_file();
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), 0);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -EISCONN);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
    socket_file_end(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("paths of unix sockets");
    TCase *tcase = fixture_add_tcase(suite, "paths");
    tcase_add_test(tcase, longest_path_works);
    tcase_add_test(tcase, paths_that_do_not_do_are_refused);
    tcase_add_test(tcase, missing_arguments_are_refused_and_make_no_file);
    tcase_add_test(tcase, client_is_refused_where_nobody_listens_and_can_connect_afterwards);
    return fixture_run(suite);
}
