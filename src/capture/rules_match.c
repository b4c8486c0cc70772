/* Which edges a rule's pattern names.
 *
 *   pattern  = owner '.' name step*          step = '.' name | '[*]'
 *   owner    = a module of sys.modules, '*' (any of them), or a type and its subclasses
 *
 * Where an owner ends and its attribute begins is not written: every dot before the first '[*]' is tried. A
 * step goes on from the targets of the edges found so far: '.name' to the edges so named, whether they leave
 * the object or its __dict__; '[*]' to what a container holds. The edges of the last step are the match. */
#include "capture/rules.h"

#include <string.h>

typedef struct match {
    rg__capture *c;
    const uint32_t *order;
    rg__edge_set *found;
} match;

static bool are_equal(rg_string a, rg_string b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

static rg_string text_of(const match *m, uint32_t text)
{
    return text == RG_NONE ? (rg_string){NULL, 0} : rg__texts_at(&m->c->texts, text);
}

/* Objects are known by their index in the capture here. */
static uint64_t edges_begin(const match *m, size_t i)
{
    return rg__first_edge(m->c, i);
}

static uint64_t edges_end(const match *m, size_t i)
{
    return rg__edge_end(m->c, i);
}

static size_t target_of(const match *m, uint64_t edge)
{
    return m->order[rg__edge_at(&m->c->edges, edge)->to];
}

/* The object at an address, or RG_NONE: not in the capture. */
static size_t object_at(const match *m, uint64_t address)
{
    if (!rg__addresses_contains(&m->c->addresses, address))
        return RG_NONE;
    return m->order[rg__addresses_id(&m->c->addresses, address)];
}

static rg_status add(match *m, uint64_t edge)
{
    rg__edge_set *s = m->found;
    rg_status status =
        rg__array_reserve(&s->allocator, &s->items, &s->capacity, s->count + 1, sizeof *s->items);
    if (!status)
        s->items[s->count++] = edge;
    return status;
}

/* ---- names of edges ---- */

static rg_name name_of(const match *m, uint64_t e)
{
    return rg__edge_name(&m->c->edges, rg__edge_at(&m->c->edges, e));
}

static bool is_named(const match *m, uint64_t e, rg_string name)
{
    const rg_name of = name_of(m, e);
    switch (of.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
    case RG_NAME_SLOT:
        return are_equal(text_of(m, of.value), name);
    default:
        return false;
    }
}

/* Whether an edge of a dict is the entry of this str. */
static bool is_entry(const match *m, uint64_t e, rg_string name)
{
    const rg_name of = name_of(m, e);
    if (of.kind != RG_NAME_KEY)
        return false;
    const size_t i = m->order[of.value];
    const rg__raw_node *key = &m->c->nodes[i];
    return key->flags & RG_NODE_TEXT_STR && are_equal(text_of(m, key->text), name);
}

/* What a container holds: items, entries, members, and the same of C types, whose fields are slots. */
static bool is_content(const match *m, uint64_t e)
{
    static const char *const slots[] = {"cache", "cache key", "cache result", "cache entry",
                                        "item"};
    const rg_name of = name_of(m, e);
    switch (of.kind) {
    case RG_NAME_INDEX:
    case RG_NAME_KEY:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
        return true;
    case RG_NAME_SLOT: {
        const rg_string text = text_of(m, of.value);
        for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
            if (are_equal(text, rg_string_of(slots[i])))
                return true;
        return text.size && *text.data == '['; /* an array's item */
    }
    default:
        return false;
    }
}

/* The slot of a class that reads an attribute is not the attribute. */
static bool is_descriptor(const match *m, size_t i)
{
    return m->c->types.items[m->c->nodes[i].type].special == RG__SPECIAL_DESCRIPTOR;
}

/* ---- steps ---- */

static rg_status add_entries(match *m, size_t dict, rg_string name)
{
    rg_status status = RG_OK;
    for (uint64_t e = edges_begin(m, dict); e < edges_end(m, dict) && !status; e++)
        if (is_entry(m, e, name) && !is_descriptor(m, target_of(m, e)))
            status = add(m, e);
    return status;
}

/* The edges of an object, or of its __dict__, that have this name. */
static rg_status add_attributes(match *m, size_t i, rg_string name)
{
    rg_status status = RG_OK;
    for (uint64_t e = edges_begin(m, i); e < edges_end(m, i) && !status; e++) {
        if (is_named(m, e, name))
            status = add(m, e);
        else if (is_named(m, e, rg_string_of("__dict__")))
            status = add_entries(m, target_of(m, e), name);
    }
    return status;
}

static rg_status add_contents(match *m, size_t i)
{
    rg_status status = RG_OK;
    for (uint64_t e = edges_begin(m, i); e < edges_end(m, i) && !status; e++)
        if (is_content(m, e))
            status = add(m, e);
    return status;
}

/* Add what the next step names at each target of the found edges [begin, end), once a target. */
static rg_status take_step(match *m, size_t begin, size_t end, char step, rg_string name)
{
    const rg_allocator *a = &m->c->allocator;
    const size_t words = m->c->object_count / 64 + 1;
    uint64_t *seen = rg__array_new(a, words, sizeof *seen);
    rg_status status = seen ? RG_OK : RG_ERR_NOMEM;
    for (size_t i = begin; i < end && !status; i++) {
        const size_t target = target_of(m, m->found->items[i]);
        const uint64_t bit = UINT64_C(1) << (target % 64);
        if (seen[target / 64] & bit)
            continue;
        seen[target / 64] |= bit;
        status = step == '.' ? add_attributes(m, target, name) : add_contents(m, target);
    }
    rg__array_free(a, seen, words, sizeof *seen);
    return status;
}

/* Put the edges of the next steps in the place of the found ones from `begin` on. */
static rg_status take_steps(match *m, size_t begin, rg_string rest)
{
    rg__edge_set *s = m->found;
    rg_status status = RG_OK;
    while (rest.size && !status) {
        const size_t end = s->count;
        size_t length = 3; /* "[*]" */
        if (*rest.data == '.') {
            for (length = 1; length < rest.size; length++)
                if (rest.data[length] == '.' || rest.data[length] == '[')
                    break;
        }
        const rg_string name = {rest.data + 1, length - 1};
        status = take_step(m, begin, end, *rest.data, name);
        if (s->count > end)
            memmove(s->items + begin, s->items + end, (s->count - end) * sizeof *s->items);
        s->count -= end - begin;
        rest = (rg_string){rest.data + length, rest.size - length};
    }
    return status;
}

/* ---- owners ---- */

static rg_status add_from_modules(match *m, rg_string owner, rg_string name)
{
    const bool is_any = are_equal(owner, rg_string_of("*"));
    rg_status status = RG_OK;
    for (size_t i = 0; i < m->c->root_count && !status; i++) {
        const rg__raw_root *root = &m->c->roots[i];
        if (root->kind != RG_ROOT_MODULE || (!is_any && !are_equal(text_of(m, root->name), owner)))
            continue;
        status = add_attributes(m, object_at(m, (uintptr_t)root->node), name);
    }
    return status;
}

/* "pkg.module.Class.Inner" is this type's name. */
static bool is_type_named(const match *m, const rg__type_info *type, rg_string owner)
{
    const rg_string module = text_of(m, type->module);
    const rg_string name = text_of(m, type->name);
    return owner.size == module.size + 1 + name.size &&
           (!module.size || !memcmp(owner.data, module.data, module.size)) &&
           owner.data[module.size] == '.' &&
           (!name.size || !memcmp(owner.data + module.size + 1, name.data, name.size));
}

/* Whether the type at an address, which is a node, has `base` on its MRO. */
static bool inherits(const match *m, const rg__type_info *type, const rg__type_info *base)
{
    const size_t i = object_at(m, (uintptr_t)type->type);
    const size_t wanted = object_at(m, (uintptr_t)base->type);
    if (i == RG_NONE || wanted == RG_NONE)
        return false;
    for (uint64_t e = edges_begin(m, i); e < edges_end(m, i); e++) {
        if (!is_named(m, e, rg_string_of("__mro__")))
            continue;
        const size_t mro = target_of(m, e);
        for (uint64_t k = edges_begin(m, mro); k < edges_end(m, mro); k++)
            if (target_of(m, k) == wanted)
                return true;
    }
    return false;
}

/* A byte a type: whether it is named so, or inherits from one that is. */
static bool mark_types(const match *m, uint8_t *is_wanted, rg_string owner)
{
    const rg__types *t = &m->c->types;
    bool is_any = false;
    for (size_t base = 0; base < t->count; base++) {
        if (!is_type_named(m, &t->items[base], owner))
            continue;
        is_any = true;
        for (size_t i = 0; i < t->count; i++)
            is_wanted[i] |= i == base || inherits(m, &t->items[i], &t->items[base]);
    }
    return is_any;
}

static rg_status add_from_instances(match *m, rg_string owner, rg_string name)
{
    rg__capture *c = m->c;
    const size_t count = c->types.count + 1; /* never zero elements */
    uint8_t *is_wanted = rg__array_new(&c->allocator, count, 1);
    rg_status status = is_wanted ? RG_OK : RG_ERR_NOMEM;
    if (!status && mark_types(m, is_wanted, owner))
        for (size_t i = 0; i < c->object_count && !status; i++)
            if (is_wanted[c->nodes[i].type])
                status = add_attributes(m, i, name);
    rg__array_free(&c->allocator, is_wanted, count, 1);
    return status;
}

rg_status rg__rule_match(rg__edge_set *out, rg__capture *c, const uint32_t *order,
                         rg_string pattern)
{
    match m = {c, order, out};
    rg_status status = RG_OK;
    for (size_t dot = 0; dot < pattern.size && pattern.data[dot] != '[' && !status; dot++) {
        if (pattern.data[dot] != '.')
            continue;
        const size_t begin = out->count;
        size_t end = dot + 1;
        while (end < pattern.size && pattern.data[end] != '.' && pattern.data[end] != '[')
            end++;
        const rg_string owner = {pattern.data, dot};
        const rg_string name = {pattern.data + dot + 1, end - dot - 1};
        status = add_from_modules(&m, owner, name);
        if (!status)
            status = add_from_instances(&m, owner, name);
        if (!status)
            status = take_steps(&m, begin, (rg_string){pattern.data + end, pattern.size - end});
    }
    return status;
}

void rg__edge_set_dispose(rg__edge_set *self)
{
    if (self->allocator.resize)
        rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
}
