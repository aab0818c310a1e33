/* The echo rule of the server as a machine that makes no system call: one session is one connection's life.
 *
 * se__session_want() says what to do next; whoever has the socket does it and tells the outcome with the function of
 * that name. Never is anything received while unsent bytes remain: that sentence is the backpressure. */
#ifndef SE_SESSION_H
#define SE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

enum se__want {
    SE__WANT_RECEIVE, /* take bytes from the peer */
    SE__WANT_SEND,    /* give back the bytes that were taken */
    SE__WANT_FINISH,  /* send FIN: everything is back */
    SE__WANT_DISCARD, /* read on until the peer's FIN, so that no late byte turns the tail of the echo into a reset */
    SE__WANT_NOTHING  /* the session is over; se__session_is_cut() tells how */
};

struct se__session {
    uint64_t received;   /* bytes taken from the peer, discarded ones included */
    uint64_t echoed;     /* bytes handed to the kernel for the peer; never more than received */
    uint64_t receive_to; /* no byte beyond this many is taken to be echoed; a drain sets it */
    int error;           /* why the session was cut, -errno; 0 while it was not */
    bool peer_finished;
    bool finished; /* our FIN is out */
};

void se__session_begin(struct se__session *session);
enum se__want se__session_want(const struct se__session *session);

/* How many bytes a receive may take at most, when the buffer has room for `size`. */
uint64_t se__session_room(const struct se__session *session, uint64_t size);

/* The outcomes. `count` is what recv(2) or send(2) returned: 0 from recv is the peer's FIN. */
void se__session_received(struct se__session *session, uint64_t count);
void se__session_sent(struct se__session *session, uint64_t count);
void se__session_finished(struct se__session *session);

/* The server stops: echo what was taken and the `pending` bytes that have arrived, then finish. */
void se__session_drain(struct se__session *session, uint64_t pending);
/* Nothing more has arrived, whatever was announced to se__session_drain(). */
void se__session_drained(struct se__session *session);
/* Give up: bytes that are not back never will be. `error` is -errno. */
void se__session_cut(struct se__session *session, int error);

uint64_t se__session_unsent(const struct se__session *session);
bool se__session_is_draining(const struct se__session *session);
bool se__session_is_cut(const struct se__session *session);

#endif
