/* See spelling.h. */
#include "analysis/spelling.h"

#include <string.h>

enum { TUPLE_MAX = 16 /* elements of a key that is worth spelling */ };

static bool is_keyword(rg_string text)
{
    static const char *const keywords[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
    };
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (rg__strings_are_equal(text, keywords[i]))
            return true;
    return false;
}

bool rg__strings_are_equal(rg_string text, const char *other)
{
    return text.size == strlen(other) && (!text.size || !memcmp(text.data, other, text.size));
}

bool rg__is_identifier(rg_string text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return text.size && !is_keyword(text);
}

bool rg__is_dunder(rg_string text)
{
    return text.size > 4 && !memcmp(text.data, "__", 2) &&
           !memcmp(text.data + text.size - 2, "__", 2);
}

bool rg__is_spellable(rg_string text)
{
    size_t i = 0;
    while (i < text.size) {
        uint32_t c = 0;
        i += rg__character_decode(text.data + i, text.size - i, &c);
        if (c >= RG__INVALID_BYTE)
            return false;
    }
    return true;
}

static bool is_printable_ascii(rg_string text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return text.size != 0;
}

static void cut_back(rg_buffer *out, size_t size)
{
    out->size = size;
    if (out->data)
        out->data[size] = '\0';
}

static rg_status write_atom(rg_buffer *out, const rg_graph *g, uint32_t node, bool *is_literal)
{
    const rg_node n = rg_graph_node(g, node);
    const rg_string text = rg_graph_string(g, n.text);
    *is_literal = false;
    if (n.text == RG_NONE || n.flags & RG_NODE_TEXT_CUT)
        return RG_OK;
    if (n.flags & RG_NODE_TEXT_STR && rg__is_spellable(text)) {
        *is_literal = true;
        return rg__write_quoted(out, text, 0);
    }
    if (n.flags & RG_NODE_TEXT_LITERAL && is_printable_ascii(text)) {
        *is_literal = true;
        return rg_buffer_add(out, text.data, text.size);
    }
    return RG_OK;
}

typedef rg_status (*element_writer)(rg_buffer *out, const rg_graph *g, uint32_t node,
                                    bool *is_literal);

/* `(a, b)`, `(a,)`: only where the edges are the elements 0, 1, 2, … and nothing else. */
static rg_status write_tuple(rg_buffer *out, const rg_graph *g, uint32_t node,
                             element_writer write_element, bool *is_literal)
{
    const rg_type type = rg_graph_type(g, rg_graph_node(g, node).type);
    const uint64_t begin = rg_graph_edges_begin(g, node);
    const uint64_t count = rg_graph_edges_end(g, node) - begin;
    const size_t size = out->size;
    const bool is_builtin = !type.module.size || rg__strings_are_equal(type.module, "builtins");
    *is_literal =
        is_builtin && rg__strings_are_equal(type.name, "tuple") && count && count <= TUPLE_MAX;
    if (!*is_literal)
        return RG_OK;
    rg_status status = rg__write(out, "(");
    for (uint64_t i = 0; i < count && !status && *is_literal; i++) {
        const rg_edge edge = rg_graph_edge(g, node, begin + i);
        *is_literal = edge.name.kind == RG_NAME_INDEX && edge.name.value == i;
        if (*is_literal && i)
            status = rg__write(out, ", ");
        if (*is_literal && !status)
            status = write_element(out, g, edge.to, is_literal);
    }
    if (!status && *is_literal)
        status = rg__write(out, count == 1 ? ",)" : ")");
    if (!*is_literal)
        cut_back(out, size);
    return status;
}

static rg_status write_flat(rg_buffer *out, const rg_graph *g, uint32_t node, bool *is_literal)
{
    rg_status status = write_atom(out, g, node, is_literal);
    return status || *is_literal ? status : write_tuple(out, g, node, write_atom, is_literal);
}

rg_status rg__write_literal(rg_buffer *out, const rg_graph *graph, uint32_t node, bool *is_literal)
{
    rg_status status = write_atom(out, graph, node, is_literal);
    return status || *is_literal ? status : write_tuple(out, graph, node, write_flat, is_literal);
}

const char *rg__way_to_frame(const rg_graph *graph, uint32_t node)
{
    const rg_node n = rg_graph_node(graph, node);
    const rg_type type = rg_graph_type(graph, n.type);
    if (n.flags & (RG_NODE_RUNNING | RG_NODE_SYNTHETIC))
        return NULL;
    if (rg__strings_are_equal(type.name, "generator"))
        return ".gi_frame";
    if (rg__strings_are_equal(type.name, "coroutine"))
        return ".cr_frame";
    if (rg__strings_are_equal(type.name, "async_generator"))
        return ".ag_frame";
    return type.kind == RG_KIND_FRAME ? "" : NULL;
}
