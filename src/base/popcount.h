/* Counting bits with the instruction for it, where the processor has one that the compiler may not take for granted:
 * a loop is compiled twice, and the better one taken at run time.
 *
 *   RG__ALWAYS_INLINE rg_status work(…) { … __builtin_popcountll(…) … }
 *   RG__POPCOUNT_TARGET static rg_status work_fast(…) { return work(…); }
 *   static rg_status work_anywhere(…) { return work(…); }
 *   … rg__has_popcount() ? work_fast(…) : work_anywhere(…) */
#ifndef RG_BASE_POPCOUNT_H
#define RG_BASE_POPCOUNT_H

#include <stdbool.h>

#define RG__ALWAYS_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && !defined(__POPCNT__)
#define RG__POPCOUNT_TARGET __attribute__((target("popcnt")))
static inline bool rg__has_popcount(void)
{
    return __builtin_cpu_supports("popcnt");
}
#else
#define RG__POPCOUNT_TARGET
static inline bool rg__has_popcount(void)
{
    return true;
}
#endif

#endif
