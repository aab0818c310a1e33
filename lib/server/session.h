/* The echo rule of the server as a machine that makes no system call: one session is one connection's life. Receive,
 * send it all back, and again; after the peer's FIN, or when a drain has taken its share, FIN; then read on until the
 * peer's FIN. Never is anything received while unsent bytes remain: that sentence is the backpressure.
 *
 * se__session_want() says what to do next, and the order of its questions is the rule. Whoever has the socket does it
 * and tells the outcome with the function of that name. Every echo asks several times, so that all of it is inline. */
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

static inline void se__session_begin(struct se__session *session)
{
    *session = (struct se__session){.receive_to = UINT64_MAX};
}

static inline enum se__want se__session_want(const struct se__session *session)
{
    if (session->error)
        return SE__WANT_NOTHING;
    if (session->finished)
        return session->peer_finished ? SE__WANT_NOTHING : SE__WANT_DISCARD;
    if (session->echoed < session->received)
        return SE__WANT_SEND;
    if (session->peer_finished || session->received >= session->receive_to)
        return SE__WANT_FINISH;
    return SE__WANT_RECEIVE;
}

/* How many bytes a receive may take at most, when the buffer has room for `size`. */
static inline uint64_t se__session_room(const struct se__session *session, uint64_t size)
{
    if (session->finished)
        return size;
    uint64_t left = session->receive_to - session->received;
    return left < size ? left : size;
}

/* ---- the outcomes ---- */

/* `count` is what recv(2) returned: 0 is the peer's FIN. */
static inline void se__session_received(struct se__session *session, uint64_t count)
{
    if (count == 0)
        session->peer_finished = true;
    session->received += count;
}

static inline void se__session_sent(struct se__session *session, uint64_t count)
{
    session->echoed += count;
}

static inline void se__session_finished(struct se__session *session)
{
    session->finished = true;
}

/* The server stops: echo what was taken and the `pending` bytes that have arrived, then finish. */
static inline void se__session_drain(struct se__session *session, uint64_t pending)
{
    if (!session->finished)
        session->receive_to = session->received + pending;
}

/* Nothing more has arrived, whatever was announced to se__session_drain(). */
static inline void se__session_drained(struct se__session *session)
{
    if (!session->finished)
        session->receive_to = session->received;
}

/* Give up: bytes that are not back never will be. `error` is -errno. */
static inline void se__session_cut(struct se__session *session, int error)
{
    session->error = error;
}

/* ---- questions ---- */

static inline uint64_t se__session_unsent(const struct se__session *session)
{
    return session->finished ? 0 : session->received - session->echoed;
}

static inline bool se__session_is_draining(const struct se__session *session)
{
    return session->receive_to != UINT64_MAX;
}

static inline bool se__session_is_cut(const struct se__session *session)
{
    return session->error != 0;
}

#endif
