/* What holds each of many nodes, in a text that is the same for all that are held alike.
 *
 * `via` makes a forest of the cheapest chains, so the signature of a node is that of the node before it
 * and one more step. It is found once for each node on the chains of the targets: from a target up to
 * the first node that is known, and down again.
 *
 *   target ─► … ─► known        a target's way up, kept in `way`
 *   state  ◄─ … ◄─ state        and down: one look-up in the trie each (signature_trie.h)
 *
 * Two edges are one step where an expression says them as one: an owner's `__dict__` and its key, a captured
 * variable and the content of its cell. */
#include <refgraph/analysis.h>

#include "analysis/links.h"
#include "analysis/signature_groups.h"
#include "analysis/signature_trie.h"
#include "analysis/spelling.h"

typedef struct search {
    const rg_graph *graph;
    const rg_distances *distances;
    rg_allocator allocator;
    rg__links links;
    rg__trie trie;
    uint32_t *state_of; /* per node, RG_NONE: not known */
    uint32_t *way;
    size_t way_capacity;
    uint32_t inner; /* the node that `outer` was asked for last, RG_NONE: none yet */
    rg_edge outer;
} search;

static bool has_edge(const rg_edge *edge)
{
    return edge->index != RG__NO_EDGE;
}

/* The edge to a node on its cheapest chain, the one that the chain has; index RG__NO_EDGE for a root. */
static rg_status edge_to(search *s, uint32_t node, rg_edge *edge)
{
    const uint32_t from = s->distances->via[node];
    uint64_t index = RG__NO_EDGE;
    *edge = (rg_edge){.from = from, .to = node, .index = RG__NO_EDGE};
    if (from == RG_NONE)
        return RG_OK;
    rg_status status = rg__links_strongest(&s->links, &index, from, node, s->distances->weakest);
    if (!status)
        *edge = rg_graph_edge(s->graph, from, index);
    return status;
}

/* The same for a container whose items come one after another: found once. */
static rg_status outer_edge(search *s, uint32_t node, rg_edge *edge)
{
    if (s->inner != node || node == RG_NONE) {
        rg_status status = edge_to(s, node, &s->outer);
        if (status)
            return status;
        s->inner = node;
    }
    *edge = s->outer;
    return RG_OK;
}

static bool is_frame_root(const search *s, uint32_t node)
{
    const rg_distances *d = s->distances;
    return d->via[node] == RG_NONE && d->root[node] != RG_NONE &&
           rg_graph_root(s->graph, d->root[node]).kind == RG_ROOT_FRAME;
}

static bool is_content_of_cell(const rg_graph *g, const rg_edge *edge)
{
    return edge->name.kind == RG_NAME_ATTRIBUTE &&
           rg__strings_are_equal(rg_graph_string(g, edge->name.value), "cell_contents");
}

static bool has_str_key(const rg_graph *g, const rg_edge *edge)
{
    const uint32_t key = edge->name.value;
    return edge->name.kind == RG_NAME_KEY && rg__node_flags(&g->tables, key) & RG_NODE_TEXT_STR &&
           rg__node_text(&g->tables, key) != RG_NONE;
}

/* The step to a node, and the node from which it is taken: two edges before it at times. */
static rg_status step_to(search *s, uint32_t node, uint32_t *from, rg__step *step)
{
    const rg_graph *g = s->graph;
    rg_edge edge;
    rg_edge outer = {.index = RG__NO_EDGE};
    rg_status status = edge_to(s, node, &edge);
    if (status)
        return status;
    *from = edge.from;
    *step = rg__step_of(g, &edge);
    const bool is_item = has_str_key(g, &edge);
    const bool is_content = is_content_of_cell(g, &edge);
    if (is_item || is_content)
        status = outer_edge(s, edge.from, &outer);
    if (status)
        return status;
    if (is_item && has_edge(&outer) && rg__links_is_dict(&s->links, outer.index)) {
        *from = outer.from;
        *step = (rg__step){RG__STEP_NAME, rg__node_text(&g->tables, edge.name.value)};
    } else if (is_content && has_edge(&outer) && outer.name.kind == RG_NAME_CELL) {
        const rg__step local =
            rg__step_to_local(g, outer.from, outer.name.value, is_frame_root(s, outer.from));
        if (local.kind != RG__STEP_LOCAL) { /* else the cell is a step of its own */
            *from = outer.from;
            *step = local;
        }
    } else if (edge.name.kind == RG_NAME_LOCAL) {
        *step = rg__step_to_local(g, edge.from, edge.name.value, is_frame_root(s, edge.from));
    }
    return RG_OK;
}

static rg_status root_state(search *s, uint32_t node, uint32_t *state)
{
    return rg__trie_step(&s->trie, state, RG_NONE,
                         (rg__step){RG__STEP_ROOT, s->distances->root[node]}, node);
}

/* The state from which a step leads on from a node. */
static rg_status state_behind(search *s, uint32_t node, uint32_t *state)
{
    const rg_distances *d = s->distances;
    *state = s->state_of[node];
    if (d->via[node] != RG_NONE || !rg__root_is_placeless(s->graph, d->root[node]))
        return RG_OK;
    return rg__trie_step(&s->trie, state, *state, (rg__step){RG__STEP_HELD, 0}, node);
}

/* The state of a node that a root reaches, where that of the node before it is known. */
static rg_status reached_state(search *s, uint32_t node, uint32_t *state)
{
    uint32_t from = RG_NONE;
    uint32_t before = RG_NONE;
    rg__step step;
    if (s->distances->via[node] == RG_NONE)
        return root_state(s, node, state);
    rg_status status = step_to(s, node, &from, &step);
    if (!status)
        status = state_behind(s, from, &before);
    return status ? status : rg__trie_step(&s->trie, state, before, step, node);
}

/* ---- what no root reaches ---- */

/* The state of a node as one of its referrers tells it. */
static rg_status held_state(search *s, const rg_edge *edge, uint32_t beginning, uint32_t *state)
{
    rg__step step = rg__step_of(s->graph, edge);
    uint32_t owner = RG_NONE;
    rg_status status = RG_OK;
    if (has_str_key(s->graph, edge))
        status = rg__links_owner(&s->links, &owner, edge->from);
    if (owner == RG_NONE)
        owner = edge->from;
    else
        step = (rg__step){RG__STEP_NAME, rg__node_text(&s->graph->tables, edge->name.value)};
    if (edge->name.kind == RG_NAME_LOCAL)
        step = rg__step_to_local(s->graph, owner, edge->name.value, false);
    if (!status)
        status = rg__trie_step(&s->trie, state, beginning, (rg__step){RG__STEP_HOLDER, 0}, owner);
    return status ? status : rg__trie_step(&s->trie, state, *state, step, edge->to);
}

/* By what refers to it: ids follow addresses, so texts decide. */
static rg_status unreached_state(search *s, uint32_t node, uint32_t *state)
{
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(s->graph, node, &count);
    rg_strength best = RG_STRENGTH_WEAK;
    uint32_t beginning = RG_NONE;
    rg_status status =
        rg__trie_step(&s->trie, &beginning, RG_NONE, (rg__step){RG__STEP_NO_ROOT, 0}, RG_NONE);
    for (uint64_t i = 0; i < count && !status; i++) {
        uint64_t index = RG__NO_EDGE;
        uint32_t candidate = RG_NONE;
        if (i && sources[i] == sources[i - 1])
            continue;
        status = rg__links_strongest(&s->links, &index, sources[i], node, s->distances->weakest);
        if (status || index == RG__NO_EDGE)
            continue;
        const rg_edge edge = rg_graph_edge(s->graph, sources[i], index);
        if (edge.strength > best)
            continue;
        status = held_state(s, &edge, beginning, &candidate);
        if (status ||
            (edge.strength == best && rg__trie_compare_ends(&s->trie, candidate, *state) >= 0))
            continue;
        best = edge.strength;
        *state = candidate;
    }
    if (!status && best == RG_STRENGTH_WEAK)
        status =
            rg__trie_step(&s->trie, state, beginning, (rg__step){RG__STEP_NOTHING, 0}, RG_NONE);
    return status;
}

/* ---- all of them ---- */

/* Find the state of a node, and of all on its chain. */
static rg_status find_state(search *s, uint32_t node)
{
    const rg_distances *d = s->distances;
    size_t count = 0;
    rg_status status = RG_OK;
    if (d->cost[node] == RG_UNREACHED)
        return s->state_of[node] == RG_NONE ? unreached_state(s, node, &s->state_of[node]) : RG_OK;
    for (; node != RG_NONE && s->state_of[node] == RG_NONE && !status; node = d->via[node]) {
        status =
            rg__array_reserve(&s->allocator, &s->way, &s->way_capacity, count + 1, sizeof *s->way);
        if (!status)
            s->way[count++] = node;
    }
    while (count && !status) {
        uint32_t state = RG_NONE;
        status = rg__tick(&s->links.watch, 4) ? RG_ERR_CANCELLED
                                              : reached_state(s, s->way[--count], &state);
        if (!status)
            s->state_of[s->way[count]] = state;
    }
    return status;
}

static rg_status find_states(search *s, rg_signatures *found, const uint32_t *targets)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < found->target_count && !status; i++) {
        const uint32_t node = targets ? targets[i] : (uint32_t)i;
        status = rg__tick(&s->links.watch, 1) ? RG_ERR_CANCELLED : find_state(s, node);
        found->group_of[i] = s->state_of[node];
    }
    return status;
}

static rg_status start(search *s, rg_signatures *found)
{
    const size_t count = s->graph->tables.node_count;
    s->state_of = rg__array_new_raw(&s->allocator, count, sizeof *s->state_of);
    found->group_of =
        rg__array_new_raw(&s->allocator, found->target_count, sizeof *found->group_of);
    if ((count && !s->state_of) || (found->target_count && !found->group_of))
        return RG_ERR_NOMEM;
    return rg__watch_fill(&s->links.watch, s->state_of, 0xFF, count * sizeof *s->state_of);
}

rg_status rg_signatures_find(rg_signatures *out, const rg_graph *graph,
                             const rg_distances *distances, const uint32_t *targets,
                             size_t target_count, const rg_allocator *allocator)
{
    const size_t count = graph->tables.node_count;
    if (distances->node_count != count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < target_count && targets; i++)
        if (targets[i] >= count)
            return RG_ERR_ARGUMENT;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    search s = {
        .graph = graph,
        .distances = distances,
        .allocator = a,
        .links = rg__links_of(graph, "groups", &a),
        .trie = rg__trie_of(graph, &a),
        .inner = RG_NONE,
    };
    rg_signatures found = {.target_count = targets ? target_count : count, .allocator = a};
    rg_status status = start(&s, &found);
    if (!status)
        status = find_states(&s, &found, targets);
    if (!status)
        status = rg__watch_status(&s.links.watch);
    if (!status)
        status = rg__signature_groups_make(&found, graph, distances, targets, &s.trie);
    if (!status) {
        *out = found;
        found = (rg_signatures){.allocator = a};
    }
    rg_signatures_dispose(&found);
    rg__array_free(&a, s.way, s.way_capacity, sizeof *s.way);
    rg__array_free(&a, s.state_of, count, sizeof *s.state_of);
    rg__trie_dispose(&s.trie);
    rg__links_dispose(&s.links);
    return status;
}

void rg_signatures_dispose(rg_signatures *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->groups, self->group_count, sizeof *self->groups);
    rg__array_free(a, self->group_of, self->target_count, sizeof *self->group_of);
    rg__array_free(a, self->members, self->target_count, sizeof *self->members);
    rg__array_free(a, self->texts, self->text_size, 1);
    *self = (rg_signatures){0};
}
