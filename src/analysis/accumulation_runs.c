/* Runs: an object belongs to the run of the nearest object of its type that is at most REACH steps
 * above it in the tree of dominators.
 *
 *   HEAD ─► Link ─► dict ─► Link ─► dict ─► Link      one run of three, whose top is the first
 *
 * Containers are in each other for many reasons, so they make a run only where nearly all that one
 * retains is the next one: a list whose last item is the rest of the list. Modules and classes
 * make none. */
#include "analysis/accumulations.h"

#include "graph/graph_private.h"

enum { REACH = 6 /* Node → __dict__ → list → tuple → Edge → __dict__ → Node */ };

/* Whether a container is but the next of a chain of such. */
static bool is_next(const rg_retained *r, uint32_t node, uint32_t above)
{
    return r->size[node] >= r->size[above] - r->size[above] / 5;
}

static uint32_t top_of(const rg__runs *runs, const rg__tree *tree, uint32_t node)
{
    const rg__tables *t = &tree->graph->tables;
    const uint32_t type = rg__node_type(t, node);
    const rg_kind kind = t->types[type].kind;
    uint32_t above = tree->retained->dominator[node];
    if (kind == RG_KIND_MODULE || kind == RG_KIND_TYPE)
        return node;
    if (kind == RG_KIND_CONTAINER)
        return above != RG_NONE && rg__node_type(t, above) == type &&
                       is_next(tree->retained, node, above)
                   ? runs->top[above]
                   : node;
    for (int step = 0; step < REACH && above != RG_NONE; step++) {
        if (rg__node_type(t, above) == type)
            return runs->top[above];
        above = tree->retained->dominator[above];
    }
    return node;
}

rg_status rg__runs_find(rg__runs *self, const rg__tree *tree, const rg_allocator *allocator)
{
    const rg_retained *r = tree->retained;
    *self = (rg__runs){.room = (size_t)r->node_count + 1, .allocator = *allocator};
    self->top = rg__array_new_raw(allocator, self->room, sizeof *self->top);
    self->members = rg__array_new(allocator, self->room, sizeof *self->members);
    if (!self->top || !self->members)
        return RG_ERR_NOMEM;
    rg__watch watch = rg__watch_begin(tree->graph, "accumulations", 2 * (uint64_t)r->node_count);
    for (uint32_t i = 0; i < r->node_count && !rg__tick(&watch, 2);
         i++) { /* what is above a node stands before it */
        const uint32_t node = r->order[i];
        self->top[node] = top_of(self, tree, node);
        self->members[self->top[node]]++;
    }
    return rg__watch_status(&watch);
}

void rg__runs_dispose(rg__runs *self)
{
    rg__array_free(&self->allocator, self->members, self->room, sizeof *self->members);
    rg__array_free(&self->allocator, self->top, self->room, sizeof *self->top);
    *self = (rg__runs){0};
}
