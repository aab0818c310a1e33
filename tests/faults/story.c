/* Only the thread of the scenario tells. */
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "verdict.h"

static struct story *told;

void story_begin(struct story *story)
{
    story->count = 0;
    story->traits = 0;
    told = story;
}

void story_mark(unsigned traits)
{
    told->traits |= traits;
}

void story_tell(enum fact_kind kind, int number, const char *name, int64_t value)
{
    if (told->count == FACTS_MAX)
        verdict_fail("the harness has no room for more than %d facts", FACTS_MAX);
    struct fact *fact = &told->facts[told->count++];
    *fact = (struct fact){.kind = kind, .number = number, .value = value};
    snprintf(fact->name, sizeof(fact->name), "%s", name);
}

const struct fact *story_find(const struct story *story, enum fact_kind kind, int number, const char *name)
{
    for (int i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[i];
        if (fact->kind == kind && fact->number == number && strcmp(fact->name, name) == 0)
            return fact;
    }
    return NULL;
}

int64_t story_figure(const struct story *story, int stat)
{
    for (int i = 0; i < story->count; i++)
        if (story->facts[i].kind == FACT_FIGURE && story->facts[i].number == stat)
            return story->facts[i].value;
    return -1;
}
