/* Threads of the library's own. */
#ifndef SE_THREAD_H
#define SE_THREAD_H

#include <pthread.h>

/* Starts a thread in which every signal is blocked: a host's signals are for the host's own threads. 0 or -errno. */
int se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument);
/* Waits for its end. 0 or -errno. */
int se__thread_join(pthread_t thread);

#endif
