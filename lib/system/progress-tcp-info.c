/* TCP_INFO of Linux. A probe of a closed window carries no data and does not count; a retransmission does, but a peer
 * that acknowledges nothing is given up by TCP_USER_TIMEOUT. */
#include "system/progress.h"

#include "system/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

/* The kernel counts this time in its ticks: what it tells can be one too much, and nobody shall be judged too early. */
enum { TICK_MAX_MS = 10 };

int64_t se__progress_age_ms(int fd)
{
    struct tcp_info info;
    if (se__socket_get_option(fd, IPPROTO_TCP, TCP_INFO, &info, sizeof info))
        return -1; /* no TCP */
    int64_t age_ms = info.tcpi_last_data_sent;
    return age_ms > TICK_MAX_MS ? age_ms - TICK_MAX_MS : 0;
}
