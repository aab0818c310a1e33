/* The file of a listening unix socket: replaced where a server left it behind, removed where it is still ours. */
#ifndef SE_UNIX_FILE_H
#define SE_UNIX_FILE_H

#include "system/address.h"

#include <sys/stat.h>

struct se__unix_file {
    struct se__address address;
    struct stat made; /* as it was right after binding, to know it again */
    bool exists;
};

/* 0, -EADDRINUSE where somebody listens or the file is no socket, or another -errno. */
int se__unix_file_listen(const char *path, struct se__unix_file *file_out, int *fd_out);
/* Removes the file unless somebody else's has taken its place. Twice is fine. */
void se__unix_file_remove(struct se__unix_file *file);

#endif
