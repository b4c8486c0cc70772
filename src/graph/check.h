/* What the files that check a frozen graph share. */
#ifndef RG_GRAPH_CHECK_H
#define RG_GRAPH_CHECK_H

#include "graph/graph_private.h"

typedef struct rg__check {
    const rg_graph *g;
    rg_error *error;
    const void *at; /* the item that is wrong */
} rg__check;

/* "edge 2 has target, node 4 of 4", and that `at` is wrong. */
rg_status rg__check_wrong(rg__check *c, const void *at, const char *of, size_t i, const char *what,
                          uint64_t id, uint64_t count);
/* Carries ascend, none is behind the last number, and there are no more of them than the greatest number may need. */
RG_CHECKED rg_status rg__check_carries(rg__check *c, const rg__offsets *offsets, const char *of,
                                       size_t count, uint64_t greatest);

/* ---- check_edges.c: relies on what check.c has proved ---- */

RG_CHECKED rg_status rg__check_edges(rg__check *c, bool with_references);

#endif
