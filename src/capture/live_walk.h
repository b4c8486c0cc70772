/* One pass over the tracked objects, in the order of gc.get_objects(). */
#ifndef RG_CAPTURE_LIVE_WALK_H
#define RG_CAPTURE_LIVE_WALK_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/live.h>

/* Called for each object, which is borrowed: runs no Python code, makes no Python object. Not RG_OK: the walk ends
 * with that. */
typedef rg_status (*rg__live_visit)(void *context, PyObject *object);

RG_CHECKED rg_status rg__live_walk(rg__live_visit visit, void *context);

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
