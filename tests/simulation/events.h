/** @file events.h
 * What is going to happen in the simulated world, by time: a peer writes, a stop comes, a machine is suspended.
 */
#ifndef SIMULATION_EVENTS_H
#define SIMULATION_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

typedef void (*event_act)(void *who);

/** Forgets what was to come. */
void events_begin(void);

/** act(who) happens at that time, or as soon as somebody looks after it. Those of the same time keep their order. */
void events_add(int64_t at_ns, event_act act, void *who);

/** When the next one happens; CLOCK_NEVER for none. */
int64_t events_next_ns(void);

/** Lets everything happen whose time has come. */
void events_run_due(void);

/** True while an event acts: what it calls is then not interrupted by others. */
bool events_are_running(void);

#endif
