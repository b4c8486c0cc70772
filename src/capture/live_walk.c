/* The walk itself: through the collector's lists where they are known, else through the list that
 * gc.get_objects() makes, which lives until the walk is over. Nothing that a visitor does can start a collection:
 * it makes no Python object.
 *
 * A linked list of objects that lie about is read as fast as memory answers, one object after the other. Walking it
 * from both ends asks for two at a time.
 *
 *   position   63 … 60    | 59             | 58 … 0
 *              the list   | from its end   | how many came before; from the end counted down */
#include "capture/live_walk.h"

#include "base/memory.h"

enum { LIST_SHIFT = 60 };
static const uint64_t FROM_END = UINT64_C(1) << 59;
static const uint64_t LAST = (UINT64_C(1) << 59) - 1;

static rg_status walk_list(uintptr_t head, uint64_t list, rg__live_visit visit, void *context)
{
    const uint64_t base = list << LIST_SHIFT;
    uintptr_t front = head;
    uintptr_t back = head;
    PyObject *first = rg__collector_next(head, &front);
    PyObject *last = rg__collector_previous(head, &back);
    rg_status status = RG_OK;
    for (uint64_t i = 0; first && last && !status; i++) {
        PyObject *const at_front = first;
        PyObject *const at_back = last;
        first = rg__collector_next(head, &front);
        last = rg__collector_previous(head, &back);
        status = visit(context, at_front, base | i);
        if (!status && at_back != at_front)
            status = visit(context, at_back, base | FROM_END | (LAST - i));
        if (at_front == at_back || first == at_back)
            break; /* they have met */
    }
    return status;
}

static rg_status walk_lists(const rg__collector *collector, rg__live_visit visit, void *context)
{
    enum { PERMANENT = RG__LISTS - 1 }; /* gc.get_objects() leaves it out */
    rg_status status = RG_OK;
    for (uint64_t list = 0; list < PERMANENT && !status; list++)
        status = walk_list(collector->heads[list], list, visit, context);
    return status;
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
        status = visit(context, PyList_GET_ITEM(list, i), (uint64_t)i);
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
    const bool is_known = rg__collector_find(&collector) && !*collector.collecting;
    return is_known ? walk_lists(&collector, visit, context) : walk_public(visit, context);
}

/* ---- order ---- */

/* The list in hand is done: what came from its end follows, turned round. */
static rg_status append_back(rg__live_order *self)
{
    rg_status status = RG_OK;
    while (self->back.count && !status) {
        status = rg__live_objects_add(&self->front, self->back.items[self->back.count - 1]);
        self->back.count -= !status;
    }
    return status;
}

rg_status rg__live_order_add(rg__live_order *self, PyObject *object, uint64_t position)
{
    const uint64_t list = position >> LIST_SHIFT;
    rg_status status = RG_OK;
    if (list != self->list)
        status = append_back(self);
    self->list = list;
    if (status)
        return status;
    return rg__live_objects_add(position & FROM_END ? &self->back : &self->front, object);
}

rg_status rg__live_order_finish(rg_live_objects *out, rg__live_order *self)
{
    rg_status status = append_back(self);
    if (!status) {
        *out = self->front;
        self->front = (rg_live_objects){.allocator = out->allocator};
    }
    rg__live_order_dispose(self);
    return status;
}

void rg__live_order_dispose(rg__live_order *self)
{
    rg_live_objects *lists[] = {&self->front, &self->back};
    for (size_t i = 0; i < 2; i++) {
        rg__array_free(&lists[i]->allocator, lists[i]->items, lists[i]->capacity,
                       sizeof *lists[i]->items);
        *lists[i] = (rg_live_objects){.allocator = lists[i]->allocator};
    }
}
