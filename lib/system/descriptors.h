/* How many descriptors this process may still open. */
#ifndef SE_DESCRIPTORS_H
#define SE_DESCRIPTORS_H

/* RLIMIT_NOFILE less what is open now, never below 0. */
int se__descriptors_left(void);

#endif
