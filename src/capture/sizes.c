/* Shallow sizes, as sys.getsizeof gives them for types without a __sizeof__ in Python: by arithmetic where
 * the layout is public, else by the type's own C __sizeof__, called directly (it makes one int, which is
 * gone before the next object is looked at). */
#include "capture/capture_private.h"

#include <string.h>

/* Whose __sizeof__ may be called: types whose C code is known to read their own fields and nothing else.
 * Any other extension's could release the GIL, fail on a half-built object, or be compiled from Python. That of
 * _io.BytesIO adds its buffer, which is an object of its own here and would be counted twice. */
static bool is_trusted_to_size(const rg__capture *c, const PyTypeObject *type)
{
    static const char *const trusted[] = {
        "object",
        "set",
        "frozenset",
        "bytearray",
        "str",
        "int",
        "list",
        "dict",
        "type",
        "code",
        "frame",
        "generator",
        "coroutine",
        "async_generator",
        "collections.deque",
        "collections.OrderedDict",
        "array.array",
        "_io.StringIO",
        "_io.BufferedReader",
        "_io.BufferedWriter",
        "_io.BufferedRandom",
        "_io.BufferedRWPair",
        "re.Pattern",
        "decimal.Decimal",
        "memoryview",
        "_ctypes.CType_Type",
        "numpy.ndarray",
        "StgDict",
    };
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
        if (!strcmp(type->tp_name, trusted[i]))
            return type->tp_dealloc != c->class_dealloc;
    return false;
}

void rg__type_set_sizing(const rg__capture *c, rg__type_info *info, PyObject *size_method)
{
    PyTypeObject *type = info->type;
    info->fixed_size = -1;
    info->head = rg__type_head(type);
    PyTypeObject *owner = NULL;
    if (size_method && Py_TYPE(size_method) == &PyMethodDescr_Type) {
        PyMethodDescrObject *descriptor = (PyMethodDescrObject *)size_method;
        if (descriptor->d_method->ml_flags == METH_NOARGS &&
            is_trusted_to_size(c, descriptor->d_common.d_type)) {
            info->size_method = descriptor->d_method->ml_meth;
            owner = descriptor->d_common.d_type;
        }
    }
    if (owner == &PyList_Type)
        info->sizing = RG__SIZE_LIST;
    else if (owner == &PyDict_Type)
        info->sizing = RG__SIZE_DICT;
    else if (owner == &PyUnicode_Type && type == &PyUnicode_Type)
        info->sizing = RG__SIZE_STR;
    else if (owner == &PyLong_Type)
        info->sizing = RG__SIZE_INT;
    else if (owner && owner != &PyBaseObject_Type)
        info->sizing = RG__SIZE_CALL;
    else
        info->sizing = type->tp_itemsize ? RG__SIZE_ITEMS : RG__SIZE_FIXED;
}

static Py_ssize_t item_count(PyObject *object)
{
    const Py_ssize_t size = Py_SIZE(object);
    return size < 0 ? -size : size;
}

/* str.__sizeof__ (unicodeobject.c): struct, then the data with its terminator, then a cached UTF-8 form. */
static Py_ssize_t str_size(PyObject *str)
{
    if (!rg__str_is_ready(str))
        return -1;
    const Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    if (PyUnicode_IS_COMPACT_ASCII(str))
        return (Py_ssize_t)sizeof(PyASCIIObject) + length + 1;
    if (!PyUnicode_IS_COMPACT(str))
        return -1;
    const PyCompactUnicodeObject *compact = (const PyCompactUnicodeObject *)str;
    if (compact->utf8)
        return -1;
    return (Py_ssize_t)sizeof *compact + (length + 1) * (Py_ssize_t)PyUnicode_KIND(str);
}

/* int.__sizeof__ (longobject.c): the struct up to its digits, then the digits; whether 0 has one depends
 * on the version, so that one is asked. */
static Py_ssize_t int_size(PyObject *number)
{
    const Py_ssize_t digits = rg__int_digits(number);
    if (digits == 0)
        return -1;
    return PyLong_Type.tp_basicsize + digits * PyLong_Type.tp_itemsize;
}

static Py_ssize_t called_size(PyObject *object, PyCFunction method)
{
    Py_ssize_t size = -1;
    PyObject *result = method ? method(object, NULL) : NULL;
    if (result && PyLong_Check(result))
        size = PyLong_AsSsize_t(result);
    Py_XDECREF(result);
    PyErr_Clear();
    return size;
}

Py_ssize_t rg__capture_size(PyObject *object, rg__type_info *info)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_ssize_t size = -1;
    switch (info->sizing) {
    case RG__SIZE_FIXED:
        /* the same for every instance: object.__sizeof__ adds inline values since 3.13 */
        if (info->fixed_size < 0)
            info->fixed_size = called_size(object, info->size_method);
        size = info->fixed_size;
        break;
    case RG__SIZE_ITEMS:
        size = type->tp_basicsize + item_count(object) * type->tp_itemsize;
        break;
    case RG__SIZE_LIST:
        size = type->tp_basicsize +
               ((PyListObject *)object)->allocated * (Py_ssize_t)sizeof(PyObject *);
        break;
    case RG__SIZE_DICT:
        size = rg__dict_size(object);
        break;
    case RG__SIZE_STR:
        size = str_size(object);
        break;
    case RG__SIZE_INT:
        size = int_size(object);
        break;
    case RG__SIZE_CALL:
        break;
    }
    if (size < 0)
        size = called_size(object, info->size_method);
    if (size < 0)
        size = type->tp_basicsize;
    return size + info->head;
}
