/* Nothing but raw.h, once for each. */
#include "crowd.h"

#include <poll.h>
#include <unistd.h>

#include "io.h"
#include "raw.h"

const uint8_t crowd_message[] = "one of many";
const size_t crowd_message_length = sizeof(crowd_message);

void crowd_connect(int *fds, size_t count, int port)
{
    for (size_t i = 0; i < count; i++)
        fds[i] = raw_connect(port);
}

void crowd_send(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        raw_send(fds[i], crowd_message, crowd_message_length);
}

void crowd_expect_echo(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        raw_expect_bytes(fds[i], crowd_message, crowd_message_length);
}

bool crowd_has_answers(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (io_wait(fds[i], POLLIN, 0) == 0)
            return false;
    }
    return true;
}

void crowd_expect_fin(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        raw_expect_fin(fds[i]);
}

void crowd_close(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}
