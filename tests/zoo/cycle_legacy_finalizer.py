"""A type of C with a tp_del: the collector puts its cycle into gc.garbage and frees nothing."""

import gc

import refgraph
import zoo

SOURCE = """
#include <Python.h>
#include <structmember.h>

typedef struct { PyObject_HEAD PyObject *peer; } Handle;

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Handle *)self)->peer);
    Py_VISIT(Py_TYPE(self));
    return 0;
}
static int clear(PyObject *self) { Py_CLEAR(((Handle *)self)->peer); return 0; }
static void del(PyObject *self) { (void)self; }
static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}
static PyMemberDef members[] = {{"peer", T_OBJECT, offsetof(Handle, peer), 0, NULL}, {0}};
static PyType_Slot slots[] = {
    {Py_tp_traverse, traverse}, {Py_tp_clear, clear}, {Py_tp_del, del}, {Py_tp_dealloc, dealloc},
    {Py_tp_members, members}, {0, NULL}};
static PyType_Spec spec = {"zoolegacy.Handle", sizeof(Handle), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "zoolegacy", NULL, -1};
PyMODINIT_FUNC PyInit_zoolegacy(void)
{
    PyObject *m = PyModule_Create(&module);
    PyModule_AddObject(m, "Handle", PyType_FromSpec(&spec));
    return m;
}
"""

legacy = zoo.compiled("zoolegacy", SOURCE)


def main():
    one = legacy.Handle()
    other = legacy.Handle()
    one.peer = other
    other.peer = one


gc.collect()
main()
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "zoolegacy.Handle",
    "with a finalizer",
    {"zoolegacy.Handle"},
    "zoolegacy.Handle.peer",
)
assert not cycle.isolated
assert cycle.freed_by is None
assert {found.kind for found in cycle.finalizers} == {"tp_del"}
assert cycle.fate == (
    "Uncollectable garbage: zoolegacy.Handle has a tp_del: the collector puts it into gc.garbage."
)
addresses = {node.address for node in cycle.members}
gc.collect()
assert {id(handle) for handle in gc.garbage} == addresses
gc.garbage.clear()
