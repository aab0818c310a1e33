/* The notes are a ring without text of its own: noting costs a few stores, and only a failure prints them. */
#include "failure.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTES = 4096, PRINTED = 120 };

struct happening {
    const char *what;
    int64_t who;
    int64_t number;
    int64_t at_ns;
};

static struct happening notes[NOTES];
static uint64_t noted;
static struct {
    const char *program;
    const char *kind;
    uint64_t seed;
    uint64_t world;
} replay;

void failure_begin(const char *program, const char *kind, uint64_t seed, uint64_t world)
{
    replay.program = program;
    replay.kind = kind;
    replay.seed = seed;
    replay.world = world;
    noted = 0;
}

void note(const char *what, int64_t who, int64_t number)
{
    notes[noted++ % NOTES] = (struct happening){.what = what, .who = who, .number = number, .at_ns = clock_ns()};
}

static void print_notes(void)
{
    uint64_t first = noted > PRINTED ? noted - PRINTED : 0;
    for (uint64_t i = first; i < noted; i++) {
        const struct happening *happening = &notes[i % NOTES];
        fprintf(stderr, "  %14.6f ms  %-18s %4" PRId64 "  %" PRId64 "\n",
                (double)(happening->at_ns - clock_begun_ns()) / 1e6, happening->what, happening->who,
                happening->number);
    }
}

_Noreturn void fail(const char *promise, int64_t who)
{
    print_notes();
    fprintf(stderr, "broken: %s (%" PRId64 ")\n", promise, who);
    fprintf(stderr, "again:  %s --%s --seed %" PRIu64 " --world %" PRIu64 "\n", replay.program, replay.kind,
            replay.seed, replay.world);
    exit(EXIT_FAILURE);
}

void demand(bool holds, const char *promise, int64_t who)
{
    if (!holds)
        fail(promise, who);
}
