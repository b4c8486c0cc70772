/* The extension module `_render`: pictures through libgvc. It is imported only by what draws, and
 * reads the structs of `_core` through capsules. */
#include "convert.h"

#include <refgraph/render.h>

#include <string.h>

typedef struct render_state {
    PyObject *error;   /* refgraph.RenderError */
    PyObject *timeout; /* refgraph.RenderTimeout */
} render_state;

static const char *const format_names[] = {"svg", "png", "pdf", "dot"};

static bool parse_format(rg_format *out, const char *name)
{
    for (size_t i = 0; i < sizeof format_names / sizeof *format_names; i++) {
        if (strcmp(name, format_names[i]) == 0) {
            *out = (rg_format)i;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "no format '%s'; use one of svg png pdf dot", name);
    return false;
}

/* The edges that a capsule holds, none for None; false: an exception is set. */
static bool parse_edges(const rg_edge **edges, size_t *count, PyObject *capsule)
{
    if (capsule == Py_None)
        return true;
    const convert_edge_view *view = PyCapsule_GetPointer(capsule, CONVERT_EDGES_CAPSULE);
    if (!view)
        return false;
    *edges = view->items;
    *count = view->count;
    return true;
}

/* The picture, which is disposed, as bytes; or the exception that a status means. */
static PyObject *picture_or_error(PyObject *module, rg_buffer *picture, rg_status status,
                                  const rg_error *error)
{
    const render_state *state = PyModule_GetState(module);
    PyObject *bytes =
        status
            ? convert_raise(status, error, status == RG_ERR_TIMEOUT ? state->timeout : state->error)
            : PyBytes_FromStringAndSize(picture->data, (Py_ssize_t)picture->size);
    rg_buffer_dispose(picture);
    return bytes;
}

/* What draw() is called with, as a job; false: an exception is set. What it borrows is the arguments'. */
static bool parse_job(rg_render_job *job, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"format", "graph",     "subgraph",       "chain",
                            "title",  "max_nodes", "legend",         "deadline",
                            "cycle",  "cut",       "show_collector", NULL};
    const char *name;
    PyObject *graph_capsule, *sub_capsule, *chain_capsule = Py_None;
    PyObject *cycle = Py_None, *cut = Py_None;
    int legend = 1, show_collector = 0;
    rg_render_options options = {0};
    unsigned int max_nodes = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "sOO|$OzIpdOOp:draw", names, &name,
                                     &graph_capsule, &sub_capsule, &chain_capsule, &options.title,
                                     &max_nodes, &legend, &options.deadline, &cycle, &cut,
                                     &show_collector) ||
        !parse_format(&job->format, name))
        return false;
    const rg_chain *chain = NULL;
    const rg_graph *graph = PyCapsule_GetPointer(graph_capsule, CONVERT_GRAPH_CAPSULE);
    const rg_subgraph *sub =
        graph ? PyCapsule_GetPointer(sub_capsule, CONVERT_SUBGRAPH_CAPSULE) : NULL;
    if (sub && chain_capsule != Py_None)
        chain = PyCapsule_GetPointer(chain_capsule, CONVERT_CHAIN_CAPSULE);
    if (PyErr_Occurred() || !parse_edges(&options.cycle, &options.cycle_count, cycle) ||
        !parse_edges(&options.cut, &options.cut_count, cut))
        return false;
    if (chain) {
        options.chain = chain->edges;
        options.chain_count = chain->edge_count;
    }
    options.max_nodes = max_nodes;
    options.hide_legend = !legend;
    options.show_collector = show_collector;
    job->graph = graph;
    job->sub = sub;
    job->options = options;
    job->out = rg_buffer_empty(NULL);
    return true;
}

static PyObject *render_draw(PyObject *module, PyObject *args, PyObject *keywords)
{
    rg_render_job job = {0};
    if (!parse_job(&job, args, keywords))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    rg_render_all(&job, 1);
    Py_END_ALLOW_THREADS
    return picture_or_error(module, &job.out, job.status, &job.error);
}

/* Pictures or the exceptions that they ended in, in order. */
static PyObject *list_results(PyObject *module, rg_render_job *jobs, Py_ssize_t count)
{
    PyObject *results = PyList_New(count);
    for (Py_ssize_t i = 0; i < count && results; i++) {
        PyObject *result = picture_or_error(module, &jobs[i].out, jobs[i].status, &jobs[i].error);
        if (!result) {
            PyObject *type, *traceback;
            PyErr_Fetch(&type, &result, &traceback);
            PyErr_NormalizeException(&type, &result, &traceback);
            Py_XDECREF(type);
            Py_XDECREF(traceback);
        }
        PyList_SET_ITEM(results, i, result);
    }
    return results;
}

static PyObject *render_draw_all(PyObject *module, PyObject *calls)
{
    static const char *const expected = "draw_all() takes a list of (arguments, keywords)";
    if (!PyList_Check(calls)) {
        PyErr_SetString(PyExc_TypeError, expected);
        return NULL;
    }
    const Py_ssize_t count = PyList_GET_SIZE(calls);
    PyObject *results = NULL;
    PyObject *held = PyList_AsTuple(calls); /* whatever becomes of the list */
    rg_render_job *jobs = PyMem_Calloc((size_t)count + 1, sizeof *jobs);
    if (!held || !jobs) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *args, *keywords;
        if (!PyTuple_Check(PyTuple_GET_ITEM(held, i))) {
            PyErr_SetString(PyExc_TypeError, expected);
            goto done;
        }
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(held, i), "O!O!:draw_all", &PyTuple_Type, &args,
                              &PyDict_Type, &keywords) ||
            !parse_job(&jobs[i], args, keywords))
            goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    rg_render_all(jobs, (size_t)count);
    Py_END_ALLOW_THREADS
    results = list_results(module, jobs, count);

done:
    for (Py_ssize_t i = 0; i < count && jobs; i++)
        rg_buffer_dispose(&jobs[i].out);
    PyMem_Free(jobs);
    Py_XDECREF(held);
    return results;
}

static PyObject *render_draw_source(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"format", "text", "deadline", NULL};
    rg_string format = {0}, text = {0};
    Py_ssize_t format_size, text_size;
    double deadline = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s#s#|$d:draw_source", names, &format.data,
                                     &format_size, &text.data, &text_size, &deadline))
        return NULL;
    format.size = (size_t)format_size;
    text.size = (size_t)text_size;
    rg_buffer picture = rg_buffer_empty(NULL);
    rg_error error = {{0}};
    rg_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rg_render_source(&picture, text, format, deadline, NULL, &error);
    Py_END_ALLOW_THREADS
    return picture_or_error(module, &picture, status, &error);
}

static PyObject *render_format_of_path(PyObject *module, PyObject *argument)
{
    PyObject *path;
    if (!PyUnicode_FSConverter(argument, &path))
        return NULL;
    rg_format format;
    rg_error error = {{0}};
    const rg_status status = rg_format_of_path(&format, PyBytes_AS_STRING(path), &error);
    Py_DECREF(path);
    if (!status)
        return PyUnicode_FromString(format_names[format]);
    PyErr_SetString(((render_state *)PyModule_GetState(module))->error, error.text);
    return NULL;
}

static PyObject *render_graphviz_version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(rg_render_graphviz_version());
}

static PyMethodDef render_functions[] = {
    {"draw", (PyCFunction)(void (*)(void))render_draw, METH_VARARGS | METH_KEYWORDS,
     "draw(format, graph, subgraph, *, chain, title, max_nodes, legend, deadline, cycle, cut, "
     "show_collector) -> bytes"},
    {"draw_all", render_draw_all, METH_O,
     "draw_all([(arguments, keywords), …]) -> [bytes or exception, …]; several calls of draw at once"},
    {"draw_source", (PyCFunction)(void (*)(void))render_draw_source, METH_VARARGS | METH_KEYWORDS,
     "draw_source(format, text, *, deadline) -> bytes; text in Graphviz's language, any format it knows"},
    {"format_of_path", render_format_of_path, METH_O,
     "format_of_path(path) -> 'svg', 'png', 'pdf' or 'dot', by suffix"},
    {"graphviz_version", render_graphviz_version, METH_NOARGS,
     "graphviz_version() -> the version of the Graphviz that draws"},
    {NULL, NULL, 0, NULL},
};

static int render_exec(PyObject *module)
{
    render_state *state = PyModule_GetState(module);
    state->error = convert_error_class("RenderError");
    state->timeout = convert_error_class("RenderTimeout");
    return state->error && state->timeout ? 0 : -1;
}

static int render_traverse(PyObject *module, visitproc visit, void *arg)
{
    render_state *state = PyModule_GetState(module);
    Py_VISIT(state->error);
    Py_VISIT(state->timeout);
    return 0;
}

static int render_clear(PyObject *module)
{
    render_state *state = PyModule_GetState(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->timeout);
    return 0;
}

static void render_free(void *module)
{
    (void)render_clear(module);
}

static PyModuleDef_Slot render_slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)render_exec},
    {0, NULL},
};

static struct PyModuleDef render_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "refgraph._render",
    .m_doc = "Pictures of graphs, laid out and written in-process through Graphviz's libraries.",
    .m_size = sizeof(render_state),
    .m_methods = render_functions,
    .m_slots = render_slots,
    .m_traverse = render_traverse,
    .m_clear = render_clear,
    .m_free = render_free,
};

PyMODINIT_FUNC PyInit__render(void)
{
    return PyModuleDef_Init(&render_definition);
}
