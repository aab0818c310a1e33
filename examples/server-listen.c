/* A failure to listen names the place, and for a privileged port what would allow it: see server-listen.h. */
#include "server-listen.h"

#include "report.h"
#include "service-manager.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* The kernel asks for a privilege below this number, unless an administrator has changed it. */
enum { FIRST_FREE_PORT = 1024 };

static const char *host_of(const struct server_options *options)
{
    return options->host != NULL ? options->host : "127.0.0.1";
}

static int port_of(const struct server_options *options)
{
    return options->port != 0 ? options->port : 7;
}

static int open_listener(const struct server_options *options, int handed_fd, struct se_server **server_out)
{
    if (handed_fd != NO_DESCRIPTOR)
        return se_server_new_from_fd(handed_fd, server_out);
    if (options->unix_path != NULL)
        return se_server_new_unix(options->unix_path, server_out);
    return se_server_new(host_of(options), port_of(options), server_out);
}

static const char *advice(int port, int error)
{
    if (error != -EACCES || port >= FIRST_FREE_PORT)
        return "";
    return "; what would allow it: the capability CAP_NET_BIND_SERVICE, a lower sysctl "
           "net.ipv4.ip_unprivileged_port_start, "
           "a socket from systemd, or another port (-p)";
}

/* The library has one error for a socket that somebody serves and for a file that is none. */
static const char *reason_for_unix(const char *path, int error)
{
    struct stat there;
    if (error == -EADDRINUSE && lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode))
        return "a file of that name is there, and it is no socket";
    return se_strerror(error);
}

static void complain_of_listening(const struct server_options *options, int handed_fd, int error)
{
    const char *reason = se_strerror(error);
    if (handed_fd != NO_DESCRIPTOR)
        complain("cannot listen on descriptor %d, which was handed over: %s", handed_fd, reason);
    else if (options->unix_path != NULL)
        complain("cannot listen on unix socket '%s': %s", options->unix_path,
                 reason_for_unix(options->unix_path, error));
    else if (options->port == SE_PORT_ANY)
        complain("cannot listen on '%s': %s", host_of(options), reason);
    else
        complain("cannot listen on '%s' port %d: %s%s", host_of(options), port_of(options), reason,
                 advice(port_of(options), error));
}

int begin_to_listen(const struct server_options *options, int handed_fd, struct se_server **server_out)
{
    int error = open_listener(options, handed_fd, server_out);
    if (error == 0)
        return 0;
    complain_of_listening(options, handed_fd, error);
    return -1;
}

int announce(const struct se_server *server)
{
    char address[128];
    int error = se_server_address(server, address, sizeof address);
    if (error < 0) {
        complain("cannot tell the address: %s", se_strerror(error));
        return -1;
    }
    printf("listening on %s\n", address);
    return flush_output();
}
