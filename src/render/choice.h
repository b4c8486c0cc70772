/* Which nodes and edges of a selection are drawn, and in which role: the node limit, the edge limit, parallel
 * edges in groups, what is target, root, chain, cycle and cut. */
#ifndef RG_RENDER_CHOICE_H
#define RG_RENDER_CHOICE_H

#include <refgraph/render.h>

typedef struct rg__chosen_node {
    size_t index; /* in sub->nodes */
    unsigned roles;
    bool names_itself; /* a module, or a running frame */
    uint32_t root;     /* a root that says more than the node itself does, or RG_NONE */
} rg__chosen_node;

/* Edges between the same two nodes. */
typedef struct rg__chosen_edge {
    uint32_t from, to;   /* indices of chosen nodes */
    size_t edge;         /* the first of them in sub->edges */
    size_t first, count; /* all of them: into order */
    size_t cut_count;    /* so many of them, the first ones in order, are to be cut */
    size_t position;     /* in the cycle, behind it in the cut; SIZE_MAX: in neither */
    unsigned roles;
} rg__chosen_edge;

typedef struct rg__node_position {
    uint32_t node;
    uint32_t index;  /* in sub->nodes */
    uint32_t chosen; /* index of the chosen node, or RG_NONE */
} rg__node_position;

typedef struct rg__choice {
    rg_allocator allocator;
    uint32_t max_nodes;
    rg__chosen_node *nodes;
    size_t node_count, node_capacity;
    rg__chosen_edge *edges;
    size_t edge_count, edge_capacity;
    size_t *order; /* indices of sub->edges, grouped, in a group what is to be cut first */
    size_t order_capacity;
    rg__node_position *positions; /* ascending by node */
    size_t position_capacity, position_count;
    uint64_t dropped_nodes, dropped_edges;
    uint32_t border;       /* a chosen node with a dropped neighbour, or RG_NONE */
    bool border_is_target; /* the dropped one refers to it */
} rg__choice;

/* RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no nodes, or an edge whose end is no node of the selection). `out`
 * must be zeroed, and is to be disposed in every case. O((n + e) log (n + e)). */
RG_CHECKED rg_status rg__choice_make(rg__choice *out, const rg_graph *graph, const rg_subgraph *sub,
                                     const rg_render_options *options,
                                     const rg_allocator *allocator);
/* The chosen node that stands for a node of the graph, or RG_NONE. */
uint32_t rg__choice_find(const rg__choice *self, uint32_t node);
void rg__choice_dispose(rg__choice *self);

#endif
