/* What sockecho-client --help prints. */
#ifndef EXAMPLES_CLIENT_HELP_H
#define EXAMPLES_CLIENT_HELP_H

extern const char client_help[];

#endif
