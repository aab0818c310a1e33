/* The forms in which a ping is reported while it runs and at its end: for a person, as JSON, or as echoping(1) does.
 * Each function prints on stdout, and gives 0, or -1 after a complaint that stdout does not take it. One that is NULL
 * has nothing to say.
 */
#ifndef EXAMPLES_CLIENT_PING_REPORT_H
#define EXAMPLES_CLIENT_PING_REPORT_H

#include "client-options.h"
#include "client-ping-result.h"

struct ping_reply {
    int64_t sequence;
    const char *peer;
    int64_t rtt_ns;
};

struct ping_error {
    int64_t sequence; /* of the echo that was lost; below 0 where none was */
    int loss;         /* one of enum ping_loss; below 0 where none was */
    int error;        /* of the library */
    int64_t mismatch_at;
    const char *reason;
};

struct ping_format {
    int (*start)(const struct client_options *options);
    int (*reply)(const struct client_options *options, const struct ping_reply *reply);
    int (*error)(const struct ping_error *error);
    int (*summary)(const struct ping_result *result, int is_final);
};

extern const struct ping_format text_format;
extern const struct ping_format json_format;
extern const struct ping_format echoping_format;

#endif
