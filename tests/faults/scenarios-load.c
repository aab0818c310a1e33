/* Loads against a server that nothing happens to: it runs outside of the faults. What a load says of itself has to fit
 * together in every run, whatever its fault was. */
#include <pthread.h>
#include <sockecho.h>

#include "aim.h"
#include "scenarios.h"
#include "story.h"
#include "verdict.h"

struct load_plan {
    int connections;
    int size;
    int depth;
    int messages;
    int rate; /**< 0: none */
    int threads;
    bool is_second; /**< the load ran before, and was stopped */
};

static void *serve(void *argument)
{
    if (se_server_run(argument) != 0)
        verdict_fail("the server that nothing happens to fails");
    return NULL;
}

static struct se_server *start_server(pthread_t *thread_out)
{
    struct se_server *server = NULL;
    if (se_server_new(NULL, SE_PORT_ANY, &server) != 0 || pthread_create(thread_out, NULL, serve, server) != 0)
        verdict_fail("the harness could start no server");
    return server;
}

static void end_server(struct se_server *server, pthread_t thread)
{
    se_server_stop(server);
    pthread_join(thread, NULL);
    se_server_free(server);
}

static int set(struct se_load *load, const struct load_plan *plan)
{
    int result = se_load_set_connections(load, plan->connections);
    if (!result)
        result = se_load_set_size(load, plan->size);
    if (!result)
        result = se_load_set_depth(load, plan->depth);
    if (!result)
        result = se_load_set_count(load, plan->messages);
    if (!result)
        result = se_load_set_duration(load, 0);
    if (!result)
        result = se_load_set_rate(load, plan->rate);
    return result ? result : se_load_set_threads(load, plan->threads);
}

static int64_t lost_connections(const struct se_load *load)
{
    int64_t lost = 0;
    for (int stat = SE_LOAD_REFUSED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        lost += se_load_stat(load, stat);
    return lost;
}

static void expect(const char *what, int64_t value, int64_t expected)
{
    if (value != expected)
        verdict_fail("the load: %s: %lld and not %lld", what, (long long)value, (long long)expected);
}

/** Every connection and every message has become something, and nothing is told that did not happen. */
static void check_figures(const struct se_load *load, const struct load_plan *plan)
{
    int64_t returned = se_load_stat(load, SE_LOAD_RETURNED);
    int64_t sent = se_load_stat(load, SE_LOAD_SENT);
    int64_t lost = lost_connections(load);
    expect("wrong bytes", se_load_stat(load, SE_LOAD_MISMATCH), 0);
    expect("messages returned and lost, of those sent", returned + se_load_stat(load, SE_LOAD_LOST), sent);
    expect("bytes returned", se_load_stat(load, SE_LOAD_RETURNED_BYTES), returned * plan->size);
    expect("latencies", se_load_count_up_to(load, INT64_MAX), returned);
    if (lost == 0)
        expect("messages returned where no connection was lost", returned, plan->messages);
    bool was_all_due = se_load_stat(load, SE_LOAD_CONNECTED) > 0 && plan->rate == 0;
    if (was_all_due || lost == 0)
        expect("messages sent and unsent", sent + se_load_stat(load, SE_LOAD_UNSENT), plan->messages);
    if (lost > plan->connections || se_load_stat(load, SE_LOAD_CONNECTED) + lost < plan->connections)
        verdict_fail("the load: of %d connections %lld were lost, %lld opened", plan->connections, (long long)lost,
                     (long long)se_load_stat(load, SE_LOAD_CONNECTED));
}

static void tell_figures(const struct se_load *load)
{
    static const char *const names[] = {
        "connected", "sent",      "returned", "returned bytes", "warm-up",  "unsent",  "lost",
        "refused",   "timed out", "reset",    "short",          "mismatch", "no port", "no descriptor",
    };
    for (int stat = SE_LOAD_CONNECTED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        story_tell(FACT_LOAD, stat, names[stat], se_load_stat(load, stat));
}

static void run(struct se_load *load, const struct load_plan *plan, int port)
{
    aim_enter(LOAD_NEW);
    int result = aim_leave(set(load, plan));
    story_tell(FACT_RESULT, 1, "setters of the load", result);
    aim_enter(LOAD_RUN);
    result = aim_leave(se_load_run(load, NULL, port));
    story_tell(FACT_RESULT, 1, "run of the load", result);
    if (result == 0)
        check_figures(load, plan);
    tell_figures(load);
}

/** No fault is met here. The signal of the stop is left to the next run. */
static void run_stopped(struct se_load *load, int port)
{
    se_load_stop(load);
    if (se_load_run(load, NULL, port) != 0)
        verdict_fail("a load that was stopped before it began fails");
}

static void play(const struct load_plan *plan)
{
    pthread_t thread;
    struct se_server *server = start_server(&thread);
    struct se_load *load = NULL;
    aim_enter(LOAD_NEW);
    int result = aim_leave(se_load_new(&load));
    story_tell(FACT_RESULT, 1, "new of the load", result);
    if (result == 0 && plan->is_second)
        run_stopped(load, se_server_port(server));
    if (result == 0)
        run(load, plan, se_server_port(server));
    aim_enter(LOAD_NEW);
    se_load_free(load);
    aim_leave(0);
    end_server(server, thread);
}

void play_load(const struct setting *setting)
{
    (void)setting;
    play(&(struct load_plan){.connections = 3, .size = SHORT, .depth = 4, .messages = 200, .threads = 1});
}

/** Each message takes several sends. */
void play_load_of_long_messages(const struct setting *setting)
{
    (void)setting;
    play(&(struct load_plan){.connections = 2, .size = HUGE, .depth = 1, .messages = 6, .threads = 1});
}

void play_load_at_a_rate(const struct setting *setting)
{
    (void)setting;
    play(&(struct load_plan){
        .connections = 2, .size = MESSAGE, .depth = 2, .messages = 12, .rate = 400, .threads = 1, .is_second = true});
}

void play_load_in_threads(const struct setting *setting)
{
    (void)setting;
    play(&(struct load_plan){.connections = 4, .size = LONG, .depth = 2, .messages = 40, .threads = 2});
}
