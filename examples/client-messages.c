/* sockecho-client with messages: echoes each and prints what came back, a line each. */
#include "client-connection.h"
#include "client-modes.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_line(const char *text, size_t length)
{
    fwrite(text, 1, length, stdout);
    putchar('\n');
    return flush_output();
}

static int echo_into(struct se_client *client, int number, const char *message, size_t length, char *reply)
{
    int error = se_client_echo(client, message, length, reply);
    if (error < 0) {
        char reason[256];
        describe_echo(client, 0, error, reason, sizeof reason);
        complain("message %d: %s", number, reason);
        return -1;
    }
    return print_line(reply, length);
}

static int echo_message(struct se_client *client, int number, const char *message)
{
    size_t length = strlen(message);
    char *reply = malloc(length + 1);
    if (reply == NULL) {
        complain("no memory for the reply to message %d", number);
        return -1;
    }
    int result = echo_into(client, number, message, length, reply);
    free(reply);
    return result;
}

int echo_messages(struct se_client *client, const struct client_options *options)
{
    for (int i = 0; i < options->message_count; i++)
        if (echo_message(client, i + 1, options->messages[i]) < 0)
            return -1;
    return 0;
}
