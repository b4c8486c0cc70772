/* What is part of the program rather than of its data. It is there once, whoever refers to it: a deep size does not
 * enter it. A function made while another runs is data, with what its cells and defaults hold; `<locals>` in its
 * qualified name says so. Nothing of it is compared in Python. */
#include "capture/classify.h"

#include <string.h>

static bool is_local_name(PyObject *qualname)
{
    static const char mark[] = "<locals>";
    const Py_ssize_t length = (Py_ssize_t)sizeof mark - 1;
    if (!qualname || !PyUnicode_Check(qualname) || !rg__str_is_ready(qualname))
        return false;
    const int kind = PyUnicode_KIND(qualname);
    const void *data = PyUnicode_DATA(qualname);
    for (Py_ssize_t i = 0; i + length <= PyUnicode_GET_LENGTH(qualname); i++) {
        Py_ssize_t k = 0;
        while (k < length && PyUnicode_READ(kind, data, i + k) == (Py_UCS4)mark[k])
            k++;
        if (k == length)
            return true;
    }
    return false;
}

bool rg__is_program(PyObject *object, rg__special special)
{
    switch (special) {
    case RG__SPECIAL_MODULE:
    case RG__SPECIAL_TYPE:
    case RG__SPECIAL_CODE:
    case RG__SPECIAL_DESCRIPTOR:
        return true;
    case RG__SPECIAL_FUNCTION:
        return !is_local_name(((PyFunctionObject *)object)->func_qualname);
    case RG__SPECIAL_BUILTIN: { /* a method of a list is the list's */
        PyObject *self = ((PyCFunctionObject *)object)->m_self;
        return !self || PyModule_Check(self) || PyType_Check(self);
    }
    default:
        return false;
    }
}
