/** @file sockecho/limits.h
 * What a server allows: how many connections, how much time, how many threads. Each property has one setter, which must
 * be called while the server does not run; what is set holds from the next run on. What the kernel has to know
 * (backlog, keepalive, stall) holds for peers that connect after the call.
 *
 * Memory is bounded by the connections: an idle one costs about a hundred bytes, one whose peer does not read at most
 * 256 KiB of unsent bytes beside what the kernel buffers. At worst that is max_connections x 256 KiB, and 256 KiB for
 * each worker.
 */
#ifndef SOCKECHO_LIMITS_H
#define SOCKECHO_LIMITS_H

#include <sockecho/timeout.h>

#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct se_server;

/**
 * Sets how many connections the server has at most, over all its workers. Whoever comes beyond is accepted, reset (RST)
 * and counted as SE_STAT_REFUSED. Whatever is set, the server also stays below the process's limit of descriptors
 * (RLIMIT_NOFILE) less those that were open when it first ran: the host's own keep their place.
 *
 * @param server the server
 * @param connections 1 to 1,000,000, default 1,024; 0: only the limit of descriptors counts
 * @return 0, or -EINVAL server is NULL or the number is out of range, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 * Source: getrlimit(2).
 */
int se_server_set_max_connections(struct se_server *server, int connections);

/**
 * Sets how many connections one address has at most. Whoever comes beyond is accepted, reset (RST) and counted as
 * SE_STAT_REFUSED. An IPv6 address counts by its first 64 bits, which is what one host can choose from; an IPv4 address
 * that comes through an IPv6 socket counts as itself. Peers of a unix socket have no address and are not counted.
 *
 * @param server the server
 * @param connections 1 to 1,000,000; 0 (the default): no such limit
 * @return 0, or -EINVAL server is NULL or the number is out of range, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_max_per_address(struct se_server *server, int connections);

/**
 * Sets how many connections may wait to be accepted. Beyond it the kernel lets new ones wait or refuses them.
 *
 * @param server the server
 * @param backlog 1 to 65,535; 0: the system's usual maximum (SOMAXCONN), which is the default. The kernel itself lowers
 *        what is above its own limit (net.core.somaxconn on Linux).
 * @return 0, or -EINVAL server is NULL or the number is out of range, -EBUSY the server runs,
 *         or -errno of listen(2)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 * Source: listen(2).
 */
int se_server_set_backlog(struct se_server *server, int backlog);

/**
 * Sets for how long a connection may do nothing: all it sent is back, and nothing comes. Then it is ended with FIN and
 * counted as SE_STAT_IDLE. It comes at most 0.4 % late, never early, and so do the other times here, as
 * long as the server is not busy: who may have been ready is served before anybody is judged.
 *
 * @param server the server
 * @param timeout_ms milliseconds > 0, default 300,000; SE_TIMEOUT_NONE: for ever; 0 is refused
 * @return 0, or -EINVAL server is NULL or the time is 0 or below SE_TIMEOUT_NONE, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_idle_timeout(struct se_server *server, int64_t timeout_ms);

/**
 * Sets for how long a peer may take none of the bytes that are held for it. Then it is reset (RST) and counted as
 * SE_STAT_STALLED. Behind it the kernel gives up bytes that nobody acknowledges after a second and a 64th more
 * (TCP_USER_TIMEOUT), where it has such an option. A slow reader on a unix socket shows that it takes bytes only when
 * the socket has become writable, which can need most of its buffer.
 *
 * @param server the server
 * @param timeout_ms milliseconds > 0, default 30,000; SE_TIMEOUT_NONE: for ever; 0 is refused
 * @return 0, or -EINVAL server is NULL or the time is 0 or below SE_TIMEOUT_NONE, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 * Source: tcp(7), RFC 5482.
 */
int se_server_set_stall_timeout(struct se_server *server, int64_t timeout_ms);

/**
 * Sets for how long the server waits for the peer's FIN after its own. Meanwhile it reads and drops what comes, because
 * closing with unread bytes would reset the connection and lose the tail of the echo. A peer that keeps sending gets
 * six times as long in all.
 *
 * @param server the server
 * @param timeout_ms milliseconds > 0 without a byte, default 5,000; SE_TIMEOUT_NONE: for ever; 0 is refused
 * @return 0, or -EINVAL server is NULL or the time is 0 or below SE_TIMEOUT_NONE, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_linger_timeout(struct se_server *server, int64_t timeout_ms);

/**
 * Sets how much time a stop gives the connections to end in order. What is left then is cut: RST, counted as
 * SE_STAT_DRAIN, for those that miss bytes.
 *
 * @param server the server
 * @param timeout_ms milliseconds >= 0, default 5,000; 0: cut at once; SE_TIMEOUT_NONE: for ever
 * @return 0, or -EINVAL server is NULL or the time is below SE_TIMEOUT_NONE, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_drain_timeout(struct se_server *server, int64_t timeout_ms);

/**
 * Sets after how much silence the kernel asks a peer whether it is still there. A peer that vanished without a word is
 * counted as SE_STAT_STALLED at the first question that falls after the stall timeout; the questions follow each other
 * after a sixth of this time, in whole seconds and at least one. Without a stall timeout the sixth question without an
 * answer decides. Connections that stand already keep what they had.
 *
 * @param server the server
 * @param idle_s seconds, 1 to 32,767, default 60; 0: never ask
 * @return 0, or -EINVAL server is NULL or the time is out of range, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 * Source: tcp(7), RFC 9293 section 3.8.4.
 */
int se_server_set_keepalive(struct se_server *server, int idle_s);

/**
 * Sets how many threads serve while the server runs: the one that calls se_server_run(), or that se_server_start()
 * makes, and as many more as it takes, which end with the run. The first one accepts and gives each connection to the
 * worker that has the fewest; there it stays. In non-blocking mode there is one thread, the caller's, which serves all
 * workers in turn. It must be set before the server first runs.
 *
 * @param server the server
 * @param workers 1 to 256, default 1; 0 is refused
 * @return 0, or -EINVAL server is NULL or the number is out of range, -EBUSY the server runs or has run
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_workers(struct se_server *server, int workers);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
