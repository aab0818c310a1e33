/* The client's side of an echo, through every order in which the pieces of a message of 1 to 8 bytes can go out and
 * come back. At every point of every run, what a bad peer could do next is tried on a copy. */
#include <errno.h>
#include <sockecho/error.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/exchange.h"
#include "fixture.h"

enum { LENGTH_MAX = 8, TRACE_SIZE = 128 };

static const unsigned char message[LENGTH_MAX] = "abcdefgh";

struct run {
    struct se__exchange exchange;
    size_t sent;
    size_t received;
    char trace[TRACE_SIZE];
};

static uint64_t runs;
static uint64_t wrong_bytes;
static uint64_t early_bytes;
static uint64_t early_ends;

static void reset_counts(void)
{
    runs = wrong_bytes = early_bytes = early_ends = 0;
}

static void demand(const struct run *run, bool holds, const char *promise)
{
    if (!holds)
        ck_abort_msg("\"%s\" broken after: %s", promise, run->trace);
}

/** Adds to what a failure shows: s2 sent 2, r3 received 3. */
static void note(struct run *run, char act, size_t count)
{
    size_t length = strlen(run->trace);
    snprintf(run->trace + length, TRACE_SIZE - length, "%c%zu ", act, count);
}

static size_t in_flight(const struct run *run)
{
    return run->sent - run->received;
}

static void check(const struct run *run)
{
    const struct se__exchange *exchange = &run->exchange;
    demand(run, exchange->sent == run->sent, "sent counts what went out");
    demand(run, exchange->received == run->received, "received counts what came back");
    demand(run, exchange->mismatch_at == -1, "nothing was wrong");
    demand(run, se__exchange_to_send(exchange) == exchange->length - run->sent, "the rest is left to send");
    demand(run, se__exchange_to_receive(exchange) == exchange->length - run->received, "the rest is left to receive");
}

/** Takes bytes of which the one at `wrong_at` in the message is the first that is no echo. */
static void expect_mismatch(struct run run, const unsigned char *bytes, size_t count, size_t wrong_at)
{
    note(&run, 'r', count);
    demand(&run, se__exchange_received(&run.exchange, bytes, count) == SE_EMISMATCH, "no echo is a mismatch");
    demand(&run, run.exchange.mismatch_at == (int64_t)wrong_at, "the mismatch tells the first wrong offset");
    demand(&run, run.exchange.received == wrong_at, "the bytes before it count as received");
}

/** What comes next if all is well, followed by bytes that are no part of the message. */
static void next_bytes(const struct run *run, unsigned char bytes[2 * LENGTH_MAX])
{
    memset(bytes, 'z', 2 * LENGTH_MAX);
    memcpy(bytes, message + run->received, run->exchange.length - run->received);
}

static void try_wrong_bytes(const struct run *run, size_t count)
{
    unsigned char bytes[2 * LENGTH_MAX];
    for (size_t offset = 0; offset < count; offset++) {
        next_bytes(run, bytes);
        bytes[offset] ^= 0x40;
        expect_mismatch(*run, bytes, count, run->received + offset);
        wrong_bytes++;
    }
}

/** Up to one byte more than the whole message: what is not out yet cannot be an echo, even where it would be right. */
static void try_early_bytes(const struct run *run)
{
    unsigned char bytes[2 * LENGTH_MAX];
    next_bytes(run, bytes);
    for (size_t count = in_flight(run) + 1; run->received + count <= run->exchange.length + 1; count++) {
        expect_mismatch(*run, bytes, count, run->sent);
        early_bytes++;
    }
}

static void try_early_end(const struct run *run)
{
    demand(run, se__exchange_closed(&run->exchange) == SE_ECLOSED, "an end before the whole echo is SE_ECLOSED");
    early_ends++;
}

/** After a send has failed, what is in flight can still come back; then the end tells why there is no more. */
static void try_failed_send(struct run run, int error, int expected)
{
    size_t count = in_flight(&run);
    se__exchange_send_failed(&run.exchange, error);
    demand(&run, se__exchange_to_send(&run.exchange) == 0, "after a failed send nothing is left to send");
    demand(&run, se__exchange_received(&run.exchange, message + run.received, count) == 0,
           "what is in flight is taken");
    demand(&run, se__exchange_closed(&run.exchange) == expected, "the end tells what the failed send said");
    run.received += count;
    demand(&run, se__exchange_to_receive(&run.exchange) == run.exchange.length - run.received, "the rest is missing");
    expect_mismatch(run, message + run.received, 1, run.sent);
}

static void explore(const struct run *run);

static void go_on_sent(struct run run, size_t count)
{
    note(&run, 's', count);
    run.sent += count;
    se__exchange_sent(&run.exchange, count);
    explore(&run);
}

static void go_on_received(struct run run, size_t count)
{
    note(&run, 'r', count);
    demand(&run, se__exchange_received(&run.exchange, message + run.received, count) == 0, "an echo is right");
    run.received += count;
    explore(&run);
}

static void try_bad_peers(const struct run *run)
{
    try_early_bytes(run);
    if (run->received < run->exchange.length)
        try_early_end(run);
    if (run->sent == run->exchange.length)
        return;
    try_failed_send(*run, -EPIPE, SE_ECLOSED);
    try_failed_send(*run, -ECONNRESET, -ECONNRESET);
}

static void explore(const struct run *run)
{
    check(run);
    try_bad_peers(run);
    if (run->received == run->exchange.length)
        runs++;
    for (size_t count = 1; count <= run->exchange.length - run->sent; count++)
        go_on_sent(*run, count);
    for (size_t count = 1; count <= in_flight(run); count++) {
        try_wrong_bytes(run, count);
        go_on_received(*run, count);
    }
}

/** How many orders there are: paths from (0, 0) to (length, length) by any steps to the right and up that never go
 * above the diagonal, 1, 5, 29, 185... (n + 1) a(n) = 5 (2n - 1) a(n - 1) - 9 (n - 2) a(n - 2). */
static uint64_t expected_runs(size_t length)
{
    uint64_t before = 0;
    uint64_t current = 1;
    for (size_t n = 2; n <= length; n++) {
        uint64_t next = (5 * (2 * n - 1) * current - 9 * (n - 2) * before) / (n + 1);
        before = current;
        current = next;
    }
    return current;
}

START_TEST(every_order_of_partial_sends_and_receives_is_one_echo)
{
    size_t length = (size_t)_i;
    struct run run = {.trace = ""};
    se__exchange_begin(&run.exchange, message, length);
    explore(&run);
    ck_assert_uint_eq(runs, expected_runs(length));
    ck_assert_uint_ge(wrong_bytes, runs);
    ck_assert_uint_gt(early_bytes, runs);
    ck_assert_uint_gt(early_ends, runs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("every run of an exchange");
    TCase *tcase = fixture_add_tcase(suite, "runs");
    tcase_add_checked_fixture(tcase, reset_counts, NULL);
    tcase_add_loop_test(tcase, every_order_of_partial_sends_and_receives_is_one_echo, 1, LENGTH_MAX + 1);
    return fixture_run(suite);
}
