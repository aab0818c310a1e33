/** @file story.h
 * What a run came to: the results of the public functions, how each peer ended, and the server's figures. The story of
 * a run without a fault is what the others are held against.
 */
#ifndef FAULTS_STORY_H
#define FAULTS_STORY_H

#include <stdbool.h>
#include <stdint.h>

enum { FACTS_MAX = 96, FACT_NAME_SIZE = 40 };

enum fact_kind {
    FACT_RESULT, /**< of a function of the server, or of a load */
    FACT_VISIT,  /**< of a function of the client */
    FACT_PEER,   /**< how a bare peer ended: enum end */
    FACT_FIGURE, /**< one of enum se_server_stat, which is the number of the fact */
    FACT_LOAD    /**< one of enum se_load_stat, the same */
};

/** How a connection ended for the peer. */
enum end {
    END_NONE,  /**< it did not */
    END_FIN,   /**< in order, every byte came back */
    END_RESET, /**< cut */
    END_VAIN   /**< the peer has waited long enough */
};

struct fact {
    enum fact_kind kind;
    int number; /**< whose it is: of the client or the peer, or which figure */
    char name[FACT_NAME_SIZE];
    int64_t value;
};

/** What makes a story differ from others, whatever the fault is. */
enum trait {
    BYTES_VARY = 1,    /**< how many bytes go where is up to the kernel */
    CROWDED = 2,       /**< who gets in depends on who came before */
    NO_RESET = 4,      /**< a unix socket: who is cut sees an end like any other */
    STOPS = 16,        /**< a stop can come in the middle of a message: only what has arrived comes back */
    IN_A_CREW = 8,     /**< several workers: the one that accepts does not hear of want of memory in another */
    SERVER_SPARE = 32, /**< the server's name has a second address, which would do as well */
    CLIENT_SPARE = 64, /**< the client's does */
    FALLS_BACK = 128   /**< where there is no epoll, poll does */
};

struct story {
    unsigned traits;
    int count;
    struct fact facts[FACTS_MAX];
};

void story_begin(struct story *story);

/** Adds traits to it. */
void story_mark(unsigned traits);

/** Adds a fact to the story that was begun last. */
void story_tell(enum fact_kind kind, int number, const char *name, int64_t value);

/** The fact of that kind, number and name, or NULL. */
const struct fact *story_find(const struct story *story, enum fact_kind kind, int number, const char *name);

/** The figure of enum se_server_stat, -1 where there is none. */
int64_t story_figure(const struct story *story, int stat);

#endif
