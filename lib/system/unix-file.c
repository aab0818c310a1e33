/* The file outlives the socket that made it, and binding never replaces one. Whether somebody still listens, only
 * connecting tells: it is refused by a file that is left over. So it is by one that somebody has bound and not yet
 * listens on, and nothing tells the two apart. */
#include "system/unix-file.h"

#include "system/socket.h"

#include <errno.h>
#include <unistd.h>

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_left_over(const struct se__address *address, const struct stat *seen)
{
    if (!S_ISSOCK(seen->st_mode))
        return false;
    int fd;
    int result = se__socket_connect(address, &fd);
    if (result == 0 || result == -EINPROGRESS)
        se__socket_close(fd);
    return result == -ECONNREFUSED;
}

/* True where the file was left over and is gone now. */
static bool remove_left_over(const struct se__address *address)
{
    const char *path = se__address_path(address);
    struct stat seen;
    struct stat again;
    if (lstat(path, &seen) || !is_left_over(address, &seen))
        return false;
    if (lstat(path, &again) || !is_same_file(&seen, &again))
        return false;
    return unlink(path) == 0;
}

int se__unix_file_listen(const char *path, struct se__unix_file *file_out, int *fd_out)
{
    int error = se__address_unix(path, &file_out->address);
    if (error)
        return error;
    error = se__socket_listen(&file_out->address, fd_out);
    if (error == -EADDRINUSE && remove_left_over(&file_out->address))
        error = se__socket_listen(&file_out->address, fd_out);
    if (error)
        return error;
    file_out->exists = lstat(path, &file_out->made) == 0;
    return 0;
}

void se__unix_file_remove(struct se__unix_file *file)
{
    struct stat now;
    const char *path = se__address_path(&file->address);
    if (file->exists && lstat(path, &now) == 0 && is_same_file(&file->made, &now))
        unlink(path);
    file->exists = false;
}
