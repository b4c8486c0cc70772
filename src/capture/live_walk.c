/* The walk itself: through the collector's lists where they are known, else through the list that
 * gc.get_objects() makes, which lives until the walk is over. Nothing that a visitor does can start a collection:
 * it makes no Python object. */
#include "capture/live_walk.h"

static rg_status walk_lists(const rg__collector *collector, rg__live_visit visit, void *context)
{
    enum { PERMANENT = RG__LISTS - 1 }; /* gc.get_objects() leaves it out */
    for (int generation = 0; generation < PERMANENT; generation++) {
        const uintptr_t head = collector->heads[generation];
        uintptr_t cursor = head;
        PyObject *object = rg__collector_next(head, &cursor);
        for (; object; object = rg__collector_next(head, &cursor)) {
            const rg_status status = visit(context, object);
            if (status)
                return status;
        }
    }
    return RG_OK;
}

static rg_status walk_public(rg__live_visit visit, void *context)
{
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *traceback = NULL;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *gc = PyImport_ImportModuleLevel("gc", NULL, NULL, NULL, 0); /* runs no import hook */
    PyObject *list = gc ? PyObject_CallMethod(gc, "get_objects", NULL) : NULL;
    rg_status status = list && PyList_Check(list) ? RG_OK : RG_ERR_UNSUPPORTED;
    for (Py_ssize_t i = 0; !status && i < PyList_GET_SIZE(list); i++)
        status = visit(context, PyList_GET_ITEM(list, i));
    Py_XDECREF(list);
    Py_XDECREF(gc);
    PyErr_Restore(type, error, traceback);
    return status;
}

rg_status rg__live_walk(rg__live_visit visit, void *context)
{
    rg__collector collector;
    if (rg__unsupported_build())
        return RG_ERR_UNSUPPORTED;
    return rg__collector_find(&collector) ? walk_lists(&collector, visit, context)
                                          : walk_public(visit, context);
}
