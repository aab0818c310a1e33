/* What the options of sockecho-client mean together: which action they ask for, whether each has a place in it, and
 * what was not given.
 */
#ifndef EXAMPLES_CLIENT_SETTLE_H
#define EXAMPLES_CLIENT_SETTLE_H

#include "client-options.h"

/* The numbers of the long options without a letter, above those of every letter. Those of client-load-options.h are
 * above these.
 */
enum { OPTION_UNIX = 256, OPTION_PING, OPTION_JSON, OPTION_FORMAT, OPTION_HISTOGRAM, OPTION_VERSION };

/* Keeps in mind that this option was given. */
void note_option(struct client_options *options, int option);

/* The operands are what stands behind the options. 0, or -1 after a complaint. */
int settle_client_options(struct client_options *options, int count, char **operands);

#endif
