/* How many descriptors this process has and may have. */
#ifndef SE_DESCRIPTORS_H
#define SE_DESCRIPTORS_H

/* RLIMIT_NOFILE, at most INT_MAX. */
int se__descriptors_limit(void);
/* How many are open now. */
int se__descriptors_open(void);

#endif
