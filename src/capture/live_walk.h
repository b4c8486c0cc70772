/* One pass over the tracked objects, in the order of gc.get_objects(). */
#ifndef RG_CAPTURE_LIVE_WALK_H
#define RG_CAPTURE_LIVE_WALK_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/live.h>

/* Called for each object, which is borrowed, with a number that grows in the order of gc.get_objects(), in which
 * the calls do not come: a list is walked from both its ends. Runs no Python code, makes no Python object. Not
 * RG_OK: the walk ends with that. */
typedef rg_status (*rg__live_visit)(void *context, PyObject *object, uint64_t position);

RG_CHECKED rg_status rg__live_walk(rg__live_visit visit, void *context);

/* Objects in the order of their positions, as a walk gives them. Start from zeroes with an allocator. */
typedef struct rg__live_order {
    rg_live_objects front; /* done, and of the list that is being walked its beginning */
    rg_live_objects back;  /* of that list its end, backwards */
    uint64_t list;         /* its number */
} rg__live_order;

RG_CHECKED rg_status rg__live_order_add(rg__live_order *self, PyObject *object, uint64_t position);
/* All of them, borrowed as they were; *self is empty then, also on failure. */
RG_CHECKED rg_status rg__live_order_finish(rg_live_objects *out, rg__live_order *self);
void rg__live_order_dispose(rg__live_order *self);

/* Ask an object what it refers to; nothing happens for what is no container. */
static inline void rg__live_traverse(PyObject *object, visitproc visit, void *context)
{
    if (PyObject_IS_GC(object) && Py_TYPE(object)->tp_traverse)
        (void)Py_TYPE(object)->tp_traverse(object, visit, context);
}

/* Append an object; *out does not own it yet. */
RG_CHECKED rg_status rg__live_objects_add(rg_live_objects *out, PyObject *object);
/* Own what was appended. */
void rg__live_objects_own(rg_live_objects *self);

#endif
