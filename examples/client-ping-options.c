/* The options for measuring round trips one by one: see client-ping-options.h. */
#include "client-ping-options.h"

#include "report.h"

int read_fill(const char *text, int *fill_out)
{
    if (text[0] == '\0' || text[1] != '\0') {
        complain("fill '%s' is not one byte", text);
        return -1;
    }
    *fill_out = (unsigned char)text[0];
    return 0;
}
