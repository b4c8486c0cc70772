/* An allocator that fails when told to, and knows what is still allocated. It also checks the contract
 * of rg_allocator, that every block comes back with its exact size, and that nobody wrote behind it. */
#ifndef TEST_SUPPORT_OOM_H
#define TEST_SUPPORT_OOM_H

#include <refgraph/base.h>

typedef struct oom {
    size_t fail_at;    /* the allocation with this number fails, and all after it; SIZE_MAX: none */
    size_t count;      /* allocations asked for so far; frees do not count */
    size_t live_bytes; /* allocated and not freed */
    size_t peak_bytes;
    size_t wrong_sizes; /* blocks given back with a size that they never had */
    size_t overruns;    /* blocks that were written behind their end */
} oom;

/* Never fails. */
oom oom_counting(void);
oom oom_failing_at(size_t number);
rg_allocator oom_allocator(oom *memory);
/* Whether an allocation was refused. */
bool oom_has_failed(const oom *memory);

/* Run `story` with everything from its 1st, 2nd, … allocation on failing, until none does. Each run must
 * end in RG_ERR_NOMEM, or in RG_OK where only memory could not be given back, and leave nothing
 * allocated; the last one in RG_OK. Returns the number of runs. */
size_t oom_torture(rg_status (*story)(const rg_allocator *allocator, void *context), void *context);

#endif
