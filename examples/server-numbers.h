/* Numbers for connections whose peers have no address: 1, 2, 3 and so on as they are opened, the same when they are
 * closed. From any thread. They begin with PTHREAD_MUTEX_INITIALIZER as the lock and nothing else, and are empty when
 * the server is freed, which closes every connection.
 */
#ifndef EXAMPLES_SERVER_NUMBERS_H
#define EXAMPLES_SERVER_NUMBERS_H

#include <pthread.h>
#include <stdint.h>

struct connection_numbers {
    pthread_mutex_t lock;
    void *tree; /* of tsearch(3): those that are open */
    int64_t opened;
};

/* Both take what se_connection_id() gives. 0 where there was no memory to keep the number in. */
int64_t number_opened(struct connection_numbers *numbers, int64_t id);
int64_t number_closed(struct connection_numbers *numbers, int64_t id);

#endif
