/* Which references are explained: every edge that is not weak owns one, every root as many as it says. What
 * is left of an object's reference count is held by something that Python does not show.
 *
 * Immortal objects, static types and running frames have no count that means anything: nothing of theirs is
 * ever unexplained. */
#include "capture/account.h"

#include <stdlib.h>
#include <string.h>

enum { PREFETCH = 16 /* nodes and edges ahead */ };

/* A suspect whose target has unexplained references. */
typedef struct candidate {
    uint32_t id, place;
    rg__suspicion suspicion;
    rg_string text; /* of the place: two frames of a function may share it */
} candidate;

static void add(uint32_t *counter, uint32_t more)
{
    *counter = more > UINT32_MAX - *counter ? UINT32_MAX : *counter + more;
}

static uint64_t first_edge(const rg__capture *c, size_t i)
{
    return i ? c->edge_ends[i - 1] : 0;
}

static void add_references(rg__account *self, rg__capture *c)
{
    for (size_t e = 0; e < c->edge_count; e++) {
        if (e + PREFETCH < c->edge_count)
            __builtin_prefetch(&self->explained[c->edges[e + PREFETCH].to], 1);
        if (rg__raw_strength(c->edges[e].label) != RG_STRENGTH_WEAK)
            add(&self->explained[c->edges[e].to], 1);
    }
    for (size_t i = 0; i < c->root_count; i++)
        add(&self->explained[rg__account_id(c, c->roots[i].node)], c->roots[i].references);
}

static void subtract(rg__account *self, const rg__capture *c, const uint32_t *order)
{
    const unsigned exempt = RG_NODE_IMMORTAL | RG_NODE_SYNTHETIC | RG__NODE_STATIC;
    for (size_t id = 0; id < c->object_count; id++) {
        if (id + PREFETCH < c->object_count)
            __builtin_prefetch(&c->nodes[order[id + PREFETCH]]);
        const rg_node *node = &c->nodes[order[id]];
        const bool counts = !(node->flags & exempt) && node->refcount != UINT32_MAX;
        if (counts && node->refcount > self->explained[id])
            self->unexplained[id] = node->refcount - self->explained[id];
    }
}

static int by_target(const void *a, const void *b)
{
    const candidate *x = a;
    const candidate *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->suspicion != y->suspicion)
        return x->suspicion < y->suspicion ? -1 : 1;
    if (x->text.size != y->text.size)
        return x->text.size < y->text.size ? -1 : 1;
    return memcmp(x->text.data, y->text.data, x->text.size);
}

/* Whether a word of the C stack may be a reference to an object: the arguments that calls make are likely. Of
 * nothing else, bound methods and instances included: the stack is full of what earlier calls left there, and a
 * leaked reference must not be taken for theirs. */
static bool may_be_argument(const rg__capture *c, uint32_t object)
{
    const PyTypeObject *type = c->types.items[c->nodes[object].type].type;
    const bool is_empty = c->edge_ends[object] == first_edge(c, object);
    return !is_empty && (type == &PyTuple_Type || type == &PyDict_Type);
}

/* Whether an object may be an item of a list that is being sorted. */
static bool may_be_sorted(const rg__account *self, const rg__capture *c, uint32_t id,
                          uint32_t object)
{
    const rg__type_info *type = &c->types.items[c->nodes[object].type];
    if (c->edge_ends[object] == first_edge(c, object))
        return false; /* the empty tuple is everybody's, as strings and numbers are */
    if (type->type == &PyTuple_Type || type->type == &PyDict_Type)
        return true;
    switch (type->special) {
    case RG__SPECIAL_FUNCTION:
    case RG__SPECIAL_METHOD:
    case RG__SPECIAL_BUILTIN:
    case RG__SPECIAL_MODULE:
    case RG__SPECIAL_TYPE:
    case RG__SPECIAL_FRAME:
    case RG__SPECIAL_CODE:
    case RG__SPECIAL_DESCRIPTOR:
        return false;
    default:
        return self->unexplained[id] == 1;
    }
}

/* The suspects whose words are the addresses of objects with something unexplained. */
static size_t find_candidates(const rg__account *self, rg__capture *c, const uint32_t *order,
                              candidate *out)
{
    size_t count = 0;
    for (size_t i = 0; i < c->suspect_count; i++) {
        const rg__suspect *s = &c->suspects[i];
        if (!rg__addresses_contains(&c->addresses, (uintptr_t)s->target))
            continue;
        const uint32_t id = rg__account_id(c, s->target);
        if (c->objects[order[id]] != s->target || !self->unexplained[id])
            continue;
        out[count++] = (candidate){id, s->place, s->suspicion, rg__texts_at(&c->texts, s->place)};
    }
    return count;
}

/* Explain references of an object by a root. */
static rg_status add_root(rg__account *self, rg__capture *c, rg_root_kind kind, uint32_t id,
                          size_t i, uint32_t references, uint32_t name)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->roots, &c->root_capacity,
                                         c->root_count + 1, sizeof *c->roots);
    if (status)
        return status;
    c->roots[c->root_count++] = (rg__raw_root){kind, c->objects[i], references, name};
    self->unexplained[id] -= references;
    add(&self->explained[id], references);
    return RG_OK;
}

/* A root for each object and place: as many references as words there, never more than are unexplained. */
static rg_status add_probable(rg__account *self, rg__capture *c, const uint32_t *order,
                              const candidate *candidates, size_t count)
{
    for (size_t i = 0, end; i < count; i = end) {
        const uint32_t id = candidates[i].id;
        uint32_t words = 0;
        for (end = i; end < count && !by_target(&candidates[end], &candidates[i]); end++)
            words++;
        const uint32_t references = words < self->unexplained[id] ? words : self->unexplained[id];
        if (!references ||
            (candidates[i].suspicion == RG__C_STACK && !may_be_argument(c, order[id])))
            continue;
        if (candidates[i].suspicion == RG__OWN_STACK) {
            self->from_hidden[id] += references;
            self->unexplained[id] -= references;
            add(&self->explained[id], references);
            continue;
        }
        const rg_root_kind kind =
            candidates[i].suspicion == RG__STACK ? RG_ROOT_STACK : RG_ROOT_PROBABLE;
        rg_status status = add_root(self, c, kind, id, order[id], references, candidates[i].place);
        if (status)
            return status;
    }
    return RG_OK;
}

static rg_status judge_suspects(rg__account *self, rg__capture *c, const uint32_t *order)
{
    if (!c->suspect_count)
        return RG_OK;
    candidate *candidates = rg__array_new_raw(&c->allocator, c->suspect_count, sizeof *candidates);
    if (!candidates)
        return RG_ERR_NOMEM;
    const size_t count = find_candidates(self, c, order, candidates);
    qsort(candidates, count, sizeof *candidates, by_target);
    rg_status status = add_probable(self, c, order, candidates, count);
    rg__array_free(&c->allocator, candidates, c->suspect_count, sizeof *candidates);
    return status;
}

/* While a list is sorted its items are in an array that nothing shows. Which objects are in it cannot be known:
 * whatever lacks one reference may be. */
static rg_status add_sorted(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && c->sorting != RG_NONE && !status; id++)
        if (self->unexplained[id] == 1 && may_be_sorted(self, c, (uint32_t)id, order[id]))
            status = add_root(self, c, RG_ROOT_PROBABLE, (uint32_t)id, order[id], 1, c->sorting);
    return status;
}

/* ---- subclasses of static types ---- */

/* CPython 3.12+ keeps the dict of a static type's subclasses in the interpreter's state, where nothing finds
 * it: {address of a class: weak reference to it}, with one reference, which nobody shows.
 *
 * A dict counts as that of a static type if it has most of the classes that name the type as a base: a
 * program's own dict of weak references to classes would have to list all of them as well. */
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

/* How many classes name each static type among their bases, by id. */
typedef struct bases {
    uint32_t *classes; /* all of them */
    uint32_t *listed;  /* in the dict that is looked at */
} bases;

static rg__special special_of(const rg__capture *c, size_t i)
{
    return c->types.items[c->nodes[i].type].special;
}

static bool is_bases(const rg__capture *c, rg__raw_label label)
{
    static const char name[] = "__bases__";
    if (rg__raw_kind(label) != RG_NAME_ATTRIBUTE && rg__raw_kind(label) != RG_NAME_SLOT)
        return false;
    const rg_string text = rg__texts_at(&c->texts, (uint32_t)rg__raw_value(label));
    return text.size == sizeof name - 1 && !memcmp(text.data, name, sizeof name - 1);
}

/* Add to the counters of the static types among a class's bases. Returns the id of the one counted most, or
 * RG_NONE. */
static uint32_t count_bases(const rg__capture *c, const uint32_t *order, size_t class_,
                            uint32_t *counters, uint32_t more)
{
    uint32_t best = RG_NONE;
    for (uint64_t e = first_edge(c, class_); e < c->edge_ends[class_]; e++) {
        if (!is_bases(c, c->edges[e].label))
            continue;
        const size_t tuple = order[c->edges[e].to];
        for (uint64_t b = first_edge(c, tuple); b < c->edge_ends[tuple]; b++) {
            const uint32_t base = c->edges[b].to;
            if (rg__raw_kind(c->edges[b].label) != RG_NAME_INDEX ||
                !(c->nodes[order[base]].flags & RG__NODE_STATIC))
                continue;
            counters[base] += more;
            if (best == RG_NONE || counters[base] > counters[best])
                best = base;
        }
        break;
    }
    return best;
}

/* The id of the class that a weak reference leads to, or RG_NONE. */
static uint32_t weak_class(const rg__capture *c, const uint32_t *order, size_t i)
{
    for (uint64_t e = first_edge(c, i); e < c->edge_ends[i]; e++)
        if (rg__raw_kind(c->edges[e].label) == RG_NAME_REFERENT &&
            special_of(c, order[c->edges[e].to]) == RG__SPECIAL_TYPE)
            return c->edges[e].to;
    return RG_NONE;
}

/* Whether the keys of a dict are ints and its values exact weak references: to classes, or dead. */
static bool has_weak_classes(const rg__capture *c, const uint32_t *order, size_t dict)
{
    for (uint64_t e = first_edge(c, dict); e < c->edge_ends[dict]; e++) {
        const size_t i = order[c->edges[e].to];
        const PyTypeObject *type = c->types.items[c->nodes[i].type].type;
        const bool is_value = rg__raw_kind(c->edges[e].label) == RG_NAME_KEY;
        if (type != (is_value ? &_PyWeakref_RefType : &PyLong_Type))
            return false;
        for (uint64_t w = first_edge(c, i); is_value && w < c->edge_ends[i]; w++)
            if (rg__raw_kind(c->edges[w].label) == RG_NAME_REFERENT &&
                weak_class(c, order, i) == RG_NONE)
                return false;
    }
    return true;
}

/* Add to the counters of the bases of every class that a dict lists; the base that most of them have. */
static uint32_t count_listed(const rg__capture *c, const uint32_t *order, size_t dict,
                             uint32_t *counters, uint32_t more, uint32_t *live)
{
    uint32_t best = RG_NONE;
    *live = 0;
    for (uint64_t e = first_edge(c, dict); e < c->edge_ends[dict]; e++) {
        if (rg__raw_kind(c->edges[e].label) != RG_NAME_KEY)
            continue;
        const uint32_t class_ = weak_class(c, order, order[c->edges[e].to]);
        if (class_ == RG_NONE)
            continue;
        const uint32_t base = count_bases(c, order, order[class_], counters, more);
        if (base != RG_NONE && (best == RG_NONE || counters[base] > counters[best]))
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
    uint32_t base = count_listed(c, order, dict, b->listed, 1, &live);
    if (base != RG_NONE && (b->listed[base] < live || b->listed[base] <= b->classes[base] / 2))
        base = RG_NONE;
    (void)count_listed(c, order, dict, b->listed, UINT32_MAX, &live); /* minus one: back to zero */
    return base;
}

static rg_status find_subclasses(rg__account *self, rg__capture *c, const uint32_t *order,
                                 const bases *b)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->object_count; i++)
        if (!rg__is_frame_tag(c->objects[i]) && special_of(c, i) == RG__SPECIAL_TYPE)
            (void)count_bases(c, order, i, b->classes, 1);
    for (size_t id = 0; id < c->object_count && !status; id++) {
        if (self->unexplained[id] != 1 || self->explained[id] ||
            c->types.items[c->nodes[order[id]].type].type != &PyDict_Type)
            continue;
        const uint32_t base = base_of_listed(c, order, order[id], b);
        if (base == RG_NONE)
            continue;
        b->classes[base] = UINT32_MAX; /* it has one dict */
        status = add_root(self, c, RG_ROOT_TYPE, (uint32_t)id, order[id], 1, c->subclasses);
    }
    return status;
}

static rg_status add_subclasses(rg__account *self, rg__capture *c, const uint32_t *order)
{
    if (c->subclasses == RG_NONE)
        return RG_OK;
    bases b = {
        .classes = rg__array_new(&c->allocator, self->count, sizeof *b.classes),
        .listed = rg__array_new(&c->allocator, self->count, sizeof *b.listed),
    };
    const rg_status status =
        b.classes && b.listed ? find_subclasses(self, c, order, &b) : RG_ERR_NOMEM;
    rg__array_free(&c->allocator, b.classes, self->count, sizeof *b.classes);
    rg__array_free(&c->allocator, b.listed, self->count, sizeof *b.listed);
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
    const uint64_t begin = first_edge(c, i);
    const bool is_bare =
        c->edge_ends[i] == begin + 1 && rg__raw_kind(c->edges[begin].label) == RG_NAME_CLASS;
    return is_bare && is_of_ast(rg__texts_at(&c->texts, type->module));
}

static rg_status add_ast(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && !status; id++)
        if (self->unexplained[id] == 1 && is_kept_by_ast(c, order[id]))
            status =
                add_root(self, c, RG_ROOT_INTERPRETER, (uint32_t)id, order[id], 1, c->ast_state);
    return status;
}

rg_status rg__account_find(rg__account *self, rg__capture *c, const uint32_t *order)
{
    const size_t count = c->object_count + 1; /* never zero elements */
    *self = (rg__account){.allocator = c->allocator, .count = count};
    self->explained = rg__array_new(&c->allocator, count, sizeof *self->explained);
    self->unexplained = rg__array_new(&c->allocator, count, sizeof *self->unexplained);
    self->from_hidden = rg__array_new(&c->allocator, count, sizeof *self->from_hidden);
    self->hidden = rg__array_new(&c->allocator, count / 64 + 1, sizeof *self->hidden);
    if (!self->explained || !self->unexplained || !self->from_hidden || !self->hidden)
        return RG_ERR_NOMEM;
    add_references(self, c);
    subtract(self, c, order);
    rg_status status = add_subclasses(self, c, order);
    if (!status)
        status = add_ast(self, c, order);
    if (!status)
        status = judge_suspects(self, c, order);
    if (!status)
        status = add_sorted(self, c, order);
    return status ? status : rg__account_hide(self, c, order);
}

void rg__account_dispose(rg__account *self)
{
    const rg_allocator *a = &self->allocator;
    if (!a->resize)
        return;
    rg__array_free(a, self->explained, self->count, sizeof *self->explained);
    rg__array_free(a, self->unexplained, self->count, sizeof *self->unexplained);
    rg__array_free(a, self->from_hidden, self->count, sizeof *self->from_hidden);
    rg__array_free(a, self->hidden, self->count / 64 + 1, sizeof *self->hidden);
}
