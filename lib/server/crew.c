/* The first worker runs in the thread that the caller lent, each further one in a thread that lives as long as the run.
 * When one cannot go on, it says so in the service, and all of them return. */
#include "server/crew.h"

#include "server/worker.h"
#include "system/deadline.h"
#include "system/thread.h"

#include <errno.h>
#include <stdlib.h>

struct member {
    struct se__crew *crew;
    struct se__worker *worker;
    struct se__wakeup wakeup; /* a further worker's own; unused for the first one */
    pthread_t thread;
    int result;
};

struct se__crew {
    struct se__service *service;
    const struct se__wakeup *wakeup;
    struct se__mailbox *mailboxes[SE__WORKERS_MAX];
    int64_t deadline_ms; /* of the run */
    int count;           /* members that are complete */
    struct member members[];
};

static const struct se__wakeup *wakeup_of(const struct se__crew *crew, int index)
{
    return index == 0 ? crew->wakeup : &crew->members[index].wakeup;
}

static int add_member(struct se__crew *crew, int index)
{
    struct member *member = &crew->members[index];
    member->crew = crew;
    int error = index > 0 ? se__wakeup_begin(&member->wakeup) : 0;
    if (error)
        return error;
    error = se__worker_new(crew->service, index, wakeup_of(crew, index), &member->worker);
    if (error) {
        if (index > 0)
            se__wakeup_end(&member->wakeup);
        return error;
    }
    crew->mailboxes[index] = se__worker_mailbox(member->worker);
    crew->count++;
    return 0;
}

static int fill(struct se__crew *crew, int listen_fd)
{
    int error = 0;
    for (int i = 0; i < crew->service->settings.workers && !error; i++)
        error = add_member(crew, i);
    if (error)
        return error;
    return se__worker_listen(crew->members[0].worker, listen_fd, crew->mailboxes, crew->count);
}

int se__crew_new(struct se__service *service, const struct se__wakeup *wakeup, int listen_fd,
                 struct se__crew **crew_out)
{
    size_t count = (size_t)service->settings.workers;
    struct se__crew *crew = calloc(1, sizeof *crew + count * sizeof crew->members[0]);
    if (!crew)
        return -ENOMEM;
    crew->service = service;
    crew->wakeup = wakeup;
    int error = fill(crew, listen_fd);
    if (error) {
        se__crew_free(crew);
        return error;
    }
    *crew_out = crew;
    return 0;
}

void se__crew_free(struct se__crew *crew)
{
    for (int i = 0; i < crew->count; i++)
        se__worker_end(crew->members[i].worker);
    for (int i = 0; i < crew->count; i++) {
        se__worker_free(crew->members[i].worker);
        if (i > 0)
            se__wakeup_end(&crew->members[i].wakeup);
    }
    free(crew);
}

int se__crew_listen_fd(const struct se__crew *crew)
{
    return se__worker_listen_fd(crew->members[0].worker);
}

static void wake_all(const struct se__crew *crew)
{
    for (int i = 0; i < crew->count; i++)
        se__wakeup_signal(wakeup_of(crew, i));
}

/* The first reason counts; the others then end with it. */
static void fail(const struct se__crew *crew, int error)
{
    int none = 0;
    atomic_compare_exchange_strong(&crew->service->failure, &none, error);
    wake_all(crew);
}

static void *run_member(void *argument)
{
    struct member *member = argument;
    const struct se__crew *crew = member->crew;
    member->result = se__worker_run(member->worker, crew->deadline_ms);
    if (member->result < 0 && member->result != -ETIMEDOUT)
        fail(crew, member->result);
    atomic_fetch_sub(&crew->service->others_at_work, 1);
    se__wakeup_signal(crew->wakeup); /* the first worker may wait for the last of the others */
    return NULL;
}

static int start_others(struct se__crew *crew, int *started_out)
{
    *started_out = 1;
    for (int i = 1; i < crew->count; i++) {
        atomic_fetch_add(&crew->service->others_at_work, 1);
        int error = se__thread_start(&crew->members[i].thread, run_member, &crew->members[i]);
        if (error) {
            atomic_fetch_sub(&crew->service->others_at_work, 1);
            return error;
        }
        (*started_out)++;
    }
    return 0;
}

int se__crew_run(struct se__crew *crew, int64_t deadline_ms)
{
    atomic_store(&crew->service->failure, 0);
    crew->deadline_ms = deadline_ms;
    int started;
    int result = start_others(crew, &started);
    if (!result)
        result = se__worker_run(crew->members[0].worker, deadline_ms);
    if (result < 0 && result != -ETIMEDOUT)
        fail(crew, result);
    for (int i = 1; i < started; i++) {
        se__thread_join(crew->members[i].thread);
        if (result == 0)
            result = crew->members[i].result; /* it may have met the deadline with peers to serve */
    }
    int failure = atomic_load(&crew->service->failure);
    return failure ? failure : result;
}

int se__crew_run_ready(struct se__crew *crew)
{
    int result = 0;
    for (int i = 0; i < crew->count; i++) {
        int error = se__worker_run_ready(crew->members[i].worker);
        if (error && (result == 0 || result == -EAGAIN))
            result = error;
    }
    return result;
}

int se__crew_fd(const struct se__crew *crew)
{
    return se__worker_fd(crew->members[0].worker);
}

int64_t se__crew_due_ms(const struct se__crew *crew)
{
    int64_t due_ms = SE__NEVER;
    for (int i = 0; i < crew->count; i++)
        due_ms = se__sooner(due_ms, se__worker_due_ms(crew->members[i].worker));
    return due_ms;
}

int64_t se__crew_stat(const struct se__crew *crew, enum se_server_stat stat)
{
    int64_t sum = 0;
    for (int i = 0; i < crew->count; i++)
        sum += se__tally_get(se__worker_tally(crew->members[i].worker), stat);
    return sum;
}
