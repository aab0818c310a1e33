/* For systems without epoll(7): no function at all, which se__poller_new() takes as -ENOSYS. */
#include "system/poller.h"

const struct se__poller_backend se__poller_epoll = {0};
