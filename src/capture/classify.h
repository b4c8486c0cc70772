/* What kind of thing a type's instances are, and what its name stands for. */
#ifndef RG_CAPTURE_CLASSIFY_H
#define RG_CAPTURE_CLASSIFY_H

#include "capture/capture_private.h" /* Python.h stands first */

/* What the class dicts along a type's MRO say. */
typedef struct rg__mro_facts {
    bool has_del, has_getattribute, has_getattr; /* in classes written in Python */
    PyObject *size_method;                       /* first __sizeof__ met, borrowed */
    PyObject *dict_getter;                       /* first __dict__ met, borrowed */
    PyTypeObject *getitem_owner; /* the class of the first __getitem__ met, borrowed */
} rg__mro_facts;

/* Classification of a type. classify.c */
bool rg__is_python_class(const rg__capture *c, const PyTypeObject *type);
/* Surely not one: where nothing was learned of those, only static types are. */
bool rg__is_c_type(const rg__capture *c, const PyTypeObject *type);
/* Whether a type is the one that CPython, or the library named, calls so, and no other of that name: only such a
 * type's fields may become edges that nobody reports. Of types and bases that have been proved. */
bool rg__is_genuine(const rg__capture *c, const PyTypeObject *type);
RG_CHECKED rg_status rg__capture_prove_types(rg__capture *c, const PyTypeObject *type);
rg__special rg__special_of(const rg__capture *c, PyTypeObject *type);
/* The struct whose fields are known; false: none. */
bool rg__layout_of(rg__special special, rg__layout *layout);
rg__walk rg__walk_of(const PyTypeObject *type, rg__special special, size_t member_count);
/* Whether tp_traverse tells what instances hold. */
bool rg__reports(const PyTypeObject *type);
/* Not a gc type, and no row or rule says what its struct holds. */
bool rg__is_opaque(const rg__capture *c, const PyTypeObject *type);
rg_kind rg__kind_of(const rg__capture *c, const PyTypeObject *type, rg__special special);
/* Of a type whose walk and special are known. */
uint32_t rg__flags_of(const rg__capture *c, const rg__type_info *info, const rg__mro_facts *facts);

/* Whether an object is part of the program (RG_NODE_PROGRAM); `special`: its type's. program.c */
bool rg__is_program(PyObject *object, rg__special special);

#endif
