/* An allocator that takes memory from the kernel alone: no malloc, no lock. For the child of a fork, whose other
 * threads are gone and with them whoever held the locks of malloc. */
#ifndef RG_BASE_ARENA_H
#define RG_BASE_ARENA_H

#include <refgraph/base.h>

enum { RG__ARENA_CLASSES = 18 /* 16 bytes … 2 MiB, each twice the last */ };

/* Begin with a zeroed one. Not for two threads at once. */
typedef struct rg__arena {
    void *freed[RG__ARENA_CLASSES]; /* lists: the first word of a free block leads to the next */
    char *next, *end;               /* what is left of the newest mapping */
    void *newest; /* the mappings, each with the address of the one before in its first word */
} rg__arena;

/* Valid as long as *self stays where it is. */
rg_allocator rg__arena_allocator(rg__arena *self);
/* Give everything back but blocks of more than 2 MiB, which are their owners' to free. */
void rg__arena_dispose(rg__arena *self);

#endif
