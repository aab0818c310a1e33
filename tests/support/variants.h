/** @file variants.h
 * The kinds of server that a limit has to hold on: each poller, with one worker and with three. A test that is added
 * with tcase_add_loop_test(tcase, test, 0, VARIANTS) runs once for each.
 */
#ifndef SUPPORT_VARIANTS_H
#define SUPPORT_VARIANTS_H

#include <stdbool.h>

#include <sockecho.h>

enum { VARIANTS = 4 };

/** A server of that variant on a free port of 127.0.0.1, which does not run yet. NULL where this build of the library
 * has no such poller; it says so on stderr then, and the test returns. */
struct se_server *variant_new(int variant);

/** As variant_new(), for a server that was made already. Returns false and frees it where there is no such poller. */
bool variant_apply(int variant, struct se_server *server);

#endif
