/* Asking for memory before it is needed. An analysis of a large graph spends its time waiting for the lines
 * that edges lead to; asked for together, they arrive together. */
#ifndef RG_ANALYSIS_PREFETCH_H
#define RG_ANALYSIS_PREFETCH_H

/* Any address will do, it is not read. */
static inline void rg__prefetch(const void *address)
{
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}

#endif
