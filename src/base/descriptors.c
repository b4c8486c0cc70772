/* See descriptors.h. */
#define _GNU_SOURCE
#include "base/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 65536 };

void rg__close_descriptors(unsigned first, unsigned last)
{
#ifdef SYS_close_range
    if (first > last || !syscall(SYS_close_range, first, last, 0U))
        return;
#endif
    for (unsigned i = first; i <= last && i < MOST_DESCRIPTORS; i++)
        (void)close((int)i);
}
