/* What each answer of poll(2) means to the poller that is made of it, and how it goes on without memory. The answers
 * are a script; what it was asked is written down. */
#include <errno.h>
#include <poll.h>
#include <sockecho/server.h>
#include <string.h>

#include "fixture.h"
#include "system/poller.h"

enum { ANSWERS_MAX = 3, WATCHED = 2, FD = 20, TAG = 70, PAUSE_MS = 100 };

struct question {
    nfds_t count;
    int timeout_ms;
};

struct answer {
    int error; /**< 0: so many are ready, the last ones */
    int ready;
};

static struct answer answers[ANSWERS_MAX];
static struct question questions[ANSWERS_MAX];
static int answer_count, question_count;
static struct se__poller *poller;

int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms);

int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms)
{
    ck_assert_int_lt(question_count, answer_count);
    ck_assert_int_eq(watched != NULL, count > 0);
    const struct answer *answer = &answers[question_count];
    questions[question_count++] = (struct question){.count = count, .timeout_ms = timeout_ms};
    for (nfds_t i = 0; i < count; i++)
        watched[i].revents = i + (nfds_t)answer->ready >= count ? POLLIN : 0;
    if (!answer->error)
        return answer->ready;
    errno = answer->error;
    return -1;
}

static void begin(void)
{
    answer_count = question_count = 0;
    ck_assert_int_eq(se__poller_new(SE_POLLER_POLL, &poller), 0);
    for (int i = 0; i < WATCHED; i++)
        ck_assert_int_eq(se__poller_add(poller, FD + i, SE__READ, TAG + (uint64_t)i), 0);
}

static void end(void)
{
    ck_assert_int_eq(question_count, answer_count);
    se__poller_free(poller);
}

static void then_fails(int error)
{
    answers[answer_count++] = (struct answer){.error = error};
}

static void then_ready(int ready)
{
    answers[answer_count++] = (struct answer){.ready = ready};
}

static void assert_asked(int nth, nfds_t count, int timeout_ms)
{
    ck_assert_uint_eq(questions[nth].count, count);
    ck_assert_int_eq(questions[nth].timeout_ms, timeout_ms);
}

static int wait_for(int timeout_ms)
{
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
    int result = se__poller_wait(poller, events, timeout_ms);
    for (int i = 0; i < result; i++)
        ck_assert_uint_eq(events[i].tag, TAG + (uint64_t)(WATCHED - result + i));
    return result;
}

/** The pause is as long as the wait would have been, and never long. */
static const struct {
    int timeout_ms;
    int pause_ms;
} pauses[] = {
    {-1, PAUSE_MS},
    {0, 0},
    {1, 1},
    {PAUSE_MS - 1, PAUSE_MS - 1},
    {PAUSE_MS, PAUSE_MS},
    {PAUSE_MS + 1, PAUSE_MS},
    {100 * PAUSE_MS, PAUSE_MS},
};

START_TEST(without_memory_it_pauses_and_then_looks)
{
    then_fails(ENOMEM);
    then_ready(0);
    then_ready(1);
    ck_assert_int_eq(wait_for(pauses[_i].timeout_ms), 1);
    assert_asked(0, WATCHED, pauses[_i].timeout_ms);
    assert_asked(1, 0, pauses[_i].pause_ms);
    assert_asked(2, WATCHED, 0);
}
END_TEST

START_TEST(whoever_still_has_no_memory_says_so)
{
    then_fails(ENOMEM);
    then_ready(0);
    then_fails(ENOMEM);
    ck_assert_int_eq(wait_for(-1), -ENOMEM);
}
END_TEST

/** Where it succeeds, what stands in errno is from before. */
START_TEST(a_wait_in_vain_is_no_want_of_memory)
{
    then_ready(0);
    errno = ENOMEM;
    ck_assert_int_eq(wait_for(7), 0);
    assert_asked(0, WATCHED, 7);
}
END_TEST

static const struct {
    int error;
    int result;
} failures[] = {{EINTR, 0}, {EINVAL, -EMFILE}, {EFAULT, -EFAULT}, {EMFILE, -EMFILE}};

START_TEST(every_other_error_ends_the_wait_at_once)
{
    then_fails(failures[_i].error);
    ck_assert_int_eq(wait_for(-1), failures[_i].result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers of poll(2)");
    TCase *tcase = fixture_add_tcase(suite, "answers");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, without_memory_it_pauses_and_then_looks, 0, sizeof(pauses) / sizeof(pauses[0]));
    tcase_add_test(tcase, whoever_still_has_no_memory_says_so);
    tcase_add_test(tcase, a_wait_in_vain_is_no_want_of_memory);
    tcase_add_loop_test(tcase, every_other_error_ends_the_wait_at_once, 0, sizeof(failures) / sizeof(failures[0]));
    return fixture_run(suite);
}
