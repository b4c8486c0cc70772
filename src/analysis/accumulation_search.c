/* Down the tree of dominators to where bytes come together. Only nodes that retain at least `least`
 * bytes, *big* ones, are looked into; the children of one are
 *
 *   big and apart   they have a name there (attribute, variable, cell), or all of a program is in
 *                   what is looked into: each is looked into by itself
 *   in a run        of one of the nodes above: their bytes are the run's; big ones are looked into
 *                   for others
 *   grouped         by type. A group of `least` bytes is a candidate; where one child has four
 *                   fifths of it, or it is a few things that hold nothing alike, its big children
 *                   are looked into instead
 *
 * So a child is looked into or counted, never both, and no byte is in two candidates. */
#include "analysis/accumulations.h"
#include "analysis/links.h"
#include "analysis/reach.h"

enum { RUN_LEAST = 32 /* members: less are a nest, not a list */ };

typedef struct visit {
    uint32_t place;
    uint32_t run; /* the nearest above: a candidate, or RG_NONE */
} visit;

typedef struct search {
    const rg__tree *tree;
    rg__candidates *found;
    uint64_t least;
    uint32_t *
        account; /* per top of a run that was looked into: the candidate that its bytes belong to */
    rg__tally groups; /* of the point at hand */
    rg__tally levels;
    rg__links links;
    visit *stack;
    size_t stack_count, stack_capacity;
    rg_allocator allocator;
} search;

static rg_status push(search *s, uint64_t place, uint32_t run)
{
    const rg_status status = rg__array_reserve(&s->allocator, &s->stack, &s->stack_capacity,
                                               s->stack_count + 1, sizeof *s->stack);
    if (!status)
        s->stack[s->stack_count++] = (visit){(uint32_t)place, run};
    return status;
}

static rg_status add_candidate(search *s, const rg__candidate *candidate)
{
    rg__candidates *c = s->found;
    const rg_status status =
        rg__array_reserve(&s->allocator, &c->items, &c->capacity, c->count + 1, sizeof *c->items);
    if (!status)
        c->items[c->count++] = *candidate;
    return status;
}

/* ---- what a node is ---- */

static bool is_big(const search *s, uint64_t place)
{
    return rg__tree_size(s->tree, place) >= s->least;
}

static bool is_in_long_run(const rg__runs *runs, uint32_t node)
{
    return runs->members[runs->top[node]] >= RUN_LEAST;
}

/* All of a program is in such: what is in one does not belong together for that. */
static bool is_open_kind(rg_kind kind)
{
    return kind == RG_KIND_MODULE || kind == RG_KIND_TYPE || kind == RG_KIND_FRAME;
}

/* Set a bit for what there is many of in every heap: modules, classes and their dicts, functions,
 * immortal objects. */
static rg_status mark_usual(search *s)
{
    const rg__tables *t = &s->tree->graph->tables;
    rg_status status = RG_OK;
    for (uint32_t n = 0; n < t->node_count && !status; n++) {
        if (rg__tick(&s->links.watch, 1))
            return RG_ERR_CANCELLED;
        const rg_kind kind = t->types[rg__node_type(t, n)].kind;
        const bool has_dict = kind == RG_KIND_MODULE || kind == RG_KIND_TYPE;
        uint32_t dict = RG_NONE;
        if (has_dict)
            status = rg__links_dict(&s->links, &dict, n);
        if (dict != RG_NONE)
            rg__bit_set(s->found->usual, dict);
        if (has_dict || kind == RG_KIND_FUNCTION || rg__node_flags(t, n) & RG_NODE_IMMORTAL)
            rg__bit_set(s->found->usual, n);
    }
    return status;
}

bool rg__candidates_groups(const rg__candidates *self, const rg__tree *tree, const rg__point *point,
                           uint64_t place)
{
    const uint32_t node = rg__tree_node(tree, place);
    if (is_in_long_run(&self->runs, node) && self->runs.top[node] != node)
        return false;
    return !rg__bit(point->is_open ? self->usual : self->named, node);
}

/* RG_OK or RG_ERR_NOMEM. */
static rg_status point_at(search *s, rg__point *point, uint32_t place)
{
    const rg__tables *t = &s->tree->graph->tables;
    *point = (rg__point){.place = place, .node = RG_NONE, .owner = RG_NONE, .is_open = true};
    if (place == RG_NONE)
        return RG_OK;
    point->node = rg__tree_node(s->tree, place);
    rg_kind kind = rg__tree_kind(s->tree, place);
    if (kind == RG_KIND_CONTAINER) {
        const rg_status status = rg__links_owner(&s->links, &point->owner, point->node);
        if (status)
            return status;
        if (point->owner != RG_NONE)
            kind = t->types[rg__node_type(t, point->owner)].kind;
    }
    point->is_open = is_open_kind(kind);
    return RG_OK;
}

/* Set a bit for each big child that has a name of its own in the point. */
static void mark_named(const search *s, const rg__point *point)
{
    const rg_graph *g = s->tree->graph;
    const rg_retained *r = s->tree->retained;
    for (uint64_t e = rg__edges_begin(g, point->node); e < rg__edges_end(g, point->node); e++) {
        const uint32_t to = g->targets[e];
        if (r->dominator[to] != point->node || r->size[to] < s->least ||
            rg__edge_strength(g, e) == RG_STRENGTH_WEAK)
            continue;
        switch (rg__edge_kind(g, e)) {
        case RG_NAME_KEY:
            if (point->owner == RG_NONE)
                break;
            rg__bit_set(s->found->named, to);
            break;
        case RG_NAME_ATTRIBUTE:
        case RG_NAME_HIDDEN:
        case RG_NAME_LOCAL:
        case RG_NAME_CELL:
        case RG_NAME_SLOT:
        case RG_NAME_CLASS:
            rg__bit_set(s->found->named, to);
            break;
        default:
            break;
        }
    }
}

/* ---- runs ---- */

/* Two runs that lead through each other (an exception, its traceback, the frame, the next
 * exception) are one. */
static bool are_alike(uint64_t members, uint64_t others)
{
    return members / 2 <= others && others / 2 <= members;
}

/* The candidate that the bytes of a point belong to itself, where it is in a long run; else
 * RG_NONE. *run is the nearest run at the point. */
static rg_status account_of(search *s, const rg__point *point, uint32_t *account, uint32_t *run)
{
    const rg__runs *runs = &s->found->runs;
    *account = RG_NONE;
    if (point->node == RG_NONE)
        return RG_OK;
    uint32_t node = point->node;
    if (!is_in_long_run(runs,
                        node)) /* the `__dict__` of a member goes with it, where nobody shares it */
        node = s->tree->retained->dominator[node] == point->owner ? point->owner : RG_NONE;
    if (node == RG_NONE || !is_in_long_run(runs, node))
        return RG_OK;
    const uint32_t top = runs->top[node];
    if (top == point->node) {
        s->account[top] = *run;
        if (*run == RG_NONE || !are_alike(runs->members[top], s->found->items[*run].count)) {
            const rg__candidate started = {
                .kind = RG_ACCUMULATION_RUN,
                .point = *point,
                .type = rg__node_type(&s->tree->graph->tables, node),
                .count = runs->members[top],
            };
            s->account[top] = (uint32_t)s->found->count;
            const rg_status status = add_candidate(s, &started);
            if (status)
                return status;
        }
    }
    *account = s->account[top];
    *run = *account;
    return RG_OK;
}

/* ---- children ---- */

/* Count the children that are no visits of their own, and push the others. */
static rg_status sort_children(search *s, const rg__point *point, uint32_t account, uint32_t run)
{
    const rg__tree *t = s->tree;
    const rg__runs *runs = &s->found->runs;
    const uint64_t end = rg__tree_end(t, point->place);
    for (uint64_t p = rg__tree_begin(point->place); p < end; p = rg__tree_end(t, p)) {
        const uint32_t node = rg__tree_node(t, p);
        const uint64_t size = rg__tree_size(t, p);
        const bool is_counted = rg__candidates_groups(s->found, t, point, p);
        rg_status status = rg__tick(&s->links.watch, 2) ? RG_ERR_CANCELLED : RG_OK;
        if (status)
            return status;
        if (size >= s->least && (point->is_open || account != RG_NONE || !is_counted))
            status = push(s, p, run);
        else if (is_in_long_run(runs, node) && runs->top[node] != node)
            s->found->items[s->account[runs->top[node]]].size += size;
        else if (account != RG_NONE)
            s->found->items[account].size += size;
        else if (is_counted)
            rg__tally_add(&s->groups, rg__node_type(&t->graph->tables, node), size, s->least);
        if (status)
            return status;
    }
    return RG_OK;
}

/* Whether a group is about one thing, though some of it are big: what it is there for is many
 * objects of one type, or a few that are mostly themselves. */
static rg_status is_coherent(search *s, const rg__point *point, uint32_t type, bool *result)
{
    const rg__tree *t = s->tree;
    const uint64_t end = rg__tree_end(t, point->place);
    rg__level level = {.allocator = s->allocator};
    uint64_t own = 0;
    rg_status status = RG_OK;
    for (uint64_t p = rg__tree_begin(point->place); p < end && !status; p = rg__tree_end(t, p)) {
        if (rg__tick(&s->links.watch, 1))
            status = RG_ERR_CANCELLED;
        if (rg__tree_type(t, p) != type || !rg__candidates_groups(s->found, t, point, p))
            continue;
        own += rg__node_size(&t->graph->tables, rg__tree_node(t, p));
        status = rg__level_add(&level, t, p);
    }
    const bool is_itself = own > level.size / 2;
    if (!status)
        status = rg__level_descend(&level, t, &s->levels);
    *result = is_itself || level.count >= RG__FEW;
    rg__level_dispose(&level);
    return status;
}

/* A group is a candidate, or is split: then its big children are still to be looked into. */
static rg_status judge_group(search *s, const rg__point *point, uint32_t type)
{
    rg__sum *sum = &s->groups.sums[type];
    rg__candidate candidate = {
        .kind = RG_ACCUMULATION_MEMBERS,
        .point = *point,
        .type = type,
        .count = sum->count,
        .size = sum->size,
        .below = point->is_open ? s->least : UINT64_MAX, /* its big children are apart */
    };
    if (sum->largest >= s->least) {
        bool coheres = false;
        if (sum->largest < sum->size - sum->size / 5) {
            const rg_status status = is_coherent(s, point, type, &coheres);
            if (status)
                return status;
        }
        sum->is_split = !coheres;
    }
    if (sum->is_split) {
        candidate.count = sum->small_count;
        candidate.size = sum->small_size;
        candidate.below = s->least;
    }
    return candidate.size >= s->least ? add_candidate(s, &candidate) : RG_OK;
}

static rg_status push_split(search *s, const rg__point *point, uint32_t run)
{
    const rg__tree *t = s->tree;
    const uint64_t end = rg__tree_end(t, point->place);
    rg_status status = RG_OK;
    for (uint64_t p = rg__tree_begin(point->place); p < end && !status; p = rg__tree_end(t, p))
        if (is_big(s, p) && s->groups.sums[rg__tree_type(t, p)].is_split &&
            rg__candidates_groups(s->found, t, point, p))
            status = push(s, p, run);
    return status;
}

static rg_status look_into(search *s, visit v)
{
    rg__point point;
    uint32_t account = RG_NONE;
    const size_t before = s->found->count;
    bool splits = false;
    rg_status status = point_at(s, &point, v.place);
    if (!status)
        status = account_of(s, &point, &account, &v.run);
    if (status)
        return status;
    const bool is_root = point.node == RG_NONE;
    const uint64_t own = is_root ? 0 : rg__node_size(&s->tree->graph->tables, point.node);
    if (!is_root)
        mark_named(s, &point);
    status = sort_children(s, &point, account, v.run);
    for (size_t i = 0; i < s->groups.touched_count && !status; i++) {
        status = judge_group(s, &point, s->groups.touched[i]);
        splits |= s->groups.sums[s->groups.touched[i]].is_split;
    }
    if (!status && splits)
        status = push_split(s, &point, v.run);
    rg__tally_clear(&s->groups);
    if (status)
        return status;
    if (account != RG_NONE) {
        s->found->items[account].size += own;
    } else if (own >= s->least && s->found->count == before) {
        const rg__candidate single = {
            .kind = RG_ACCUMULATION_SINGLE,
            .point = point,
            .type = rg__node_type(&s->tree->graph->tables, point.node),
            .count = 1,
            .size = own,
        };
        status = add_candidate(s, &single);
    }
    return status;
}

/* Runs of which others took all but a little. */
static void drop_small(rg__candidates *c, uint64_t least)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].size >= least)
            c->items[kept++] = c->items[i];
    c->count = kept;
}

rg_status rg__candidates_find(rg__candidates *self, const rg__tree *tree, uint64_t least,
                              const rg_allocator *allocator)
{
    const size_t room = (size_t)tree->retained->node_count + 1;
    search s = {.tree = tree, .found = self, .least = least, .allocator = *allocator};
    *self = (rg__candidates){.allocator = *allocator};
    s.links = rg__links_of(tree->graph, "accumulations", allocator);
    rg_status status = rg__runs_find(&self->runs, tree, allocator);
    if (!status)
        status = rg__tally_start(&s.groups, tree->graph, allocator);
    if (!status)
        status = rg__tally_start(&s.levels, tree->graph, allocator);
    self->named = rg__array_new(allocator, rg__bit_words(tree->graph), sizeof *self->named);
    self->usual = rg__array_new(allocator, rg__bit_words(tree->graph), sizeof *self->usual);
    s.account = rg__array_new_raw(allocator, room, sizeof *s.account);
    if (!status && (!self->named || !self->usual || !s.account))
        status = RG_ERR_NOMEM;
    if (!status)
        status = mark_usual(&s);
    if (!status)
        status = push(&s, RG_NONE, RG_NONE);
    while (s.stack_count && !status)
        status = look_into(&s, s.stack[--s.stack_count]);
    if (!status)
        status = rg__watch_status(&s.links.watch);
    drop_small(self, least);
    rg__array_free(allocator, s.stack, s.stack_capacity, sizeof *s.stack);
    rg__array_free(allocator, s.account, room, sizeof *s.account);
    rg__links_dispose(&s.links);
    rg__tally_dispose(&s.levels);
    rg__tally_dispose(&s.groups);
    return status;
}

void rg__candidates_dispose(rg__candidates *self, const rg_graph *graph)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    rg__array_free(&self->allocator, self->named, rg__bit_words(graph), sizeof *self->named);
    rg__array_free(&self->allocator, self->usual, rg__bit_words(graph), sizeof *self->usual);
    rg__runs_dispose(&self->runs);
    *self = (rg__candidates){0};
}
