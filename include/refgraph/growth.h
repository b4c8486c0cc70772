/** @file
 * What has changed between graphs of one process. See analysis.h.
 */
#ifndef REFGRAPH_GROWTH_H
#define REFGRAPH_GROWTH_H

#include <refgraph/retained.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- two graphs --------------------------------------------------------------------------------- */

/** The nodes of `after` that were not there before, ascending. An object is taken for the same if address, type
 * (by name), and where it has one its text as a value are equal, its generation is not younger than it was,
 * the items of a tuple or frozenset are the same, and of what it refers to (None, classes and what many refer to
 * left out) and what refers to it something is still the same. Not told apart: an object of the same type that was
 * born in the place of one that died, is as old by now, and is held by the same object or holds the same; nor
 * two of which one holds the other, both in the places of two such.
 * Both graphs must be in address order, as captures are. O(V + E log E + types log types).
 * @return RG_OK, RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_born_find(rg_node_list *out, const rg_graph *before,
                                         const rg_graph *after, const rg_allocator *allocator);

/* ---- growth -------------------------------------------------------------------------------------- */

/** What there was and is of one type; types of one module and name are one. */
typedef struct rg_type_growth {
    uint32_t before, after; /* such a type of either graph, or RG_NONE */
    uint64_t count_before, size_before;
    uint64_t count, size; /* now; bytes */
    uint64_t born, died;  /* objects that are new, and that are gone */
    uint32_t point;       /* where most of the new ones are: an index of points; or RG_NONE */
    uint32_t example; /* one of those: one that begins there if any does, the largest; or RG_NONE */
} rg_type_growth;

/** A place where objects came and went: the cheapest chain of each new object is followed up to the first that
 * was there before, its *holder*, and the one behind that, which *begins* what is new there. What has gone is
 * followed in the earlier graph likewise. An old object that gained nothing new and has another size (a buffer;
 * a list of what was there) is a place of itself. */
typedef struct rg_growth_point {
    rg_string text; /* signature of what begins there: `sys.modules['app'].CACHE[*]`; borrowed */
    uint64_t id;    /* its hash, as in rg_signature_group */
    uint32_t type_before, type; /* type of what begins there, of either graph, or RG_NONE */
    uint32_t holder;       /* which gained most of them, of `after`, or, where none is gained, has
                                   another size now; RG_NONE: neither; roots of their own, garbage */
    uint64_t holder_count; /* old objects that gained one */
    uint32_t example;      /* a new one that begins there, the lowest; RG_NONE: none */
    uint64_t gained, lost; /* objects that begin there, new and gone */
    uint64_t born, born_size; /* with what hangs on them: objects that are new, and their bytes */
    uint64_t died, died_size; /* and that are gone */
    int64_t resized;          /* bytes by which those holders have grown (a holder of several points
                                   counts in one), and what was at this place and gained nothing */
} rg_growth_point;

/** What has changed between two graphs of one process. Owned. */
typedef struct rg_growth {
    rg_type_growth
        *types; /* by falling growth in bytes, then in objects, then by name and module */
    size_t type_count;
    uint32_t *row_of_before, *row_of_after; /* per type of either graph: its index in types */
    uint32_t type_count_before, type_count_after;
    rg_growth_point *points; /* those that gained most, net, first: see rg_growth_find */
    size_t point_count;
    uint32_t *point_of; /* per node of `after`: the point of a new one, RG_NONE of an old one */
    uint32_t *point_of_gone; /* per node of `before`: of one that is gone, RG_NONE of others */
    uint32_t node_count, node_count_before;
    uint64_t count_before, size_before, count, size;
    uint64_t grown; /* bytes: the sum over the points that have grown of what they have grown */
    uint64_t born, born_size, died, died_size; /* the sums over all points */
    int64_t resized;                           /* too: of all objects that are there in both */
    char *texts;
    size_t text_size;
    rg_allocator allocator;
} rg_growth;

/** Compare a graph with an earlier one of the same process. An object is taken for the same as rg_born_find
 * does. Sums are exact: count = count_before + born - died, size = size_before + born_size - died_size +
 * resized, each new or gone object is in one point, and born, died and resized are the sums over the points.
 *
 * Points stand by (gain - loss) × |gain - loss| / (gain + loss), in bytes with what hangs there and what is
 * resized, then in objects, then by id and type: what only grows comes before what is replaced all the time.
 * Distances are of either graph.
 * O(V + E + points log points) and what rg_signatures_find takes for what begins and its holders.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT, RG_ERR_ARGUMENT (distances of another graph). */
RG_API RG_CHECKED rg_status rg_growth_find(rg_growth *out, const rg_graph *before,
                                           const rg_distances *distances_before,
                                           const rg_graph *after, const rg_distances *distances,
                                           const rg_allocator *allocator);
RG_API void rg_growth_dispose(rg_growth *self);

/** How many objects of one type came to a point and went from there, with what hangs on them. */
typedef struct rg_point_type {
    uint32_t before, after;                    /* the type in either graph, or RG_NONE */
    uint64_t born, born_size, died, died_size; /* objects, bytes */
    uint64_t cost; /* of the cheapest chain to a new one, as in rg_distances; UINT64_MAX: none */
} rg_point_type;

/** A row per type of which something came or went. Owned. */
typedef struct rg_point_types {
    rg_point_type *items; /* by falling growth in bytes, then in the order of rg_growth.types */
    size_t count;
    rg_allocator allocator;
} rg_point_types;

/** What a point is made of; the rows add up to its born, died and their sizes. The graphs and distances are
 * those that the growth was found with. O(V + types log types).
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (no such point, other graphs). */
RG_API RG_CHECKED rg_status rg_point_types_find(rg_point_types *out, const rg_growth *growth,
                                                size_t point, const rg_graph *before,
                                                const rg_graph *after,
                                                const rg_distances *distances,
                                                const rg_allocator *allocator);
RG_API void rg_point_types_dispose(rg_point_types *self);

/** What clearing a place would do. Owned. */
typedef struct rg_release {
    rg_what_if gone; /* what would go */
    uint64_t holder_count;
    uint64_t kept;    /* of what begins at the first of the points: how many others would keep */
    uint32_t example; /* the lowest of those, or RG_NONE */
    uint32_t keeper;  /* an object that refers to that one and would stay; RG_NONE: a root does */
} rg_release;

/** What would go if the holders let go of what is new at some points: all references are taken away together that
 * holders have to what begins there. Holders are old objects through which the cheapest chain to something there
 * goes, and those with the signature of such a one. The graph and its distances are those of `after`. O(V + E) and
 * what rg_signatures_find takes for those that refer to something there.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT, RG_ERR_ARGUMENT (no such point, another graph). */
RG_API RG_CHECKED rg_status rg_release_find(rg_release *out, const rg_growth *growth,
                                            const size_t *points, size_t point_count,
                                            const rg_graph *after, const rg_distances *distances,
                                            const rg_allocator *allocator);
RG_API void rg_release_dispose(rg_release *self);

/** Of the nodes that are new in `after`, those that are still there in `later`, ascending ids of `later`: what
 * a span of time has left for good, (after - before) ∩ later. The three are of one process and in the order
 * of time. O(V log V). @return RG_OK, RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_lasting_find(rg_node_list *out, const rg_graph *before,
                                            const rg_graph *after, const rg_graph *later,
                                            const rg_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
