/* A program of a user of libsockecho, written from the design page and the public headers alone. It checks what they
 * promise and prints a line for each check (TAP): "ok N - sentence", then "1..N". It exits 0 only if all passed.
 * Threads are counted first, while none has been joined that the kernel may still list. */
#define _POSIX_C_SOURCE 200809L

#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WATCHDOG_SECONDS = 60 };

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(WATCHDOG_SECONDS);
    watch_sigpipe();
    thread_checks();
    value_checks();
    server_listening_checks();
    server_run_checks();
    server_peer_checks();
    server_ending_checks();
    client_call_checks();
    client_waiting_checks();
    client_answer_checks();
    process_checks();
    return report_checks() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
