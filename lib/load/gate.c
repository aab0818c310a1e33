/* pthread_barrier_wait(3) would do, if the number of those who are expected could fall. */
#include "load/gate.h"

int se__gate_begin(struct se__gate *gate, int expected)
{
    *gate = (struct se__gate){.expected = expected};
    int error = pthread_mutex_init(&gate->lock, NULL);
    if (error)
        return -error;
    error = pthread_cond_init(&gate->opened, NULL);
    if (error)
        pthread_mutex_destroy(&gate->lock);
    return -error;
}

void se__gate_end(struct se__gate *gate)
{
    pthread_cond_destroy(&gate->opened);
    pthread_mutex_destroy(&gate->lock);
}

static void open_if_complete(struct se__gate *gate)
{
    if (gate->waiting < gate->expected)
        return;
    gate->waiting = 0;
    gate->openings++;
    pthread_cond_broadcast(&gate->opened);
}

void se__gate_pass(struct se__gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    int openings = gate->openings;
    gate->waiting++;
    open_if_complete(gate);
    while (gate->openings == openings)
        pthread_cond_wait(&gate->opened, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

void se__gate_expect_fewer(struct se__gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->expected--;
    if (gate->waiting > 0)
        open_if_complete(gate);
    pthread_mutex_unlock(&gate->lock);
}
