/* Objects and owners in words: an object by the cheapest chain to it. */
#include <refgraph/analysis.h>

#include "analysis/paths.h"
#include "base/text.h"

enum { TEXT_LIMIT = 60, ROOT_LIMIT = 200 }; /* characters */

/* Type and text, as nothing else tells which object it is. */
static rg_status write_label(const rg_graph *graph, uint32_t node, rg_buffer *out)
{
    rg_status status = rg_graph_write_type(graph, node, out);
    if (!status && graph->tables.nodes[node].text != RG_NONE)
        status = rg__write(out, " ");
    return status ? status : rg_graph_write_text(graph, node, TEXT_LIMIT, out);
}

/* The path that the distances have kept, as a chain. */
static rg_status write_chain(const rg_graph *graph, const rg_distances *distances, uint32_t node,
                             rg_buffer *out, bool *evaluable)
{
    rg__path path = {.allocator = graph->allocator};
    rg__links links = rg__links_of(graph, &path.allocator);
    uint32_t start = RG_NONE;
    rg_status status =
        rg__path_descend(&path, &links, distances, node, RG_NONE, UINT64_MAX, &start);
    if (!status) {
        rg__path_reverse(&path);
        const rg_chain chain = {
            .root = distances->root[start],
            .edges = path.edges,
            .edge_count = path.count,
        };
        status = rg_chain_write_expression(&chain, graph, out, evaluable);
    }
    rg__path_dispose(&path);
    rg__links_dispose(&links);
    return status;
}

rg_status rg_node_write_expression(const rg_graph *graph, const rg_distances *distances,
                                   uint32_t node, rg_buffer *out, bool *evaluable)
{
    const size_t before = out->size;
    if (distances->node_count != graph->tables.node_count || node >= distances->node_count)
        return RG_ERR_ARGUMENT;
    *evaluable = false;
    const rg_status status = distances->cost[node] == RG_UNREACHED
                                 ? write_label(graph, node, out)
                                 : write_chain(graph, distances, node, out, evaluable);
    if (status)
        out->size = before;
    return status;
}

/* A module or frame, by its root. */
static rg_status write_root(const rg_owner *owner, const rg_graph *graph, rg_buffer *out)
{
    const rg_root_kind wanted = owner->kind == RG_OWNER_MODULE ? RG_ROOT_MODULE : RG_ROOT_FRAME;
    const rg__tables *t = &graph->tables;
    uint32_t root = 0;
    while (root + 1 < t->root_count &&
           (t->roots[root].node != owner->node || t->roots[root].kind != wanted))
        root++;
    const rg_status status =
        t->root_count ? rg_graph_write_root(graph, root, ROOT_LIMIT, out) : RG_OK;
    return status ? status : rg__write(out, " (itself, and what its variables share)");
}

static rg_status write_owner(const rg_owner *owner, const rg_graph *graph,
                             const rg_distances *distances, rg_buffer *out)
{
    static const char *const texts[RG_OWNER_KIND_COUNT] = {
        [RG_OWNER_LASTING] = ", static or immortal",
        [RG_OWNER_OUTSIDE] = ", held from outside the heap",
        [RG_OWNER_SHARED] = ", held by several owners",
        [RG_OWNER_GARBAGE] = ", garbage",
    };
    bool evaluable = false;
    if (owner->kind == RG_OWNER_MODULE || owner->kind == RG_OWNER_FRAME)
        return write_root(owner, graph, out);
    if (owner->kind < RG_OWNER_LASTING)
        return rg_node_write_expression(graph, distances, owner->node, out, &evaluable);
    const rg_status status = rg_graph_write_type(graph, owner->node, out);
    return status ? status : rg__write(out, texts[owner->kind]);
}

rg_status rg_owner_write(const rg_owner *self, const rg_graph *graph, const rg_distances *distances,
                         rg_buffer *out)
{
    const size_t before = out->size;
    if (distances->node_count != graph->tables.node_count || self->node >= distances->node_count ||
        (unsigned)self->kind >= RG_OWNER_KIND_COUNT)
        return RG_ERR_ARGUMENT;
    const rg_status status = write_owner(self, graph, distances, out);
    if (status)
        out->size = before;
    return status;
}
