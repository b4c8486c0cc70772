/* Which references are explained: every edge that is not weak owns one, every root as many as it says. What
 * is left of an object's reference count is held by something that Python does not show.
 *
 * Immortal objects, static types and running frames have no count that means anything: nothing of theirs is
 * ever unexplained.
 *
 * The same count without the roots, and with the edges that the collector is told of only, is what a collection
 * of all generations finds when it has subtracted every reference that it can (subtract_refs, gcmodule.c): what
 * is left then is unseen. */
#include "capture/account.h"

#include "base/sort.h"

#include <string.h>

enum { PREFETCH = 16 /* nodes and edges ahead */ };
/* Nodes whose count means nothing. */
enum { EXEMPT = RG_NODE_IMMORTAL | RG_NODE_SYNTHETIC | RG__NODE_STATIC };

/* A suspect whose target has unexplained references. */
typedef struct candidate {
    uint32_t id, place;
    rg__suspicion suspicion;
    rg_string text; /* of the place: two frames of a function may share it */
} candidate;

/* What the edges leave of the refcounts. */
static rg_status subtract(rg__account *self, const rg__capture *c, const uint32_t *order)
{
    rg_status status = RG_OK;
    for (uint32_t id = 0; id < c->object_count && !status; id++) {
        if (id + PREFETCH < c->object_count)
            __builtin_prefetch(&c->nodes[order[id + PREFETCH]]);
        const rg__raw_node *node = &c->nodes[order[id]];
        const bool counts = !(node->flags & EXEMPT) && node->refcount != UINT32_MAX;
        const uint32_t explained = rg__ref_tally_of(&self->explained, id);
        if (!counts || node->refcount == explained)
            continue;
        status = rg__counter_add(&self->unseen, id, node->refcount - explained);
        if (!status && node->refcount > explained)
            status = rg__counter_add(&self->unexplained, id, node->refcount - explained);
    }
    return status;
}

/* References of a node turn out to be explained after all. */
static rg_status explain(rg__account *self, uint32_t id, uint32_t references)
{
    const uint32_t unexplained = rg__account_unexplained(self, id);
    const uint32_t fewer = references < unexplained ? references : unexplained;
    rg_status status = rg__ref_tally_add(&self->explained, id, references);
    return status || !fewer ? status : rg__counter_add(&self->unexplained, id, 0 - fewer);
}

/* Roots explain references; the collector does not ask them. */
static rg_status add_roots(rg__account *self, rg__capture *c)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->root_count && !status; i++)
        status = explain(self, rg__account_id(c, c->roots[i].node), c->roots[i].references);
    return status;
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
    const bool is_empty = rg__edge_end(c, object) == rg__first_edge(c, object);
    return !is_empty && (type == &PyTuple_Type || type == &PyDict_Type);
}

/* Whether an object may be an item of a list that is being sorted. */
static bool may_be_sorted(const rg__capture *c, uint32_t object)
{
    if (rg__edge_end(c, object) == rg__first_edge(c, object))
        return false; /* the empty tuple is everybody's, as strings and numbers are */
    switch (c->types.items[c->nodes[object].type].special) {
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
        return true;
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
        if (c->objects[order[id]] != s->target || !rg__account_unexplained(self, id))
            continue;
        out[count++] = (candidate){id, s->place, s->suspicion, rg__texts_at(&c->texts, s->place)};
    }
    return count;
}

rg_status rg__account_add_root(rg__account *self, rg__capture *c, rg_root_kind kind, uint32_t id,
                               size_t i, uint32_t references, uint32_t name)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->roots, &c->root_capacity,
                                         c->root_count + 1, sizeof *c->roots);
    if (status)
        return status;
    c->roots[c->root_count++] = (rg__raw_root){kind, c->objects[i], references, name};
    return explain(self, id, references);
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
        const uint32_t unexplained = rg__account_unexplained(self, id);
        const uint32_t references = words < unexplained ? words : unexplained;
        if (!references ||
            (candidates[i].suspicion == RG__C_STACK && !may_be_argument(c, order[id])))
            continue;
        rg_status status = RG_OK;
        if (candidates[i].suspicion == RG__OWN_STACK) {
            status = explain(self, id, references);
            if (!status)
                status = rg__counter_add(&self->from_hidden, id, references);
            if (!status)
                status = rg__counter_add(&self->unseen, id, 0 - references);
        } else {
            const rg_root_kind kind =
                candidates[i].suspicion == RG__STACK ? RG_ROOT_STACK : RG_ROOT_PROBABLE;
            status =
                rg__account_add_root(self, c, kind, id, order[id], references, candidates[i].place);
        }
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
    rg__sort(candidates, count, sizeof *candidates, by_target);
    rg_status status = add_probable(self, c, order, candidates, count);
    rg__array_free(&c->allocator, candidates, c->suspect_count, sizeof *candidates);
    return status;
}

/* While a list is sorted its items are in an array that nothing shows. Which objects are in it cannot be known:
 * whatever lacks one reference may be. */
static rg_status add_sorted(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg_status status = RG_OK;
    if (c->sorting == RG_NONE)
        return RG_OK;
    for (uint32_t id = 0; !status && rg__counters_next(&self->unexplained, &id); id++)
        if (rg__account_unexplained(self, id) == 1 && may_be_sorted(c, order[id]))
            status = rg__account_add_root(self, c, RG_ROOT_PROBABLE, id, order[id], 1, c->sorting);
    return status;
}

rg_status rg__account_find(rg__account *self, rg__capture *c, rg__incoming *incoming,
                           const uint32_t *order)
{
    const rg_allocator *a = &c->allocator;
    rg_status status = incoming->unseen.pages ? RG_OK : rg__incoming_open(incoming, c);
    *self = (rg__account){.allocator = *a,
                          .count = c->object_count + 1, /* never zero elements */
                          .explained = incoming->explained,
                          .unseen = incoming->unseen};
    *incoming = (rg__incoming){.explained = {0}};
    self->hidden = rg__array_new(a, self->count / 64 + 1, sizeof *self->hidden);
    if (!self->hidden)
        status = RG_ERR_NOMEM;
    if (!status)
        status = rg__counters_open(&self->unexplained, a, self->count);
    if (!status)
        status = rg__counters_open(&self->from_hidden, a, self->count);
    if (!status)
        status = subtract(self, c, order);
    if (!status)
        status = add_roots(self, c);
    if (!status)
        status = rg__account_kept(self, c, order);
    if (!status)
        status = judge_suspects(self, c, order);
    if (!status)
        status = add_sorted(self, c, order);
    return status ? status : rg__account_hide(self, c, order);
}

void rg__account_close(rg__account *self, rg__capture *c, const uint32_t *order)
{
    rg__ref_tally_dispose(&self->explained);
    for (uint32_t id = 0; rg__counters_next(&self->unseen, &id); id++) {
        rg__raw_node *node = &c->nodes[order[id]];
        if (rg__account_is_unseen(self, id) && node->flags & RG_NODE_GC_TRACKED &&
            !(node->flags & EXEMPT))
            node->flags |= RG_NODE_UNSEEN;
    }
    for (uint32_t id = 0; rg__counters_next(&self->from_hidden, &id); id++) {
        const uint32_t hidden = rg__counter(&self->from_hidden, id);
        rg__raw_node *node = &c->nodes[order[id]];
        if (node->refcount != UINT32_MAX)
            node->refcount -= hidden < node->refcount ? hidden : node->refcount;
    }
    rg__counters_dispose(&self->from_hidden);
    rg__counters_dispose(&self->unseen);
}

void rg__account_dispose(rg__account *self)
{
    rg__ref_tally_dispose(&self->explained);
    rg__counters_dispose(&self->unexplained);
    rg__counters_dispose(&self->from_hidden);
    rg__counters_dispose(&self->unseen);
    if (self->hidden)
        rg__array_free(&self->allocator, self->hidden, self->count / 64 + 1, sizeof *self->hidden);
    *self = (rg__account){.count = 0};
}
