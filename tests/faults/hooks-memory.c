/* Memory, and what a program has to give back as it gives back memory. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aim.h"
#include "hooks.h"
#include "ledger.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
DIR *__real_opendir(const char *path);
int __real_closedir(DIR *folder);
int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_destroy(pthread_mutex_t *lock);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_pthread_cond_destroy(pthread_cond_t *condition);

static bool is_library(void)
{
    return phase_now() != OUTSIDE;
}

static bool is_refused(void)
{
    struct bend bend = aim_bend(CALL_MEMORY);
    if (bend.kind == AS_IT_IS)
        return false;
    errno = bend.value;
    return true;
}

static void *taken(void *memory)
{
    if (memory && is_library())
        ledger_take(MEMORY);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (is_refused())
        return NULL;
    return memory ? __real_realloc(memory, size) : taken(__real_malloc(size));
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : taken(__real_strdup(text));
}

void __wrap_free(void *memory)
{
    if (memory && is_library())
        ledger_give_back(MEMORY);
    __real_free(memory);
}

DIR *__wrap_opendir(const char *path)
{
    struct bend bend = aim_bend(CALL_OPENDIR);
    if (bend.kind != AS_IT_IS) {
        errno = bend.value;
        return NULL;
    }
    DIR *folder = __real_opendir(path);
    if (folder && is_library())
        ledger_take(FOLDERS);
    return folder;
}

int __wrap_closedir(DIR *folder)
{
    if (is_library())
        ledger_give_back(FOLDERS);
    return __real_closedir(folder);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    struct bend bend = aim_bend(CALL_MUTEX_INIT);
    if (bend.kind != AS_IT_IS)
        return bend.value;
    if (is_library())
        ledger_take(LOCKS);
    return __real_pthread_mutex_init(lock, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    if (is_library())
        ledger_give_back(LOCKS);
    return __real_pthread_mutex_destroy(lock);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    struct bend bend = aim_bend(CALL_COND_INIT);
    if (bend.kind != AS_IT_IS)
        return bend.value;
    if (is_library())
        ledger_take(CONDITIONS);
    return __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
    if (is_library())
        ledger_give_back(CONDITIONS);
    return __real_pthread_cond_destroy(condition);
}
