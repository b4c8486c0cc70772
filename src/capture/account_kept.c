/* What the interpreter is known to keep where nothing shows it, recognised by its shape: dicts of subclasses, and
 * the classes and singletons of ast. Reads no Python memory. */
#include "capture/account.h"

#include <string.h>

/* ---- subclasses of static types ---- */

/* CPython 3.12+ keeps the dict of a static type's subclasses in the interpreter's state, where nothing finds
 * it: {address of a class: weak reference to it}, with one reference, which nobody shows.
 *
 * A dict counts as that of a static type if it has most of the classes that name the type as a base: a
 * program's own dict of weak references to classes would have to list all of them as well. */

/* How many classes name each static type among their bases, by id; there is a page for each of these types. */
typedef struct bases {
    rg__counters classes; /* all of them */
    rg__counters listed;  /* in the dict that is looked at */
} bases;

static rg__special special_of(const rg__capture *c, size_t i)
{
    return c->types.items[c->nodes[i].type].special;
}

static rg_name name_of(const rg__capture *c, uint64_t e)
{
    return rg__edge_name(&c->edges, rg__edge_at(&c->edges, e));
}

static bool is_bases(const rg__capture *c, uint64_t e)
{
    static const char name[] = "__bases__";
    const rg_name of = name_of(c, e);
    if (of.kind != RG_NAME_ATTRIBUTE && of.kind != RG_NAME_SLOT)
        return false;
    const rg_string text = rg__texts_at(&c->texts, of.value);
    return text.size == sizeof name - 1 && !memcmp(text.data, name, sizeof name - 1);
}

/* Add to the counters of the static types among a class's bases. Returns the id of the one counted most, or
 * RG_NONE. */
static uint32_t count_bases(const rg__capture *c, const uint32_t *order, size_t class_,
                            const rg__counters *counters, uint32_t more)
{
    uint32_t best = RG_NONE;
    for (uint64_t e = rg__first_edge(c, class_); e < rg__edge_end(c, class_); e++) {
        if (!is_bases(c, e))
            continue;
        const size_t tuple = order[rg__edge_at(&c->edges, e)->to];
        for (uint64_t b = rg__first_edge(c, tuple); b < rg__edge_end(c, tuple); b++) {
            const uint32_t base = rg__edge_at(&c->edges, b)->to;
            if (name_of(c, b).kind != RG_NAME_INDEX ||
                !(c->nodes[order[base]].flags & RG__NODE_STATIC))
                continue;
            *rg__counter_at(counters, base) += more;
            if (best == RG_NONE || rg__counter(counters, base) > rg__counter(counters, best))
                best = base;
        }
        break;
    }
    return best;
}

/* The id of the class that a weak reference leads to, or RG_NONE. */
static uint32_t weak_class(const rg__capture *c, const uint32_t *order, size_t i)
{
    for (uint64_t e = rg__first_edge(c, i); e < rg__edge_end(c, i); e++)
        if (name_of(c, e).kind == RG_NAME_REFERENT &&
            special_of(c, order[rg__edge_at(&c->edges, e)->to]) == RG__SPECIAL_TYPE)
            return rg__edge_at(&c->edges, e)->to;
    return RG_NONE;
}

/* Whether the keys of a dict are ints and its values exact weak references: to classes, or dead. */
static bool has_weak_classes(const rg__capture *c, const uint32_t *order, size_t dict)
{
    for (uint64_t e = rg__first_edge(c, dict); e < rg__edge_end(c, dict); e++) {
        const size_t i = order[rg__edge_at(&c->edges, e)->to];
        const PyTypeObject *type = c->types.items[c->nodes[i].type].type;
        const bool is_value = name_of(c, e).kind == RG_NAME_KEY;
        if (type != (is_value ? &_PyWeakref_RefType : &PyLong_Type))
            return false;
        for (uint64_t w = rg__first_edge(c, i); is_value && w < rg__edge_end(c, i); w++)
            if (name_of(c, w).kind == RG_NAME_REFERENT && weak_class(c, order, i) == RG_NONE)
                return false;
    }
    return true;
}

/* Add to the counters of the bases of every class that a dict lists; the base that most of them have. */
static uint32_t count_listed(const rg__capture *c, const uint32_t *order, size_t dict,
                             const rg__counters *counters, uint32_t more, uint32_t *live)
{
    uint32_t best = RG_NONE;
    *live = 0;
    for (uint64_t e = rg__first_edge(c, dict); e < rg__edge_end(c, dict); e++) {
        if (name_of(c, e).kind != RG_NAME_KEY)
            continue;
        const uint32_t class_ = weak_class(c, order, order[rg__edge_at(&c->edges, e)->to]);
        if (class_ == RG_NONE)
            continue;
        const uint32_t base = count_bases(c, order, order[class_], counters, more);
        if (base != RG_NONE &&
            (best == RG_NONE || rg__counter(counters, base) > rg__counter(counters, best)))
            best = base;
        ++*live;
    }
    return best;
}

/* The static type whose subclasses a dict lists, or RG_NONE. A class whose __bases__ were assigned may be in
 * the wrong dict for a moment, a half-built one in none yet. */
static uint32_t base_of_listed(const rg__capture *c, const uint32_t *order, size_t dict,
                               const bases *b)
{
    uint32_t live = 0;
    if (!has_weak_classes(c, order, dict))
        return RG_NONE;
    uint32_t base = count_listed(c, order, dict, &b->listed, 1, &live);
    if (base != RG_NONE) {
        const uint32_t listed = rg__counter(&b->listed, base);
        if (listed < live || listed <= rg__counter(&b->classes, base) / 2)
            base = RG_NONE;
    }
    (void)count_listed(c, order, dict, &b->listed, UINT32_MAX, &live); /* minus one: back to zero */
    return base;
}

static rg_status make_pages(rg__capture *c, bases *b)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->object_count && !status; i++) {
        if (!(c->nodes[i].flags & RG__NODE_STATIC))
            continue;
        const uint32_t id = rg__account_id(c, c->objects[i]);
        status = rg__counter_add(&b->classes, id, 0);
        if (!status)
            status = rg__counter_add(&b->listed, id, 0);
    }
    return status;
}

static rg_status find_subclasses(rg__account *self, rg__capture *c, const uint32_t *order, bases *b)
{
    rg_status status = make_pages(c, b);
    for (size_t i = 0; i < c->object_count && !status; i++)
        if (special_of(c, i) == RG__SPECIAL_TYPE)
            (void)count_bases(c, order, i, &b->classes, 1);
    for (uint32_t id = 0; !status && rg__counters_next(&self->unexplained, &id); id++) {
        if (rg__account_unexplained(self, id) != 1 || rg__ref_tally_of(&self->explained, id) ||
            c->types.items[c->nodes[order[id]].type].type != &PyDict_Type)
            continue;
        const uint32_t base = base_of_listed(c, order, order[id], b);
        if (base == RG_NONE)
            continue;
        *rg__counter_at(&b->classes, base) = UINT32_MAX; /* it has one dict */
        status = rg__account_add_root(self, c, RG_ROOT_TYPE, id, order[id], 1, c->subclasses);
    }
    return status;
}

static rg_status add_subclasses(rg__account *self, rg__capture *c, const uint32_t *order)
{
    if (c->subclasses == RG_NONE)
        return RG_OK;
    bases b = {.classes = {.page_count = 0}};
    rg_status status = rg__counters_open(&b.classes, &c->allocator, self->count);
    if (!status)
        status = rg__counters_open(&b.listed, &c->allocator, self->count);
    if (!status)
        status = find_subclasses(self, c, order, &b);
    rg__counters_dispose(&b.classes);
    rg__counters_dispose(&b.listed);
    return status;
}

/* ---- the state of ast ---- */

static bool is_of_ast(rg_string name)
{
    return name.size >= 3 && !memcmp(name.data, "ast", 3) &&
           (name.size == 3 || name.data[3] == '.');
}

/* Python-ast.c keeps each class of syntax trees, and of those without fields an instance, in a struct of the
 * interpreter: one reference each. */
static bool is_kept_by_ast(const rg__capture *c, size_t i)
{
    const rg__type_info *type = &c->types.items[c->nodes[i].type];
    if (type->special == RG__SPECIAL_TYPE)
        return c->nodes[i].text != RG_NONE && is_of_ast(rg__texts_at(&c->texts, c->nodes[i].text));
    const uint64_t begin = rg__first_edge(c, i);
    const bool is_bare = rg__edge_end(c, i) == begin + 1 && name_of(c, begin).kind == RG_NAME_CLASS;
    return is_bare && is_of_ast(rg__texts_at(&c->texts, type->module));
}

static rg_status add_ast(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg_status status = RG_OK;
    for (uint32_t id = 0; !status && rg__counters_next(&self->unexplained, &id); id++)
        if (rg__account_unexplained(self, id) == 1 && is_kept_by_ast(c, order[id]))
            status =
                rg__account_add_root(self, c, RG_ROOT_INTERPRETER, id, order[id], 1, c->ast_state);
    return status;
}

rg_status rg__account_kept(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg_status status = add_subclasses(self, c, order);
    return status ? status : add_ast(self, c, order);
}

rg_status rg__account_prepare(rg__capture *c)
{
    c->subclasses = c->sorting = RG_NONE;
    rg_status status = rg__capture_literal(c, &c->ast_state, "state of the module ast");
    if (!status && c->has_sorting)
        status = rg__capture_literal(c, &c->sorting, "a list that is being sorted (list.sort)");
    if (status || !RG__HIDES_STATIC_SUBCLASSES)
        return status;
    return rg__capture_literal(c, &c->subclasses, "subclasses of a static type");
}
