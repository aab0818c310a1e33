/* What a service manager such as systemd gives to a program and wants to hear from it, in its environment: a socket
 * that listens already (sd_listen_fds(3)), and where to say that the service is ready or stops (sd_notify(3)). The two
 * protocols are so small that they need no library.
 */
#ifndef EXAMPLES_SERVICE_MANAGER_H
#define EXAMPLES_SERVICE_MANAGER_H

/* As a descriptor: there is none. */
enum { NO_DESCRIPTOR = -1 };

/* Takes LISTEN_PID and LISTEN_FDS out of the environment. 0 and the descriptor of the socket that was handed over to
 * this process, if there is one; -1 after a complaint.
 */
int take_socket(int *fd_out);

/* The descriptor for notify_service_manager(), opened early so that it is there when no more can be opened.
 * NO_DESCRIPTOR where nobody wants to hear, or after a complaint: that is no reason not to serve.
 */
int open_service_manager(void);

/* From any thread. */
void notify_service_manager(int manager_fd, const char *state);

void close_service_manager(int manager_fd);

#endif
