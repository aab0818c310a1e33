/* The file of a unix socket while somebody else is at work on it: whatever happens between the two looks at a file that
 * seems to be left over, no other file is removed. The hook stands between the looks, where the library connects. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "fixture.h"
#include "system/socket.h"
#include "system/unix-file.h"

enum { PATH_SIZE = 64 };

static char folder[PATH_SIZE / 2];
static char link_to_folder[PATH_SIZE]; /**< the way to the file leads through it */
static char path[PATH_SIZE];           /**< where the library listens; its name is one that /proc/self has too */
static char spare[PATH_SIZE];

static void (*meanwhile)(void); /**< NULL: nothing happens */
static bool is_interrupted;     /**< the connect that succeeded is said to go on */

int __real_se__socket_connect(const struct se__address *address, int *fd_out);
int __wrap_se__socket_connect(const struct se__address *address, int *fd_out);

int __wrap_se__socket_connect(const struct se__address *address, int *fd_out)
{
    int result = __real_se__socket_connect(address, fd_out);
    if (meanwhile)
        meanwhile();
    return result == 0 && is_interrupted ? -EINPROGRESS : result;
}

static void begin(void)
{
    meanwhile = NULL;
    is_interrupted = false;
    snprintf(folder, sizeof(folder), "/tmp/sockecho-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(link_to_folder, sizeof(link_to_folder), "%s/way", folder);
    snprintf(path, sizeof(path), "%s/way/stat", folder);
    snprintf(spare, sizeof(spare), "%s/spare", folder);
    ck_assert_int_eq(symlink(".", link_to_folder), 0);
}

static void end(void)
{
    unlink(link_to_folder);
    ck_assert_int_eq(symlink(".", link_to_folder), 0);
    unlink(path);
    unlink(spare);
    unlink(link_to_folder);
    ck_assert_int_eq(rmdir(folder), 0);
}

/** A file as a server that was killed leaves it behind. */
static void leave_behind(const char *at)
{
    struct se__address address;
    int fd = -1;
    ck_assert_int_eq(se__address_unix(at, &address), 0);
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    close(fd);
}

static struct stat status_of(const char *at)
{
    struct stat status;
    ck_assert_int_eq(stat(at, &status), 0);
    return status;
}

static void remove_it(void)
{
    ck_assert_int_eq(unlink(path), 0);
}

static void put_another_there(void)
{
    ck_assert_int_eq(rename(spare, path), 0);
}

/** /proc is a file system of its own, and has a file of that name. */
static void lead_elsewhere(void)
{
    ck_assert_int_eq(unlink(link_to_folder), 0);
    ck_assert_int_eq(symlink("/proc/self", link_to_folder), 0);
}

static int listen_on_path(void)
{
    struct se__unix_file file;
    int fd = -1;
    int error = se__unix_file_listen(path, &file, &fd);
    if (error)
        return error;
    se__socket_close(fd);
    se__unix_file_remove(&file);
    return 0;
}

START_TEST(a_file_that_is_left_over_is_replaced)
{
    leave_behind(path);
    ck_assert_int_eq(listen_on_path(), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_file_that_goes_meanwhile_is_in_use_for_now)
{
    leave_behind(path);
    meanwhile = remove_it;
    ck_assert_int_eq(listen_on_path(), -EADDRINUSE);
    meanwhile = NULL;
    ck_assert_int_eq(listen_on_path(), 0);
}
END_TEST

START_TEST(a_file_that_came_meanwhile_stays)
{
    leave_behind(path);
    leave_behind(spare);
    struct stat another = status_of(spare);
    meanwhile = put_another_there;
    ck_assert_int_eq(listen_on_path(), -EADDRINUSE);
    ck_assert_uint_eq(status_of(path).st_ino, another.st_ino);
}
END_TEST

START_TEST(a_file_of_another_file_system_is_another_file)
{
    if (access("/proc/self/stat", F_OK) != 0) {
        environment_skip("there is no /proc");
        return;
    }
    leave_behind(path);
    struct stat before = status_of(path);
    meanwhile = lead_elsewhere;
    ck_assert_int_eq(listen_on_path(), -EADDRINUSE);
    char direct[2 * PATH_SIZE];
    snprintf(direct, sizeof(direct), "%s/stat", folder);
    ck_assert_uint_eq(status_of(direct).st_ino, before.st_ino);
}
END_TEST

static int listener_at(struct se__unix_file *file)
{
    int fd = -1;
    ck_assert_int_eq(se__unix_file_listen(path, file, &fd), 0);
    return fd;
}

START_TEST(who_only_begins_to_be_connected_listens)
{
    struct se__unix_file file;
    int fd = listener_at(&file);
    struct stat before = status_of(path);
    is_interrupted = true;
    ck_assert_int_eq(listen_on_path(), -EADDRINUSE);
    ck_assert_uint_eq(status_of(path).st_ino, before.st_ino);
    se__socket_close(fd);
    se__unix_file_remove(&file);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(whoever_asks_who_listens_leaves_nothing_open)
{
    struct se__unix_file file;
    int fd = listener_at(&file);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(listen_on_path(), -EADDRINUSE);
    ck_assert_int_eq(access(path, F_OK), 0);
    se__socket_close(fd);
    se__unix_file_remove(&file);
}
END_TEST

/** What has become of a file of ours by the time that it is to be removed. */
static void (*const changes[])(void) = {remove_it, put_another_there, lead_elsewhere};

START_TEST(what_is_no_longer_ours_is_not_removed)
{
    struct se__unix_file file;
    leave_behind(spare);
    int fd = listener_at(&file);
    changes[_i]();
    bool was_there = access(path, F_OK) == 0;
    se__unix_file_remove(&file);
    ck_assert_int_eq(access(path, F_OK) == 0, was_there);
    se__socket_close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the file of a unix socket");
    TCase *tcase = fixture_add_tcase(suite, "file");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_file_that_is_left_over_is_replaced);
    tcase_add_test(tcase, a_file_that_goes_meanwhile_is_in_use_for_now);
    tcase_add_test(tcase, a_file_that_came_meanwhile_stays);
    tcase_add_test(tcase, a_file_of_another_file_system_is_another_file);
    tcase_add_test(tcase, who_only_begins_to_be_connected_listens);
    tcase_add_test(tcase, whoever_asks_who_listens_leaves_nothing_open);
    tcase_add_loop_test(tcase, what_is_no_longer_ours_is_not_removed, 0, sizeof(changes) / sizeof(changes[0]));
    return fixture_run(suite);
}
