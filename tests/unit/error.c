/* Names and sentences of results. The names are written out here once more, so that a wrong line in the library's
 * table shows; every number of an errno's range is asked for, so that a name without a sentence shows as well. */
#include <errno.h>
#include <limits.h>
#include <sockecho/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "fixture.h"

enum { ERRNO_MAX = 4095 };

struct expected {
    int error;
    const char *name;
};

static const struct expected expected[] = {
    {SE_ERESOLVE, "SE_ERESOLVE"},
    {SE_ECLOSED, "SE_ECLOSED"},
    {SE_EMISMATCH, "SE_EMISMATCH"},
    {-EACCES, "EACCES"},
    {-EADDRINUSE, "EADDRINUSE"},
    {-EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {-EAFNOSUPPORT, "EAFNOSUPPORT"},
    {-EAGAIN, "EAGAIN"},
    {-EWOULDBLOCK, "EAGAIN"},
    {-EALREADY, "EALREADY"},
    {-EBADF, "EBADF"},
    {-EBUSY, "EBUSY"},
    {-ECANCELED, "ECANCELED"},
    {-ECONNABORTED, "ECONNABORTED"},
    {-ECONNREFUSED, "ECONNREFUSED"},
    {-ECONNRESET, "ECONNRESET"},
    {-EDEADLK, "EDEADLK"},
    {-EDESTADDRREQ, "EDESTADDRREQ"},
    {-EEXIST, "EEXIST"},
    {-EFAULT, "EFAULT"},
    {-EHOSTDOWN, "EHOSTDOWN"},
    {-EHOSTUNREACH, "EHOSTUNREACH"},
    {-EINPROGRESS, "EINPROGRESS"},
    {-EINTR, "EINTR"},
    {-EINVAL, "EINVAL"},
    {-EIO, "EIO"},
    {-EISCONN, "EISCONN"},
    {-ELOOP, "ELOOP"},
    {-EMFILE, "EMFILE"},
    {-EMSGSIZE, "EMSGSIZE"},
    {-ENAMETOOLONG, "ENAMETOOLONG"},
    {-ENETDOWN, "ENETDOWN"},
    {-ENETRESET, "ENETRESET"},
    {-ENETUNREACH, "ENETUNREACH"},
    {-ENFILE, "ENFILE"},
    {-ENOBUFS, "ENOBUFS"},
    {-ENODATA, "ENODATA"},
    {-ENODEV, "ENODEV"},
    {-ENOENT, "ENOENT"},
    {-ENOMEM, "ENOMEM"},
    {-ENOPROTOOPT, "ENOPROTOOPT"},
    {-ENOSPC, "ENOSPC"},
    {-ENOSYS, "ENOSYS"},
    {-ENOTCONN, "ENOTCONN"},
    {-ENOTDIR, "ENOTDIR"},
    {-ENOTSOCK, "ENOTSOCK"},
    {-EOPNOTSUPP, "EOPNOTSUPP"},
    {-EPERM, "EPERM"},
    {-EPIPE, "EPIPE"},
    {-EPROTO, "EPROTO"},
    {-EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    {-EPROTOTYPE, "EPROTOTYPE"},
    {-EROFS, "EROFS"},
    {-ESRCH, "ESRCH"},
    {-ETIMEDOUT, "ETIMEDOUT"},
};

enum { EXPECTED = sizeof(expected) / sizeof(expected[0]) };

static bool is_unknown(int error)
{
    return strcmp(se_error_name(error), "EUNKNOWN") == 0;
}

START_TEST(every_result_that_the_headers_name_has_its_name_and_a_sentence)
{
    const struct expected *result = &expected[_i];
    ck_assert_str_eq(se_error_name(result->error), result->name);
    const char *sentence = se_strerror(result->error);
    ck_assert_str_ne(sentence, "unknown error");
    ck_assert_str_ne(sentence, "success");
    ck_assert_uint_ge(strlen(sentence), 5);
}
END_TEST

START_TEST(a_denied_permission_is_not_taken_for_one_of_ports)
{
    ck_assert_str_eq(se_strerror(-EACCES), "permission denied");
}
END_TEST

START_TEST(two_numbers_never_share_a_name_or_a_sentence)
{
    for (int a = 0; a < EXPECTED; a++) {
        for (int b = 0; b < a; b++) {
            if (expected[a].error == expected[b].error)
                continue;
            ck_assert_str_ne(se_error_name(expected[a].error), se_error_name(expected[b].error));
            ck_assert_str_ne(se_strerror(expected[a].error), se_strerror(expected[b].error));
        }
    }
}
END_TEST

START_TEST(a_number_has_both_name_and_sentence_or_neither)
{
    int known = 0;
    for (int error = -1; error >= -ERRNO_MAX; error--) {
        bool has_sentence = strcmp(se_strerror(error), "unknown error") != 0;
        if (is_unknown(error) == has_sentence || (has_sentence && se_error_name(error)[0] != 'E'))
            ck_abort_msg("%d is %s: %s", error, se_error_name(error), se_strerror(error));
        known += has_sentence;
    }
    ck_assert_int_gt(known, 40);
    ck_assert_int_lt(known, 200);
}
END_TEST

START_TEST(an_unknown_number_says_so)
{
    static const int unknown[] = {-ERRNO_MAX, -9999, -10000, -10004, -20000, INT_MIN + 1, INT_MIN};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        ck_assert_str_eq(se_error_name(unknown[i]), "EUNKNOWN");
        ck_assert_str_eq(se_strerror(unknown[i]), "unknown error");
    }
}
END_TEST

START_TEST(a_number_from_zero_on_is_success)
{
    static const int successes[] = {0, 1, EAGAIN, ETIMEDOUT, -SE_EMISMATCH, INT_MAX};
    for (size_t i = 0; i < sizeof(successes) / sizeof(successes[0]); i++) {
        ck_assert_str_eq(se_error_name(successes[i]), "OK");
        ck_assert_str_eq(se_strerror(successes[i]), "success");
    }
}
END_TEST

START_TEST(errno_stays_as_it_was)
{
    errno = EDOM;
    ck_assert_str_eq(se_error_name(-EINVAL), "EINVAL");
    ck_assert_str_eq(se_strerror(INT_MIN), "unknown error");
    ck_assert_int_eq(errno, EDOM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names and sentences of results");
    TCase *tcase = fixture_add_tcase(suite, "errors");
    tcase_add_loop_test(tcase, every_result_that_the_headers_name_has_its_name_and_a_sentence, 0, EXPECTED);
    tcase_add_test(tcase, a_denied_permission_is_not_taken_for_one_of_ports);
    tcase_add_test(tcase, two_numbers_never_share_a_name_or_a_sentence);
    tcase_add_test(tcase, a_number_has_both_name_and_sentence_or_neither);
    tcase_add_test(tcase, an_unknown_number_says_so);
    tcase_add_test(tcase, a_number_from_zero_on_is_success);
    tcase_add_test(tcase, errno_stays_as_it_was);
    return fixture_run(suite);
}
