/* The command line of the measuring programs: see options.h. */
#include "options.h"

#include "arguments.h"
#include "report.h"

#include <getopt.h>
#include <stddef.h>
#include <unistd.h>

enum { OPTIONS_MAX = 8, FIRST_LONG = 256 };

static const char short_options[] = ":p:";

static void list_long_options(const struct bench_option *options, struct option long_options[OPTIONS_MAX + 1])
{
    for (int i = 0; i < OPTIONS_MAX && options[i].name != NULL; i++)
        long_options[i] = (struct option){.name = options[i].name, .has_arg = required_argument, .val = FIRST_LONG + i};
}

static int apply(const struct bench_option *option, const char *value)
{
    if (option->most == 0)
        return read_seconds(option->name, value, option->least, option->value);
    return read_whole_number(option->name, value, option->least, option->most, option->value);
}

static int read_place(int count, char **arguments, struct bench_place *place)
{
    if (count != 1 || place->port == 0) {
        complain("a server is named by '-p PORT HOST'");
        return -1;
    }
    return read_text("host", arguments[0], &place->host);
}

int bench_read_options(int count, char **arguments, const struct bench_option *options, struct bench_place *place_out)
{
    struct option long_options[OPTIONS_MAX + 1] = {{.name = NULL}};
    struct bench_place place = {.host = NULL};
    int option;
    list_long_options(options, long_options);
    opterr = 0;
    while ((option = getopt_long(count, arguments, short_options, long_options, NULL)) != -1) {
        int error = 0;
        if (option >= FIRST_LONG)
            error = apply(&options[option - FIRST_LONG], optarg);
        else if (option == 'p')
            error = read_port(optarg, &place.port);
        else {
            complain("unknown option or missing value: '%s'", arguments[optind - 1]);
            error = -1;
        }
        if (error < 0)
            return error;
    }
    if (place_out == NULL)
        return 0;
    int error = read_place(count - optind, arguments + optind, &place);
    *place_out = place;
    return error;
}
