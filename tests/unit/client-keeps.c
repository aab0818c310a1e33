/* What a client keeps from one call to the next: the attempt to connect while it is open and nothing of it afterwards,
 * nothing of the connection before, and the descriptor, also where its number is 0. */
#include <errno.h>
#include <fcntl.h>
#include <sockecho.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "fixture.h"
#include "pair.h"
#include "system/socket.h"

static int listen_fd;
static int port;
static struct se_client *client;

static void begin(void)
{
    struct se__address address;
    listen_fd = pair_listen();
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    port = se__address_port(&address);
    ck_assert_int_eq(se_client_new(&client), 0);
}

static void end(void)
{
    se_client_free(client);
    close(listen_fd);
}

/** The far side of the connection. */
static int connect_client(void)
{
    ck_assert_int_eq(se_client_connect(client, NULL, port), 0);
    return pair_accept(listen_fd);
}

START_TEST(connected_client_keeps_nothing_of_the_attempt)
{
    ck_assert_int_eq(se_client_connect(client, "127.0.0.1", port), 0);
    ck_assert_ptr_null(client->host);
    ck_assert_ptr_null(client->connector.addresses);
    ck_assert_int_lt(client->connector.fd, 0);
    close(pair_accept(listen_fd));
}
END_TEST

START_TEST(new_connection_knows_nothing_of_the_last_one)
{
    static const char message[] = "right";
    char reply[sizeof(message)];
    int far_fd = connect_client();
    pair_send_text(far_fd, "wrong");
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message) - 1, reply), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), 0);
    close(far_fd);
    far_fd = connect_client();
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    pair_send_text(far_fd, "!");
    ck_assert_int_eq(se_client_finish(client), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), 0);
    close(far_fd);
}
END_TEST

static void assert_busy_but_for(const char *host, const char *other)
{
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(se_client_connect(client, host, port), -EAGAIN);
    ck_assert_int_eq(se_client_connect(client, other, port), -EBUSY);
    ck_assert_int_eq(se_client_connect(client, host, port == 1 ? 2 : 1), -EBUSY);
    int far_fd = pair_accept(listen_fd);
    ck_assert_int_eq(se_client_connect(client, host, port), 0);
    close(far_fd);
}

START_TEST(open_attempt_is_gone_on_with_by_its_own_host_alone)
{
    assert_busy_but_for("127.0.0.1", "127.0.0.2");
}
END_TEST

START_TEST(no_host_is_another_one_than_any_name)
{
    assert_busy_but_for(NULL, "127.0.0.1");
}
END_TEST

START_TEST(any_name_is_another_host_than_none)
{
    assert_busy_but_for("127.0.0.1", NULL);
}
END_TEST

START_TEST(same_name_may_stand_elsewhere)
{
    char name[] = "127.0.0.1";
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(se_client_connect(client, "127.0.0.1", port), -EAGAIN);
    int far_fd = pair_accept(listen_fd);
    ck_assert_int_eq(se_client_connect(client, name, port), 0);
    close(far_fd);
}
END_TEST

/* ---- descriptor 0 ---- */

/** The next descriptor is 0. Within a test only: between two of them Check opens files. */
static int close_stdin(void)
{
    int saved_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
    ck_assert_int_ge(saved_fd, 0);
    close(STDIN_FILENO);
    return saved_fd;
}

static void bring_back_stdin(int saved_fd)
{
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), -1);
    ck_assert_int_eq(dup2(saved_fd, STDIN_FILENO), STDIN_FILENO);
    close(saved_fd);
}

START_TEST(attempt_on_descriptor_0_is_closed)
{
    int saved_fd = close_stdin();
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(se_client_connect(client, NULL, port), -EAGAIN);
    ck_assert_int_eq(se_client_fd(client), STDIN_FILENO);
    ck_assert_int_eq(se_client_close(client), 0);
    bring_back_stdin(saved_fd);
    close(pair_accept(listen_fd));
}
END_TEST

START_TEST(connection_on_descriptor_0_is_one)
{
    int saved_fd = close_stdin();
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(se_client_connect(client, NULL, port), -EAGAIN);
    int far_fd = pair_accept(listen_fd);
    ck_assert_int_eq(se_client_connect(client, NULL, port), 0);
    ck_assert_int_eq(se_client_fd(client), STDIN_FILENO);
    ck_assert_int_eq(se_client_connect(client, NULL, port), -EISCONN);
    ck_assert_int_eq(se_client_echo(client, NULL, 0, NULL), 0);
    ck_assert_int_eq(se_client_set_blocking(client, 1), 0);
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0);
    pair_send_text(far_fd, "x");
    ck_assert_int_eq(se_client_echo(client, "x", 1, NULL), 0);
    ck_assert_int_eq(shutdown(far_fd, SHUT_WR), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    bring_back_stdin(saved_fd);
    close(far_fd);
}
END_TEST

START_TEST(time_to_look_without_sleeping_is_kept_in_nanoseconds)
{
    ck_assert_int_eq(client->channel.busy_poll_ns, 0);
    ck_assert_int_eq(se_client_set_busy_poll(client, 50), 0);
    ck_assert_int_eq(client->channel.busy_poll_ns, 50000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what a client keeps");
    TCase *attempt = fixture_add_tcase(suite, "attempt");
    tcase_add_checked_fixture(attempt, begin, end);
    tcase_add_test(attempt, connected_client_keeps_nothing_of_the_attempt);
    tcase_add_test(attempt, new_connection_knows_nothing_of_the_last_one);
    tcase_add_test(attempt, open_attempt_is_gone_on_with_by_its_own_host_alone);
    tcase_add_test(attempt, no_host_is_another_one_than_any_name);
    tcase_add_test(attempt, any_name_is_another_host_than_none);
    tcase_add_test(attempt, same_name_may_stand_elsewhere);
    TCase *property = fixture_add_tcase(suite, "property");
    tcase_add_checked_fixture(property, begin, end);
    tcase_add_test(property, time_to_look_without_sleeping_is_kept_in_nanoseconds);
    TCase *zero = fixture_add_tcase(suite, "descriptor 0");
    tcase_add_checked_fixture(zero, begin, end);
    tcase_add_test(zero, attempt_on_descriptor_0_is_closed);
    tcase_add_test(zero, connection_on_descriptor_0_is_one);
    return fixture_run(suite);
}
