/* A chain as one line of Python.
 *
 * Each step appends to what is there (`.x`, `[3]`, `['k']`), so the text is written from left to right.
 * Two forms enclose all that came before, `type(…)` and `getattr(…, 'a b')`: their ends are appended in
 * place, and what they begin with is kept aside and put in front once, the last one first. So the
 * time is linear, whatever the chain holds.
 *
 * A step may be trusted as far as the flags of the type it starts from say so: see RG_TYPE_…; one that
 * no expression takes goes into braces, and the rest still follows. */
#include <refgraph/analysis.h>

#include "analysis/spelling.h"

enum {
    STEPS_WHOLE = 200, /* a longer chain is cut in the middle */
    STEPS_KEPT = 100,  /* at each end of it */
    WRAPS_MAX = 50,    /* Python's parser takes some 200 parentheses in each other */
    NAME_LIMIT = 200   /* characters of a name in braces, or of a root */
};

typedef struct writer {
    const rg_graph *graph;
    const rg_chain *chain;
    rg_buffer body;
    rg_buffer wraps; /* one byte for each enclosing form: WRAP_… */
    bool is_evaluable;
    bool is_at_root; /* nothing but the root is written */
} writer;

enum { WRAP_TYPE = 't', WRAP_GETATTR = 'g' };

static rg_type type_of(const rg_graph *g, uint32_t node)
{
    return rg_graph_type(g, rg_graph_node(g, node).type);
}

static bool has_name(const rg_graph *g, const rg_edge *edge, rg_name_kind kind, const char *text)
{
    return edge->name.kind == kind &&
           rg__strings_are_equal(rg_graph_string(g, edge->name.value), text);
}

/* The edge after number i, or NULL. */
static const rg_edge *edge_after(const writer *w, size_t i)
{
    return i + 1 < w->chain->edge_count ? &w->chain->edges[i + 1] : NULL;
}

/* ---- pieces ---- */

/* `{before text}`: no expression from here on. */
static rg_status write_braces(writer *w, const char *before, rg_string text)
{
    w->is_evaluable = false;
    rg_status status = rg__write(&w->body, "{");
    if (!status)
        status = rg__write(&w->body, before);
    if (!status)
        status = rg__write_plain(&w->body, text, NAME_LIMIT);
    return status ? status : rg__write(&w->body, "}");
}

static rg_status wrap(writer *w, char form)
{
    if (w->wraps.size >= WRAPS_MAX)
        w->is_evaluable = false;
    return rg_buffer_add(&w->wraps, &form, 1);
}

static rg_status write_attribute(writer *w, uint32_t from, rg_string name)
{
    if (!(type_of(w->graph, from).flags & RG_TYPE_PLAIN_ATTRIBUTES))
        return write_braces(w, ".", name);
    if (rg__is_identifier(name)) {
        rg_status status = rg__write(&w->body, ".");
        return status ? status : rg_buffer_add(&w->body, name.data, name.size);
    }
    if (!w->is_evaluable || !rg__is_spellable(name))
        return write_braces(w, ".", name);
    rg_status status = wrap(w, WRAP_GETATTR);
    if (!status)
        status = rg__write(&w->body, ", ");
    if (!status)
        status = rg__write_quoted(&w->body, name, 0);
    return status ? status : rg__write(&w->body, ")");
}

/* `['k']`, or the type of a key that has no literal. */
static rg_status write_key(writer *w, uint32_t key)
{
    bool is_literal = false;
    const size_t size = w->body.size;
    rg_status status = rg__write(&w->body, "[");
    if (!status)
        status = rg__write_literal(&w->body, w->graph, key, &is_literal);
    if (status || is_literal)
        return status ? status : rg__write(&w->body, "]");
    w->body.size = size;
    w->is_evaluable = false;
    status = rg__write(&w->body, "{key ");
    if (!status)
        status = rg_graph_write_type(w->graph, key, &w->body);
    return status ? status : rg__write(&w->body, "}");
}

/* ---- steps; each says by *used how many edges it has taken ---- */

static bool has_plain_items(const rg_graph *g, uint32_t node)
{
    return type_of(g, node).flags & RG_TYPE_PLAIN_ITEMS;
}

static rg_status write_key_step(writer *w, const rg_edge *edge)
{
    if (has_plain_items(w->graph, edge->from))
        return write_key(w, edge->name.value);
    w->is_evaluable = false;
    rg_status status = rg__write(&w->body, "{");
    if (!status)
        status = rg_graph_write_name(w->graph, edge, NAME_LIMIT, &w->body);
    return status ? status : rg__write(&w->body, "}");
}

static rg_status write_index_step(writer *w, const rg_edge *edge)
{
    const bool is_plain = has_plain_items(w->graph, edge->from);
    w->is_evaluable = w->is_evaluable && is_plain;
    return rg_buffer_add_format(&w->body, is_plain ? "[%lu]" : "{[%lu]}",
                                (unsigned long)edge->name.value);
}

/* Whether owner.name reads owner.__dict__[name], which is `value`. */
static bool reads_own_dict(const rg_graph *g, uint32_t owner, rg_string name, uint32_t value)
{
    const rg_type value_type = type_of(g, value);
    const bool is_function = rg__strings_are_equal(value_type.name, "function") &&
                             rg__strings_are_equal(value_type.module, "builtins");
    if (!rg__is_identifier(name) || rg__is_dunder(name) ||
        rg_graph_type_shadows(g, rg_graph_node(g, owner).type, name))
        return false;
    /* a class binds what it holds; a function comes out as it is */
    return type_of(g, owner).kind != RG_KIND_TYPE || !(value_type.flags & RG_TYPE_DESCRIPTOR) ||
           is_function;
}

/* `.__dict__`, or braces where the class answers x.__dict__ with something else. */
static rg_status write_dict(writer *w, uint32_t owner)
{
    const rg_string name = rg_string_of("__dict__");
    if (rg_graph_type_shadows(w->graph, rg_graph_node(w->graph, owner).type, name))
        return write_braces(w, ".", name);
    return write_attribute(w, owner, name);
}

/* owner → `__dict__` → value: `.x` where that reads the dict, `.__dict__['x']` elsewhere. */
static rg_status write_dict_item(writer *w, const rg_edge *to_dict, const rg_edge *item)
{
    const rg_node key = rg_graph_node(w->graph, item->name.value);
    const bool is_name =
        key.flags & RG_NODE_TEXT_STR && !(key.flags & RG_NODE_TEXT_CUT) && key.text != RG_NONE;
    const rg_string name = rg_graph_string(w->graph, key.text);
    const bool is_plain = type_of(w->graph, to_dict->from).flags & RG_TYPE_PLAIN_ATTRIBUTES;
    if (is_name && (!is_plain || reads_own_dict(w->graph, to_dict->from, name, item->to)))
        return write_attribute(w, to_dict->from, name);
    rg_status status = write_dict(w, to_dict->from);
    return status ? status : write_key_step(w, item);
}

/* An attribute of the instance itself that the class hides behind a data descriptor. */
static rg_status write_hidden_step(writer *w, const rg_edge *edge)
{
    const rg_string name = rg_graph_string(w->graph, edge->name.value);
    if (!rg__is_spellable(name))
        return write_braces(w, ".", name);
    rg_status status = write_dict(w, edge->from);
    if (!status)
        status = rg__write(&w->body, "[");
    if (!status)
        status = rg__write_quoted(&w->body, name, 0);
    return status ? status : rg__write(&w->body, "]");
}

static rg_status write_attribute_step(writer *w, size_t i, size_t *used)
{
    const rg_edge *edge = &w->chain->edges[i];
    const rg_edge *next = edge_after(w, i);
    const rg_string name = rg_graph_string(w->graph, edge->name.value);
    if (!rg__strings_are_equal(name, "__dict__"))
        return write_attribute(w, edge->from, name);
    if (next && next->name.kind == RG_NAME_KEY) {
        *used = 2;
        return write_dict_item(w, edge, next);
    }
    /* a class gives a view of its dict, not the dict */
    if (type_of(w->graph, edge->from).kind == RG_KIND_TYPE)
        return write_braces(w, ".", name);
    return write_dict(w, edge->from);
}

/* A local variable, or a captured one together with the inside of its cell. */
static rg_status write_local_step(writer *w, size_t i, size_t *used)
{
    const rg_edge *edge = &w->chain->edges[i];
    const rg_edge *next = edge_after(w, i);
    const rg_string name = rg_graph_string(w->graph, edge->name.value);
    const char *way = rg__way_to_frame(w->graph, edge->from);
    const bool is_at_frame =
        w->is_at_root && rg_graph_root(w->graph, w->chain->root).kind == RG_ROOT_FRAME;
    if (edge->name.kind == RG_NAME_CELL) {
        if (!next || !has_name(w->graph, next, RG_NAME_ATTRIBUTE, "cell_contents") ||
            (!way && !is_at_frame))
            return write_braces(w, "cell ", name);
        *used = 2;
    }
    if (!is_at_frame && (!way || !rg__is_spellable(name)))
        return write_braces(w, "local ", name);
    rg_status status = RG_OK;
    if (!is_at_frame)
        status = rg__write(&w->body, way);
    if (!status)
        status = rg__write(&w->body, is_at_frame ? " · local " : ".f_locals[");
    if (!status)
        status = rg__write_quoted(&w->body, name, is_at_frame ? NAME_LIMIT : 0);
    return status || is_at_frame ? status : rg__write(&w->body, "]");
}

static rg_status write_class_step(writer *w)
{
    if (!w->is_evaluable)
        return write_braces(w, "type", rg_string_of(""));
    rg_status status = wrap(w, WRAP_TYPE);
    return status ? status : rg__write(&w->body, ")");
}

static rg_status write_step(writer *w, size_t i, size_t *used)
{
    const rg_edge *edge = &w->chain->edges[i];
    *used = 1;
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
        return write_attribute_step(w, i, used);
    case RG_NAME_HIDDEN:
        return write_hidden_step(w, edge);
    case RG_NAME_INDEX:
        return write_index_step(w, edge);
    case RG_NAME_KEY:
        return write_key_step(w, edge);
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
        return write_local_step(w, i, used);
    case RG_NAME_CLASS:
        return write_class_step(w);
    case RG_NAME_REFERENT:
        return rg__write(&w->body, "()");
    case RG_NAME_SLOT:
        return write_braces(w, "", rg_graph_string(w->graph, edge->name.value));
    case RG_NAME_KEY_OF:
        return write_braces(w, "key", rg_string_of(""));
    case RG_NAME_ELEMENT:
        return write_braces(w, "element", rg_string_of(""));
    case RG_NAME_NONE:
        break;
    }
    return write_braces(w, "unnamed", rg_string_of(""));
}

/* ---- the line ---- */

/* `sys.a.b` and nothing else. */
static bool is_sys_path(rg_string name)
{
    size_t begin = 0;
    if (name.size < 5 || !rg__strings_are_equal((rg_string){name.data, 4}, "sys."))
        return false;
    for (size_t i = 0; i <= name.size; i++) {
        if (i < name.size && name.data[i] != '.')
            continue;
        if (!rg__is_identifier((rg_string){name.data + begin, i - begin}))
            return false;
        begin = i + 1;
    }
    return true;
}

/* Where a chain goes on from an object that nothing names: what it is. */
static rg_status write_held(writer *w, uint32_t node)
{
    if (!w->chain->edge_count)
        return RG_OK;
    rg_status status = rg__write(&w->body, " · {");
    if (!status)
        status = rg_graph_write_type(w->graph, node, &w->body);
    return status ? status : rg__write(&w->body, "}");
}

static rg_status write_root(writer *w)
{
    const rg_root root = rg_graph_root(w->graph, w->chain->root);
    w->is_at_root = true;
    if (root.kind == RG_ROOT_MODULE) {
        w->is_evaluable = rg__is_spellable(root.name);
        rg_status status = rg__write(&w->body, "sys.modules[");
        if (!status)
            status = rg__write_quoted(&w->body, root.name, 0);
        return status ? status : rg__write(&w->body, "]");
    }
    w->is_evaluable = root.kind == RG_ROOT_INTERPRETER && is_sys_path(root.name);
    rg_status status = rg_graph_write_root(w->graph, w->chain->root, NAME_LIMIT, &w->body);
    const bool is_placeless = root.kind == RG_ROOT_NATIVE || root.kind == RG_ROOT_PROBABLE;
    return status || !is_placeless ? status : write_held(w, root.node);
}

static rg_status write_gap(writer *w, size_t steps)
{
    w->is_evaluable = false;
    rg_status status = rg__write(&w->body, "{… ");
    if (!status)
        status = rg__write_count(&w->body, steps);
    return status ? status : rg__write(&w->body, " more steps …}");
}

static rg_status write_body(writer *w)
{
    const size_t count = w->chain->edge_count;
    rg_status status = write_root(w);
    size_t i = 0;
    while (i < count && !status) {
        size_t used = 0;
        if (count > STEPS_WHOLE && i >= STEPS_KEPT && i < count - STEPS_KEPT) {
            status = write_gap(w, count - STEPS_KEPT - i);
            used = count - STEPS_KEPT - i;
        } else {
            status = write_step(w, i, &used);
        }
        w->is_at_root = false;
        i += used;
    }
    return status;
}

rg_status rg_chain_write_expression(const rg_chain *self, const rg_graph *graph, rg_buffer *out,
                                    bool *evaluable)
{
    writer w = {
        .graph = graph,
        .chain = self,
        .body.allocator = out->allocator,
        .wraps.allocator = out->allocator,
    };
    rg_buffer line = {.allocator = out->allocator};
    rg_status status = write_body(&w);
    for (size_t i = w.wraps.size; i-- > 0 && !status;)
        status = rg__write(&line, w.wraps.data[i] == WRAP_TYPE ? "type(" : "getattr(");
    if (!status)
        status = rg_buffer_add(&line, w.body.data, w.body.size);
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    if (!status)
        *evaluable = w.is_evaluable;
    rg_buffer_dispose(&line);
    rg_buffer_dispose(&w.wraps);
    rg_buffer_dispose(&w.body);
    return status;
}
