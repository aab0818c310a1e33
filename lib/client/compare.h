/* The comparison that every check of an echo comes down to. */
#ifndef SE_COMPARE_H
#define SE_COMPARE_H

#include <stddef.h>

/* How many bytes, from the first on, are the same. */
size_t se__equal_prefix(const unsigned char *a, const unsigned char *b, size_t length);

#endif
