/* Every use of a number that is not open is a defect of the library: the number may be somebody else's. */
#include "descriptors.h"

#include "calls.h"
#include "failure.h"
#include "judge.h"

static struct descriptor table[DESCRIPTORS_MAX];
static int limit;
static int open_count;
static int lowest_free;

void descriptors_begin(void)
{
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        table[fd].kind = CLOSED;
    limit = DESCRIPTORS_MAX;
    open_count = 0;
    lowest_free = DESCRIPTORS_FIRST;
}

void descriptors_set_limit(int new_limit)
{
    limit = new_limit;
}

int descriptors_limit(void)
{
    return limit;
}

int descriptors_count(void)
{
    return open_count;
}

int descriptors_open(enum descriptor_kind kind, void *object)
{
    if (lowest_free >= limit)
        return -1;
    int fd = lowest_free;
    table[fd] = (struct descriptor){.kind = kind, .object = object};
    open_count++;
    while (lowest_free < DESCRIPTORS_MAX && table[lowest_free].kind != CLOSED)
        lowest_free++;
    return fd;
}

struct descriptor *descriptors_get_any(int fd)
{
    demand(fd >= DESCRIPTORS_FIRST && fd < DESCRIPTORS_MAX && table[fd].kind != CLOSED,
           "every call is for an open descriptor", fd);
    return &table[fd];
}

struct descriptor *descriptors_get(int fd, enum descriptor_kind kind)
{
    struct descriptor *descriptor = descriptors_get_any(fd);
    demand(descriptor->kind == kind, "every call is for a descriptor of its kind", fd);
    return descriptor;
}

void descriptors_close(int fd)
{
    descriptors_get_any(fd)->kind = CLOSED;
    open_count--;
    if (fd < lowest_free)
        lowest_free = fd;
}

/* As many as the process has in use below the first number that is ours. */
int __wrap_se__descriptors_limit(void)
{
    return limit;
}

int __wrap_se__descriptors_open(void)
{
    int in_use = DESCRIPTORS_FIRST + open_count;
    judge_room(limit - in_use - 1);
    return in_use;
}
