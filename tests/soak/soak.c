/* A soak: clients of every kind against one server for as long as it is told, while its process is stopped,
 * interrupted and robbed of descriptors. It goes in rounds. Between two of them nobody is connected: then the
 * descriptors and the memory of the server's process have to be what they were when it was warm.
 *
 * Environment: SE_SOAK_GIGABYTES and SE_SOAK_SECONDS bound it, whichever comes first; SE_SOAK_RESULT names a file
 * that a line of a table is appended to. */
#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "clients.h"
#include "clock.h"
#include "fixture.h"
#include "memory.h"
#include "server-process.h"

enum {
    WORKERS = 3,
    ROUNDS = 10,
    WARM_ROUNDS = 3,
    FAULT_EVERY_MS = 150,
    STANDSTILL_MS = 30,
    WANT_MS = 60,
    SCARCE_DESCRIPTORS = 12, /**< fewer than the clients need */
    GROWTH_MOST = 4 << 20
};

/** What the server's process owns while nobody is connected. */
struct holdings {
    int descriptors;
    int64_t resident_bytes;
};

struct soak {
    struct server_process *server;
    int64_t start_ns;
    int64_t bytes_wanted;
    int64_t ms_allowed;
    struct clients_figures clients;
    int64_t standstills, wants, signals;
    struct holdings warm, last;
};

static int64_t setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t value = text ? strtoll(text, NULL, 10) : otherwise;
    ck_assert_msg(value > 0, "%s is no positive number", name);
    return value;
}

static int count_descriptors(const struct soak *soak)
{
    char path[64];
    int count = 0;
    snprintf(path, sizeof(path), "/proc/%ld/fd", (long)server_process_id(soak->server));
    DIR *directory = opendir(path);
    ck_assert_ptr_nonnull(directory);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static struct holdings look(const struct soak *soak)
{
    return (struct holdings){.descriptors = count_descriptors(soak),
                             .resident_bytes = server_process_resident_bytes(soak->server)};
}

static void set_up(struct se_server *server)
{
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
}

static void stand_still(struct soak *soak)
{
    server_process_pause(soak->server);
    poll(NULL, 0, STANDSTILL_MS);
    server_process_resume(soak->server);
    soak->standstills++;
}

/** accept4(2) fails with EMFILE meanwhile; whoever comes waits in the queue. */
static void rob_of_descriptors(struct soak *soak)
{
    struct rlimit usual;
    ck_assert_int_eq(prlimit(server_process_id(soak->server), RLIMIT_NOFILE, NULL, &usual), 0);
    const struct rlimit scarce = {.rlim_cur = SCARCE_DESCRIPTORS, .rlim_max = usual.rlim_max};
    ck_assert_int_eq(prlimit(server_process_id(soak->server), RLIMIT_NOFILE, &scarce, NULL), 0);
    poll(NULL, 0, WANT_MS);
    ck_assert_int_eq(prlimit(server_process_id(soak->server), RLIMIT_NOFILE, &usual, NULL), 0);
    soak->wants++;
}

/** Each question is a signal. */
static void interrupt(struct soak *soak)
{
    for (int i = 0; i < 20; i++)
        server_process_stat(soak->server, SE_STAT_ACTIVE);
    soak->signals += 20;
}

static void make_fault(struct soak *soak, int number)
{
    static void (*const faults[])(struct soak *) = {stand_still, rob_of_descriptors, interrupt};
    faults[number % 3](soak);
}

static int64_t bytes_echoed(struct soak *soak)
{
    return server_process_stat(soak->server, SE_STAT_ECHOED_BYTES);
}

static bool is_over(struct soak *soak)
{
    return bytes_echoed(soak) >= soak->bytes_wanted || clock_ms_since(soak->start_ns) >= soak->ms_allowed;
}

/** Each round has its share of the time and of the bytes, so that none after the first ones is empty. */
static void run_round(struct soak *soak, uint64_t number)
{
    struct clients *clients = clients_start(server_process_port(soak->server), number);
    int64_t start_ns = clock_now_ns();
    int64_t enough = bytes_echoed(soak) + soak->bytes_wanted / ROUNDS;
    for (int i = 0; clock_ms_since(start_ns) < soak->ms_allowed / ROUNDS && bytes_echoed(soak) < enough; i++) {
        poll(NULL, 0, FAULT_EVERY_MS);
        make_fault(soak, i);
    }
    clients_end(clients, &soak->clients);
    ck_assert_int_eq(soak->clients.failures, 0);
    server_process_await(soak->server, SE_STAT_ACTIVE, 0);
}

/** Memory says nothing under a sanitizer or valgrind; descriptors always do. */
static void compare(struct soak *soak, bool memory_counts)
{
    soak->last = look(soak);
    ck_assert_int_eq(soak->last.descriptors, soak->warm.descriptors);
    if (memory_counts)
        ck_assert_int_le(soak->last.resident_bytes, soak->warm.resident_bytes + GROWTH_MOST);
}

static void run_rounds(struct soak *soak)
{
    bool memory_counts = memory_is_plain();
    uint64_t round = 0;
    while (round <= WARM_ROUNDS || !is_over(soak)) {
        run_round(soak, ++round);
        if (round == WARM_ROUNDS)
            soak->warm = look(soak);
        if (round > WARM_ROUNDS)
            compare(soak, memory_counts);
    }
}

static void print_line(struct soak *soak, FILE *file)
{
    char date[16];
    time_t now = time(NULL);
    strftime(date, sizeof(date), "%F", gmtime(&now));
    fprintf(file,
            "| %s | %" PRId64 " s | %.1f GB | %" PRId64 " | %" PRId64 " | %" PRId64 " | %" PRId64 " | %" PRId64
            " | %" PRId64 " | %d, %d | %.1f, %.1f MiB |\n",
            date, clock_ms_since(soak->start_ns) / 1000, (double)bytes_echoed(soak) / 1e9, soak->clients.connections,
            soak->clients.resets, soak->standstills, soak->wants, soak->signals, soak->clients.failures,
            soak->warm.descriptors, soak->last.descriptors, (double)soak->warm.resident_bytes / (1 << 20),
            (double)soak->last.resident_bytes / (1 << 20));
}

static void report(struct soak *soak)
{
    print_line(soak, stdout);
    const char *path = getenv("SE_SOAK_RESULT");
    if (!path)
        return;
    FILE *file = fopen(path, "ae");
    ck_assert_msg(file != NULL, "cannot append to %s", path);
    print_line(soak, file);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_server_stays_as_it_is_and_loses_no_byte)
{
    const struct server_process_plan plan = {.variant = SERVER_PROCESS_OF_ANY_KIND, .set_up = set_up};
    struct soak soak = {.server = server_process_start(&plan),
                        .start_ns = clock_now_ns(),
                        .bytes_wanted = setting("SE_SOAK_GIGABYTES", 1000) * 1000000000,
                        .ms_allowed = setting("SE_SOAK_SECONDS", 30) * 1000};
    ck_assert_ptr_nonnull(soak.server);
    run_rounds(&soak);
    ck_assert_int_gt(server_process_stat(soak.server, SE_STAT_PAUSES), 0);
    report(&soak);
    server_process_stop(soak.server);
    server_process_end(soak.server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("soak");
    TCase *tcase = fixture_add_tcase(suite, "clients of every kind");
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, a_server_stays_as_it_is_and_loses_no_byte);
    return fixture_run(suite);
}
