/* Private structs that names_containers.c and foreign.c read. Each is used only for the exact tp_basicsize that it
 * was checked with, and, where a pointer is followed, only for the very type that is meant (classify.c). */
#ifndef RG_CAPTURE_COMPAT_FOREIGN_H
#define RG_CAPTURE_COMPAT_FOREIGN_H

#include "capture/compat.h"

/* PyDateTime_DateTime, PyDateTime_Time (Include/datetime.h, 3.9 - 3.14). */
enum { RG__HAS_TZINFO_AT = 24, RG__TIME_TZINFO_AT = 32, RG__DATETIME_TZINFO_AT = 40 };

/* PyContextVar (Include/internal/pycore_context.h, 3.9 - 3.14): var_name stands first. */
enum { RG__CONTEXT_VAR_NAME_AT = sizeof(PyObject) };

/* PyHamtNode_Bitmap, PyHamtNode_Collision (Python/hamt.c, 3.9 - 3.14): a variable-sized object whose items, at
 * tp_basicsize, are pairs of key and value. */
static inline PyObject *const *rg__hamt_items(PyObject *node)
{
    return (PyObject *const *)((const char *)node + Py_TYPE(node)->tp_basicsize);
}

/* ElementObject (Modules/_elementtree.c, 3.9 - 3.14). */
typedef struct rg__element {
    PyObject_HEAD
    PyObject *tag, *text, *tail;
    const struct {
        PyObject *attrib;
        Py_ssize_t length, allocated;
        PyObject **children;
    } * extra; /* NULL for most */
} rg__element;

/* PyArrayObject_fields, PyArray_Descr (numpy/ndarraytypes.h, 1.7 - 2.5). */
enum {
    RG__ARRAY_OWNS_DATA = 4,   /* NPY_ARRAY_OWNDATA */
    RG__ARRAY_OBJECT_TYPE = 17 /* NPY_OBJECT */
};

typedef struct rg__array {
    PyObject_HEAD
    PyObject **data;
    int dimension_count;
    const Py_ssize_t *dimensions, *strides;
    PyObject *base, *description;
    int flags;
    PyObject *weak_references;
    void *buffer_info;
    PyObject *memory_handler; /* numpy 1.22+; in a struct of this size */
} rg__array;

typedef struct rg__array_description {
    PyObject_HEAD
    PyObject *scalar_type;
    char kind, type, byte_order, flags;
    int type_number;
} rg__array_description;

#endif
