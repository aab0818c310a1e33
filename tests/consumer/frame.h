/* The frame of the checks: a check is a sentence and a function, and prints a line of TAP. The program ends with
 * report_checks. The groups of checks, a file each, are declared at the end. */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

void expect_equal(int64_t got, int64_t wanted, const char *what);
void expect_true(int condition, const char *what);
int count_entries(const char *path);
void run_check(const char *sentence, void (*body)(void));
int64_t now_ms(void);
/* Bytes whose period is no power of two: a block that is lost, doubled or swapped shows. */
unsigned char *new_message(size_t length);
/* Without SA_RESTART, so that a signal does interrupt system calls. */
void handle_signal(int number, void (*handler)(int));

/* Prints how many checks there were, and returns how many of them failed. */
int report_checks(void);

void thread_checks(void);
void value_checks(void);
void server_listening_checks(void);
void server_run_checks(void);
void server_peer_checks(void);
void server_ending_checks(void);
void client_call_checks(void);
void client_waiting_checks(void);
void client_answer_checks(void);
void process_checks(void);

/* From here on SIGPIPE is counted; process_checks says how often it came. */
void watch_sigpipe(void);

#endif
