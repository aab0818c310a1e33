/* Names and sentences for every result. They are constants of our own and not strerror(3)'s: those depend on the
 * locale, and no variant of strerror_r(3) is both portable and free of a buffer. */
#include <sockecho/error.h>

#include <errno.h>
#include <stddef.h>

struct error_text {
    int error;
    const char *name;
    const char *sentence;
};

static const struct error_text texts[] = {
    {SE_ERESOLVE, "SE_ERESOLVE", "no address for that host name"},
    {SE_ECLOSED, "SE_ECLOSED", "the peer closed before the whole echo was back"},
    {SE_EMISMATCH, "SE_EMISMATCH", "the echo differs from what was sent"},
    {-EACCES, "EACCES", "permission denied"},
    {-EADDRINUSE, "EADDRINUSE", "address already in use"},
    {-EADDRNOTAVAIL, "EADDRNOTAVAIL", "address not available on this machine, or no local port left"},
    {-EAFNOSUPPORT, "EAFNOSUPPORT", "address family not supported"},
    {-EAGAIN, "EAGAIN", "not finished yet, call again"},
    {-EALREADY, "EALREADY", "already in progress"},
    {-EBADF, "EBADF", "not an open descriptor"},
    {-EBUSY, "EBUSY", "busy with another call"},
    {-ECANCELED, "ECANCELED", "cancelled"},
    {-ECONNABORTED, "ECONNABORTED", "connection aborted"},
    {-ECONNREFUSED, "ECONNREFUSED", "connection refused"},
    {-ECONNRESET, "ECONNRESET", "connection reset by the peer"},
    {-EDEADLK, "EDEADLK", "the call would wait for itself"},
    {-EDESTADDRREQ, "EDESTADDRREQ", "destination address required"},
    {-EEXIST, "EEXIST", "it exists already"},
    {-EFAULT, "EFAULT", "bad memory address"},
    {-EHOSTDOWN, "EHOSTDOWN", "host is down"},
    {-EHOSTUNREACH, "EHOSTUNREACH", "no route to the host"},
    {-EINPROGRESS, "EINPROGRESS", "in progress"},
    {-EINTR, "EINTR", "interrupted by a signal"},
    {-EINVAL, "EINVAL", "invalid argument"},
    {-EIO, "EIO", "input or output error"},
    {-EISCONN, "EISCONN", "already connected"},
    {-ELOOP, "ELOOP", "too many symbolic links"},
    {-EMFILE, "EMFILE", "this process has no descriptor left"},
    {-EMSGSIZE, "EMSGSIZE", "message too long"},
    {-ENAMETOOLONG, "ENAMETOOLONG", "name too long"},
    {-ENETDOWN, "ENETDOWN", "network is down"},
    {-ENETRESET, "ENETRESET", "connection dropped by the network"},
    {-ENETUNREACH, "ENETUNREACH", "network is unreachable"},
    {-ENFILE, "ENFILE", "the system has no descriptor left"},
    {-ENOBUFS, "ENOBUFS", "no buffer space left"},
    {-ENODATA, "ENODATA", "nothing measured yet"},
    {-ENODEV, "ENODEV", "no such device"},
    {-ENOENT, "ENOENT", "no such file"},
    {-ENOMEM, "ENOMEM", "out of memory"},
    {-ENONET, "ENONET", "this machine is not on the network"},
    {-ENOPROTOOPT, "ENOPROTOOPT", "socket option not supported"},
    {-ENOSPC, "ENOSPC", "no space left"},
    {-ENOSYS, "ENOSYS", "this system cannot do that"},
    {-ENOTCONN, "ENOTCONN", "not connected"},
    {-ENOTDIR, "ENOTDIR", "not a directory"},
    {-ENOTSOCK, "ENOTSOCK", "not a socket"},
    {-EOPNOTSUPP, "EOPNOTSUPP", "operation not supported"},
    {-EPERM, "EPERM", "operation not permitted (a firewall, as a rule)"},
    {-EPIPE, "EPIPE", "the peer no longer receives"},
    {-EPROTO, "EPROTO", "protocol error"},
    {-EPROTONOSUPPORT, "EPROTONOSUPPORT", "protocol not supported"},
    {-EPROTOTYPE, "EPROTOTYPE", "wrong type of socket"},
    {-EROFS, "EROFS", "read-only file system"},
    {-ESRCH, "ESRCH", "no such thread"},
    {-ETIMEDOUT, "ETIMEDOUT", "timed out"},
};

static const struct error_text *find(int error)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].error == error)
            return &texts[i];
    return NULL;
}

const char *se_strerror(int error)
{
    if (error >= 0)
        return "success";
    const struct error_text *text = find(error);
    return text ? text->sentence : "unknown error";
}

const char *se_error_name(int error)
{
    if (error >= 0)
        return "OK";
    const struct error_text *text = find(error);
    return text ? text->name : "EUNKNOWN";
}
