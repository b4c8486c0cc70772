/** @file
 * Some nodes of a graph as a picture, laid out and written in-process through libcgraph and libgvc.
 * All calls are serialised by one lock; any thread may draw.
 */
#ifndef REFGRAPH_RENDER_H
#define REFGRAPH_RENDER_H

#include <refgraph/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_format { RG_FORMAT_SVG = 0, RG_FORMAT_PNG, RG_FORMAT_PDF, RG_FORMAT_DOT } rg_format;

/** The format of a path's suffix (".svg" ".png" ".pdf" ".dot", any case).
 * @return RG_OK, RG_ERR_ARGUMENT with the suffixes that would be right. */
RG_API RG_CHECKED rg_status rg_format_of_path(rg_format *out, const char *path, rg_error *error);

/** How to draw. A zeroed struct takes every default. */
typedef struct rg_render_options {
    const char *title;    /* one line above the picture (UTF-8); NULL: none */
    const rg_edge *chain; /* the chain that stands out, root first; borrowed */
    size_t chain_count;
    uint32_t max_nodes; /* 0: 300. Beyond, the least important become one "… n more" node */
    bool hide_legend;
    double deadline; /* seconds; > 0: lay out in a forked child that is killed when they pass;
                                  0: in this process, without a limit of time */
} rg_render_options;

/** Draw to memory: `out` is appended to only on success. The text is valid UTF-8 XML for SVG.
 * Every node and edge has an id ("n12": index in sub->nodes, "e7": index in sub->edges; "more3": an
 * omission; "reduced": what the node limit left out; "legend"), a class (the kind, "target", "root",
 * "chain", "folded", "weak", …) and a tooltip with the whole text.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no nodes), RG_ERR_GRAPHVIZ (with Graphviz's
 * message), RG_ERR_UNSUPPORTED (a format that this Graphviz has no plugin for), RG_ERR_TIMEOUT,
 * RG_ERR_IO. */
RG_API RG_CHECKED rg_status rg_render(rg_buffer *out, const rg_graph *graph, const rg_subgraph *sub,
                                      rg_format format, const rg_render_options *options,
                                      rg_error *error);

/** Draw to a file, in the format of its suffix; written beside and renamed, so that `path` holds
 * the whole picture or what it held before. The suffix and the folder are checked first. */
RG_API RG_CHECKED rg_status rg_render_path(const char *path, const rg_graph *graph,
                                           const rg_subgraph *sub, const rg_render_options *options,
                                           rg_error *error);

/** Version of the Graphviz that draws, such as "2.43.0"; static. */
RG_API const char *rg_render_graphviz_version(void);

#ifdef __cplusplus
}
#endif
#endif
