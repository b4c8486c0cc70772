/* Tracked objects by type, by address, and those that nobody refers to. A list is filled with borrowed pointers
 * during a pass and owns them when the pass is over. */
#include "capture/live_walk.h"

#include "base/memory.h"
#include "capture/addresses.h"
#include "capture/pointer_map.h"

#include <string.h>

rg_status rg__live_objects_add(rg_live_objects *out, PyObject *object)
{
    rg_status status = rg__array_reserve(&out->allocator, &out->items, &out->capacity,
                                         out->count + 1, sizeof *out->items);
    if (!status)
        out->items[out->count++] = object;
    return status;
}

void rg__live_objects_own(rg_live_objects *self)
{
    for (size_t i = 0; i < self->count; i++)
        Py_INCREF((PyObject *)self->items[i]);
}

void rg_live_objects_dispose(rg_live_objects *self)
{
    for (size_t i = 0; i < self->count; i++)
        Py_DECREF((PyObject *)self->items[i]);
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_live_objects){0};
}

/* Hand over what a walk found. */
static rg_status finish(rg_live_objects *out, rg__live_order *found, rg_status status)
{
    if (status)
        rg__live_order_dispose(found);
    else
        status = rg__live_order_finish(out, found);
    if (!status)
        rg__live_objects_own(out);
    return status;
}

static rg__live_order order_with(const rg_allocator *allocator)
{
    return (rg__live_order){{.allocator = *allocator}, {.allocator = *allocator}, 0};
}

typedef struct selection {
    rg__live_order list;
    rg__pointer_map wanted;
    size_t found;
} selection;

static const rg_status ALL_FOUND = RG_ERR_STATE; /* ends a walk */

static rg_status select_by_type(void *context, PyObject *object, uint64_t position)
{
    selection *s = context;
    if (!rg__pointer_map_get(&s->wanted, Py_TYPE(object), 0))
        return RG_OK;
    return rg__live_order_add(&s->list, object, position);
}

static rg_status select_by_address(void *context, PyObject *object, uint64_t position)
{
    selection *s = context;
    if (!rg__pointer_map_get(&s->wanted, object, 0))
        return RG_OK;
    const rg_status status = rg__live_order_add(&s->list, object, position);
    return !status && ++s->found == s->wanted.count ? ALL_FOUND : status;
}

static selection selection_with(const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    return (selection){order_with(&a), {.allocator = a}, 0};
}

static rg_status select_all(rg_live_objects *out, selection *s, rg__live_visit visit,
                            rg_status status)
{
    if (!status && s->wanted.count)
        status = rg__live_walk(visit, s);
    if (status == ALL_FOUND)
        status = RG_OK;
    rg__pointer_map_dispose(&s->wanted);
    return finish(out, &s->list, status);
}

rg_status rg_live_of_types(rg_live_objects *out, void *const *types, size_t count,
                           const rg_allocator *allocator)
{
    selection s = selection_with(allocator);
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = rg__pointer_map_put(&s.wanted, types[i], 1);
    return select_all(out, &s, select_by_type, status);
}

/* ---- by name ---- */

/* As type.__name__ has it: of a static type the part behind the last dot. */
static bool has_name(PyTypeObject *type, PyObject *name)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        PyObject *own = ((PyHeapTypeObject *)type)->ht_name;
        return own && PyUnicode_Check(own) && PyUnicode_Compare(own, name) == 0;
    }
    const char *dot = strrchr(type->tp_name, '.');
    return PyUnicode_CompareWithASCIIString(name, dot ? dot + 1 : type->tp_name) == 0;
}

typedef struct naming {
    rg__live_order list;
    rg__pointer_map verdicts; /* type → 1: it has the name, 0 */
    PyObject *name;
    PyTypeObject *last; /* the type asked last, and its verdict */
    uint32_t verdict;
} naming;

static rg_status select_by_name(void *context, PyObject *object, uint64_t position)
{
    naming *n = context;
    PyTypeObject *type = Py_TYPE(object);
    if (type != n->last) {
        n->last = type;
        n->verdict = rg__pointer_map_get(&n->verdicts, type, UINT32_MAX);
    }
    if (n->verdict == UINT32_MAX) {
        n->verdict = has_name(type, n->name);
        rg_status status = rg__pointer_map_put(&n->verdicts, type, n->verdict);
        if (status)
            return status;
    }
    return n->verdict ? rg__live_order_add(&n->list, object, position) : RG_OK;
}

rg_status rg_live_of_name(rg_live_objects *out, void *name, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    naming n = {.list = order_with(&a), .verdicts.allocator = a, .name = name};
    rg_status status = rg__live_walk(select_by_name, &n);
    rg__pointer_map_dispose(&n.verdicts);
    return finish(out, &n.list, status);
}

rg_status rg_live_at(rg_live_objects *out, const uint64_t *addresses, size_t count,
                     const rg_allocator *allocator)
{
    selection s = selection_with(allocator);
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++)
        if (addresses[i])
            status = rg__pointer_map_put(&s.wanted, (const void *)(uintptr_t)addresses[i], 1);
    return select_all(out, &s, select_by_address, status);
}

/* ---- unreferenced ---- */

typedef struct marking {
    rg__addresses known; /* marked: somebody refers to it */
    const void *unasked;
    rg__live_order list;
} marking;

static rg_status note(void *context, PyObject *object, uint64_t position)
{
    (void)position;
    marking *m = context;
    bool is_new = false;
    return rg__addresses_add(&m->known, (uintptr_t)object, &is_new);
}

static int mark(PyObject *target, void *context)
{
    marking *m = context;
    if (target && rg__addresses_contains(&m->known, (uintptr_t)target))
        rg__addresses_mark(&m->known, (uintptr_t)target);
    return 0;
}

static rg_status mark_referents(void *context, PyObject *object, uint64_t position)
{
    (void)position;
    marking *m = context;
    if (object != m->unasked)
        rg__live_traverse(object, mark, m);
    return RG_OK;
}

static rg_status select_unmarked(void *context, PyObject *object, uint64_t position)
{
    marking *m = context;
    if (rg__addresses_is_marked(&m->known, (uintptr_t)object))
        return RG_OK;
    return rg__live_order_add(&m->list, object, position);
}

rg_status rg_live_unreferenced(rg_live_objects *out, void *const *only, size_t only_count,
                               const void *unasked, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    marking m = {.known.allocator = a, .unasked = unasked, .list = order_with(&a)};
    rg_status status = only ? RG_OK : rg__live_walk(note, &m);
    for (size_t i = 0; only && i < only_count && !status; i++)
        status = note(&m, only[i], i);
    if (!status)
        status = rg__live_walk(mark_referents, &m);
    if (!status && !only)
        status = rg__live_walk(select_unmarked, &m);
    for (size_t i = 0; only && i < only_count && !status; i++)
        status = select_unmarked(&m, only[i], i);
    rg__addresses_dispose(&m.known);
    return finish(out, &m.list, status);
}
