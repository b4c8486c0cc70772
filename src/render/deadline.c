/* A moment until which a picture has to be drawn. */
#define _GNU_SOURCE
#include "render/deadline.h"

#include <time.h>

double rg__now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

rg__deadline rg__deadline_in(double seconds)
{
    return (rg__deadline){seconds, rg__now() + seconds};
}
