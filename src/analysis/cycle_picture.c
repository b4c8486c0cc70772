/* The part of a cycle that a picture shows. */
#include "analysis/cycles_private.h"
#include "analysis/fold.h"

enum { NODES_DEFAULT = 40 };

typedef struct choice {
    const rg_graph *graph;
    const rg_cycles *cycles;
    const rg_cycle *cycle;
    rg_allocator allocator;
    rg__fold fold;
    rg__node_set nodes; /* as they are shown: owners in the place of their dicts */
    size_t most;
    rg_edge *edges;
    size_t edge_count, edge_capacity;
} choice;

/* Choose a node, or the owner that it folds into, while there is room. */
static rg_status choose(choice *c, uint32_t node)
{
    uint32_t owner = RG_NONE;
    uint32_t ordinal = 0;
    rg_status status = rg__fold_owner(&c->fold, &owner, node);
    if (status)
        return status;
    const uint32_t shown = owner == RG_NONE ? node : owner;
    if (c->nodes.count >= c->most && rg__node_set_find(&c->nodes, shown) == RG_NONE)
        return RG_OK;
    return rg__node_set_add(&c->nodes, &ordinal, shown);
}

static rg_status choose_ends(choice *c, const rg_edge *edges, size_t count)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = choose(c, edges[i].from);
        if (!status)
            status = choose(c, edges[i].to);
    }
    return status;
}

static rg_status add_edge(choice *c, uint32_t from, uint64_t index)
{
    rg_edge edge = rg_graph_edge(c->graph, from, index);
    bool is_shown = false;
    if (edge.strength > rg__cycle_weakest(c->cycle) ||
        !rg__cycle_contains(c->cycles, c->cycle, edge.to))
        return RG_OK;
    rg_status status = rg__fold_edge(&c->fold, &edge, &is_shown);
    if (status || !is_shown || rg__node_set_find(&c->nodes, edge.from) == RG_NONE ||
        rg__node_set_find(&c->nodes, edge.to) == RG_NONE)
        return status;
    status = rg__array_reserve(&c->allocator, &c->edges, &c->edge_capacity, c->edge_count + 1,
                               sizeof *c->edges);
    if (!status)
        c->edges[c->edge_count++] = edge;
    return status;
}

/* The edges of a chosen node and of the dict that folds into it. */
static rg_status add_edges_of(choice *c, uint32_t node)
{
    const rg_graph *g = c->graph;
    uint32_t dict = RG_NONE;
    rg_status status = rg__fold_dict(&c->fold, &dict, node);
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node) && !status; e++)
        status = add_edge(c, node, e);
    if (status || dict == RG_NONE || !rg__cycle_contains(c->cycles, c->cycle, dict))
        return status;
    for (uint64_t e = rg__edges_begin(g, dict); e < rg__edges_end(g, dict) && !status; e++)
        status = add_edge(c, dict, e);
    return status;
}

/* How many members are not shown, not even inside an owner. */
static rg_status count_rest(choice *c, uint64_t *rest)
{
    rg_status status = RG_OK;
    *rest = 0;
    if (c->nodes.count < c->most)
        return RG_OK;
    for (uint32_t i = 0; i < c->cycle->count && !status; i++) {
        const uint32_t node = c->cycles->members[c->cycle->first + i];
        *rest += rg__node_set_find(&c->nodes, node) == RG_NONE;
    }
    for (size_t i = 0; i < c->nodes.count && !status; i++) {
        uint32_t dict = RG_NONE;
        status = rg__fold_dict(&c->fold, &dict, c->nodes.nodes[i]);
        *rest -= dict != RG_NONE && rg__cycle_contains(c->cycles, c->cycle, dict);
    }
    return status;
}

static rg_status write_out(choice *c, rg_subgraph *out)
{
    const rg_allocator *a = &c->allocator;
    uint64_t rest = 0;
    rg_status status = count_rest(c, &rest);
    if (status)
        return status;
    out->nodes = rg__array_new_raw(a, c->nodes.count, sizeof *out->nodes);
    out->omissions = rest ? rg__array_new_raw(a, 1, sizeof *out->omissions) : NULL;
    if ((c->nodes.count && !out->nodes) || (rest && !out->omissions)) {
        rg__array_free(a, out->nodes, c->nodes.count, sizeof *out->nodes);
        rg__array_free(a, out->omissions, rest ? 1 : 0, sizeof *out->omissions);
        return RG_ERR_NOMEM;
    }
    for (size_t i = 0; i < c->nodes.count; i++)
        out->nodes[i] = c->nodes.nodes[i];
    out->node_count = c->nodes.count;
    if (rest)
        out->omissions[0] = (rg_omission){.node = out->nodes[0], .count = rest};
    out->omission_count = rest ? 1 : 0;
    out->allocator = *a;
    rg__array_shrink(a, &c->edges, &c->edge_capacity, c->edge_count, sizeof *c->edges);
    if (c->edge_capacity != c->edge_count) { /* the size is what is freed later */
        rg_subgraph_dispose(out);
        return RG_ERR_NOMEM;
    }
    out->edges = c->edges;
    out->edge_count = c->edge_count;
    c->edges = NULL;
    return RG_OK;
}

static rg_status choose_all(choice *c, const rg_cycle_path *path, const rg_cut *cut)
{
    rg_status status = path ? choose_ends(c, path->edges, path->count) : RG_OK;
    if (!status && cut)
        status = choose_ends(c, cut->edges, cut->count);
    for (uint32_t i = 0; i < c->cycle->count && !status && c->nodes.count < c->most; i++)
        status = choose(c, c->cycles->members[c->cycle->first + i]);
    for (size_t i = 0; i < c->nodes.count && !status; i++)
        status = add_edges_of(c, c->nodes.nodes[i]);
    return status;
}

rg_status rg_cycle_subgraph_find(rg_subgraph *out, const rg_graph *graph, const rg_cycles *cycles,
                                 size_t cycle, const rg_cycle_path *path, const rg_cut *cut,
                                 uint32_t max_nodes, const rg_allocator *allocator)
{
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    choice c = {
        .graph = graph,
        .cycles = cycles,
        .cycle = &cycles->items[cycle],
        .allocator = allocator ? *allocator : graph->allocator,
        .most = max_nodes ? max_nodes : NODES_DEFAULT,
    };
    c.nodes.allocator = c.allocator;
    c.fold = rg__fold_of(graph, &c.allocator);
    rg_subgraph found = {0};
    rg_status status = choose_all(&c, path, cut);
    if (!status)
        status = write_out(&c, &found);
    rg__array_free(&c.allocator, c.edges, c.edge_capacity, sizeof *c.edges);
    rg__node_set_dispose(&c.nodes);
    rg__fold_dispose(&c.fold);
    if (!status)
        *out = found;
    return status;
}
