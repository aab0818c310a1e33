/* The echo rule, top to bottom: receive, send it all back, and again; after the peer's FIN, or when a drain has taken
 * its share, FIN; then read on until the peer's FIN. The order of the questions in se__session_want() is the rule. */
#include "server/session.h"

void se__session_begin(struct se__session *session)
{
    *session = (struct se__session){.receive_to = UINT64_MAX};
}

enum se__want se__session_want(const struct se__session *session)
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

uint64_t se__session_room(const struct se__session *session, uint64_t size)
{
    if (session->finished)
        return size;
    uint64_t left = session->receive_to - session->received;
    return left < size ? left : size;
}

void se__session_received(struct se__session *session, uint64_t count)
{
    if (count == 0)
        session->peer_finished = true;
    session->received += count;
}

void se__session_sent(struct se__session *session, uint64_t count)
{
    session->echoed += count;
}

void se__session_finished(struct se__session *session)
{
    session->finished = true;
}

void se__session_drain(struct se__session *session, uint64_t pending)
{
    if (!session->finished)
        session->receive_to = session->received + pending;
}

void se__session_drained(struct se__session *session)
{
    if (!session->finished)
        session->receive_to = session->received;
}

void se__session_cut(struct se__session *session, int error)
{
    session->error = error;
}

uint64_t se__session_unsent(const struct se__session *session)
{
    return session->finished ? 0 : session->received - session->echoed;
}

bool se__session_is_draining(const struct se__session *session)
{
    return session->receive_to != UINT64_MAX;
}

bool se__session_is_cut(const struct se__session *session)
{
    return session->error != 0;
}
