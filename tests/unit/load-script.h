/** @file load-script.h
 * A load whose parts are a script: each call that it makes of them is written down, and returns what the script says. A
 * thread does its part while it is started.
 */
#ifndef UNIT_LOAD_SCRIPT_H
#define UNIT_LOAD_SCRIPT_H

#include <sockecho/load.h>
#include <stdbool.h>

#include "load/driver.h"
#include "load/load.h"

enum { SCRIPT_THREADS = 3, SCRIPT_CONNECTIONS = 5, SCRIPT_PORT = 7, NEVER = -1 };

/** What the calls come to. */
struct load_script {
    int find_error;
    bool has_first; /**< a connection, of descriptor 0, that nobody takes over */
    int lock_error;
    int gate_error;
    int wakeup_error;
    int new_fails_at;                       /**< of which thread there is no driver; NEVER */
    int start_fails_at;                     /**< which thread cannot be started; NEVER */
    int run_errors[SCRIPT_THREADS];         /**< of each driver */
    void (*meanwhile)(struct se__run *run); /**< in the first thread */
    int allocations_until_failure;          /**< NEVER */
};

extern struct load_script script;
extern struct se_load *load;

/** Makes nothing, and lets everything succeed. */
void script_begin(void);
/** Makes a load of so many threads. */
void script_load(int threads);
/** Runs it, and looks at the result and at the calls. */
void script_run(int result, const char *calls);
/** How many allocations have not been given back. */
int script_allocated(void);
void script_end(void);

#endif
