/* Sorting what may be millions of things, so that it can be stopped; base/sort.h sorts what must not allocate. */
#ifndef RG_ANALYSIS_SORT_H
#define RG_ANALYSIS_SORT_H

#include "base/memory.h"
#include "graph/graph_private.h"

/* As qsort, in any order where things compare equal. Where somebody watches, large arrays are sorted in pieces
 * and merged, with as much memory again. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED: then in any order. */
RG_CHECKED rg_status rg__sort_watched(void *items, size_t count, size_t size,
                                      int (*compare)(const void *, const void *), rg__watch *watch,
                                      const rg_allocator *allocator);

#endif
