/* Fork: a capture that a child process is at. core_fork.c */
#ifndef RG_EXT_CORE_FORK_H
#define RG_EXT_CORE_FORK_H

#include "core.h"

extern PyType_Spec core_fork_spec;

/* Begin one: see the text in core_module.c. */
PyObject *core_capture_fork(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
