/* What the C __sizeof__ methods of CPython's own types answer, read from the objects instead of asked: a method makes
 * an int, and a capture in the child of a fork must not allocate. GIL builds of 3.9 – 3.14; where a struct is
 * private, it is read only for the tp_basicsize that it was checked with. Sources: the …_sizeof functions of
 * Objects/ and Modules/; tests/python/test_sizes.py compares them with sys.getsizeof(). */
#include "capture/compat_foreign.h"

#include <string.h>

enum { WORD = sizeof(void *) };

static Py_ssize_t whole_words(Py_ssize_t size)
{
    return (size + WORD - 1) / WORD * WORD;
}

static Py_ssize_t word_at(const void *object, Py_ssize_t offset)
{
    Py_ssize_t word = 0;
    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

static int int_at(const void *object, Py_ssize_t offset)
{
    int value = 0;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

/* ---- int, str, bytearray, set ---- */

/* Whether the int 0 has a digit depends on the version. */
Py_ssize_t rg__int_size(PyObject *number)
{
    Py_ssize_t digits = rg__int_digits(number);
    if (!digits && PY_VERSION_HEX >= 0x030B0000)
        digits = 1;
    return PyLong_Type.tp_basicsize + digits * PyLong_Type.tp_itemsize;
}

/* The struct, then the data with its terminator, then the forms of it that somebody asked for. */
Py_ssize_t rg__str_size(PyObject *str)
{
    const PyASCIIObject *ascii = (const PyASCIIObject *)str;
    const PyCompactUnicodeObject *compact = (const PyCompactUnicodeObject *)str;
    const bool is_ready = rg__str_is_ready(str);
    const bool is_compact_ascii = is_ready && PyUnicode_IS_COMPACT_ASCII(str);
    const Py_ssize_t units = ascii->length + 1;
    Py_ssize_t size = (Py_ssize_t)sizeof(PyUnicodeObject);
    const void *data = NULL;
    if (is_ready) {
        data = PyUnicode_DATA(str);
        if (is_compact_ascii)
            size = (Py_ssize_t)sizeof *ascii + units;
        else if (PyUnicode_IS_COMPACT(str))
            size = (Py_ssize_t)sizeof *compact + units * (Py_ssize_t)PyUnicode_KIND(str);
        else if (data)
            size += units * (Py_ssize_t)PyUnicode_KIND(str);
    }
#if PY_VERSION_HEX < 0x030C0000
    if (ascii->wstr && (const void *)ascii->wstr != data) {
        const Py_ssize_t length = is_compact_ascii ? ascii->length : compact->wstr_length;
        size += (length + 1) * (Py_ssize_t)sizeof *ascii->wstr;
    }
#endif
    if (!is_compact_ascii && compact->utf8 && (const void *)compact->utf8 != data)
        size += compact->utf8_length + 1;
    return size;
}

Py_ssize_t rg__bytearray_size(PyObject *bytes)
{
    return Py_TYPE(bytes)->tp_basicsize + ((PyByteArrayObject *)bytes)->ob_alloc;
}

Py_ssize_t rg__set_size(PyObject *set)
{
    const PySetObject *s = (const PySetObject *)set;
    const bool has_table = s->table && s->table != s->smalltable;
    return Py_TYPE(set)->tp_basicsize +
           (has_table ? (s->mask + 1) * (Py_ssize_t)sizeof *s->table : 0);
}

/* ---- code, frames, generators ---- */

Py_ssize_t rg__code_size(PyObject *object)
{
    const PyCodeObject *code = (const PyCodeObject *)object;
    Py_ssize_t size = Py_TYPE(object)->tp_basicsize;
#if PY_VERSION_HEX >= 0x030B0000
    size = whole_words(size + Py_SIZE(object) * Py_TYPE(object)->tp_itemsize);
#else
    enum { OPCACHE_ENTRY = 32 /* sizeof(_PyOpcache) */ };
    if (code->co_cell2arg && code->co_cellvars)
        size += PyTuple_GET_SIZE(code->co_cellvars) * (Py_ssize_t)sizeof *code->co_cell2arg;
    if (code->co_opcache)
        size += PyBytes_GET_SIZE(code->co_code) / 2 + code->co_opcache_size * OPCACHE_ENTRY;
#endif
    if (code->co_extra) /* a count, then that many pointers; room for one is in the struct */
        size += 2 * WORD + (word_at(code->co_extra, 0) - 1) * WORD;
    return size;
}

/* The slots for locals and stack that follow an interpreter frame, or are in a frame object's array (≤ 3.10). */
static Py_ssize_t slot_count(const PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_nlocalsplus + code->co_stacksize;
#else
    return code->co_nlocals + code->co_stacksize + PyTuple_GET_SIZE(code->co_cellvars) +
           PyTuple_GET_SIZE(code->co_freevars);
#endif
}

Py_ssize_t rg__frame_size(PyObject *object)
{
    rg__frame frame;
    const PyTypeObject *type = Py_TYPE(object);
    if (!rg__frame_of_object(&frame, object))
        return type->tp_basicsize;
    /* the struct of frame objects has one slot (≤ 3.10), or the rest of an interpreter frame without slots */
    const Py_ssize_t inside = PY_VERSION_HEX < 0x030B0000;
    return type->tp_basicsize + (slot_count(frame.code) - inside) * WORD;
}

Py_ssize_t rg__generator_size(PyObject *object)
{
    Py_ssize_t size = Py_TYPE(object)->tp_basicsize;
#if PY_VERSION_HEX >= 0x030B0000
    const PyCodeObject *code = rg__generator_code(object);
    if (code) /* before 3.11 its frame is an object */
        size += slot_count(code) * WORD;
#endif
    return size;
}

/* ---- types ---- */

Py_ssize_t rg__type_size(PyObject *type)
{
    if (!(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return (Py_ssize_t)sizeof(PyTypeObject);
    const void *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    return (Py_ssize_t)sizeof(PyHeapTypeObject) + (keys ? rg__key_table_size(keys) : 0);
}

/* ---- private structs ---- */

/* dequeobject: blocks of 64 items and two links; room in the first one before the first item at 40. */
Py_ssize_t rg__deque_size(PyObject *deque)
{
    enum { FIRST_INDEX_AT = 40, ITEMS = 64 };
    const Py_ssize_t blocks = (word_at(deque, FIRST_INDEX_AT) + Py_SIZE(deque) + ITEMS - 1) / ITEMS;
    return Py_TYPE(deque)->tp_basicsize + blocks * (ITEMS + 2) * WORD;
}

/* PyODictObject: first 48 · last 56 · fast_nodes 64 · fast_nodes_size 72; each entry has a node of four words. */
Py_ssize_t rg__ordered_dict_size(PyObject *dict)
{
    const Py_ssize_t nodes = ((PyDictObject *)dict)->ma_used;
    return rg__dict_size(dict) + word_at(dict, 72) * WORD + nodes * 4 * WORD;
}

/* arrayobject: ob_item 24 · allocated 32 · description 40 {char code; int item_size} */
Py_ssize_t rg__array_size(PyObject *array)
{
    const void *description = (const void *)word_at(array, 40);
    const Py_ssize_t item = description ? int_at(description, 4) : 0;
    return Py_TYPE(array)->tp_basicsize + word_at(array, 32) * item;
}

/* buffered: buffer 56 · buffer_size 120 */
Py_ssize_t rg__buffered_size(PyObject *file)
{
    return Py_TYPE(file)->tp_basicsize + (word_at(file, 56) ? word_at(file, 120) : 0);
}

/* PyDecObject: flags 24 · alloc 56; the flags say where the digits are (MPD_DATAFLAGS) */
Py_ssize_t rg__decimal_size(PyObject *decimal)
{
    enum { NOT_OWNED = 32 | 64 | 128 };
    const bool owns_digits = !(((const unsigned char *)decimal)[24] & NOT_OWNED);
    return Py_TYPE(decimal)->tp_basicsize + (owns_digits ? word_at(decimal, 56) * WORD : 0);
}

/* StgDictObject (≤ 3.12): length 64 · ffi_type.elements 88 · format 168 · ndim 176 */
Py_ssize_t rg__storage_dict_size(PyObject *dict)
{
    const char *format = (const char *)word_at(dict, 168);
    /* the struct has been added, and its __sizeof__ adds what it has beyond a dict's once more */
    Py_ssize_t size =
        rg__dict_size(dict) + Py_TYPE(dict)->tp_basicsize - (Py_ssize_t)sizeof(PyDictObject);
    if (format)
        size += (Py_ssize_t)strlen(format) + 1;
    size += int_at(dict, 176) * (Py_ssize_t)sizeof(Py_ssize_t);
    if (word_at(dict, 88))
        size += (word_at(dict, 64) + 1) * WORD;
    return size;
}

/* PyArrayObject_fields: the dimensions and strides, and the items if it owns them. The size of an item stands in
 * numpy 1's description at 32, with the alignment behind it; numpy 2's has flags there, whose upper half is 0. */
Py_ssize_t rg__numpy_array_size(PyObject *object)
{
    const rg__array *a = (const rg__array *)object;
    Py_ssize_t size = Py_TYPE(object)->tp_basicsize + 2 * a->dimension_count * WORD;
    if (!(a->flags & RG__ARRAY_OWNS_DATA) || !a->description || a->dimension_count < 0)
        return size;
    Py_ssize_t bytes =
        int_at(a->description, 36) ? int_at(a->description, 32) : word_at(a->description, 40);
    for (int i = 0; i < a->dimension_count; i++)
        bytes *= a->dimensions[i];
    return size + bytes;
}
