/* What has changed between two graphs of one process: by type here, by place in growth_points.c. */
#include "analysis/growth_points.h"

#include <stdlib.h>

#include "graph/graph_private.h"

/* ---- what begins ---- */

/* Follow the cheapest chain up, to what has a pair; what is met on the way begins with the last. */
static void find_top(rg__growth_side *self, uint32_t node)
{
    const uint32_t *via = self->distances->via;
    uint32_t top = node;
    while (self->top[top] == RG_NONE && via[top] != RG_NONE && self->pair[via[top]] == RG_NONE)
        top = via[top];
    if (self->top[top] != RG_NONE)
        top = self->top[top];
    for (uint32_t n = node; self->top[n] == RG_NONE; n = via[n]) {
        self->top[n] = top;
        if (n == top)
            return;
    }
}

rg_status rg__growth_side_find(rg__growth_side *out, const rg_graph *graph,
                               const rg_distances *distances, const uint32_t *pair,
                               const rg_allocator *allocator)
{
    const uint32_t count = (uint32_t)graph->tables.node_count;
    *out = (rg__growth_side){
        .graph = graph, .distances = distances, .pair = pair, .allocator = *allocator};
    out->top = rg__array_new_raw(allocator, count, sizeof *out->top);
    if (count && !out->top)
        return RG_ERR_NOMEM;
    rg__watch watch = rg__watch_begin(graph, "what began", 6 * (uint64_t)count);
    rg_status status = rg__watch_fill(&watch, out->top, 0xFF, count * sizeof *out->top);
    if (status)
        return status;
    for (uint32_t n = 0; n < count && !rg__tick(&watch, 3); n++)
        if (pair[n] == RG_NONE)
            find_top(out, n);
    size_t top_count = 0;
    for (uint32_t n = 0; n < count && !rg__tick(&watch, 1); n++)
        top_count += out->top[n] == n;
    status = rg__watch_status(&watch);
    if (status)
        return status;
    out->tops = rg__array_new_raw(allocator, top_count, sizeof *out->tops);
    if (top_count && !out->tops)
        return RG_ERR_NOMEM;
    out->top_count = top_count;
    size_t at = 0;
    for (uint32_t n = 0; at < top_count && !rg__tick(&watch, 1); n++)
        if (out->top[n] == n)
            out->tops[at++] = n;
    return rg__watch_status(&watch);
}

void rg__growth_side_dispose(rg__growth_side *self)
{
    if (!self->graph)
        return;
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->top, self->graph->tables.node_count, sizeof *self->top);
    rg__array_free(a, self->tops, self->top_count, sizeof *self->tops);
    *self = (rg__growth_side){0};
}

/* ---- types ---- */

static void count_before(rg_growth *out, const rg__pairs *pairs, rg__watch *watch)
{
    const rg__tables *t = &pairs->before->tables;
    for (size_t n = 0; n < t->node_count && !rg__tick(watch, 1); n++) {
        rg_type_growth *type = &out->types[pairs->type_of_before[rg__node_type(t, n)]];
        type->count_before++;
        type->size_before += rg__node_size(t, n);
        type->died += pairs->after_of[n] == RG_NONE;
        out->size_before += rg__node_size(t, n);
    }
    out->count_before = t->node_count;
}

static void count_after(rg_growth *out, const rg__pairs *pairs, rg__watch *watch)
{
    const rg__tables *t = &pairs->after->tables;
    for (uint32_t n = 0; n < t->node_count && !rg__tick(watch, 1); n++) {
        rg_type_growth *type = &out->types[pairs->type_of_after[rg__node_type(t, n)]];
        type->count++;
        type->size += rg__node_size(t, n);
        out->size += rg__node_size(t, n);
        type->born += pairs->before_of[n] == RG_NONE;
    }
    out->count = t->node_count;
}

static rg_status find_types(rg_growth *out, const rg__pairs *pairs)
{
    out->type_count = pairs->type_count;
    out->types = rg__array_new(&out->allocator, out->type_count, sizeof *out->types);
    if (out->type_count && !out->types)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < out->type_count; i++)
        out->types[i] = (rg_type_growth){
            .before = RG_NONE, .after = RG_NONE, .example = RG_NONE, .point = RG_NONE};
    for (uint32_t i = 0; i < pairs->before->tables.type_count; i++)
        out->types[pairs->type_of_before[i]].before = i;
    for (uint32_t i = 0; i < pairs->after->tables.type_count; i++)
        out->types[pairs->type_of_after[i]].after = i;
    rg__watch watch = rg__watch_begin(pairs->after, "types",
                                      pairs->before->tables.node_count +
                                          (uint64_t)pairs->after->tables.node_count);
    count_before(out, pairs, &watch);
    count_after(out, pairs, &watch);
    return rg__watch_status(&watch);
}

/* New nodes by the number of their type, ascending, and where each number begins. RG_OK or RG_ERR_NOMEM. */
static rg_status list_by_type(const rg_growth *out, const rg__pairs *pairs, uint32_t *nodes,
                              size_t *begins)
{
    const rg__tables *t = &pairs->after->tables;
    for (size_t i = 0; i < out->type_count; i++)
        begins[i + 1] = begins[i] + (size_t)out->types[i].born;
    size_t *next = rg__array_new_raw(&out->allocator, out->type_count, sizeof *next);
    if (out->type_count && !next)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < out->type_count; i++)
        next[i] = begins[i];
    rg__watch watch = rg__watch_begin(pairs->after, "types", t->node_count);
    for (uint32_t n = 0; n < t->node_count && !rg__tick(&watch, 1); n++)
        if (pairs->before_of[n] == RG_NONE)
            nodes[next[pairs->type_of_after[rg__node_type(t, n)]]++] = n;
    rg__array_free(&out->allocator, next, out->type_count, sizeof *next);
    return rg__watch_status(&watch);
}

/* One of some new nodes that stands for those of a point: one that begins there, the largest, the lowest. */
static uint32_t example_at(const rg_growth *out, const rg__growth_side *after, uint32_t point,
                           const uint32_t *nodes, size_t count)
{
    const rg__tables *t = &after->graph->tables;
    uint32_t example = RG_NONE;
    bool begins = false;
    for (size_t i = 0; i < count; i++) {
        const uint32_t n = nodes[i];
        if (out->point_of[n] != point)
            continue;
        const bool is_top = after->top[n] == n;
        if (example == RG_NONE || is_top > begins ||
            (is_top == begins && rg__node_size(t, n) > rg__node_size(t, example))) {
            example = n;
            begins = is_top;
        }
    }
    return example;
}

/* Where most of the new ones of each type are, and one of those; the types are in the order of their numbers. */
static rg_status find_type_points(rg_growth *out, const rg__pairs *pairs,
                                  const rg__growth_side *after)
{
    const rg_allocator *a = &out->allocator;
    uint32_t *nodes = rg__array_new_raw(a, (size_t)out->born, sizeof *nodes);
    size_t *begins = rg__array_new(a, out->type_count + 1, sizeof *begins);
    uint32_t *counts = rg__array_new(a, out->point_count, sizeof *counts);
    rg_status status = (out->born && !nodes) || !begins || (out->point_count && !counts)
                           ? RG_ERR_NOMEM
                           : list_by_type(out, pairs, nodes, begins);
    rg__watch watch = rg__watch_begin(pairs->after, "types", 3 * out->born);
    for (size_t i = 0; i < out->type_count && !status; i++) {
        uint32_t best = RG_NONE;
        status = rg__watch_status(&watch);
        for (size_t k = begins[i]; k < begins[i + 1] && !rg__tick(&watch, 3); k++) {
            const uint32_t point = out->point_of[nodes[k]];
            counts[point]++;
            if (best == RG_NONE || counts[point] > counts[best] ||
                (counts[point] == counts[best] && point < best))
                best = point;
        }
        if (best == RG_NONE)
            continue; /* nothing of it is new */
        out->types[i].point = best;
        out->types[i].example =
            example_at(out, after, best, nodes + begins[i], begins[i + 1] - begins[i]);
        for (size_t k = begins[i]; k < begins[i + 1]; k++)
            counts[out->point_of[nodes[k]]] = 0;
    }
    if (!status)
        status = rg__watch_status(&watch);
    rg__array_free(a, nodes, (size_t)out->born, sizeof *nodes);
    rg__array_free(a, begins, out->type_count + 1, sizeof *begins);
    rg__array_free(a, counts, out->point_count, sizeof *counts);
    return status;
}

typedef struct ranked {
    rg_type_growth type;
    size_t number; /* of rg__pairs: by name, then by module */
} ranked;

static int by_growth(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    const int64_t sizes[] = {(int64_t)(x->type.size - x->type.size_before),
                             (int64_t)(y->type.size - y->type.size_before)};
    const int64_t counts[] = {(int64_t)(x->type.count - x->type.count_before),
                              (int64_t)(y->type.count - y->type.count_before)};
    if (sizes[0] != sizes[1])
        return sizes[0] > sizes[1] ? -1 : 1;
    if (counts[0] != counts[1])
        return counts[0] > counts[1] ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Rows of the types of one graph, from their numbers. RG_OK or RG_ERR_NOMEM. */
static rg_status list_rows(uint32_t **rows, const uint32_t *number_of, uint32_t count,
                           const uint32_t *row_of_number, const rg_allocator *a)
{
    *rows = rg__array_new_raw(a, count, sizeof **rows);
    if (count && !*rows)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        (*rows)[i] = row_of_number[number_of[i]];
    return RG_OK;
}

static rg_status sort_types(rg_growth *out, const rg__pairs *pairs)
{
    const rg_allocator *a = &out->allocator;
    ranked *all = rg__array_new_raw(a, out->type_count, sizeof *all);
    uint32_t *rows = rg__array_new_raw(a, out->type_count, sizeof *rows);
    rg_status status = out->type_count && (!all || !rows) ? RG_ERR_NOMEM : RG_OK;
    for (size_t i = 0; i < out->type_count && !status; i++)
        all[i] = (ranked){out->types[i], i};
    if (!status && out->type_count)
        qsort(all, out->type_count, sizeof *all, by_growth);
    for (uint32_t i = 0; i < out->type_count && !status; i++) {
        out->types[i] = all[i].type;
        rows[all[i].number] = i;
    }
    out->type_count_before = (uint32_t)pairs->before->tables.type_count;
    out->type_count_after = (uint32_t)pairs->after->tables.type_count;
    if (!status)
        status =
            list_rows(&out->row_of_before, pairs->type_of_before, out->type_count_before, rows, a);
    if (!status)
        status =
            list_rows(&out->row_of_after, pairs->type_of_after, out->type_count_after, rows, a);
    rg__array_free(a, all, out->type_count, sizeof *all);
    rg__array_free(a, rows, out->type_count, sizeof *rows);
    return status;
}

/* ---- the whole ---- */

static rg_status fill(rg_growth *out, const rg__pairs *pairs, const rg_distances *distances_before,
                      const rg_distances *distances)
{
    rg__growth_side before = {0};
    rg__growth_side after = {0};
    const rg_allocator *a = &out->allocator;
    rg_status status =
        rg__growth_side_find(&before, pairs->before, distances_before, pairs->after_of, a);
    if (!status)
        status = rg__growth_side_find(&after, pairs->after, distances, pairs->before_of, a);
    if (!status)
        status = find_types(out, pairs);
    if (!status)
        status = rg__growth_points_find(out, pairs, &before, &after);
    if (!status)
        status = find_type_points(out, pairs, &after);
    if (!status)
        status = sort_types(out, pairs);
    rg__growth_side_dispose(&before);
    rg__growth_side_dispose(&after);
    return status;
}

rg_status rg_growth_find(rg_growth *out, const rg_graph *before,
                         const rg_distances *distances_before, const rg_graph *after,
                         const rg_distances *distances, const rg_allocator *allocator)
{
    if (distances_before->node_count != before->tables.node_count ||
        distances->node_count != after->tables.node_count)
        return RG_ERR_ARGUMENT;
    rg_growth found = {.allocator = allocator ? *allocator : after->allocator,
                       .node_count = (uint32_t)after->tables.node_count,
                       .node_count_before = (uint32_t)before->tables.node_count};
    rg__pairs pairs = {0};
    rg_status status = rg__pairs_find(&pairs, before, after, &found.allocator);
    if (!status)
        status = fill(&found, &pairs, distances_before, distances);
    rg__pairs_dispose(&pairs);
    if (status)
        rg_growth_dispose(&found);
    else
        *out = found;
    return status;
}

void rg_growth_dispose(rg_growth *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->types, self->type_count, sizeof *self->types);
    rg__array_free(a, self->row_of_before, self->type_count_before, sizeof *self->row_of_before);
    rg__array_free(a, self->row_of_after, self->type_count_after, sizeof *self->row_of_after);
    rg__array_free(a, self->points, self->point_count, sizeof *self->points);
    rg__array_free(a, self->point_of, self->node_count, sizeof *self->point_of);
    rg__array_free(a, self->point_of_gone, self->node_count_before, sizeof *self->point_of_gone);
    rg__array_free(a, self->texts, self->text_size, 1);
    *self = (rg_growth){0};
}

rg_status rg_lasting_find(rg_node_list *out, const rg_graph *before, const rg_graph *after,
                          const rg_graph *later, const rg_allocator *allocator)
{
    rg_node_list found = {.allocator = allocator ? *allocator : later->allocator};
    const rg_allocator *a = &found.allocator;
    const size_t room = later->tables.node_count;
    rg__pairs span = {0};
    rg__pairs rest = {0};
    rg_status status = rg__pairs_find(&span, before, after, a);
    if (!status)
        status = rg__pairs_find(&rest, after, later, a);
    size_t count = 0;
    for (int is_counted = 0; is_counted < 2 && !status; is_counted++) {
        if (is_counted) {
            found.items = rg__array_new_raw(a, count, sizeof *found.items);
            if (count && !found.items)
                status = RG_ERR_NOMEM;
        }
        for (uint32_t n = 0; n < room && !status; n++) {
            const uint32_t was = rest.before_of[n];
            if (was == RG_NONE || span.before_of[was] != RG_NONE)
                continue;
            if (is_counted)
                found.items[found.count++] = n;
            else
                count++;
        }
    }
    rg__pairs_dispose(&span);
    rg__pairs_dispose(&rest);
    if (!status)
        *out = found;
    return status;
}
