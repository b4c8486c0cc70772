/* See fold.h. Whether a node folds is found once and remembered: a module's dict is met often, and has
 * thousands of referrers. */
#include "analysis/fold.h"

#include "base/memory.h"

rg__fold rg__fold_of(const rg_graph *graph, const rg_allocator *allocator)
{
    return (rg__fold){
        .links = rg__links_of(graph, "neighbours", allocator),
        .known.allocator = *allocator,
    };
}

void rg__fold_dispose(rg__fold *self)
{
    const rg_allocator a = self->known.allocator;
    rg__array_free(&a, self->owners, self->owner_capacity, sizeof *self->owners);
    rg__node_set_dispose(&self->known);
    rg__links_dispose(&self->links);
}

static rg_status remember(rg__fold *self, uint32_t node, uint32_t owner)
{
    uint32_t ordinal = 0;
    rg_status status =
        rg__array_reserve(&self->known.allocator, &self->owners, &self->owner_capacity,
                          self->known.count + 1, sizeof *self->owners);
    if (!status)
        status = rg__node_set_add(&self->known, &ordinal, node);
    if (status)
        return status;
    self->owners[ordinal] = owner;
    return RG_OK;
}

rg_status rg__fold_exempt(rg__fold *self, uint32_t node)
{
    return remember(self, node, RG_NONE);
}

static bool holds_only_items(const rg_graph *g, uint32_t node)
{
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
        const rg_name_kind kind = rg__edge_kind(g, e);
        if (kind != RG_NAME_KEY && kind != RG_NAME_KEY_OF)
            return false;
    }
    return true;
}

/* The source of the only own edge into `node` when that edge is `.__dict__`, or RG_NONE. */
static rg_status sole_owner(rg__links *links, uint32_t *owner, uint32_t node)
{
    const rg_graph *g = links->graph;
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(g, node, &count);
    uint32_t sole = RG_NONE;
    *owner = RG_NONE;
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t from = sources[i];
        if (i && from == sources[i - 1])
            continue;
        rg_status status = rg__links_prepare(links, from);
        if (status)
            return status;
        for (uint64_t e = rg__links_first(links, from, node); e != RG__NO_EDGE;
             e = rg__links_after(links, from, node, e)) {
            if (rg__edge_strength(g, e) != RG_STRENGTH_OWN)
                continue;
            if (sole != RG_NONE || !rg__links_is_dict(links, e))
                return RG_OK;
            sole = from;
        }
    }
    *owner = sole;
    return RG_OK;
}

rg_status rg__fold_owner(rg__fold *self, uint32_t *owner, uint32_t node)
{
    *owner = RG_NONE;
    if (self->is_off)
        return RG_OK;
    const uint32_t ordinal = rg__node_set_find(&self->known, node);
    if (ordinal != RG_NONE) {
        *owner = self->owners[ordinal];
        return RG_OK;
    }
    uint32_t dict = RG_NONE;
    rg_status status = sole_owner(&self->links, owner, node);
    if (!status && *owner != RG_NONE)
        status = rg__links_dict(&self->links, &dict, *owner);
    if (status)
        return status;
    if (dict != node || !holds_only_items(self->links.graph, node))
        *owner = RG_NONE;
    return remember(self, node, *owner);
}

rg_status rg__fold_dict(rg__fold *self, uint32_t *dict, uint32_t node)
{
    uint32_t found = RG_NONE;
    uint32_t owner = RG_NONE;
    *dict = RG_NONE;
    if (self->is_off)
        return RG_OK;
    rg_status status = rg__links_dict(&self->links, &found, node);
    if (!status && found != RG_NONE)
        status = rg__fold_owner(self, &owner, found);
    if (status)
        return status;
    if (found != RG_NONE && owner == node)
        *dict = found;
    return RG_OK;
}

rg_status rg__fold_edge(rg__fold *self, rg_edge *edge, bool *is_shown)
{
    uint32_t from_owner = RG_NONE;
    uint32_t to_owner = RG_NONE;
    *is_shown = true;
    const bool is_item = edge->name.kind == RG_NAME_KEY || edge->name.kind == RG_NAME_KEY_OF;
    const bool is_own = edge->strength == RG_STRENGTH_OWN;
    rg_status status = RG_OK;
    if (is_item) /* a dict that folds has no other edges */
        status = rg__fold_owner(self, &from_owner, edge->from);
    /* an own edge into a dict that folds is its `__dict__` */
    if (!status && (!is_own || rg__links_is_dict(&self->links, edge->index)))
        status = rg__fold_owner(self, &to_owner, edge->to);
    if (status)
        return status;
    if (is_own && to_owner != RG_NONE)
        *is_shown = false;
    if (from_owner != RG_NONE) {
        if (edge->name.kind == RG_NAME_KEY_OF)
            *is_shown = false;
        edge->from = from_owner;
        edge->folded = true;
    }
    if (to_owner != RG_NONE)
        edge->to = to_owner;
    return RG_OK;
}
