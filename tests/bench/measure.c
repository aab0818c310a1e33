/* What the measuring programs share: see measure.h. */
#include "measure.h"

#include "report.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

static const int64_t NS_PER_S = 1000000000;
static const int64_t NS_PER_US = 1000;

int64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t ns_of(struct timeval time)
{
    return time.tv_sec * NS_PER_S + time.tv_usec * NS_PER_US;
}

int64_t bench_cpu_ns(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
}

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a;
    double second = *(const double *)b;
    return (first > second) - (first < second);
}

double bench_median(const double *values, size_t count)
{
    double *sorted = count > 0 ? malloc(count * sizeof *sorted) : NULL;
    if (sorted == NULL)
        bench_die("no figures, or no memory for them");
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    free(sorted);
    return median;
}

void bench_print_series(const char *key, const double *values, size_t count)
{
    printf(", \"%s\": [", key);
    for (size_t i = 0; i < count; i++)
        printf("%s%.4f", i > 0 ? ", " : "", values[i]);
    printf("], \"%s_median\": %.4f", key, bench_median(values, count));
}

void bench_die(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complain("%s", text);
    exit(EXIT_FAILED);
}

static struct addrinfo *resolve(const struct bench_place *place)
{
    char port[sizeof "65535"];
    struct addrinfo *addresses;
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    snprintf(port, sizeof port, "%u", (unsigned)place->port & 0xffff);
    if (getaddrinfo(place->host, port, &hints, &addresses) != 0)
        bench_die("no address for '%s'", place->host);
    return addresses;
}

int bench_connect(const struct bench_place *place)
{
    struct addrinfo *address = resolve(place);
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        bench_die("cannot connect to '%s' port %d: %s", place->host, place->port, strerror(errno));
    freeaddrinfo(address);
    return fd;
}
