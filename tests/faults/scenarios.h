/** @file scenarios.h
 * What happens between servers, clients and bare peers while one fault comes to pass. Each scenario ends whatever
 * happens, and tells the same story every time nothing does.
 */
#ifndef FAULTS_SCENARIOS_H
#define FAULTS_SCENARIOS_H

#include <stddef.h>

#include "visit.h"

/** A scenario in one of its settings. */
struct setting {
    int poller; /**< enum se_poller */
    enum mode mode;
};

struct scenario {
    const char *name;
    void (*play)(const struct setting *setting);
};

const struct scenario *scenarios(size_t *count_out);

#endif
