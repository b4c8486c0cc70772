/* Questions to the live heap: counts, objects by type and address, what is new, what nobody refers to. Lists that are
 * handed out are made when the pass over the heap is over. */
#include "core_live.h"

/* ---- lists ---- */

PyObject *core_live_list(rg_live_objects *objects)
{
    PyObject *list = PyList_New((Py_ssize_t)objects->count);
    for (size_t i = 0; list && i < objects->count; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, objects->items[i]); /* the reference moves */
        objects->items[i] = NULL;
    }
    if (list)
        objects->count = 0;
    rg_live_objects_dispose(objects);
    return list;
}

PyObject *core_live_raise(PyObject *module, rg_status status)
{
    const rg_error error = {"the objects of the heap cannot be enumerated"};
    return convert_raise(status, &error, ((core_state *)PyModule_GetState(module))->capture_error);
}

bool core_address_array(PyObject *numbers, uint64_t **addresses, size_t *count)
{
    PyObject *items = PySequence_List(numbers);
    const Py_ssize_t size = items ? PyList_GET_SIZE(items) : 0;
    uint64_t *array = items ? PyMem_RawCalloc((size_t)size + 1, sizeof *array) : NULL;
    if (items && !array)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; array && i < size; i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        if (PyLong_Check(item))
            array[i] = PyLong_AsUnsignedLongLong(item);
        PyErr_Clear(); /* what is no address is the address of nothing: 0 */
        if (array[i] == UINT64_MAX)
            array[i] = 0;
    }
    Py_XDECREF(items);
    *addresses = array;
    *count = (size_t)size;
    return array;
}

/* ---- counts ---- */

/* Appended: making a tuple may start a collection, and its callbacks see every list that is tracked. One with holes
 * would crash them. */
PyObject *core_census_rows(const rg_census *census)
{
    size_t count = 0;
    const rg_census_row *rows = rg_census_rows(census, &count);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *row =
            Py_BuildValue("OK", (PyObject *)rows[i].type, (unsigned long long)rows[i].count);
        if (!row || PyList_Append(list, row))
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

static rg_status count_each(rg_census *census, PyObject *objects)
{
    PyObject *iterator = PyObject_GetIter(objects);
    rg_status status = RG_OK;
    PyObject *object;
    while (iterator && !status && (object = PyIter_Next(iterator))) {
        status = rg_census_add(census, Py_TYPE(object));
        Py_DECREF(object);
    }
    Py_XDECREF(iterator);
    return status;
}

PyObject *core_census(PyObject *module, PyObject *objects)
{
    rg_census *census = NULL;
    rg_status status = rg_census_new(&census, NULL);
    if (!status)
        status = objects == Py_None ? rg_census_add_tracked(census) : count_each(census, objects);
    PyObject *list = NULL;
    if (status && !PyErr_Occurred())
        core_live_raise(module, status);
    else if (!PyErr_Occurred())
        list = core_census_rows(census);
    rg_census_free(census);
    return list;
}

/* ---- objects ---- */

/* Take an object that is there at most once out of the list. */
static void leave_out(rg_live_objects *objects, PyObject *object)
{
    size_t kept = 0;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i] != object)
            objects->items[kept++] = objects->items[i];
    if (kept < objects->count)
        Py_DECREF(object);
    objects->count = kept;
}

PyObject *core_live_of_types(PyObject *module, PyObject *types)
{
    rg_live_objects found = {0};
    PyObject *items = PySequence_Fast(types, "a list of types is needed");
    if (!items)
        return NULL;
    const rg_status status =
        rg_live_of_types(&found, (void *const *)(void *)PySequence_Fast_ITEMS(items),
                         (size_t)PySequence_Fast_GET_SIZE(items), NULL);
    if (!status)
        leave_out(&found, items); /* it was made for this question */
    Py_DECREF(items);
    return status ? core_live_raise(module, status) : core_live_list(&found);
}

PyObject *core_live_of_name(PyObject *module, PyObject *name)
{
    rg_live_objects found = {0};
    if (!PyUnicode_CheckExact(name)) {
        PyErr_Format(PyExc_TypeError, "a type's name is a str, not '%.100s'",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    const rg_status status = rg_live_of_name(&found, name, NULL);
    return status ? core_live_raise(module, status) : core_live_list(&found);
}

PyObject *core_live_at(PyObject *module, PyObject *numbers)
{
    rg_live_objects found = {0};
    uint64_t *addresses = NULL;
    size_t count = 0;
    if (!core_address_array(numbers, &addresses, &count))
        return NULL;
    const rg_status status = rg_live_at(&found, addresses, count, NULL);
    PyMem_RawFree(addresses);
    return status ? core_live_raise(module, status) : core_live_list(&found);
}

PyObject *core_unreferenced(PyObject *module, PyObject *only)
{
    rg_live_objects found = {0};
    rg_status status;
    if (only == Py_None) {
        status = rg_live_unreferenced(&found, NULL, 0, NULL, NULL);
    } else {
        PyObject *items = PySequence_Fast(only, "objects must be a list, or can be made one");
        if (!items)
            return NULL;
        static void *const none[1];
        const size_t count = (size_t)PySequence_Fast_GET_SIZE(items);
        void *const *array = count ? (void *const *)(void *)PySequence_Fast_ITEMS(items) : none;
        status = rg_live_unreferenced(&found, array, count, items, NULL);
        Py_DECREF(items);
    }
    return status ? core_live_raise(module, status) : core_live_list(&found);
}

static PyObject *reference_list(rg_live_objects *found, rg_status status)
{
    for (size_t i = 0; i < found->count; i++)
        Py_INCREF((PyObject *)found->items[i]);
    if (!status)
        return core_live_list(found);
    rg_live_objects_dispose(found);
    return convert_raise(status, NULL, PyExc_RuntimeError);
}

PyObject *core_referrers(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    rg_live_objects found = {.allocator = rg_allocator_default()};
    const rg_back_index *index = NULL;
    if (count < 1 || count > 2 || (count == 2 && !core_index_read(module, args[1], &index))) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "referrers(object, index=None)");
        return NULL;
    }
    return reference_list(&found, rg_referrers_of(&found, index, args[0]));
}

/* Refcounts read in place: the list's own reference is one of each. */
PyObject *core_refcounts(PyObject *Py_UNUSED(module), PyObject *objects)
{
    if (!PyList_Check(objects)) {
        PyErr_SetString(PyExc_TypeError, "a list of objects is needed");
        return NULL;
    }
    const Py_ssize_t size = PyList_GET_SIZE(objects);
    PyObject *counts = PyList_New(size);
    for (Py_ssize_t i = 0; counts && i < size; i++) {
        PyObject *number = PyLong_FromSsize_t(Py_REFCNT(PyList_GET_ITEM(objects, i)));
        if (number)
            PyList_SET_ITEM(counts, i, number);
        else
            Py_CLEAR(counts);
    }
    return counts;
}

/* ---- some objects as a graph ---- */

PyObject *core_capture_only(PyObject *module, PyObject *objects)
{
    static void *const none[1];
    PyObject *items = PySequence_Tuple(objects);
    if (!items)
        return NULL;
    const Py_ssize_t size = PyTuple_GET_SIZE(items);
    rg_capture_options options = {
        .only = size ? (void *const *)(void *)((PyTupleObject *)items)->ob_item : none,
        .only_count = (size_t)size,
        .no_default_rules = true,
    };
    PyObject *graph = core_graph_capture(PyModule_GetState(module), &options);
    Py_DECREF(items);
    return graph;
}
