/* The two forms in which a finished load is reported. */
#ifndef EXAMPLES_CLIENT_LOAD_REPORT_H
#define EXAMPLES_CLIENT_LOAD_REPORT_H

#include "client-load-result.h"

/* On stdout, for a person or as one JSON object. 0, or -1 after a complaint. */
int print_load_summary(const struct load_result *result);
int print_load_json(const struct load_result *result);

#endif
