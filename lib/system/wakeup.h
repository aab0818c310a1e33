/* Wakes a thread that waits in a poller, from any thread or signal handler: one write(2), nothing else. Meson picks
 * wakeup-eventfd.c or, where there is no eventfd(2), wakeup-pipe.c. */
#ifndef SE_WAKEUP_H
#define SE_WAKEUP_H

struct se__wakeup {
    int read_fd; /* readable after a signal */
    int write_fd;
};

int se__wakeup_begin(struct se__wakeup *wakeup);
void se__wakeup_end(struct se__wakeup *wakeup);
/* Async-signal-safe; keeps errno. */
void se__wakeup_signal(const struct se__wakeup *wakeup);
/* Takes all signals that have come. */
void se__wakeup_clear(const struct se__wakeup *wakeup);

#endif
