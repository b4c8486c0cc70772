/* See edge_marks.h. An edge is known by its index in the graph, which folding keeps: of u → dict → v the
 * second is the folded edge u → v, and the first is not drawn, wherever in a cycle the two stand. Only a cut
 * can consist of the first alone: then it is shown on what goes through the dict. */
#include "render/edge_marks.h"

#include "base/memory.h"
#include "render/picture.h"

#include <stdlib.h>

static int by_index(const void *a, const void *b)
{
    const rg__edge_mark *x = a;
    const rg__edge_mark *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

static void add(rg__edge_marks *m, const rg_edge *edges, size_t count, unsigned role, size_t first)
{
    for (size_t i = 0; i < count; i++)
        m->items[m->count++] =
            (rg__edge_mark){edges[i].index, role == RG__ROLE_CHAIN ? SIZE_MAX : first + i, role};
}

static void merge_equal(rg__edge_marks *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (count && m->items[count - 1].index == m->items[i].index)
            m->items[count - 1].roles |= m->items[i].roles;
        else
            m->items[count++] = m->items[i];
    }
    m->count = count;
}

/* ---- dicts whose only reference is to be cut ---- */

static int by_place(const void *a, const void *b)
{
    const rg__cut_dict *x = a;
    const rg__cut_dict *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->owner > y->owner) - (x->owner < y->owner);
}

/* The key's range is one index. */
static int by_range(const void *key, const void *item)
{
    const rg__cut_dict *x = key;
    const rg__cut_dict *y = item;
    if (x->begin < y->begin || x->begin >= y->end)
        return x->begin < y->begin ? -1 : 1;
    return (x->owner > y->owner) - (x->owner < y->owner);
}

/* The dict that a folded edge comes from, if it is one of those. */
static rg__cut_dict *dict_of(const rg__edge_marks *m, const rg_edge *edge)
{
    const rg__cut_dict key = {.begin = edge->index, .owner = edge->from};
    if (!edge->folded || !m->dict_count)
        return NULL;
    return bsearch(&key, m->dicts, m->dict_count, sizeof key, by_range);
}

/* Any node that a cut leads to: a folded edge tells which of them are dicts. Of equal ones, all that search
 * meets is the same one. */
static void add_dicts(rg__edge_marks *m, const rg_graph *graph, const rg_render_options *o)
{
    for (size_t i = 0; i < o->cut_count; i++) {
        const rg_edge *edge = &o->cut[i];
        if (edge->to >= rg_graph_node_count(graph))
            continue;
        const rg__cut_dict dict = {
            .begin = rg_graph_edges_begin(graph, edge->to),
            .end = rg_graph_edges_end(graph, edge->to),
            .owner = edge->from,
            .position = o->cycle_count + i,
        };
        if (dict.begin < dict.end)
            m->dicts[m->dict_count++] = dict;
    }
    qsort(m->dicts, m->dict_count, sizeof *m->dicts, by_place);
}

/* ---- all ---- */

static const rg__edge_mark *mark_of(const rg__edge_marks *m, const rg_edge *edge)
{
    size_t low = 0;
    size_t high = m->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (m->items[middle].index < edge->index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->count && m->items[low].index == edge->index ? &m->items[low] : NULL;
}

rg__edge_mark rg__edge_marks_find(const rg__edge_marks *self, const rg_edge *edge)
{
    const rg__edge_mark *found = mark_of(self, edge);
    rg__edge_mark mark = found ? *found : (rg__edge_mark){edge->index, SIZE_MAX, 0};
    const rg__cut_dict *dict = dict_of(self, edge);
    if (dict && (!dict->is_in_cycle || mark.roles & RG__ROLE_CYCLE)) {
        mark.roles |= RG__ROLE_CUT;
        mark.position = mark.position < dict->position ? mark.position : dict->position;
    }
    return mark;
}

rg_status rg__edge_marks_make(rg__edge_marks *out, const rg_graph *graph, const rg_subgraph *sub,
                              const rg_render_options *options, const rg_allocator *allocator)
{
    const rg_render_options *o = options;
    const size_t count = o->chain_count + o->cycle_count + o->cut_count;
    out->allocator = *allocator;
    if (!count)
        return RG_OK;
    rg_status status =
        rg__array_reserve(allocator, &out->items, &out->capacity, count, sizeof *out->items);
    if (!status && o->cut_count)
        status = rg__array_reserve(allocator, &out->dicts, &out->dict_capacity, o->cut_count,
                                   sizeof *out->dicts);
    if (status)
        return status;
    add(out, o->chain, o->chain_count, RG__ROLE_CHAIN, 0);
    add(out, o->cycle, o->cycle_count, RG__ROLE_CYCLE, 0);
    add(out, o->cut, o->cut_count, RG__ROLE_CUT, o->cycle_count);
    qsort(out->items, out->count, sizeof *out->items, by_index);
    merge_equal(out);
    if (!o->cut_count)
        return RG_OK;
    add_dicts(out, graph, o);
    for (size_t e = 0; e < sub->edge_count; e++) {
        const rg__edge_mark *mark = mark_of(out, &sub->edges[e]);
        rg__cut_dict *dict = mark ? dict_of(out, &sub->edges[e]) : NULL;
        if (dict && mark->roles & RG__ROLE_CYCLE)
            dict->is_in_cycle = true;
    }
    return RG_OK;
}

void rg__edge_marks_dispose(rg__edge_marks *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->items, self->capacity, sizeof *self->items);
    rg__array_free(a, self->dicts, self->dict_capacity, sizeof *self->dicts);
    *self = (rg__edge_marks){0};
}
