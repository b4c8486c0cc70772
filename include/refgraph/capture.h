/** @file
 * The running interpreter's heap as a graph. Built per Python version; needs Python.h's interpreter.
 */
#ifndef REFGRAPH_CAPTURE_H
#define REFGRAPH_CAPTURE_H

#include <refgraph/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A rule that gives the edges it names another strength.
 *
 * The pattern is a module or a type, and what is reached from it by name:
 *
 *     app.Session.owner      the attribute or C field `owner` of every app.Session, and of its subclasses
 *     app.CACHE              the variable CACHE of the module app; of a class likewise: app.Session.REGISTRY
 *     app.CACHE[*]           what the container holds that this variable leads to: keys, values, items, elements,
 *                            the entries of an lru_cache
 *     app.POOL.free[*].owner and so on, step by step
 *     *.CACHE                the variable CACHE of any module
 *
 * Of two rules for an edge the later one counts, and any of these comes after the default rules. RG_STRENGTH_WEAK:
 * no chain leads through the edge. A reference stays one: what a refcount is made of is worked out without rules, and
 * an edge that owns nothing stays weak. */
typedef struct rg_edge_rule {
    rg_string pattern; /* borrowed for the call */
    rg_strength strength;
} rg_edge_rule;

/** How to capture. A zeroed struct takes every default. */
typedef struct rg_capture_options {
    const rg_allocator *allocator; /* NULL: the default; never Python's */
    const char *hidden_package;    /* instances of this package's classes, its classes, modules,
                                      functions and frames, and what only they hold, are not shown
                                      (the tool's own); NULL: everything is */
    void *const
        *only; /* only_count objects (PyObject *, kept alive by the caller): describe these, what
                          they refer to directly, and the references between; no roots. NULL: everything */
    size_t only_count;
    bool public_walk;          /* enumerate through gc.get_objects() even where the collector's
                                      lists can be read: slower, and to check the one by the other */
    double wait_seconds;       /* how long to let other threads end a collection that is running;
                                      0: RG_ERR_STATE at once, as always where this is the only thread */
    const rg_edge_rule *rules; /* rule_count of them, borrowed for the call */
    size_t rule_count;
    uint64_t *matches; /* rule_count counters, written on success: how many edges each rule named;
                                      or NULL */
    bool
        no_default_rules; /* leave caches and registries of the standard library as strong as others */
    bool
        no_texts; /* no texts of numbers, bytes, exceptions, and strs that are no key of a dict: less of all is kept, sooner */
} rg_capture_options;

/** What a capture cost. */
typedef struct rg_capture_cost {
    double seconds;       /* in all */
    double pause_seconds; /* with the GIL held */
} rg_capture_cost;

/** Capture all gc-tracked objects of the current interpreter and everything they reach, with
 * modules and every thread's running frames as roots. The caller holds the GIL; it is released while
 * no Python memory is read. Runs no Python code, starts no collection, leaves every refcount as it
 * was and no object behind (ints that C `__sizeof__` functions give live for a moment; the first
 * call of a process makes an empty list and asks gc.get_threshold()). Where the self-checks do not
 * know the collector's lists, gc.get_objects() serves: slower, without frozen objects, and a running
 * collection is not noticed.
 * @return RG_OK; RG_ERR_STATE inside a collection; RG_ERR_UNSUPPORTED on a free-threaded build, or
 * where neither way gives the objects; RG_ERR_ARGUMENT for a pattern that is none; RG_ERR_NOMEM; RG_ERR_LIMIT. */
RG_API RG_CHECKED rg_status rg_capture(rg_graph **out, const rg_capture_options *options,
                                       rg_capture_cost *cost, rg_error *error);

/** Some objects of the current interpreter, and what they reach over edges of strength own: their deep size.
 *
 * The graph has nodes with type, size and address, each object once, in the order in which they were met: those
 * asked for first. It has no edges, no roots and no texts. rg_type_totals_find adds it up.
 *
 * What is part of the program is not entered (RG_NODE_PROGRAM) unless it was asked for, nor are a running frame's
 * variables, a traceback's frame, what a weak reference refers to, and names of attributes that a class keeps.
 * Nothing is hidden, and there are no rules. rg_reached_find says the same of a captured heap.
 *
 * The caller holds the GIL; it is released while no Python memory is read. Runs no Python code, changes nothing,
 * and may be called during a collection. O(objects reached and their references); 150 bytes an object while it runs.
 *
 * @param objects `count` PyObject pointers, each once or more often; the caller holds references to them.
 * @param own_only these objects alone: their own sizes.
 * @return RG_OK, RG_ERR_UNSUPPORTED on a free-threaded build, RG_ERR_ARGUMENT (a NULL), RG_ERR_NOMEM, RG_ERR_LIMIT. */
RG_API RG_CHECKED rg_status rg_capture_reached(rg_graph **out, void *const *objects, size_t count,
                                               bool own_only, const rg_allocator *allocator,
                                               rg_error *error);

#ifdef __cplusplus
}
#endif
#endif
