/* tracemalloc from C. _PyTraceMalloc_GetTraceback is exported by every version from 3.9 to 3.14, but left the
 * public headers with 3.13 (Include/tracemalloc.h, Include/internal/pycore_tracemalloc.h). */
#include "capture/compat.h"

#if PY_VERSION_HEX >= 0x030D0000
PyAPI_FUNC(PyObject *) _PyTraceMalloc_GetTraceback(unsigned int domain, uintptr_t ptr);
#endif

PyObject *rg__tracemalloc_traceback(const void *block)
{
    PyObject *traceback = _PyTraceMalloc_GetTraceback(0, (uintptr_t)block);
    if (!traceback)
        PyErr_Clear();
    return traceback;
}

bool rg__tracemalloc_is_tracing(void)
{
    void *probe = PyMem_Malloc(1);
    PyObject *traceback = probe ? rg__tracemalloc_traceback(probe) : NULL;
    const bool is_tracing = traceback && traceback != Py_None;
    Py_XDECREF(traceback);
    PyMem_Free(probe);
    return is_tracing;
}
