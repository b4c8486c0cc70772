/* See signature_words.h. Names are those of the expression of a chain (expression.c), with three things
 * simpler, so that equal places read the same: an attribute is `.x` wherever it is stored (in the object, in its
 * `__dict__`, behind a descriptor) and `{.a b}` where it is no identifier, a type is the step `{type}`, and
 * names are cut at 120 characters.
 *
 * What a run leaves in the name of a root is taken out: numbers of threads, lines of code, counts, values. */
#include "analysis/signature_words.h"

#include "analysis/spelling.h"

#include <string.h>

enum {
    NAME_LIMIT = 120, /* characters of a name */
    ROOT_LIMIT = 200  /* of a root's */
};

/* ---- which step an edge is ---- */

rg__step rg__step_of(const rg_graph *graph, const rg_edge *edge)
{
    static const rg__step_kind kinds[] = {
        [RG_NAME_NONE] = RG__STEP_UNNAMED,      [RG_NAME_ATTRIBUTE] = RG__STEP_NAME,
        [RG_NAME_INDEX] = RG__STEP_ITEM,        [RG_NAME_KEY] = RG__STEP_ITEM,
        [RG_NAME_KEY_OF] = RG__STEP_KEY,        [RG_NAME_ELEMENT] = RG__STEP_ELEMENT,
        [RG_NAME_LOCAL] = RG__STEP_LOCAL,       [RG_NAME_CELL] = RG__STEP_CELL,
        [RG_NAME_SLOT] = RG__STEP_SLOT,         [RG_NAME_CLASS] = RG__STEP_CLASS,
        [RG_NAME_REFERENT] = RG__STEP_REFERENT, [RG_NAME_HIDDEN] = RG__STEP_NAME,
    };
    const rg__step step = {kinds[edge->name.kind], edge->name.value};
    switch (step.kind) {
    case RG__STEP_NAME:
    case RG__STEP_LOCAL:
    case RG__STEP_CELL:
        return step;
    case RG__STEP_SLOT: { /* the place in an array of more dimensions: `[2, 0]` */
        const rg_string name = rg_graph_string(graph, step.value);
        return name.size && name.data[0] == '[' ? (rg__step){RG__STEP_ITEM, 0} : step;
    }
    default:
        return (rg__step){step.kind, 0};
    }
}

rg__step rg__step_to_local(const rg_graph *graph, uint32_t owner, uint32_t name, bool is_root_frame)
{
    const char *way = rg__way_to_frame(graph, owner);
    if (is_root_frame)
        return (rg__step){RG__STEP_TOP, name};
    if (!way)
        return (rg__step){RG__STEP_LOCAL, name};
    return (rg__step){way[0] == '\0'  ? RG__STEP_FRAME
                      : way[1] == 'g' ? RG__STEP_GENERATOR
                      : way[1] == 'c' ? RG__STEP_COROUTINE
                                      : RG__STEP_ASYNC_GENERATOR,
                      name};
}

/* ---- roots ---- */

bool rg__root_is_placeless(const rg_graph *graph, uint32_t root)
{
    const rg_root_kind kind = rg_graph_root(graph, root).kind;
    return kind == RG_ROOT_NATIVE || kind == RG_ROOT_PROBABLE;
}

/* Where the last `part` begins in a text; the text's size where it is not in it. */
static size_t last_of(rg_string text, const char *part)
{
    const size_t size = strlen(part);
    for (size_t i = text.size < size ? 0 : text.size - size + 1; i-- > 0;)
        if (!memcmp(text.data + i, part, size))
            return i;
    return text.size;
}

static size_t digits_at(rg_string text, size_t i)
{
    const size_t begin = i;
    while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    return i - begin;
}

/* A place in a program as a capture writes it, `thread Thread-7 · serve (app/server.py:88)` or `the evaluation
 * stack of serve (app/server.py:88), thread Thread-7`, without its line and the thread's numbers. */
static rg_status write_place(rg_buffer *out, rg_string text)
{
    static const char thread[] = "thread ";
    rg_buffer folded = {.allocator = out->allocator};
    rg_status status = RG_OK;
    const bool is_first = text.size >= strlen(thread) && !memcmp(text.data, thread, strlen(thread));
    const size_t begin = is_first ? 0 : last_of(text, ", thread ");
    const size_t end = is_first ? last_of(text, " · ") : text.size;
    for (size_t i = 0, taken; i < text.size && !status; i += taken) {
        const bool is_in_thread = i >= begin && i < end;
        const size_t digits = digits_at(text, i);
        const size_t line = text.data[i] == ':' ? digits_at(text, i + 1) : 0;
        taken = 1;
        if (is_in_thread && digits) {
            taken = digits;
            status = rg__write(&folded, "*");
        } else if (line && i + 1 + line < text.size && text.data[i + 1 + line] == ')') {
            taken = 1 + line;
        } else {
            status = rg_buffer_add(&folded, text.data + i, 1);
        }
    }
    if (!status)
        status = rg__write_plain(out, (rg_string){folded.data, folded.size}, ROOT_LIMIT);
    rg_buffer_dispose(&folded);
    return status;
}

static rg_status write_lasting(rg_buffer *out, const rg_graph *g, const rg_root *root)
{
    const rg_node n = rg_graph_node(g, root->node);
    const bool is_type = rg_graph_type(g, n.type).kind == RG_KIND_TYPE && n.text != RG_NONE;
    rg_status status = rg__write_plain(out, root->name, ROOT_LIMIT);
    if (!status)
        status = rg__write(out, " ");
    if (status)
        return status;
    return is_type ? rg_graph_write_text(g, root->node, ROOT_LIMIT, out)
                   : rg_graph_write_type(g, root->node, out);
}

static rg_status write_root(rg_buffer *out, const rg_graph *g, uint32_t index)
{
    const rg_root root = rg_graph_root(g, index);
    rg_status status = RG_OK;
    switch (root.kind) {
    case RG_ROOT_MODULE:
        status = rg__write(out, "sys.modules[");
        if (!status)
            status = rg__write_quoted(out, root.name, ROOT_LIMIT);
        return status ? status : rg__write(out, "]");
    case RG_ROOT_TYPE:
        return write_lasting(out, g, &root);
    case RG_ROOT_NATIVE:
        return rg__write(out,
                         "references from outside the Python heap (C code, or a leaked count)");
    case RG_ROOT_PROBABLE:
        status = rg__write(out, "probably ");
        return status ? status : write_place(out, root.name);
    case RG_ROOT_FRAME:
    case RG_ROOT_THREAD:
    case RG_ROOT_STACK:
        return write_place(out, root.name);
    default:
        return rg__write_plain(out, root.name, ROOT_LIMIT);
    }
}

/* ---- steps ---- */

static rg_status write_braces(rg_buffer *out, const char *before, rg_string text)
{
    rg_status status = rg__write(out, "{");
    if (!status)
        status = rg__write(out, before);
    if (!status)
        status = rg__write_plain(out, text, NAME_LIMIT);
    return status ? status : rg__write(out, "}");
}

static rg_status write_name(rg_buffer *out, rg_string name)
{
    if (!rg__is_identifier(name))
        return write_braces(out, ".", name);
    rg_status status = rg__write(out, ".");
    return status ? status : rg__write_plain(out, name, NAME_LIMIT);
}

/* A variable, as a key of `f_locals`. */
static rg_status write_variable(rg_buffer *out, const char *way, rg_string name)
{
    rg_status status = rg__write(out, way);
    if (!status)
        status = rg__write(out, ".f_locals[");
    if (!status)
        status = rg__write_quoted(out, name, NAME_LIMIT);
    return status ? status : rg__write(out, "]");
}

static rg_status write_top(rg_buffer *out, rg_string name)
{
    rg_status status = rg__write(out, " · local ");
    return status ? status : rg__write_quoted(out, name, NAME_LIMIT);
}

static rg_status write_held(rg_buffer *out, const rg_graph *g, uint32_t node)
{
    rg_status status = rg__write(out, " · {");
    if (!status)
        status = rg_graph_write_type(g, node, out);
    return status ? status : rg__write(out, "}");
}

static rg_status write_holder(rg_buffer *out, const rg_graph *g, uint32_t node)
{
    rg_status status = rg__write(out, " · held by ");
    return status ? status : rg_graph_write_type(g, node, out);
}

rg_status rg__step_write(rg_buffer *out, const rg_graph *graph, rg__step step, uint32_t node)
{
    switch (step.kind) {
    case RG__STEP_ROOT:
        return write_root(out, graph, step.value);
    case RG__STEP_HELD:
        return write_held(out, graph, node);
    case RG__STEP_NO_ROOT:
        return rg__write(out, "no root reaches it");
    case RG__STEP_HOLDER:
        return write_holder(out, graph, node);
    case RG__STEP_NOTHING:
        return rg__write(out, " · no object refers to it");
    case RG__STEP_NAME:
        return write_name(out, rg_graph_string(graph, step.value));
    case RG__STEP_TOP:
        return write_top(out, rg_graph_string(graph, step.value));
    case RG__STEP_FRAME:
        return write_variable(out, "", rg_graph_string(graph, step.value));
    case RG__STEP_GENERATOR:
        return write_variable(out, ".gi_frame", rg_graph_string(graph, step.value));
    case RG__STEP_COROUTINE:
        return write_variable(out, ".cr_frame", rg_graph_string(graph, step.value));
    case RG__STEP_ASYNC_GENERATOR:
        return write_variable(out, ".ag_frame", rg_graph_string(graph, step.value));
    case RG__STEP_LOCAL:
        return write_braces(out, "local ", rg_graph_string(graph, step.value));
    case RG__STEP_CELL:
        return write_braces(out, "cell ", rg_graph_string(graph, step.value));
    case RG__STEP_SLOT:
        return write_braces(out, "", rg_graph_string(graph, step.value));
    case RG__STEP_ITEM:
        return rg__write(out, "[*]");
    case RG__STEP_CLASS:
        return rg__write(out, "{type}");
    case RG__STEP_REFERENT:
        return rg__write(out, "()");
    case RG__STEP_KEY:
        return rg__write(out, "{key}");
    case RG__STEP_ELEMENT:
        return rg__write(out, "{element}");
    case RG__STEP_UNNAMED:
        break;
    }
    return rg__write(out, "{unnamed}");
}
