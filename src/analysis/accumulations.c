/* Accumulations: the largest of the candidates (accumulation_search.c), with what each of them
 * holds. */
#include "analysis/accumulations.h"

#include "analysis/reach.h"

#include <stdlib.h>

enum { SHARE = 20 /* a twentieth of the heap */ };

static uint64_t default_least(const rg_graph *graph, rg__watch *watch)
{
    uint64_t size = 0;
    for (size_t n = 0; n < graph->tables.node_count && !rg__tick(watch, 1); n++)
        size += rg__node_size(&graph->tables, n);
    return size / SHARE ? size / SHARE : 1;
}

static int by_size(const void *a, const void *b)
{
    const rg__candidate *left = a;
    const rg__candidate *right = b;
    if (left->size != right->size)
        return left->size > right->size ? -1 : 1;
    if (left->point.place != right->point.place)
        return left->point.place < right->point.place ? -1 : 1;
    return (left->type > right->type) - (left->type < right->type);
}

/* ---- what a candidate holds ---- */

typedef struct collector {
    rg__tree tree;
    const rg__candidates *candidates;
    rg__tally tally;
    uint64_t *chosen; /* a bit per node; empty between two candidates */
    rg__watch watch;
    rg_accumulations found;
} collector;

/* The objects by their places: children of the point, members of the run, the point itself. */
static rg_status list_places(collector *c, const rg__candidate *candidate, rg__level *level)
{
    const rg__tree *t = &c->tree;
    const rg__point *point = &candidate->point;
    const uint64_t end = rg__tree_end(t, point->place);
    rg_status status = RG_OK;
    switch (candidate->kind) {
    case RG_ACCUMULATION_SINGLE:
        return rg__level_add(level, t, point->place);
    case RG_ACCUMULATION_RUN:
        for (uint64_t p = point->place; p < end && !status && !rg__tick(&c->watch, 1); p++)
            if (c->candidates->runs.top[rg__tree_node(t, p)] == point->node)
                status = rg__level_add(level, t, p);
        return status;
    case RG_ACCUMULATION_MEMBERS:
        break;
    }
    for (uint64_t p = rg__tree_begin(point->place); p < end && !status && !rg__tick(&c->watch, 1);
         p = rg__tree_end(t, p))
        if (rg__tree_type(t, p) == candidate->type && rg__tree_size(t, p) < candidate->below &&
            rg__candidates_groups(c->candidates, t, point, p))
            status = rg__level_add(level, t, p);
    return status;
}

/* Append the nodes at some places to the members, ascending. Each is there once. */
static rg_status add_members(collector *c, const rg__level *level)
{
    rg_accumulations *f = &c->found;
    uint64_t first = UINT64_MAX;
    uint64_t last = 0;
    const rg_status status = rg__array_reserve(&f->allocator, &f->members, &f->member_capacity,
                                               f->member_count + level->count, sizeof *f->members);
    if (status)
        return status;
    for (size_t i = 0; i < level->count && !rg__tick(&c->watch, 1); i++) {
        const uint32_t node = rg__tree_node(&c->tree, level->places[i]);
        rg__bit_set(c->chosen, node);
        first = first < node / 64 ? first : node / 64;
        last = last > node / 64 ? last : node / 64;
    }
    for (uint64_t word = first; word <= last; word++) {
        for (uint32_t bit = 0; bit < 64 && c->chosen[word]; bit++) {
            if (!(c->chosen[word] >> bit & 1))
                continue;
            c->chosen[word] &= ~(UINT64_C(1) << bit);
            f->members[f->member_count++] = (uint32_t)(word * 64 + bit);
        }
    }
    return RG_OK;
}

static uint32_t largest_of(const collector *c, uint64_t first, uint64_t count)
{
    const uint32_t *nodes = c->found.members + first;
    uint32_t best = nodes[0];
    for (uint64_t i = 1; i < count; i++)
        if (c->tree.retained->size[nodes[i]] > c->tree.retained->size[best])
            best = nodes[i];
    return best;
}

/* Who is told for a `__dict__`: the owner, where that alone has it, or is a module or class. */
static uint32_t told_point(const rg__tree *tree, const rg__point *point)
{
    const bool is_owned =
        point->owner != RG_NONE &&
        (point->is_open || tree->retained->dominator[point->node] == point->owner);
    return is_owned ? point->owner : point->node;
}

static rg_status collect(collector *c, const rg__candidate *candidate)
{
    rg_accumulations *f = &c->found;
    rg__level level = {.allocator = f->allocator};
    const rg__point *point = &candidate->point;
    rg_status status = list_places(c, candidate, &level);
    rg_accumulation item = {
        .kind = candidate->kind,
        .point = told_point(&c->tree, point),
        .first = f->member_count,
        .size = candidate->size,
        .outer_type = level.type,
        .outer_count = level.count,
    };
    if (!status && item.kind == RG_ACCUMULATION_MEMBERS && point->node != RG_NONE)
        status = rg__level_descend(&level, &c->tree, &c->tally);
    if (!status)
        status = add_members(c, &level);
    if (!status)
        status = rg__watch_status(&c->watch);
    if (!status)
        status = rg__array_reserve(&f->allocator, &f->items, &f->capacity, f->count + 1,
                                   sizeof *f->items);
    if (!status) {
        item.type = level.type;
        item.count = level.count;
        item.example = largest_of(c, item.first, item.count);
        f->items[f->count++] = item;
    }
    rg__level_dispose(&level);
    return status;
}

rg_status rg_accumulations_find(rg_accumulations *out, const rg_graph *graph,
                                const rg_retained *retained, uint64_t least, size_t limit,
                                const rg_allocator *allocator)
{
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    if (retained->node_count != graph->tables.node_count)
        return RG_ERR_ARGUMENT;
    rg__candidates candidates;
    collector c = {.tree = {graph, retained}, .candidates = &candidates};
    c.watch = rg__watch_begin(graph, "accumulations", graph->tables.node_count);
    c.found =
        (rg_accumulations){.least = least ? least : default_least(graph, &c.watch), .allocator = a};
    rg_status status = rg__candidates_find(&candidates, &c.tree, c.found.least, &a);
    if (!status)
        status = rg__watch_status(&c.watch);
    if (status)
        goto done;
    if (candidates.count)
        qsort(candidates.items, candidates.count, sizeof *candidates.items, by_size);
    c.chosen = rg__array_new(&a, rg__bit_words(graph), sizeof *c.chosen);
    status = rg__tally_start(&c.tally, graph, &a);
    if (!status && !c.chosen)
        status = RG_ERR_NOMEM;
    for (size_t i = 0; i < candidates.count && i < limit && !status; i++)
        status = collect(&c, &candidates.items[i]);
    if (!status) {
        *out = c.found;
        c.found = (rg_accumulations){.allocator = a};
    }
    rg__tally_dispose(&c.tally);

done:
    rg__array_free(&a, c.chosen, rg__bit_words(graph), sizeof *c.chosen);
    rg__candidates_dispose(&candidates, graph);
    rg_accumulations_dispose(&c.found);
    return status;
}

void rg_accumulations_dispose(rg_accumulations *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->members, self->member_capacity, sizeof *self->members);
    rg__array_free(a, self->items, self->capacity, sizeof *self->items);
    *self = (rg_accumulations){0};
}
