/* A graph's types, texts and edge names as a person reads them: valid UTF-8 whatever the heap held. */
#include "graph/graph_private.h"

#include "base/text.h"

#include <string.h>

enum {
    TYPE_LIMIT = 200, /* characters of a module or of a type's name */
    FILE_LIMIT = 60   /* of a file's name and its folder's */
};

const char *rg_kind_text(rg_kind kind)
{
    static const char *const texts[RG_KIND_COUNT] = {
        [RG_KIND_OTHER] = "other",       [RG_KIND_MODULE] = "module",
        [RG_KIND_FRAME] = "frame",       [RG_KIND_FUNCTION] = "function",
        [RG_KIND_INSTANCE] = "instance", [RG_KIND_CONTAINER] = "container",
        [RG_KIND_TYPE] = "type",
    };
    return (unsigned)kind < RG_KIND_COUNT ? texts[kind] : "other";
}

const char *rg_root_kind_text(rg_root_kind kind)
{
    static const char *const texts[RG_ROOT_KIND_COUNT] = {
        [RG_ROOT_MODULE] = "module",
        [RG_ROOT_FRAME] = "frame",
        [RG_ROOT_INTERPRETER] = "interpreter",
        [RG_ROOT_OTHER] = "other",
        [RG_ROOT_THREAD] = "thread",
        [RG_ROOT_TYPE] = "type",
        [RG_ROOT_STACK] = "stack",
        [RG_ROOT_PROBABLE] = "probable",
        [RG_ROOT_NATIVE] = "native",
    };
    return (unsigned)kind < RG_ROOT_KIND_COUNT ? texts[kind] : "other";
}

rg_status rg_graph_write_type(const rg_graph *self, uint32_t node, rg_buffer *out)
{
    const rg_type type = rg_graph_type(self, rg__node_type(&self->tables, node));
    const rg_string builtins = rg_string_of("builtins");
    const bool is_builtin = type.module.size == builtins.size &&
                            !memcmp(type.module.data, builtins.data, builtins.size);
    rg_status status = RG_OK;
    if (type.module.size && !is_builtin) {
        status = rg__write_plain(out, type.module, TYPE_LIMIT);
        if (!status)
            status = rg_buffer_add(out, ".", 1);
    }
    return status ? status : rg__write_plain(out, type.name, TYPE_LIMIT);
}

rg_status rg_graph_write_text(const rg_graph *self, uint32_t node, size_t limit, rg_buffer *out)
{
    const rg_node n = rg__node_at(&self->tables, node);
    if (n.text == RG_NONE)
        return RG_OK;
    rg_string text = rg__strings_at(&self->tables.strings, n.text);
    const bool is_cut = n.flags & RG_NODE_TEXT_CUT;
    rg_status status = n.flags & RG_NODE_TEXT_STR ? rg__write_quoted(out, text, limit)
                                                  : rg__write_plain(out, text, limit);
    if (!status && is_cut) {
        const size_t mark = strlen("…");
        const size_t tail = n.flags & RG_NODE_TEXT_STR ? mark + 1 : mark;
        const bool has_mark = out->size >= tail && !memcmp(out->data + out->size - tail, "…", mark);
        if (!has_mark)
            status = rg_buffer_add(out, "…", mark);
    }
    return status;
}

static rg_status write_string(const rg_graph *g, rg_buffer *out, const char *before, uint32_t id,
                              size_t limit)
{
    rg_status status = rg_buffer_add(out, before, strlen(before));
    return status ? status : rg__write_plain(out, rg_graph_string(g, id), limit);
}

/* [key] from the key's text where that is its value, else from its type */
static rg_status write_key(const rg_graph *g, rg_buffer *out, uint32_t key, size_t limit)
{
    rg_status status = rg_buffer_add(out, "[", 1);
    const unsigned value_flags = RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL;
    if (!status && rg__node_flags(&g->tables, key) & value_flags)
        status = rg_graph_write_text(g, key, limit, out);
    else if (!status)
        status = rg_graph_write_type(g, key, out);
    return status ? status : rg_buffer_add(out, "]", 1);
}

rg_status rg_graph_write_name(const rg_graph *self, const rg_edge *edge, size_t limit,
                              rg_buffer *out)
{
    const rg_name name = edge->name;
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
        return write_string(self, out, ".", name.value, limit);
    case RG_NAME_INDEX:
        return rg_buffer_add_format(out, "[%lu]", (unsigned long)name.value);
    case RG_NAME_KEY:
        if (edge->folded && rg__node_flags(&self->tables, name.value) & RG_NODE_TEXT_STR)
            return write_string(self, out, ".", rg__node_text(&self->tables, name.value), limit);
        return write_key(self, out, name.value, limit);
    case RG_NAME_KEY_OF:
        return rg_buffer_add(out, "key", strlen("key"));
    case RG_NAME_ELEMENT:
        return rg_buffer_add(out, "element", strlen("element"));
    case RG_NAME_LOCAL:
        return write_string(self, out, "local ", name.value, limit);
    case RG_NAME_CELL:
        return write_string(self, out, "cell ", name.value, limit);
    case RG_NAME_SLOT:
        return write_string(self, out, "", name.value, limit);
    case RG_NAME_CLASS:
        return rg_buffer_add(out, "type", strlen("type"));
    case RG_NAME_REFERENT:
        return rg_buffer_add(out, "weak", strlen("weak"));
    case RG_NAME_NONE:
        return RG_OK;
    }
    return RG_OK;
}

/* ---- roots ---- */

/* What a root of kind TYPE is: a type's name, a value as it is spelled, else type and text. */
static rg_status write_immortal(const rg_graph *g, uint32_t node, size_t limit, rg_buffer *out)
{
    const rg_node n = rg__node_at(&g->tables, node);
    const bool is_type = rg_graph_type(g, n.type).kind == RG_KIND_TYPE;
    const bool is_value = n.flags & (RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL);
    rg_status status = rg__write(out, " ");
    if (n.text == RG_NONE || !(is_type || is_value)) {
        if (!status)
            status = rg_graph_write_type(g, node, out);
        if (!status && n.text != RG_NONE)
            status = rg__write(out, " ");
    }
    return status ? status : rg_graph_write_text(g, node, limit, out);
}

static rg_status write_native(rg_buffer *out, uint32_t references)
{
    rg_status status = RG_OK;
    if (references)
        status = rg__write_count(out, references);
    if (!status)
        status = rg__write(out, references == 0   ? "references"
                                : references == 1 ? " reference"
                                                  : " references");
    return status ? status
                  : rg__write(out, " from outside the Python heap (C code, or a leaked count)");
}

rg_status rg_graph_write_root(const rg_graph *self, uint32_t root, size_t limit, rg_buffer *out)
{
    const rg_root r = rg_graph_root(self, root);
    rg_status status = RG_OK;
    if (r.kind == RG_ROOT_NATIVE)
        status = write_native(out, r.references);
    else if (r.kind == RG_ROOT_MODULE || r.kind == RG_ROOT_PROBABLE)
        status = rg__write(out, r.kind == RG_ROOT_MODULE ? "module " : "probably ");
    if (!status && r.kind != RG_ROOT_NATIVE)
        status = rg__write_plain(out, r.name, limit);
    if (!status && r.kind == RG_ROOT_TYPE)
        status = write_immortal(self, r.node, limit, out);
    return status;
}

/* ---- places of allocation ---- */

rg_status rg_graph_write_site(const rg_graph *self, uint32_t node, rg_buffer *out)
{
    size_t count = 0;
    const rg_location *place = rg_graph_site(self, node, &count);
    if (!count)
        return RG_OK;
    rg_status status =
        rg__write_plain(out, rg__path_tail(rg_graph_string(self, place->file)), FILE_LIMIT);
    if (status || !place->line)
        return status;
    return rg_buffer_add_format(out, ":%lu", (unsigned long)place->line);
}
