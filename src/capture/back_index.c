/* References among the tracked objects of a moment, against their direction.
 *
 *   objects   position → object, in the collector's order, one reference owned
 *   known     address  → rank
 *   begins    rank     → first of its referrers   | 0 | 2 | 2 | 5 | …
 *   sources   the referrers' positions            | 4 9 |   | 0 4 4 | …     ascending: a repeat stands beside
 *                                                                           the first
 *
 * One pass asks each object what it refers to and keeps that forwards; then it is turned round. */
#include "capture/live_walk.h"

#include "base/memory.h"
#include "capture/addresses.h"

enum { PREFETCH = 8 };

struct rg_back_index {
    rg_allocator allocator;
    rg_live_objects objects;
    rg__addresses known;
    uint32_t *begins;
    uint32_t *sources;
    size_t source_count;
};

/* What the objects refer to, forwards: only while the index is made. */
typedef struct forward {
    rg_back_index *index;
    uint32_t *targets; /* ranks */
    size_t count, capacity;
    uint32_t *ends; /* by position */
    rg_status failed;
} forward;

typedef struct noting {
    rg_back_index *index;
    rg__live_order order;
} noting;

static rg_status note(void *context, PyObject *object, uint64_t position)
{
    noting *n = context;
    bool is_new = false;
    rg_status status = rg__addresses_add(&n->index->known, (uintptr_t)object, &is_new);
    return status ? status : rg__live_order_add(&n->order, object, position);
}

static rg_status take_objects(rg_back_index *self)
{
    noting n = {self, {{.allocator = self->allocator}, {.allocator = self->allocator}, 0}};
    rg_status status = rg__live_walk(note, &n);
    if (!status)
        status = rg__live_order_finish(&self->objects, &n.order);
    if (!status)
        rg__live_objects_own(&self->objects);
    rg__live_order_dispose(&n.order);
    return status;
}

static int add_target(PyObject *target, void *context)
{
    forward *f = context;
    uint32_t rank = 0;
    if (f->failed || !target || !rg__addresses_find(&f->index->known, (uintptr_t)target, &rank))
        return 0;
    f->failed = f->count < UINT32_MAX
                    ? rg__array_reserve(&f->index->allocator, &f->targets, &f->capacity,
                                        f->count + 1, sizeof *f->targets)
                    : RG_ERR_LIMIT;
    if (!f->failed)
        f->targets[f->count++] = rank;
    return 0;
}

static rg_status read_forward(forward *f)
{
    const rg_live_objects *objects = &f->index->objects;
    for (size_t i = 0; i < objects->count && !f->failed; i++) {
        if (i + PREFETCH < objects->count)
            __builtin_prefetch(objects->items[i + PREFETCH]);
        rg__live_traverse(objects->items[i], add_target, f);
        f->ends[i] = (uint32_t)f->count;
    }
    return f->failed;
}

/* A counting sort by target; sources come out ascending. Afterwards begins[r] is where those of r begin. */
static rg_status turn_round(rg_back_index *self, const forward *f)
{
    const size_t count = self->objects.count;
    self->begins = rg__array_new(&self->allocator, count + 2, sizeof *self->begins);
    self->sources = rg__array_new_raw(&self->allocator, f->count + 1, sizeof *self->sources);
    if (!self->begins || !self->sources)
        return RG_ERR_NOMEM;
    self->source_count = f->count;
    for (size_t e = 0; e < f->count; e++)
        self->begins[f->targets[e] + 2]++;
    for (size_t r = 2; r < count + 2; r++)
        self->begins[r] += self->begins[r - 1];
    size_t e = 0;
    for (size_t i = 0; i < count; i++)
        for (; e < f->ends[i]; e++)
            self->sources[self->begins[f->targets[e] + 1]++] = (uint32_t)i;
    return RG_OK;
}

static rg_status fill(rg_back_index *self)
{
    rg_status status = take_objects(self);
    if (!status && self->objects.count >= UINT32_MAX - 1)
        status = RG_ERR_LIMIT;
    if (!status)
        status = rg__addresses_rank(&self->known);
    if (status)
        return status;
    forward f = {.index = self};
    f.ends = rg__array_new_raw(&self->allocator, self->objects.count + 1, sizeof *f.ends);
    status = f.ends ? read_forward(&f) : RG_ERR_NOMEM;
    if (!status)
        status = turn_round(self, &f);
    rg__array_free(&self->allocator, f.targets, f.capacity, sizeof *f.targets);
    rg__array_free(&self->allocator, f.ends, self->objects.count + 1, sizeof *f.ends);
    return status;
}

rg_status rg_back_index_new(rg_back_index **out, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    rg_back_index *self = rg__array_new(&a, 1, sizeof *self);
    if (!self)
        return RG_ERR_NOMEM;
    self->allocator = a;
    self->objects.allocator = a;
    self->known.allocator = a;
    rg_status status = fill(self);
    if (status)
        rg_back_index_free(self);
    else
        *out = self;
    return status;
}

void rg_back_index_free(rg_back_index *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    const size_t begins = self->objects.count + 2;
    if (self->begins)
        rg__array_free(&a, self->begins, begins, sizeof *self->begins);
    if (self->sources)
        rg__array_free(&a, self->sources, self->source_count + 1, sizeof *self->sources);
    rg__addresses_dispose(&self->known);
    rg_live_objects objects = self->objects;
    rg__array_free(&a, self, 1, sizeof *self);
    rg_live_objects_dispose(&objects); /* last: it may run code */
}

/* The rank of an object; false: the index has it not. */
static bool find_rank(const rg_back_index *self, const void *object, uint32_t *rank)
{
    return rg__addresses_find(&self->known, (uintptr_t)object, rank);
}

bool rg_back_index_has(const rg_back_index *self, const void *object)
{
    uint32_t rank = 0;
    return find_rank(self, object, &rank);
}

size_t rg_back_index_count(const rg_back_index *self)
{
    return self->objects.count;
}

size_t rg_back_index_memory(const rg_back_index *self)
{
    return sizeof *self + self->objects.capacity * sizeof *self->objects.items +
           (self->objects.count + 2) * sizeof *self->begins +
           (self->source_count + 1) * sizeof *self->sources + rg__addresses_memory(&self->known);
}

/* ---- questions ---- */

typedef struct question {
    PyObject *target;
    bool is_referrer;
    rg_live_objects *out;
    rg__live_order order; /* of a walk */
} question;

static int compare(PyObject *target, void *context)
{
    question *q = context;
    q->is_referrer |= target == q->target;
    return q->is_referrer; /* ends the traversal */
}

static bool refers(question *q, PyObject *object)
{
    q->is_referrer = false;
    rg__live_traverse(object, compare, q);
    return q->is_referrer;
}

static rg_status ask(void *context, PyObject *object, uint64_t position)
{
    question *q = context;
    return refers(q, object) ? rg__live_order_add(&q->order, object, position) : RG_OK;
}

static rg_status ask_live_heap(question *q)
{
    const rg_allocator a = q->out->allocator;
    rg_live_objects found = {.allocator = a};
    q->order = (rg__live_order){{.allocator = a}, {.allocator = a}, 0};
    rg_status status = rg__live_walk(ask, q);
    if (!status)
        status = rg__live_order_finish(&found, &q->order);
    for (size_t i = 0; i < found.count && !status; i++)
        status = rg__live_objects_add(q->out, found.items[i]);
    rg__array_free(&a, found.items, found.capacity, sizeof *found.items);
    rg__live_order_dispose(&q->order);
    return status;
}

rg_status rg_referrers_of(rg_live_objects *out, const rg_back_index *self, void *object)
{
    question q = {.target = object, .out = out};
    uint32_t rank = 0;
    rg_status status = RG_OK;
    if (!self)
        return ask_live_heap(&q);
    if (!find_rank(self, object, &rank)) {
        for (size_t i = 0; i < self->objects.count && !status; i++)
            if (refers(&q, self->objects.items[i]))
                status = rg__live_objects_add(out, self->objects.items[i]);
        return status;
    }
    for (uint32_t s = self->begins[rank]; s < self->begins[rank + 1] && !status; s++)
        if (s == self->begins[rank] || self->sources[s] != self->sources[s - 1])
            status = rg__live_objects_add(out, self->objects.items[self->sources[s]]);
    return status;
}

typedef struct reports {
    rg_live_objects *out;
    rg_status failed;
} reports;

static int add_report(PyObject *target, void *context)
{
    reports *r = context;
    if (target && !r->failed)
        r->failed = rg__live_objects_add(r->out, target);
    return 0;
}

rg_status rg_referents_of(rg_live_objects *out, void *object)
{
    reports r = {out, RG_OK};
    rg__live_traverse(object, add_report, &r);
    return r.failed;
}
