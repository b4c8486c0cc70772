/* Types that are no objects of the heap: their dicts, and whose file they are in.
 *
 * Dicts. Since 3.12 those of the built-in ones are kept for each interpreter (struct types_state,
 * Include/internal/pycore_typeobject.h), and the public PyType_GetDict writes a refcount to give one. The table is
 * therefore looked for once a process, by types whose dicts the public call has told:
 *
 *   interpreter ………… │ type 0: itself · flags · tp_dict · … │ type 1 │ …      a type's number: tp_subclasses - 1
 *
 * A record is believed if it begins with the type that is asked for. GIL builds of 3.12.1, 3.13.0, 3.14.x. */
#define _GNU_SOURCE
#include "capture/compat.h"

#include <string.h>

#ifdef __linux__
#include <link.h>
#endif

#if PY_VERSION_HEX >= 0x030C0000

#if PY_VERSION_HEX >= 0x030E0000
enum { RECORD = 48, DICT_AT = 24, SCANNED = 217056 };
#elif PY_VERSION_HEX >= 0x030D0000
enum { RECORD = 48, DICT_AT = 24, SCANNED = 186800 };
#else
enum { RECORD = 40, DICT_AT = 16, SCANNED = 382696 };
#endif
/* SCANNED bytes from its beginning are inside the interpreter state, and the table is in them. */

enum { MOST_TYPES = 256 };

static PyObject *public_dict(PyTypeObject *type)
{
    PyObject *dict = PyType_GetDict(type);
    Py_XDECREF(dict);
    return dict;
}

static const void *word_at(const char *address)
{
    const void *word = NULL;
    memcpy(&word, address, sizeof word);
    return word;
}

/* Where the type's record is, in a table that begins at `table`; NULL: it has none. */
static const char *record_of(const char *table, const PyTypeObject *type)
{
    const uintptr_t number = (uintptr_t)type->tp_subclasses;
    if (number == 0 || number > MOST_TYPES)
        return NULL;
    const char *record = table + (number - 1) * RECORD;
    return word_at(record) == type ? record : NULL;
}

static bool is_table(const char *table)
{
    PyTypeObject *const samples[] = {&PyBaseObject_Type, &PyType_Type,     &PyLong_Type,
                                     &PyDict_Type,       &PyFunction_Type, &PyCode_Type};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const char *record = record_of(table, samples[i]);
        if (!record || word_at(record + DICT_AT) != public_dict(samples[i]))
            return false;
    }
    return true;
}

static ptrdiff_t table_offset; /* from the interpreter state; 0: not found */

void rg__static_types_learn(void)
{
    static bool is_known;
    const uintptr_t number = (uintptr_t)PyBaseObject_Type.tp_subclasses;
    if (is_known || number == 0 || number > MOST_TYPES)
        return;
    is_known = true;
    const char *state = (const char *)PyInterpreterState_Get();
    const ptrdiff_t before = (ptrdiff_t)(number - 1) * RECORD;
    const ptrdiff_t last = SCANNED - MOST_TYPES * RECORD;
    for (ptrdiff_t at = before; at < last && !table_offset; at += (ptrdiff_t)sizeof(void *))
        if (word_at(state + at) == &PyBaseObject_Type && is_table(state + at - before))
            table_offset = at - before;
}

PyObject *rg__type_dict(PyTypeObject *type)
{
    if (type->tp_dict)
        return type->tp_dict;
    const char *state = (const char *)PyInterpreterState_Get();
    const char *record = table_offset ? record_of(state + table_offset, type) : NULL;
    return record ? (PyObject *)word_at(record + DICT_AT) : public_dict(type);
}

#else

void rg__static_types_learn(void)
{
}

PyObject *rg__type_dict(PyTypeObject *type)
{
    return type->tp_dict;
}

#endif

/* ---- the file that the interpreter is in ---- */

static uintptr_t file_begin, file_end;

#if PY_VERSION_HEX < 0x030A0000 && defined(__linux__)
static int find_interpreter(struct dl_phdr_info *info, size_t size, void *argument)
{
    uintptr_t begin = UINTPTR_MAX;
    uintptr_t end = 0;
    (void)size;
    (void)argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        begin = at < begin ? at : begin;
        end = at + info->dlpi_phdr[i].p_memsz > end ? at + info->dlpi_phdr[i].p_memsz : end;
    }
    if ((uintptr_t)&PyType_Type < begin || (uintptr_t)&PyType_Type >= end)
        return 0;
    file_begin = begin;
    file_end = end;
    return 1;
}

void rg__builtins_learn(void)
{
    if (!file_end)
        (void)dl_iterate_phdr(find_interpreter, NULL);
}
#else
void rg__builtins_learn(void)
{
}
#endif

bool rg__is_in_interpreter(const void *address)
{
    return (uintptr_t)address >= file_begin && (uintptr_t)address < file_end;
}
