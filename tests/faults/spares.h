/** @file spares.h
 * Which faults make no call fail because there is something else to try.
 */
#ifndef FAULTS_SPARES_H
#define FAULTS_SPARES_H

#include <stdbool.h>

#include "story.h"
#include "table.h"

/** Whether the fault of this run, which would make the call fail, was made up for by another address or another
 * poller. */
bool spares_make_up_for(const struct story *story, const struct fault *fault, bool lasts);

#endif
