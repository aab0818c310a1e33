/* The journal says in JOURNAL_STREAM which file it reads, for stderr may have been redirected since: see journal.h. */
#include "journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat file;
    if (stream == NULL || fstat(fd, &file) == -1)
        return 0;
    char own[64];
    snprintf(own, sizeof own, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)file.st_dev, (uintmax_t)file.st_ino);
    return strcmp(stream, own) == 0;
}

const char *journal_prefix(enum journal_level level)
{
    static const char *const prefixes[] = {
        [LEVEL_ERROR] = "<3>", [LEVEL_WARNING] = "<4>", [LEVEL_NOTICE] = "<5>", [LEVEL_INFO] = "<6>"};
    return is_journal(STDERR_FILENO) ? prefixes[level] : "";
}
