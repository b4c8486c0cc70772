/* See pairs.h. Both graphs are in address order, so one pass side by side finds what may be one object.
 *
 *     before   Queue ─.jobs─► list at 7 ─[0]─► Job       after   Queue ─.jobs─► list at 9 ─[0]─► Job
 *                Job ─.rows─► list at 9 ─[0]─► 1                   Job ─.rows─► list at 7 ─[0]─► 2
 *
 * Memory is used again: the list at 9 has a type and an age like the old one, and nothing else. So a second
 * look asks what stands around each pair, and parts those of whom everything else is another. */
#include "analysis/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/prefetch.h"
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
    const uint64_t count = rg__edges_end(before, x) - rg__edges_begin(before, x);
    if (rg__edges_end(after, y) - rg__edges_begin(after, y) != count)
        return false;
    const uint64_t was = rg__edges_begin(before, x);
    const uint64_t is = rg__edges_begin(after, y);
    for (uint64_t i = 0; i < count; i++)
        if (rg__node_address(&before->tables, before->targets[was + i]) !=
            rg__node_address(&after->tables, after->targets[is + i]))
            return false;
    return true;
}

/* Whether two nodes at one address, of types of one name, may be one object: nothing tells them apart. */
static bool may_be_one(const rg_graph *before, size_t b, const rg_graph *after, size_t a)
{
    const unsigned value = RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL;
    const rg_node x = rg__node_at(&before->tables, b);
    const rg_node y = rg__node_at(&after->tables, a);
    const bool has_generations = after->tables.collector.kind == RG_COLLECTOR_GENERATIONAL &&
                                 x.generation < RG_GENERATION_PERMANENT &&
                                 y.generation < RG_GENERATION_PERMANENT;
    if (has_generations && y.generation < x.generation)
        return false; /* nothing becomes younger */
    if ((x.flags & value) && (y.flags & value))
        return !compare_texts(rg_graph_string(before, x.text), rg_graph_string(after, y.text));
    if (after->tables.types[y.type].flags & RG_TYPE_FIXED_ITEMS)
        return have_same_items(before, b, after, a);
    return true;
}

/* Pair what may be one object. */
static void propose(rg__pairs *self)
{
    const rg__tables *x = &self->before->tables;
    const rg__tables *y = &self->after->tables;
    size_t i = 0;
    for (size_t n = 0; n < x->node_count; n++)
        self->after_of[n] = RG_NONE;
    for (size_t n = 0; n < y->node_count && !rg__tick(self->watch, 4); n++) {
        const uint64_t address = rg__node_address(y, n);
        while (i < x->node_count && rg__node_address(x, i) < address)
            i++;
        const bool is_old =
            i < x->node_count && rg__node_address(x, i) == address &&
            self->type_of_before[rg__node_type(x, i)] == self->type_of_after[rg__node_type(y, n)] &&
            may_be_one(self->before, i, self->after, n);
        self->before_of[n] = is_old ? (uint32_t)i : RG_NONE;
        if (is_old)
            self->after_of[i] = (uint32_t)n;
    }
}

/* ---- what stands around them ---- */

typedef enum verdict {
    SILENT, /* one of them has nothing to compare */
    AGREE,  /* something is there in both */
    DIFFER
} verdict;

/* A thing that so many refer to (None, a class, a common name) proves nothing by being there. */
enum { SHARED = 16 };

static uint64_t referrer_count(const rg_graph *g, uint32_t node)
{
    return rg__sources_end(g, node) - rg__sources_begin(g, node);
}

/* Sources ascend. */
static bool refers_to(const rg_graph *g, uint32_t from, uint32_t to)
{
    uint64_t low = rg__sources_begin(g, to);
    uint64_t high = rg__sources_end(g, to);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (g->sources[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rg__sources_end(g, to) && g->sources[low] == from;
}

/* Whether an edge leads to something of its own. */
static bool is_own(const rg_graph *g, uint32_t from, uint64_t edge)
{
    return rg__label_strength(g->labels[edge]) < RG_STRENGTH_INFRASTRUCTURE &&
           g->targets[edge] != from;
}

/* A dict that nothing else refers to, as `__dict__` is: it comes and goes with its owner, and proves nothing. */
static bool is_part(const rg_graph *g, uint32_t node)
{
    return referrer_count(g, node) == 1 &&
           g->tables.types[rg__node_type(&g->tables, node)].flags & RG_TYPE_MAPPING;
}

static bool has_own(const rg_graph *g, uint32_t node)
{
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++)
        if (is_own(g, node, e))
            return true;
    return false;
}

/* Whether b or its part `was` refers to the pair of something that `is`, a or its part, refers to. */
static verdict compare_referents(const rg__pairs *self, uint32_t was, uint32_t is)
{
    const rg_graph *g = self->after;
    bool has_shared = false;
    bool has_any = false;
    for (uint64_t e = rg__edges_begin(g, is); e < rg__edges_end(g, is); e++) {
        const uint32_t to = g->targets[e];
        const uint32_t pair = self->before_of[to];
        if (rg__tick(self->watch, 1))
            break;
        if (!is_own(g, is, e))
            continue;
        has_any = true;
        if (pair == RG_NONE || is_part(g, to) || !refers_to(self->before, was, pair))
            continue;
        if (referrer_count(g, to) <= SHARED)
            return AGREE;
        has_shared = true;
    }
    return has_any && !has_shared && has_own(self->before, was) ? DIFFER : SILENT;
}

/* The same through parts that are a pair and in the same place; a part that is new may hold what the owner
 * itself held before: an instance whose attributes have become a dict. */
static verdict compare_parts(const rg__pairs *self, uint32_t was, uint32_t is)
{
    const rg_graph *g = self->after;
    verdict found = compare_referents(self, was, is);
    for (uint64_t e = rg__edges_begin(g, is); e < rg__edges_end(g, is) && found != AGREE; e++) {
        const uint32_t part = g->targets[e];
        const uint32_t pair = self->before_of[part];
        if (!is_own(g, is, e) || !is_part(g, part))
            continue;
        if (pair == RG_NONE && compare_referents(self, was, part) == AGREE)
            return AGREE;
        if (pair == RG_NONE || !refers_to(self->before, was, pair))
            continue;
        const verdict inside = compare_referents(self, pair, part);
        found = inside == SILENT ? AGREE : inside; /* an empty one is as good as any */
    }
    return found;
}

static verdict compare_referrers(const rg__pairs *self, uint32_t was, uint32_t is)
{
    const rg_graph *g = self->after;
    verdict found = SILENT;
    for (uint64_t i = rg__sources_begin(g, is); i < rg__sources_end(g, is); i++) {
        const uint32_t pair = self->before_of[g->sources[i]];
        if (rg__tick(self->watch, 1))
            break;
        if (g->sources[i] == is)
            continue;
        if (pair != RG_NONE && refers_to(self->before, pair, was))
            return AGREE;
        found = DIFFER;
    }
    return found == DIFFER && referrer_count(self->before, was) ? DIFFER : SILENT;
}

/* Whether items that are for ever are other ones now. */
static bool has_other_items(const rg__pairs *self, uint32_t was, uint32_t is)
{
    const rg_graph *g = self->after;
    uint64_t old = rg__edges_begin(self->before, was);
    if (!(g->tables.types[rg__node_type(&g->tables, is)].flags & RG_TYPE_FIXED_ITEMS))
        return false;
    for (uint64_t e = rg__edges_begin(g, is); e < rg__edges_end(g, is); e++)
        if (self->before_of[g->targets[e]] != self->before->targets[old++])
            return true; /* they are as many: see have_same_items */
    return false;
}

enum { AHEAD = 24 }; /* nodes whose first referrer's pair is asked for before it is looked at */

static void fetch_later(const rg__pairs *self, uint32_t n)
{
    const rg_graph *g = self->after;
    if (n + AHEAD >= g->tables.node_count)
        return;
    const uint64_t first = rg__sources_begin(g, n + AHEAD);
    if (first < g->edge_count)
        rg__prefetch(&self->before_of[g->sources[first]]);
}

/* Part the pairs of whom nothing around is the same. What is looked at are the pairs as they were. */
static void part(rg__pairs *self)
{
    const uint32_t count = (uint32_t)self->after->tables.node_count;
    for (uint32_t n = 0; n < count && !rg__tick(self->watch, 2); n++) {
        const uint32_t was = self->before_of[n];
        fetch_later(self, n);
        if (was != RG_NONE &&
            (has_other_items(self, was, n) ||
             (compare_referrers(self, was, n) == DIFFER && compare_parts(self, was, n) == DIFFER)))
            self->after_of[was] = RG_NONE;
    }
    for (uint32_t n = 0; n < count && !rg__tick(self->watch, 1); n++)
        if (self->before_of[n] != RG_NONE && self->after_of[self->before_of[n]] == RG_NONE)
            self->before_of[n] = RG_NONE;
}

rg_status rg__pairs_find(rg__pairs *out, const rg_graph *before, const rg_graph *after,
                         const rg_allocator *allocator)
{
    const rg__tables *x = &before->tables;
    const rg__tables *y = &after->tables;
    rg__watch watch = rg__watch_begin(after, "same objects",
                                      10 * (uint64_t)y->node_count + 4 * after->edge_count);
    rg__pairs found = {.before = before, .after = after, .watch = &watch, .allocator = *allocator};
    found.before_of = rg__array_new_raw(allocator, y->node_count, sizeof *found.before_of);
    found.after_of = rg__array_new_raw(allocator, x->node_count, sizeof *found.after_of);
    found.type_of_before =
        rg__array_new_raw(allocator, x->type_count, sizeof *found.type_of_before);
    found.type_of_after = rg__array_new_raw(allocator, y->type_count, sizeof *found.type_of_after);
    const bool has_all =
        (found.before_of || !y->node_count) && (found.after_of || !x->node_count) &&
        (found.type_of_before || !x->type_count) && (found.type_of_after || !y->type_count);
    rg_status status = has_all ? number_types(&found) : RG_ERR_NOMEM;
    if (!status) {
        propose(&found);
        part(&found);
        part(&found); /* what only a false pair spoke for */
        status = rg__watch_status(&watch);
    }
    found.watch = NULL;
    if (status)
        rg__pairs_dispose(&found);
    else
        *out = found;
    return status;
}

int64_t rg__pairs_growth(const rg__pairs *self, uint32_t node)
{
    const uint64_t was = rg__node_size(&self->before->tables, self->before_of[node]);
    return (int64_t)(rg__node_size(&self->after->tables, node) - was);
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
