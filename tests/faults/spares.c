/* A client takes any address that answers; a server the first one that this machine has. */
#include "spares.h"

#include <errno.h>

#include "aim.h"

/** One that is not of this address alone: another one would not help. */
static bool is_final(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static bool is_of_address(const struct fault *fault)
{
    if (fault->where & SERVER)
        return fault->value == EAFNOSUPPORT || fault->value == EADDRNOTAVAIL;
    bool is_of_attempt = fault->call == CALL_SOCKET || fault->call == CALL_OPTION_NEEDED ||
                         fault->call == CALL_CONNECT || fault->call == CALL_SO_ERROR || fault->call == CALL_GETPEERNAME;
    return is_of_attempt && !is_final(fault->value);
}

/** Where there is something else to try: a second address, poll(2) instead of epoll(7). */
static bool is_made_up_for(const struct story *story, const struct fault *fault, bool lasts)
{
    if (fault->call == CALL_EPOLL_CREATE)
        return story->traits & FALLS_BACK;
    unsigned spare = fault->where & SERVER ? SERVER_SPARE : CLIENT_SPARE;
    return (story->traits & spare) && !lasts && aim_met_attempt() == 1 && is_of_address(fault);
}

/** Which allocation it was, or which of two ways to ask for the end of an attempt, is not to be seen from outside: so
 * the call either fails or is made up for. */
static bool is_either(const struct story *story, const struct fault *fault)
{
    bool is_of_poller = (story->traits & FALLS_BACK) && fault->call == CALL_MEMORY && aim_met_in() == SERVER_BEGIN;
    bool is_of_attempt = (story->traits & CLIENT_SPARE) && fault->call == CALL_POLL && aim_met_in() == CLIENT_CONNECT;
    return (is_of_poller || is_of_attempt) && aim_met_result() != fault_error(fault);
}

bool spares_make_up_for(const struct story *story, const struct fault *fault, bool lasts)
{
    return is_made_up_for(story, fault, lasts) || is_either(story, fault);
}
