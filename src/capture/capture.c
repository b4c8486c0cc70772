/* One capture, from checks to graph. While the GIL is held nothing is allocated by Python but short-lived
 * ints, collections are off, and gc.get_count() is put back; everything else is ours. */
#include "capture/rules.h"

#include <fenv.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The tp_dealloc of a class of a module, or NULL. */
static destructor dealloc_of(const rg__capture *c, const char *module, const char *name)
{
    PyObject *dict = rg__module_dict(c, module);
    PyObject *type = dict ? rg__dict_entry(dict, name) : NULL;
    if (!type || !PyType_Check(type) || !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    return ((PyTypeObject *)type)->tp_dealloc;
}

/* The dealloc that all classes written in Python share: what two of those agree on that every interpreter has.
 * Anybody may have put something else into sys.modules. */
static destructor learn_class_dealloc(const rg__capture *c)
{
    static const char *const classes[][2] = {
        {"_frozen_importlib", "ModuleSpec"},
        {"_frozen_importlib_external", "FileFinder"},
        {"zipimport", "zipimporter"},
        {"codecs", "Codec"},
        {"abc", "ABC"},
        {"io", "IOBase"},
        {"os", "_Environ"},
        {"_sitebuiltins", "Quitter"},
    };
    enum { COUNT = sizeof classes / sizeof *classes };
    destructor found[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        found[i] = dealloc_of(c, classes[i][0], classes[i][1]);
        for (size_t k = 0; found[i] && k < i; k++)
            if (found[k] == found[i])
                return found[i];
    }
    return NULL;
}

void rg__capture_start(rg__capture *c, const rg_capture_options *options)
{
    *c = (rg__capture){.allocator = rg__allocator_or_default(options->allocator)};
    c->options = options;
    c->hidden_package = options->hidden_package;
    c->modules = PyImport_GetModuleDict();
    c->class_dealloc = learn_class_dealloc(c);
    c->addresses.allocator = c->allocator;
    c->texts.bytes = rg_buffer_empty(&c->allocator);
    c->texts.of_object.allocator = c->allocator;
    c->types.of_type.allocator = c->allocator;
    c->types.genuine.allocator = c->allocator;
    c->field_names.allocator = c->allocator;
    c->cell_names.allocator = c->allocator;
    c->callees.allocator = c->allocator;
    c->sites.of_hash.allocator = c->allocator;
    c->own_dicts.allocator = c->allocator;
    c->key_tables.allocator = c->allocator;
    c->scratch = rg_buffer_empty(&c->allocator);
}

void rg__capture_dispose(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__addresses_dispose(&c->addresses);
    rg__array_free(a, c->objects, c->object_capacity, sizeof *c->objects);
    rg__array_free(a, c->edge_ends, c->edge_end_capacity, sizeof *c->edge_ends);
    rg__array_free(a, c->edges, c->edge_capacity, sizeof *c->edges);
    rg__array_free(a, c->nodes, c->node_capacity, sizeof *c->nodes);
    rg__array_free(a, c->generations, c->generation_capacity, 1);
    rg__array_free(a, c->roots, c->root_capacity, sizeof *c->roots);
    rg__array_free(a, c->thread_starts, c->thread_start_capacity, sizeof *c->thread_starts);
    rg__array_free(a, c->suspects, c->suspect_capacity, sizeof *c->suspects);
    rg__array_free(a, c->key_holders, c->key_holder_capacity, sizeof *c->key_holders);
    rg__array_free(a, c->own, c->own_capacity, sizeof *c->own);
    rg__array_free(a, c->opaque, c->opaque_capacity, sizeof *c->opaque);
    rg__array_free(a, c->sorted, c->sorted_capacity, sizeof *c->sorted);
    rg__array_free(a, c->types.items, c->types.capacity, sizeof *c->types.items);
    rg__array_free(a, c->types.members, c->types.member_capacity, sizeof *c->types.members);
    rg__array_free(a, c->types.shadows, c->types.shadow_capacity, sizeof *c->types.shadows);
    rg__pointer_map_dispose(&c->types.of_type);
    rg__pointer_map_dispose(&c->types.genuine);
    rg__pointer_map_dispose(&c->field_names);
    rg__pointer_map_dispose(&c->cell_names);
    rg__pointer_map_dispose(&c->callees);
    rg__sites_dispose(&c->sites, a);
    rg__pointer_map_dispose(&c->own_dicts);
    rg__pointer_map_dispose(&c->key_tables);
    rg__texts_dispose(&c->texts);
    rg_buffer_dispose(&c->scratch);
}

static rg_status explain(rg_status status, rg_error *error)
{
    switch (status) {
    case RG_ERR_NOMEM:
        return rg_error_set(error, status, "not enough memory to capture the heap");
    case RG_ERR_LIMIT:
        return rg_error_set(error, status, "the heap has more than 2^32 - 2 objects");
    case RG_ERR_UNSUPPORTED:
        return rg_error_set(error, status, "gc.get_objects() did not give the objects");
    default:
        return status;
    }
}

/* Let other threads run until no collection does, or the time is over: then read_heap says so. Objects that a
 * collection has in hand are in no list. Where this is the only thread, the collection is its own caller. */
static void wait_for_collection(double seconds)
{
    const double end = now() + seconds;
    long pause = 100 * 1000; /* nanoseconds, growing to 10 ms */
    rg__collector collector;
    const PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    if (!rg__collector_find(&collector))
        return;
    while (*collector.collecting && now() < end && PyThreadState_Next((PyThreadState *)first)) {
        const struct timespec time = {0, pause};
        PyThreadState *thread = PyEval_SaveThread();
        (void)nanosleep(&time, NULL);
        PyEval_RestoreThread(thread);
        pause = pause < 5 * 1000 * 1000 ? 2 * pause : 10 * 1000 * 1000;
        first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    }
}

/* Everything that reads Python's memory; the GIL is held. */
static rg_status read_heap(rg__capture *c, const rg_capture_options *options, rg_error *error)
{
    rg__collector collector;
    const bool is_known = rg__collector_find(&collector);
    if (is_known && *collector.collecting)
        return rg_error_set(
            error, RG_ERR_STATE,
            "a garbage collection is running: capture after it has ended, or let it end (wait=True); "
            "code that the collection itself calls (__del__, a weakref callback, gc.callbacks) "
            "cannot capture");
    const bool is_walked = is_known && !options->public_walk;
    rg__capture_collector_state(c, &collector, is_walked);
    const int count = is_known ? *collector.count : 0;
    const int state = rg__collections_stop(&collector);
    rg_status status = rg__capture_walk(c, is_walked ? &collector : NULL);
    if (!status)
        status = rg__capture_nodes(c);
    if (!status)
        status = rg__account_prepare(c);
    if (!status && !options->only)
        status = rg__capture_lasting_roots(c);
    if (!status && !options->only)
        status = rg__capture_native_stack(c);
    for (int i = 0; i < 3; i++)
        Py_CLEAR(c->lists[i]);
    rg__collections_restore(&collector, state);
    if (is_known)
        *collector.count = count;
    return explain(status, error);
}

/* In a debug build every graph is proved to be one; in a release build nothing is done. */
static rg_status check(rg_graph **graph, rg_error *error)
{
#ifdef NDEBUG
    (void)graph;
    (void)error;
    return RG_OK;
#else
    rg_status status = rg_graph_check(*graph, error);
    if (status) {
        rg_graph_free(*graph);
        *graph = NULL;
    }
    return status;
#endif
}

rg_status rg_capture(rg_graph **out, const rg_capture_options *options, rg_capture_cost *cost,
                     rg_error *error)
{
    static const rg_capture_options defaults = {0};
    const double begin = now();
    fenv_t floating; /* numbers are written as text meanwhile, which raises flags */
    const char *unsupported = rg__unsupported_build();
    if (unsupported)
        return rg_error_set(error, RG_ERR_UNSUPPORTED, "%s", unsupported);
    rg_status status = rg__rules_check(options ? options : &defaults, error);
    if (status)
        return status;
    (void)feholdexcept(&floating);
    if (options && options->wait_seconds > 0)
        wait_for_collection(options->wait_seconds);
    const double pause_begin = now();
    rg__capture c;
    rg__capture_start(&c, options ? options : &defaults);
    status = read_heap(&c, options ? options : &defaults, error);
    const double pause = now() - pause_begin;
    PyThreadState *thread = PyEval_SaveThread();
    if (!status)
        status = explain(rg__capture_build(&c, out), error);
    if (!status)
        status = check(out, error);
    rg__capture_dispose(&c);
    PyEval_RestoreThread(thread);
    (void)fesetenv(&floating);
    if (!status && cost)
        *cost = (rg_capture_cost){.seconds = now() - begin, .pause_seconds = pause};
    return status;
}
