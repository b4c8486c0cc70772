/* A picture before Graphviz sees it: flat arrays, every text escaped, every style a static string. It is
 * made in the calling thread, needs no lock, and can be drawn in a forked child. */
#ifndef RG_RENDER_PICTURE_H
#define RG_RENDER_PICTURE_H

#include <refgraph/render.h>

enum { RG__DEFAULT_NODES = 300 }; /* rg_render_options.max_nodes */

/* Offset of a NUL-terminated string in rg__picture.text. */
typedef size_t rg__text_at;

/* How a node or an edge looks: attribute values of Graphviz, static; NULL: the default. */
typedef struct rg__look {
    const char *fill, *color, *width, *style, *font_color, *font_size, *height, *margin,
        *peripheries;
    const char *arrow; /* edges: arrowhead */
} rg__look;

typedef struct rg__picture_node {
    rg__text_at id, label, tooltip, class;
    rg__look look;
    bool is_legend;
} rg__picture_node;

typedef struct rg__picture_edge {
    uint32_t from, to;                     /* indices of nodes */
    rg__text_at id, label, tooltip, class; /* label "": none */
    rg__look look;
    bool is_chain, is_invisible;
    bool is_cycle;  /* not of the chain: those stand behind it, as the cycle runs */
    bool is_marked; /* of the chain, a cycle or a cut */
} rg__picture_edge;

typedef struct rg__picture {
    rg_allocator allocator;
    rg_buffer text;
    rg__text_at title; /* "": none */
    rg__picture_node *nodes;
    size_t node_count, node_capacity;
    rg__picture_edge *edges;
    size_t edge_count, edge_capacity;
    bool is_coarse;
    uint64_t length; /* layers that the references will cross, about */
} rg__picture;

/* Make the picture of a selection: reduced to the node limit, parallel edges merged, with stubs for what is
 * left out and a legend. `out` must be zeroed. RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT. */
RG_CHECKED rg_status rg__picture_make(rg__picture *out, const rg_graph *graph,
                                      const rg_subgraph *sub, const rg_render_options *options,
                                      const rg_allocator *allocator);
/* Have the title say that this is less than was asked for, and the layout be coarse. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__picture_say_simplified(rg__picture *self);
void rg__picture_dispose(rg__picture *self);

/* ---- style.c ---- */

enum {
    RG__ROLE_TARGET = 1 << 0,
    RG__ROLE_ROOT = 1 << 1,
    RG__ROLE_CHAIN = 1 << 2,
    RG__ROLE_WEAK = 1 << 3,
    RG__ROLE_FOLDED = 1 << 4,
    RG__ROLE_INFRASTRUCTURE = 1 << 5,
    RG__ROLE_FRAME = 1 << 6,
    RG__ROLE_CYCLE = 1 << 7,
    RG__ROLE_CUT = 1 << 8,      /* edges */
    RG__ROLE_FINALIZER = 1 << 9 /* nodes */
};

rg__look rg__look_of_node(rg_kind kind, unsigned roles);
rg__look rg__look_of_edge(unsigned roles);
rg__look rg__look_of_stub(void);
rg__look rg__look_of_stub_edge(void);
rg__look rg__look_of_legend(rg_kind kind);
/* The words of a legend entry. */
const char *rg__legend_text(rg_kind kind);
/* The same for a role: RG__ROLE_CYCLE, _CUT, _FINALIZER. */
rg__look rg__look_of_legend_role(unsigned role);

/* ---- escape.c: text as an attribute value that Graphviz shows as that text ---- */

/* A label's line: at most `limit` characters, then "…"; never empty (a NO-BREAK SPACE then), as an empty
 * first line crashes Graphviz 8.0.4 – 16.1. */
RG_CHECKED rg_status rg__escape_label(rg_buffer *out, rg_string text, size_t limit);
/* A tooltip: Graphviz expands its escapes twice. */
RG_CHECKED rg_status rg__escape_tooltip(rg_buffer *out, rg_string text, size_t limit);

#endif
