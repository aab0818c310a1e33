/* What the measuring programs share: clocks, the middle of many figures, figures in JSON, and a plain connection. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "options.h"

#include <stddef.h>
#include <stdint.h>

/* On CLOCK_MONOTONIC. */
int64_t bench_now_ns(void);

/* What this process has taken of the processors, in user space and in the kernel. */
int64_t bench_cpu_ns(void);

/* The middle one, or the mean of the two in the middle. Sorts nothing. */
double bench_median(const double *values, size_t count);

/* Prints `"KEY": [1.5, 2.0]`, and the median as `"KEY_median": 1.75`, with a comma before each. */
void bench_print_series(const char *key, const double *values, size_t count);

/* Ends the program after a complaint. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_die(const char *format, ...);

/* A blocking socket with TCP_NODELAY. Ends the program where it cannot be had. */
int bench_connect(const struct bench_place *place);

#endif
