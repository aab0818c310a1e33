/* What a client tells of its descriptor while an echo is open: the last byte that is left to send counts as much as
 * any. */
#include <poll.h>

#include "client/client.h"
#include "fixture.h"

START_TEST(a_client_waits_to_send_down_to_the_last_byte)
{
    static const char message[] = "four";
    struct se_client *client;
    ck_assert_int_eq(se_client_new(&client), 0);
    se__exchange_begin(&client->exchange, message, 4);
    client->open = SE__CALL_ECHO;
    for (int left = 4; left > 0; left--) {
        ck_assert_int_eq(se_client_events(client), POLLIN | POLLOUT);
        se__exchange_sent(&client->exchange, 1);
    }
    ck_assert_int_eq(se_client_events(client), POLLIN);
    client->open = SE__CALL_NONE;
    ck_assert_int_eq(se_client_events(client), 0);
    se_client_free(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events of a client");
    TCase *tcase = fixture_add_tcase(suite, "echo");
    tcase_add_test(tcase, a_client_waits_to_send_down_to_the_last_byte);
    return fixture_run(suite);
}
