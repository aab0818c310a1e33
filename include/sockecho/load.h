/** @file sockecho/load.h
 * Many echoes at once: opens connections to an echo server, keeps messages in flight on each, checks every byte that
 * comes back, and measures how long it took, without hiding a stall.
 *
 * What is sent depends on a seed, the connection and the position in its stream, so that a byte that is lost, doubled,
 * changed, moved or taken from another connection does not go unnoticed, and its place is known.
 *
 * Time is honest. With a rate, a message's latency counts from the moment when it was meant to leave, whether or not it
 * could: a server that stops for a second shows that second in every message that was due meanwhile. Without a rate it
 * counts from its first byte out, and messages that a stall kept from being sent are not missed by anybody.
 *
 * One thread at a time may use one load, except where a function says otherwise.
 */
#ifndef SOCKECHO_LOAD_H
#define SOCKECHO_LOAD_H

#include <sockecho/timeout.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/** A load to be made, and the figures of the one that was. */
struct se_load;

/** The figures of se_load_stat(). Messages of the warm-up are in SE_LOAD_WARMUP alone. */
enum se_load_stat {
    SE_LOAD_CONNECTED = 0,      /**< connections that were opened */
    SE_LOAD_SENT = 1,           /**< messages whose first byte went out */
    SE_LOAD_RETURNED = 2,       /**< messages that came back whole and right */
    SE_LOAD_RETURNED_BYTES = 3, /**< their bytes */
    SE_LOAD_WARMUP = 4,         /**< messages that came back before the measurement began */
    SE_LOAD_UNSENT = 5,         /**< messages that were due and never left */
    SE_LOAD_LOST = 6,           /**< messages that were sent and did not come back right, of every kind */
    SE_LOAD_REFUSED = 7,        /**< connections that could not be opened: nobody listens, or no way there */
    SE_LOAD_TIMED_OUT = 8,      /**< connections given up because a connect, a message or the end of the connection
                                          took longer than the timeout */
    SE_LOAD_RESET = 9,          /**< connections that the peer reset, opened or not, or that failed otherwise */
    SE_LOAD_SHORT = 10,         /**< connections that the peer closed before everything was back */
    SE_LOAD_MISMATCH = 11,      /**< connections on which a wrong byte came back, or one too many */
    SE_LOAD_NO_PORT = 12,       /**< connections not opened because the local ports were used up */
    SE_LOAD_NO_DESCRIPTOR = 13, /**< connections not opened because descriptors or memory were used up */
    SE_LOAD_MISMATCH_CONNECTION = 14, /**< the first connection with a wrong byte, from 0; -1 if none */
    SE_LOAD_MISMATCH_AT = 15,         /**< where in its stream the first wrong byte was, from 0; -1 if none */
    SE_LOAD_ELAPSED_NS = 16,          /**< how long the measurement took, without warm-up: see se_load_stat() */
    SE_LOAD_LATE_MEAN_NS = 17,        /**< with a rate: how much later than meant messages left, on average */
    SE_LOAD_LATE_MAX_NS = 18,   /**< with a rate: the same at most; high figures are the engine's or a full window's */
    SE_LOAD_BUSY_PERMILLE = 19, /**< how much of the time the busiest thread worked (it waited for the rest);
                                          near 1000 the engine itself was the limit */
    SE_LOAD_MEMORY_BYTES = 20   /**< memory for the connections, all of them together */
};

/**
 * Makes a load of one connection, messages of 64 bytes, one in flight, for 10 seconds.
 *
 * @param[out] load_out the new load; NULL when the call failed
 * @return 0, or -EINVAL load_out is NULL, -ENOMEM, -EMFILE, -ENFILE out of memory or descriptors,
 *         or another -errno of eventfd(2) or pipe(2)
 *
 * Ownership: the load is yours; give it to se_load_free().
 * Threads: any thread.
 */
int se_load_new(struct se_load **load_out);

/**
 * Ends a load.
 *
 * @param load the load, not running; NULL does nothing
 *
 * Ownership: the load is gone afterwards.
 * Threads: one at a time.
 */
void se_load_free(struct se_load *load);

/**
 * Sets how many connections are open at the same time, over all threads.
 *
 * @param load the load
 * @param connections 1 (the default) to 1,000,000; 0 is refused
 * @return 0, or -EINVAL load is NULL or the number is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_connections(struct se_load *load, int connections);

/**
 * Sets how long a message is.
 *
 * @param load the load
 * @param size_bytes 1 to 1,073,741,824, default 64; 0 is refused
 * @return 0, or -EINVAL load is NULL or the size is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_size(struct se_load *load, int64_t size_bytes);

/**
 * Sets how many messages are in flight on a connection at most.
 *
 * @param load the load
 * @param messages 1 (the default) to 65,536; 0 is refused
 * @return 0, or -EINVAL load is NULL or the number is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_depth(struct se_load *load, int messages);

/**
 * Sets how many messages a second are meant to leave, over all connections, evenly spaced.
 *
 * @param load the load
 * @param messages_per_second 1 to 1,000,000,000; 0 (the default): as fast as the echoes come back
 * @return 0, or -EINVAL load is NULL or the rate is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_rate(struct se_load *load, int64_t messages_per_second);

/**
 * Sets for how long messages are sent, after the warm-up. What is in flight then is still waited for. With a rate, what
 * was due by then and has not left may still leave for as long as se_load_set_timeout() says; the rest is
 * SE_LOAD_UNSENT.
 *
 * @param load the load
 * @param duration_ms milliseconds > 0, default 10,000; 0: no limit of time, which needs se_load_set_count()
 * @return 0, or -EINVAL load is NULL or the time is below 0, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_duration(struct se_load *load, int64_t duration_ms);

/**
 * Sets how many messages are sent, over all connections, warm-up included. With a duration as well, whichever comes
 * first ends the load.
 *
 * @param load the load
 * @param messages > 0; 0 (the default): no limit of number
 * @return 0, or -EINVAL load is NULL or the number is below 0, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_count(struct se_load *load, int64_t messages);

/**
 * Sets for how long messages are sent, and checked, before the measurement begins.
 *
 * @param load the load
 * @param warmup_ms milliseconds >= 0; 0 (the default): none
 * @return 0, or -EINVAL load is NULL or the time is below 0, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_warmup(struct se_load *load, int64_t warmup_ms);

/**
 * Sets for how long a connect may take, and for how long a connection that owes an echo may not send a byte of it. Then
 * the connection is given up with all that it had in flight.
 *
 * @param load the load
 * @param timeout_ms milliseconds > 0, default 10,000; SE_TIMEOUT_NONE (-1): for ever; 0 is refused
 * @return 0, or -EINVAL load is NULL or the time is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_timeout(struct se_load *load, int64_t timeout_ms);

/**
 * Sets what the bytes of the messages depend on: the same seed sends the same bytes.
 *
 * @param load the load
 * @param seed any number, 0 included; default 1
 * @return 0, or -EINVAL load is NULL, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_seed(struct se_load *load, uint64_t seed);

/**
 * Sets how many threads share the connections: the caller's, and as many more as it takes.
 *
 * @param load the load
 * @param threads 1 (the default) to 256; 0 is refused
 * @return 0, or -EINVAL load is NULL or the number is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_threads(struct se_load *load, int threads);

/**
 * Makes the engine look for echoes without sleeping for a while before it waits. That costs a whole core for each
 * thread and saves the time to wake up.
 *
 * @param load the load
 * @param busy_poll_us microseconds, 0 to 1,000,000; 0 (the default): sleep at once
 * @return 0, or -EINVAL load is NULL or the time is out of range, -EBUSY it runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_set_busy_poll(struct se_load *load, int64_t busy_poll_us);

/**
 * What a program gives to se_load_set_callback().
 *
 * @param interval the figures since the last call, for se_load_stat(), se_load_latency_ns() and the like; valid until
 *        the callback returns, and not to be run, set or freed
 * @param user_data what was given to se_load_set_callback()
 *
 * Ownership: nothing changes hands.
 * Threads: it is called in the thread that called se_load_run(), and takes its time from the load.
 */
typedef void (*se_load_callback)(const struct se_load *interval, void *user_data);

/**
 * Sets a function that hears of the figures while the load runs. Messages of the warm-up are not in them.
 *
 * @param load the load
 * @param interval_ms milliseconds > 0 between two calls; 0 is refused where there is a callback
 * @param callback the function; NULL: none (the default)
 * @param user_data is handed to the callback; the library does not look at it
 * @return 0, or -EINVAL load is NULL or the interval is out of range, -EBUSY it runs
 *
 * Ownership: user_data stays yours and must live as long as the load runs.
 * Threads: one at a time.
 */
int se_load_set_callback(struct se_load *load, int64_t interval_ms, se_load_callback callback, void *user_data);

/**
 * Makes the load: opens the connections, sends, checks, waits for what is in flight, closes. Figures of a former run
 * are forgotten.
 *
 * @param load the load
 * @param host as for se_client_connect(); its first address that can be connected to serves for all
 * @param port 1 to 65,535
 * @return 0 the load was made; whether every message came back, se_load_stat() tells, or
 *         -EINVAL load is NULL, the port is none of the above, or neither duration nor count ends the load,
 *         -EBUSY it runs already, SE_ERESOLVE no address for that host name,
 *         -EAGAIN a thread could not be made, -ENOMEM, -EMFILE, -ENFILE out of memory or descriptors,
 *         -ENOSPC epoll watches no more descriptors for this user (max_user_watches of epoll(7)),
 *         or another -errno of epoll_ctl(2), epoll_wait(2), poll(2), pthread_create(3), pthread_mutex_init(3) or
 *         pthread_cond_init(3)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time; se_load_stop() may be called meanwhile from any.
 */
int se_load_run(struct se_load *load, const char *host, int port);

/**
 * Ends the load that runs: nothing more is sent (with a rate, what was due and had not left is SE_LOAD_UNSENT), what is
 * in flight is still waited for. A second call does not wait for that either. Before a run it ends the next one at
 * once.
 *
 * @param load the load
 * @return 0, or -EINVAL load is NULL. errno is left as it was.
 *
 * Ownership: nothing changes hands.
 * Threads: any thread, any signal handler (async-signal-safe).
 */
int se_load_stop(struct se_load *load);

/**
 * Tells one figure of the last run.
 *
 * SE_LOAD_ELAPSED_NS is the time from the end of the warm-up until the last message was back or, where that is later,
 * until sending ended: with the duration, count / rate seconds after the load began, with a stop, or when the last
 * connection was lost, whichever came first. So it includes the time in which a server stood still, and at a rate the
 * load may be over before it. Where a count alone ends the load, sending ends with the last return, or with the loss of
 * a connection where that came later. Of an interval it is the time since the last call; the last interval ends where
 * the measurement does.
 *
 * @param load the load, or the interval that the callback got
 * @param stat one of enum se_load_stat
 * @return the figure >= 0, or -1 where enum se_load_stat says so; -EINVAL load is NULL or there is no such figure
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time, not while it runs.
 */
int64_t se_load_stat(const struct se_load *load, int stat);

/**
 * Tells the latency that so many per cent of the returned messages did not exceed.
 *
 * @param load the load, or the interval that the callback got
 * @param percentile 0 (the minimum) to 100 (the maximum); both ends are exact, in between at most 0.1 % too high, for
 *        latencies up to 100 s
 * @return nanoseconds >= 0, -ENODATA no message came back, -EINVAL load is NULL or the percentile is out of range
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time, not while it runs.
 */
int64_t se_load_latency_ns(const struct se_load *load, double percentile);

/**
 * Tells the mean latency of the returned messages.
 *
 * @param load the load, or the interval that the callback got
 * @return nanoseconds >= 0, -ENODATA no message came back, -EINVAL load is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time, not while it runs.
 */
int64_t se_load_latency_mean_ns(const struct se_load *load);

/**
 * Tells how many returned messages had at most this latency (as exactly as se_load_latency_ns() tells latencies): what
 * a plot of the distribution needs.
 *
 * @param load the load, or the interval that the callback got
 * @param latency_ns nanoseconds
 * @return messages >= 0; -EINVAL load is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time, not while it runs.
 */
int64_t se_load_count_up_to(const struct se_load *load, int64_t latency_ns);

/**
 * Adds the figures of one finished run to those of another: counts and latencies as if it had been one run.
 *
 * @param load gets the sum
 * @param other is added; it stays as it is
 * @return 0, or -EINVAL one of them is NULL, -EBUSY one of them runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_load_merge(struct se_load *load, const struct se_load *other);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
