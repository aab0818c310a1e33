/** @file aim.h
 * The one fault of a run: at which call it begins, what it makes of it, and whether it has come to pass. The hooks ask
 * here at every call of the library.
 */
#ifndef FAULTS_AIM_H
#define FAULTS_AIM_H

#include <stdbool.h>

#include "table.h"
#include "verdict.h"

/** What is to become of the call at hand. */
struct bend {
    enum bending kind;
    int value;
};

/** A fault, and the first call that it bends: the index-th, from 0, that its side makes. */
struct aim {
    const struct fault *fault; /**< NULL: nothing is bent */
    int index;
    bool lasts; /**< not only that call, but as the table says from then on */
};

/** Begins a run. `count` is filled in with what the run calls; NULL where nobody wants to know. */
void aim_begin(const struct aim *aim, struct count *count);

/** The hooks' question. It counts the call. */
struct bend aim_bend(enum call call);

/** Does something just before a call: the `later`-th that this side makes from now on, from 1. It is done in the thread
 * that makes the call, as if a signal had come. One at a time; aim_begin() forgets it. */
void aim_do_before(unsigned side, enum call call, int later, void (*act)(void *argument), void *argument);

/** Where it came to pass first; OUTSIDE where it did not. */
enum phase aim_met_in(void);

/** Which of its sockets that side had open then, from 1: with several addresses the number of the attempt. */
int aim_met_attempt(void);

/** Enters a public function of the library, and leaves it with its result, which it returns. */
void aim_enter(enum phase phase);
int aim_leave(int result);

/** What the public function returned in which the fault came to pass first; 1 where it did not return. */
int aim_met_result(void);

#endif
