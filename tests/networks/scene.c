/* The server is made, and its threads begin, in its own network; after that the thread of the test is in the
 * client's. */
#include "scene.h"

#include <check.h>
#include <stdlib.h>

#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "pattern.h"

static void start_server(struct scene *scene, const struct scene_plan *plan)
{
    link_enter(&scene->link, LINK_SERVER);
    ck_assert_int_eq(se_server_new(link_server_addresses[plan->family], SE_PORT_ANY, &scene->server), 0);
    if (plan->set_up)
        plan->set_up(scene->server);
    ck_assert_int_eq(se_server_start(scene->server), 0);
    link_enter(&scene->link, LINK_CLIENT);
}

static void connect_client(struct scene *scene, const struct scene_plan *plan)
{
    scene->client = client_new(environment_patience_ms());
    ck_assert_int_eq(
        se_client_connect(scene->client, link_server_addresses[plan->family], se_server_port(scene->server)), 0);
}

bool scene_begin(struct scene *scene, const struct scene_plan *plan)
{
    uint64_t seed = plan->length + (uint64_t)plan->family;
    if (!link_begin(&scene->link, plan->mtu, &plan->impairment, seed))
        return false;
    start_server(scene, plan);
    connect_client(scene, plan);
    scene->length = plan->length;
    scene->message = pattern_new(plan->length, seed);
    scene->reply = bytes_new(plan->length);
    return true;
}

int scene_echo(struct scene *scene)
{
    return se_client_echo(scene->client, scene->message, scene->length, scene->reply);
}

void scene_assert_identical(const struct scene *scene)
{
    assert_same_bytes(scene->reply, scene->message, scene->length);
}

void scene_end(struct scene *scene)
{
    se_client_free(scene->client);
    figures_end(scene->server);
    link_end(&scene->link);
    free(scene->message);
    free(scene->reply);
}
