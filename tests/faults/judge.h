/** @file judge.h
 * Whether a run came to what the table says.
 */
#ifndef FAULTS_JUDGE_H
#define FAULTS_JUDGE_H

#include <stdbool.h>

#include "story.h"
#include "table.h"

/** Ends the run where it did not. `fault` is NULL where none came to pass: then the two stories have to be the same. */
void judge(const struct story *usual, const struct story *story, const struct fault *fault, bool lasts);

#endif
