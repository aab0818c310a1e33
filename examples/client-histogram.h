/* --histogram FILE: the distribution of round trips, in HdrHistogram's percentile text form, in microseconds. */
#ifndef EXAMPLES_CLIENT_HISTOGRAM_H
#define EXAMPLES_CLIENT_HISTOGRAM_H

#include "client-round-trips.h"

#include <stdio.h>

/* The file is opened before anything is measured: who cannot have it shall not wait to hear so. A path that is NULL
 * gives no file and succeeds. 0, or -1 after a complaint.
 */
int open_histogram(const char *path, FILE **file_out);

/* Writes to the file, if there is one. 0, or -1 after a complaint. The file stays open. */
int write_histogram(const struct round_trips *trips, FILE *file, const char *path);

void close_histogram(FILE *file);

#endif
