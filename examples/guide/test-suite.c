/* A test-suite with an echo server as its fixture. It tests ask(), which stands for your own code. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <sockecho.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int receive_answer(int fd, char *answer, size_t size, int timeout_ms)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int ready = poll(&readable, 1, timeout_ms);
    if (ready <= 0)
        return ready == 0 ? -ETIMEDOUT : -errno;
    ssize_t received = recv(fd, answer, size, MSG_WAITALL);
    if (received == -1)
        return -errno;
    return (size_t)received == size ? 0 : -ECONNABORTED;
}

/* Your code: sends a question to a port of 127.0.0.1 and receives an answer of the same size. 0, or -errno. */
static int ask(int port, const char *question, char *answer, int timeout_ms)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size_t size = strlen(question);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -errno;
    int result = 0;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1 || send(fd, question, size, MSG_NOSIGNAL) == -1)
        result = -errno;
    if (result == 0)
        result = receive_answer(fd, answer, size, timeout_ms);
    close(fd);
    return result;
}

static struct se_server *server;

static void make_server(void)
{
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
}

static void free_server(void)
{
    se_server_free(server);
}

START_TEST(answer_is_what_the_server_echoes)
{
    char answer[6] = "";
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(ask(se_server_port(server), "hello", answer, 10000), 0);
    ck_assert_str_eq(answer, "hello");
}
END_TEST

START_TEST(silent_server_is_a_timeout)
{
    char answer[6]; /* nobody calls se_server_run: peers can connect, and wait in vain */
    ck_assert_int_eq(ask(se_server_port(server), "hello", answer, 100), -ETIMEDOUT);
}
END_TEST

static int refuse(struct se_server *refusing, int event, const struct se_connection *connection, void *user_data)
{
    (void)refusing;
    (void)connection;
    (void)user_data;
    return event == SE_EVENT_OPENED;
}

START_TEST(reset_is_an_error)
{
    char answer[6];
    ck_assert_int_eq(se_server_set_callback(server, refuse, NULL), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(ask(se_server_port(server), "hello", answer, 10000), -ECONNRESET);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask");
    TCase *tests = tcase_create("ask");
    tcase_add_checked_fixture(tests, make_server, free_server);
    tcase_add_test(tests, answer_is_what_the_server_echoes);
    tcase_add_test(tests, silent_server_is_a_timeout);
    tcase_add_test(tests, reset_is_an_error);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
