/** @file scene.h
 * A server and a client of the library with a bad link between them. The client blocks no longer than the tests'
 * patience.
 */
#ifndef NETWORKS_SCENE_H
#define NETWORKS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sockecho.h>

#include "link.h"

struct scene {
    struct link link;
    struct se_server *server;
    struct se_client *client;
    uint8_t *message;
    uint8_t *reply;
    size_t length;
};

/** How a scene is set. */
struct scene_plan {
    int family; /**< an index of link_server_addresses */
    int mtu;
    struct impairment impairment;
    size_t length;                            /**< of the message */
    void (*set_up)(struct se_server *server); /**< before the server runs; may be NULL */
};

/** Sets it: the server runs, and the client is connected. The seed of all chance is the length and the family.
 * Returns false where the system does not allow it. */
bool scene_begin(struct scene *scene, const struct scene_plan *plan);

/** One call of se_client_echo() with the message. */
int scene_echo(struct scene *scene);

/** Asserts that the reply is the message. */
void scene_assert_identical(const struct scene *scene);

/** Stops the server, asserts that its figures fit together, and takes everything down. */
void scene_end(struct scene *scene);

#endif
