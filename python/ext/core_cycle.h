/* Methods of _core.Cycles that ask about one cycle, by its position; core_cycles.c lists and describes them. */
#ifndef RG_EXT_CORE_CYCLE_H
#define RG_EXT_CORE_CYCLE_H

#include "core.h"

PyObject *core_cycle_row(PyObject *object, PyObject *argument);
PyObject *core_cycle_members(PyObject *object, PyObject *argument);
PyObject *core_cycle_nearest(PyObject *object, PyObject *argument);
PyObject *core_cycle_kept(PyObject *object, PyObject *argument);
PyObject *core_cycle_types(PyObject *object, PyObject *argument);
PyObject *core_cycle_finalizers(PyObject *object, PyObject *argument);
PyObject *core_cycle_fate(PyObject *object, PyObject *argument);
PyObject *core_cycle_path(PyObject *object, PyObject *argument);
PyObject *core_cycle_cut(PyObject *object, PyObject *argument);
PyObject *core_cycle_picture(PyObject *object, PyObject *args);

#endif
