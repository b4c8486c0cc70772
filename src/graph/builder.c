/* The mutable half of the graph: append-only arrays, and the counting sorts that freeze them.
 *
 * Invariants: every id in an edge, a root, a type or a name exists when it is added (a type's node is
 * checked at the end); edges keep the order of adding within their source, sorted or not. */
#include "graph/graph_private.h"

#include "base/sort.h"

#include <string.h>

struct rg_builder {
    rg_allocator allocator;
    rg__tables tables;
    uint32_t *from, *to, *labels;
    size_t from_capacity, to_capacity, label_capacity;
    uint64_t edge_count;
    bool sources_ascend; /* no sorting needed */
};

rg_status rg_builder_new(rg_builder **out, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    rg_builder *b = rg__array_new(&a, 1, sizeof *b);
    if (!b)
        return RG_ERR_NOMEM;
    b->allocator = a;
    b->tables.strings.allocator = a;
    b->tables.addresses_ascend = true;
    b->sources_ascend = true;
    *out = b;
    return RG_OK;
}

void rg_builder_free(rg_builder *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    rg__tables_dispose(&self->tables, &a);
    rg__array_free(&a, self->from, self->from_capacity, sizeof *self->from);
    rg__array_free(&a, self->to, self->to_capacity, sizeof *self->to);
    rg__array_free(&a, self->labels, self->label_capacity, sizeof *self->labels);
    rg__array_free(&a, self, 1, sizeof *self);
}

rg_status rg_builder_add_string(rg_builder *self, uint32_t *id, rg_string text)
{
    return rg__strings_add(&self->tables.strings, id, text);
}

rg_status rg_builder_add_type(rg_builder *self, uint32_t *id, const rg_type *type)
{
    rg__tables *t = &self->tables;
    if (type->kind < 0 || type->kind >= RG_KIND_COUNT)
        return RG_ERR_ARGUMENT;
    if (t->type_count >= RG_NONE)
        return RG_ERR_LIMIT;
    rg__type stored = {.kind = type->kind, .flags = type->flags, .node = type->node};
    rg_status status = rg__strings_add(&t->strings, &stored.module, type->module);
    if (!status)
        status = rg__strings_add(&t->strings, &stored.name, type->name);
    if (!status)
        status = rg__array_reserve(&self->allocator, &t->types, &t->type_capacity,
                                   t->type_count + 1, sizeof *t->types);
    if (status)
        return status;
    *id = (uint32_t)t->type_count;
    t->types[t->type_count++] = stored;
    return RG_OK;
}

rg_status rg_builder_add_shadows(rg_builder *self, uint32_t type, const uint32_t *strings,
                                 size_t count)
{
    rg__tables *t = &self->tables;
    if (type >= t->type_count || t->types[type].shadows_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (strings[i] >= t->strings.count)
            return RG_ERR_ARGUMENT;
    if (t->shadow_count + count > UINT32_MAX)
        return RG_ERR_LIMIT;
    rg_status status = rg__array_reserve(&self->allocator, &t->shadows, &t->shadow_capacity,
                                         t->shadow_count + count, sizeof *t->shadows);
    if (status)
        return status;
    if (count)
        memcpy(t->shadows + t->shadow_count, strings, count * sizeof *strings);
    t->types[type].shadows_begin = (uint32_t)t->shadow_count;
    t->types[type].shadows_count = (uint32_t)count;
    t->shadow_count += count;
    return RG_OK;
}

rg_status rg_builder_add_node(rg_builder *self, uint32_t *id, const rg_node *node)
{
    rg__tables *t = &self->tables;
    if (node->type >= t->type_count)
        return RG_ERR_ARGUMENT;
    if (node->text != RG_NONE && node->text >= t->strings.count)
        return RG_ERR_ARGUMENT;
    if (node->generation > RG_GENERATION_NONE || node->flags > RG__FLAG_MASK)
        return RG_ERR_ARGUMENT;
    if (t->node_count >= RG_NONE - 1)
        return RG_ERR_LIMIT;
    const bool is_wide = rg__node_is_wide(node);
    rg_status status = rg__array_reserve(&self->allocator, &t->nodes, &t->node_capacity,
                                         t->node_count + 1, sizeof *t->nodes);
    if (!status && is_wide)
        status = rg__array_reserve(&self->allocator, &t->wide_nodes, &t->wide_node_capacity,
                                   t->wide_node_count + 1, sizeof *t->wide_nodes);
    if (status)
        return status;
    if (t->node_count && node->address <= rg__node_address(t, t->node_count - 1))
        t->addresses_ascend = false;
    *id = (uint32_t)t->node_count;
    if (is_wide)
        t->wide_nodes[t->wide_node_count++] = (rg__wide_node){node->address, node->size, *id, 0};
    t->nodes[t->node_count++] = (rg__stored_node){
        .place = rg__place_of(node->address, node->flags, node->generation),
        .size = is_wide ? RG__SIZE_WIDE : (uint32_t)node->size,
        .type = node->type,
        .refcount = node->refcount,
        .text = node->text,
    };
    return RG_OK;
}

static bool name_is_valid(const rg__tables *t, rg_name name)
{
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return name.value < t->strings.count;
    case RG_NAME_KEY:
        return name.value < t->node_count;
    case RG_NAME_NONE:
    case RG_NAME_INDEX:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_CLASS:
    case RG_NAME_REFERENT:
        return true;
    }
    return false;
}

rg_status rg_builder_add_edge(rg_builder *self, uint32_t from, uint32_t to, rg_name name,
                              rg_strength strength)
{
    const rg_allocator *a = &self->allocator;
    rg__tables *t = &self->tables;
    if (from >= t->node_count || to >= t->node_count || !name_is_valid(t, name) ||
        (unsigned)strength > RG_STRENGTH_WEAK)
        return RG_ERR_ARGUMENT;
    const size_t need = (size_t)self->edge_count + 1;
    uint32_t label = 0;
    rg_status status = rg__array_reserve(a, &self->from, &self->from_capacity, need, 4);
    if (!status)
        status = rg__array_reserve(a, &self->to, &self->to_capacity, need, 4);
    if (!status)
        status = rg__array_reserve(a, &self->labels, &self->label_capacity, need, 4);
    if (!status)
        status = rg__label_pack(&label, t, a, name, strength);
    if (status)
        return status;
    const uint64_t e = self->edge_count++;
    if (e && from < self->from[e - 1])
        self->sources_ascend = false;
    self->from[e] = from;
    self->to[e] = to;
    self->labels[e] = label;
    return RG_OK;
}

rg_status rg_builder_add_root(rg_builder *self, const rg_root *root)
{
    rg__tables *t = &self->tables;
    const rg_allocator *a = &self->allocator;
    rg__root stored = {.kind = root->kind, .node = root->node, .references = root->references};
    if (root->node >= t->node_count || (unsigned)root->kind >= RG_ROOT_KIND_COUNT)
        return RG_ERR_ARGUMENT;
    if (t->root_count >= RG_NONE)
        return RG_ERR_LIMIT;
    const bool is_native = root->kind == RG_ROOT_NATIVE;
    rg_status status = rg__strings_add(&t->strings, &stored.name, root->name);
    if (!status && is_native)
        status = rg__array_reserve(a, &t->native, &t->native_capacity, t->native_count + 1,
                                   sizeof *t->native);
    if (!status)
        status =
            rg__array_reserve(a, &t->roots, &t->root_capacity, t->root_count + 1, sizeof *t->roots);
    if (status)
        return status;
    if (is_native)
        t->native[t->native_count++] = (rg__native){root->node, root->references};
    t->roots[t->root_count++] = stored;
    return RG_OK;
}

rg_status rg_builder_add_site(rg_builder *self, uint32_t *id, const rg_location *lines,
                              size_t count)
{
    rg__tables *t = &self->tables;
    const rg_allocator *a = &self->allocator;
    if (!count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (lines[i].file >= t->strings.count)
            return RG_ERR_ARGUMENT;
    if (count > UINT32_MAX - t->location_count || t->site_count >= RG_NONE)
        return RG_ERR_LIMIT;
    rg_status status = rg__array_reserve(a, &t->locations, &t->location_capacity,
                                         t->location_count + count, sizeof *t->locations);
    if (!status)
        status =
            rg__array_reserve(a, &t->sites, &t->site_capacity, t->site_count + 1, sizeof *t->sites);
    if (status)
        return status;
    memcpy(t->locations + t->location_count, lines, count * sizeof *lines);
    *id = (uint32_t)t->site_count;
    t->sites[t->site_count++] = (rg__site){(uint32_t)t->location_count, (uint32_t)count};
    t->location_count += count;
    return RG_OK;
}

rg_status rg_builder_set_site(rg_builder *self, uint32_t node, uint32_t site)
{
    rg__tables *t = &self->tables;
    if (node >= t->node_count || site >= t->site_count)
        return RG_ERR_ARGUMENT;
    rg_status status = rg__array_reserve(&self->allocator, &t->site_of, &t->site_of_capacity,
                                         (size_t)node + 1, sizeof *t->site_of);
    if (status)
        return status;
    while (t->site_of_count <= node)
        t->site_of[t->site_of_count++] = RG_NONE;
    t->site_of[node] = site;
    return RG_OK;
}

void rg_builder_set_collector(rg_builder *self, const rg_collector_state *state)
{
    self->tables.collector = *state;
}

/* ---- freezing ---- */

/* offsets[k + 1] becomes the end of bucket k: a counting sort's first half. */
static void count_offsets(uint64_t *offsets, size_t buckets, const uint32_t *keys, uint64_t count)
{
    memset(offsets, 0, (buckets + 1) * sizeof *offsets);
    for (uint64_t e = 0; e < count; e++)
        offsets[keys[e] + 1]++;
    for (size_t k = 0; k < buckets; k++)
        offsets[k + 1] += offsets[k];
}

/* Scattering advanced each offsets[k] to the start of bucket k + 1: move them back by one. */
static void shift_offsets(uint64_t *offsets, size_t buckets)
{
    memmove(offsets + 1, offsets, buckets * sizeof *offsets);
    offsets[0] = 0;
}

/* Forward CSR from unsorted triples: stable, so a source's edges keep their order. */
static rg_status sort_forward(rg_graph *g, const rg_builder *b, uint64_t *offsets)
{
    const size_t count = (size_t)b->edge_count;
    const rg_allocator *a = &b->allocator;
    if (!count)
        return RG_OK;
    g->targets = rg__array_new_raw(a, count, sizeof *g->targets);
    g->target_capacity = g->targets ? count : 0;
    g->labels = rg__array_new_raw(a, count, sizeof *g->labels);
    g->label_capacity = g->labels ? count : 0;
    if (!g->targets || !g->labels)
        return RG_ERR_NOMEM;
    for (uint64_t e = 0; e < b->edge_count; e++) {
        const uint64_t slot = offsets[b->from[e]]++;
        g->targets[slot] = b->to[e];
        g->labels[slot] = b->labels[e];
    }
    shift_offsets(offsets, b->tables.node_count);
    return RG_OK;
}

/* Reverse CSR: walking the sources upwards leaves them ascending within each target. */
static void sort_reverse(rg_graph *g, const uint32_t *targets, size_t nodes, uint64_t *offsets)
{
    count_offsets(offsets, nodes, targets, g->edge_count);
    for (size_t u = 0; u < nodes; u++)
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++)
            g->sources[offsets[targets[e]]++] = (uint32_t)u;
    shift_offsets(offsets, nodes);
}

static bool type_nodes_exist(const rg__tables *t)
{
    for (size_t i = 0; i < t->type_count; i++)
        if (t->types[i].node != RG_NONE && t->types[i].node >= t->node_count)
            return false;
    return true;
}

static int by_node(const void *a, const void *b)
{
    const uint32_t left = ((const rg__native *)a)->node;
    const uint32_t right = ((const rg__native *)b)->node;
    return (left > right) - (left < right);
}

/* Hand the builder's tables and, where they are in order already, its edge arrays to the graph. */
static void move_into(rg_graph *g, rg_builder *b)
{
    const rg_allocator *a = &b->allocator;
    if (!g->targets) {
        g->targets = b->to;
        g->target_capacity = b->to_capacity;
        g->labels = b->labels;
        g->label_capacity = b->label_capacity;
        b->to = NULL;
        b->labels = NULL;
        b->to_capacity = b->label_capacity = 0;
    }
    rg__array_shrink(a, &g->targets, &g->target_capacity, (size_t)g->edge_count, 4);
    rg__array_shrink(a, &g->labels, &g->label_capacity, (size_t)g->edge_count, 4);
    g->tables = b->tables;
    rg__tables *t = &g->tables;
    if (t->native_count)
        rg__sort(t->native, t->native_count, sizeof *t->native, by_node);
    rg__array_shrink(a, &t->nodes, &t->node_capacity, t->node_count, sizeof *t->nodes);
    rg__array_shrink(a, &t->wide_nodes, &t->wide_node_capacity, t->wide_node_count,
                     sizeof *t->wide_nodes);
    rg__strings_freeze(&t->strings);
    b->tables = (rg__tables){.strings.allocator = *a};
}

rg_status rg_builder_finish(rg_graph **out, rg_builder **self)
{
    rg_builder *b = *self;
    const size_t nodes = b->tables.node_count;
    const rg_allocator a = b->allocator;
    rg_status status = RG_ERR_NOMEM;
    uint64_t *offsets = rg__array_new_raw(&a, nodes + 1, sizeof *offsets); /* of either direction */
    rg_graph *g = rg__array_new(&a, 1, sizeof *g);
    if (!g || !offsets)
        goto fail;
    g->allocator = a;
    if (!type_nodes_exist(&b->tables)) {
        status = RG_ERR_ARGUMENT;
        goto fail;
    }
    g->edge_count = b->edge_count;
    g->sources = rg__array_new_raw(&a, (size_t)b->edge_count, sizeof *g->sources);
    if (b->edge_count && !g->sources)
        goto fail;
    count_offsets(offsets, nodes, b->from, b->edge_count);
    status = b->sources_ascend ? RG_OK : sort_forward(g, b, offsets);
    if (!status)
        status = rg__offsets_pack(&g->offsets, &a, offsets, nodes + 1);
    if (status)
        goto fail;
    sort_reverse(g, g->targets ? g->targets : b->to, nodes, offsets);
    status = rg__offsets_pack(&g->reverse_offsets, &a, offsets, nodes + 1);
    if (status)
        goto fail;
    move_into(g, b);
    rg__array_free(&a, offsets, nodes + 1, sizeof *offsets);
    rg_builder_free(b);
    *self = NULL;
    *out = g;
    return RG_OK;

fail:
    rg__array_free(&a, offsets, nodes + 1, sizeof *offsets);
    rg_graph_free(g);
    return status;
}
