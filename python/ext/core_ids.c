/* Ids: which objects were tracked at a moment, for telling which are new at a later one. */
#include "core_live.h"

typedef struct core_ids_object {
    PyObject_HEAD
    rg_id_table *table;
    rg_census *census; /* until it is numbered */
    rg_new_ids fresh;  /* from then on until they are asked for */
} core_ids_object;

PyObject *core_ids(PyObject *module, PyObject *Py_UNUSED(unused))
{
    const core_state *state = PyModule_GetState(module);
    core_ids_object *self = PyObject_New(core_ids_object, state->ids_type);
    if (!self)
        return NULL;
    self->table = NULL;
    self->census = NULL;
    self->fresh = (rg_new_ids){0};
    rg_status status = rg_census_new(&self->census, NULL);
    if (!status)
        status = rg_id_table_new(&self->table, self->census, NULL);
    if (!status)
        return (PyObject *)self;
    Py_DECREF(self);
    return core_live_raise(module, status);
}

static void ids_dealloc(PyObject *object)
{
    core_ids_object *self = (core_ids_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    rg_id_table_free(self->table);
    rg_census_free(self->census);
    rg_new_ids_dispose(&self->fresh);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *ids_types(PyObject *object, PyObject *Py_UNUSED(unused))
{
    const core_ids_object *self = (core_ids_object *)object;
    return self->census ? core_census_rows(self->census) : PyList_New(0);
}

/* Put each new id into the set at its number. */
static bool fill_sets(PyObject *sets, const rg_new_ids *fresh)
{
    for (size_t i = 0; i < fresh->count; i++) {
        const Py_ssize_t number = (Py_ssize_t)fresh->items[i].number;
        if (number >= PyList_GET_SIZE(sets))
            continue;
        PyObject *id = PyLong_FromVoidPtr((void *)(uintptr_t)fresh->items[i].address);
        const int failed = id ? PySet_Add(PyList_GET_ITEM(sets, number), id) : -1;
        Py_XDECREF(id);
        if (failed)
            return false;
    }
    return true;
}

/* How many of the new ids have each number. */
static PyObject *count_fresh(const rg_new_ids *fresh, Py_ssize_t size)
{
    uint64_t *counts = PyMem_RawCalloc((size_t)size + 1, sizeof *counts);
    if (!counts)
        return PyErr_NoMemory();
    for (size_t i = 0; i < fresh->count; i++)
        if (fresh->items[i].number < (size_t)size)
            counts[fresh->items[i].number]++;
    PyObject *list = PyList_New(size);
    for (Py_ssize_t i = 0; list && i < size; i++) {
        PyObject *count = PyLong_FromUnsignedLongLong(counts[i]);
        if (count)
            PyList_SET_ITEM(list, i, count);
        else
            Py_CLEAR(list);
    }
    PyMem_RawFree(counts);
    return list;
}

static PyObject *ids_number(PyObject *object, PyObject *args)
{
    core_ids_object *self = (core_ids_object *)object;
    PyObject *before, *numbers;
    Py_ssize_t size;
    size_t rows = 0, count = 0;
    if (!PyArg_ParseTuple(args, "OnO:number", &numbers, &size, &before))
        return NULL;
    if (!self->census || size < 0 || (before != Py_None && Py_TYPE(before) != Py_TYPE(object))) {
        PyErr_SetString(PyExc_ValueError, "Ids are numbered once, against earlier Ids or None");
        return NULL;
    }
    (void)rg_census_rows(self->census, &rows);
    uint64_t *wide = NULL;
    if (!core_address_array(numbers, &wide, &count))
        return NULL;
    uint32_t *array = PyMem_RawCalloc(rows + 1, sizeof *array);
    for (size_t i = 0; array && i < rows; i++)
        array[i] = i < count ? (uint32_t)wide[i] : UINT32_MAX;
    PyMem_RawFree(wide);
    rg_id_table *table = before == Py_None ? NULL : ((core_ids_object *)before)->table;
    rg_status status = RG_ERR_NOMEM;
    if (array)
        status = rg_id_table_number(self->table, self->census, array, table, &self->fresh);
    PyMem_RawFree(array);
    if (status)
        return convert_raise(status, NULL, PyExc_RuntimeError);
    rg_census *census = self->census;
    self->census = NULL;
    rg_census_free(census);
    return count_fresh(&self->fresh, size);
}

static PyObject *ids_fill(PyObject *object, PyObject *sets)
{
    core_ids_object *self = (core_ids_object *)object;
    if (!PyList_Check(sets)) {
        PyErr_SetString(PyExc_TypeError, "a list of sets is needed");
        return NULL;
    }
    rg_new_ids fresh = self->fresh;
    self->fresh = (rg_new_ids){0};
    const bool is_filled = fill_sets(sets, &fresh);
    rg_new_ids_dispose(&fresh);
    if (!is_filled)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef ids_methods[] = {
    {"types", ids_types, METH_NOARGS, "types() -> [(type, count)]; empty once it is numbered"},
    {"number", ids_number, METH_VARARGS,
     "number(numbers, size, before or None) -> [new ids by number below size]; numbers[i] is that of the i-th "
     "type, and new is what `before` has not under the same"},
    {"fill", ids_fill, METH_O, "fill(sets): put each new id into the set at its number; once"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot ids_slots[] = {
    {Py_tp_doc, "The tracked objects of a moment, by address; it holds none of them."},
    {Py_tp_dealloc, (void *)(uintptr_t)ids_dealloc},
    {Py_tp_methods, ids_methods},
    {0, NULL},
};

PyType_Spec core_ids_spec = {
    .name = "refgraph._core.Ids",
    .basicsize = sizeof(core_ids_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = ids_slots,
};
