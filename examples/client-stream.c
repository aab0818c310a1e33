/* sockecho-client as a filter: streams stdin through the server to stdout, a chunk at a time. A chunk is what one
 * read(2) gives, so that a line typed into a pipe comes back at once. The library checks every byte.
 */
#include "client-connection.h"
#include "client-modes.h"
#include "client-progress.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_SIZE = 256 * 1024 };

static int echo_chunk(struct se_client *client, char *chunk, size_t length, int64_t offset, struct progress *progress)
{
    /* The reply may be the message itself: an echo that is right holds the same bytes. */
    int error = se_client_echo(client, chunk, length, chunk);
    if (error < 0) {
        char reason[256];
        describe_echo(client, offset, error, reason, sizeof reason);
        end_progress(progress);
        complain("stdin: %s", reason);
        return -1;
    }
    fwrite(chunk, 1, length, stdout);
    if (fflush(stdout) == EOF)
        end_progress(progress);
    else
        show_progress(progress, offset + (int64_t)length);
    return flush_output();
}

static int echo_chunks(struct se_client *client, char *chunk, struct progress *progress)
{
    ssize_t length;
    for (int64_t offset = 0; (length = read(STDIN_FILENO, chunk, CHUNK_SIZE)) > 0; offset += length)
        if (echo_chunk(client, chunk, (size_t)length, offset, progress) < 0)
            return -1;
    end_progress(progress);
    if (length < 0) {
        complain("cannot read stdin: %s", strerror(errno));
        return -1;
    }
    return 0;
}

int echo_stdin(struct se_client *client)
{
    char *chunk = malloc(CHUNK_SIZE);
    if (chunk == NULL) {
        complain("no memory for a chunk of %d bytes", CHUNK_SIZE);
        return -1;
    }
    struct progress progress;
    begin_progress(&progress);
    int result = echo_chunks(client, chunk, &progress);
    free(chunk);
    return result;
}
