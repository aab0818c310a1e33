/* One flat JSON object (RFC 8259) on stdout, member by member: what is not known is null. */
#ifndef EXAMPLES_CLIENT_JSON_H
#define EXAMPLES_CLIENT_JSON_H

#include <stdint.h>

/* Whether each member has a line of its own, or the object is one line. */
enum json_layout { JSON_OF_LINES, JSON_IN_ONE_LINE };

struct json {
    enum json_layout layout;
    int has_members;
};

void begin_json(struct json *json, enum json_layout layout);
void end_json(struct json *json);

/* NULL is null. Bytes beyond ASCII are taken for Latin-1: whatever a host name holds, the object is valid. */
void put_json_text(struct json *json, const char *key, const char *text);

void put_json_truth(struct json *json, const char *key, int truth);

/* Below 0 is null. */
void put_json_count(struct json *json, const char *key, int64_t count);

/* With three decimals; below 0 is null. */
void put_json_number(struct json *json, const char *key, double number);

#endif
