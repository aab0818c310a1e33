/* Whom the acceptor gives a peer to, and what it counts for that. Those who stand in the queue, the mailboxes and the
 * census are a script; an acceptor of three workers is real. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "server/acceptor.h"
#include "system/socket.h"

enum { WORKERS = 3, BATCH = 64, QUEUE_FOR_EVER = -1, LOG_SIZE = 4000 };

static struct se__peers peers;
static struct se__service service;
static struct se__tally tally;
static struct se__mailbox boxes[WORKERS];
static struct se__mailbox *mailboxes[WORKERS];
static struct se__wakeup wakeups[WORKERS];
static struct se__acceptor acceptor;

static int queued; /**< how many will be accepted before nobody waits */
static int next_fd;
static bool has_no_room_in_boxes;
static bool is_over_the_limit;
static int welcome_result;
static char calls_made[LOG_SIZE];

int __wrap_se__listener_accept(struct se__listener *listener, struct se__address *peer_out, int64_t now_ms);
void __wrap_se__listener_rest(struct se__listener *listener, int64_t now_ms);
void __wrap_se__listener_close(struct se__listener *listener);
int __wrap_se__peers_welcome(struct se__peers *those, int fd, const struct se__address *peer);
void __wrap_se__peers_send_away(struct se__peers *those, int fd, const struct se__address *peer);
int __wrap_se__mailbox_put(struct se__mailbox *mailbox, const struct se__arrival *arrival);
bool __wrap_se__census_enter(struct se__census *census, uint64_t key);
void __wrap_se__socket_abort(int fd);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);
void __wrap_se__unix_file_remove(struct se__unix_file *file);

static void write_down(const char *what, long number)
{
    size_t used = strlen(calls_made);
    ck_assert_uint_lt(used + strlen(what) + 24, sizeof(calls_made));
    snprintf(calls_made + used, sizeof(calls_made) - used, "%s %ld, ", what, number);
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls_made, expected);
    calls_made[0] = '\0';
}

int __wrap_se__listener_accept(struct se__listener *listener, struct se__address *peer_out, int64_t now_ms)
{
    (void)listener;
    (void)now_ms;
    *peer_out = (struct se__address){.length = 0};
    if (queued == 0)
        return -EAGAIN;
    if (queued != QUEUE_FOR_EVER)
        queued--;
    return next_fd++;
}

void __wrap_se__listener_rest(struct se__listener *listener, int64_t now_ms)
{
    (void)listener;
    write_down("rest at", (long)now_ms);
}

void __wrap_se__listener_close(struct se__listener *listener)
{
    (void)listener;
    write_down("close, others told", atomic_load(&service.takes_no_more));
}

int __wrap_se__peers_welcome(struct se__peers *those, int fd, const struct se__address *peer)
{
    (void)those;
    (void)peer;
    write_down("welcome", fd);
    return welcome_result;
}

/** Its worker counts it out, as in truth. */
void __wrap_se__peers_send_away(struct se__peers *those, int fd, const struct se__address *peer)
{
    (void)peer;
    write_down("send away", fd);
    atomic_fetch_sub(those->members, 1);
}

int __wrap_se__mailbox_put(struct se__mailbox *mailbox, const struct se__arrival *arrival)
{
    write_down(mailbox == mailboxes[1] ? "second gets" : "third gets", arrival->fd);
    return has_no_room_in_boxes ? -ENOMEM : 0;
}

bool __wrap_se__census_enter(struct se__census *census, uint64_t key)
{
    (void)census;
    (void)key;
    return !is_over_the_limit;
}

void __wrap_se__socket_abort(int fd)
{
    write_down("abort", fd);
}

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    write_down("wake", (long)(wakeup - wakeups));
}

void __wrap_se__unix_file_remove(struct se__unix_file *file)
{
    ck_assert_ptr_eq(file, &service.file);
    write_down("remove file", 0);
}

static void begin(void)
{
    peers = (struct se__peers){.members = &boxes[0].members, .now_ms = 1234};
    memset(&service, 0, sizeof(service));
    memset(&tally, 0, sizeof(tally));
    memset(boxes, 0, sizeof(boxes));
    for (int i = 0; i < WORKERS; i++) {
        mailboxes[i] = &boxes[i];
        boxes[i].wakeup = &wakeups[i];
    }
    acceptor = (struct se__acceptor){
        .listener = {.service = &service, .tally = &tally},
        .peers = &peers,
        .mailboxes = mailboxes,
        .count = WORKERS,
    };
    queued = 0;
    next_fd = 10;
    has_no_room_in_boxes = is_over_the_limit = false;
    welcome_result = 0;
    calls_made[0] = '\0';
}

static void assert_members(int first, int second, int third)
{
    ck_assert_int_eq(atomic_load(&boxes[0].members), first);
    ck_assert_int_eq(atomic_load(&boxes[1].members), second);
    ck_assert_int_eq(atomic_load(&boxes[2].members), third);
}

START_TEST(each_peer_goes_to_the_worker_with_the_fewest)
{
    queued = 4;
    se__acceptor_accept(&acceptor);
    assert_calls("welcome 10, second gets 11, third gets 12, welcome 13, ");
    assert_members(2, 1, 1);
    atomic_store(&boxes[2].members, 0);
    queued = 1;
    se__acceptor_accept(&acceptor);
    assert_calls("third gets 14, ");
}
END_TEST

START_TEST(peer_with_descriptor_0_is_one)
{
    queued = 1;
    next_fd = 0;
    se__acceptor_accept(&acceptor);
    assert_calls("welcome 0, ");
}
END_TEST

START_TEST(one_call_accepts_one_batch)
{
    queued = QUEUE_FOR_EVER;
    acceptor.count = 1;
    se__acceptor_accept(&acceptor);
    assert_members(BATCH, 0, 0);
}
END_TEST

START_TEST(peer_for_whom_a_mailbox_has_no_room_counts_nowhere)
{
    atomic_store(&boxes[0].members, 5);
    queued = 3;
    has_no_room_in_boxes = true;
    se__acceptor_accept(&acceptor);
    assert_calls("second gets 10, send away 10, rest at 1234, ");
    assert_members(5, 0, 0);
}
END_TEST

START_TEST(peer_for_whom_the_first_worker_has_no_room_ends_the_batch)
{
    queued = 3;
    welcome_result = -ENOMEM;
    se__acceptor_accept(&acceptor);
    assert_calls("welcome 10, rest at 1234, ");
}
END_TEST

START_TEST(peers_over_a_limit_are_reset_and_counted)
{
    queued = 2;
    is_over_the_limit = true;
    se__acceptor_accept(&acceptor);
    assert_calls("abort 10, abort 11, ");
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_REFUSED), 2);
    assert_members(0, 0, 0);
}
END_TEST

START_TEST(peer_whose_address_finds_no_memory_ends_the_batch)
{
    queued = 2;
    is_over_the_limit = true;
    service.census.lacks_memory = true;
    se__acceptor_accept(&acceptor);
    assert_calls("abort 10, rest at 1234, ");
}
END_TEST

START_TEST(empty_queue_of_a_drain_closes_the_listener_and_wakes_the_others)
{
    se__acceptor_accept(&acceptor);
    assert_calls("");
    ck_assert(!atomic_load(&service.takes_no_more));
    peers.draining = true;
    queued = 1;
    se__acceptor_accept(&acceptor);
    assert_calls("welcome 10, remove file 0, close, others told 0, wake 1, wake 2, ");
    ck_assert(atomic_load(&service.takes_no_more));
}
END_TEST

START_TEST(others_are_woken_once_however_often_it_is_closed)
{
    se__acceptor_close(&acceptor);
    assert_calls("remove file 0, close, others told 0, wake 1, wake 2, ");
    se__acceptor_close(&acceptor);
    assert_calls("");
}
END_TEST

START_TEST(worker_that_does_not_accept_closes_nothing)
{
    acceptor.count = 0;
    se__acceptor_close(&acceptor);
    assert_calls("");
    ck_assert(!atomic_load(&service.takes_no_more));
    acceptor.count = 1;
    se__acceptor_close(&acceptor);
    assert_calls("remove file 0, close, others told 0, ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the acceptor of several workers");
    TCase *tcase = fixture_add_tcase(suite, "counts");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, each_peer_goes_to_the_worker_with_the_fewest);
    tcase_add_test(tcase, peer_with_descriptor_0_is_one);
    tcase_add_test(tcase, one_call_accepts_one_batch);
    tcase_add_test(tcase, peer_for_whom_a_mailbox_has_no_room_counts_nowhere);
    tcase_add_test(tcase, peer_for_whom_the_first_worker_has_no_room_ends_the_batch);
    tcase_add_test(tcase, peers_over_a_limit_are_reset_and_counted);
    tcase_add_test(tcase, peer_whose_address_finds_no_memory_ends_the_batch);
    tcase_add_test(tcase, empty_queue_of_a_drain_closes_the_listener_and_wakes_the_others);
    tcase_add_test(tcase, others_are_woken_once_however_often_it_is_closed);
    tcase_add_test(tcase, worker_that_does_not_accept_closes_nothing);
    return fixture_run(suite);
}
