/* Which objects and references of a cycle tell most, and which can be cut. */
#ifndef RG_ANALYSIS_CYCLE_KINDS_H
#define RG_ANALYSIS_CYCLE_KINDS_H

#include <refgraph/analysis.h>

#include "graph/graph_private.h"

enum { RG__TELLING_RANKS = 5 };

/* How much an object says by itself, the most first: instances of classes, other objects, functions, frames
 * and types, containers. */
uint32_t rg__telling_rank(const rg_graph *graph, uint32_t node);
/* Whether `a` is to be named before `b`: rank, then the names of the types, which are the same in every run. */
bool rg__tells_more(const rg_graph *graph, uint32_t a, uint32_t b);
/* Whether a node is an exception: it has a `__traceback__`, or could have. */
bool rg__is_exception(const rg_graph *graph, uint32_t node);

/* How a reference can be cut, the best first. Decided from its name, its strength and the kinds of its ends. */
typedef enum rg__cut_kind {
    RG__CUT_BACK = 0, /* an attribute that leads back: parent, owner, _ref, … */
    RG__CUT_CALLBACK, /* an attribute that is called: callback, on_close, … or holds a bound method */
    RG__CUT_EXCEPTION, /* a local variable of a function that has ended, with an exception in it */
    RG__CUT_TRACEBACK, /* `__traceback__` */
    RG__CUT_CONTEXT,   /* `__context__`, `__cause__` */
    RG__CUT_ATTRIBUTE, /* of an instance */
    RG__CUT_LOCAL,     /* another local variable of a function that has ended */
    RG__CUT_KEY,       /* an item of a dict */
    RG__CUT_ITEM,      /* of a list or deque */
    RG__CUT_ELEMENT,   /* of a set */
    RG__CUT_CELL,      /* a captured variable */
    RG__CUT_GENERATOR, /* a local of a suspended generator or coroutine */
    RG__CUT_CONTAINER, /* an attribute of an instance that leads to a container: it goes as a whole */
    RG__CUT_VARIABLE, /* an attribute of a class */
    RG__CUT_OTHER,    /* an attribute of an object written in C, a module's variable */
    RG__CUT_FIXED, /* what cannot be assigned: items of tuples, keys, fields of C structs, closures */
    RG__CUT_NEVER, /* to a frame, a type, a module; infrastructure */
    RG__CUT_COUNT
} rg__cut_kind;

/* `is_attribute_dict`: the source is the `__dict__` of an owner; `owner`: that owner, or RG_NONE. */
rg__cut_kind rg__cut_kind_of(const rg_graph *graph, const rg_edge *edge, uint32_t owner);
/* An order among references that are cut alike, the same in every run: those of the standard library last, those
 * whose name begins with `_` first, then by a hash of the words. `owner` as above: it is the one that has them. */
uint64_t rg__cut_tie(const rg_graph *graph, const rg_edge *edge, uint32_t owner);
/* What an object is. */
bool rg__node_is_container(const rg_graph *graph, uint32_t node);
bool rg__node_is_generator(const rg_graph *graph, uint32_t node);
bool rg__node_is_method(const rg_graph *graph, uint32_t node);
/* Whether it is of a part of the standard library that is often on the way: what a program can change is its
 * own. */
bool rg__cut_is_standard(const rg_graph *graph, uint32_t node);
/* How to cut a reference of a kind from a holder (of a `__dict__`: its owner) to a target, in code: static; NULL
 * for what cannot be cut. Of variables it follows `del x`. Weak references are named only where the target
 * can have them and something else would keep it: what only the cycle holds would be gone at once.
 * cycle_advice.c */
const char *rg__cut_advice(const rg_graph *graph, rg__cut_kind kind, uint32_t holder,
                           uint32_t target);

#endif
