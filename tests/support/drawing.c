/* See drawing.h. */
#include "drawing.h"

#include <stdlib.h>
#include <string.h>

drawing drawing_new(const rg_allocator *allocator)
{
    drawing d = {.builder = NULL, .plain_type = RG_NONE};
    d.status = rg_builder_new(&d.builder, allocator);
    d.plain_type = drawing_type(&d, "app.Thing", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    return d;
}

rg_status drawing_finish(drawing *self, rg_graph **out)
{
    if (!self->status)
        self->status = rg_builder_finish(out, &self->builder);
    rg_builder_free(self->builder);
    self->builder = NULL;
    return self->status;
}

uint32_t drawing_type(drawing *self, const char *name, rg_kind kind, uint32_t flags)
{
    uint32_t id = RG_NONE;
    const char *dot = strrchr(name, '.');
    const rg_type type = {
        .module = dot ? (rg_string){name, (size_t)(dot - name)} : rg_string_of("builtins"),
        .name = rg_string_of(dot ? dot + 1 : name),
        .kind = kind,
        .flags = flags,
        .node = RG_NONE,
    };
    if (!self->status)
        self->status = rg_builder_add_type(self->builder, &id, &type);
    return id;
}

static uint32_t string_of(drawing *self, const char *text)
{
    uint32_t id = RG_NONE;
    if (!self->status)
        self->status = rg_builder_add_string(self->builder, &id, rg_string_of(text));
    return id;
}

uint32_t drawing_nodes(drawing *self, uint32_t count)
{
    uint32_t first = RG_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t id = drawing_node(self, self->plain_type, NULL, 0);
        first = i ? first : id;
    }
    return first;
}

uint32_t drawing_node(drawing *self, uint32_t type, const char *text, uint16_t flags)
{
    uint32_t id = RG_NONE;
    const rg_node node = {
        .type = type,
        .text = text ? string_of(self, text) : RG_NONE,
        .flags = flags,
        .generation = 2,
    };
    if (!self->status)
        self->status = rg_builder_add_node(self->builder, &id, &node);
    return id;
}

uint32_t drawing_str(drawing *self, const char *text)
{
    return drawing_node(self, self->plain_type, text, RG_NODE_TEXT_STR);
}

/* "['k']": a new str for a key */
static uint32_t key_of(drawing *self, const char *name)
{
    char text[64] = "";
    const size_t size = strlen(name) - 4;
    if (size < sizeof text)
        memcpy(text, name + 2, size);
    return drawing_str(self, text);
}

static rg_name name_of(drawing *self, const char *name)
{
    static const struct {
        const char *prefix;
        rg_name_kind kind;
        bool has_string;
    } forms[] = {
        {"key", RG_NAME_KEY_OF, false},    {"element", RG_NAME_ELEMENT, false},
        {"type", RG_NAME_CLASS, false},    {"weak", RG_NAME_REFERENT, false},
        {".", RG_NAME_ATTRIBUTE, true},    {"local ", RG_NAME_LOCAL, true},
        {"cell ", RG_NAME_CELL, true},     {"slot ", RG_NAME_SLOT, true},
        {"hidden ", RG_NAME_HIDDEN, true},
    };
    if (!strncmp(name, "['", 2))
        return (rg_name){RG_NAME_KEY, key_of(self, name)};
    if (!strncmp(name, "[@", 2))
        return (rg_name){RG_NAME_KEY, (uint32_t)strtoul(name + 2, NULL, 10)};
    if (name[0] == '[')
        return (rg_name){RG_NAME_INDEX, (uint32_t)strtoul(name + 1, NULL, 10)};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const size_t size = strlen(forms[i].prefix);
        if (!strncmp(name, forms[i].prefix, size))
            return (rg_name){forms[i].kind, forms[i].has_string ? string_of(self, name + size) : 0};
    }
    return (rg_name){RG_NAME_NONE, 0};
}

void drawing_edge(drawing *self, uint32_t from, uint32_t to, const char *name, rg_strength strength)
{
    if (self->status)
        return;
    const rg_name n = name_of(self, name);
    if (!self->status)
        self->status = rg_builder_add_edge(self->builder, from, to, n, strength);
}

void drawing_own(drawing *self, uint32_t from, uint32_t to, const char *name)
{
    drawing_edge(self, from, to, name, RG_STRENGTH_OWN);
}

void drawing_root(drawing *self, rg_root_kind kind, uint32_t node, const char *name)
{
    if (!self->status)
        self->status =
            rg_builder_add_root(self->builder, &(rg_root){kind, node, 0, rg_string_of(name)});
}

void drawing_site(drawing *self, uint32_t node, const char *file, uint32_t line)
{
    const rg_location place = {string_of(self, file), line};
    uint32_t site = 0;
    if (!self->status)
        self->status = rg_builder_add_site(self->builder, &site, &place, 1);
    if (!self->status)
        self->status = rg_builder_set_site(self->builder, node, site);
}
