/* See holders.h. */
#include "analysis/holders.h"

static uint64_t bound_of(const rg_distances *distances, const rg_graph *g, uint32_t node,
                         uint64_t edge)
{
    const uint64_t cost = distances->cost[node];
    return cost == RG_UNREACHED ? RG_UNREACHED : cost + rg__weight(rg__edge_strength(g, edge));
}

static rg_status holder_of(rg__links *links, uint32_t *holder, uint32_t node, uint64_t edge)
{
    const rg_name_kind kind = rg__edge_kind(links->graph, edge);
    uint32_t owner = RG_NONE;
    if (kind == RG_NAME_KEY || kind == RG_NAME_KEY_OF) {
        rg_status status = rg__links_owner(links, &owner, node);
        if (status)
            return status;
    }
    *holder = owner == RG_NONE ? node : owner;
    return RG_OK;
}

static rg_status add_referrer(rg__holders *self, uint32_t holder_node, const rg__referrer *referrer)
{
    const rg_allocator *a = &self->allocator;
    rg_status status = rg__array_reserve(a, &self->referrers, &self->referrer_capacity,
                                         self->referrer_count + 1, sizeof *self->referrers);
    if (!status)
        status = rg__array_reserve(a, &self->items, &self->item_capacity, self->nodes.count + 1,
                                   sizeof *self->items);
    const size_t before = self->nodes.count;
    uint32_t ordinal = 0;
    if (!status)
        status = rg__node_set_add(&self->nodes, &ordinal, holder_node);
    if (status)
        return status;
    rg__holder *holder = &self->items[ordinal];
    if (ordinal == before)
        *holder = (rg__holder){.first = RG_NONE};
    rg__referrer *added = &self->referrers[self->referrer_count];
    *added = *referrer;
    added->holder = ordinal;
    added->after = holder->first;
    holder->first = (uint32_t)self->referrer_count++;
    return RG_OK;
}

rg_status rg__holders_find(rg__holders *out, rg__links *links, const rg_distances *distances,
                           uint32_t target)
{
    const rg_graph *g = links->graph;
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(g, target, &count);
    *out = (rg__holders){
        .allocator = links->allocator,
        .target = target,
        .nodes.allocator = links->allocator,
    };
    rg_status status = RG_OK;
    for (uint64_t i = 0; i < count && !status; i++) {
        rg__referrer referrer = {.node = sources[i]};
        uint32_t holder = RG_NONE;
        if (i && sources[i] == sources[i - 1])
            continue;
        status = rg__links_strongest(links, &referrer.edge, sources[i], target, distances->weakest);
        if (status || referrer.edge == RG__NO_EDGE)
            continue;
        referrer.bound = bound_of(distances, g, sources[i], referrer.edge);
        status = holder_of(links, &holder, sources[i], referrer.edge);
        if (!status)
            status = add_referrer(out, holder, &referrer);
    }
    return status;
}

void rg__holders_dispose(rg__holders *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->referrers, self->referrer_capacity, sizeof *self->referrers);
    rg__array_free(a, self->items, self->item_capacity, sizeof *self->items);
    rg__node_set_dispose(&self->nodes);
}

const rg__referrer *rg__holders_referrer(const rg__holders *self, uint32_t node)
{
    size_t low = 0;
    size_t high = self->referrer_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (self->referrers[middle].node <= node)
            low = middle;
        else
            high = middle;
    }
    return &self->referrers[low];
}

enum { CLIMB_MOST = 1 << 10 /* dominators of one referrer */ };

static bool is_behind(const rg__holders *self, uint32_t node, const uint32_t *dominator)
{
    for (int i = 0; i < CLIMB_MOST && node != RG_NONE && node != self->target; i++)
        node = dominator[node];
    return node == self->target;
}

bool rg__holders_are_behind(const rg__holders *self, uint32_t holder, const uint32_t *dominator)
{
    bool are_behind = dominator;
    for (uint32_t i = self->items[holder].first; i != RG_NONE && are_behind;
         i = self->referrers[i].after)
        are_behind = is_behind(self, self->referrers[i].node, dominator);
    return are_behind;
}
