/** @file callers.h
 * Who calls a simulated server: fast and slow ones, dribblers, floods, those who half-close, reset, vanish, never
 * read or never end. What each one is like is drawn when it comes.
 */
#ifndef SIMULATION_CALLERS_H
#define SIMULATION_CALLERS_H

#include "judge.h"
#include "link.h"

enum { CALLERS_MAX = 1024 };

enum caller_ending {
    CALLER_FINISHES,            /**< half-closes when all is sent */
    CALLER_FINISHES_AFTERWARDS, /**< half-closes when all is back */
    CALLER_RESETS,              /**< when all is sent */
    CALLER_STAYS                /**< waits for the server's FIN */
};

struct caller {
    struct link link;
    struct link_record record;
    uint64_t left;        /**< bytes that it will still send */
    uint64_t write_chunk; /**< at a time */
    uint64_t read_chunk;  /**< 0: it never reads */
    int64_t pace_ns;      /**< from one time to the next */
    int64_t pause_ns;     /**< the next one; longer as long as nothing moves */
    enum caller_ending ending;
    uint64_t breaks; /**< one time in so many it resets or vanishes; 0 never */
    int rudeness;    /**< how often it sends on after the server's FIN */
    bool is_done;
};

/** Forgets all of them. */
void callers_begin(void);

/** One more, in the listen queue. NULL where there is no room for it. */
struct caller *callers_arrive(void);

/** How many came, and each of them. */
int callers_count(void);
struct caller *callers_get(int index);

/** How many have bytes that were received from them and not sent back yet: what the server holds memory for. */
int callers_held_for(void);

#endif
