/* What a builder holds; see builder.c. */
#ifndef RG_GRAPH_BUILDER_PRIVATE_H
#define RG_GRAPH_BUILDER_PRIVATE_H

#include "graph/graph_private.h"

struct rg_builder {
    rg_allocator allocator;
    rg__tables tables;
    uint64_t size; /* of all nodes, bytes */
    /* As long as sources ascend, where the edges of each begin: begins[0 .. begun). Then `from` is not needed. */
    rg__offsets begins;
    size_t begun;
    uint32_t *from; /* by edge, once sources did not ascend */
    uint32_t *to, *labels;
    size_t from_capacity, to_capacity, label_capacity;
    uint64_t edge_count;
    bool sources_ascend;
};

/* Note that the edges of all nodes below `end` begin at the next edge, unless they have begun. */
RG_CHECKED rg_status rg__builder_begin(rg_builder *self, size_t end);

/* The reverse edges of a graph whose offsets are there, from the targets of its edges. RG_OK or RG_ERR_NOMEM.
 * reverse.c */
RG_CHECKED rg_status rg__sort_reverse(rg_graph *g, const uint32_t *targets, size_t nodes);

#endif
