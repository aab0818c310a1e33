/* The numbers of runs have to be the same for the process that goes on after a run that was not clean, so the calls are
 * counted once, by the first one. */
#include "runs.h"

#include <errno.h>
#include <sockecho/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aim.h"
#include "judge.h"
#include "ledger.h"
#include "waits.h"

struct series {
    const struct scenario *scenario;
    const struct setting *setting;
    const struct choice *choice;
    struct report *report;
    struct story usual;
    long from;
    long at;
};

void setting_name(const struct scenario *scenario, const struct setting *setting, char *text, size_t size)
{
    static const char *const pollers[] = {"auto", "epoll", "poll"};
    snprintf(text, size, "%s %s %s", scenario->name, pollers[setting->poller], mode_name(setting->mode));
}

static void run_name(const struct series *series, const struct aim *aim, char *text, size_t size)
{
    char setting[NAME_SIZE / 2];
    char result[32];
    setting_name(series->scenario, series->setting, setting, sizeof(setting));
    fault_result_name(aim->fault, result, sizeof(result));
    snprintf(text, size, "%s %s %s %s %d %s", setting, side_name(aim->fault->where), call_name(aim->fault->call),
             result, aim->index, aim->lasts ? "from-then-on" : "once");
}

static void play(const struct series *series, const struct aim *aim, struct count *count, struct story *story)
{
    waits_begin();
    ledger_begin();
    story_begin(story);
    aim_begin(aim, count);
    series->scenario->play(series->setting);
    ledger_end();
}

/** A fault that comes to pass where it is not looked for (the other thread was faster) is judged by what always
 * holds. */
static void judge_run(const struct series *series, const struct aim *aim, const struct story *story)
{
    struct fault met = *aim->fault;
    if (aim_met_in() == OUTSIDE) {
        judge(&series->usual, story, NULL, false);
        return;
    }
    atomic_fetch_add(&series->report->met, 1);
    atomic_fetch_add(&series->report->met_by_row[fault_row(aim->fault)], 1);
    if (!(aim_met_in() & aim->fault->where))
        met.once = met.lasting = SUFFERS;
    judge(&series->usual, story, &met, aim->lasts);
}

static void print_story(const struct series *series, const struct story *story)
{
    printf("the fault came to pass in: %s\n", phase_name(aim_met_in()));
    for (int i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[i];
        const struct fact *usual = story_find(&series->usual, fact->kind, fact->number, fact->name);
        printf("%s: %lld", fact->name, (long long)fact->value);
        if (!usual || usual->value != fact->value)
            printf(" instead of %lld", usual ? (long long)usual->value : -1);
        printf("\n");
    }
    fflush(stdout);
}

static void make(struct series *series, const struct aim *aim)
{
    struct story story;
    struct report *report = series->report;
    run_name(series, aim, report->name, sizeof(report->name));
    atomic_store(&report->at, series->at);
    atomic_fetch_add(&report->runs, 1);
    play(series, aim, NULL, &story);
    if (series->choice->only)
        print_story(series, &story);
    judge_run(series, aim, &story);
}

/** Twice: the story has to be the same, and what is done once in the life of a process is done then. */
static void count_calls(struct series *series)
{
    const struct aim nothing = {0};
    struct story again;
    bool is_known = atomic_load(&series->report->has_count);
    setting_name(series->scenario, series->setting, series->report->name, sizeof(series->report->name));
    play(series, &nothing, NULL, &series->usual);
    play(series, &nothing, is_known ? NULL : &series->report->count, &again);
    judge(&series->usual, &again, NULL, false);
    atomic_store(&series->report->has_count, 1);
}

/** A good mixture of the bits of two numbers (the finalizer of splitmix64). */
static uint64_t mixed(uint64_t seed, uint64_t number)
{
    uint64_t bits = seed + (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

static bool is_chosen(const struct series *series)
{
    return series->at >= series->from &&
           mixed(series->choice->seed, (uint64_t)series->at) % series->choice->one_in == 0;
}

static void consider(struct series *series, const struct fault *fault, int index, bool lasts)
{
    if (is_chosen(series))
        make(series, &(struct aim){.fault = fault, .index = index, .lasts = lasts});
    series->at++;
}

/** A server that stops asks how many bytes are there, and accepts until nobody is in the queue any more. No kernel says
 * EAGAIN when it has said that there are bytes, or while somebody waits. */
static bool contradicts_itself(const struct series *series, const struct fault *fault)
{
    bool takes = fault->call == CALL_RECV || fault->call == CALL_ACCEPT;
    return takes && fault->value == EAGAIN && fault->bending == FAILS && (fault->where & SERVER) &&
           (series->usual.traits & STOPS);
}

static void make_all_of(struct series *series, const struct fault *fault)
{
    const struct count *count = &series->report->count;
    int side = (fault->where & (CLIENT | LOAD)) != 0;
    if (contradicts_itself(series, fault))
        return;
    for (int index = 0; index < count->calls[side][fault->call] && index < INDEXES; index++) {
        if (!(count->phases[side][fault->call][index] & fault->where))
            continue;
        consider(series, fault, index, false);
        if (fault->repetition != ONCE_ONLY)
            consider(series, fault, index, true);
    }
}

/** The index is the last but one word of the name. */
static int index_in(const char *name)
{
    const char *end = strrchr(name, ' ');
    while (end && end > name && end[-1] != ' ')
        end--;
    return end ? atoi(end) : 0;
}

static void make_only(struct series *series, const struct fault *fault)
{
    char name[NAME_SIZE];
    struct aim aim = {.fault = fault, .index = index_in(series->choice->only)};
    for (int lasts = 0; lasts < 2; lasts++) {
        aim.lasts = lasts;
        run_name(series, &aim, name, sizeof(name));
        if (strcmp(name, series->choice->only) == 0 && series->from == 0)
            make(series, &aim);
    }
}

void runs_make(const struct scenario *scenario, const struct setting *setting, const struct choice *choice, long from,
               struct report *report)
{
    static struct series series;
    series =
        (struct series){.scenario = scenario, .setting = setting, .choice = choice, .report = report, .from = from};
    verdict_use(report);
    count_calls(&series);
    size_t count;
    const struct fault *list = faults(&count);
    for (size_t i = 0; i < count; i++) {
        if (choice->only)
            make_only(&series, &list[i]);
        else
            make_all_of(&series, &list[i]);
    }
}
