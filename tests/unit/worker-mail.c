/* What a worker does with peers that another one has accepted for it, in the order in which mail and stops come. It is
 * not the first one: it has no listener, and nobody but the mailbox wakes it. */
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fixture.h"
#include "pair.h"
#include "server/worker.h"
#include "system/deadline.h"

static struct se__worker *worker;
static struct se__wakeup wakeup;
static struct se__service service;
static struct pair pair;

static void begin(void)
{
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = -1, .linger_ms = -1, .drain_ms = -1}};
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    ck_assert_int_eq(se__worker_new(&service, 1, &wakeup, &worker), 0);
    pair = pair_open();
}

static void end(void)
{
    if (worker) {
        se__worker_end(worker);
        se__worker_free(worker);
    }
    se__service_end(&service);
    se__wakeup_end(&wakeup);
    pair_close(&pair);
}

static void post(void)
{
    struct se__arrival arrival = {.fd = pair.far};
    atomic_fetch_add(&se__worker_mailbox(worker)->members, 1);
    ck_assert_int_eq(se__mailbox_put(se__worker_mailbox(worker), &arrival), 0);
    pair.far = -1;
}

/** As the first worker does when it has closed the listener. */
static void stop(int stops)
{
    atomic_store(&service.takes_no_more, true);
    atomic_store(&service.stops, stops);
}

static int64_t stat_of(enum se_server_stat stat)
{
    return se__tally_get(se__worker_tally(worker), stat);
}

START_TEST(peer_in_the_mail_is_served_and_drained_with_the_others)
{
    pair_send_text(pair.near, "in time");
    pair_await_pending(pair.far, 7);
    post();
    stop(1);
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    pair_expect_text(pair.near, "in time");
    ck_assert_int_eq(pair_receive_next(pair.near), 0);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPTED), 1);
    close(pair.near);
    pair.near = -1;
    ck_assert_int_eq(se__worker_run(worker, SE__NEVER), 0);
    ck_assert_int_eq(stat_of(SE_STAT_ORDERLY), 1);
}
END_TEST

/** Who is taken in after the cut would linger, and nothing would come any more that ends it. */
START_TEST(second_stop_cuts_who_is_in_the_mail_as_well)
{
    post();
    se__wakeup_clear(&wakeup);
    stop(2);
    ck_assert_int_eq(se__worker_run(worker, SE__NEVER), 0);
    ck_assert_int_eq(pair_receive_next(pair.near), 0);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPTED), 1);
}
END_TEST

START_TEST(run_whose_time_is_over_hears_of_a_stop_first)
{
    stop(1);
    ck_assert_int_eq(se__worker_run(worker, 0), 0);
}
END_TEST

START_TEST(run_whose_time_is_over_takes_the_mail_in)
{
    post();
    ck_assert_int_eq(se__worker_run(worker, 0), -ETIMEDOUT);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPTED), 1);
}
END_TEST

START_TEST(end_of_a_worker_turns_away_who_is_in_the_mail)
{
    post();
    se__worker_end(worker);
    ck_assert_int_eq(pair_receive_next(pair.near), -ECONNRESET);
    ck_assert_int_eq(stat_of(SE_STAT_REFUSED), 1);
    ck_assert_int_eq(stat_of(SE_STAT_ACCEPTED), 0);
    ck_assert_int_eq(atomic_load(&se__worker_mailbox(worker)->members), 0);
    se__worker_free(worker);
    worker = NULL;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the mail of a worker");
    TCase *tcase = fixture_add_tcase(suite, "mail");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, peer_in_the_mail_is_served_and_drained_with_the_others);
    tcase_add_test(tcase, second_stop_cuts_who_is_in_the_mail_as_well);
    tcase_add_test(tcase, run_whose_time_is_over_hears_of_a_stop_first);
    tcase_add_test(tcase, run_whose_time_is_over_takes_the_mail_in);
    tcase_add_test(tcase, end_of_a_worker_turns_away_who_is_in_the_mail);
    return fixture_run(suite);
}
