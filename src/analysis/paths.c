/* See paths.h. */
#include "analysis/paths.h"

#include <string.h>

rg_status rg__path_add(rg__path *self, const rg_edge *edge)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->edges, &self->capacity,
                                         self->count + 1, sizeof *self->edges);
    if (!status)
        self->edges[self->count++] = *edge;
    return status;
}

void rg__path_reverse(rg__path *self)
{
    for (size_t i = 0, k = self->count; i + 1 < k; i++) {
        const rg_edge edge = self->edges[i];
        self->edges[i] = self->edges[--k];
        self->edges[k] = edge;
    }
}

void rg__path_dispose(rg__path *self)
{
    rg__array_free(&self->allocator, self->edges, self->capacity, sizeof *self->edges);
    *self = (rg__path){.allocator = self->allocator};
}

rg_status rg__path_descend(rg__path *self, rg__links *links, const rg_distances *d, uint32_t node,
                           uint32_t avoided, uint64_t work_max, uint32_t *start)
{
    *start = RG_NONE;
    while (d->via[node] != RG_NONE) {
        const uint32_t from = d->via[node];
        uint64_t edge = RG__NO_EDGE;
        links->work++;
        if (from == avoided || links->work > work_max)
            return RG_OK;
        rg_status status = rg__links_strongest(links, &edge, from, node, d->weakest);
        if (status)
            return status;
        const rg_edge found = rg_graph_edge(links->graph, from, edge);
        status = rg__path_add(self, &found);
        if (status)
            return status;
        node = from;
    }
    *start = node;
    return RG_OK;
}

rg_status rg__chain_of(rg_chain *out, const rg__path *path, uint32_t root, uint64_t cost)
{
    rg_edge *edges = rg__array_new_raw(&path->allocator, path->count, sizeof *edges);
    if (path->count && !edges)
        return RG_ERR_NOMEM;
    if (path->count)
        memcpy(edges, path->edges, path->count * sizeof *edges);
    *out = (rg_chain){.root = root, .edges = edges, .edge_count = path->count, .cost = cost};
    return RG_OK;
}

void rg__chain_free(rg_chain *self, const rg_allocator *allocator)
{
    rg__array_free(allocator, self->edges, self->edge_count, sizeof *self->edges);
    *self = (rg_chain){0};
}

void rg_chains_dispose(rg_chains *self)
{
    for (size_t i = 0; i < self->count; i++)
        rg__chain_free(&self->items[i], &self->allocator);
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_chains){0};
}

rg_status rg__chain_count_parallel(rg_chain *self, rg__links *links, rg_strength weakest)
{
    if (!self->edge_count)
        return RG_OK;
    const rg_edge last = self->edges[self->edge_count - 1];
    rg_status status = rg__links_prepare(links, last.from);
    if (status)
        return status;
    for (uint64_t e = rg__links_first(links, last.from, last.to); e != RG__NO_EDGE;
         e = rg__links_after(links, last.from, last.to, e)) {
        const rg_edge edge = rg_graph_edge(links->graph, last.from, e);
        self->parallel += e != last.index && edge.name.kind != RG_NAME_KEY_OF &&
                          edge.strength < RG_STRENGTH_WEAK && edge.strength <= weakest;
    }
    return RG_OK;
}

/* The text of a key where it has one: equal names may be different objects. */
static bool keys_are_same(const rg_graph *g, uint32_t a, uint32_t b)
{
    const rg_node x = rg__node_at(&g->tables, a);
    const rg_node y = rg__node_at(&g->tables, b);
    return a == b ||
           (x.text != RG_NONE && x.text == y.text && x.type == y.type && x.flags == y.flags);
}

bool rg__chain_is_alike(const rg_chain *a, const rg_chain *b, rg__links *links)
{
    const rg_graph *g = links->graph;
    if (a->root != b->root || a->edge_count != b->edge_count)
        return false;
    for (size_t i = a->edge_count; i-- > 0;) {
        const rg_edge *x = &a->edges[i];
        const rg_edge *y = &b->edges[i];
        if (rg__node_type(&g->tables, x->from) != rg__node_type(&g->tables, y->from) ||
            x->name.kind != y->name.kind || x->strength != y->strength)
            return false;
        switch (x->name.kind) {
        case RG_NAME_ATTRIBUTE:
        case RG_NAME_LOCAL:
        case RG_NAME_CELL:
        case RG_NAME_SLOT:
        case RG_NAME_HIDDEN:
            if (x->name.value != y->name.value)
                return false;
            break;
        case RG_NAME_KEY:
            if (i && rg__links_is_dict(links, a->edges[i - 1].index) &&
                !keys_are_same(g, x->name.value, y->name.value))
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}
