/* Index: the referrers of all tracked objects of a moment, made at the first question. find(): the nearest object
 * that a Python callable accepts. */
#include "core_live.h"

typedef struct core_index_object {
    PyObject_HEAD
    rg_back_index *index; /* NULL: not made yet */
} core_index_object;

static PyTypeObject *index_type(PyObject *module)
{
    return ((core_state *)PyModule_GetState(module))->index_type;
}

PyObject *core_index(PyObject *module, PyObject *Py_UNUSED(unused))
{
    core_index_object *self = PyObject_New(core_index_object, index_type(module));
    if (self)
        self->index = NULL;
    return (PyObject *)self;
}

static void index_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    rg_back_index_free(((core_index_object *)object)->index);
    PyObject_Free(object);
    Py_DECREF(type);
}

static core_index_object *index_of(PyObject *module, PyObject *object)
{
    if (Py_TYPE(object) == index_type(module))
        return (core_index_object *)object;
    PyErr_Format(PyExc_TypeError, "an Index is needed, not '%.100s'", Py_TYPE(object)->tp_name);
    return NULL;
}

bool core_index_read(PyObject *module, PyObject *object, const rg_back_index **index)
{
    *index = NULL;
    if (object == Py_None)
        return true;
    core_index_object *self = index_of(module, object);
    if (!self)
        return false;
    if (!self->index) {
        const rg_status status = rg_back_index_new(&self->index, NULL);
        if (status) {
            core_live_raise(module, status);
            return false;
        }
    }
    *index = self->index;
    return true;
}

static PyObject *index_has(PyObject *self, PyObject *object)
{
    const rg_back_index *index = ((core_index_object *)self)->index;
    return PyBool_FromLong(index && rg_back_index_has(index, object));
}

static PyObject *index_count(PyObject *object, void *Py_UNUSED(closure))
{
    const rg_back_index *index = ((core_index_object *)object)->index;
    return PyLong_FromSize_t(index ? rg_back_index_count(index) : 0);
}

static PyObject *index_memory(PyObject *object, void *Py_UNUSED(closure))
{
    const rg_back_index *index = ((core_index_object *)object)->index;
    return PyLong_FromSize_t(index ? rg_back_index_memory(index) : 0);
}

static PyGetSetDef index_getters[] = {
    {"count", index_count, NULL, "Number of objects that it holds; 0 until it is made.", NULL},
    {"memory", index_memory, NULL, "Bytes that it occupies.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef index_methods[] = {
    {"has", index_has, METH_O, "has(object) -> whether it has the object, and so holds it"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot index_slots[] = {
    {Py_tp_doc, "Who refers to whom, among the objects of one moment, which it keeps alive."},
    {Py_tp_dealloc, (void *)(uintptr_t)index_dealloc},
    {Py_tp_getset, index_getters},
    {Py_tp_methods, index_methods},
    {0, NULL},
};

PyType_Spec core_index_spec = {
    .name = "refgraph._core.Index",
    .basicsize = sizeof(core_index_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = index_slots,
};

/* ---- searches ---- */

static int test(void *context, void *object)
{
    PyObject *answer = PyObject_CallFunctionObjArgs(context, (PyObject *)object, NULL);
    const int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_true;
}

/* Its arguments come as an array: a tuple would be one of the referrers. */
PyObject *core_find(PyObject *module, PyObject *const *args, Py_ssize_t arg_count)
{
    if (arg_count != 6) {
        PyErr_Format(PyExc_TypeError, "find() takes 6 arguments, not %zd", arg_count);
        return NULL;
    }
    PyObject *index = args[5];
    const Py_ssize_t max_depth = PyNumber_AsSsize_t(args[2], NULL);
    const int is_forward = PyObject_IsTrue(args[4]);
    if (PyErr_Occurred())
        return NULL;
    core_index_object *holder = index == Py_None ? NULL : index_of(module, index);
    uint64_t *addresses = NULL;
    size_t count = 0;
    if (PyErr_Occurred() || !core_address_array(args[3], &addresses, &count))
        return NULL;
    rg_live_objects chain = {0};
    const rg_live_search search = {
        .is_forward = is_forward,
        .max_depth = max_depth < 0            ? 0
                     : max_depth > UINT32_MAX ? UINT32_MAX
                                              : (uint32_t)max_depth,
        .ignored = addresses,
        .ignored_count = count,
        .index = holder ? &holder->index : NULL,
        .test = test,
        .context = args[1],
    };
    const rg_status status = rg_live_find(&chain, args[0], &search, NULL);
    PyMem_RawFree(addresses);
    if (status == RG_ERR_STATE && PyErr_Occurred())
        return NULL;
    return status ? core_live_raise(module, status) : core_live_list(&chain);
}
