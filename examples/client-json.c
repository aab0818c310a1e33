/* JSON on stdout: see client-json.h. */
#include "client-json.h"

#include <inttypes.h>
#include <stdio.h>

static void put_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char character = (unsigned char)*text;
        if (character < ' ' || character > '~' || character == '"' || character == '\\')
            printf("\\u%04x", (unsigned)character);
        else
            putchar(character);
    }
    putchar('"');
}

void begin_json(struct json *json, enum json_layout layout)
{
    *json = (struct json){.layout = layout};
    fputs(layout == JSON_OF_LINES ? "{\n  " : "{", stdout);
}

void end_json(struct json *json)
{
    puts(json->layout == JSON_OF_LINES ? "\n}" : "}");
}

static void put_key(struct json *json, const char *key)
{
    if (json->has_members)
        fputs(json->layout == JSON_OF_LINES ? ",\n  " : ", ", stdout);
    json->has_members = 1;
    printf("\"%s\": ", key);
}

void put_json_text(struct json *json, const char *key, const char *text)
{
    put_key(json, key);
    if (text != NULL)
        put_string(text);
    else
        fputs("null", stdout);
}

void put_json_truth(struct json *json, const char *key, int truth)
{
    put_key(json, key);
    fputs(truth ? "true" : "false", stdout);
}

void put_json_count(struct json *json, const char *key, int64_t count)
{
    put_key(json, key);
    if (count >= 0)
        printf("%" PRId64, count);
    else
        fputs("null", stdout);
}

void put_json_number(struct json *json, const char *key, double number)
{
    put_key(json, key);
    if (number >= 0)
        printf("%.3f", number);
    else
        fputs("null", stdout);
}
