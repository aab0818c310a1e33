/* One table, so that a further variant is one line. */
#include "variants.h"

#include <check.h>
#include <errno.h>

#include "environment.h"

static const struct {
    int poller;
    int workers;
} variants[VARIANTS] = {
    {SE_POLLER_EPOLL, 1},
    {SE_POLLER_POLL, 1},
    {SE_POLLER_EPOLL, 3},
    {SE_POLLER_POLL, 3},
};

bool variant_apply(int variant, struct se_server *server)
{
    int result = se_server_set_poller(server, variants[variant].poller);
    if (result == -ENOSYS) {
        environment_skip("this build has no such poller");
        se_server_free(server);
        return false;
    }
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(se_server_set_workers(server, variants[variant].workers), 0);
    return true;
}

struct se_server *variant_new(int variant)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
    return variant_apply(variant, server) ? server : NULL;
}
