/* The page of faults as rows: the call, where it is made, how it is bent, and what has to become of the run, once and
 * from then on. A row without a repetition says nothing of "from then on": no kernel would go on with it, or the first
 * time has ended what was going on. Values of 0 end a row's list.
 *
 * EAGAIN and EINTR come again at every third call, for a descriptor that is ready is so: a kernel that says "not now"
 * for ever would not report it. accept4(2) says EAGAIN by itself at the end of every batch, and before it where another
 * process was faster. */
#include "table.h"

#include <errno.h>
#include <netdb.h>
#include <sockecho/error.h>
#include <sockecho/statistics.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 14, FAULTS_MAX = 512 };

struct row {
    enum call call;
    unsigned where;
    enum bending bending;
    int values[VALUES_MAX];
    enum outcome once;
    enum repetition repetition;
    enum outcome lasting;
    int detail;
};

/* Making a server. */
static const struct row making[] = {
    {CALL_SOCKET, SERVER_NEW, FAILS, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EPERM, EAFNOSUPPORT}, CALL_FAILS},
    {CALL_OPTION, SERVER, FAILS, {ENOPROTOOPT, EINVAL, ENOMEM}, GOES_ON, LASTING, GOES_ON},
    {CALL_OPTION_NEEDED, SERVER_NEW, FAILS, {ENOPROTOOPT, EINVAL, ENOMEM}, CALL_FAILS},
    {CALL_BIND, SERVER_NEW, FAILS, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM}, CALL_FAILS},
    {CALL_LISTEN, SERVER_NEW, FAILS, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM}, CALL_FAILS},
    {CALL_GETSOCKNAME, SERVER_NEW, FAILS, {ENOBUFS}, CALL_FAILS},
    {CALL_GETSOCKOPT, SERVER_NEW, FAILS, {ENOPROTOOPT, ENOBUFS}, CALL_FAILS},
    {CALL_GETFL, SERVER_NEW, FAILS, {EPERM, EINVAL}, CALL_FAILS},
    {CALL_SETFL, SERVER_NEW, FAILS, {EPERM, EINVAL}, CALL_FAILS},
    {CALL_SETFD, SERVER_NEW, FAILS, {EPERM, EINVAL}, CALL_FAILS},
    {CALL_GETADDRINFO, SERVER_NEW, FAILS, {EAI_MEMORY}, CALL_FAILS, .detail = -ENOMEM},
    {CALL_GETADDRINFO, SERVER_NEW, FAILS_SYSTEM, {EMFILE, ENOMEM}, CALL_FAILS},
    {CALL_GETADDRINFO, SERVER_NEW, FAILS, {EAI_AGAIN, EAI_FAIL, EAI_NONAME}, CALL_FAILS, .detail = SE_ERESOLVE},
    {CALL_GETNAMEINFO, SERVER_NEW, FAILS, {EAI_MEMORY}, CALL_FAILS, .detail = -ENOMEM},
    {CALL_EVENTFD, SERVER_NEW | SERVER_BEGIN, FAILS, {EMFILE, ENFILE, ENOMEM, ENODEV}, CALL_FAILS},
    {CALL_PIPE, SERVER_NEW | SERVER_BEGIN, FAILS, {EMFILE, ENFILE}, CALL_FAILS},
    {CALL_MUTEX_INIT, SERVER_NEW | SERVER_BEGIN, FAILS, {ENOMEM}, CALL_FAILS},
    {CALL_MEMORY, SERVER_NEW | SERVER_SET | SERVER_BEGIN, FAILS, {ENOMEM}, CALL_FAILS},
    {CALL_EPOLL_CREATE, SERVER_BEGIN, FAILS, {EMFILE, ENFILE, ENOMEM, ENOSYS}, CALL_FAILS, LASTING, CALL_FAILS},
    {CALL_EPOLL_ADD, SERVER_BEGIN, FAILS, {ENOMEM, ENOSPC}, CALL_FAILS},
    {CALL_OPENDIR, SERVER_BEGIN, FAILS, {EMFILE, ENOENT, EACCES}, GOES_ON, LASTING, SUFFERS},
    {CALL_THREAD, SERVER_BEGIN, FAILS, {EAGAIN, EPERM}, CALL_FAILS},
};

/* The file of a unix socket: whether somebody listens there only connecting tells, and nothing is removed in doubt. */
static const struct row filing[] = {
    {CALL_CONNECT_UNIX, SERVER_NEW, FAILS, {EACCES, EAGAIN, ENOENT, EPROTOTYPE}, CALL_FAILS, .detail = -EADDRINUSE},
    {CALL_CONNECT_UNIX, SERVER_NEW, SUCCEEDS_AT_ONCE, {1}, CALL_FAILS, .detail = -EADDRINUSE},
    {CALL_BIND_UNIX, SERVER_NEW, FAILS, {EADDRINUSE}, LEAVES_FILE},
    {CALL_BIND_UNIX, SERVER_NEW, FAILS, {EACCES, ENOENT, ENOTDIR, EROFS, ENOMEM}, CALL_FAILS},
    {CALL_LSTAT, SERVER_NEW, FAILS, {EACCES, ENOENT}, LEAVES_FILE},
    {CALL_LSTAT, SERVER_SERVE | SERVER_FREE, FAILS, {EACCES, ENOENT}, GOES_ON, LASTING, GOES_ON},
    {CALL_UNLINK, SERVER_NEW, FAILS, {EACCES, EPERM, EROFS, EBUSY}, CALL_FAILS, .detail = -EADDRINUSE},
    {CALL_UNLINK, SERVER_SERVE | SERVER_FREE, FAILS, {EACCES, ENOENT, EROFS}, GOES_ON, LASTING, GOES_ON},
};

/* Serving. */
static const struct row serving[] = {
    {CALL_RECV, SERVER_SERVE, FAILS_CLOSED, {EBADF}, CUTS, LASTING, SUFFERS, SE_STAT_RESET},
    {CALL_ACCEPT, SERVER_SERVE, FAILS, {EAGAIN, EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_ACCEPT,
     SERVER_SERVE,
     FAILS_AFTERWARDS,
     {ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT,
      ECONNRESET, EPERM},
     LOSES,
     LASTING,
     SUFFERS},
    {CALL_ACCEPT, SERVER_SERVE, FAILS, {EMFILE, ENFILE, ENOBUFS, ENOMEM}, RESTS, LASTING, LATER},
    {CALL_ACCEPT, SERVER_SERVE, FAILS, {EBADF, ENOTSOCK, EFAULT, EINVAL, EIO}, RESTS, LASTING, LATER},
    {CALL_MEMORY, SERVER_SERVE, FAILS, {ENOMEM}, STARVES, LASTING, SUFFERS},
    {CALL_EPOLL_ADD, SERVER_SERVE, FAILS, {ENOMEM, ENOSPC}, REFUSES, LASTING, SUFFERS},
    {CALL_EPOLL_MOD, SERVER_SERVE, FAILS, {ENOMEM}, CUTS, LASTING, SUFFERS, SE_STAT_MEMORY},
    {CALL_EPOLL_DEL, SERVER, FAILS_AFTERWARDS, {ENOENT, EBADF}, GOES_ON, LASTING, GOES_ON},
    {CALL_EPOLL_WAIT, SERVER_SERVE, FAILS, {EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_EPOLL_WAIT, SERVER_SERVE, FAILS, {EBADF, EINVAL, EIO}, CALL_FAILS},
    {CALL_POLL, SERVER_SERVE, FAILS, {EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_POLL, SERVER_SERVE, FAILS, {ENOMEM}, GOES_ON, LASTING, LATER},
    {CALL_POLL, SERVER_SERVE, FAILS, {EINVAL}, SHEDS},
    {CALL_POLL, SERVER_SERVE, FAILS, {EFAULT, EIO}, CALL_FAILS},
    {CALL_RECV, SERVER_SERVE, AT_MOST, {1, 7}, GOES_ON, LASTING, GOES_ON},
    {CALL_RECV, SERVER_SERVE, ALL_BUT, {1}, GOES_ON, LASTING, GOES_ON},
    {CALL_RECV, SERVER_SERVE, FAILS, {EAGAIN, EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_RECV, SERVER_SERVE, FAILS, {ENOMEM}, GOES_ON, LASTING, LATER},
    {CALL_RECV, SERVER_SERVE, FAILS, {ETIMEDOUT}, CUTS, LASTING, SUFFERS, SE_STAT_STALLED},
    {CALL_RECV,
     SERVER_SERVE,
     FAILS,
     {ECONNRESET, EHOSTUNREACH, EPIPE, EIO, ENOTSOCK, EFAULT, EINVAL},
     CUTS,
     LASTING,
     SUFFERS,
     SE_STAT_RESET},
    {CALL_SEND, SERVER_SERVE, AT_MOST, {1, 7}, GOES_ON, LASTING, GOES_ON},
    {CALL_SEND, SERVER_SERVE, ALL_BUT, {1}, GOES_ON, LASTING, GOES_ON},
    {CALL_SEND, SERVER_SERVE, MOVES_NOTHING, {1}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_SEND, SERVER_SERVE, FAILS, {EAGAIN, EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_SEND, SERVER_SERVE, FAILS, {ENOBUFS, ENOMEM}, GOES_ON, LASTING, SUFFERS},
    {CALL_SEND, SERVER_SERVE, FAILS, {ETIMEDOUT}, CUTS, LASTING, SUFFERS, SE_STAT_STALLED},
    {CALL_SEND,
     SERVER_SERVE,
     FAILS,
     {EPIPE, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EIO, ENOTSOCK, EFAULT, EINVAL},
     CUTS,
     LASTING,
     SUFFERS,
     SE_STAT_RESET},
    {CALL_SEND, SERVER_SERVE, FAILS_CLOSED, {EBADF}, CUTS, LASTING, SUFFERS, SE_STAT_RESET},
    {CALL_SHUTDOWN, SERVER, FAILS_AFTERWARDS, {ENOTCONN}, GOES_ON, LASTING, GOES_ON},
    {CALL_SHUTDOWN, SERVER_SERVE, FAILS, {EIO, ENOTSOCK, EINVAL}, CUTS, LASTING, SUFFERS, SE_STAT_RESET},
    {CALL_SHUTDOWN_AGAIN, SERVER, FAILS_AFTERWARDS, {ENOTCONN, EINVAL}, GOES_ON, LASTING, GOES_ON},
    {CALL_CLOSE, SERVER, FAILS_AFTERWARDS, {EINTR, EIO}, GOES_ON, LASTING, GOES_ON},
    {CALL_DISSOLVE, SERVER, FAILS, {EAFNOSUPPORT, EINVAL}, GOES_ON, LASTING, GOES_ON},
    {CALL_PENDING, SERVER, FAILS, {EIO, EINVAL}, GOES_ON, LASTING, GOES_ON},
    {CALL_GETSOCKNAME, SERVER_SERVE | SERVER_FREE, FAILS, {ENOBUFS}, GOES_ON, LASTING, GOES_ON},
    {CALL_GETSOCKOPT, SERVER_SERVE, FAILS, {ENOPROTOOPT, ENOBUFS}, GOES_ON, LASTING, GOES_ON},
    {CALL_READ, SERVER_SERVE, FAILS_AFTERWARDS, {EAGAIN, EINTR}, GOES_ON, LASTING, GOES_ON},
    {CALL_WRITE, SERVER, FAILS_AFTERWARDS, {EAGAIN}, GOES_ON, LASTING, GOES_ON},
};

/* The client. */
static const struct row visiting[] = {
    {CALL_SEND, CLIENT, FAILS_CLOSED, {EBADF}, CALL_FAILS},
    {CALL_RECV, CLIENT, FAILS_CLOSED, {EBADF}, CALL_FAILS},
    {CALL_RECV, CLIENT, FAILS, {ENOMEM}, GOES_ON, LASTING, LATER},
    {CALL_POLL, CLIENT_CONNECT, FAILS, {ENOMEM}, GOES_ON},
    {CALL_POLL, CLIENT_ECHO | CLIENT_FINISH, FAILS, {ENOMEM}, GOES_ON, LASTING, LATER},
    {CALL_MEMORY, CLIENT, FAILS, {ENOMEM}, CALL_FAILS},
    {CALL_GETADDRINFO, CLIENT_CONNECT, FAILS, {EAI_MEMORY}, CALL_FAILS, .detail = -ENOMEM},
    {CALL_GETADDRINFO, CLIENT_CONNECT, FAILS_SYSTEM, {EMFILE, ENOMEM}, CALL_FAILS},
    {CALL_GETADDRINFO, CLIENT_CONNECT, FAILS, {EAI_AGAIN, EAI_FAIL, EAI_NONAME}, CALL_FAILS, .detail = SE_ERESOLVE},
    {CALL_SOCKET,
     CLIENT_CONNECT,
     FAILS,
     {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EPERM, EAFNOSUPPORT},
     CALL_FAILS,
     LASTING,
     CALL_FAILS},
    {CALL_OPTION, CLIENT, FAILS, {ENOPROTOOPT, EINVAL, ENOMEM}, GOES_ON, LASTING, GOES_ON},
    {CALL_OPTION_NEEDED, CLIENT_CONNECT, FAILS, {ENOPROTOOPT, EINVAL, ENOMEM}, CALL_FAILS},
    {CALL_CONNECT, CLIENT_CONNECT, FAILS_AFTERWARDS, {EINPROGRESS, EINTR, EALREADY}, GOES_ON},
    {CALL_CONNECT, CLIENT_CONNECT, SUCCEEDS, {EISCONN}, GOES_ON},
    {CALL_CONNECT, CLIENT_CONNECT, SUCCEEDS_AT_ONCE, {1}, GOES_ON},
    {CALL_CONNECT,
     CLIENT_CONNECT,
     FAILS,
     {ECONNREFUSED, ETIMEDOUT, EADDRNOTAVAIL, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EPERM, EACCES, ENOBUFS, ENOMEM},
     CALL_FAILS,
     LASTING,
     CALL_FAILS},
    {CALL_CONNECT_UNIX, CLIENT_CONNECT, FAILS, {ECONNREFUSED, ENOENT, EACCES, EPERM, ENOTDIR, EPROTOTYPE}, CALL_FAILS},
    {CALL_CONNECT_UNIX, CLIENT_CONNECT, FAILS, {EAGAIN}, GOES_ON, LASTING, LATER},
    {CALL_CONNECT, CLIENT_CONNECT, FAILS, {EAGAIN}, CALL_FAILS, .detail = -EADDRNOTAVAIL},
    {CALL_SO_ERROR,
     CLIENT_CONNECT,
     ENDS_WITH,
     {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET},
     CALL_FAILS},
    {CALL_SO_ERROR, CLIENT_CONNECT, FAILS, {ENOBUFS}, CALL_FAILS},
    {CALL_GETPEERNAME, CLIENT_CONNECT, FAILS, {ENOTCONN, ENOBUFS}, GOES_ON},
    {CALL_GETPEERNAME, CLIENT_CONNECT, SAYS_OWN, {1}, CALL_FAILS, .detail = -ECONNREFUSED},
    {CALL_GETSOCKNAME, CLIENT, FAILS, {ENOBUFS}, GOES_ON, LASTING, GOES_ON},
    {CALL_GETFL, CLIENT_CONNECT, FAILS, {EPERM, EINVAL}, CALL_FAILS},
    {CALL_SETFL, CLIENT_CONNECT, FAILS, {EPERM, EINVAL}, CALL_FAILS},
    {CALL_POLL, CLIENT, FAILS, {EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_POLL, CLIENT, FAILS, {EINVAL, EFAULT}, CALL_FAILS},
    {CALL_RECV, CLIENT, AT_MOST, {1, 7}, GOES_ON, LASTING, GOES_ON},
    {CALL_RECV, CLIENT, ALL_BUT, {1}, GOES_ON, LASTING, GOES_ON},
    {CALL_RECV, CLIENT, FAILS, {EAGAIN, EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_RECV, CLIENT, FAILS, {ECONNRESET, ETIMEDOUT, EHOSTUNREACH, EIO, ENOTSOCK, EFAULT, EINVAL}, CALL_FAILS},
    {CALL_SEND, CLIENT, AT_MOST, {1, 7}, GOES_ON, LASTING, GOES_ON},
    {CALL_SEND, CLIENT, ALL_BUT, {1}, GOES_ON, LASTING, GOES_ON},
    {CALL_SEND, CLIENT, MOVES_NOTHING, {1}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_SEND, CLIENT, FAILS, {EAGAIN, EINTR}, GOES_ON, EVERY_THIRD, GOES_ON},
    {CALL_SEND, CLIENT, FAILS, {ENOBUFS, ENOMEM}, GOES_ON, LASTING, LATER},
    {CALL_SEND,
     CLIENT,
     FAILS_DEAD,
     {ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EIO, ENOTSOCK, EFAULT, EINVAL},
     CALL_FAILS},
    {CALL_SEND, CLIENT, FAILS_DEAD, {EPIPE}, CALL_FAILS, .detail = SE_ECLOSED},
    {CALL_SHUTDOWN, CLIENT, FAILS_AFTERWARDS, {ENOTCONN}, GOES_ON, LASTING, GOES_ON},
    {CALL_SHUTDOWN_AGAIN, CLIENT, FAILS_AFTERWARDS, {ENOTCONN, EINVAL}, GOES_ON, LASTING, GOES_ON},
    {CALL_SHUTDOWN, CLIENT_FINISH, FAILS, {EIO, ENOTSOCK, EINVAL}, CALL_FAILS},
    {CALL_CLOSE, CLIENT, FAILS_AFTERWARDS, {EINTR, EIO}, GOES_ON, LASTING, GOES_ON},
    {CALL_DISSOLVE, CLIENT, FAILS, {EAFNOSUPPORT, EINVAL}, GOES_ON, LASTING, GOES_ON},
};

static struct fault all[FAULTS_MAX];
static size_t all_count;

static void add(const struct row *row, int value)
{
    all[all_count++] = (struct fault){
        .call = row->call,
        .where = row->where,
        .bending = row->bending,
        .value = value,
        .once = row->once,
        .repetition = row->repetition,
        .lasting = row->lasting,
        .detail = row->detail,
    };
}

static void add_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < VALUES_MAX && rows[i].values[j] != 0; j++)
            add(&rows[i], rows[i].values[j]);
}

size_t fault_row(const struct fault *fault)
{
    size_t count;
    return (size_t)(fault - faults(&count));
}

int fault_error(const struct fault *fault)
{
    return fault->detail ? fault->detail : -fault->value;
}

const struct fault *faults(size_t *count_out)
{
    if (all_count == 0) {
        add_rows(making, sizeof(making) / sizeof(making[0]));
        add_rows(filing, sizeof(filing) / sizeof(filing[0]));
        add_rows(serving, sizeof(serving) / sizeof(serving[0]));
        add_rows(visiting, sizeof(visiting) / sizeof(visiting[0]));
    }
    *count_out = all_count;
    return all;
}

static const char *resolver_name(int code)
{
    switch (code) {
    case EAI_MEMORY:
        return "EAI_MEMORY";
    case EAI_AGAIN:
        return "EAI_AGAIN";
    case EAI_FAIL:
        return "EAI_FAIL";
    default:
        return "EAI_NONAME";
    }
}

static const char *error_name(const struct fault *fault)
{
    bool is_resolver = fault->call == CALL_GETADDRINFO || fault->call == CALL_GETNAMEINFO;
    return is_resolver && fault->bending == FAILS ? resolver_name(fault->value) : se_error_name(-fault->value);
}

void fault_result_name(const struct fault *fault, char *text, size_t size)
{
    static const char *const wordings[] = {
        [FAILS] = "%s",        [FAILS_AFTERWARDS] = "%s", [FAILS_SYSTEM] = "EAI_SYSTEM-%s", [FAILS_DEAD] = "%s",
        [FAILS_CLOSED] = "%s", [SUCCEEDS] = "success-%s", [ENDS_WITH] = "value-%s",
    };
    if (fault->bending == AT_MOST)
        snprintf(text, size, "at-most-%d", fault->value);
    else if (fault->bending == ALL_BUT)
        snprintf(text, size, "all-but-%d", fault->value);
    else if (fault->bending == MOVES_NOTHING)
        snprintf(text, size, "0");
    else if (fault->bending == SAYS_OWN)
        snprintf(text, size, "own-address");
    else if (fault->bending == SUCCEEDS_AT_ONCE)
        snprintf(text, size, "success");
    else
        snprintf(text, size, wordings[fault->bending], error_name(fault));
}
