/* Reading a frozen graph, and what it shares with the builder: labels and tables. */
#include "graph/graph_private.h"

#include "graph/file_private.h"

#include <string.h>

/* ---- labels ---- */

rg_status rg__label_pack(uint32_t *label, rg__tables *tables, const rg_allocator *allocator,
                         rg_name name, rg_strength strength)
{
    uint32_t kind = (uint32_t)name.kind;
    uint32_t value = name.value;
    if (value > RG__VALUE_MASK) {
        if (tables->wide_count > RG__VALUE_MASK) {
            kind = RG_NAME_NONE;
            value = 0;
        } else {
            rg_status status = rg__array_reserve(allocator, &tables->wide, &tables->wide_capacity,
                                                 tables->wide_count + 1, sizeof *tables->wide);
            if (status)
                return status;
            tables->wide[tables->wide_count] = (rg__wide_name){kind, value};
            kind = RG__WIDE_KIND;
            value = (uint32_t)tables->wide_count++;
        }
    }
    *label = (uint32_t)strength << 30 | kind << RG__VALUE_BITS | value;
    return RG_OK;
}

rg_name rg__label_name(const rg__tables *tables, uint32_t label)
{
    const uint32_t kind = label >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    const uint32_t value = label & RG__VALUE_MASK;
    if (kind == RG__WIDE_KIND)
        return (rg_name){(rg_name_kind)tables->wide[value].kind, tables->wide[value].value};
    return (rg_name){(rg_name_kind)kind, value};
}

/* ---- life ---- */

void rg__tables_dispose(rg__tables *self, const rg_allocator *a)
{
    rg__strings_dispose(&self->strings);
    rg__array_free(a, self->types, self->type_capacity, sizeof *self->types);
    rg__array_free(a, self->shadows, self->shadow_capacity, sizeof *self->shadows);
    rg__array_free(a, self->roots, self->root_capacity, sizeof *self->roots);
    rg__array_free(a, self->native, self->native_capacity, sizeof *self->native);
    rg__array_free(a, self->sites, self->site_capacity, sizeof *self->sites);
    rg__array_free(a, self->locations, self->location_capacity, sizeof *self->locations);
    rg__array_free(a, self->site_of, self->site_of_capacity, sizeof *self->site_of);
    rg__array_free(a, self->wide, self->wide_capacity, sizeof *self->wide);
    rg__array_free(a, self->nodes, self->node_capacity, sizeof *self->nodes);
    rg__array_free(a, self->wide_nodes, self->wide_node_capacity, sizeof *self->wide_nodes);
    *self = (rg__tables){.strings.allocator = *a};
}

void rg_graph_free(rg_graph *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    if (self->is_borrowed) {
        rg__array_free(&a, self, 1, sizeof *self);
        return;
    }
    if (self->file) {
        rg_file_free(self->file);
        rg__array_free(&a, self, 1, sizeof *self);
        return;
    }
    rg__offsets_dispose(&self->offsets, &a);
    rg__offsets_dispose(&self->reverse_offsets, &a);
    rg__array_free(&a, self->targets, self->target_capacity, sizeof *self->targets);
    rg__array_free(&a, self->labels, self->label_capacity, sizeof *self->labels);
    rg__array_free(&a, self->sources, (size_t)self->edge_count, sizeof *self->sources);
    if (self->tables.strings.allocator.resize)
        rg__tables_dispose(&self->tables, &a);
    rg__array_free(&a, self, 1, sizeof *self);
}

rg_status rg_graph_watched(rg_graph **out, const rg_graph *graph, const rg_monitor *monitor)
{
    if (!monitor->report)
        return RG_ERR_ARGUMENT;
    rg_graph *watched = rg__array_new_raw(&graph->allocator, 1, sizeof *watched);
    if (!watched)
        return RG_ERR_NOMEM;
    *watched = *graph;
    watched->monitor = *monitor;
    watched->is_borrowed = true;
    *out = watched;
    return RG_OK;
}

/* ---- counts ---- */

uint32_t rg_graph_node_count(const rg_graph *self)
{
    return (uint32_t)self->tables.node_count;
}

uint64_t rg_graph_edge_count(const rg_graph *self)
{
    return self->edge_count;
}

uint32_t rg_graph_type_count(const rg_graph *self)
{
    return (uint32_t)self->tables.type_count;
}

uint32_t rg_graph_root_count(const rg_graph *self)
{
    return (uint32_t)self->tables.root_count;
}

size_t rg_graph_memory(const rg_graph *self)
{
    const rg__tables *t = &self->tables;
    if (self->file)
        return sizeof *self + rg__file_memory(self->file);
    return sizeof *self + rg__strings_memory(&t->strings) + t->type_capacity * sizeof *t->types +
           t->shadow_capacity * sizeof *t->shadows + t->root_capacity * sizeof *t->roots +
           t->native_capacity * sizeof *t->native + t->site_capacity * sizeof *t->sites +
           t->location_capacity * sizeof *t->locations + t->site_of_capacity * sizeof *t->site_of +
           t->wide_capacity * sizeof *t->wide + t->node_capacity * sizeof *t->nodes +
           t->wide_node_capacity * sizeof *t->wide_nodes + rg__offsets_memory(&self->offsets) +
           rg__offsets_memory(&self->reverse_offsets) +
           (self->target_capacity + self->label_capacity + (size_t)self->edge_count) *
               sizeof *self->targets;
}

/* ---- elements ---- */

rg_node rg_graph_node(const rg_graph *self, uint32_t node)
{
    return rg__node_at(&self->tables, node);
}

const rg__wide_node *rg__node_wide(const rg__tables *t, size_t node)
{
    size_t low = 0;
    size_t high = t->wide_node_count - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (t->wide_nodes[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return &t->wide_nodes[low];
}

rg_type rg_graph_type(const rg_graph *self, uint32_t type)
{
    const rg__type *t = &self->tables.types[type];
    return (rg_type){
        .module = rg__strings_at(&self->tables.strings, t->module),
        .name = rg__strings_at(&self->tables.strings, t->name),
        .kind = t->kind,
        .flags = t->flags,
        .node = t->node,
    };
}

rg_root rg_graph_root(const rg_graph *self, uint32_t root)
{
    const rg__root *r = &self->tables.roots[root];
    return (rg_root){r->kind, r->node, r->references,
                     rg__strings_at(&self->tables.strings, r->name)};
}

uint32_t rg_graph_unexplained(const rg_graph *self, uint32_t node)
{
    const rg__tables *t = &self->tables;
    size_t low = 0;
    size_t high = t->native_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (t->native[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    const bool is_there = low < t->native_count && t->native[low].node == node;
    return is_there ? t->native[low].references : 0;
}

const rg_location *rg_graph_site(const rg_graph *self, uint32_t node, size_t *count)
{
    const rg__tables *t = &self->tables;
    const uint32_t site = node < t->site_of_count ? t->site_of[node] : RG_NONE;
    *count = site == RG_NONE ? 0 : t->sites[site].count;
    return *count ? t->locations + t->sites[site].begin : NULL;
}

rg_collector_state rg_graph_collector(const rg_graph *self)
{
    return self->tables.collector;
}

rg_string rg_graph_string(const rg_graph *self, uint32_t string)
{
    return rg__strings_at(&self->tables.strings, string);
}

bool rg_graph_type_shadows(const rg_graph *self, uint32_t type, rg_string name)
{
    const rg__type *t = &self->tables.types[type];
    for (uint32_t i = 0; i < t->shadows_count; i++) {
        const uint32_t id = self->tables.shadows[t->shadows_begin + i];
        const rg_string shadow = rg__strings_at(&self->tables.strings, id);
        if (shadow.size == name.size && !memcmp(shadow.data, name.data, name.size))
            return true;
    }
    return false;
}

uint32_t rg_graph_find(const rg_graph *self, uint64_t address)
{
    const rg__tables *t = &self->tables;
    const size_t count = t->node_count;
    if (!t->addresses_ascend) {
        for (size_t i = 0; i < count; i++)
            if (rg__node_address(t, i) == address)
                return (uint32_t)i;
        return RG_NONE;
    }
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rg__node_address(t, middle) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && rg__node_address(t, low) == address ? (uint32_t)low : RG_NONE;
}

uint64_t rg_graph_edges_begin(const rg_graph *self, uint32_t node)
{
    return rg__edges_begin(self, node);
}

uint64_t rg_graph_edges_end(const rg_graph *self, uint32_t node)
{
    return rg__edges_end(self, node);
}

rg_edge rg_graph_edge(const rg_graph *self, uint32_t from, uint64_t index)
{
    const uint32_t label = self->labels[index];
    return (rg_edge){
        .from = from,
        .to = self->targets[index],
        .index = index,
        .name = rg__label_name(&self->tables, label),
        .strength = rg__label_strength(label),
        .folded = false,
    };
}

const uint32_t *rg_graph_referrers(const rg_graph *self, uint32_t node, uint64_t *count)
{
    const uint64_t begin = rg__sources_begin(self, node);
    *count = rg__sources_end(self, node) - begin;
    return *count ? self->sources + begin : NULL;
}

void rg_subgraph_dispose(rg_subgraph *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->nodes, self->node_count, sizeof *self->nodes);
    rg__array_free(a, self->edges, self->edge_count, sizeof *self->edges);
    rg__array_free(a, self->omissions, self->omission_count, sizeof *self->omissions);
    *self = (rg_subgraph){0};
}
