/* See cycle_kinds.h. */
#include "analysis/cycle_kinds.h"

#include <string.h>

#include "analysis/spelling.h"

static const rg__type *type_of(const rg_graph *g, uint32_t node)
{
    return &g->tables.types[rg__node_type(&g->tables, node)];
}

static bool is_builtin(const rg_graph *g, uint32_t node, const char *name)
{
    const rg__type *type = type_of(g, node);
    return rg__strings_are_equal(rg_graph_string(g, type->name), name) &&
           rg__strings_are_equal(rg_graph_string(g, type->module), "builtins");
}

static bool is_frame(const rg_graph *g, uint32_t node)
{
    return type_of(g, node)->kind == RG_KIND_FRAME && is_builtin(g, node, "frame");
}

/* ---- what tells ---- */

uint32_t rg__telling_rank(const rg_graph *graph, uint32_t node)
{
    switch (type_of(graph, node)->kind) {
    case RG_KIND_INSTANCE:
        return 0;
    case RG_KIND_FUNCTION:
        return 2;
    case RG_KIND_FRAME:
        return is_frame(graph, node) ? 3 : 2; /* generators are values, frames are places */
    case RG_KIND_TYPE:
        return 3;
    case RG_KIND_CONTAINER:
        return 4;
    default:
        return 1;
    }
}

static int compare(rg_string a, rg_string b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool rg__tells_more(const rg_graph *graph, uint32_t a, uint32_t b)
{
    const uint32_t ranks[] = {rg__telling_rank(graph, a), rg__telling_rank(graph, b)};
    if (ranks[0] != ranks[1])
        return ranks[0] < ranks[1];
    const rg__type *x = type_of(graph, a);
    const rg__type *y = type_of(graph, b);
    const int order = compare(rg_graph_string(graph, x->name), rg_graph_string(graph, y->name));
    return order
               ? order < 0
               : compare(rg_graph_string(graph, x->module), rg_graph_string(graph, y->module)) < 0;
}

bool rg__is_exception(const rg_graph *graph, uint32_t node)
{
    for (uint64_t e = rg__edges_begin(graph, node); e < rg__edges_end(graph, node); e++) {
        const rg_name name = rg__label_name(&graph->tables, graph->labels[e]);
        if (name.kind == RG_NAME_ATTRIBUTE &&
            rg__strings_are_equal(rg_graph_string(graph, name.value), "__traceback__"))
            return true;
    }
    return false;
}

/* ---- names that lead back, or are called ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_equal(rg_string text, const char *word)
{
    const size_t size = strlen(word);
    if (text.size != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower(text.data[i]) != word[i])
            return false;
    return true;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The first word of a name such as `_parent_node` or `parentNode`, and the last one. */
static void find_words(rg_string name, rg_string *first, rg_string *last)
{
    size_t begin = 0;
    *first = *last = (rg_string){"", 0};
    for (size_t i = 0; i <= name.size; i++) {
        const bool is_end = i == name.size || name.data[i] == '_';
        const bool is_hump =
            !is_end && i > begin && is_upper(name.data[i]) && !is_upper(name.data[i - 1]);
        if (!is_end && !is_hump)
            continue;
        if (i > begin) {
            *last = (rg_string){name.data + begin, i - begin};
            if (!first->size)
                *first = *last;
        }
        begin = is_hump ? i : i + 1;
    }
}

static bool is_one_of(rg_string word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_equal(word, words[i]))
            return true;
    return false;
}

/* Whether a name begins or ends with one of the words. */
static bool has_word(rg_string name, const char *const *words, size_t count)
{
    rg_string first, last;
    find_words(name, &first, &last);
    return is_one_of(first, words, count) || is_one_of(last, words, count);
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool leads_back(rg_string name)
{
    static const char *const words[] = {
        "parent",    "owner",     "back",    "backref",  "ref",    "prev",     "previous",
        "outer",     "up",        "root",    "self",     "this",   "me",       "master",
        "container", "holder",    "manager", "host",     "origin", "app",      "delegate",
        "ctx",       "delegator", "context", "document", "graph",  "registry", "enclosing"};
    return has_word(name, words, COUNT_OF(words));
}

static bool is_called(rg_string name)
{
    static const char *const words[] = {"callback", "cb",     "handler", "listener", "observer",
                                        "hook",     "target", "action",  "errback"};
    rg_string first, last;
    find_words(name, &first, &last);
    return has_word(name, words, COUNT_OF(words)) ||
           (is_equal(first, "on") && last.data != first.data);
}

/* ---- how a reference can be cut ---- */

static rg__cut_kind kind_of_local(const rg_graph *g, const rg_edge *edge)
{
    if (!is_frame(g, edge->from))
        return RG__CUT_GENERATOR;
    if (rg__node_flags(&g->tables, edge->from) & RG_NODE_RUNNING)
        return RG__CUT_NEVER;
    return rg__is_exception(g, edge->to) ? RG__CUT_EXCEPTION : RG__CUT_LOCAL;
}

static rg__cut_kind kind_of_instance(const rg_graph *g, rg_string name, uint32_t to)
{
    if (rg__node_is_container(g, to))
        return RG__CUT_CONTAINER;
    if (leads_back(name))
        return RG__CUT_BACK;
    return is_called(name) || rg__node_is_method(g, to) ? RG__CUT_CALLBACK : RG__CUT_ATTRIBUTE;
}

static rg__cut_kind kind_of_attribute(const rg_graph *g, uint32_t from, rg_string name, uint32_t to)
{
    static const struct {
        const char *name;
        rg__cut_kind kind;
    } known[] = {
        {"__dict__", RG__CUT_NEVER},      {"__traceback__", RG__CUT_TRACEBACK},
        {"__context__", RG__CUT_CONTEXT}, {"__cause__", RG__CUT_CONTEXT},
        {"cell_contents", RG__CUT_CELL},  {"__self__", RG__CUT_FIXED},
        {"__closure__", RG__CUT_FIXED},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (rg__strings_are_equal(name, known[i].name))
            return known[i].kind;
    switch (type_of(g, from)->kind) {
    case RG_KIND_INSTANCE:
        return kind_of_instance(g, name, to);
    case RG_KIND_FUNCTION:
    case RG_KIND_FRAME:
        return RG__CUT_FIXED;
    case RG_KIND_TYPE:
        return type_of(g, to)->kind == RG_KIND_FUNCTION ||
                       type_of(g, to)->flags & RG_TYPE_DESCRIPTOR
                   ? RG__CUT_NEVER
                   : RG__CUT_VARIABLE;
    default:
        return rg__is_exception(g, from) ? kind_of_instance(g, name, to) : RG__CUT_OTHER;
    }
}

static rg_string key_text(const rg_graph *g, uint32_t key)
{
    const rg_node n = rg__node_at(&g->tables, key);
    return n.flags & RG_NODE_TEXT_STR ? rg_graph_string(g, n.text) : (rg_string){"", 0};
}

/* Also where a graph built by hand does not say so. */
static bool has_fixed_items(const rg_graph *g, uint32_t node, const char *builtin)
{
    return type_of(g, node)->flags & RG_TYPE_FIXED_ITEMS || is_builtin(g, node, builtin);
}

rg__cut_kind rg__cut_kind_of(const rg_graph *graph, const rg_edge *edge, uint32_t owner)
{
    const rg_kind to = type_of(graph, edge->to)->kind;
    if (edge->strength > RG_STRENGTH_FRAME)
        return RG__CUT_NEVER;
    if (edge->name.kind == RG_NAME_LOCAL) /* a variable may hold anything, its own frame too */
        return kind_of_local(graph, edge);
    if (to == RG_KIND_TYPE || to == RG_KIND_MODULE || is_frame(graph, edge->to))
        return RG__CUT_NEVER;
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
        return kind_of_attribute(graph, edge->from, rg_graph_string(graph, edge->name.value),
                                 edge->to);
    case RG_NAME_KEY:
        if (owner == RG_NONE)
            return RG__CUT_KEY;
        if (type_of(graph, owner)->kind == RG_KIND_FUNCTION) /* its `__dict__`, no field of it */
            return kind_of_instance(graph, key_text(graph, edge->name.value), edge->to);
        return kind_of_attribute(graph, owner, key_text(graph, edge->name.value), edge->to);
    case RG_NAME_INDEX:
        return has_fixed_items(graph, edge->from, "tuple") ? RG__CUT_FIXED : RG__CUT_ITEM;
    case RG_NAME_ELEMENT:
        return has_fixed_items(graph, edge->from, "frozenset") ? RG__CUT_FIXED : RG__CUT_ELEMENT;
    default:
        return RG__CUT_FIXED;
    }
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash_text(uint64_t hash, rg_string text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001B3);
    return (hash ^ 0xFF) * UINT64_C(0x100000001B3);
}

bool rg__cut_is_standard(const rg_graph *graph, uint32_t node)
{
    static const char *const packages[] = {"asyncio",  "concurrent", "contextlib", "functools",
                                           "logging",  "threading",  "weakref",    "collections",
                                           "builtins", "typing",     "enum",       "importlib"};
    const rg_string module = rg_graph_string(graph, type_of(graph, node)->module);
    for (size_t i = 0; i < COUNT_OF(packages); i++) {
        const size_t size = strlen(packages[i]);
        if (module.size >= size && !memcmp(module.data, packages[i], size) &&
            (module.size == size || module.data[size] == '.'))
            return true;
    }
    return false;
}

uint64_t rg__cut_tie(const rg_graph *graph, const rg_edge *edge, uint32_t owner)
{
    const uint32_t holder = owner != RG_NONE ? owner : edge->from;
    const rg__type *type = type_of(graph, holder);
    rg_string name = {"", 0};
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
        name = rg_graph_string(graph, edge->name.value);
        break;
    case RG_NAME_KEY:
        name = key_text(graph, edge->name.value);
        break;
    default:
        break;
    }
    uint64_t hash = hash_text(UINT64_C(0xCBF29CE484222325), rg_graph_string(graph, type->name));
    hash = hash_text(hash, name) >> 2;
    if (!name.size || name.data[0] != '_')
        hash |= UINT64_C(1) << 62;
    return rg__cut_is_standard(graph, holder) ? hash | UINT64_C(1) << 63 : hash;
}

bool rg__node_is_container(const rg_graph *graph, uint32_t node)
{
    return type_of(graph, node)->kind == RG_KIND_CONTAINER;
}

bool rg__node_is_generator(const rg_graph *graph, uint32_t node)
{
    return type_of(graph, node)->kind == RG_KIND_FRAME && !is_frame(graph, node);
}

bool rg__node_is_method(const rg_graph *graph, uint32_t node)
{
    return is_builtin(graph, node, "method");
}
