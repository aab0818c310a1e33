/** @file scenarios.h
 * What happens between servers, clients and bare peers while one fault comes to pass. Each scenario ends whatever
 * happens, and tells the same story every time nothing does.
 */
#ifndef FAULTS_SCENARIOS_H
#define FAULTS_SCENARIOS_H

#include <stdbool.h>
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
    bool is_of_auto;      /**< the poller is the library's choice, not the setting's */
    bool has_one_setting; /**< it has neither a poller nor a client that could have another one */
};

const struct scenario *scenarios(size_t *count_out);

/** The lengths of messages: one that goes in one piece whatever happens, one that is not small, and one that no socket
 * takes at once. */
enum { SHORT = 64, MESSAGE = 100, LONG = 5000, HUGE = 300000 };

/** How connections end. */
void play_half_close(const struct setting *setting);
void play_drain(const struct setting *setting);
void play_queue(const struct setting *setting);
void play_stop_in_mid_echo(const struct setting *setting);
void play_second_stop(const struct setting *setting);

/** What else there is to try where the first way fails. */
void play_spare_address(const struct setting *setting);
void play_last_address(const struct setting *setting);
void play_fall_back(const struct setting *setting);

/** What limits do. */
void play_refuse(const struct setting *setting);
void play_turn_away(const struct setting *setting);
void play_stall(const struct setting *setting);
void play_idle(const struct setting *setting);
void play_silence(const struct setting *setting);

/** Loads. */
void play_load(const struct setting *setting);
void play_load_of_long_messages(const struct setting *setting);
void play_load_at_a_rate(const struct setting *setting);
void play_load_in_threads(const struct setting *setting);

#endif
