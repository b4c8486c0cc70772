"""An object of C code that holds another and does not tell the collector: said as probable."""

import refgraph
import zoo

SOURCE = r"""
#include <Python.h>

typedef struct box {
    PyObject_HEAD
    double weight;
    PyObject *content;
} box;

static PyObject *box_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *content = NULL;
    (void)keywords;
    if (!PyArg_ParseTuple(args, "O", &content))
        return NULL;
    box *self = (box *)type->tp_alloc(type, 0);
    if (self) {
        Py_INCREF(content);
        self->content = content;
    }
    return (PyObject *)self;
}

static void box_free(box *self)
{
    Py_XDECREF(self->content);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject box_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "boxes.Box",
    .tp_basicsize = sizeof(box),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = box_new,
    .tp_dealloc = (destructor)box_free,
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "boxes", NULL, -1, NULL};

PyMODINIT_FUNC PyInit_boxes(void)
{
    if (PyType_Ready(&box_type))
        return NULL;
    PyObject *module = PyModule_Create(&definition);
    if (module)
        PyModule_AddObject(module, "Box", (PyObject *)&box_type);
    return module;
}
"""


class Parcel:
    pass


boxes = zoo.compiled("boxes", SOURCE)
SHELF = [boxes.Box(Parcel())]
snap = refgraph.capture()
node = zoo.only(snap, "Parcel")
assert node.unexplained_references == 0
field = "a field (+0x18) of boxes.Box"
chains = zoo.expect(node, zoo.Held(f"probably {field}", "probable", field))
assert "likely, not proven" in str(chains), chains
