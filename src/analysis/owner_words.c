/* Objects and owners in words: an object by the cheapest chain to it. Those that are written together share what is
 * known of the edges of hubs: the dict of a module is passed for each of its variables. */
#include <refgraph/analysis.h>

#include "analysis/paths.h"
#include "base/text.h"

enum { TEXT_LIMIT = 60, ROOT_LIMIT = 200 }; /* characters */

typedef struct writer {
    const rg_graph *graph;
    const rg_distances *distances;
    rg__links links;
    rg__path path;
    rg_buffer *out;
} writer;

static writer writer_of(const rg_graph *graph, const rg_distances *distances, rg_buffer *out)
{
    return (writer){
        .graph = graph,
        .distances = distances,
        .links = rg__links_of(graph, "words", &graph->allocator),
        .path.allocator = graph->allocator,
        .out = out,
    };
}

static void writer_dispose(writer *w)
{
    rg__path_dispose(&w->path);
    rg__links_dispose(&w->links);
}

/* Type and text, as nothing else tells which object it is. */
static rg_status write_label(const writer *w, uint32_t node)
{
    rg_status status = rg_graph_write_type(w->graph, node, w->out);
    if (!status && rg__node_text(&w->graph->tables, node) != RG_NONE)
        status = rg__write(w->out, " ");
    return status ? status : rg_graph_write_text(w->graph, node, TEXT_LIMIT, w->out);
}

/* The path that the distances have kept, as a chain. */
static rg_status write_object(writer *w, uint32_t node)
{
    uint32_t start = RG_NONE;
    bool evaluable = false;
    if (w->distances->cost[node] == RG_UNREACHED)
        return write_label(w, node);
    w->path.count = 0;
    const rg_status status =
        rg__path_descend(&w->path, &w->links, w->distances, node, RG_NONE, UINT64_MAX, &start);
    if (status)
        return status;
    rg__path_reverse(&w->path);
    const rg_chain chain = {
        .root = w->distances->root[start],
        .edges = w->path.edges,
        .edge_count = w->path.count,
    };
    return rg_chain_write_expression(&chain, w->graph, w->out, &evaluable);
}

/* A module or frame, by its root. */
static rg_status write_opened(const writer *w, const rg_owner *owner)
{
    const rg_root_kind wanted = owner->kind == RG_OWNER_MODULE ? RG_ROOT_MODULE : RG_ROOT_FRAME;
    const rg__tables *t = &w->graph->tables;
    uint32_t root = 0;
    while (root < t->root_count &&
           (t->roots[root].node != owner->node || t->roots[root].kind != wanted))
        root++;
    const rg_status status = root < t->root_count
                                 ? rg_graph_write_root(w->graph, root, ROOT_LIMIT, w->out)
                                 : write_label(w, owner->node);
    return status ? status : rg__write(w->out, " (itself, and what its variables share)");
}

static rg_status write_owner(writer *w, const rg_owner *owner)
{
    static const char *const texts[RG_OWNER_KIND_COUNT] = {
        [RG_OWNER_LASTING] = ", static or immortal",
        [RG_OWNER_OUTSIDE] = ", held from outside the heap",
        [RG_OWNER_SHARED] = ", held by several owners",
        [RG_OWNER_GARBAGE] = ", garbage",
    };
    if (owner->kind == RG_OWNER_MODULE || owner->kind == RG_OWNER_FRAME)
        return write_opened(w, owner);
    if (owner->kind < RG_OWNER_LASTING)
        return write_object(w, owner->node);
    const rg_status status = rg_graph_write_type(w->graph, owner->node, w->out);
    return status ? status : rg__write(w->out, texts[owner->kind]);
}

static bool is_valid(const rg_graph *graph, const rg_distances *distances, const rg_owner *owner)
{
    return distances->node_count == graph->tables.node_count &&
           owner->node < distances->node_count && (unsigned)owner->kind < RG_OWNER_KIND_COUNT;
}

rg_status rg_owner_write(const rg_owner *self, const rg_graph *graph, const rg_distances *distances,
                         rg_buffer *out)
{
    const size_t before = out->size;
    if (!is_valid(graph, distances, self))
        return RG_ERR_ARGUMENT;
    writer w = writer_of(graph, distances, out);
    const rg_status status = write_owner(&w, self);
    writer_dispose(&w);
    if (status)
        out->size = before;
    return status;
}

rg_status rg_owners_write(const rg_owners *self, const rg_graph *graph,
                          const rg_distances *distances, rg_buffer *out)
{
    const size_t before = out->size;
    rg_status status = RG_OK;
    for (size_t i = 0; i < self->count; i++)
        if (!is_valid(graph, distances, &self->items[i]))
            return RG_ERR_ARGUMENT;
    writer w = writer_of(graph, distances, out);
    for (size_t i = 0; i < self->count && !status; i++) {
        status = write_owner(&w, &self->items[i]);
        if (!status)
            status = rg__write(out, "\n");
    }
    writer_dispose(&w);
    if (status)
        out->size = before;
    return status;
}

rg_status rg_nodes_write(const rg_graph *graph, const rg_distances *distances,
                         const uint32_t *nodes, size_t count, rg_buffer *out)
{
    const size_t before = out->size;
    rg_status status = RG_OK;
    if (distances->node_count != graph->tables.node_count)
        return RG_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (nodes[i] >= distances->node_count)
            return RG_ERR_ARGUMENT;
    writer w = writer_of(graph, distances, out);
    for (size_t i = 0; i < count && !status; i++) {
        status = write_object(&w, nodes[i]);
        if (!status)
            status = rg__write(out, "\n");
    }
    writer_dispose(&w);
    if (status)
        out->size = before;
    return status;
}
