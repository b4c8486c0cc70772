/* See around.h. */
#include "around.h"

#include "test.h"

static bool has(uint64_t set, uint32_t node)
{
    return set >> node & 1;
}

static bool is_among(uint64_t edge, const rg_removal *removal)
{
    for (size_t i = 0; i < removal->edge_count; i++)
        if (removal->edges[i] == edge)
            return true;
    return false;
}

uint64_t around_reached(const rg_graph *g, uint64_t starts, const rg_removal *removal)
{
    const uint32_t count = rg_graph_node_count(g);
    uint64_t gone = 0;
    assert_true(count <= AROUND_MOST);
    for (size_t i = 0; i < removal->node_count; i++)
        gone |= UINT64_C(1) << removal->nodes[i];
    uint64_t reached = starts & ~gone;
    uint64_t before = 0;
    while (reached != before) {
        before = reached;
        for (uint32_t u = 0; u < count; u++)
            for (uint64_t e = rg_graph_edges_begin(g, u);
                 has(reached, u) && e < rg_graph_edges_end(g, u); e++) {
                const rg_edge edge = rg_graph_edge(g, u, e);
                if (edge.strength != RG_STRENGTH_WEAK && !has(gone, edge.to) &&
                    !is_among(e, removal))
                    reached |= UINT64_C(1) << edge.to;
            }
    }
    return reached;
}

uint64_t around_starts(const rg_graph *g)
{
    static const rg_removal nothing = {0};
    const uint32_t count = rg_graph_node_count(g);
    uint64_t reach[AROUND_MOST] = {0};
    uint64_t starts = 0;
    for (uint32_t n = 0; n < count; n++)
        reach[n] = around_reached(g, UINT64_C(1) << n, &nothing);
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++)
        starts |= UINT64_C(1) << rg_graph_root(g, r).node;
    const uint64_t alive = around_reached(g, starts, &nothing);
    for (uint32_t n = 0; n < count; n++) {
        bool is_source = !has(alive, n);
        uint32_t first = RG_NONE;
        for (uint32_t u = 0; u < count; u++) {
            if (has(alive, u) || !has(reach[u], n))
                continue;
            is_source = is_source && has(reach[n], u); /* what leads to it is of its component */
            const bool is_instance =
                rg_graph_type(g, rg_graph_node(g, u).type).kind == RG_KIND_INSTANCE;
            const bool has_instance =
                first != RG_NONE &&
                rg_graph_type(g, rg_graph_node(g, first).type).kind == RG_KIND_INSTANCE;
            if (first == RG_NONE || (is_instance && !has_instance))
                first = u;
        }
        if (is_source && first == n)
            starts |= UINT64_C(1) << n;
    }
    return starts;
}

uint64_t around_retained(const rg_graph *g, uint64_t starts, uint32_t node)
{
    const rg_removal removal = {.nodes = &node, .node_count = 1};
    const uint32_t count = rg_graph_node_count(g);
    const uint64_t all = count == AROUND_MOST ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return all & ~around_reached(g, starts, &removal);
}

uint64_t around_size(const rg_graph *g, uint64_t set)
{
    uint64_t size = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        if (has(set, n))
            size += rg_graph_node(g, n).size;
    return size;
}

uint32_t around_count(uint64_t set)
{
    uint32_t count = 0;
    for (; set; set &= set - 1)
        count++;
    return count;
}
