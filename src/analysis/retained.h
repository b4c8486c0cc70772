/* What only a block of nodes reaches: freed with it, kept by it.
 *
 * A block is a node, or nodes of which each reaches all others by edges that are not weak, or, of what roots reach, nodes
 * that are entered at one such block alone and reached from there. Ways begin at
 * the roots and at sources: blocks that no root reaches and that no edge from another such block
 * leads into, and, where a cycle of blocks has neither, its lowest block (of those still not reached, one
 * after another). Weak edges are never followed.
 *
 * `block` has the block of each node, below block_count; a block may have no node. */
#ifndef RG_ANALYSIS_RETAINED_H
#define RG_ANALYSIS_RETAINED_H

#include <refgraph/analysis.h>

/* Per block, its own nodes not counted; owned. */
typedef struct rg__kept {
    uint64_t *count; /* nodes that only it reaches */
    uint64_t *size;  /* their shallow sizes, bytes */
    uint32_t block_count;
    rg_allocator allocator;
} rg__kept;

/* For every block at once, by dominators. `reached`: what the roots reach, a bit set by node, or NULL. O(V + E log V)
 * time, 48 bytes a block, 4 and a bit a node and 8 an edge between blocks besides the result. `allocator` NULL:
 * the graph's. RG_OK, RG_ERR_NOMEM, RG_ERR_CANCELLED. */
RG_CHECKED rg_status rg__kept_find(rg__kept *out, const rg_graph *graph, const uint32_t *block,
                                   uint32_t block_count, const uint64_t *reached,
                                   const rg_allocator *allocator);
void rg__kept_dispose(rg__kept *self);

/* Which nodes they are for one block, ascending: by what is reached without it, no dominators. O(V + E).
 * RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such block). */
RG_CHECKED rg_status rg__kept_nodes(rg_node_list *out, const rg_graph *graph, const uint32_t *block,
                                    uint32_t block_count, uint32_t wanted_block,
                                    const rg_allocator *allocator);

#endif
