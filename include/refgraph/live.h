/** @file
 * The live heap asked directly, without a graph: what gc.get_objects() gives, counted and searched where it lies.
 *
 * "Tracked objects" are those of gc.get_objects(), in its order: no atomic objects, none that gc.freeze() has put
 * aside. They are read in the collector's own lists; where the self-checks of a capture do not know those, or a
 * collection is running, from a list that gc.get_objects() makes. Every function wants the GIL and runs no Python
 * code but for the callbacks that are passed in. Objects are `void *` here and PyObject * in truth. References are
 * owned where it says so: such a result must be disposed with the GIL held.
 *
 * Errors of all: RG_ERR_NOMEM; RG_ERR_UNSUPPORTED where neither way gives the objects; RG_ERR_LIMIT beyond 2^32 - 2.
 */
#ifndef REFGRAPH_LIVE_H
#define REFGRAPH_LIVE_H

#include <refgraph/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- counts ---- */

/** How many objects of a type. */
typedef struct rg_census_row {
    void *type; /* owned by the census */
    uint64_t count;
} rg_census_row;

/** Objects counted by type, in the order in which each type was met first. */
typedef struct rg_census rg_census;

RG_API RG_CHECKED rg_status rg_census_new(rg_census **out, const rg_allocator *allocator);
RG_API void rg_census_free(rg_census *self);
/** Count all tracked objects: one pass, no memory per object. */
RG_API RG_CHECKED rg_status rg_census_add_tracked(rg_census *self);
/** Count one object of this type. */
RG_API RG_CHECKED rg_status rg_census_add(rg_census *self, void *type);
/** The rows, valid until the next call of add. */
RG_API const rg_census_row *rg_census_rows(const rg_census *self, size_t *count);

/* ---- objects ---- */

/** Some objects, each with one reference owned unless it is said that they are borrowed. To append to an empty one,
 * set its allocator first. */
typedef struct rg_live_objects {
    void **items;
    size_t count, capacity;
    rg_allocator allocator;
} rg_live_objects;

RG_API void rg_live_objects_dispose(rg_live_objects *self);
/** The tracked objects whose type is one of these (not a subclass), in the collector's order. One pass. */
RG_API RG_CHECKED rg_status rg_live_of_types(rg_live_objects *out, void *const *types, size_t count,
                                             const rg_allocator *allocator);
/** The tracked objects whose type has this `__name__` (a str object), whatever its module. One pass. */
RG_API RG_CHECKED rg_status rg_live_of_name(rg_live_objects *out, void *name,
                                            const rg_allocator *allocator);
/** The tracked objects at these addresses, in the collector's order. One pass. */
RG_API RG_CHECKED rg_status rg_live_at(rg_live_objects *out, const uint64_t *addresses,
                                       size_t count, const rg_allocator *allocator);
/** The tracked objects that no tracked object reports a reference to (tp_traverse). `only`: of these objects alone,
 * in their order, tracked or not; NULL: of all. What `unasked` (or NULL) reports does not count: it is the list
 * that holds them. Three passes. */
RG_API RG_CHECKED rg_status rg_live_unreferenced(rg_live_objects *out, void *const *only,
                                                 size_t only_count, const void *unasked,
                                                 const rg_allocator *allocator);

/* ---- what is new ---- */

/** Which objects were tracked at a moment, by address, each with a number that the caller gives its type: some
 * bits and four bytes an object. Holds none of them. */
typedef struct rg_id_table rg_id_table;

/** An object that a table has and an earlier one has not under the same number. */
typedef struct rg_new_id {
    uint64_t address;
    uint32_t number;
} rg_new_id;

typedef struct rg_new_ids {
    rg_new_id *items;
    size_t count, capacity;
    rg_allocator allocator;
} rg_new_ids;

/** Note all tracked objects, and count them by type into `census`. */
RG_API RG_CHECKED rg_status rg_id_table_new(rg_id_table **out, rg_census *census,
                                            const rg_allocator *allocator);
/** Number what was noted: numbers[i] for the type of row i of that census. What died since is forgotten. Objects
 * that `before` (NULL: an empty table) has not under the same number come out in `out`, written on success. One
 * pass. */
RG_API RG_CHECKED rg_status rg_id_table_number(rg_id_table *self, const rg_census *census,
                                               const uint32_t *numbers, rg_id_table *before,
                                               rg_new_ids *out);
RG_API void rg_id_table_free(rg_id_table *self);
RG_API void rg_new_ids_dispose(rg_new_ids *self);

/* ---- searches ---- */

/** Who refers to whom among the tracked objects of a moment, backwards. Owns a reference to each of them, so that
 * they outlive the searches: a Python object that is one of them and holds the index must let go of it by itself,
 * since no collector sees that cycle. 15 to 30 bytes an object and 4 a reference. */
typedef struct rg_back_index rg_back_index;

RG_API RG_CHECKED rg_status rg_back_index_new(rg_back_index **out, const rg_allocator *allocator);
RG_API void rg_back_index_free(rg_back_index *self);
/** Whether it has the object, and so owns one reference to it. */
RG_API bool rg_back_index_has(const rg_back_index *self, const void *object);
/** Number of objects. */
RG_API size_t rg_back_index_count(const rg_back_index *self);
/** Bytes that it occupies. */
RG_API size_t rg_back_index_memory(const rg_back_index *self);
/** Append the objects that refer to `object`, each once, in the collector's order, borrowed from the index. O(their
 * number); of an object that is not in the index one pass over all. `self` NULL: one pass over the live heap,
 * borrowed from it: nothing may run before they are owned. */
RG_API RG_CHECKED rg_status rg_referrers_of(rg_live_objects *out, const rg_back_index *self,
                                            void *object);
/** Append what `object` reports, in tp_traverse's order, repeats included; borrowed. Nothing for what is no
 * container. */
RG_API RG_CHECKED rg_status rg_referents_of(rg_live_objects *out, void *object);

/** Answers a search: 1 found, 0 not, -1 stop with an exception. May run any code. */
typedef int (*rg_live_test)(void *context, void *object);

typedef struct rg_live_search {
    bool is_forward;         /* along references; else against them */
    uint32_t max_depth;      /* references in the longest chain */
    const uint64_t *ignored; /* addresses not to be entered */
    size_t ignored_count;
    rg_back_index **
        index; /* backwards: *index is made when a second object is expanded, unless it is there; owned
                              by the caller. NULL: a pass over the heap for each */
    rg_live_test test;
    void *context;
} rg_live_search;

/** Breadth first from `start`, which is tested first: the nearest object that the test accepts. `out`: the chain,
 * `start` first, each with a reference owned; empty where there is none.
 * @return RG_OK; RG_ERR_STATE where the test said -1. */
RG_API RG_CHECKED rg_status rg_live_find(rg_live_objects *out, void *start,
                                         const rg_live_search *search,
                                         const rg_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
