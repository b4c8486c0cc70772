/* Dicts and instance attributes, per version.
 *
 * PyDictKeysObject (Include/internal/pycore_dict.h), 3.11 – 3.14:
 *   refcnt 0 · log2_size 8 · log2_index_bytes 9 · kind 10 · nentries 24 · indices 32, entries behind
 *   kind 0 general {hash, key, value}, 1 str keys {key, value}, 2 split {key, value}
 * PyDictValues: 3.11, 3.12 an array; 3.13+ {capacity, size, embedded, valid} padded to 8, the array. */
#include "capture/compat.h"

#include <string.h>

#if PY_VERSION_HEX >= 0x030B0000
enum { KEYS_GENERAL = 0, KEYS_HEADER = 32, KEYS_ENTRY_WORDS = 2 };

typedef struct keys_header {
    Py_ssize_t refcount;
    uint8_t log2_size, log2_index_bytes, kind, unused;
    uint32_t version;
    Py_ssize_t usable, entry_count;
} keys_header;

static keys_header read_keys(const void *keys)
{
    keys_header header;
    memcpy(&header, keys, sizeof header);
    return header;
}

#else
/* struct _dictkeysobject (Objects/dict-common.h), 3.9 and 3.10:
 *   refcnt 0 · size 8 · lookup 16 · usable 24 · nentries 32 · indices 40, entries {hash, key, value} behind */
enum { KEYS_HEADER = 40, KEYS_ENTRY_WORDS = 3 };

typedef struct keys_header {
    Py_ssize_t refcount, size;
    void *lookup;
    Py_ssize_t usable, entry_count;
} keys_header;

static keys_header read_keys(const void *keys)
{
    keys_header header;
    memcpy(&header, keys, sizeof header);
    return header;
}
#endif

/* The first entry's key, or NULL where the table is not what is expected of a shared one. */
static PyObject *const *first_key(const void *keys, Py_ssize_t *count)
{
    const keys_header header = read_keys(keys);
#if PY_VERSION_HEX >= 0x030B0000
    if (header.kind == KEYS_GENERAL || header.log2_index_bytes > 32)
        return NULL;
    const size_t indices = (size_t)1 << header.log2_index_bytes;
    const size_t skipped = 0;
#else
    const size_t size = (size_t)header.size;
    if (header.refcount <= 0 || header.size < 8 || size & (size - 1) ||
        header.entry_count > header.size)
        return NULL;
    const size_t width = size <= 0xFF ? 1 : size <= 0xFFFF ? 2 : size <= 0xFFFFFFFF ? 4 : 8;
    const size_t indices = size * width;
    const size_t skipped = sizeof(Py_hash_t);
#endif
    *count = header.entry_count;
    return (PyObject *const *)((const char *)keys + KEYS_HEADER + indices + skipped);
}

Py_ssize_t rg__key_table_count(const void *keys)
{
    Py_ssize_t count = 0;
    return first_key(keys, &count) && count > 0 ? count : 0;
}

PyObject *rg__shared_key(const void *keys, Py_ssize_t i)
{
    Py_ssize_t count = 0;
    PyObject *const *entries = first_key(keys, &count);
    if (!entries || i >= count)
        return NULL;
    PyObject *name = entries[KEYS_ENTRY_WORDS * i];
    return name && PyUnicode_Check(name) ? name : NULL;
}

/* The entries of a dict's own table; before 3.11 those of a shared one have the same form, and values apart. */
bool rg__dict_read(PyObject *dict, rg__entries *out)
{
    const PyDictObject *d = (const PyDictObject *)dict;
    const keys_header header = read_keys(d->ma_keys);
#if PY_VERSION_HEX >= 0x030B0000
    const Py_ssize_t stride = header.kind == KEYS_GENERAL ? 3 : 2;
    if (d->ma_values || header.kind > 1 || header.log2_index_bytes > 32)
        return false;
    const size_t indices = (size_t)1 << header.log2_index_bytes;
    const size_t skipped = header.kind == KEYS_GENERAL ? sizeof(Py_hash_t) : 0;
    PyObject *const *first =
        (PyObject *const *)((const char *)d->ma_keys + KEYS_HEADER + indices + skipped);
    *out = (rg__entries){first, first + 1, stride, stride, header.entry_count};
#else
    Py_ssize_t count = 0;
    PyObject *const *first = first_key(d->ma_keys, &count);
    if (!first)
        return false;
    *out = (rg__entries){first, first + 1, KEYS_ENTRY_WORDS, KEYS_ENTRY_WORDS, count};
    if (d->ma_values) {
        out->values = d->ma_values;
        out->value_stride = 1;
        out->count = d->ma_used;
    }
    (void)header;
#endif
    return true;
}

bool rg__dict_read_agrees(PyObject *dict)
{
    rg__entries entries;
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t i = 0;
    if (!dict || !PyDict_CheckExact(dict) || !PyDict_GET_SIZE(dict) ||
        !rg__dict_read(dict, &entries))
        return false;
    for (; i < entries.count; i++) {
        if (!entries.values[i * entries.value_stride])
            continue;
        if (!PyDict_Next(dict, &position, &key, &value) ||
            key != entries.keys[i * entries.key_stride] ||
            value != entries.values[i * entries.value_stride])
            return false;
    }
    return !PyDict_Next(dict, &position, &key, &value);
}

const void *rg__dict_shared_table(PyObject *dict)
{
    const PyDictObject *d = (const PyDictObject *)dict;
    return d->ma_values ? (const void *)d->ma_keys : NULL;
}

const void *rg__type_key_table(const PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    return ((const PyHeapTypeObject *)type)->ht_cached_keys;
}

PyObject *rg__type_shared_key(const PyTypeObject *type, Py_ssize_t i)
{
#if PY_VERSION_HEX >= 0x030B0000
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return NULL;
    const void *keys = ((const PyHeapTypeObject *)type)->ht_cached_keys;
    return keys ? rg__shared_key(keys, i) : NULL;
#else
    (void)type;
    (void)i;
    return NULL;
#endif
}

#if PY_VERSION_HEX >= 0x030B0000
static void use_values(rg__instance *out, PyObject *object, PyObject **values)
{
    const PyTypeObject *type = Py_TYPE(object);
    const void *keys = type->tp_flags & Py_TPFLAGS_HEAPTYPE
                           ? (const void *)((const PyHeapTypeObject *)type)->ht_cached_keys
                           : NULL;
    if (!keys)
        return;
    out->values = values;
    out->keys = keys;
    out->value_count = read_keys(keys).entry_count;
}
#endif

rg__instance rg__instance_read(PyObject *object)
{
    rg__instance out = {0};
    const PyTypeObject *type = Py_TYPE(object);
#if PY_VERSION_HEX >= 0x030B0000
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyObject **before = (PyObject **)object;
#if PY_VERSION_HEX >= 0x030D0000
        out.dict = before[-3];
        if (type->tp_flags & Py_TPFLAGS_INLINE_VALUES) {
            char *values = (char *)object + type->tp_basicsize;
            const uint8_t capacity = (uint8_t)values[0];
            const bool is_valid = values[3];
            if (is_valid)
                use_values(&out, object, (PyObject **)(values + 8));
            if (out.value_count > capacity)
                out.value_count = capacity;
        }
#elif PY_VERSION_HEX >= 0x030C0000
        const uintptr_t word = (uintptr_t)before[-3]; /* a dict, or values - 1 */
        if (word & 1)
            use_values(&out, object, (PyObject **)(word + 1));
        else
            out.dict = (PyObject *)word;
#else
        out.dict = before[-3];
        if (before[-4])
            use_values(&out, object, (PyObject **)before[-4]);
#endif
        return out;
    }
#endif
    Py_ssize_t offset = type->tp_dictoffset;
    if (offset == 0)
        return out;
    if (offset < 0) { /* counted from the end of a variable-sized object (object.c, ≤ 3.14) */
        const Py_ssize_t items = Py_SIZE(object) < 0 ? -Py_SIZE(object) : Py_SIZE(object);
        const Py_ssize_t align = (Py_ssize_t)sizeof(void *);
        const Py_ssize_t size = type->tp_basicsize + items * type->tp_itemsize;
        offset += (size + align - 1) / align * align;
    }
    if (offset > 0)
        out.dict = *(PyObject **)((char *)object + offset);
    return out;
}

bool rg__dict_is_embedded(PyObject *dict)
{
#if PY_VERSION_HEX >= 0x030D0000
    const void *values = ((PyDictObject *)dict)->ma_values;
    return values && ((const uint8_t *)values)[2];
#else
    (void)dict;
    return false;
#endif
}

Py_ssize_t rg__key_table_size(const void *keys)
{
    const keys_header header = read_keys(keys);
#if PY_VERSION_HEX >= 0x030B0000
    const size_t size = (size_t)1 << header.log2_size;
    const size_t indices = (size_t)1 << header.log2_index_bytes;
    const size_t entry = header.kind == KEYS_GENERAL ? 24 : 16;
#else
    const size_t size = (size_t)header.size;
    const size_t width = size <= 0xFF ? 1 : size <= 0xFFFF ? 2 : size <= 0xFFFFFFFF ? 4 : 8;
    const size_t indices = size * width;
    const size_t entry = 24;
#endif
    return (Py_ssize_t)(KEYS_HEADER + indices + size * 2 / 3 * entry);
}

/* How many values an instance that shares this table has room for. */
static Py_ssize_t shared_size(const keys_header *keys)
{
#if PY_VERSION_HEX >= 0x030B0000
    return keys->entry_count + keys->usable;
#else
    return keys->size * 2 / 3;
#endif
}

Py_ssize_t rg__dict_size(PyObject *dict)
{
    const PyDictObject *d = (const PyDictObject *)dict;
    const keys_header keys = read_keys(d->ma_keys);
    Py_ssize_t size = Py_TYPE(dict)->tp_basicsize;
    if (d->ma_values)
        size += shared_size(&keys) * (Py_ssize_t)sizeof(PyObject *);
    if (keys.refcount == 1)
        size += rg__key_table_size(d->ma_keys);
    return size;
}

Py_ssize_t rg__inline_values_size(const PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030D0000
    const void *table = rg__type_key_table(type);
    if (!table || !(type->tp_flags & Py_TPFLAGS_INLINE_VALUES))
        return 0;
    const Py_ssize_t word = (Py_ssize_t)sizeof(PyObject *);
    const keys_header keys = read_keys(table);
    const Py_ssize_t count = shared_size(&keys);
    return (count + word - 1) / word * word +
           (count + 1) * word; /* a byte each, a header, the values */
#else
    (void)type;
    return 0;
#endif
}

Py_ssize_t rg__int_digits(PyObject *number)
{
#if PY_VERSION_HEX >= 0x030C0000
    return (Py_ssize_t)(((PyLongObject *)number)->long_value.lv_tag >> 3);
#else
    const Py_ssize_t size = Py_SIZE(number);
    return size < 0 ? -size : size;
#endif
}
