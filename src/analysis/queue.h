/* A priority queue of nodes: a binary heap in one array. The order is total, so that an answer does
 * not depend on the order of adding: by key, tie, node, next. */
#ifndef RG_ANALYSIS_QUEUE_H
#define RG_ANALYSIS_QUEUE_H

#include <refgraph/graph.h>

typedef struct rg__queue_entry {
    uint64_t key; /* smallest first */
    uint64_t tie; /* then this */
    uint32_t node;
    uint32_t next; /* what the caller keeps with it */
    uint64_t edge;
} rg__queue_entry;

/* A zeroed struct with an allocator is an empty queue. */
typedef struct rg__queue {
    rg_allocator allocator;
    rg__queue_entry *items; /* items[i] is not above items[(i - 1) / 2] */
    size_t count, capacity;
} rg__queue;

/* RG_OK or RG_ERR_NOMEM. O(log count). */
RG_CHECKED rg_status rg__queue_add(rg__queue *self, const rg__queue_entry *entry);
/* Take the first entry out; false when there is none. O(log count). */
bool rg__queue_take(rg__queue *self, rg__queue_entry *entry);
void rg__queue_dispose(rg__queue *self);

#endif
