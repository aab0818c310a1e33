/** @file judge-load.h
 * Whether a load has told of a lost connection what the table says.
 */
#ifndef FAULTS_JUDGE_LOAD_H
#define FAULTS_JUDGE_LOAD_H

#include <stdbool.h>

#include "story.h"
#include "table.h"

/** For the outcomes LOSES_A_LANE and MAY_LOSE_A_LANE. Ends the run where it has not. */
void judge_load(const struct story *story, const struct fault *fault, bool lasts);

#endif
