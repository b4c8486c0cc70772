/* What refers to some nodes, or what they refer to: breadth first over the graph in which every
 * `__dict__` is contracted into its owner (fold.h).
 *
 * Two passes over the expanded nodes. The first chooses the nodes, layer by layer. The second takes
 * every edge met that joins two chosen nodes, also where the far node was chosen later or for another
 * neighbour, and counts the distinct neighbours that were not chosen. */
#include <refgraph/analysis.h>

#include "analysis/fold.h"
#include "analysis/selection.h"

enum { DEPTH = 3, TOO_MANY = 10, MAX_NODES = 2000 };

typedef struct walk {
    const rg_graph *graph;
    rg_neighbourhood_options options; /* defaults filled in */
    rg__fold fold;
    rg__node_set modules; /* nodes of module roots */
    rg__selection chosen; /* nodes: the targets first */
    size_t target_count;
    uint32_t new_count;    /* pass 1: neighbours that the node at hand brought in */
    rg__node_set left_out; /* pass 2: neighbours of the node at hand that were not chosen */
} walk;

/* Take an edge of the contracted graph; *is_enough stops the node at hand. */
typedef rg_status (*edge_taker)(walk *w, const rg_edge *edge, uint32_t neighbour, bool *is_enough);

static rg_status choose(walk *w, const rg_edge *edge, uint32_t neighbour, bool *is_enough)
{
    (void)edge;
    *is_enough =
        w->new_count >= w->options.too_many || w->chosen.nodes.count >= w->options.max_nodes;
    if (*is_enough)
        return RG_OK;
    const size_t before = w->chosen.nodes.count;
    uint32_t ordinal = 0;
    rg_status status = rg__node_set_add(&w->chosen.nodes, &ordinal, neighbour);
    if (!status && ordinal == before)
        w->new_count++;
    return status;
}

static rg_status collect(walk *w, const rg_edge *edge, uint32_t neighbour, bool *is_enough)
{
    uint32_t ordinal = 0;
    *is_enough = false;
    if (rg__node_set_find(&w->chosen.nodes, neighbour) == RG_NONE)
        return rg__node_set_add(&w->left_out, &ordinal, neighbour);
    return rg__selection_add_edge(&w->chosen, edge);
}

static rg_status offer(walk *w, uint32_t from, uint64_t index, edge_taker take, bool *is_enough)
{
    rg_edge edge = rg_graph_edge(w->graph, from, index);
    bool is_shown = false;
    if (edge.strength > w->options.weakest)
        return RG_OK;
    rg_status status = rg__fold_edge(&w->fold, &edge, &is_shown);
    if (status || !is_shown)
        return status;
    return take(w, &edge, w->options.direction == RG_REFERRERS ? edge.from : edge.to, is_enough);
}

/* The edges into one node of the graph. */
static rg_status offer_in_edges(walk *w, uint32_t node, edge_taker take, bool *is_enough)
{
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(w->graph, node, &count);
    rg__links *links = &w->fold.links;
    rg_status status = RG_OK;
    for (uint64_t i = 0; i < count && !status && !*is_enough; i++) {
        if (i && sources[i] == sources[i - 1])
            continue;
        status = rg__links_prepare(links, sources[i]);
        if (status)
            return status;
        uint64_t e = rg__links_first(links, sources[i], node);
        while (e != RG__NO_EDGE && !status && !*is_enough) {
            status = offer(w, sources[i], e, take, is_enough);
            e = rg__links_after(links, sources[i], node, e);
        }
    }
    return status;
}

/* A str or a number that is a key tells nothing beyond the name of its value's edge. */
static bool is_noise(const rg_graph *g, uint64_t edge)
{
    return rg__edge_kind(g, edge) == RG_NAME_KEY_OF &&
           rg__node_flags(&g->tables, g->targets[edge]) & (RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL);
}

/* The edges out of one node of the graph. */
static rg_status offer_out_edges(walk *w, uint32_t node, edge_taker take, bool *is_enough)
{
    const uint64_t end = rg__edges_end(w->graph, node);
    rg_status status = RG_OK;
    for (uint64_t e = rg__edges_begin(w->graph, node); e < end && !status && !*is_enough; e++)
        if (!is_noise(w->graph, e))
            status = offer(w, node, e, take, is_enough);
    return status;
}

/* All edges of a node in the contracted graph, in the walked direction: its own, then its dict's. */
static rg_status offer_edges(walk *w, uint32_t node, edge_taker take)
{
    const bool is_backwards = w->options.direction == RG_REFERRERS;
    uint32_t dict = RG_NONE;
    bool is_enough = false;
    rg_status status = rg__fold_dict(&w->fold, &dict, node);
    if (!status)
        status = is_backwards ? offer_in_edges(w, node, take, &is_enough)
                              : offer_out_edges(w, node, take, &is_enough);
    if (!status && !is_enough && dict != RG_NONE)
        status = is_backwards ? offer_in_edges(w, dict, take, &is_enough)
                              : offer_out_edges(w, dict, take, &is_enough);
    return status;
}

static bool is_expanded(const walk *w, size_t ordinal)
{
    return ordinal < w->target_count || w->options.direction == RG_REFERENTS ||
           rg__node_set_find(&w->modules, w->chosen.nodes.nodes[ordinal]) == RG_NONE;
}

/* Pass 1. *expanded: so many of the chosen nodes are nearer than the depth. */
static rg_status choose_nodes(walk *w, size_t *expanded)
{
    size_t begin = 0;
    rg_status status = RG_OK;
    for (uint32_t depth = 0; depth < w->options.depth && begin < w->chosen.nodes.count; depth++) {
        const size_t end = w->chosen.nodes.count;
        for (size_t i = begin; i < end && !status; i++) {
            w->new_count = 0;
            if (is_expanded(w, i))
                status = offer_edges(w, w->chosen.nodes.nodes[i], choose);
        }
        if (status)
            return status;
        begin = end;
    }
    *expanded = begin;
    return RG_OK;
}

/* Pass 2. */
static rg_status collect_edges(walk *w, size_t expanded)
{
    for (size_t i = 0; i < expanded; i++) {
        const uint32_t node = w->chosen.nodes.nodes[i];
        if (!is_expanded(w, i))
            continue;
        rg__node_set_clear(&w->left_out);
        rg_status status = offer_edges(w, node, collect);
        if (!status)
            status = rg__selection_add_omission(&w->chosen, node, w->left_out.count,
                                                w->options.direction == RG_REFERRERS);
        if (status)
            return status;
    }
    return RG_OK;
}

static rg_status add_targets(walk *w, const uint32_t *targets, size_t target_count)
{
    const rg__tables *t = &w->graph->tables;
    uint32_t ordinal = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; i < target_count && !status; i++) {
        status = rg__node_set_add(&w->chosen.nodes, &ordinal, targets[i]);
        if (!status)
            status = rg__fold_exempt(&w->fold, targets[i]);
    }
    for (size_t r = 0; r < t->root_count && !status; r++)
        if (t->roots[r].kind == RG_ROOT_MODULE)
            status = rg__node_set_add(&w->modules, &ordinal, t->roots[r].node);
    w->target_count = w->chosen.nodes.count;
    return status;
}

static void walk_dispose(walk *w)
{
    rg__node_set_dispose(&w->left_out);
    rg__selection_dispose(&w->chosen);
    rg__node_set_dispose(&w->modules);
    rg__fold_dispose(&w->fold);
}

static rg_neighbourhood_options with_defaults(const rg_neighbourhood_options *options)
{
    rg_neighbourhood_options o = options ? *options : (rg_neighbourhood_options){0};
    o.depth = o.depth ? o.depth : DEPTH;
    o.too_many = o.too_many ? o.too_many : TOO_MANY;
    o.max_nodes = o.max_nodes ? o.max_nodes : MAX_NODES;
    return o;
}

rg_status rg_neighbourhood_find(rg_subgraph *out, const rg_graph *graph, const uint32_t *targets,
                                size_t target_count, const rg_neighbourhood_options *options,
                                const rg_allocator *allocator)
{
    if (!target_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < target_count; i++)
        if (targets[i] >= graph->tables.node_count)
            return RG_ERR_ARGUMENT;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    walk w = {
        .graph = graph,
        .options = with_defaults(options),
        .fold = rg__fold_of(graph, &a),
        .modules.allocator = a,
        .chosen = rg__selection_of(&a),
        .left_out.allocator = a,
    };
    size_t expanded = 0;
    w.fold.is_off = w.options.keep_dicts;
    rg_status status = add_targets(&w, targets, target_count);
    if (!status)
        status = choose_nodes(&w, &expanded);
    if (!status)
        status = collect_edges(&w, expanded);
    if (!status)
        status = rg__selection_finish(out, &w.chosen, w.target_count);
    walk_dispose(&w);
    return status;
}
