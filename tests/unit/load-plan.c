/* What a load is meant to be: when each message is due at rates that divide no second, and who sends it. */
#include <stdbool.h>
#include <string.h>

#include "dice.h"
#include "fixture.h"
#include "load/plan.h"
#include "load/schedule.h"

static const int64_t NS_PER_S = 1000000000;
static const int64_t BEGIN_NS = 123456789012345;

static const int64_t rates[] = {1, 2, 3, 7, 60, 999, 1000, 1001, 44100, 333333, 1000003, 999999937, 1000000000};

enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static struct se__plan plan;

static void begin(void)
{
    se__plan_begin(&plan);
}

static int64_t due_ns(int64_t number)
{
    const struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    return se__plan_due_ns(&plan, &timetable, number) - BEGIN_NS;
}

/** Counted from the beginning. */
static int64_t last_ns(void)
{
    const struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    return se__plan_last_ns(&plan, &timetable) - BEGIN_NS;
}

START_TEST(a_plan_begins_as_the_header_says)
{
    ck_assert_int_eq(plan.connections, 1);
    ck_assert_int_eq(plan.size, 64);
    ck_assert_int_eq(plan.depth, 1);
    ck_assert_int_eq(plan.rate, 0);
    ck_assert_int_eq(plan.duration_ms, 10000);
    ck_assert_int_eq(plan.count, 0);
    ck_assert_int_eq(plan.warmup_ms, 0);
    ck_assert_int_eq(plan.timeout_ms, 10000);
    ck_assert_uint_eq(plan.seed, 1);
    ck_assert_int_eq(plan.threads, 1);
    ck_assert_int_eq(plan.busy_poll_us, 0);
    ck_assert(plan.callback == NULL);
}
END_TEST

/** number / rate seconds, cut to whole nanoseconds: due <= number / rate < due + 1 ns. */
static bool is_due_to_the_nanosecond(int64_t number)
{
    int64_t due = due_ns(number);
    return due * plan.rate <= number * NS_PER_S && (due + 1) * plan.rate > number * NS_PER_S;
}

START_TEST(messages_of_the_first_second_are_due_to_the_nanosecond)
{
    plan.rate = rates[_i];
    struct dice dice = dice_new(100 + (uint64_t)_i);
    int wrong = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t number = i < plan.rate && i < 5000 ? i : (int64_t)dice_roll(&dice, (uint64_t)plan.rate);
        wrong += !is_due_to_the_nanosecond(number);
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

START_TEST(each_second_is_as_the_first_however_late_it_is)
{
    static const int64_t seconds[] = {1, 59, 3600, 86400, 31536000, 3153600000};
    plan.rate = rates[_i];
    struct dice dice = dice_new(200 + (uint64_t)_i);
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        int64_t number = (int64_t)dice_roll(&dice, (uint64_t)plan.rate);
        ck_assert_int_eq(due_ns(number + seconds[i] * plan.rate), due_ns(number) + seconds[i] * NS_PER_S);
    }
}
END_TEST

START_TEST(messages_are_due_in_order_and_evenly)
{
    plan.rate = rates[_i];
    int64_t least_ns = NS_PER_S / plan.rate;
    int wrong = 0;
    for (int64_t number = 0; number < 20000; number++) {
        int64_t gap_ns = due_ns(number + 1) - due_ns(number);
        wrong += gap_ns < least_ns || gap_ns > least_ns + 1;
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(due_ns(0), 0);
}
END_TEST

/** Where so many messages are due, the last of them is, and the next one is not before. */
static bool is_count_of_due(int64_t count, int64_t now_ns, const struct se__timetable *timetable)
{
    return (count == 0 || se__plan_due_ns(&plan, timetable, count - 1) <= now_ns) &&
           se__plan_due_ns(&plan, timetable, count) > now_ns;
}

START_TEST(the_number_of_messages_that_are_due_agrees_with_when_each_is)
{
    plan.rate = rates[_i];
    plan.duration_ms = 0;
    const struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    struct dice dice = dice_new(300 + (uint64_t)_i);
    int wrong = 0;
    for (int i = 0; i < 2000; i++) {
        int64_t now_ns = BEGIN_NS + (int64_t)dice_roll(&dice, i < 1000 ? 5000000000 : 1000000000000000);
        wrong += !is_count_of_due(se__plan_due_count(&plan, &timetable, now_ns), now_ns, &timetable);
    }
    for (int64_t number = 0; number < 2000; number++) {
        int64_t now_ns = BEGIN_NS + due_ns(number);
        wrong += !is_count_of_due(se__plan_due_count(&plan, &timetable, now_ns), now_ns, &timetable);
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, BEGIN_NS - 1), 0);
}
END_TEST

START_TEST(no_message_is_due_beyond_the_end_or_the_count)
{
    plan.rate = 1000;
    plan.duration_ms = 500;
    struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, BEGIN_NS + 100 * NS_PER_S), 500);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, INT64_MAX), 500);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, timetable.end_ns), 500);
    plan.count = 501;
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, BEGIN_NS + 100 * NS_PER_S), 500);
    plan.count = 77;
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, BEGIN_NS + 100 * NS_PER_S), 77);
    plan.count = 1;
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, BEGIN_NS + 100 * NS_PER_S), 1);
    plan.count = 77;
    plan.duration_ms = 0;
    timetable = se__plan_timetable(&plan, BEGIN_NS);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, INT64_MAX), 77);
    plan.count = 0;
    plan.rate = 1000000000;
    ck_assert_int_gt(se__plan_due_count(&plan, &timetable, INT64_MAX), INT64_MAX / 2);
}
END_TEST

START_TEST(every_nanosecond_before_the_end_has_its_message)
{
    plan.rate = 1000000000;
    plan.duration_ms = 1;
    const struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, timetable.end_ns), 1000000);
}
END_TEST

/** At a message a nanosecond that is only where the clock began at 0. */
START_TEST(more_messages_than_can_be_counted_are_as_many_as_can_be)
{
    plan.rate = 1000000000;
    plan.duration_ms = 0;
    const struct se__timetable timetable = se__plan_timetable(&plan, 0);
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, INT64_MAX), INT64_MAX);
    int64_t almost_ns = INT64_MAX / NS_PER_S * NS_PER_S - 2 * NS_PER_S;
    ck_assert_int_eq(se__plan_due_count(&plan, &timetable, almost_ns), almost_ns + 1);
}
END_TEST

START_TEST(the_time_that_was_asked_for_ends_with_the_sooner_of_duration_and_number_at_a_rate)
{
    plan.duration_ms = 500;
    plan.count = 7;
    ck_assert_int_eq(last_ns(), 500000000);
    plan.rate = 3;
    ck_assert_int_eq(last_ns(), 500000000);
    plan.duration_ms = 2500;
    ck_assert_int_eq(last_ns(), 2333333333);
    plan.count = 0;
    ck_assert_int_eq(last_ns(), 2500000000);
    plan.duration_ms = 0;
    plan.count = 7;
    ck_assert_int_eq(last_ns(), 2333333333);
    plan.rate = 0;
    ck_assert_int_eq(last_ns(), INT64_MAX - BEGIN_NS);
}
END_TEST

/** With a duration that alone counts. */
START_TEST(a_number_at_a_rate_that_no_clock_comes_to_has_no_end)
{
    const int64_t seconds = (INT64_MAX - BEGIN_NS) / NS_PER_S;
    plan.duration_ms = 0;
    plan.rate = 1;
    plan.count = seconds - 1;
    ck_assert_int_eq(last_ns(), (seconds - 1) * NS_PER_S);
    plan.count = seconds;
    ck_assert_int_eq(last_ns(), INT64_MAX - BEGIN_NS);
    plan.count = INT64_MAX;
    ck_assert_int_eq(last_ns(), INT64_MAX - BEGIN_NS);
    plan.duration_ms = 1;
    ck_assert_int_eq(last_ns(), 1000000);
    plan.duration_ms = 0;
    plan.rate = 1000000;
    plan.count = INT64_C(1000000000000);
    ck_assert_int_eq(last_ns(), 1000000 * NS_PER_S);
}
END_TEST

START_TEST(the_timetable_has_the_warm_up_first_and_then_the_duration)
{
    plan.warmup_ms = 250;
    plan.duration_ms = 1;
    ck_assert_int_eq(se__plan_timetable(&plan, BEGIN_NS).end_ns, BEGIN_NS + 251000000);
    plan.duration_ms = 4000;
    struct se__timetable timetable = se__plan_timetable(&plan, BEGIN_NS);
    ck_assert_int_eq(timetable.begin_ns, BEGIN_NS);
    ck_assert_int_eq(timetable.measure_ns, BEGIN_NS + 250000000);
    ck_assert_int_eq(timetable.end_ns, BEGIN_NS + 4250000000);
    plan.duration_ms = 0;
    ck_assert_int_eq(se__plan_timetable(&plan, BEGIN_NS).end_ns, INT64_MAX);
}
END_TEST

START_TEST(last_millisecond_of_the_clock_is_reached)
{
    ck_assert_int_eq(se__later_ns(0, INT64_MAX / 1000000), INT64_MAX / 1000000 * 1000000);
    ck_assert_int_eq(se__later_ns(INT64_MAX % 1000000, INT64_MAX / 1000000), INT64_MAX);
}
END_TEST

START_TEST(times_that_no_clock_reaches_are_never)
{
    static const int64_t times_ms[] = {INT64_MAX / 1000000, INT64_MAX / 1000000 + 1, INT64_MAX / 2, INT64_MAX};
    for (size_t i = 0; i < sizeof(times_ms) / sizeof(times_ms[0]); i++) {
        begin();
        plan.duration_ms = times_ms[i];
        ck_assert_int_eq(se__plan_timetable(&plan, BEGIN_NS).end_ns, INT64_MAX);
        plan.warmup_ms = times_ms[i];
        ck_assert_int_eq(se__plan_timetable(&plan, BEGIN_NS).measure_ns, INT64_MAX);
        ck_assert_int_eq(se__plan_timetable(&plan, BEGIN_NS).end_ns, INT64_MAX);
    }
}
END_TEST

/** Every connection of the plan is one of one thread, and no thread has another. */
static void assert_connections_are_shared_out(void)
{
    static unsigned char owners[2000];
    memset(owners, 0, sizeof(owners));
    int sum = 0;
    int wrong = 0;
    for (int thread = 0; thread < plan.threads; thread++) {
        int share = se__plan_share(&plan, thread);
        ck_assert_int_ge(share, plan.connections / plan.threads);
        ck_assert_int_le(share, plan.connections / plan.threads + 1);
        for (int nth = 0; nth < share; nth++) {
            int connection = se__plan_connection(&plan, thread, nth);
            bool is_new = connection >= 0 && connection < plan.connections && owners[connection]++ == 0;
            wrong += !is_new;
        }
        sum += share;
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(sum, plan.connections);
}

START_TEST(shares_of_the_threads_add_up)
{
    static const int thread_counts[] = {1, 2, 3, 5, 7, 16, 255, 256};
    static const int connection_counts[] = {1, 2, 3, 4, 15, 16, 17, 100, 255, 256, 257, 1999};
    for (size_t i = 0; i < sizeof(thread_counts) / sizeof(thread_counts[0]); i++) {
        for (size_t j = 0; j < sizeof(connection_counts) / sizeof(connection_counts[0]); j++) {
            plan.threads = thread_counts[i];
            plan.connections = connection_counts[j];
            assert_connections_are_shared_out();
        }
    }
}
END_TEST

START_TEST(shares_of_a_million_connections_add_up)
{
    plan.connections = 1000000;
    plan.threads = 256;
    int sum = 0;
    for (int thread = 0; thread < plan.threads; thread++) {
        int share = se__plan_share(&plan, thread);
        ck_assert_int_lt(se__plan_connection(&plan, thread, share - 1), plan.connections);
        sum += share;
    }
    ck_assert_int_eq(sum, plan.connections);
}
END_TEST

START_TEST(every_message_number_belongs_to_exactly_one_connection)
{
    enum { NUMBERS = 12000 };
    static const int connection_counts[] = {1, 2, 3, 7, 64, 1000};
    static bool is_taken[NUMBERS];
    for (size_t i = 0; i < sizeof(connection_counts) / sizeof(connection_counts[0]); i++) {
        memset(is_taken, 0, sizeof(is_taken));
        plan.connections = connection_counts[i];
        int taken = 0;
        int taken_again = 0;
        for (int connection = 0; connection < plan.connections; connection++) {
            int64_t number;
            for (int64_t nth = 0; (number = se__plan_number(&plan, connection, nth)) < NUMBERS; nth++, taken++) {
                taken_again += is_taken[number];
                is_taken[number] = true;
            }
        }
        ck_assert_int_eq(taken, NUMBERS);
        ck_assert_int_eq(taken_again, 0);
    }
}
END_TEST

START_TEST(quotas_of_the_connections_add_up_to_the_count)
{
    static const int64_t counts[] = {0, 1, 6, 7, 8, 1000, 999999999999, INT64_MAX - 1, INT64_MAX};
    plan.connections = 7;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        plan.count = counts[i];
        uint64_t sum = 0;
        for (int connection = 0; connection < plan.connections; connection++) {
            int64_t quota = se__plan_quota(&plan, connection, plan.count);
            ck_assert(quota == 0 || se__plan_number(&plan, connection, quota - 1) < plan.count);
            ck_assert_int_ge(quota, plan.count / plan.connections);
            sum += (uint64_t)quota;
        }
        ck_assert_uint_eq(sum, (uint64_t)plan.count);
    }
}
END_TEST

START_TEST(connections_take_turns)
{
    plan.connections = 5;
    for (int64_t number = 0; number < 100; number++)
        ck_assert_int_eq(se__plan_number(&plan, (int)(number % 5), number / 5), number);
}
END_TEST

/** Counts who sends which message. Returns how many were out of order or not the lane's own. */
static int note_senders(int thread, int *senders, int64_t numbers)
{
    struct se__schedule schedule;
    se__schedule_begin(&schedule, &plan, thread);
    int wrong = 0;
    int64_t before = -1;
    for (int64_t number; (number = se__schedule_number(&schedule)) < numbers; before = number) {
        wrong += number <= before || number % plan.connections != se__plan_connection(&plan, thread, schedule.lane);
        senders[number]++;
        se__schedule_advance(&schedule);
    }
    return wrong;
}

START_TEST(schedules_of_the_threads_send_each_message_once_and_in_order)
{
    enum { NUMBERS = 3000 };
    static const int thread_counts[] = {1, 2, 3, 7};
    static int senders[NUMBERS];
    memset(senders, 0, sizeof(senders));
    plan.threads = thread_counts[_i];
    plan.connections = 10;
    for (int thread = 0; thread < plan.threads; thread++)
        ck_assert_int_eq(note_senders(thread, senders, NUMBERS), 0);
    int sent_once = 0;
    for (int number = 0; number < NUMBERS; number++)
        sent_once += senders[number] == 1;
    ck_assert_int_eq(sent_once, NUMBERS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan of a load");
    TCase *tcase = fixture_add_tcase(suite, "plan");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_plan_begins_as_the_header_says);
    tcase_add_loop_test(tcase, messages_of_the_first_second_are_due_to_the_nanosecond, 0, RATES);
    tcase_add_loop_test(tcase, each_second_is_as_the_first_however_late_it_is, 0, RATES);
    tcase_add_loop_test(tcase, messages_are_due_in_order_and_evenly, 0, RATES);
    tcase_add_loop_test(tcase, the_number_of_messages_that_are_due_agrees_with_when_each_is, 0, RATES);
    tcase_add_test(tcase, no_message_is_due_beyond_the_end_or_the_count);
    tcase_add_test(tcase, every_nanosecond_before_the_end_has_its_message);
    tcase_add_test(tcase, more_messages_than_can_be_counted_are_as_many_as_can_be);
    tcase_add_test(tcase, the_time_that_was_asked_for_ends_with_the_sooner_of_duration_and_number_at_a_rate);
    tcase_add_test(tcase, a_number_at_a_rate_that_no_clock_comes_to_has_no_end);
    tcase_add_test(tcase, the_timetable_has_the_warm_up_first_and_then_the_duration);
    tcase_add_test(tcase, last_millisecond_of_the_clock_is_reached);
    tcase_add_test(tcase, times_that_no_clock_reaches_are_never);
    tcase_add_test(tcase, shares_of_the_threads_add_up);
    tcase_add_test(tcase, shares_of_a_million_connections_add_up);
    tcase_add_test(tcase, every_message_number_belongs_to_exactly_one_connection);
    tcase_add_test(tcase, quotas_of_the_connections_add_up_to_the_count);
    tcase_add_test(tcase, connections_take_turns);
    tcase_add_loop_test(tcase, schedules_of_the_threads_send_each_message_once_and_in_order, 0, 4);
    return fixture_run(suite);
}
