/* See pairs.h. Both graphs are in address order, so one pass side by side finds the pairs. */
#include "analysis/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "graph/graph_private.h"

/* ---- types by name ---- */

typedef struct named_type {
    rg_string module, name;
    uint32_t *number; /* where its number belongs */
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

static named_type *add_names(named_type *next, const rg_graph *g, uint32_t *numbers)
{
    for (size_t i = 0; i < g->tables.type_count; i++) {
        const rg__type *t = &g->tables.types[i];
        *next++ =
            (named_type){rg_graph_string(g, t->module), rg_graph_string(g, t->name), &numbers[i]};
    }
    return next;
}

static rg_status number_types(rg__pairs *self)
{
    const size_t count = self->before->tables.type_count + self->after->tables.type_count;
    named_type *names = rg__array_new_raw(&self->allocator, count, sizeof *names);
    if (!count)
        return RG_OK;
    if (!names)
        return RG_ERR_NOMEM;
    add_names(add_names(names, self->before, self->type_of_before), self->after,
              self->type_of_after);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        self->type_count += !i || by_name(&names[i - 1], &names[i]) != 0;
        *names[i].number = self->type_count - 1;
    }
    rg__array_free(&self->allocator, names, count, sizeof *names);
    return RG_OK;
}

/* ---- objects ---- */

/* Whether two tuples (or frozensets) refer to the same addresses: nothing else is put into one. */
static bool have_same_items(const rg_graph *before, size_t x, const rg_graph *after, size_t y)
{
    const uint64_t count = before->offsets[x + 1] - before->offsets[x];
    if (after->offsets[y + 1] - after->offsets[y] != count)
        return false;
    const uint32_t *was = before->targets + before->offsets[x];
    const uint32_t *is = after->targets + after->offsets[y];
    for (uint64_t i = 0; i < count; i++)
        if (before->tables.nodes[was[i]].address != after->tables.nodes[is[i]].address)
            return false;
    return true;
}

/* Whether two nodes at one address, of types of one name, may be one object: nothing tells them apart. */
static bool may_be_one(const rg_graph *before, size_t b, const rg_graph *after, size_t a)
{
    const unsigned value = RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL;
    const rg_node *x = &before->tables.nodes[b];
    const rg_node *y = &after->tables.nodes[a];
    const bool has_generations = after->tables.collector.kind == RG_COLLECTOR_GENERATIONAL &&
                                 x->generation < RG_GENERATION_PERMANENT &&
                                 y->generation < RG_GENERATION_PERMANENT;
    if (has_generations && y->generation < x->generation)
        return false; /* nothing becomes younger */
    if ((x->flags & value) && (y->flags & value))
        return !compare_texts(rg_graph_string(before, x->text), rg_graph_string(after, y->text));
    if (after->tables.types[y->type].flags & RG_TYPE_FIXED_ITEMS)
        return have_same_items(before, b, after, a);
    return true;
}

static void pair(rg__pairs *self)
{
    const rg__tables *x = &self->before->tables;
    const rg__tables *y = &self->after->tables;
    size_t i = 0;
    for (size_t n = 0; n < x->node_count; n++)
        self->after_of[n] = RG_NONE;
    for (size_t n = 0; n < y->node_count; n++) {
        const rg_node *node = &y->nodes[n];
        while (i < x->node_count && x->nodes[i].address < node->address)
            i++;
        const bool is_old =
            i < x->node_count && x->nodes[i].address == node->address &&
            self->type_of_before[x->nodes[i].type] == self->type_of_after[node->type] &&
            may_be_one(self->before, i, self->after, n);
        self->before_of[n] = is_old ? (uint32_t)i : RG_NONE;
        if (is_old)
            self->after_of[i] = (uint32_t)n;
    }
}

rg_status rg__pairs_find(rg__pairs *out, const rg_graph *before, const rg_graph *after,
                         const rg_allocator *allocator)
{
    rg__pairs found = {.before = before, .after = after, .allocator = *allocator};
    const rg__tables *x = &before->tables;
    const rg__tables *y = &after->tables;
    found.before_of = rg__array_new_raw(allocator, y->node_count, sizeof *found.before_of);
    found.after_of = rg__array_new_raw(allocator, x->node_count, sizeof *found.after_of);
    found.type_of_before =
        rg__array_new_raw(allocator, x->type_count, sizeof *found.type_of_before);
    found.type_of_after = rg__array_new_raw(allocator, y->type_count, sizeof *found.type_of_after);
    const bool has_all =
        (found.before_of || !y->node_count) && (found.after_of || !x->node_count) &&
        (found.type_of_before || !x->type_count) && (found.type_of_after || !y->type_count);
    rg_status status = has_all ? number_types(&found) : RG_ERR_NOMEM;
    if (status) {
        rg__pairs_dispose(&found);
        return status;
    }
    pair(&found);
    *out = found;
    return RG_OK;
}

void rg__pairs_dispose(rg__pairs *self)
{
    const rg_allocator *a = &self->allocator;
    if (!self->before)
        return;
    const rg__tables *x = &self->before->tables;
    const rg__tables *y = &self->after->tables;
    rg__array_free(a, self->before_of, y->node_count, sizeof *self->before_of);
    rg__array_free(a, self->after_of, x->node_count, sizeof *self->after_of);
    rg__array_free(a, self->type_of_before, x->type_count, sizeof *self->type_of_before);
    rg__array_free(a, self->type_of_after, y->type_count, sizeof *self->type_of_after);
    *self = (rg__pairs){0};
}
