/* The three forms in which a finished load is reported. */
#ifndef EXAMPLES_CLIENT_LOAD_REPORT_H
#define EXAMPLES_CLIENT_LOAD_REPORT_H

#include "client-load-result.h"

#include <stdio.h>

/* On stdout, for a person or as one JSON object. 0, or -1 after a complaint. */
int print_load_summary(const struct load_result *result);
int print_load_json(const struct load_result *result);

/* The distribution of the round trips, in HdrHistogram's percentile text form, in microseconds. Whether it got out, the
 * stream knows.
 */
void write_load_histogram(const struct se_load *load, FILE *stream);

#endif
