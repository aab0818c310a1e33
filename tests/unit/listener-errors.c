/* What each answer of accept4(2) means to a listener: the next one at once, a rest, or nobody there. The answers are a
 * script, and so is the poller. */
#include <errno.h>
#include <stdbool.h>

#include "fixture.h"
#include "server/listener.h"
#include "system/deadline.h"
#include "system/socket.h"

enum { FD = 5, PEER_FD = 9, ANSWERS_MAX = 64, NOW_MS = 1000, REST_MS = 100, LOST_IN_A_ROW_MAX = 16 };

static struct se__service service;
static struct se__tally tally;
static struct se__listener listener;
static int answers[ANSWERS_MAX];
static int answer_count;
static int answers_given;
static int adds, removes, closes, notices[SE_EVENT_RESUMED + 1], options_set;
static int add_result, options_result;
static int aborted_fd;

int __wrap_se__socket_accept(int fd, struct se__address *peer_out);
int __wrap_se__socket_set_stream_options(int fd);
void __wrap_se__socket_abort(int fd);
void __wrap_se__socket_close_listener(int fd, bool is_shared);
int __wrap_se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag);
void __wrap_se__poller_remove(struct se__poller *poller, int fd);
int __wrap_se__service_notify(struct se__service *those, enum se_event event, const struct se_connection *connection);

int __wrap_se__socket_accept(int fd, struct se__address *peer_out)
{
    (void)peer_out;
    ck_assert_int_eq(fd, listener.fd);
    ck_assert_int_lt(answers_given, answer_count);
    return answers[answers_given++];
}

int __wrap_se__socket_set_stream_options(int fd)
{
    (void)fd;
    options_set++;
    return options_result;
}

void __wrap_se__socket_abort(int fd)
{
    aborted_fd = fd;
}

void __wrap_se__socket_close_listener(int fd, bool is_shared)
{
    (void)is_shared;
    ck_assert_int_eq(fd, listener.fd);
    closes++;
}

int __wrap_se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag)
{
    (void)poller;
    (void)tag;
    ck_assert_int_eq(fd, listener.fd);
    ck_assert_int_eq(interest, SE__READ);
    adds++;
    return add_result;
}

void __wrap_se__poller_remove(struct se__poller *poller, int fd)
{
    (void)poller;
    ck_assert_int_eq(fd, listener.fd);
    removes++;
}

int __wrap_se__service_notify(struct se__service *those, enum se_event event, const struct se_connection *connection)
{
    ck_assert_ptr_eq(those, &service);
    ck_assert_ptr_null(connection);
    notices[event]++;
    return 0;
}

static void begin_with(int fd)
{
    service = (struct se__service){.peers_inherit = true};
    tally = (struct se__tally){.figures = {0}};
    listener = (struct se__listener){.service = &service, .tally = &tally};
    answer_count = answers_given = 0;
    adds = removes = closes = options_set = 0;
    notices[SE_EVENT_PAUSED] = notices[SE_EVENT_RESUMED] = 0;
    add_result = options_result = 0;
    aborted_fd = -1;
    ck_assert_int_eq(se__listener_begin(&listener, fd), 0);
    ck_assert_int_eq(adds, 1);
}

static void begin(void)
{
    begin_with(FD);
}

static void then(int answer)
{
    ck_assert_int_lt(answer_count, ANSWERS_MAX);
    answers[answer_count++] = answer;
}

static void accept_to(int result)
{
    struct se__address peer;
    ck_assert_int_eq(se__listener_accept(&listener, &peer, NOW_MS), result);
    ck_assert_int_eq(answers_given, answer_count);
}

static int64_t stat_of(enum se_server_stat stat)
{
    return se__tally_get(&tally, stat);
}

static void assert_at_rest_since(int64_t since_ms)
{
    ck_assert(!listener.watched);
    ck_assert(atomic_load(&service.is_listener_resting));
    ck_assert_int_eq(se__listener_due_ms(&listener), since_ms + REST_MS);
}

START_TEST(listener_that_cannot_be_watched_is_the_callers_still)
{
    listener = (struct se__listener){.service = &service, .fd = -1};
    add_result = -ENOMEM;
    ck_assert_int_eq(se__listener_begin(&listener, FD), -ENOMEM);
    ck_assert_int_lt(listener.fd, 0);
    se__listener_close(&listener);
    ck_assert_int_eq(closes, 0);
}
END_TEST

START_TEST(peer_that_was_gone_is_counted_and_the_next_one_accepted)
{
    static const int errors[] = {ECONNABORTED, EPROTO,     ENETDOWN,    ENOPROTOOPT, ENONET,     EHOSTDOWN,
                                 EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT,   ECONNRESET, EPERM};
    int count = sizeof(errors) / sizeof(errors[0]);
    for (int i = 0; i < count; i++) {
        then(-errors[i]);
        then(PEER_FD);
        accept_to(PEER_FD);
        ck_assert_int_eq(stat_of(SE_STAT_ACCEPT_ERRORS), i + 1);
    }
    ck_assert_int_eq(stat_of(SE_STAT_PAUSES), 0);
}
END_TEST

START_TEST(interruption_is_no_error_and_an_empty_queue_no_reason_to_rest)
{
    then(-EINTR);
    then(-EAGAIN);
    accept_to(-EAGAIN);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPT_ERRORS), 0);
    ck_assert(listener.watched);
    ck_assert_int_eq(se__listener_due_ms(&listener), SE__NEVER);
}
END_TEST

START_TEST(want_of_room_and_what_nobody_knows_is_a_rest)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL, EIO};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        begin();
        then(-errors[i]);
        accept_to(-errors[i]);
        assert_at_rest_since(NOW_MS);
        ck_assert_int_eq(stat_of(SE_STAT_ACCEPT_ERRORS), 1);
        ck_assert_int_eq(stat_of(SE_STAT_PAUSES), 1);
        ck_assert_int_eq(notices[SE_EVENT_PAUSED], 1);
        ck_assert_int_eq(removes, 1);
        accept_to(-ECANCELED);
    }
}
END_TEST

START_TEST(descriptor_that_somebody_else_closed_is_let_alone)
{
    then(-EBADF);
    accept_to(-EBADF);
    ck_assert(!listener.watched);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPT_ERRORS), 1);
    ck_assert_int_eq(stat_of(SE_STAT_PAUSES), 0);
    ck_assert_int_eq(removes, 1);
    ck_assert_int_eq(se__listener_due_ms(&listener), SE__NEVER);
    accept_to(-ECANCELED);
    se__listener_close(&listener);
    ck_assert_int_eq(closes, 0);
}
END_TEST

static void lose(int count)
{
    for (int i = 0; i < count; i++)
        then(-ECONNABORTED);
}

static void wake(int64_t now_ms)
{
    se__listener_wake(&listener, now_ms);
}

START_TEST(so_many_lost_in_a_row_are_a_rest_and_one_less_is_none)
{
    for (int round = 0; round < 2; round++) {
        lose(LOST_IN_A_ROW_MAX - 1);
        then(PEER_FD);
        accept_to(PEER_FD);
        lose(LOST_IN_A_ROW_MAX);
        accept_to(-ECONNABORTED);
        assert_at_rest_since(NOW_MS);
        wake(NOW_MS + REST_MS);
        ck_assert(listener.watched);
        lose(LOST_IN_A_ROW_MAX - 1);
        then(-EAGAIN);
        accept_to(-EAGAIN);
        then(PEER_FD);
        accept_to(PEER_FD);
        answer_count = answers_given = 0;
    }
}
END_TEST

START_TEST(rest_ends_at_its_time_or_when_somebody_leaves)
{
    then(-EMFILE);
    accept_to(-EMFILE);
    wake(NOW_MS + REST_MS - 1);
    assert_at_rest_since(NOW_MS);
    atomic_fetch_add(&service.census.left, 1);
    wake(NOW_MS + 1);
    ck_assert(listener.watched);
    ck_assert(!atomic_load(&service.is_listener_resting));
    ck_assert_int_eq(notices[SE_EVENT_RESUMED], 1);
    wake(NOW_MS + REST_MS);
    ck_assert_int_eq(notices[SE_EVENT_RESUMED], 1);
    ck_assert_int_eq(adds, 2);
}
END_TEST

START_TEST(rest_goes_on_while_the_poller_has_no_room)
{
    then(-EMFILE);
    accept_to(-EMFILE);
    add_result = -ENOMEM;
    wake(NOW_MS + REST_MS);
    assert_at_rest_since(NOW_MS + REST_MS);
    ck_assert_int_eq(notices[SE_EVENT_RESUMED], 0);
    ck_assert_int_eq(stat_of(SE_STAT_PAUSES), 1);
    add_result = 0;
    wake(NOW_MS + 2 * REST_MS);
    ck_assert(listener.watched);
    ck_assert_int_eq(notices[SE_EVENT_RESUMED], 1);
}
END_TEST

START_TEST(peer_of_a_listener_that_tells_it_nothing_is_told_by_us)
{
    then(PEER_FD);
    accept_to(PEER_FD);
    ck_assert_int_eq(options_set, 0);
    service.peers_inherit = false;
    then(PEER_FD);
    accept_to(PEER_FD);
    ck_assert_int_eq(options_set, 1);
    ck_assert_int_eq(aborted_fd, -1);
}
END_TEST

START_TEST(peer_with_descriptor_0_is_told_like_any)
{
    service.peers_inherit = false;
    then(0);
    accept_to(0);
    ck_assert_int_eq(options_set, 1);
}
END_TEST

START_TEST(peer_that_cannot_be_told_is_reset_and_the_next_one_accepted)
{
    service.peers_inherit = false;
    options_result = -ENOMEM;
    then(PEER_FD);
    then(-EAGAIN);
    accept_to(-EAGAIN);
    ck_assert_int_eq(aborted_fd, PEER_FD);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPT_ERRORS), 1);
    ck_assert(listener.watched);
}
END_TEST

START_TEST(listener_with_descriptor_0_rests_and_closes_like_any)
{
    begin_with(0);
    then(0);
    accept_to(0);
    then(-EMFILE);
    accept_to(-EMFILE);
    assert_at_rest_since(NOW_MS);
    wake(NOW_MS + REST_MS);
    ck_assert(listener.watched);
    se__listener_close(&listener);
    ck_assert_int_eq(closes, 1);
    ck_assert_int_lt(listener.fd, 0);
}
END_TEST

START_TEST(listener_is_closed_once_at_work_or_at_rest)
{
    se__listener_close(&listener);
    se__listener_close(&listener);
    ck_assert_int_eq(closes, 1);
    ck_assert_int_eq(removes, 1);
    begin();
    then(-EMFILE);
    accept_to(-EMFILE);
    se__listener_close(&listener);
    ck_assert_int_eq(closes, 1);
    ck_assert_int_eq(removes, 1);
    ck_assert_int_eq(se__listener_due_ms(&listener), SE__NEVER);
    wake(NOW_MS + REST_MS);
    ck_assert_int_eq(adds, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers to a listener");
    TCase *tcase = fixture_add_tcase(suite, "answers");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, listener_that_cannot_be_watched_is_the_callers_still);
    tcase_add_test(tcase, peer_that_was_gone_is_counted_and_the_next_one_accepted);
    tcase_add_test(tcase, interruption_is_no_error_and_an_empty_queue_no_reason_to_rest);
    tcase_add_test(tcase, want_of_room_and_what_nobody_knows_is_a_rest);
    tcase_add_test(tcase, descriptor_that_somebody_else_closed_is_let_alone);
    tcase_add_test(tcase, so_many_lost_in_a_row_are_a_rest_and_one_less_is_none);
    tcase_add_test(tcase, rest_ends_at_its_time_or_when_somebody_leaves);
    tcase_add_test(tcase, rest_goes_on_while_the_poller_has_no_room);
    tcase_add_test(tcase, peer_of_a_listener_that_tells_it_nothing_is_told_by_us);
    tcase_add_test(tcase, peer_with_descriptor_0_is_told_like_any);
    tcase_add_test(tcase, peer_that_cannot_be_told_is_reset_and_the_next_one_accepted);
    tcase_add_test(tcase, listener_with_descriptor_0_rests_and_closes_like_any);
    tcase_add_test(tcase, listener_is_closed_once_at_work_or_at_rest);
    return fixture_run(suite);
}
