/* Roots that are found when every node is described: objects that live as long as the process, and what
 * started the threads. O(V) over the nodes; only types and methods are looked at again. */
#include "capture/capture_private.h"

/* Static types and immortal objects need no holder; they are roots where something hangs on them. */
static rg_status add_lasting(rg__capture *c, size_t i)
{
    PyObject *object = c->objects[i];
    const rg__type_info *info = &c->types.items[c->nodes[i].type];
    const char *name = NULL;
    if (info->special == RG__SPECIAL_TYPE &&
        !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        name = "static type";
    else if (c->nodes[i].flags & RG_NODE_IMMORTAL && info->walk != RG__WALK_LEAF &&
             rg__edge_end(c, i) > rg__first_edge(c, i))
        name = "immortal object";
    return name ? rg__capture_add_literal_root(c, RG_ROOT_TYPE, object, 0, name) : RG_OK;
}

/* The C code of a new thread owns the bound method that it calls (of threading.Thread: _bootstrap). */
static rg_status suspect_start(rg__capture *c, PyObject *method)
{
    PyObject *function = PyMethod_GET_FUNCTION(method);
    if (!function || !PyFunction_Check(function))
        return RG_OK;
    for (size_t i = 0; i < c->thread_start_count; i++) {
        const rg__thread_start *start = &c->thread_starts[i];
        if ((PyObject *)start->code == PyFunction_GET_CODE(function) &&
            start->self == PyMethod_GET_SELF(method))
            return rg__capture_add_suspect(c, method, RG__PROBABLE, start->place);
    }
    return RG_OK;
}

rg_status rg__capture_lasting_roots(rg__capture *c)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->object_count && !status; i++) {
        if (rg__is_frame_tag(c->objects[i]))
            continue;
        status = add_lasting(c, i);
        if (!status && c->types.items[c->nodes[i].type].type == &PyMethod_Type)
            status = suspect_start(c, c->objects[i]);
    }
    return status;
}
