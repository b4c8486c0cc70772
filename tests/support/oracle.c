/* See oracle.h. */
#include "oracle.h"

#include <string.h>

bool oracle_follows(rg_strength strength, rg_strength weakest)
{
    return strength != RG_STRENGTH_WEAK && strength <= weakest;
}

uint64_t oracle_weight(rg_strength strength)
{
    return strength == RG_STRENGTH_OWN ? 1 : (UINT64_C(1) << 32) + 1;
}

uint64_t oracle_root_cost(const rg_graph *g, uint32_t root)
{
    const rg_root_kind kind = rg_graph_root(g, root).kind;
    if (kind == RG_ROOT_MODULE)
        return 0;
    if (kind == RG_ROOT_INTERPRETER || kind == RG_ROOT_THREAD || kind == RG_ROOT_OTHER)
        return 3;
    return UINT64_C(1) << 32;
}

bool oracle_string_is(rg_string string, const char *text)
{
    return string.size == strlen(text) && !memcmp(string.data, text, string.size);
}

static bool relax_all(const rg_graph *g, rg_strength weakest, const bool *blocked, uint64_t *cost)
{
    bool has_changed = false;
    for (uint32_t u = 0; u < rg_graph_node_count(g); u++) {
        if (cost[u] == RG_UNREACHED)
            continue;
        for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
            const rg_edge edge = rg_graph_edge(g, u, e);
            const uint64_t through = cost[u] + oracle_weight(edge.strength);
            if (!oracle_follows(edge.strength, weakest) || (blocked && blocked[edge.to]) ||
                cost[edge.to] <= through)
                continue;
            cost[edge.to] = through;
            has_changed = true;
        }
    }
    return has_changed;
}

void oracle_costs(const rg_graph *g, rg_strength weakest, const bool *blocked, uint64_t *cost)
{
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        cost[n] = RG_UNREACHED;
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++) {
        const uint32_t node = rg_graph_root(g, r).node;
        if (!(blocked && blocked[node]) && oracle_root_cost(g, r) < cost[node])
            cost[node] = oracle_root_cost(g, r);
    }
    while (relax_all(g, weakest, blocked, cost)) {}
}

bool oracle_is_dict_of(const rg_graph *g, uint32_t node, uint32_t owner)
{
    for (uint64_t e = rg_graph_edges_begin(g, owner); e < rg_graph_edges_end(g, owner); e++) {
        const rg_edge edge = rg_graph_edge(g, owner, e);
        if (edge.name.kind == RG_NAME_ATTRIBUTE &&
            oracle_string_is(rg_graph_string(g, edge.name.value), "__dict__"))
            return edge.to == node; /* an object has one */
    }
    return false;
}
