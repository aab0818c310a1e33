/* Latencies in buckets, held against the values themselves, sorted. */
#include "input.h"

#include "load/histogram.h"

#include <stdlib.h>
#include <string.h>

/* The longest is 13 days: as many of them as there are do not overflow their sum. */
enum { VALUES_MAX = 200, WITHOUT_BITS = 14 };

static int compare(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static const int64_t promised_ns = INT64_C(100000000000);

/* Nearest rank, in whole numbers: the percentile is given in thousandths. */
static int64_t exact(const int64_t *sorted, int count, int64_t thousandths)
{
    int64_t rank = (thousandths * count + 99999) / 100000;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void check_percentile(const struct se__histogram *histogram, const int64_t *sorted, int count,
                             int64_t thousandths)
{
    int64_t told = se__histogram_percentile(histogram, (double)thousandths / 1000);
    int64_t value = exact(sorted, count, thousandths);
    int64_t tolerance = value / 1000 + 1;
    bool is_beyond = value > promised_ns; /* the last bucket has all that is longer than it can tell */
    demand(told >= value || is_beyond, "a percentile is not too low");
    demand(told <= value + tolerance || is_beyond, "a percentile is at most 0.1 % too high");
    demand(told >= histogram->minimum_ns && told <= histogram->maximum_ns, "a percentile is among the values");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct se__histogram whole;
    static struct se__histogram halves[2];
    struct input input = {.bytes = bytes, .left = size};
    int64_t values[VALUES_MAX];
    int count = 0;
    memset(&whole, 0, sizeof whole);
    memset(halves, 0, sizeof halves);
    int64_t asked = (int64_t)input_number(&input, 50000) + (int64_t)input_number(&input, 50000);
    while (count < VALUES_MAX && !input_is_over(&input)) {
        uint8_t choice = input_byte(&input);
        values[count] = (int64_t)(input_word(&input) >> (WITHOUT_BITS + choice % (64 - WITHOUT_BITS)));
        se__histogram_record(&whole, values[count], 1);
        se__histogram_record(&halves[choice >> 7], values[count], 1);
        count++;
    }
    se__histogram_merge(&halves[0], &halves[1]);
    demand(halves[0].count == count && whole.count == count, "every value is counted");
    if (count == 0)
        return 0;
    qsort(values, (size_t)count, sizeof values[0], compare);
    demand(whole.minimum_ns == values[0] && whole.maximum_ns == values[count - 1], "least and most are exact");
    demand(se__histogram_count_up_to(&whole, values[count - 1]) == count, "all are up to the most");
    check_percentile(&whole, values, count, asked);
    demand(se__histogram_percentile(&halves[0], (double)asked / 1000) ==
               se__histogram_percentile(&whole, (double)asked / 1000),
           "merged is as if recorded in one");
    return 0;
}
