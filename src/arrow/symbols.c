/* Dictionaries: the names of types, modules and owners, each once, and the few words that enumerators are called by.
 * One is made a stream, for its first batch, and every batch refers to it. */
#include "arrow/table.h"

#include "base/text.h"

#include <string.h>

enum { NAME_LIMIT = 200 /* characters of a module, as in the types that words.c writes */ };

static const char *const text_forms[] = {"str", "literal", "description"};
static const char *const strengths[] = {
    [RG_STRENGTH_OWN] = "own",
    [RG_STRENGTH_FRAME] = "frame",
    [RG_STRENGTH_INFRASTRUCTURE] = "infrastructure",
    [RG_STRENGTH_WEAK] = "weak",
};
static const char *const name_kinds[] = {
    [RG_NAME_NONE] = "none",   [RG_NAME_ATTRIBUTE] = "attribute", [RG_NAME_INDEX] = "index",
    [RG_NAME_KEY] = "key",     [RG_NAME_KEY_OF] = "key of",       [RG_NAME_ELEMENT] = "element",
    [RG_NAME_LOCAL] = "local", [RG_NAME_CELL] = "cell",           [RG_NAME_SLOT] = "slot",
    [RG_NAME_CLASS] = "type",  [RG_NAME_REFERENT] = "weak",       [RG_NAME_HIDDEN] = "hidden",
};
static const char *const owner_kinds[RG_OWNER_KIND_COUNT] = {
    [RG_OWNER_VARIABLE] = "variable", [RG_OWNER_MODULE] = "module",
    [RG_OWNER_FRAME] = "frame",       [RG_OWNER_ROOT] = "root",
    [RG_OWNER_LASTING] = "static",    [RG_OWNER_OUTSIDE] = "outside",
    [RG_OWNER_SHARED] = "shared",     [RG_OWNER_GARBAGE] = "garbage",
};

/* A set that is being made. */
typedef struct maker {
    const rg__table *table;
    rg__symbols made;
    size_t item; /* the next one */
} maker;

static rg_status start(maker *m, size_t items)
{
    m->made.strings.allocator = m->table->allocator;
    m->made.of_room = items + 1; /* never zero elements */
    m->made.of = rg__array_new_raw(&m->table->allocator, m->made.of_room, sizeof *m->made.of);
    return m->made.of ? RG_OK : RG_ERR_NOMEM;
}

static rg_status add(maker *m, rg_string text)
{
    return rg__strings_add(&m->made.strings, &m->made.of[m->item++], text);
}

static rg_status add_fixed(maker *m, const char *const *texts, size_t count)
{
    rg_status status = start(m, count);
    for (size_t i = 0; i < count && !status; i++)
        status = add(m, rg_string_of(texts[i]));
    return status;
}

/* ---- by type ---- */

/* As rg_graph_write_type; a type that no node has by its bare name. */
static rg_status write_type(const rg__table *table, uint32_t type, rg_buffer *out)
{
    const uint32_t node = table->totals.items[type].first;
    return node == RG_NONE
               ? rg__write_plain(out, rg_graph_type(table->graph, type).name, NAME_LIMIT)
               : rg_graph_write_type(table->graph, node, out);
}

/* Types without a module are put with the builtins, as the totals by module do. */
static rg_status write_module(const rg__table *table, uint32_t type, rg_buffer *out)
{
    const rg_string module = rg_graph_type(table->graph, type).module;
    return rg__write_plain(out, module.size ? module : rg_string_of("builtins"), NAME_LIMIT);
}

static rg_status add_types(maker *m, rg_status (*write)(const rg__table *, uint32_t, rg_buffer *))
{
    rg_buffer text = rg_buffer_empty(&m->table->allocator);
    const uint32_t count = rg_graph_type_count(m->table->graph);
    rg_status status = start(m, count);
    for (uint32_t type = 0; type < count && !status; type++) {
        text.size = 0;
        status = write(m->table, type, &text);
        if (!status)
            status = add(m, (rg_string){text.data, text.size});
    }
    rg_buffer_dispose(&text);
    return status;
}

/* ---- by owner ---- */

static rg_status add_owners(maker *m)
{
    const rg_arrow_options *o = &m->table->options;
    rg_buffer lines = rg_buffer_empty(&m->table->allocator);
    rg_status status = start(m, o->owners->count);
    if (!status)
        status = rg_owners_write(o->owners, m->table->graph, o->distances, &lines);
    const char *line = lines.data;
    for (size_t i = 0; i < o->owners->count && !status; i++) {
        const char *end = memchr(line, '\n', (size_t)(lines.data + lines.size - line));
        status = add(m, (rg_string){line, (size_t)(end - line)});
        line = end + 1;
    }
    rg_buffer_dispose(&lines);
    return status;
}

/* ---- any ---- */

/* The offsets as Arrow has them: the bytes of the strings lie behind one another. */
static rg_status finish(maker *m)
{
    static const char nothing[8];
    rg__symbols *s = &m->made;
    const uint32_t count = s->strings.count;
    rg__strings_freeze(&s->strings);
    s->offset_room = (size_t)count + 1;
    s->offsets = rg__array_new(&m->table->allocator, s->offset_room, sizeof *s->offsets);
    if (!s->offsets)
        return RG_ERR_NOMEM;
    size_t end = 0;
    for (uint32_t i = 0; i < count; i++) {
        end += rg__strings_at(&s->strings, i).size;
        if (end > INT32_MAX)
            return RG_ERR_LIMIT;
        s->offsets[i + 1] = (int32_t)end;
    }
    s->buffers[1] = s->offsets;
    s->buffers[2] = end ? rg__strings_at(&s->strings, 0).data : nothing;
    return RG_OK;
}

static rg_status fill(maker *m, rg__symbol_set set)
{
    const char *kinds[RG_KIND_COUNT];
    for (int kind = 0; kind < RG_KIND_COUNT; kind++)
        kinds[kind] = rg_kind_text((rg_kind)kind);
    const char *root_kinds[RG_ROOT_KIND_COUNT];
    for (int kind = 0; kind < RG_ROOT_KIND_COUNT; kind++)
        root_kinds[kind] = rg_root_kind_text((rg_root_kind)kind);
    switch (set) {
    case RG__TYPE_NAMES:
        return add_types(m, write_type);
    case RG__MODULE_NAMES:
        return add_types(m, write_module);
    case RG__OWNER_NAMES:
        return add_owners(m);
    case RG__KINDS:
        return add_fixed(m, kinds, RG_KIND_COUNT);
    case RG__TEXT_FORMS:
        return add_fixed(m, text_forms, sizeof text_forms / sizeof *text_forms);
    case RG__NAME_KINDS:
        return add_fixed(m, name_kinds, sizeof name_kinds / sizeof *name_kinds);
    case RG__STRENGTHS:
        return add_fixed(m, strengths, sizeof strengths / sizeof *strengths);
    case RG__ROOT_KINDS:
        return add_fixed(m, root_kinds, RG_ROOT_KIND_COUNT);
    case RG__OWNER_KINDS:
        return add_fixed(m, owner_kinds, RG_OWNER_KIND_COUNT);
    case RG__SYMBOL_SET_COUNT:
        break;
    }
    return RG_ERR_ARGUMENT;
}

rg_status rg__symbols_make(rg__table *table, rg__symbol_set set)
{
    if (table->symbols[set].offsets)
        return RG_OK;
    maker m = {.table = table};
    rg_status status = fill(&m, set);
    if (!status)
        status = finish(&m);
    if (!status) {
        table->symbols[set] = m.made;
        m.made = (rg__symbols){0};
    }
    rg__symbols_dispose(&m.made, &table->allocator);
    return status;
}

void rg__symbols_dispose(rg__symbols *self, const rg_allocator *allocator)
{
    if (self->strings.allocator.resize)
        rg__strings_dispose(&self->strings);
    rg__array_free(allocator, self->offsets, self->offset_room, sizeof *self->offsets);
    rg__array_free(allocator, self->of, self->of_room, sizeof *self->of);
    *self = (rg__symbols){0};
}
