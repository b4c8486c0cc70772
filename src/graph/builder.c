/* The mutable half of the graph: append-only arrays. Edges: builder_edges.c; the end: freeze.c.
 *
 * Invariants: every id in an edge, a root, a type or a name exists when it is added (a type's node is
 * checked at the end); edges keep the order of adding within their source, sorted or not. */
#include "graph/builder_private.h"

#include <string.h>

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
    rg__offsets_dispose(&self->begins, &a);
    rg__array_free(&a, self->from, self->from_capacity, sizeof *self->from);
    rg__array_free(&a, self->to, self->to_capacity, sizeof *self->to);
    rg__array_free(&a, self->labels, self->label_capacity, sizeof *self->labels);
    rg__array_free(&a, self, 1, sizeof *self);
}

rg_status rg_builder_add_string(rg_builder *self, uint32_t *id, rg_string text)
{
    return rg__strings_add(&self->tables.strings, id, text);
}

rg_status rg_builder_add_strings(rg_builder *self, uint32_t *ids, const rg_string *texts,
                                 size_t count)
{
    return rg__strings_add_many(&self->tables.strings, ids, texts, count);
}

rg_string rg_builder_string(const rg_builder *self, uint32_t id)
{
    return rg__strings_at(&self->tables.strings, id);
}

rg_status rg_builder_reserve_strings(rg_builder *self, size_t count, size_t bytes)
{
    return rg__strings_reserve(&self->tables.strings, count, bytes);
}

rg_status rg_builder_reserve(rg_builder *self, size_t nodes, uint64_t edges)
{
    rg__tables *t = &self->tables;
    const rg_allocator *a = &self->allocator;
    rg_status status = RG_OK;
    if (edges > PTRDIFF_MAX / sizeof *self->to)
        return RG_ERR_NOMEM;
    if (nodes > t->node_capacity)
        status = rg__array_resize(a, &t->nodes, &t->node_capacity, nodes, sizeof *t->nodes);
    if (!status && nodes >= self->begins.capacity)
        status = rg__array_resize(a, &self->begins.low, &self->begins.capacity, nodes + 1,
                                  sizeof *self->begins.low);
    if (!status && edges > self->to_capacity)
        status =
            rg__array_resize(a, &self->to, &self->to_capacity, (size_t)edges, sizeof *self->to);
    if (!status && edges > self->label_capacity)
        status = rg__array_resize(a, &self->labels, &self->label_capacity, (size_t)edges,
                                  sizeof *self->labels);
    return status;
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
    rg_status status = rg__node_is_valid(t, node);
    if (status)
        return status;
    if (t->node_count >= RG_NONE - 1 || node->size > RG_SIZE_MOST - self->size)
        return RG_ERR_LIMIT;
    const bool is_wide = rg__node_is_wide(node);
    status = rg__array_reserve(&self->allocator, &t->nodes, &t->node_capacity, t->node_count + 1,
                               sizeof *t->nodes);
    if (!status && is_wide)
        status = rg__array_reserve(&self->allocator, &t->wide_nodes, &t->wide_node_capacity,
                                   t->wide_node_count + 1, sizeof *t->wide_nodes);
    if (status)
        return status;
    if (t->node_count && node->address <= rg__node_address(t, t->node_count - 1))
        t->addresses_ascend = false;
    *id = (uint32_t)t->node_count;
    self->size += node->size;
    if (is_wide)
        t->wide_nodes[t->wide_node_count++] = (rg__wide_node){node->address, node->size, *id, 0};
    t->nodes[t->node_count++] = rg__stored_node_of(node);
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
