/** @file verdict.h
 * What the process that makes the runs tells the one that watches it, through memory that both see. A run that is not
 * clean ends its process at once: whatever it left behind is gone with it, and the next run begins in a new one.
 */
#ifndef FAULTS_VERDICT_H
#define FAULTS_VERDICT_H

#include <stdatomic.h>
#include <stdint.h>

#include "calls.h"

enum { INDEXES = 512, ROWS_MAX = 512, NAME_SIZE = 160, REASON_SIZE = 1024, VERDICT_EXIT = 3 };

/** How often each side makes each call when nothing is bent, and in which phase. */
struct count {
    atomic_int calls[2][CALLS];
    _Atomic uint16_t phases[2][CALLS][INDEXES];
};

struct report {
    struct count count;               /**< of the setting at hand */
    atomic_int has_count;             /**< 0 before it is made */
    atomic_long at;                   /**< which of the runs of this setting is made now */
    atomic_long runs;                 /**< made so far */
    atomic_long met;                  /**< of these, those whose fault came to pass */
    atomic_long met_by_row[ROWS_MAX]; /**< the same for each row of the table */
    char name[NAME_SIZE];             /**< of the run that is made now */
    char reason[REASON_SIZE];         /**< why it was not clean; empty where it was */
};

/** Makes a report that child processes share. */
struct report *report_new(void);

/** The one that verdict_fail() writes to. */
void verdict_use(struct report *report);

/** The run is not clean: ends this process. Any thread. */
_Noreturn void verdict_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
