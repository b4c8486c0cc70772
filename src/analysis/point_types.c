/* What came to a point of growth and what went, by type. */
#include <refgraph/analysis.h>

#include <stdlib.h>

#include "graph/graph_private.h"

/* One for each of rg_growth.types. */
typedef struct sum {
    rg_point_type type;
    uint32_t place; /* among them */
} sum;

static void count_born(sum *sums, const rg_growth *growth, size_t point, const rg_graph *after,
                       const rg_distances *distances)
{
    for (uint32_t n = 0; n < growth->node_count; n++) {
        if (growth->point_of[n] != point)
            continue;
        const rg_node node = rg__node_at(&after->tables, n);
        rg_point_type *t = &sums[growth->row_of_after[node.type]].type;
        t->born++;
        t->born_size += node.size;
        if (distances->cost[n] < t->cost)
            t->cost = distances->cost[n];
    }
}

static void count_died(sum *sums, const rg_growth *growth, size_t point, const rg_graph *before)
{
    for (uint32_t n = 0; n < growth->node_count_before; n++) {
        if (growth->point_of_gone[n] != point)
            continue;
        const rg_node node = rg__node_at(&before->tables, n);
        rg_point_type *t = &sums[growth->row_of_before[node.type]].type;
        t->died++;
        t->died_size += node.size;
    }
}

static int by_net_size(const void *a, const void *b)
{
    const sum *x = a;
    const sum *y = b;
    const int64_t nets[] = {(int64_t)(x->type.born_size - x->type.died_size),
                            (int64_t)(y->type.born_size - y->type.died_size)};
    if (nets[0] != nets[1])
        return nets[0] > nets[1] ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The sums of which there is anything, to the front; how many. */
static size_t drop_empty(sum *sums, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (sums[i].type.born || sums[i].type.died)
            sums[kept++] = sums[i];
    return kept;
}

rg_status rg_point_types_find(rg_point_types *out, const rg_growth *growth, size_t point,
                              const rg_graph *before, const rg_graph *after,
                              const rg_distances *distances, const rg_allocator *allocator)
{
    rg_point_types found = {.allocator = allocator ? *allocator : growth->allocator};
    const rg_allocator *a = &found.allocator;
    if (point >= growth->point_count || before->tables.node_count != growth->node_count_before ||
        after->tables.node_count != growth->node_count ||
        before->tables.type_count != growth->type_count_before ||
        after->tables.type_count != growth->type_count_after ||
        distances->node_count != growth->node_count)
        return RG_ERR_ARGUMENT;
    sum *sums = rg__array_new_raw(a, growth->type_count, sizeof *sums);
    if (!sums)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < growth->type_count; i++)
        sums[i] = (sum){.type = {.before = growth->types[i].before,
                                 .after = growth->types[i].after,
                                 .cost = RG_UNREACHED},
                        .place = i};
    count_born(sums, growth, point, after, distances);
    count_died(sums, growth, point, before);
    const size_t count = drop_empty(sums, growth->type_count);
    qsort(sums, count, sizeof *sums, by_net_size);
    found.items = rg__array_new_raw(a, count, sizeof *found.items);
    const rg_status status = count && !found.items ? RG_ERR_NOMEM : RG_OK;
    for (size_t i = 0; i < count && !status; i++)
        found.items[found.count++] = sums[i].type;
    rg__array_free(a, sums, growth->type_count, sizeof *sums);
    if (!status)
        *out = found;
    return status;
}

void rg_point_types_dispose(rg_point_types *self)
{
    rg__array_free(&self->allocator, self->items, self->count, sizeof *self->items);
    *self = (rg_point_types){0};
}
