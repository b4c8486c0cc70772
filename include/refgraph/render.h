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
    const rg_edge *cycle; /* edges of a cycle, drawn strong in a colour of its own; borrowed */
    size_t cycle_count;
    const rg_edge *cut; /* edges to cut, dashed and marked "cut here"; borrowed */
    size_t cut_count;
    bool
        show_collector; /* say in each node what the collector knows of it: generation, finalizer */
    uint32_t max_nodes; /* 0: 300. Beyond, the least important become one "… n more" node */
    bool hide_legend;
    double deadline; /* seconds; > 0: lay out in another process, which is killed when they pass;
                                  0: in this process, without a limit of time */
} rg_render_options;

/** Draw to memory: `out` is appended to only on success. The text is valid UTF-8 XML for SVG.
 *
 * Ids: "n12" is sub->nodes[12]; "e7" is sub->edges[7], the first of all edges between the same two
 * nodes, which are drawn as one; "more3" is the node of sub->omissions[3] and "m3" its edge;
 * "reduced" and "reduced_edges" what the limits left out; "legend1" the kind with that number;
 * "legend_cycle", "legend_cut", "legend_finalizer" what those marks mean, where they occur.
 * Classes: the kind or "reference", then "target", "root", "chain", "weak", "folded",
 * "infrastructure", "local" (held by a running frame), "cycle" (its edges and the nodes they join), "cut"
 * (edges), "finalizer" (nodes, with show_collector: freeing them runs code); "more"; "legend". A root of
 * kind TYPE is none here: that something is immortal explains nothing about what it holds.
 *
 * Edges of the chain, the cycle and the cut are found by their index in the graph, so that of an owner's
 * `__dict__` that is folded the edge out of it is the one that is drawn; where only the edge into it is to be cut,
 * that is shown on the cycle's edges out of it, or on all of them where none is in the cycle. What is
 * in the cycle and in the cut is drawn as cut. A chain runs downwards; so does a cycle, from where its first
 * edge begins, and the last one leads back up.
 *
 * Texts are those of rg_graph_write_type, _text and _name, so that every byte that cannot be shown
 * is an escape of Python's repr. A node's first line is its type, cut after 60 characters of what is
 * shown; its second its text, cut after 60 characters of the object's text (escapes and quotes are
 * not counted); "…" follows a cut. A target's next line says where it was allocated (rg_graph_write_site)
 * where that is known. With show_collector the last line says what there is to say of "generation 0" (1, 2) or
 * "frozen"; "not seen by the collector"; "__del__", "__del__ has run" or, of what has none, "finalizer
 * has run"; "tp_del"; "suspended in try"; with " · " between. An edge shows up to three names, each cut
 * after 40 characters, then "… n more"; one to be cut begins with "cut here" ("cut here: .a; also .b" where
 * only some of them are). A tooltip holds the same, cut after 200, and a node's size and place of
 * allocation. In the title, cut after 160, U+FFFD stands for each character that cannot be shown. Of
 * spaces in a row all but the first are NO-BREAK SPACEs, as is the one that an edge's label begins with.
 *
 * More than 2 * max_nodes edges are reduced too: the chain's last, the cycle's and the cut's before those. So are, of
 * those that nothing marks, the ones that would cross the most layers, while all of them cross more than 20 * max_nodes:
 * they decide how long a layout takes. Every object stays joined to those it was joined to. "reduced_edges" counts both. A
 * PNG has 96 pixels an inch, fewer where it would have more than 16,000 a side or 24 million in all.
 *
 * With a deadline, the program "refgraph-draw" lays out and writes, which lies beside this library or in "refgraph"
 * beside it: this process is not copied, so that the cost (2 ms) does not depend on its size. A layout that has used
 * 1.5 s of processor time (more than 300 nodes were asked for, PNG, PDF: 0.6 of the deadline) is given up for one of a
 * third of the nodes, whose title ends in "simplified: too much to lay out in time". Where the program is not
 * there, a child made by clone() draws: that costs 20 to 100 ms a GB of this process; and once a PNG or PDF was drawn
 * without a deadline, Pango 1.52 and later keep a thread that no child has: such a one then ends in
 * RG_ERR_TIMEOUT if it needs a font not used before.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no nodes, an edge that leads outside),
 * RG_ERR_GRAPHVIZ (with Graphviz's message), RG_ERR_UNSUPPORTED (a format that this Graphviz has no
 * plugin for), RG_ERR_TIMEOUT, RG_ERR_IO. */
RG_API RG_CHECKED rg_status rg_render(rg_buffer *out, const rg_graph *graph, const rg_subgraph *sub,
                                      rg_format format, const rg_render_options *options,
                                      rg_error *error);

/** One picture of several. */
typedef struct rg_render_job {
    const rg_graph *graph; /* borrowed, as is `sub` */
    const rg_subgraph *sub;
    rg_format format;
    rg_render_options options;
    rg_buffer out;    /* as in rg_render */
    rg_status status; /* how this one ended */
    rg_error error;
} rg_render_job;

/** Draw all: where each has a deadline, as many at once as this process may use processors, 16 at most. Each has its
 * own status. The threads that wait for them have ended when this returns. */
RG_API void rg_render_all(rg_render_job *jobs, size_t count);

/** Draw to a file, in the format of its suffix; written beside and renamed, so that `path` holds
 * the whole picture or what it held before. The suffix and the folder are checked first.
 * A symbolic link is followed, an existing file keeps its mode, and what is no regular file is refused. */
RG_API RG_CHECKED rg_status rg_render_path(const char *path, const rg_graph *graph,
                                           const rg_subgraph *sub, const rg_render_options *options,
                                           rg_error *error);

/** Lay out a graph that is given in Graphviz's language, and append the picture to `out`; only on success.
 *
 * `text` is read as the program `dot` reads it: the first graph in it, with all attributes that its author chose,
 * also those that name fonts and files. `format` is any name that a plugin of Graphviz knows ("svg", "png", "jpg",
 * "json", "png:gd"), handed over as it is; gtk and x11, which open windows, are not there. A bitmap has 96 pixels
 * an inch, fewer where it would have more than 16,000 a side or 24 million in all. What is written is Graphviz's
 * own, as `dot -T` would write it.
 * `deadline`: as in rg_render_options. In this process (0), text that Graphviz refuses leaves memory behind.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (a NUL in the text or the format), RG_ERR_GRAPHVIZ (with Graphviz's message:
 * text that is no graph, a format that no plugin knows), RG_ERR_UNSUPPORTED, RG_ERR_TIMEOUT, RG_ERR_IO. */
RG_API RG_CHECKED rg_status rg_render_source(rg_buffer *out, rg_string text, rg_string format,
                                             double deadline, const rg_allocator *allocator,
                                             rg_error *error);

/** Version of the Graphviz that draws, such as "2.43.0"; static. */
RG_API const char *rg_render_graphviz_version(void);

#ifdef __cplusplus
}
#endif
#endif
