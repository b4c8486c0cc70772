/* See zoo.h. */
#include "zoo.h"

#include "test.h"

enum { LINKS_MAX = 8 };

zoo zoo_new(const rg_allocator *allocator)
{
    zoo z = {.d = drawing_new(allocator)};
    drawing *d = &z.d;
    z.module = drawing_type(d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    z.dict = drawing_type(d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING);
    z.list = drawing_type(d, "list", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    z.tuple = drawing_type(d, "tuple", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    z.str = drawing_type(d, "str", RG_KIND_OTHER, RG_TYPE_PLAIN);
    z.instance = drawing_type(d, "app.Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    z.odd = drawing_type(d, "app.Odd", RG_KIND_INSTANCE, 0);
    z.type = drawing_type(d, "type", RG_KIND_TYPE, RG_TYPE_PLAIN);
    z.function = drawing_type(d, "function", RG_KIND_FUNCTION, RG_TYPE_PLAIN | RG_TYPE_DESCRIPTOR);
    z.property = drawing_type(d, "property", RG_KIND_OTHER, RG_TYPE_PLAIN | RG_TYPE_DESCRIPTOR);
    z.frame = drawing_type(d, "frame", RG_KIND_FRAME, RG_TYPE_PLAIN);
    z.generator = drawing_type(d, "generator", RG_KIND_FRAME, RG_TYPE_PLAIN);
    z.cell = drawing_type(d, "cell", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    return z;
}

rg_chain zoo_chain(const rg_graph *g, rg_edge *edges, size_t count)
{
    uint32_t node = rg_graph_root(g, 0).node;
    for (size_t i = 0; i < count; i++) {
        edges[i] = rg_graph_edge(g, node, rg_graph_edges_begin(g, node));
        node = edges[i].to;
    }
    return (rg_chain){.root = 0, .edges = edges, .edge_count = count};
}

static rg_graph *linked(zoo *z, rg_root_kind root, const link *links, size_t count)
{
    rg_graph *g = NULL;
    uint32_t nodes[LINKS_MAX];
    for (size_t i = 0; i < count; i++)
        nodes[i] = drawing_node(&z->d, links[i].type, NULL, links[i].flags);
    for (size_t i = 1; i < count; i++)
        drawing_own(&z->d, nodes[i - 1], nodes[i], links[i].name);
    drawing_root(&z->d, root, nodes[0], links[0].name);
    assert_int_equal(drawing_finish(&z->d, &g), RG_OK);
    return g;
}

void zoo_assert_expression(zoo *z, rg_root_kind root, const link *links, size_t count,
                           const char *expected, bool is_evaluable)
{
    rg_graph *g = linked(z, root, links, count);
    rg_edge edges[LINKS_MAX];
    const rg_chain chain = zoo_chain(g, edges, count - 1);
    rg_buffer out = {0};
    bool evaluable = !is_evaluable;
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
    assert_string_equal(out.data + 1, expected);
    assert_int_equal(evaluable, is_evaluable);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}
