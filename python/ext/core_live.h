/* What the files of `_core` that ask the live heap share. */
#ifndef RG_EXT_CORE_LIVE_H
#define RG_EXT_CORE_LIVE_H

#include "core.h"

#include <refgraph/live.h>

/* A list that takes over the references; *objects is disposed in every case. */
PyObject *core_live_list(rg_live_objects *objects);
PyObject *core_live_raise(PyObject *module, rg_status status);
/* [(type, count)], in the census's order. */
PyObject *core_census_rows(const rg_census *census);
/* Numbers as addresses, to be freed with PyMem_RawFree; what is no address becomes 0. False: an exception is set. */
bool core_address_array(PyObject *numbers, uint64_t **addresses, size_t *count);
/* The index in an Index object, which is made if it is empty; NULL for None. False: an exception is set. */
bool core_index_read(PyObject *module, PyObject *object, const rg_back_index **index);

extern PyType_Spec core_index_spec, core_ids_spec;

PyObject *core_census(PyObject *module, PyObject *objects);
PyObject *core_live_of_types(PyObject *module, PyObject *types);
PyObject *core_live_of_name(PyObject *module, PyObject *name);
PyObject *core_live_at(PyObject *module, PyObject *numbers);
PyObject *core_unreferenced(PyObject *module, PyObject *only);
PyObject *core_referrers(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *core_refcounts(PyObject *module, PyObject *objects);
PyObject *core_capture_only(PyObject *module, PyObject *objects);
PyObject *core_index(PyObject *module, PyObject *unused);
PyObject *core_find(PyObject *module, PyObject *const *args, Py_ssize_t arg_count);
PyObject *core_ids(PyObject *module, PyObject *unused);

#endif
