/* The frame of the checks. What must hold after every one of them is looked at here: no descriptor is left open. */
#define _POSIX_C_SOURCE 200809L

#include "frame.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int checks_run;
static int checks_failed;
static int faults_in_check;

void expect_equal(int64_t got, int64_t wanted, const char *what)
{
    if (got == wanted)
        return;
    faults_in_check++;
    printf("# %s: got %lld, wanted %lld\n", what, (long long)got, (long long)wanted);
}

void expect_true(int condition, const char *what)
{
    if (condition)
        return;
    faults_in_check++;
    printf("# not so: %s\n", what);
}

int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    if (directory == NULL)
        return -errno;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

void run_check(const char *sentence, void (*body)(void))
{
    int descriptors = count_entries("/proc/self/fd");
    faults_in_check = 0;
    body();
    expect_true(descriptors > 0, "open descriptors can be counted");
    expect_equal(count_entries("/proc/self/fd"), descriptors, "open descriptors after the check, as before it");
    checks_run++;
    checks_failed += faults_in_check > 0;
    printf("%s %d - %s\n", faults_in_check > 0 ? "not ok" : "ok", checks_run, sentence);
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned char *new_message(size_t length)
{
    unsigned char *message = malloc(length + 1);
    if (message == NULL)
        abort();
    for (size_t i = 0; i <= length; i++)
        message[i] = (unsigned char)(i % 251);
    return message;
}

void handle_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    expect_equal(sigaction(number, &action, NULL), 0, "sigaction");
}

int report_checks(void)
{
    printf("1..%d\n", checks_run);
    return checks_failed;
}
