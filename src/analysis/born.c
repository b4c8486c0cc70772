/* Which objects of a later graph were not in an earlier one: both are in address order, so one pass side by side
 * finds the pairs. And which were in a cycle there. */
#include <refgraph/analysis.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/cycles_private.h"

typedef struct named_type {
    rg_string module, name;
    uint32_t type;
} named_type;

static int compare_texts(rg_string a, rg_string b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int by_name(const void *a, const void *b)
{
    const named_type *x = a;
    const named_type *y = b;
    const int order = compare_texts(x->name, y->name);
    return order ? order : compare_texts(x->module, y->module);
}

static named_type named(const rg_graph *g, uint32_t type)
{
    const rg__type *t = &g->tables.types[type];
    return (named_type){rg_graph_string(g, t->module), rg_graph_string(g, t->name), type};
}

/* A number for each type of both graphs, equal for types of one name: of `before` its index in the sorted
 * names, of `after` that or RG_NONE. RG_OK or RG_ERR_NOMEM. */
static rg_status number_types(const rg_graph *before, const rg_graph *after, uint32_t *of_before,
                              uint32_t *of_after, const rg_allocator *a)
{
    const size_t count = before->tables.type_count;
    named_type *names = rg__array_new_raw(a, count + 1, sizeof *names);
    if (!names)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        names[i] = named(before, (uint32_t)i);
    qsort(names, count, sizeof *names, by_name);
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        number += i && by_name(&names[i - 1], &names[i]) != 0;
        of_before[names[i].type] = number;
    }
    for (uint32_t i = 0; i < after->tables.type_count; i++) {
        const named_type wanted = named(after, i);
        const named_type *found = bsearch(&wanted, names, count, sizeof *names, by_name);
        of_after[i] = found ? of_before[found->type] : RG_NONE;
    }
    rg__array_free(a, names, count + 1, sizeof *names);
    return RG_OK;
}

/* Whether two nodes at one address may be one object: nothing that they say tells them apart. */
static bool may_be_one(const rg_graph *before, const rg_node *x, const rg_graph *after,
                       const rg_node *y)
{
    const unsigned value = RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL;
    const bool has_generations = after->tables.collector.kind == RG_COLLECTOR_GENERATIONAL &&
                                 x->generation < RG_GENERATION_PERMANENT &&
                                 y->generation < RG_GENERATION_PERMANENT;
    if (has_generations && y->generation < x->generation)
        return false; /* nothing becomes younger */
    if ((x->flags & value) && (y->flags & value))
        return !compare_texts(rg_graph_string(before, x->text), rg_graph_string(after, y->text));
    return true;
}

static size_t collect(const rg_graph *before, const rg_graph *after, const uint32_t *of_before,
                      const uint32_t *of_after, uint32_t *out)
{
    const rg__tables *x = &before->tables;
    const rg__tables *y = &after->tables;
    size_t count = 0;
    size_t i = 0;
    for (size_t n = 0; n < y->node_count; n++) {
        const rg_node *node = &y->nodes[n];
        while (i < x->node_count && x->nodes[i].address < node->address)
            i++;
        const bool is_old = i < x->node_count && x->nodes[i].address == node->address &&
                            of_before[x->nodes[i].type] == of_after[node->type] &&
                            may_be_one(before, &x->nodes[i], after, node);
        if (is_old)
            continue;
        if (out)
            out[count] = (uint32_t)n;
        count++;
    }
    return count;
}

rg_status rg_born_find(rg_node_list *out, const rg_graph *before, const rg_graph *after,
                       const rg_allocator *allocator)
{
    rg_node_list found = {.allocator = allocator ? *allocator : after->allocator};
    const rg_allocator *a = &found.allocator;
    const size_t counts[] = {before->tables.type_count + 1, after->tables.type_count + 1};
    uint32_t *of_before = rg__array_new_raw(a, counts[0], sizeof *of_before);
    uint32_t *of_after = rg__array_new_raw(a, counts[1], sizeof *of_after);
    rg_status status =
        of_before && of_after ? number_types(before, after, of_before, of_after, a) : RG_ERR_NOMEM;
    if (!status) {
        found.count = collect(before, after, of_before, of_after, NULL);
        found.items = rg__array_new_raw(a, found.count, sizeof *found.items);
        if (found.count && !found.items)
            status = RG_ERR_NOMEM;
        else
            (void)collect(before, after, of_before, of_after, found.items);
    }
    rg__array_free(a, of_before, counts[0], sizeof *of_before);
    rg__array_free(a, of_after, counts[1], sizeof *of_after);
    if (!status)
        *out = found;
    return status;
}

/* ---- cycles ---- */

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

rg_status rg_cycles_known_find(rg_node_list *out, const rg_graph *before, const rg_cycles *cycles,
                               int collected, const rg_graph *after, const rg_allocator *allocator)
{
    rg_node_list found = {.allocator = allocator ? *allocator : after->allocator};
    rg_node_list born = {0};
    const size_t room = cycles->member_count;
    rg_status status = rg_born_find(&born, before, after, &found.allocator);
    uint32_t *ids = rg__array_new_raw(&found.allocator, room, sizeof *ids);
    size_t count = 0;
    if (room && !ids)
        status = RG_ERR_NOMEM;
    for (size_t i = 0; i < cycles->count && !status; i++) {
        const rg_cycle *c = &cycles->items[i];
        for (uint32_t m = 0; m < c->count && (int)c->freed_by > collected; m++) {
            const rg_node *old = &before->tables.nodes[cycles->members[c->first + m]];
            const uint32_t node = rg_graph_find(after, old->address);
            if (node != RG_NONE && !rg__ids_contain(born.items, born.count, node))
                ids[count++] = node;
        }
    }
    if (!status && count)
        qsort(ids, count, sizeof *ids, by_id);
    found.items = status ? NULL : rg__array_new_raw(&found.allocator, count, sizeof *found.items);
    if (!status && count && !found.items)
        status = RG_ERR_NOMEM;
    for (size_t i = 0; i < count && !status; i++)
        found.items[found.count++] = ids[i];
    rg__array_free(&found.allocator, ids, room, sizeof *ids);
    rg_node_list_dispose(&born);
    if (!status)
        *out = found;
    return status;
}
