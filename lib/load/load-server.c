/* How a load finds its server: of a name's addresses, the first one that can be connected to serves for all
 * connections. */
#include "load/load.h"

#include "client/connector.h"
#include "load/driver.h"
#include "system/deadline.h"
#include "system/socket.h"

#include <errno.h>
#include <poll.h>

static int wait_for_connect(const struct se_load *load, int fd, int64_t deadline_ms)
{
    while (atomic_load(&load->stops) == 0) {
        int64_t now_ms = se__clock_now_ms();
        if (now_ms >= deadline_ms)
            return -ETIMEDOUT;
        int left_ms = se__deadline_poll_ms(deadline_ms, now_ms);
        int slice_ms = left_ms < 0 || left_ms > 50 ? 50 : left_ms; /* a stop is seen between two slices */
        int ready = se__socket_wait(fd, POLLOUT, slice_ms);
        if (ready == -ENOMEM)
            ready = se__socket_wait(-1, 0, slice_ms);
        if (ready < 0 && ready != -EINTR)
            return ready;
        if (ready > 0)
            return 0;
    }
    return -ECANCELED;
}

static int connect_first(const struct se_load *load, struct se__connector *connector)
{
    int64_t deadline_ms = se__deadline_in(load->plan.timeout_ms);
    int result;
    while ((result = se__connector_advance(connector)) == -EINPROGRESS) {
        int error = wait_for_connect(load, connector->fd, deadline_ms);
        if (error) {
            se__socket_abort(connector->fd);
            return error;
        }
    }
    return result;
}

int se__load_find_server(const struct se_load *load, const char *host, int port, struct se__run *run)
{
    struct se__connector connector;
    int error = se__connector_begin(&connector, host, port);
    if (error)
        return error;
    error = connect_first(load, &connector);
    run->address = connector.addresses[connector.next - 1];
    run->first_fd = error ? -1 : connector.fd;
    se__connector_end(&connector);
    return error;
}
