/* The memory of a capture: who gives it, and away with it. */
#include "capture/capture_private.h"

void rg__capture_use(rg__capture *c, const rg_allocator *allocator)
{
    c->allocator = *allocator;
    c->addresses.allocator = c->allocator;
    c->texts.bytes = rg_buffer_empty(&c->allocator);
    c->texts.of_object.allocator = c->allocator;
    c->types.of_type.allocator = c->allocator;
    c->types.genuine.allocator = c->allocator;
    c->field_names.allocator = c->allocator;
    c->cell_names.allocator = c->allocator;
    c->callees.allocator = c->allocator;
    c->sites.of_hash.allocator = c->allocator;
    c->own_dicts.allocator = c->allocator;
    c->key_tables.allocator = c->allocator;
    c->scratch = rg_buffer_empty(&c->allocator);
}

void rg__capture_drop_reading(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__array_free(a, c->undescribed, c->undescribed_capacity, sizeof *c->undescribed);
    rg__array_free(a, c->generations, c->generation_capacity, 1);
    c->undescribed = NULL;
    c->generations = NULL;
    c->undescribed_capacity = c->generation_capacity = 0;
}

void rg__capture_drop_texts(rg__capture *c)
{
    rg__array_free(&c->allocator, c->objects, c->object_capacity, sizeof *c->objects);
    rg__texts_dispose(&c->texts);
    c->objects = NULL;
    c->object_capacity = 0;
}

void rg__capture_drop_nodes(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__capture_drop_texts(c);
    rg__array_free(a, c->nodes, c->node_capacity, sizeof *c->nodes);
    rg__array_free(a, c->large_sizes, c->large_size_capacity, sizeof *c->large_sizes);
    c->nodes = NULL;
    c->large_sizes = NULL;
    c->node_capacity = c->large_size_capacity = 0;
}

void rg__capture_drop_edges(rg__capture *c)
{
    rg__offsets_dispose(&c->edge_ends, &c->allocator);
    rg__edges_dispose(c);
}

void rg__capture_dispose(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__addresses_dispose(&c->addresses);
    rg__capture_drop_reading(c);
    rg__capture_drop_nodes(c);
    rg__capture_drop_edges(c);
    rg__array_free(a, c->roots, c->root_capacity, sizeof *c->roots);
    rg__array_free(a, c->thread_starts, c->thread_start_capacity, sizeof *c->thread_starts);
    rg__array_free(a, c->suspects, c->suspect_capacity, sizeof *c->suspects);
    rg__array_free(a, c->key_holders, c->key_holder_capacity, sizeof *c->key_holders);
    rg__array_free(a, c->own, c->own_capacity, sizeof *c->own);
    rg__array_free(a, c->opaque, c->opaque_capacity, sizeof *c->opaque);
    rg__array_free(a, c->sorted, c->sorted_capacity, sizeof *c->sorted);
    rg__array_free(a, c->types.items, c->types.capacity, sizeof *c->types.items);
    rg__array_free(a, c->types.members, c->types.member_capacity, sizeof *c->types.members);
    rg__array_free(a, c->types.shadows, c->types.shadow_capacity, sizeof *c->types.shadows);
    rg__array_free(a, c->types.labels, c->types.label_capacity, sizeof *c->types.labels);
    rg__pointer_map_dispose(&c->types.of_type);
    rg__pointer_map_dispose(&c->types.genuine);
    rg__pointer_map_dispose(&c->field_names);
    rg__pointer_map_dispose(&c->cell_names);
    rg__pointer_map_dispose(&c->callees);
    rg__sites_dispose(&c->sites, a);
    rg__pointer_map_dispose(&c->own_dicts);
    rg__pointer_map_dispose(&c->key_tables);
    rg_buffer_dispose(&c->scratch);
}
