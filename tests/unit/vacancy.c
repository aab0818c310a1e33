/* The lowest free number is always the next one, so that closing 0 is all that it takes. */
#include "vacancy.h"

#include <check.h>
#include <fcntl.h>
#include <unistd.h>

static int input; /**< -1 where there was none before */

void vacancy_begin(void)
{
    input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(STDIN_FILENO);
}

void vacancy_end(void)
{
    if (input < 0)
        return;
    ck_assert_int_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
    close(input);
}
