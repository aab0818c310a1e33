/** @file link.h
 * A simulated TCP connection, seen from the library's end: what comes in from the far side and what goes out to it. No
 * byte is stored: each one is known by its connection and its position.
 */
#ifndef SIMULATION_LINK_H
#define SIMULATION_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_CONNECTED, LINK_CONNECTING, LINK_SELF };

struct link {
    uint64_t key;
    int fd; /**< of the library; -1 before it is accepted and after it is closed */
    int state;
    struct sockaddr_in peer;
    bool is_judged; /**< it is a server's: judge.h looks after it */

    /* From the far side to the library. */
    uint64_t in_sent;  /**< has arrived */
    uint64_t in_taken; /**< was received */
    uint64_t in_room;
    uint64_t in_wrong_at; /**< the position of a byte that is not what it should be; UINT64_MAX for none */
    bool in_finished;
    /* From the library to the far side. */
    uint64_t out_sent;
    uint64_t out_taken;
    uint64_t out_room;
    bool out_finished;

    int error;      /**< what the next call is told, an errno; 0 for none */
    bool is_dead;   /**< reset or given up by the kernel: nothing goes in or out any more */
    bool is_cut;    /**< the library has reset it */
    bool is_closed; /**< the library has closed its descriptor */
    int told_ready; /**< how often in a row, without a call for it */
    int64_t receive_timeout_ns;
    int64_t out_moved_ns; /**< when bytes last went out to the far side */

    struct link_record *record; /**< what the judge knows of it */
};

void link_begin(struct link *link, uint64_t key);

uint64_t link_unread(const struct link *link);
uint64_t link_queued(const struct link *link);
bool link_is_readable(const struct link *link);
bool link_is_writable(const struct link *link);

/** What the far side does. Writing and reading move as much as there is room and bytes for, and say how much. */
uint64_t link_write(struct link *link, uint64_t count);
uint64_t link_read(struct link *link, uint64_t count);
void link_finish(struct link *link);
void link_reset(struct link *link, int error);

/** Copies the bytes of a position, and compares with them. */
void link_copy_bytes(uint64_t key, uint64_t position, unsigned char *bytes, size_t count);
bool link_bytes_are(uint64_t key, uint64_t position, const unsigned char *bytes, size_t count);

/** Makes the bytes that all positions draw from; once. */
void link_make_bytes(void);

#endif
