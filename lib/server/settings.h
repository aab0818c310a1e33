/* What the setters set and the workers read. It does not change while the server runs. Times are milliseconds, below 0
 * for ever; the public headers explain each. */
#ifndef SE_SETTINGS_H
#define SE_SETTINGS_H

#include <sockecho/events.h>

struct se__settings {
    int64_t timeout_ms;
    int64_t idle_ms;
    int64_t stall_ms;
    int64_t linger_ms;
    int64_t drain_ms;
    int64_t busy_poll_us; /* 0: sleep at once */
    int keepalive_s;      /* 0: none */
    int poller;
    int workers;
    int max_connections; /* 0: as many as there are descriptors */
    int max_per_address; /* 0: no limit */
    se_event_callback callback;
    void *user_data;
};

#endif
