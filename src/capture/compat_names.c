/* Names of the object fields of C types that declare none: by tp_name and by the tp_basicsize that a row was
 * checked with. A type of another size has another struct: its row is passed over, and the offsets of its
 * words serve as names. No row decides that an edge exists, but for types outside the collector, which report
 * nothing themselves, and for fields marked '+'.
 *
 * Checked by objects built with known referents on 3.9.18, 3.10.13, 3.11.7, 3.12.1, 3.13.0 and
 * 3.14.x (tests/python/test_names.py does it again). A field is written
 *
 *     offset name         .name: an attribute that reads it; else a word no expression reaches
 *
 * with marks behind the name: ! infrastructure, + owned but not reported by tp_traverse, ~ not owned, % the
 * lowest bit of the word is a flag, * every word from here to the end of the struct. */
#include "capture/compat.h"

#include <refgraph/graph.h>

#include <stdlib.h>
#include <string.h>

enum { SIZES = 4 };

typedef struct row {
    const char *type; /* tp_name; "*.x": x in any module */
    Py_ssize_t sizes[SIZES];
    const char *fields;
} row;

#if PY_VERSION_HEX < 0x030A0000
#define FUTURE                                                                                 \
    "10 ._loop, 18 callback, 20 callback context, 28 callbacks, 30 ._exception, 38 ._result, " \
    "40 ._source_traceback, 48 ._cancel_message"
#else
#define FUTURE                                                                    \
    "10 ._loop, 18 callback, 20 callback context, 28 callbacks, 30 ._exception, " \
    "38 exception traceback, 40 ._result, 48 ._source_traceback, 50 ._cancel_message"
#endif

static const row rows[] = {
    /* asyncio */
    {"_asyncio.Future", {0x90, 0x98, 0x80, 0x68}, FUTURE},
    {"_asyncio.Future", {0x70}, FUTURE ", 60 awaited by"},
    {"_asyncio.Task",
     {0xa8},
     FUTURE ", 60 awaited by, 78 ._fut_waiter, 80 ._coro, 88 name, 90 context"},
    {"_asyncio.Task", {0xb8}, FUTURE ", 90 ._fut_waiter, 98 ._coro, a0 name, a8 context"},
    {"_asyncio.Task", {0xc0}, FUTURE ", 98 ._fut_waiter, a0 ._coro, a8 name, b0 context"},
    {"_asyncio.Task", {0xb0}, FUTURE ", 80 ._fut_waiter, 88 ._coro, 90 name, 98 context"},
    {"_asyncio.Task", {0x90}, FUTURE ", 70 ._fut_waiter, 78 ._coro, 80 name, 88 context"},
    {"_asyncio.FutureIter", {0x18}, "10 future"},
    {"TaskStepMethWrapper", {0x20}, "10 task, 18 argument"},
    {"TaskWakeupMethWrapper", {0x18}, "10 task"},
    {"coroutine_wrapper", {0x18}, "10 coroutine"},
    {"async_generator_asend", {0x28}, "10 generator, 18 sent value"},
    {"async_generator_athrow", {0x28}, "10 generator, 18 arguments"},
    {"async_generator_wrapped_value", {0x18}, "10 value"},
    {"anext_awaitable", {0x20}, "10 awaited, 18 default"},
#if PY_VERSION_HEX < 0x030A0000
    {"async_generator", {0x78}, "60 finalizer hook"},
#elif PY_VERSION_HEX < 0x030B0000
    {"async_generator", {0x70}, "58 finalizer hook"},
#elif PY_VERSION_HEX < 0x030C0000
    {"async_generator", {0x98}, "40 finalizer hook"},
#elif PY_VERSION_HEX < 0x030E0000
    {"async_generator", {0x90}, "38 finalizer hook"},
#endif

    /* context variables, thread-local data */
    {"Context", {0x30}, "10 previous context, 18 variables"},
    {"_contextvars.Context", {0x30}, "10 previous context, 18 variables"},
    {"Token", {0x30}, "10 context, 18 .var, 20 .old_value"},
    {"_contextvars.Token", {0x30}, "10 context, 18 .var, 20 .old_value"},
    {"ContextVar", {0x40}, "10 .name, 18 default"},
    {"_contextvars.ContextVar", {0x40}, "10 .name, 18 default"},
    {"hamt", {0x28}, "10 tree"},
    {"hamt_array_node", {0x118}, "10 node*"},
    {"_thread._local",
     {0x40, 0x48},
     "10 key+, 18 arguments, 20 keyword arguments, 30 values by thread, 38 callback+"},
    {"_thread._local",
     {0x38},
     "10 arguments, 18 keyword arguments, 28 values by thread, 30 threads"},

    /* functions and descriptors */
    {"builtin_method", {0x40}, "38 class!"},
    {"method-wrapper", {0x20}, "10 descriptor, 18 .__self__"},
    {"property", {0x38, 0x40}, "28 .__doc__, 30 name"},
    {"classmethod", {0x20}, "10 .__func__"},
    {"staticmethod", {0x20}, "10 .__func__"},
    {"functools.KeyWrapper", {0x20}, "10 comparison, 18 .obj"},
    {"functools._lru_cache_wrapper", {0x88}, "58 function, 68 keyword mark!, 70 type of results!"},
    {"functools._lru_cache_wrapper",
     {0x98},
     "58 function, 70 keyword mark!, 78 type of entries!, 80 type of results!"},
    {"operator.itemgetter", {0x28, 0x30}, "18 item"},
    {"operator.attrgetter", {0x20, 0x28}, "18 names"},
    {"operator.methodcaller",
     {0x28, 0x40},
     "10 name, 18 arguments, 20 keyword arguments, 28 all arguments, 30 keywords"},
    {"collections._tuplegetter", {0x20}, "18 .__doc__"},
    {"_collections._tuplegetter", {0x20}, "18 .__doc__"},
    {"_abc._abc_data", {0x30}, "10 registry!, 18 cache!, 20 negative cache!"},
#if PY_VERSION_HEX < 0x030C0000
    {"*.cython_function_or_method",
     {0xa8, 0xb0},
     "48 .__name__, 50 .__qualname__, 58 .__doc__, 60 .__globals__!, 68 .__code__, 70 closure, "
     "78 defaults, 88 .__defaults__, 90 .__kwdefaults__, a0 .__annotations__"},
    {"*.fused_cython_function",
     {0xb8, 0xc0},
     "48 .__name__, 50 .__qualname__, 58 .__doc__, 60 .__globals__!, 68 .__code__, 70 closure, "
     "78 defaults, 88 .__defaults__, 90 .__kwdefaults__, a0 .__annotations__"},
#else
    {"*.cython_function_or_method",
     {0xa0, 0xa8},
     "40 .__name__, 48 .__qualname__, 50 .__doc__, 58 .__globals__!, 60 .__code__, 68 closure, "
     "70 defaults, 80 .__defaults__, 88 .__kwdefaults__, 98 .__annotations__"},
    {"*.fused_cython_function",
     {0xb0, 0xb8},
     "40 .__name__, 48 .__qualname__, 50 .__doc__, 58 .__globals__!, 60 .__code__, 68 closure, "
     "70 defaults, 80 .__defaults__, 88 .__kwdefaults__, 98 .__annotations__"},
#endif

    /* iterators and views */
    {"iterator", {0x20}, "18 sequence"},
    {"callable_iterator", {0x20}, "10 callable, 18 sentinel"},
    {"list_iterator", {0x20}, "18 list"},
    {"list_reverseiterator", {0x20}, "18 list"},
    {"tuple_iterator", {0x20}, "18 tuple"},
    {"str_iterator", {0x20}, "18 str"},
    {"str_ascii_iterator", {0x20}, "18 str"},
    {"bytes_iterator", {0x20}, "18 bytes"},
    {"bytearray_iterator", {0x20}, "18 bytearray"},
    {"memory_iterator", {0x30}, "18 memoryview"},
    {"arrayiterator", {0x28}, "18 array"},
    {"array.arrayiterator", {0x28}, "18 array"},
    {"set_iterator", {0x30}, "10 set"},
    {"_collections._deque_iterator", {0x38}, "20 deque"},
    {"_collections._deque_reverse_iterator", {0x38}, "20 deque"},
    {"collections._deque_iterator", {0x38}, "20 deque"},
    {"collections._deque_reverse_iterator", {0x38}, "20 deque"},
    {"dict_keys", {0x18}, "10 dict"},
    {"dict_values", {0x18}, "10 dict"},
    {"dict_items", {0x18}, "10 dict"},
    {"odict_keys", {0x18}, "10 dict"},
    {"odict_values", {0x18}, "10 dict"},
    {"odict_items", {0x18}, "10 dict"},
    {"dict_keyiterator", {0x38}, "10 dict, 28 result"},
    {"dict_valueiterator", {0x38}, "10 dict, 28 result"},
    {"dict_itemiterator", {0x38}, "10 dict, 28 result"},
    {"dict_reversekeyiterator", {0x38}, "10 dict, 28 result"},
    {"dict_reversevalueiterator", {0x38}, "10 dict, 28 result"},
    {"dict_reverseitemiterator", {0x38}, "10 dict, 28 result"},
    {"odict_iterator", {0x40}, "18 dict, 30 current key, 38 result"},
    {"enumerate", {0x30, 0x38}, "18 iterator, 20 result, 28 position, 30 one"},
    {"zip", {0x28, 0x30}, "18 iterators, 20 result"},
    {"map", {0x20, 0x28}, "10 iterators, 18 function"},
    {"filter", {0x20}, "10 function, 18 iterator"},
    {"reversed", {0x20}, "18 sequence"},
    {"longrange_iterator", {0x30}, "10 position, 18 start, 20 step, 28 length"},
    {"longrange_iterator", {0x28}, "10 start, 18 step, 20 length"},
    {"range", {0x30}, "10 .start, 18 .stop, 20 .step, 28 length"},
    {"itertools.repeat", {0x20}, "10 element"},
    {"itertools.chain", {0x20}, "10 iterables, 18 current iterator"},
    {"itertools.count", {0x28}, "18 count, 20 step"},
    {"itertools.cycle", {0x28, 0x30}, "10 iterator, 18 saved items"},
    {"itertools.accumulate", {0x30, 0x38}, "10 total, 18 iterator, 20 function, 28 initial"},
    {"itertools.compress", {0x20}, "10 data, 18 selectors"},
    {"itertools.dropwhile", {0x28}, "10 predicate, 18 iterator"},
    {"itertools.takewhile", {0x28}, "10 predicate, 18 iterator"},
    {"itertools.filterfalse", {0x20}, "10 predicate, 18 iterator"},
    {"itertools.starmap", {0x20}, "10 function, 18 iterator"},
    {"itertools.islice", {0x38}, "10 iterator"},
    {"itertools.groupby",
     {0x40, 0x48},
     "10 iterator, 18 key function, 20 target key, 28 current key, 30 current value"},
    {"itertools._grouper", {0x20}, "10 groupby, 18 target key"},
    {"itertools._tee", {0x28, 0x30}, "10 buffer"},
    {"itertools._tee_dataobject", {0x1f0}, "10 iterator, 20 next buffer, 28 value*"},
    {"itertools.zip_longest", {0x38}, "20 iterators, 28 result, 30 fill value"},
    {"itertools.product", {0x30}, "10 pools, 20 result"},
    {"itertools.permutations", {0x40}, "10 pool, 28 result"},
    {"itertools.combinations", {0x38}, "10 pool, 20 result"},
    {"itertools.combinations_with_replacement", {0x38}, "10 pool, 20 result"},
    {"itertools.pairwise", {0x20, 0x28}, "10 iterator, 18 previous, 20 result"},
    {"itertools.batched", {0x20, 0x28}, "10 iterator"},

    /* proxies and buffers */
    {"mappingproxy", {0x18}, "10 mapping"},
    {"memoryview", {0x90}, "18 managed buffer"},
    {"managedbuffer", {0x70}, "28 exporter"},
    {"_io.BytesIO", {0x40}, "10 buffer+"},
    {"_io._BytesIOBuffer", {0x18}, "10 source"},
    {"_io.BufferedReader", {0x98}, "10 .raw"},
    {"_io.BufferedWriter", {0x98}, "10 .raw"},
    {"_io.BufferedRandom", {0x98}, "10 .raw"},
    {"_io.BufferedRWPair", {0x30}, "10 reader, 18 writer"},
    {"_io.IncrementalNewlineDecoder", {0x28}, "10 decoder, 18 .errors"},
    {"_io.TextIOWrapper",
     {0xc0, 0xc8},
     "20 .buffer, 28 .encoding, 30 encoder, 38 decoder, 40 line ending, 48 .errors"},

    /* types of types */
    {"types.GenericAlias", {0x30, 0x40}, "10 .__origin__, 18 .__args__, 20 .__parameters__"},
    {"types.UnionType", {0x20}, "10 .__args__, 18 .__parameters__"},
    {"typing.Union",
     {0x38},
     "10 .__args__, 18 hashable arguments, 20 other arguments, 28 .__parameters__"},
    {"typing.TypeVar",
     {0x40, 0x50},
     "10 .__name__, 18 bound, 20 evaluates the bound, 28 constraints, 30 evaluates the constraints, "
     "38 default, 40 evaluates the default"},
    {"typing.TypeAliasType",
     {0x38},
     "10 .__name__, 18 .__type_params__, 20 evaluates the value, 28 value, 30 module"},

    /* other modules in C */
    {"re.Pattern", {0x60}, "20 groups by name, 28 names of groups, 30 .pattern"},
    {"re.Match", {0x58}, "18 .string, 20 .regs, 28 .re"},
    {"_sre.SRE_Scanner", {0xf0, 0xf8, 0x108}, "10 .pattern"},
    {"_struct.Struct", {0x38}, "28 format"},
    {"_csv.reader", {0x58}, "10 input, 18 .dialect, 20 fields"},
    {"_csv.writer", {0x40, 0x48}, "10 write, 18 .dialect, 40 error class!"},
    {"_queue.SimpleQueue", {0x38}, "20 items"},
    {"decimal.Context", {0x60}, "40 .traps, 48 .flags"},
    {"datetime.timezone", {0x20}, "10 offset, 18 name"},
    {"_ssl._SSLContext", {0x58, 0x60, 0x70, 0x78}, "28 .sni_callback"},
    {"_ssl._SSLSocket",
     {0x50, 0x58, 0x60},
     "10 socket+, 20 .context+, 30 owner+, 38 .server_hostname+"},
    {"sqlite3.Connection",
     {0xf0},
     "30 .isolation_level+, 50 statement cache, 58 statements, 60 cursors, 70 .row_factory, "
     "78 .text_factory, 80 trace callback, 88 progress handler, 90 authorizer, 98 collations, a0 exception class~*"},
    {"sqlite3.Connection",
     {0xd8},
     "40 statement cache, 48 cursors, 50 blobs, 60 .row_factory, 68 .text_factory"},
    {"sqlite3.Connection",
     {0xe0},
     "48 statement cache, 50 cursors, 58 blobs, 68 .row_factory, 70 .text_factory"},
    {"sqlite3.Cursor",
     {0x68, 0x70},
     "10 .connection, 18 .description, 20 converters, 30 .lastrowid, 40 .row_factory, 48 statement"},
    {"sqlite3.Row", {0x20}, "10 data, 18 description"},
    {"_ctypes.CFuncPtr",
     {0xa0, 0xa8, 0xb0},
     "60 thunk, 68 callable, 70 converters, 78 .argtypes, 80 .restype, 88 checker, 90 .errcheck, "
     "98 parameter flags"},
    {"_ctypes.PyCFuncPtr",
     {0xa0, 0xa8, 0xb0},
     "60 thunk, 68 callable, 70 converters, 78 .argtypes, 80 .restype, 88 checker, 90 .errcheck, "
     "98 parameter flags"},
    {"xml.etree.ElementTree.Element", {0x38}, "10 .tag, 18 .text%, 20 .tail%"},
    {"xml.etree.ElementTree.TreeBuilder",
     {0xa0, 0xa8},
     "10 root, 18 current, 20 last, 28 last for a tail, 30 data, 38 stack, 48 element factory, "
     "50 comment factory, 58 instruction factory"},
    {"xml.etree.ElementTree.XMLParser",
     {0x78, 0x80, 0x88},
     "18 .target, 20 .entity, 28 names, 30 handle of start_ns, 38 handle of end_ns, "
     "40 handle of start, 48 handle of data, 50 handle of end, 58 handle of comment, "
     "60 handle of pi"},

    /* outside the standard library */
    {"numpy.void", {0x40}, "20 .dtype, 30 .base"},
    {"numpy.dtypes.VoidDType", {0x78}, "60 fields, 68 .names"},
    {"numpy.flatiter", {0xa48}, "528 .base"},
    {"sqlalchemy.engine._row_cy.BaseRow", {0x30}, "18 ._parent, 20 ._key_to_index, 28 ._data"},
    {"sqlalchemy.cyextension.resultproxy.BaseRow",
     {0x30},
     "18 ._parent, 20 ._key_to_index, 28 ._data"},
    {"pandas._libs.properties.CachedProperty", {0x28}, "10 function, 18 name, 20 doc"},
};

/* "*.x" fits x in any module. */
static bool fits(const char *pattern, const char *name)
{
    if (*pattern != '*')
        return !strcmp(pattern, name);
    const char *dot = strrchr(name, '.');
    return dot && !strcmp(pattern + 1, dot);
}

const char *rg__named_fields(const PyTypeObject *type)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!fits(rows[i].type, type->tp_name))
            continue;
        for (size_t s = 0; s < SIZES && rows[i].sizes[s]; s++)
            if (rows[i].sizes[s] == type->tp_basicsize)
                return rows[i].fields;
    }
    return NULL;
}

bool rg__next_named_field(const char **fields, rg__named_field *out)
{
    char *rest = NULL;
    if (!*fields || !**fields)
        return false;
    *out = (rg__named_field){.offset = (Py_ssize_t)strtol(*fields, &rest, 16)};
    const char *begin = rest + strspn(rest, " ");
    out->is_attribute = *begin == '.';
    begin += out->is_attribute;
    out->name = begin;
    out->length = strcspn(begin, "!+~%*,");
    const char *mark = begin + out->length;
    for (; *mark && *mark != ','; mark++) {
        out->is_infrastructure |= *mark == '!';
        out->is_unreported |= *mark == '+';
        out->is_borrowed |= *mark == '~';
        out->is_tagged |= *mark == '%';
        out->is_array |= *mark == '*';
    }
    *fields = *mark ? mark + 1 : mark;
    return true;
}
