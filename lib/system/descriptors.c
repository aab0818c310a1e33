/* The system lists a process's descriptors in /dev/fd. Where it does not, the lowest free number is a good guess:
 * descriptors are given out from the bottom. */
#include "system/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

static int count_listed(void)
{
    DIR *list = opendir("/dev/fd");
    if (!list)
        return -1;
    int count = -1; /* the list itself needs a descriptor */
    for (const struct dirent *entry = readdir(list); entry; entry = readdir(list))
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

static int lowest_free(void)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return INT_MAX; /* there is none left */
    close(fd);
    return fd;
}

int se__descriptors_limit(void)
{
    struct rlimit limit;
    /* It cannot fail: every system has this limit, and the address is good. */
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < INT_MAX ? (int)limit.rlim_cur : INT_MAX;
}

int se__descriptors_open(void)
{
    int count = count_listed();
    return count >= 0 ? count : lowest_free();
}
