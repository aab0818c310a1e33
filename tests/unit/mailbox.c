/* Peers on their way to another worker: first come first served, however many wait, and the worker is woken for each.
 */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "server/mailbox.h"

static struct se__wakeup wakeup;
static struct se__mailbox mailbox;

static void begin(void)
{
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__mailbox_begin(&mailbox, &wakeup), 0);
}

static void end(void)
{
    se__mailbox_end(&mailbox);
    se__wakeup_end(&wakeup);
}

/** The descriptors here are only numbers; the address tells the same number, to show that it came along. */
static int try_to_put(int number)
{
    struct se__arrival arrival = {.fd = number};
    struct sockaddr_in *address = (struct sockaddr_in *)&arrival.peer.storage;
    arrival.peer.length = sizeof(*address);
    address->sin_port = (in_port_t)number;
    return se__mailbox_put(&mailbox, &arrival);
}

static void put(int number)
{
    ck_assert_int_eq(try_to_put(number), 0);
}

static void assert_takes(int number)
{
    struct se__arrival arrival;
    ck_assert(se__mailbox_take(&mailbox, &arrival));
    ck_assert_int_eq(arrival.fd, number);
    ck_assert_int_eq(((const struct sockaddr_in *)&arrival.peer.storage)->sin_port, (in_port_t)number);
    ck_assert_uint_eq(arrival.peer.length, sizeof(struct sockaddr_in));
}

static void assert_empty(void)
{
    struct se__arrival arrival;
    ck_assert(!se__mailbox_take(&mailbox, &arrival));
}

static bool is_signalled(void)
{
    return io_wait(wakeup.read_fd, POLLIN, 0) == POLLIN;
}

START_TEST(an_empty_mailbox_gives_nothing_and_wakes_nobody)
{
    assert_empty();
    ck_assert(!is_signalled());
    ck_assert_int_eq(atomic_load(&mailbox.members), 0);
}
END_TEST

START_TEST(whoever_came_first_is_taken_first)
{
    enum { MANY = 1000 };
    for (int number = 0; number < MANY; number++)
        put(number);
    for (int number = 0; number < MANY; number++)
        assert_takes(number);
    assert_empty();
}
END_TEST

/** The ring is full or wraps around at every place that it has when it grows. */
START_TEST(the_order_stays_when_it_grows_amid_the_ring)
{
    for (int taken_before = 0; taken_before <= 16; taken_before++) {
        end();
        begin();
        for (int number = 0; number < 16; number++)
            put(number);
        for (int number = 0; number < taken_before; number++)
            assert_takes(number);
        for (int number = 16; number < 100; number++)
            put(number);
        for (int number = taken_before; number < 100; number++)
            assert_takes(number);
        assert_empty();
    }
}
END_TEST

START_TEST(a_mailbox_that_is_emptied_in_time_does_not_grow)
{
    for (int number = 0; number < 200; number++) {
        put(number);
        put(number + 1);
        assert_takes(number);
        assert_takes(number + 1);
    }
    ck_assert_uint_le(mailbox.room, 16);
}
END_TEST

START_TEST(each_arrival_wakes_the_worker)
{
    for (int number = 0; number < 3; number++) {
        put(number);
        ck_assert(is_signalled());
        se__wakeup_clear(&wakeup);
        ck_assert(!is_signalled());
    }
}
END_TEST

START_TEST(arrivals_that_nobody_took_are_no_leak)
{
    for (int number = 0; number < 40; number++)
        put(number);
    assert_takes(0);
    ck_assert_uint_eq(mailbox.count, 39);
}
END_TEST

enum { LETTERS = 50000 };

static void *put_many(void *failures)
{
    for (int number = 0; number < LETTERS; number++)
        *(int *)failures += try_to_put(number) != 0;
    return NULL;
}

/** Returns the number that must come next. */
static int take_all_from(int expected)
{
    struct se__arrival arrival;
    for (; se__mailbox_take(&mailbox, &arrival); expected++)
        if (arrival.fd != expected)
            ck_abort_msg("arrival %d came in place of %d", arrival.fd, expected);
    return expected;
}

/** As a worker does: it waits to be woken, clears, and takes all that is there. */
START_TEST(a_worker_that_waits_to_be_woken_gets_every_one_in_order)
{
    pthread_t postman;
    int failures = 0;
    ck_assert_int_eq(pthread_create(&postman, NULL, put_many, &failures), 0);
    for (int expected = 0; expected < LETTERS;) {
        if (io_wait(wakeup.read_fd, POLLIN, environment_patience_ms()) != POLLIN)
            ck_abort_msg("nobody wakes the worker for arrival %d", expected);
        se__wakeup_clear(&wakeup);
        expected = take_all_from(expected);
    }
    ck_assert_int_eq(pthread_join(postman, NULL), 0);
    ck_assert_int_eq(failures, 0);
    assert_empty();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the mailbox of a worker");
    TCase *tcase = fixture_add_tcase(suite, "post");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, an_empty_mailbox_gives_nothing_and_wakes_nobody);
    tcase_add_test(tcase, whoever_came_first_is_taken_first);
    tcase_add_test(tcase, the_order_stays_when_it_grows_amid_the_ring);
    tcase_add_test(tcase, a_mailbox_that_is_emptied_in_time_does_not_grow);
    tcase_add_test(tcase, each_arrival_wakes_the_worker);
    tcase_add_test(tcase, arrivals_that_nobody_took_are_no_leak);
    tcase_add_test(tcase, a_worker_that_waits_to_be_woken_gets_every_one_in_order);
    return fixture_run(suite);
}
