/* Changing what a frozen graph says of its nodes: for tests that need numbers no drawing gives. */
#ifndef RG_TESTS_STORED_H
#define RG_TESTS_STORED_H

#include "graph/graph_private.h"

#include "test.h"

static inline void set_size(rg_graph *g, uint32_t node, uint64_t size)
{
    rg__tables *t = &g->tables;
    rg__stored_node *stored = &t->nodes[node];
    size_t at = t->wide_node_count;
    if (size < RG__SIZE_WIDE && stored->size != RG__SIZE_WIDE) {
        stored->size = (uint32_t)size;
        return;
    }
    if (stored->size != RG__SIZE_WIDE) {
        assert_int_equal(rg__array_reserve(&g->allocator, &t->wide_nodes, &t->wide_node_capacity,
                                           at + 1, sizeof *t->wide_nodes),
                         RG_OK);
        for (; at && t->wide_nodes[at - 1].node > node; at--)
            t->wide_nodes[at] = t->wide_nodes[at - 1];
        t->wide_nodes[at] = (rg__wide_node){.address = rg__node_address(t, node), .node = node};
        t->wide_node_count++;
        stored->size = RG__SIZE_WIDE;
    }
    for (at = 0; t->wide_nodes[at].node != node; at++) {}
    t->wide_nodes[at].size = size;
}

static inline void set_flags(rg_graph *g, uint32_t node, unsigned flags)
{
    rg__stored_node *stored = &g->tables.nodes[node];
    stored->place =
        rg__place_of(stored->place & RG__ADDRESS_MASK, flags, rg__place_generation(stored->place));
}

#endif
