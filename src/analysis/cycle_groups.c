/* From cycles to groups: shapes are worked out and numbered, cycles are ordered by them, groups by what they
 * amount to. Cycles can also be selected: the groups of a selection are those of the whole, less what is not
 * wanted. */
#include "analysis/cycle_groups.h"

#include "analysis/sort.h"

#include <stdlib.h>
#include <string.h>

typedef struct shaped {
    rg__shape shape;
    uint32_t cycle;
} shaped;

static int by_shape(const void *a, const void *b)
{
    const shaped *x = a;
    const shaped *y = b;
    if (x->shape.a != y->shape.a)
        return x->shape.a < y->shape.a ? -1 : 1;
    if (x->shape.b != y->shape.b)
        return x->shape.b < y->shape.b ? -1 : 1;
    return x->cycle < y->cycle ? -1 : 1;
}

static bool are_alike(const shaped *x, const shaped *y)
{
    return x->shape.a == y->shape.a && x->shape.b == y->shape.b;
}

/* The shape's number becomes the cycle's group. */
static rg_status number_shapes(rg_cycles *self, const rg_graph *graph, const uint32_t *component)
{
    rg__shapes shapes;
    rg_status status = rg__shapes_start(&shapes, graph, &self->allocator);
    if (status)
        return status;
    shaped *all = rg__array_new_raw(&self->allocator, self->count, sizeof *all);
    if (!all)
        status = RG_ERR_NOMEM;
    rg__watch watch = rg__watch_begin(graph, "equal cycles", self->member_count);
    shapes.watch = &watch;
    for (size_t i = 0; i < self->count && !status; i++) {
        all[i].cycle = (uint32_t)i;
        status = rg__shapes_find(&shapes, &all[i].shape, &self->items[i], self->members, component);
    }
    if (!status)
        status =
            rg__sort_watched(all, self->count, sizeof *all, by_shape, &watch, &self->allocator);
    if (!status) {
        uint32_t number = 0;
        for (size_t i = 0; i < self->count; i++) {
            number += i && !are_alike(&all[i - 1], &all[i]);
            self->items[all[i].cycle].group = number;
        }
    }
    rg__array_free(&self->allocator, all, self->count, sizeof *all);
    rg__shapes_dispose(&shapes);
    return status;
}

/* ---- from numbers to groups ---- */

static int by_group(const void *a, const void *b)
{
    const rg_cycle *x = a;
    const rg_cycle *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return x->first < y->first ? -1 : 1;
}

/* Worst verdict first, classes last, then the most memory, the most cycles, the oldest number. */
static int by_weight(const void *a, const void *b)
{
    const rg_cycle_group *x = a;
    const rg_cycle_group *y = b;
    if (x->verdict != y->verdict)
        return x->verdict < y->verdict ? -1 : 1;
    if ((x->flags ^ y->flags) & RG_CYCLE_OF_CLASS)
        return x->flags & RG_CYCLE_OF_CLASS ? 1 : -1;
    const uint64_t sizes[] = {x->size + x->kept_size, y->size + y->kept_size};
    if (sizes[0] != sizes[1])
        return sizes[0] > sizes[1] ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->first < y->first ? -1 : 1;
}

static void add_to_group(rg_cycle_group *group, const rg_cycle *cycle)
{
    group->flags = group->count ? group->flags & cycle->flags : cycle->flags;
    group->count++;
    group->verdict = cycle->verdict;
    group->generations |= cycle->generations;
    group->object_count += cycle->count;
    group->size += cycle->size;
    group->kept_count += cycle->kept_count;
    group->kept_size += cycle->kept_size;
}

/* Cycles lie in the order of their groups' numbers; put them into the order of the groups. */
static void reorder(const rg_cycles *self, rg_cycle *items)
{
    uint32_t next = 0;
    for (size_t g = 0; g < self->group_count; g++) {
        rg_cycle_group *group = &self->groups[g];
        const uint32_t first = group->first;
        group->first = next;
        for (uint32_t i = 0; i < group->count; i++) {
            items[next] = self->items[first + i];
            items[next++].group = (uint32_t)g;
        }
    }
}

/* Make the groups from the numbers that stand in the cycles' `group`. */
static rg_status arrange(rg_cycles *self, const rg_graph *graph)
{
    const rg_allocator *a = &self->allocator;
    rg__watch watch = rg__watch_begin(graph, "equal cycles", 2 * self->count);
    rg_status status =
        rg__sort_watched(self->items, self->count, sizeof *self->items, by_group, &watch, a);
    if (status)
        return status;
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += !i || self->items[i].group != self->items[i - 1].group;
    rg_cycle *items = rg__array_new_raw(a, self->count, sizeof *items);
    rg_cycle_group *groups = rg__array_new(a, count, sizeof *groups);
    if (!items || !groups) {
        rg__array_free(a, items, self->count, sizeof *items);
        rg__array_free(a, groups, count, sizeof *groups);
        return RG_ERR_NOMEM;
    }
    self->groups = groups;
    self->group_count = count;
    for (size_t i = 0, g = 0; i < self->count; i++) {
        if (i && self->items[i].group != self->items[i - 1].group)
            g++;
        if (!groups[g].count)
            groups[g].first = (uint32_t)i;
        add_to_group(&groups[g], &self->items[i]);
    }
    status = rg__sort_watched(groups, count, sizeof *groups, by_weight, &watch, a);
    if (status) {
        rg__array_free(a, items, self->count, sizeof *items);
        return status;
    }
    reorder(self, items);
    rg__array_free(a, self->items, self->count, sizeof *self->items);
    self->items = items;
    return RG_OK;
}

rg_status rg__cycle_groups_make(rg_cycles *self, const rg_graph *graph, const uint32_t *component)
{
    if (!self->count)
        return RG_OK;
    rg_status status = number_shapes(self, graph, component);
    return status ? status : arrange(self, graph);
}

/* ---- selecting ---- */

static bool has_type(const rg_cycles *self, const rg_cycle *cycle, const rg_graph *g,
                     const unsigned char *is_wanted)
{
    for (uint32_t i = 0; i < cycle->count; i++)
        if (is_wanted[rg__node_type(&g->tables, self->members[cycle->first + i])])
            return true;
    return false;
}

static bool has_unknown(const rg_cycles *self, const rg_cycle *cycle, const rg_cycle_filter *filter)
{
    for (uint32_t i = 0; i < cycle->count; i++)
        if (!rg__ids_contain(filter->known, filter->known_count, self->members[cycle->first + i]))
            return true;
    return false;
}

/* The cycles that a filter wants, into `items`, with the positions of their members in an array of those
 * alone; how many members there are. */
static void choose(const rg_cycles *self, const rg_graph *g, const rg_cycle_filter *filter,
                   const unsigned char *is_wanted, rg_cycles *out)
{
    for (size_t i = 0; i < self->count; i++) {
        const rg_cycle *cycle = &self->items[i];
        if ((cycle->flags & filter->with) != filter->with || cycle->flags & filter->without ||
            (filter->types && !has_type(self, cycle, g, is_wanted)) ||
            !has_unknown(self, cycle, filter))
            continue;
        if (out->items) {
            out->items[out->count] = *cycle;
            out->items[out->count].first = (uint32_t)out->member_count;
            memcpy(out->members + out->member_count, self->members + cycle->first,
                   cycle->count * sizeof *out->members);
        }
        out->count++;
        out->member_count += cycle->count;
    }
}

/* Mark what the isolated cycles of a selection are and reach. RG_OK or RG_ERR_NOMEM. */
static rg_status mark_garbage(const rg_cycles *out, const rg_graph *g, uint64_t *marked)
{
    const size_t room = g->tables.node_count + 1;
    size_t count = 0;
    rg__watch watch = rg__watch_begin(g, "what is reached", g->edge_count);
    uint32_t *stack = rg__array_new_raw(&out->allocator, room, sizeof *stack);
    if (!stack)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < out->count; i++)
        for (uint32_t m = 0; m < out->items[i].count && out->items[i].flags & RG_CYCLE_ISOLATED;
             m++) {
            const uint32_t node = out->members[out->items[i].first + m];
            rg__bit_set(marked, node);
            stack[count++] = node;
        }
    while (count) {
        const uint32_t node = stack[--count];
        if (rg__tick(&watch, 1 + rg__edges_end(g, node) - rg__edges_begin(g, node)))
            break;
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
            const uint32_t to = g->targets[e];
            if (rg__label_strength(g->labels[e]) == RG_STRENGTH_WEAK || rg__bit(marked, to))
                continue;
            rg__bit_set(marked, to);
            stack[count++] = to;
        }
    }
    rg__array_free(&out->allocator, stack, room, sizeof *stack);
    return rg__watch_status(&watch);
}

/* The garbage of the whole that goes with the selected cycles. */
static rg_status select_garbage(rg_cycles *out, const rg_cycles *self, const rg_graph *graph)
{
    const rg_allocator *a = &out->allocator;
    const size_t words = rg__bit_words(graph);
    size_t count = 0;
    uint64_t *marked = rg__array_new(a, words, sizeof *marked);
    if (!marked)
        return RG_ERR_NOMEM;
    rg_status status = mark_garbage(out, graph, marked);
    for (size_t i = 0; i < self->garbage_count && !status; i++)
        count += rg__bit(marked, self->garbage[i]);
    out->garbage = rg__array_new_raw(a, status ? 0 : count, sizeof *out->garbage);
    if (!status && count && !out->garbage)
        status = RG_ERR_NOMEM;
    for (size_t i = 0; i < self->garbage_count && count && !status; i++)
        if (rg__bit(marked, self->garbage[i])) {
            out->garbage[out->garbage_count++] = self->garbage[i];
            out->garbage_size += rg__node_size(&graph->tables, self->garbage[i]);
        }
    rg__array_free(a, marked, words, sizeof *marked);
    return status;
}

static rg_status fill_selection(rg_cycles *out, const rg_cycles *self, const rg_graph *graph,
                                const rg_cycle_filter *filter, const unsigned char *is_wanted)
{
    const rg_allocator *a = &out->allocator;
    choose(self, graph, filter, is_wanted, out);
    if (!out->count)
        return RG_OK;
    out->items = rg__array_new_raw(a, out->count, sizeof *out->items);
    out->members = rg__array_new_raw(a, out->member_count, sizeof *out->members);
    if (!out->items || !out->members)
        return RG_ERR_NOMEM;
    out->count = out->member_count = 0;
    choose(self, graph, filter, is_wanted, out);
    const rg_status status = select_garbage(out, self, graph);
    return status ? status : arrange(out, graph);
}

rg_status rg_cycles_select(rg_cycles *out, const rg_cycles *self, const rg_graph *graph,
                           const rg_cycle_filter *filter, const rg_allocator *allocator)
{
    const size_t types = graph->tables.type_count;
    rg_cycles found = {.allocator = allocator ? *allocator : graph->allocator};
    for (size_t i = 0; i < filter->type_count; i++)
        if (filter->types[i] >= types)
            return RG_ERR_ARGUMENT;
    unsigned char *is_wanted = rg__array_new(&found.allocator, types + 1, 1);
    if (!is_wanted)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < filter->type_count; i++)
        is_wanted[filter->types[i]] = 1;
    rg_status status = fill_selection(&found, self, graph, filter, is_wanted);
    rg__array_free(&found.allocator, is_wanted, types + 1, 1);
    if (status)
        rg_cycles_dispose(&found);
    else
        *out = found;
    return status;
}
