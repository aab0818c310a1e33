/* One connection of a server without the loop around it: how it ends with bytes that are not back, and how much of what
 * nobody wants any more it takes at once. */
#include <errno.h>
#include <stdlib.h>

#include "fixture.h"
#include "pair.h"
#include "pattern.h"
#include "server/connection.h"
#include "system/socket.h"

enum { BUFFER_SIZE = 64 * 1024 };

static struct pair pair;
static struct se_connection connection;
static struct se__buffer buffer;

/** The near end is the peer's, the far one the connection's, which closes it. */
static void begin(void)
{
    pair = pair_open();
    se__connection_begin(&connection, pair.far);
    pair.far = -1;
    buffer = (struct se__buffer){.bytes = bytes_new(BUFFER_SIZE), .size = BUFFER_SIZE};
}

static void end(void)
{
    free(buffer.bytes);
    pair_close(&pair);
}

/** The peer sends and never reads. */
static void pump_until_bytes_are_held(void)
{
    uint8_t *bytes = pattern_new(BUFFER_SIZE, 1);
    enum se__pump_result result = SE__PUMP_INPUT;
    for (size_t sent = 0; sent < PAIR_BYTES_MAX && result == SE__PUMP_INPUT; sent += BUFFER_SIZE) {
        ck_assert_int_gt(se__socket_send(pair.near, bytes, BUFFER_SIZE), 0);
        result = se__connection_pump(&connection, &buffer);
    }
    free(bytes);
    ck_assert_int_eq(result, SE__PUMP_ROOM);
}

START_TEST(a_connection_that_ends_with_bytes_unsent_is_reset)
{
    pump_until_bytes_are_held();
    ck_assert_uint_gt(se__connection_given_up(&connection), 0);
    ck_assert(!se__session_is_cut(&connection.session));
    se__connection_end(&connection);
    int64_t count;
    do
        count = pair_receive_next(pair.near);
    while (count > 0);
    ck_assert_int_eq(count, -ECONNRESET);
}
END_TEST

static void finish(void)
{
    se__connection_drain(&connection);
    ck_assert_int_eq(se__connection_pump(&connection, &buffer), SE__PUMP_LINGERS);
    ck_assert_int_eq(pair_receive_next(pair.near), 0);
}

/** With a buffer of one byte, a peer that sends a hundred is as fast as one that never ends. */
START_TEST(after_its_fin_a_connection_discards_so_much_at_once_and_no_more)
{
    enum { BYTES = 100 };
    finish();
    ck_assert_int_eq(se__socket_send(pair.near, buffer.bytes, BYTES), BYTES);
    pair_await_pending(connection.fd, BYTES);
    buffer.size = 1;
    ck_assert(!se__connection_is_complete(&connection, &buffer));
    uint64_t once = connection.session.received;
    ck_assert_uint_gt(once, 1);
    ck_assert_uint_lt(once, BYTES);
    int looks = 1;
    for (; !se__connection_is_complete(&connection, &buffer) && looks < BYTES; looks++)
        ck_assert_uint_eq(connection.session.received, (uint64_t)(looks + 1) * once);
    ck_assert_uint_eq(connection.session.received, BYTES);
    se__connection_end(&connection);
    ck_assert_int_eq(pair_receive_next(pair.near), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a connection of a server");
    TCase *tcase = fixture_add_tcase(suite, "connection");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_connection_that_ends_with_bytes_unsent_is_reset);
    tcase_add_test(tcase, after_its_fin_a_connection_discards_so_much_at_once_and_no_more);
    return fixture_run(suite);
}
