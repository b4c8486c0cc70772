/* What the collector knows of a node, in a line: "generation 2 · __del__". Nothing in it comes from the
 * captured process, so nothing needs escaping. */
#include "render/picture_parts.h"

static const char *generation_of(const rg_node *node)
{
    static const char *const texts[] = {"generation 0", "generation 1", "generation 2"};
    if (node->flags & RG_NODE_FROZEN)
        return "frozen";
    const bool is_young = node->generation < sizeof texts / sizeof *texts;
    return node->flags & RG_NODE_GC_TRACKED && is_young ? texts[node->generation] : NULL;
}

static const char *finalizer_of(const rg_node *node)
{
    if (node->flags & RG_NODE_FINALIZED)
        return node->flags & RG_NODE_HAS_FINALIZER ? "__del__ has run" : "finalizer has run";
    return node->flags & RG_NODE_HAS_FINALIZER ? "__del__" : NULL;
}

rg_status rg__write_collector(rg_buffer *out, const rg_graph *graph, uint32_t node,
                              const char *before)
{
    const rg_node n = rg_graph_node(graph, node);
    const uint32_t type_flags = rg_graph_type(graph, n.type).flags;
    const bool is_unseen = !(n.flags & RG_NODE_GC_TRACKED) && type_flags & RG_TYPE_SILENT;
    const char *const parts[] = {
        generation_of(&n),
        is_unseen ? "not seen by the collector" : NULL,
        finalizer_of(&n),
        type_flags & RG_TYPE_LEGACY_FINALIZER ? "tp_del" : NULL,
        n.flags & RG_NODE_IN_TRY ? "suspended in try" : NULL,
    };
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++) {
        if (!parts[i])
            continue;
        status = rg__write(out, before);
        before = " · ";
        if (!status)
            status = rg__write(out, parts[i]);
    }
    return status;
}

bool rg__has_finalizer(const rg_graph *graph, uint32_t node)
{
    const rg_node n = rg_graph_node(graph, node);
    return n.flags & (RG_NODE_HAS_FINALIZER | RG_NODE_IN_TRY) ||
           rg_graph_type(graph, n.type).flags & RG_TYPE_LEGACY_FINALIZER;
}
