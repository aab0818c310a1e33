/* Where threads wait for each other: it opens when all who are expected have come. */
#ifndef SE_GATE_H
#define SE_GATE_H

#include <pthread.h>

struct se__gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    int expected;
    int waiting;
    int openings; /* so far; it tells this one from the next */
};

int se__gate_begin(struct se__gate *gate, int expected);
void se__gate_end(struct se__gate *gate);
/* Waits for the others. */
void se__gate_pass(struct se__gate *gate);
/* One of the expected will not come any more. */
void se__gate_expect_fewer(struct se__gate *gate);

#endif
