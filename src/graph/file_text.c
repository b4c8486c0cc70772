/* See file_text.h. What a program is written in stays: names of types, modules, functions, attributes, variables and
 * files. What it works on goes: contents of objects, messages of exceptions, keys that are no attributes. A node's
 * text is the program's where its type says so (a module, a class, a function, code, a frame, a traceback, a cell,
 * "3 items"), where it is a key of an owner's `__dict__` that reads as an attribute, and where it is the `__module__`,
 * `__name__` or `__qualname__` of a function or class.
 *
 * A string of the graph may be both, an attribute's name and the content of a str: then it is in the file, as the
 * name that it is, and the str has no text. */
#include "graph/file_text.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_FLAGS = RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL | RG_NODE_TEXT_CUT };

/* What the text of a type's instances is. */
typedef enum meaning { CONTENT = 0, PROGRAM, ITEMS, VARIABLE } meaning;

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i >> 6] |= UINT64_C(1) << (i & 63);
}

static bool has_bit(const uint64_t *bits, size_t i)
{
    return bits[i >> 6] >> (i & 63) & 1;
}

static size_t words(size_t bits)
{
    return bits / 64 + 1;
}

static bool is(rg_string text, const char *word)
{
    return text.size == strlen(word) && !memcmp(text.data, word, text.size);
}

static bool is_among(rg_string text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is(text, list[i]))
            return true;
    return false;
}

static rg_string string_of(const rg__text_choice *c, uint32_t id)
{
    return rg__strings_at(&c->graph->tables.strings, id);
}

/* ---- texts by themselves ---- */

/* As a name is written: letters, digits, underscores, and whatever is not ASCII. */
static bool is_name(rg_string text)
{
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char b = (unsigned char)text.data[i];
        const bool is_letter =
            (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' || b >= 0x80;
        if (!is_letter && !(i && b >= '0' && b <= '9'))
            return false;
    }
    return text.size != 0;
}

/* "3 items" */
static bool is_count(rg_string text)
{
    size_t digits = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    const rg_string rest = {text.data + digits, text.size - digits};
    return digits && (is(rest, " items") || is(rest, " item"));
}

static bool is_constant(rg_string text)
{
    static const char *const constants[] = {"None", "True", "False", "Ellipsis"};
    return is_among(text, constants, sizeof constants / sizeof *constants);
}

/* Names of the language itself, which analyses and readers know. */
static bool is_language(rg_string text)
{
    static const char *const names[] = {
        "",
        "builtins",
        "static type",
        "immortal object",
        "__annotations__",
        "__bases__",
        "__builtins__",
        "__callback__",
        "__cause__",
        "__class__",
        "__closure__",
        "__code__",
        "__context__",
        "__defaults__",
        "__dict__",
        "__doc__",
        "__func__",
        "__globals__",
        "__kwdefaults__",
        "__main__",
        "__module__",
        "__mro__",
        "__name__",
        "__qualname__",
        "__self__",
        "__traceback__",
        "__weakref__",
        "__wrapped__",
        "ag_frame",
        "cell_contents",
        "cr_frame",
        "f_back",
        "f_builtins",
        "f_globals",
        "f_locals",
        "gi_frame",
        "tb_frame",
        "tb_next",
    };
    return is_among(text, names, sizeof names / sizeof *names);
}

/* ---- strings ---- */

/* Made at run time are only classes of programs; C code lends builtins no names. */
static bool is_builtin(const rg__text_choice *c, const rg__type *type)
{
    return !(type->flags & RG_TYPE_HEAP) && is(string_of(c, type->module), "builtins");
}

static void keep_tables(rg__text_choice *c, uint64_t *kept)
{
    const rg__tables *t = &c->graph->tables;
    for (size_t i = 0; i < t->type_count; i++) {
        set_bit(kept, t->types[i].module);
        set_bit(kept, t->types[i].name);
        if (is_builtin(c, &t->types[i]))
            set_bit(c->spelled, t->types[i].name);
    }
    for (size_t i = 0; i < t->shadow_count; i++)
        set_bit(kept, t->shadows[i]);
    for (size_t i = 0; i < t->location_count; i++)
        set_bit(kept, t->locations[i].file);
}

static bool is_string_name(rg_name_kind kind)
{
    return kind == RG_NAME_ATTRIBUTE || kind == RG_NAME_LOCAL || kind == RG_NAME_CELL ||
           kind == RG_NAME_SLOT || kind == RG_NAME_HIDDEN;
}

/* ---- nodes ---- */

static meaning meaning_of(const rg__text_choice *c, const rg__type *type)
{
    const bool is_static = is_builtin(c, type);
    switch (type->kind) {
    case RG_KIND_MODULE:
    case RG_KIND_FRAME:
    case RG_KIND_FUNCTION:
    case RG_KIND_TYPE:
        return PROGRAM;
    case RG_KIND_CONTAINER:
        return is_static && is(string_of(c, type->name), "cell") ? VARIABLE : ITEMS;
    default:
        return is_static && is(string_of(c, type->name), "traceback") ? PROGRAM : CONTENT;
    }
}

static bool stays(const rg__text_choice *c, meaning m, const rg__stored_node *node)
{
    const rg_string text = string_of(c, node->text);
    const unsigned flags = rg__place_flags(node->place);
    if (flags & RG_NODE_TEXT_LITERAL)
        return is_constant(text);
    if (flags & RG_NODE_TEXT_STR)
        return false;
    return m == PROGRAM || (m == ITEMS && is_count(text)) || (m == VARIABLE && is_name(text));
}

/* What the types of nodes say of their texts. */
static rg_status tell_by_type(rg__text_choice *c)
{
    const rg__tables *t = &c->graph->tables;
    unsigned char *meanings = rg__array_new(&c->allocator, t->type_count, 1);
    if (t->type_count && !meanings)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < t->type_count; i++)
        meanings[i] = (unsigned char)meaning_of(c, &t->types[i]);
    for (size_t i = 0; i < t->node_count; i++) {
        const rg__stored_node *node = &t->nodes[i];
        if (node->text != RG_NONE && stays(c, (meaning)meanings[node->type], node))
            set_bit(c->told, i);
    }
    rg__array_free(&c->allocator, meanings, t->type_count, 1);
    return RG_OK;
}

static void tell_name(rg__text_choice *c, uint32_t node, bool with_dots)
{
    const rg__stored_node *n = &c->graph->tables.nodes[node];
    const unsigned flags = rg__place_flags(n->place);
    const rg_string text = string_of(c, n->text);
    if (n->text != RG_NONE && flags & RG_NODE_TEXT_STR &&
        (with_dots || (!(flags & RG_NODE_TEXT_CUT) && is_name(text))))
        set_bit(c->told, node);
}

/* Keep the names of a node's edges, see which dicts are somebody's attributes, and what functions and classes are
 * called. */
static void keep_edges(rg__text_choice *c, uint64_t *kept, uint64_t *dicts, uint32_t node)
{
    static const char *const called[] = {"__module__", "__name__", "__qualname__"};
    const rg_graph *g = c->graph;
    const rg_kind kind = g->tables.types[rg__node_type(&g->tables, node)].kind;
    const bool has_name = kind == RG_KIND_FUNCTION || kind == RG_KIND_TYPE;
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
        const rg_name name = rg__label_name(&g->tables, g->labels[e]);
        if (!is_string_name(name.kind))
            continue;
        set_bit(kept, name.value);
        const rg_string text = string_of(c, name.value);
        if (name.kind != RG_NAME_ATTRIBUTE || text.size < 2 || text.data[0] != '_')
            continue;
        if (is(text, "__dict__"))
            set_bit(dicts, g->targets[e]);
        else if (has_name && c->level == RG_TEXT_TYPES &&
                 is_among(text, called, sizeof called / sizeof *called))
            tell_name(c, g->targets[e], true);
    }
}

static void tell_keys(rg__text_choice *c, uint32_t dict)
{
    const rg_graph *g = c->graph;
    for (uint64_t e = rg__edges_begin(g, dict); e < rg__edges_end(g, dict); e++) {
        const rg_name name = rg__label_name(&g->tables, g->labels[e]);
        if (name.kind == RG_NAME_KEY)
            tell_name(c, name.value, false);
    }
}

static rg_status choose_edges(rg__text_choice *c, uint64_t *kept)
{
    const rg__tables *t = &c->graph->tables;
    uint64_t *dicts = rg__array_new(&c->allocator, words(t->node_count), sizeof *dicts);
    if (!dicts)
        return RG_ERR_NOMEM;
    for (uint32_t i = 0; i < t->node_count; i++)
        keep_edges(c, kept, dicts, i);
    for (uint32_t i = 0; i < t->node_count; i++)
        if (has_bit(dicts, i))
            tell_keys(c, i);
    for (uint32_t i = 0; i < t->node_count; i++)
        if (has_bit(c->told, i))
            set_bit(kept, t->nodes[i].text);
    rg__array_free(&c->allocator, dicts, words(t->node_count), sizeof *dicts);
    return RG_OK;
}

/* ---- all of it ---- */

static void number(rg__text_choice *c, const uint64_t *kept)
{
    const uint32_t strings = c->graph->tables.strings.count;
    for (uint32_t id = 0; id < strings; id++) {
        c->ids[id] = has_bit(kept, id) ? c->kept++ : RG_NONE;
        if (is_language(string_of(c, id)))
            set_bit(c->spelled, id);
    }
    for (size_t i = 0; i < c->graph->tables.root_count; i++) /* those of the graph, by their bits */
        c->names[i] = c->names[i] & UINT32_C(1) << 31 ? c->kept + (c->names[i] & INT32_MAX)
                                                      : c->ids[c->graph->tables.roots[i].name];
}

rg_status rg__text_choose(rg__text_choice *out, const rg_graph *graph, rg_text_level level,
                          const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    const size_t strings = t->strings.count;
    rg__text_choice c = {.graph = graph, .allocator = *allocator, .level = level};
    c.extra.allocator = c.threads.allocator = *allocator;
    uint64_t *kept = rg__array_new(allocator, words(strings), sizeof *kept);
    c.ids = rg__array_new_raw(allocator, strings + 1, sizeof *c.ids);
    c.spelled = rg__array_new(allocator, words(strings), sizeof *c.spelled);
    c.told = rg__array_new(allocator, words(t->node_count), sizeof *c.told);
    c.names = rg__array_new(allocator, t->root_count + 1, sizeof *c.names);
    rg_status status = kept && c.ids && c.spelled && c.told && c.names ? RG_OK : RG_ERR_NOMEM;
    if (!status)
        keep_tables(&c, kept);
    if (!status && level == RG_TEXT_TYPES)
        status = tell_by_type(&c);
    if (!status)
        status = choose_edges(&c, kept);
    if (!status)
        status = rg__text_choose_roots(&c, kept);
    if (!status)
        number(&c, kept);
    rg__array_free(allocator, kept, words(strings), sizeof *kept);
    if (status)
        rg__text_choice_dispose(&c);
    else
        *out = c;
    return status;
}

void rg__text_choice_dispose(rg__text_choice *self)
{
    const rg_allocator *a = &self->allocator;
    if (!self->graph)
        return;
    const rg__tables *t = &self->graph->tables;
    rg__array_free(a, self->ids, (size_t)t->strings.count + 1, sizeof *self->ids);
    rg__array_free(a, self->spelled, words(t->strings.count), sizeof *self->spelled);
    rg__array_free(a, self->told, words(t->node_count), sizeof *self->told);
    rg__array_free(a, self->names, t->root_count + 1, sizeof *self->names);
    rg__strings_dispose(&self->extra);
    rg__strings_dispose(&self->threads);
    *self = (rg__text_choice){0};
}

/* ---- what is written ---- */

uint32_t rg__text_count(const rg__text_choice *self)
{
    return self->kept + self->extra.count;
}

rg_string rg__text_at(const rg__text_choice *self, uint32_t id, char number[RG__TEXT_NUMBER])
{
    if (self->level != RG_TEXT_NONE || has_bit(self->spelled, id))
        return string_of(self, id);
    const int size = snprintf(number, RG__TEXT_NUMBER, "n%lu", (unsigned long)self->ids[id]);
    return (rg_string){number, (size_t)size};
}

rg__stored_node rg__text_node(const rg__text_choice *self, uint32_t node)
{
    rg__stored_node n = self->graph->tables.nodes[node];
    if (n.text != RG_NONE && has_bit(self->told, node)) {
        n.text = self->ids[n.text];
        return n;
    }
    n.text = RG_NONE;
    n.place &= ~((uint64_t)TEXT_FLAGS << RG__ADDRESS_BITS);
    return n;
}

rg__wide_name rg__text_wide(const rg__text_choice *self, rg__wide_name name)
{
    if (!is_string_name((rg_name_kind)name.kind))
        return name;
    const uint32_t id = self->ids[name.value];
    return id == RG_NONE ? (rg__wide_name){RG_NAME_NONE, 0} /* no edge has it */
                         : (rg__wide_name){name.kind, id};
}

uint32_t rg__text_label(const rg__text_choice *self, uint32_t label)
{
    const uint32_t kind = label >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    if (!is_string_name((rg_name_kind)kind))
        return label;
    return (label & ~RG__VALUE_MASK) | self->ids[label & RG__VALUE_MASK];
}
