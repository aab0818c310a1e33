/* A call that waits for the server's end would wait for itself in the callback. So each thread that enters the callback
 * leaves a note on its own stack, in a list that the waiting calls look through first. */
#include "server/service.h"

struct se__caller {
    pthread_t thread;
    struct se__caller *next;
};

int se__service_begin(struct se__service *service, struct se_server *server, const struct se__wakeup *wakeup)
{
    service->server = server;
    service->wakeup = wakeup;
    int error = -pthread_mutex_init(&service->callers_lock, NULL);
    if (error)
        return error;
    error = se__census_begin(&service->census);
    if (error)
        pthread_mutex_destroy(&service->callers_lock);
    return error;
}

void se__service_end(struct se__service *service)
{
    se__census_end(&service->census);
    pthread_mutex_destroy(&service->callers_lock);
}

void se__service_count_out(struct se__service *service, uint64_t address_key)
{
    se__census_leave(&service->census, address_key);
    if (atomic_load(&service->is_listener_resting))
        se__wakeup_signal(service->wakeup);
}

static void enter(struct se__service *service, struct se__caller *caller)
{
    pthread_mutex_lock(&service->callers_lock);
    caller->next = service->callers;
    service->callers = caller;
    pthread_mutex_unlock(&service->callers_lock);
}

static void leave(struct se__service *service, const struct se__caller *caller)
{
    pthread_mutex_lock(&service->callers_lock);
    struct se__caller **link = &service->callers;
    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
    pthread_mutex_unlock(&service->callers_lock);
}

int se__service_notify(struct se__service *service, enum se_event event, const struct se_connection *connection)
{
    const struct se__settings *settings = &service->settings;
    if (!settings->callback)
        return 0;
    struct se__caller caller = {.thread = pthread_self()};
    enter(service, &caller);
    int result = settings->callback(service->server, (int)event, connection, settings->user_data);
    leave(service, &caller);
    return result;
}

bool se__service_is_in_callback(struct se__service *service)
{
    bool found = false;
    pthread_mutex_lock(&service->callers_lock);
    for (const struct se__caller *caller = service->callers; caller && !found; caller = caller->next)
        found = pthread_equal(caller->thread, pthread_self());
    pthread_mutex_unlock(&service->callers_lock);
    return found;
}
