/* What the public headers promise of results, names and arguments; no peer is needed. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static void versions_agree(void)
{
    char text[64];
    snprintf(text, sizeof text, "%d.%d.%d", SE_VERSION_MAJOR, SE_VERSION_MINOR, SE_VERSION_PATCH);
    expect_equal(strcmp(se_version(), text), 0, "the text of the version compared with the header's");
    expect_equal(se_version_number(), SE_VERSION_NUMBER, "the number of the version");
    expect_equal(SE_VERSION_NUMBER, SE_VERSION_MAJOR * 1000000 + SE_VERSION_MINOR * 1000 + SE_VERSION_PATCH,
                 "the number made of its parts");
}

static void expect_name(int error, const char *name)
{
    if (strcmp(se_error_name(error), name) != 0) {
        printf("# the name of %d is %s, wanted %s\n", error, se_error_name(error), name);
        expect_true(0, "an error has its name");
    }
}

static void errors_have_names(void)
{
    expect_name(SE_ERESOLVE, "SE_ERESOLVE");
    expect_name(SE_ECLOSED, "SE_ECLOSED");
    expect_name(SE_EMISMATCH, "SE_EMISMATCH");
    expect_name(-ETIMEDOUT, "ETIMEDOUT");
    expect_name(-EWOULDBLOCK, "EAGAIN");
    expect_name(-ECONNREFUSED, "ECONNREFUSED");
    expect_name(-EADDRINUSE, "EADDRINUSE");
    expect_name(-EDEADLK, "EDEADLK");
    expect_name(-ENODATA, "ENODATA");
    expect_name(-EPIPE, "EPIPE");
    expect_name(0, "OK");
    expect_name(INT_MAX, "OK");
    expect_name(-99999, "EUNKNOWN");
    expect_name(INT_MIN, "EUNKNOWN");
}

static void errors_have_sentences(void)
{
    const int errors[] = {SE_ERESOLVE, SE_ECLOSED, SE_EMISMATCH, -ETIMEDOUT, -EBUSY, 0, -99999};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        expect_true(strlen(se_strerror(errors[i])) > 0, "the sentence has letters");
        for (size_t j = 0; j < i; j++)
            expect_true(strcmp(se_strerror(errors[i]), se_strerror(errors[j])) != 0, "two errors read differently");
    }
    expect_equal(strcmp(se_strerror(7), se_strerror(0)), 0, "every number >= 0 is success");
    expect_equal(strcmp(se_strerror(INT_MIN), "unknown error"), 0, "an unknown error says so");
}

static void a_null_server_is_refused(void)
{
    char text[64];
    expect_equal(se_server_new(NULL, SE_PORT_ANY, NULL), -EINVAL, "se_server_new");
    expect_equal(se_server_new_from_fd(0, NULL), -EINVAL, "se_server_new_from_fd");
    expect_equal(se_server_port(NULL), -EINVAL, "se_server_port");
    expect_equal(se_server_address(NULL, text, sizeof text), -EINVAL, "se_server_address");
    expect_equal(se_server_set_blocking(NULL, 1), -EINVAL, "se_server_set_blocking");
    expect_equal(se_server_set_timeout(NULL, 1), -EINVAL, "se_server_set_timeout");
    expect_equal(se_server_get_timeout(NULL), -EINVAL, "se_server_get_timeout");
    expect_equal(se_server_set_busy_poll(NULL, 1), -EINVAL, "se_server_set_busy_poll");
    expect_equal(se_server_set_poller(NULL, SE_POLLER_AUTO), -EINVAL, "se_server_set_poller");
    expect_equal(se_server_run(NULL), -EINVAL, "se_server_run");
    expect_equal(se_server_stop(NULL), -EINVAL, "se_server_stop");
    expect_equal(se_server_start(NULL), -EINVAL, "se_server_start");
    expect_equal(se_server_join(NULL), -EINVAL, "se_server_join");
    se_server_free(NULL);
}

static void a_null_client_is_refused(void)
{
    expect_equal(se_client_new(NULL), -EINVAL, "se_client_new");
    expect_equal(se_client_set_blocking(NULL, 1), -EINVAL, "se_client_set_blocking");
    expect_equal(se_client_set_timeout(NULL, 1), -EINVAL, "se_client_set_timeout");
    expect_equal(se_client_set_busy_poll(NULL, 1), -EINVAL, "se_client_set_busy_poll");
    expect_equal(se_client_get_timeout(NULL), -EINVAL, "se_client_get_timeout");
    expect_equal(se_client_connect(NULL, NULL, 7), -EINVAL, "se_client_connect");
    expect_equal(se_client_echo(NULL, "x", 1, NULL), -EINVAL, "se_client_echo");
    expect_equal(se_client_finish(NULL), -EINVAL, "se_client_finish");
    expect_equal(se_client_close(NULL), -EINVAL, "se_client_close");
    expect_equal(se_client_fd(NULL), -EINVAL, "se_client_fd");
    expect_equal(se_client_events(NULL), -EINVAL, "se_client_events");
    expect_equal(se_client_rtt_ns(NULL), -EINVAL, "se_client_rtt_ns");
    expect_equal(se_client_mismatch_at(NULL), -EINVAL, "se_client_mismatch_at");
    se_client_free(NULL);
}

static void bad_ports_of_a_server_are_refused(void)
{
    const int ports[] = {0, -2, 65536, 131072, INT_MIN, INT_MAX};
    struct se_server *other = new_server();
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct se_server *server = other;
        expect_equal(se_server_new(NULL, ports[i], &server), -EINVAL, "se_server_new with a bad port");
        expect_true(server == NULL, "no server after a failure");
    }
    se_server_free(other);
}

static void bad_ports_of_a_client_are_refused(void)
{
    const int ports[] = {0, SE_PORT_ANY, -2, 65536, 131072, INT_MIN, INT_MAX};
    struct se_client *client = new_client();
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        expect_equal(se_client_connect(client, NULL, ports[i]), -EINVAL, "connect to a bad port");
        expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor after a refusal");
    }
    se_client_free(client);
}

static void the_mode_of_a_server_is_kept(void)
{
    struct se_server *server = new_server();
    expect_equal(se_server_get_timeout(server), SE_TIMEOUT_NONE, "the default");
    expect_equal(se_server_set_timeout(server, INT64_MAX), 0, "the longest timeout");
    expect_equal(se_server_get_timeout(server), INT64_MAX, "the longest timeout, read back");
    expect_equal(se_server_set_timeout(server, -2), -EINVAL, "a timeout of -2");
    expect_equal(se_server_set_timeout(server, INT64_MIN), -EINVAL, "the least timeout");
    expect_equal(se_server_set_blocking(server, 2), -EINVAL, "blocking 2");
    expect_equal(se_server_get_timeout(server), INT64_MAX, "what was refused changed nothing");
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_get_timeout(server), 0, "the timeout of non-blocking mode");
    expect_equal(se_server_set_blocking(server, 1), 0, "blocking");
    expect_equal(se_server_get_timeout(server), SE_TIMEOUT_NONE, "the timeout of blocking mode");
    se_server_free(server);
}

static void the_mode_of_a_client_is_kept(void)
{
    struct se_client *client = new_client();
    expect_equal(se_client_get_timeout(client), SE_TIMEOUT_NONE, "the default");
    expect_equal(se_client_set_timeout(client, 1234), 0, "a timeout");
    expect_equal(se_client_set_timeout(client, -2), -EINVAL, "a timeout of -2");
    expect_equal(se_client_set_timeout(client, INT64_MIN), -EINVAL, "the least timeout");
    expect_equal(se_client_set_blocking(client, -1), -EINVAL, "blocking -1");
    expect_equal(se_client_get_timeout(client), 1234, "what was refused changed nothing");
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(se_client_get_timeout(client), 0, "the timeout of non-blocking mode");
    expect_equal(se_client_set_blocking(client, 1), 0, "blocking");
    expect_equal(se_client_get_timeout(client), SE_TIMEOUT_NONE, "the timeout of blocking mode");
    se_client_free(client);
}

/* A space is in no host name: the resolver refuses this one without asking the network. */
static void a_host_without_address_is_told(void)
{
    struct se_server *server = NULL;
    struct se_client *client = new_client();
    expect_equal(se_server_new("no host name", SE_PORT_ANY, &server), SE_ERESOLVE, "se_server_new");
    expect_true(server == NULL, "no server after a failure");
    expect_equal(se_client_connect(client, "no host name", 7), SE_ERESOLVE, "se_client_connect");
    expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor after a failure");
    se_client_free(client);
}

void value_checks(void)
{
    run_check("the version of the header is the version of the library", versions_agree);
    run_check("every error has its symbolic name", errors_have_names);
    run_check("every error has a sentence of its own", errors_have_sentences);
    run_check("every function of a server refuses NULL", a_null_server_is_refused);
    run_check("every function of a client refuses NULL", a_null_client_is_refused);
    run_check("a server refuses ports outside 1 to 65535", bad_ports_of_a_server_are_refused);
    run_check("a client refuses ports outside 1 to 65535, and SE_PORT_ANY", bad_ports_of_a_client_are_refused);
    run_check("a server keeps its mode and refuses what is none", the_mode_of_a_server_is_kept);
    run_check("a client keeps its mode and refuses what is none", the_mode_of_a_client_is_kept);
    run_check("a host name without address is SE_ERESOLVE on both sides", a_host_without_address_is_told);
}
