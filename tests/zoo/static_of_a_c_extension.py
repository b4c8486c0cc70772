"""A C extension that keeps an object in a static variable: one reference that no heap explains."""

import refgraph
import zoo

SOURCE = r"""
#include <Python.h>

static PyObject *last;

static PyObject *show(PyObject *module, PyObject *frame)
{
    Py_INCREF(frame);
    Py_XDECREF(last);
    last = frame;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"show", show, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "screen", NULL, -1, methods};

PyMODINIT_FUNC PyInit_screen(void)
{
    return PyModule_Create(&definition);
}
"""


class Frame:
    def __init__(self, number):
        self.number = number


screen = zoo.compiled("screen", SOURCE)
for number in range(3):
    screen.show(Frame(number))
snap = refgraph.capture()
zoo.expect_native(zoo.only(snap, "Frame"))
