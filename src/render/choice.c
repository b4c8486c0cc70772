/* See choice.h. Order of importance: targets, the nodes of the chain, of the cycle and of the cut, then as the
 * selection lists them. */
#include "render/choice.h"

#include "base/memory.h"
#include "render/edge_marks.h"
#include "render/picture.h"

#include <stdlib.h>

enum {
    EDGES_A_NODE = 2 /* limit of drawn edges, a node of the limit: what bounds the layout's time */
};

/* ---- nodes ---- */

static int by_node(const void *a, const void *b)
{
    const rg__node_position *x = a;
    const rg__node_position *y = b;
    return (x->node > y->node) - (x->node < y->node);
}

static rg__node_position *position_of(const rg__choice *c, uint32_t node)
{
    const rg__node_position key = {.node = node};
    return bsearch(&key, c->positions, c->position_count, sizeof key, by_node);
}

uint32_t rg__choice_find(const rg__choice *self, uint32_t node)
{
    const rg__node_position *position = position_of(self, node);
    return position ? position->chosen : RG_NONE;
}

static void choose(rg__choice *c, uint32_t node, unsigned roles)
{
    rg__node_position *position = position_of(c, node);
    if (position->chosen == RG_NONE && c->node_count < c->max_nodes) {
        position->chosen = (uint32_t)c->node_count;
        c->nodes[c->node_count++] = (rg__chosen_node){.index = position->index, .root = RG_NONE};
    }
    if (position->chosen != RG_NONE)
        c->nodes[position->chosen].roles |= roles;
}

/* The ends of the edges that have a role. */
static void choose_ends(rg__choice *c, const rg_subgraph *sub, const rg__edge_marks *marks,
                        unsigned edge_role, unsigned node_role)
{
    for (size_t e = 0; e < sub->edge_count; e++)
        if (rg__edge_marks_find(marks, &sub->edges[e]).roles & edge_role) {
            choose(c, sub->edges[e].from, node_role);
            choose(c, sub->edges[e].to, node_role);
        }
}

static void choose_nodes(rg__choice *c, const rg_subgraph *sub, const rg__edge_marks *marks)
{
    for (size_t i = 0; i < sub->target_count && i < sub->node_count; i++)
        choose(c, sub->nodes[i], RG__ROLE_TARGET);
    choose_ends(c, sub, marks, RG__ROLE_CHAIN, RG__ROLE_CHAIN);
    choose_ends(c, sub, marks, RG__ROLE_CYCLE, RG__ROLE_CYCLE);
    choose_ends(c, sub, marks, RG__ROLE_CUT, 0);
    for (size_t i = 0; i < sub->node_count; i++)
        choose(c, sub->nodes[i], 0);
    c->dropped_nodes = sub->node_count - c->node_count;
}

/* Whether a root has something to say that its object does not: a module and a frame name themselves. */
static bool says_more(rg_root_kind kind)
{
    return kind == RG_ROOT_INTERPRETER || kind == RG_ROOT_THREAD || kind == RG_ROOT_STACK ||
           kind == RG_ROOT_PROBABLE || kind == RG_ROOT_NATIVE;
}

/* All but what is immortal: there are thousands of those, and that they are says nothing. */
static void mark_roots(rg__choice *c, const rg_graph *graph)
{
    for (uint32_t r = 0; r < rg_graph_root_count(graph); r++) {
        const rg_root root = rg_graph_root(graph, r);
        const uint32_t chosen = rg__choice_find(c, root.node);
        if (chosen == RG_NONE || root.kind == RG_ROOT_TYPE)
            continue;
        rg__chosen_node *node = &c->nodes[chosen];
        node->roles |= RG__ROLE_ROOT;
        if (root.kind == RG_ROOT_MODULE || root.kind == RG_ROOT_FRAME) {
            node->names_itself = true;
            node->root = RG_NONE;
        } else if (node->root == RG_NONE && !node->names_itself && says_more(root.kind)) {
            node->root = r;
        }
    }
}

/* ---- edges ---- */

typedef struct edge_key {
    uint32_t from, to; /* chosen nodes */
    size_t edge;       /* index in sub->edges */
    rg__edge_mark mark;
} edge_key;

static int by_ends(const void *a, const void *b)
{
    const edge_key *x = a;
    const edge_key *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    const bool x_cut = x->mark.roles & RG__ROLE_CUT;
    const bool y_cut = y->mark.roles & RG__ROLE_CUT;
    if (x_cut != y_cut)
        return x_cut ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

static unsigned roles_of(const rg_edge *edge, const rg__edge_mark *mark)
{
    const unsigned roles = mark->roles | (edge->folded ? RG__ROLE_FOLDED : 0);
    switch (edge->strength) {
    case RG_STRENGTH_OWN:
        return roles;
    case RG_STRENGTH_FRAME:
        return roles | RG__ROLE_FRAME;
    case RG_STRENGTH_INFRASTRUCTURE:
        return roles | RG__ROLE_INFRASTRUCTURE;
    case RG_STRENGTH_WEAK:
        return roles | RG__ROLE_WEAK;
    }
    return roles;
}

/* The chain's edges first, then the cycle's as it runs, then the cut's, then in the selection's order. */
static int by_importance(const void *a, const void *b)
{
    const rg__chosen_edge *x = a;
    const rg__chosen_edge *y = b;
    const bool x_chain = x->roles & RG__ROLE_CHAIN;
    const bool y_chain = y->roles & RG__ROLE_CHAIN;
    if (x_chain != y_chain)
        return x_chain ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

/* Collect the edges whose two ends are drawn; remember one whose other end is not. */
static size_t collect(rg__choice *c, const rg_subgraph *sub, const rg__edge_marks *marks,
                      edge_key *keys)
{
    size_t count = 0;
    for (size_t e = 0; e < sub->edge_count; e++) {
        const uint32_t from = rg__choice_find(c, sub->edges[e].from);
        const uint32_t to = rg__choice_find(c, sub->edges[e].to);
        if (from != RG_NONE && to != RG_NONE) {
            keys[count++] = (edge_key){from, to, e, rg__edge_marks_find(marks, &sub->edges[e])};
        } else if (c->border == RG_NONE && (from != RG_NONE || to != RG_NONE)) {
            c->border_is_target = to != RG_NONE;
            c->border = c->border_is_target ? to : from;
        }
    }
    return count;
}

static void group(rg__choice *c, const rg_subgraph *sub, const edge_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const edge_key *key = &keys[i];
        rg__chosen_edge *last = c->edge_count ? &c->edges[c->edge_count - 1] : NULL;
        c->order[i] = key->edge;
        if (!last || last->from != key->from || last->to != key->to) {
            last = &c->edges[c->edge_count++];
            *last = (rg__chosen_edge){.from = key->from,
                                      .to = key->to,
                                      .edge = key->edge,
                                      .first = i,
                                      .position = SIZE_MAX};
        }
        last->edge = key->edge < last->edge ? key->edge : last->edge;
        last->count++;
        last->cut_count += (key->mark.roles & RG__ROLE_CUT) != 0;
        last->position = key->mark.position < last->position ? key->mark.position : last->position;
        last->roles |= roles_of(&sub->edges[key->edge], &key->mark);
    }
}

static rg_status choose_edges(rg__choice *c, const rg_subgraph *sub, const rg__edge_marks *marks)
{
    const rg_allocator *a = &c->allocator;
    const size_t limit = (size_t)c->max_nodes * EDGES_A_NODE;
    if (!sub->edge_count)
        return RG_OK;
    edge_key *keys = rg__array_new_raw(a, sub->edge_count, sizeof *keys);
    rg_status status = keys ? RG_OK : RG_ERR_NOMEM;
    if (!status)
        status =
            rg__array_reserve(a, &c->order, &c->order_capacity, sub->edge_count, sizeof *c->order);
    if (!status)
        status =
            rg__array_reserve(a, &c->edges, &c->edge_capacity, sub->edge_count, sizeof *c->edges);
    if (!status && c->order && c->edges) { /* both: some edges were asked for */
        const size_t count = collect(c, sub, marks, keys);
        qsort(keys, count, sizeof *keys, by_ends);
        group(c, sub, keys, count);
        qsort(c->edges, c->edge_count, sizeof *c->edges, by_importance);
        c->dropped_edges = c->edge_count > limit ? c->edge_count - limit : 0;
        c->edge_count -= c->dropped_edges;
    }
    rg__array_free(a, keys, sub->edge_count, sizeof *keys);
    return status;
}

/* ---- all ---- */

static rg_status start(rg__choice *c, const rg_subgraph *sub, const rg_render_options *options)
{
    const rg_allocator *a = &c->allocator;
    c->max_nodes = options->max_nodes ? options->max_nodes : RG__DEFAULT_NODES;
    c->border = RG_NONE;
    if (!sub->node_count || sub->node_count >= RG_NONE)
        return RG_ERR_ARGUMENT;
    const size_t most = sub->node_count < c->max_nodes ? sub->node_count : c->max_nodes;
    rg_status status = rg__array_reserve(a, &c->positions, &c->position_capacity, sub->node_count,
                                         sizeof *c->positions);
    if (!status)
        status = rg__array_reserve(a, &c->nodes, &c->node_capacity, most, sizeof *c->nodes);
    if (status)
        return status;
    for (size_t i = 0; i < sub->node_count; i++)
        c->positions[i] = (rg__node_position){sub->nodes[i], (uint32_t)i, RG_NONE};
    c->position_count = sub->node_count;
    qsort(c->positions, c->position_count, sizeof *c->positions, by_node);
    return RG_OK;
}

/* Every end of an edge must be a node of the selection, every node one of the graph and there once. */
static bool is_sound(const rg__choice *c, const rg_graph *graph, const rg_subgraph *sub)
{
    for (size_t i = 0; i < c->position_count; i++) {
        if (c->positions[i].node >= rg_graph_node_count(graph))
            return false;
        if (i && c->positions[i].node == c->positions[i - 1].node)
            return false;
    }
    for (size_t e = 0; e < sub->edge_count; e++)
        if (!position_of(c, sub->edges[e].from) || !position_of(c, sub->edges[e].to))
            return false;
    return true;
}

rg_status rg__choice_make(rg__choice *out, const rg_graph *graph, const rg_subgraph *sub,
                          const rg_render_options *options, const rg_allocator *allocator)
{
    rg__edge_marks marks = {0};
    out->allocator = *allocator;
    rg_status status = start(out, sub, options);
    if (!status && !is_sound(out, graph, sub))
        status = RG_ERR_ARGUMENT;
    if (!status)
        status = rg__edge_marks_make(&marks, graph, sub, options, allocator);
    if (!status) {
        choose_nodes(out, sub, &marks);
        mark_roots(out, graph);
        status = choose_edges(out, sub, &marks);
    }
    rg__edge_marks_dispose(&marks);
    return status;
}

void rg__choice_dispose(rg__choice *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->nodes, self->node_capacity, sizeof *self->nodes);
    rg__array_free(a, self->edges, self->edge_capacity, sizeof *self->edges);
    rg__array_free(a, self->order, self->order_capacity, sizeof *self->order);
    rg__array_free(a, self->positions, self->position_capacity, sizeof *self->positions);
    *self = (rg__choice){0};
}
