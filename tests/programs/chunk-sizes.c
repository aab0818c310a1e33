/* How large the next chunk of stdin may be, after every kind of path: no machine is slow or quick enough for all. */
#include "client-chunk-size.h"

#include <check.h>
#include <stdlib.h>

enum { KIB = 1024 };

static const int64_t ms = INT64_C(1000000);

struct echo {
    size_t length;
    int64_t rtt_us;
    int64_t timeout_ms; /* 0: no limit */
    size_t next_size;
};

static const struct echo echoes[] = {
    /* A long path: four times as much, up to the most. */
    {256 * KIB, 50000, 0, 1024 * KIB},
    {1024 * KIB, 55000, 0, 4096 * KIB},
    {4096 * KIB, 70000, 0, 4096 * KIB},
    {300 * KIB, 50000, 0, 1200 * KIB},
    /* A line says nothing of what a path carries. */
    {6, 50000, 0, 256 * KIB},
    {1, 1, 0, 256 * KIB},
    {64 * KIB, 50000, 0, 256 * KIB},
    /* A slow one: less, down to the least. */
    {4096 * KIB, 500000, 0, 1024 * KIB},
    {1024 * KIB, 2000000, 0, 256 * KIB},
    {256 * KIB, 500000, 0, 256 * KIB},
    {256 * KIB, 499999, 0, 1024 * KIB},
    /* The time of an echo is short. */
    {256 * KIB, 100000, 1000, 1024 * KIB},
    {256 * KIB, 125000, 1000, 256 * KIB},
    {4096 * KIB, 125000, 1000, 1024 * KIB},
    {4096 * KIB, 1000, 1, 1024 * KIB},
    {1024 * KIB, 499999, 4000, 4096 * KIB},
    /* A short path: there is no gain. */
    {256 * KIB, 2621, 0, 256 * KIB},
    {256 * KIB, 2622, 0, 1024 * KIB},
    {4096 * KIB, 5000, 0, 1024 * KIB},
    {1024 * KIB, 0, 0, 256 * KIB},
};

START_TEST(next_chunk_is_as_large_as_the_path_bears)
{
    const struct echo *echo = &echoes[_i];
    int64_t timeout_ns = echo->timeout_ms == 0 ? INT64_MAX : echo->timeout_ms * ms;
    ck_assert_uint_eq(next_chunk_size(echo->length, echo->rtt_us * 1000, timeout_ns), echo->next_size);
}
END_TEST

int main(void)
{
    TCase *sizes = tcase_create("sizes");
    tcase_add_loop_test(sizes, next_chunk_is_as_large_as_the_path_bears, 0, sizeof echoes / sizeof echoes[0]);
    Suite *suite = suite_create("chunk-sizes");
    suite_add_tcase(suite, sizes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
