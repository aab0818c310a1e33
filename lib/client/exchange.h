/* The client's side of one echo as a machine that makes no system call: two offsets into one message. What is sent and
 * what is received move on independently, so no size deadlocks; every byte is compared while it arrives. */
#ifndef SE_EXCHANGE_H
#define SE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

struct se__exchange {
    const unsigned char *message;
    size_t length;
    size_t sent;
    size_t received;     /* bytes that came back and were right; never more than sent */
    int64_t mismatch_at; /* offset of the first wrong byte, -1 if none */
    int send_error;      /* -errno once a send failed for good: read what is left, send no more */
};

void se__exchange_begin(struct se__exchange *exchange, const void *message, size_t length);

/* What is left to do. Once a send has failed for good, there is nothing left to send. */
size_t se__exchange_to_send(const struct se__exchange *exchange);
size_t se__exchange_to_receive(const struct se__exchange *exchange);

void se__exchange_sent(struct se__exchange *exchange, size_t count);
void se__exchange_send_failed(struct se__exchange *exchange, int error);

/* Takes what came back. Returns 0, or SE_EMISMATCH where a byte differs or came before it was sent. */
int se__exchange_received(struct se__exchange *exchange, const void *bytes, size_t count);
/* The peer's FIN before the whole echo was back. Returns SE_ECLOSED, or what the failed send said of it before. */
int se__exchange_closed(const struct se__exchange *exchange);

#endif
