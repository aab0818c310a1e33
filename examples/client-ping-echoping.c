/* A ping for what used to read echoping(1), such as SmokePing's EchoPing probe: seconds, a line a reply, nothing else.
 */
#include "client-ping-report.h"
#include "report.h"

#include <stdio.h>

static int print_reply(const struct client_options *options, const struct ping_reply *reply)
{
    (void)options;
    printf("Elapsed time: %.6f seconds\n", (double)reply->rtt_ns / 1e9);
    return flush_output();
}

const struct ping_format echoping_format = {.reply = print_reply};
