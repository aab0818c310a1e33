/** @file calls.h
 * Every call of the library that can be bent, and in which of the public functions it is made. One function of the C
 * library counts as several calls where it does several things (an option that may be refused, one that may not), and
 * several functions count as one where they do the same (all that give memory).
 */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

enum call {
    CALL_ACCEPT,
    CALL_BIND,
    CALL_BIND_UNIX, /**< to the file of a unix socket */
    CALL_CLOSE,
    CALL_COND_INIT,
    CALL_CONNECT,
    CALL_CONNECT_UNIX, /**< to the file of a unix socket */
    CALL_DISSOLVE,     /**< connect(2) to AF_UNSPEC */
    CALL_EPOLL_ADD,
    CALL_EPOLL_CREATE,
    CALL_EPOLL_DEL,
    CALL_EPOLL_MOD,
    CALL_EPOLL_WAIT,
    CALL_EVENTFD,
    CALL_GETADDRINFO,
    CALL_GETFL,
    CALL_GETNAMEINFO,
    CALL_GETPEERNAME,
    CALL_GETSOCKNAME,
    CALL_GETSOCKOPT,
    CALL_LISTEN,
    CALL_LSTAT,
    CALL_MEMORY,
    CALL_MUTEX_INIT,
    CALL_OPENDIR, /**< whatever counts the descriptors */
    CALL_OPTION,  /**< setsockopt(2) of what the library can do without */
    CALL_OPTION_NEEDED,
    CALL_PENDING, /**< ioctl(2) with FIONREAD */
    CALL_PIPE,
    CALL_POLL,
    CALL_READ,
    CALL_RECV,
    CALL_SEND,
    CALL_SETFD,
    CALL_SETFL,
    CALL_SHUTDOWN, /**< the first time on that descriptor, for one direction */
    CALL_SHUTDOWN_AGAIN,
    CALL_SOCKET,
    CALL_SO_ERROR, /**< getsockopt(2) with SO_ERROR */
    CALL_THREAD,
    CALL_UNLINK,
    CALL_WRITE,
    CALLS
};

/** What a fault is named by on the command line. */
const char *call_name(enum call call);

/** The functions that it stands for, a space between two. */
const char *call_functions(enum call call);

/** Where the library is: in which public function. Each is a bit, so that a set of them is a number. */
enum phase {
    OUTSIDE = 0,      /**< not in the library: the harness itself is never bent and never counted */
    SERVER_NEW = 1,   /**< making a server */
    SERVER_SET = 2,   /**< its setters */
    SERVER_BEGIN = 4, /**< a run, up to its first wait */
    SERVER_SERVE = 8, /**< a run, from its first wait on, in every worker's thread */
    SERVER_STOP = 16, /**< a stop */
    SERVER_FREE = 32, /**< ending a server */
    CLIENT_NEW = 64,  /**< making a client, and setting its mode */
    CLIENT_CONNECT = 128,
    CLIENT_ECHO = 256,
    CLIENT_FINISH = 512,
    CLIENT_CLOSE = 1024, /**< closing or freeing a client */
    LOAD_NEW = 2048,     /**< making, setting or freeing a load */
    LOAD_RUN = 4096,     /**< a load, in every thread of it */
    SERVER = 63,         /**< anywhere in a server */
    CLIENT = 1984,       /**< anywhere in a client */
    LOAD = 6144          /**< anywhere in a load */
};

/** The phase of this thread. A thread that the library makes begins where its maker is. */
enum phase phase_now(void);
void phase_set(enum phase phase);
const char *phase_name(enum phase phase);

/** "server", "client" or "load": whose phases these are. */
const char *side_name(unsigned phases);

#endif
