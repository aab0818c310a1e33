/* TCP_INFO of Linux. A probe of a closed window carries no data and does not count; a retransmission does, but a peer that
 * acknowledges nothing is given up by TCP_USER_TIMEOUT. */
#include "system/progress.h"

#include "system/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

int64_t se__progress_age_ms(int fd)
{
    struct tcp_info info;
    if (se__socket_get_option(fd, IPPROTO_TCP, TCP_INFO, &info, sizeof info))
        return -1; /* no TCP */
    return info.tcpi_last_data_sent;
}
