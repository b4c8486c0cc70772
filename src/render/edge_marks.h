/* What the caller says of edges: which are the chain's, the cycle's and the cut's. */
#ifndef RG_RENDER_EDGE_MARKS_H
#define RG_RENDER_EDGE_MARKS_H

#include <refgraph/render.h>

typedef struct rg__edge_mark {
    uint64_t index;  /* of the edge in the graph */
    size_t position; /* in the cycle, behind it in the cut; SIZE_MAX: in neither */
    unsigned roles;  /* RG__ROLE_CHAIN, _CYCLE, _CUT */
} rg__edge_mark;

/* A dict that a reference to be cut leads to. */
typedef struct rg__cut_dict {
    uint64_t begin, end; /* its out-edges */
    uint32_t owner;      /* whose reference is to be cut */
    size_t position;
    bool is_in_cycle; /* one of its edges is */
} rg__cut_dict;

typedef struct rg__edge_marks {
    rg_allocator allocator;
    rg__edge_mark *items; /* ascending by index, which is there once */
    size_t count, capacity;
    rg__cut_dict *dicts; /* ascending by begin, then owner */
    size_t dict_count, dict_capacity;
} rg__edge_marks;

/* RG_OK or RG_ERR_NOMEM. `out` must be zeroed, and is to be disposed in every case.
 * O(e log m) for e edges of the selection and m that are marked. */
RG_CHECKED rg_status rg__edge_marks_make(rg__edge_marks *out, const rg_graph *graph,
                                         const rg_subgraph *sub, const rg_render_options *options,
                                         const rg_allocator *allocator);
/* What is said of an edge of the selection; roles 0: nothing. O(log m). */
rg__edge_mark rg__edge_marks_find(const rg__edge_marks *self, const rg_edge *edge);
void rg__edge_marks_dispose(rg__edge_marks *self);

#endif
