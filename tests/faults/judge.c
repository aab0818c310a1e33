/* Beyond what its row says, in every run: what the server counts fits together once it has ended in order. */
#include "judge.h"

#include <errno.h>
#include <netdb.h>
#include <sockecho/error.h>
#include <sockecho/statistics.h>

#include "aim.h"
#include "judge-load.h"
#include "spares.h"

/** Figures that may differ although nothing else did. */
static bool is_incidental(const struct story *story, const struct fact *fact)
{
    if (fact->kind != FACT_FIGURE)
        return false;
    bool is_of_bytes = fact->number >= SE_STAT_RECEIVED_BYTES && fact->number <= SE_STAT_GIVEN_UP_BYTES;
    bool varies = is_of_bytes && (story->traits & BYTES_VARY);
    return varies || fact->number == SE_STAT_ACTIVE_MAX || fact->number == SE_STAT_ACTIVE;
}

static bool is_figure(const struct fact *fact, int stat)
{
    return fact->kind == FACT_FIGURE && fact->number == stat;
}

static const struct fact *same_fact(const struct story *usual, const struct fact *fact)
{
    return story_find(usual, fact->kind, fact->number, fact->name);
}

static int64_t usual_value(const struct story *usual, const struct fact *fact)
{
    const struct fact *same = same_fact(usual, fact);
    return same ? same->value : INT64_MIN;
}

/** A message that a stop has cut in two. */
static bool is_cut_short(const struct story *story, const struct fact *fact)
{
    if (!(story->traits & STOPS))
        return false;
    bool is_of_bytes = fact->number >= SE_STAT_RECEIVED_BYTES && fact->number <= SE_STAT_GIVEN_UP_BYTES;
    return fact->kind == FACT_FIGURE ? is_of_bytes : fact->kind == FACT_VISIT && fact->value == SE_ECLOSED;
}

static void expect_usual(const struct story *usual, const struct fact *fact)
{
    int64_t value = usual_value(usual, fact);
    if (fact->value != value && !is_cut_short(usual, fact))
        verdict_fail("%s is %lld instead of %lld", fact->name, (long long)fact->value, (long long)value);
}

static void check_sums(const struct story *story)
{
    const struct fact *run = story_find(story, FACT_RESULT, 0, "run of the server");
    if (!run || run->value != 0)
        return;
    int64_t ends = 0;
    for (int stat = SE_STAT_ORDERLY; stat <= SE_STAT_MEMORY; stat++)
        ends += story_figure(story, stat);
    if (ends != story_figure(story, SE_STAT_ACCEPTED))
        verdict_fail("%lld connections were accepted, %lld have ended",
                     (long long)story_figure(story, SE_STAT_ACCEPTED), (long long)ends);
    int64_t given_up = story_figure(story, SE_STAT_RECEIVED_BYTES) - story_figure(story, SE_STAT_ECHOED_BYTES);
    if (given_up != story_figure(story, SE_STAT_GIVEN_UP_BYTES))
        verdict_fail("%lld bytes were given up, %lld are counted", (long long)given_up,
                     (long long)story_figure(story, SE_STAT_GIVEN_UP_BYTES));
}

/* ---- who was harmed ---- */

/** Results that a client can get of a connection that the server has cut. */
static bool is_cut_visit(const struct story *story, int64_t value)
{
    return value == -ECONNRESET || value == -EPIPE || (value == SE_ECLOSED && (story->traits & NO_RESET));
}

static bool is_cut(const struct story *story, const struct fact *fact)
{
    if (fact->kind == FACT_PEER)
        return fact->value == END_RESET;
    return fact->kind == FACT_VISIT && is_cut_visit(story, fact->value);
}

/** How many peers and clients did not fare as usual. All of them have to be cut, then. */
static int count_harmed(const struct story *usual, const struct story *story)
{
    int harmed = 0;
    for (int i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[i];
        if (fact->kind != FACT_PEER && fact->kind != FACT_VISIT)
            continue;
        if (fact->value == usual_value(usual, fact))
            continue;
        if (!is_cut(story, fact))
            verdict_fail("%s is %lld: neither as usual nor cut", fact->name, (long long)fact->value);
        harmed++;
    }
    return harmed;
}

static void expect_results_as_usual(const struct story *usual, const struct story *story)
{
    for (int i = 0; i < story->count; i++)
        if (story->facts[i].kind == FACT_RESULT)
            expect_usual(usual, &story->facts[i]);
}

static int64_t more_than_usual(const struct story *usual, const struct story *story, int stat)
{
    return story_figure(story, stat) - story_figure(usual, stat);
}

static void expect_figure(const struct story *usual, const struct story *story, int stat, bool lasts)
{
    int64_t more = more_than_usual(usual, story, stat);
    if (more < 1 || (more > 1 && !lasts))
        verdict_fail("figure %d is %lld more than usual", stat, (long long)more);
}

/* ---- the outcomes ---- */

static void expect_as_usual(const struct story *usual, const struct story *story)
{
    for (int i = 0; i < story->count; i++)
        if (!is_incidental(story, &story->facts[i]))
            expect_usual(usual, &story->facts[i]);
}

/** What only counts the pauses may differ. */
static void expect_as_usual_after_rest(const struct story *usual, const struct story *story)
{
    for (int i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[i];
        if (!is_incidental(story, fact) && !is_figure(fact, SE_STAT_PAUSES) && !is_figure(fact, SE_STAT_ACCEPT_ERRORS))
            expect_usual(usual, fact);
    }
}

/** An attempt that was given up may have reached the server. */
static void expect_another_try(const struct story *usual, const struct story *story)
{
    for (int i = 0; i < story->count; i++)
        if (story->facts[i].kind != FACT_FIGURE)
            expect_usual(usual, &story->facts[i]);
    int64_t more = more_than_usual(usual, story, SE_STAT_ACCEPTED);
    if (more < 0 || more > 1)
        verdict_fail("%lld more were accepted than usual", (long long)more);
}

/** A client that is let in nowhere may be told so instead. */
static void expect_failure(const struct story *story, const struct fault *fault)
{
    int result = aim_met_result();
    if (result == -ECONNRESET && (story->traits & CROWDED) && (fault->where & CLIENT))
        return;
    if (result == -EADDRINUSE && (story->traits & NO_RESET))
        return; /* what looks after the file failed */
    if (result != fault_error(fault))
        verdict_fail("%s came to %d (%s) instead of %s", phase_name(aim_met_in()), result, se_error_name(result),
                     se_error_name(fault_error(fault)));
}

static void expect_cut(const struct story *usual, const struct story *story, const struct fault *fault, bool lasts)
{
    expect_results_as_usual(usual, story);
    int harmed = count_harmed(usual, story);
    if (harmed > 1 && !lasts)
        verdict_fail("one connection was to be cut, %d were", harmed);
    if (harmed == 0 && (story->traits & STOPS))
        return; /* it may have hit who is closed that moment, with nothing left to give up */
    if (harmed > 0 || story_figure(usual, fault->detail) == 0) /* else it hit who is cut for that anyway */
        expect_figure(usual, story, fault->detail, lasts);
}

static void expect_refusal(const struct story *usual, const struct story *story, int stat, bool lasts)
{
    expect_results_as_usual(usual, story);
    int harmed = count_harmed(usual, story);
    if (harmed > 1 && !lasts)
        verdict_fail("one peer was to be sent away, %d were", harmed);
    if (more_than_usual(usual, story, stat) < 1)
        verdict_fail("figure %d does not count it", stat);
}

/** Nobody is cut, and all calls of clients succeed, or come to an end in order that a limit of time made. */
static void expect_nobody_cut(const struct story *usual, const struct story *story)
{
    expect_results_as_usual(usual, story);
    for (int i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[i];
        if (fact->kind == FACT_PEER && fact->value != END_FIN)
            expect_usual(usual, fact);
        if (fact->kind == FACT_VISIT && fact->value != SE_ECLOSED)
            expect_usual(usual, fact);
    }
}

static void expect_rest(const struct story *usual, const struct story *story)
{
    if (more_than_usual(usual, story, SE_STAT_PAUSES) < 1 && !(story->traits & IN_A_CREW))
        verdict_fail("the listener did not rest");
}

/** One harm at most, and the figure for it. (Who was cut may have had its whole echo.) */
static void expect_starved(const struct story *usual, const struct story *story)
{
    expect_results_as_usual(usual, story);
    int harmed = count_harmed(usual, story);
    int64_t refused = more_than_usual(usual, story, SE_STAT_REFUSED);
    int64_t cut = more_than_usual(usual, story, SE_STAT_MEMORY);
    if (harmed > 1 || refused + cut != 1)
        verdict_fail("%d were harmed, %lld more refused, %lld more cut for lack of memory", harmed, (long long)refused,
                     (long long)cut);
    if (refused)
        expect_rest(usual, story);
}

static void expect_shed(const struct story *usual, const struct story *story)
{
    const struct fact *run = story_find(story, FACT_RESULT, 0, "run of the server");
    if (run && run->value == -EMFILE)
        return;
    expect_results_as_usual(usual, story);
    if (count_harmed(usual, story) > 1 || more_than_usual(usual, story, SE_STAT_MEMORY) != 1)
        verdict_fail("one connection was to be shed");
}

/** Where one peer more or fewer gets in, all others fare differently. */
static enum outcome expected_outcome(const struct story *story, const struct fault *fault, bool lasts)
{
    enum outcome outcome = lasts ? fault->lasting : fault->once;
    if (outcome == CALL_FAILS && spares_make_up_for(story, fault, lasts))
        outcome = TRIES_ON;
    bool is_of_all = outcome == GOES_ON || outcome == CALL_FAILS || outcome == SHEDS;
    return (story->traits & CROWDED) && !is_of_all ? SUFFERS : outcome;
}

static void judge_outcome(const struct story *usual, const struct story *story, const struct fault *fault, bool lasts)
{
    switch (expected_outcome(story, fault, lasts)) {
    case GOES_ON:
        expect_as_usual(usual, story);
        break;
    case CALL_FAILS:
        expect_failure(story, fault);
        break;
    case CUTS:
        expect_cut(usual, story, fault, lasts);
        break;
    case LOSES:
        expect_refusal(usual, story, SE_STAT_ACCEPT_ERRORS, lasts);
        break;
    case REFUSES:
        expect_refusal(usual, story, SE_STAT_REFUSED, lasts);
        expect_rest(usual, story);
        break;
    case STARVES:
        expect_starved(usual, story);
        break;
    case SHEDS:
        expect_shed(usual, story);
        break;
    case LEAVES_FILE:
        if (aim_met_result() != -EADDRINUSE)
            expect_as_usual(usual, story);
        break;
    case RESTS:
        expect_rest(usual, story);
        expect_as_usual_after_rest(usual, story);
        break;
    case TRIES_ON:
        expect_another_try(usual, story);
        break;
    case LATER:
        expect_nobody_cut(usual, story);
        break;
    case MAY_FAIL:
        if (aim_met_result() != fault_error(fault))
            expect_as_usual(usual, story);
        break;
    case LOSES_A_LANE:
    case MAY_LOSE_A_LANE:
        judge_load(story, fault, lasts);
        break;
    case SUFFERS:
        expect_results_as_usual(usual, story);
        break;
    }
}

/** Whatever the fault was: the client's own comparison found nothing wrong. */
static void check_bytes(const struct story *story)
{
    for (int i = 0; i < story->count; i++)
        if (story->facts[i].kind == FACT_VISIT && story->facts[i].value == SE_EMISMATCH)
            verdict_fail("%s: a wrong byte came back", story->facts[i].name);
}

void judge(const struct story *usual, const struct story *story, const struct fault *fault, bool lasts)
{
    check_sums(story);
    check_bytes(story);
    if (fault)
        judge_outcome(usual, story, fault, lasts);
    else
        expect_as_usual(usual, story);
}
