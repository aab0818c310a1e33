/* What both programs say to the outside: see report.h. */
#include "report.h"

#include "journal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sockecho.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int may_reader_leave;

/* The descriptor is opened the wrong way round, so that whoever uses it gets EBADF as if it were still closed. */
static int hold_place_of_closed(int fd)
{
    if (fcntl(fd, F_GETFD) != -1)
        return 0;
    return open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int prepare_standard_streams(void)
{
    signal(SIGPIPE, SIG_IGN);
    /* In this order: open(2) takes the lowest free number. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (hold_place_of_closed(fd) < 0) {
            complain("cannot open /dev/null: %s", strerror(errno));
            return -1;
        }
    }
    return 0;
}

/* A value from the command line may hold a newline; the complaint that quotes it is one line all the same. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            *text = '?';
}

/* See no-color.org. */
static int is_coloured(void)
{
    const char *refusal = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (refusal != NULL && *refusal != '\0')
        return 0;
    return isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void complain(const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    replace_control_characters(text);
    int in_red = is_coloured();
    fprintf(stderr, "%s%s%s: %s%s\n", journal_prefix(LEVEL_ERROR), in_red ? "\033[31m" : "", program_name, text,
            in_red ? "\033[0m" : "");
}

void let_reader_leave(void)
{
    may_reader_leave = 1;
}

/* A print that failed has left its errno; what is still buffered has to go in any case. */
int flush_output(void)
{
    int has_failed = ferror(stdout);
    int error = errno;
    if (fflush(stdout) == EOF && !has_failed) {
        has_failed = 1;
        error = errno;
    }
    if (!has_failed)
        return 0;
    if (error != EPIPE || !may_reader_leave)
        complain("cannot write to stdout: %s", strerror(error));
    clearerr(stdout);
    return -1;
}

int print_help(const char *text)
{
    fputs(text, stdout);
    return flush_output() == 0 ? EXIT_OK : EXIT_FAILED;
}

int print_version(void)
{
    printf("%s %s\n", program_name, se_version());
    return flush_output() == 0 ? EXIT_OK : EXIT_FAILED;
}
