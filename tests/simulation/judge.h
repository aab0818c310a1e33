/** @file judge.h
 * Looks at everything that a server does to its connections, call by call, and holds it against what the server
 * promises. It knows the world from outside: nothing here is asked of the server.
 *
 *   - what was received comes back in order, and no byte is received while another one is unsent
 *   - FIN follows a complete echo: of all that the peer sent, or of all that had arrived before a stop or an idle end
 *   - RST comes where bytes are given up, or where the connection failed, and nowhere else
 *   - nothing is closed while bytes are unread, for the kernel would drop the tail of the echo
 *   - no limit of time is early, and none is later than the headers say
 *   - no limit of number is exceeded, nobody is refused for nothing, and the figures are those counted here
 */
#ifndef SIMULATION_JUDGE_H
#define SIMULATION_JUDGE_H

#include "link.h"

#include <sockecho.h>

enum { JUDGE_ADDRESSES = 8 };

/** What the server was told. Times as its setters take them. */
struct judge_rules {
    int64_t idle_ms;
    int64_t stall_ms;
    int64_t linger_ms;
    int64_t drain_ms;
    int connections; /**< at one time */
    int connections_of_address;
    bool has_callback;
};

/** By the time that was waited. A worker whose run is over does nothing for its peers while others end theirs. */
struct judge_moment {
    int64_t waited_ns;
    int64_t away_ns; /**< of that, while its thread was not at work */
    int thread;      /**< -1 where it is not known: then while any thread was not */
};

/** What is remembered of one connection. */
struct link_record {
    struct judge_moment queued; /**< when it came into the listen queue */
    int64_t queued_ns;
    int64_t arrived_ns;        /**< when bytes last came */
    uint64_t arrived_at_stop;  /**< bytes that had come when the stop was called */
    int64_t progress_ns;       /**< the turn in which a byte last moved */
    struct judge_moment quiet; /**< since when nothing has happened that may put a deadline off */
    int64_t moved_ns;          /**< when the peer last took bytes, and the time before */
    int64_t moved_before_ns;
    struct judge_moment moved;
    int64_t finished_ns; /**< our FIN */
    struct judge_moment finished;
    uint64_t lingered_turn;    /**< in which the linger limit was over */
    int told_error;            /**< that ends a connection */
    int told_reason;           /**< by the callback; -1 before */
    enum se_server_stat class; /**< what its end counts as */
    struct judge_moment in_need;
    int64_t id;            /**< what the callback was told */
    bool waits_for_memory; /**< the kernel's; its times run on meanwhile */
    bool is_over_limit;
    bool is_refused; /**< by the callback */
    bool is_in_need; /**< a call for it failed for want of memory */
    bool end_was_taken;
    bool was_asked;           /**< what has arrived */
    bool is_idle;             /**< its idle time has ended it */
    uint64_t arrived_at_idle; /**< bytes that had come then */
    bool is_ambiguous;        /**< two reasons hold at the same moment */
};

void judge_begin(const struct judge_rules *rules);
/** The server is about to be freed: it cuts whoever is left. */
void judge_free(void);
/** So many descriptors are left for connections when the server first runs. */
void judge_room(int connections);
/** A stop is about to be called; the links are all that there are. */
void judge_stop(void);
/** One of them, at a stop. */
void judge_note_stop(struct link *link);

/* The far side. */
void judge_queued(struct link *link);
void judge_arrived(struct link *link);
void judge_moved(struct link *link);

/** Whether one who waits may be dropped: he came after the queue was found empty, or all are cut. */
bool judge_lets_queue_go(const struct link *link, int64_t empty_ns);

/* The server. */
/** Whether poll(2) could tell it what is ready; it may fail to do so once without harm. */
void judge_deaf(bool is_deaf);
/** A signal says nothing, so that it is no failure to count. */
void judge_accept_failed(int error);
/** Something fails that can make the listener rest. */
void judge_put_off(void);
void judge_accepted(struct link *link);
void judge_received(struct link *link, uint64_t count);
void judge_end_of_input(struct link *link);
void judge_sent(struct link *link, const unsigned char *bytes, uint64_t count);
void judge_would_block(struct link *link);
void judge_failed(struct link *link, int error);
void judge_in_need(struct link *link);
void judge_asked(struct link *link);
void judge_finish(struct link *link);
void judge_reset(struct link *link);
void judge_close(struct link *link);
void judge_event(int event, struct link *link, const struct se_connection *connection);

/** What the world may ask. */
bool judge_is_stopping(void);
int judge_active(void);
uint64_t judge_lives(void);
uint64_t judge_bytes(void);
/** The server has ended; did_end says whether it did so by a stop. */
void judge_figures(const struct se_server *server);
/** Whether a stop that has come to its end, or has not yet, is within its time. */
void judge_stopped(void);

#endif
