/* Shallow sizes, as sys.getsizeof gives them for types without a __sizeof__ in Python: read from the object, by the
 * rule of the C __sizeof__ that its type inherits (compat_sizes.c). Nothing is called. */
#include "capture/classify.h"

#include <string.h>

/* The C types whose __sizeof__ is known by heart; a row with sizes only for structs that were checked. That of
 * _io.BytesIO adds its buffer, which is an object of its own here and would be counted twice. */
static const struct {
    const char *type;
    rg__sizing sizing;
    Py_ssize_t sizes[2]; /* tp_basicsize; 0: any */
} known[] = {
    {"str", RG__SIZE_STR, {0}},
    {"int", RG__SIZE_INT, {0}},
    {"list", RG__SIZE_LIST, {0}},
    {"dict", RG__SIZE_DICT, {0}},
    {"set", RG__SIZE_SET, {0}},
    {"frozenset", RG__SIZE_SET, {0}},
    {"bytearray", RG__SIZE_BYTEARRAY, {0}},
    {"type", RG__SIZE_TYPE, {0}},
    {"code", RG__SIZE_CODE, {0}},
    {"frame", RG__SIZE_FRAME, {0}},
    {"generator", RG__SIZE_GENERATOR, {0}},
    {"coroutine", RG__SIZE_GENERATOR, {0}},
    {"async_generator", RG__SIZE_GENERATOR, {0}},
    {"collections.deque", RG__SIZE_DEQUE, {80, 216}},
    {"collections.OrderedDict", RG__SIZE_ORDERED_DICT, {112}},
    {"array.array", RG__SIZE_ARRAY, {64}},
    {"_io.BufferedReader", RG__SIZE_BUFFERED, {152}},
    {"_io.BufferedWriter", RG__SIZE_BUFFERED, {152}},
    {"_io.BufferedRandom", RG__SIZE_BUFFERED, {152}},
    {"decimal.Decimal", RG__SIZE_DECIMAL, {104}},
    {"StgDict", RG__SIZE_STORAGE_DICT, {192}},
    {"numpy.ndarray", RG__SIZE_NUMPY_ARRAY, {96}},
};

/* The rule of a C __sizeof__: that of the type which defines it. */
static rg__sizing sizing_of(const rg__capture *c, const rg__type_info *info,
                            const PyTypeObject *owner)
{
    const rg__sizing plain = info->type->tp_itemsize ? RG__SIZE_ITEMS : RG__SIZE_FIXED;
    if (rg__is_python_class(c, owner))
        return plain;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const Py_ssize_t size = owner->tp_basicsize;
        if (strcmp(owner->tp_name, known[i].type) != 0)
            continue;
        if (known[i].sizes[0] && size != known[i].sizes[0] && size != known[i].sizes[1])
            return plain;
        const bool is_foreign = known[i].sizing == RG__SIZE_NUMPY_ARRAY;
        return is_foreign && info->special != RG__SPECIAL_ARRAY ? plain : known[i].sizing;
    }
    return plain;
}

void rg__type_set_sizing(const rg__capture *c, rg__type_info *info, PyObject *size_method)
{
    PyTypeObject *type = info->type;
    info->head = rg__type_head(type);
    info->fixed_size = type->tp_basicsize;
    info->sizing = type->tp_itemsize ? RG__SIZE_ITEMS : RG__SIZE_FIXED;
    if (!size_method || Py_TYPE(size_method) != &PyMethodDescr_Type)
        return;
    const PyTypeObject *owner = ((PyMethodDescrObject *)size_method)->d_common.d_type;
    if (owner == &PyBaseObject_Type)
        info->fixed_size += c->counts_values ? rg__inline_values_size(type) : 0;
    else
        info->sizing = sizing_of(c, info, owner);
}

/* No object is larger than what processes address; where ob_size counts no items, the product may be anything. */
static const size_t greatest = (size_t)1 << 48;

static Py_ssize_t with_items(PyObject *object, const rg__type_info *info)
{
    const Py_ssize_t count = Py_SIZE(object);
    const size_t items = count < 0 ? (size_t)0 - (size_t)count : (size_t)count;
    const size_t item = (size_t)info->type->tp_itemsize;
    const bool is_possible = !item || items <= greatest / item;
    return info->type->tp_basicsize + (is_possible ? (Py_ssize_t)(items * item) : 0);
}

static Py_ssize_t body_size(PyObject *object, const rg__type_info *info)
{
    switch (info->sizing) {
    case RG__SIZE_FIXED:
        return info->fixed_size;
    case RG__SIZE_ITEMS:
        return with_items(object, info);
    case RG__SIZE_LIST:
        return info->type->tp_basicsize +
               ((PyListObject *)object)->allocated * (Py_ssize_t)sizeof(PyObject *);
    case RG__SIZE_DICT:
        return rg__dict_size(object);
    case RG__SIZE_STR:
        return rg__str_size(object);
    case RG__SIZE_INT:
        return rg__int_size(object);
    case RG__SIZE_SET:
        return rg__set_size(object);
    case RG__SIZE_BYTEARRAY:
        return rg__bytearray_size(object);
    case RG__SIZE_TYPE:
        return rg__type_size(object);
    case RG__SIZE_CODE:
        return rg__code_size(object);
    case RG__SIZE_FRAME:
        return rg__frame_size(object);
    case RG__SIZE_GENERATOR:
        return rg__generator_size(object);
    case RG__SIZE_DEQUE:
        return rg__deque_size(object);
    case RG__SIZE_ORDERED_DICT:
        return rg__ordered_dict_size(object);
    case RG__SIZE_ARRAY:
        return rg__array_size(object);
    case RG__SIZE_BUFFERED:
        return rg__buffered_size(object);
    case RG__SIZE_DECIMAL:
        return rg__decimal_size(object);
    case RG__SIZE_STORAGE_DICT:
        return rg__storage_dict_size(object);
    case RG__SIZE_NUMPY_ARRAY:
        return rg__numpy_array_size(object);
    }
    return info->fixed_size;
}

Py_ssize_t rg__capture_size(PyObject *object, const rg__type_info *info)
{
    return body_size(object, info) + info->head;
}
