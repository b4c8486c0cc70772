/* The objects that the collector lists, read in place and in one go: a list is a chain in memory, of which each link
 * has to come before the next can be asked for. So the chain is followed from both ends, and while its next links are
 * on their way the objects that came a little earlier are read:
 *
 *   links ─► ring ──── header asked for ──── body asked for ────► edges, attributes
 *                                                           └───► later[]: what needs more than the object itself
 *
 * Of the latter the edges come when all lists are known (walk.c): what names them asks what is listed. */
#include "capture/targets.h"

enum {
    RING = 32, /* a power of two */
    DEPTH = 24,
    NEAR =
        10 /* objects between the chain's ends and the one that is read, or whose body is asked for */
};

typedef struct listed {
    PyObject *object;
    uint64_t *place; /* in the bitmap */
    uint8_t generation;
} listed;

typedef struct listing {
    rg__capture *capture;
    listed ring[RING];
    size_t in, asked, out; /* objects that came, whose body was asked for, that were read */
    uintptr_t head, front, back;
    int generation;
    bool is_over;
    PyObject **later;
    size_t later_count, later_capacity;
    uint8_t *later_generations;
    size_t later_generation_capacity;
} listing;

static void begin_list(listing *self, int generation)
{
    self->generation = generation;
    self->head = self->capture->gc.heads[generation];
    self->front = rg__link(self->head, false);
    self->back = rg__link(self->head, true);
    self->is_over = self->front == self->head;
}

static rg_status put(listing *self, uintptr_t link)
{
    rg__capture *c = self->capture;
    listed *entry = &self->ring[self->in % RING];
    entry->object = rg__linked_object(link);
    entry->generation =
        (uint8_t)(self->generation | (rg__link_is_finalized(link) ? RG__FINALIZED : 0));
    entry->place = rg__addresses_place(&c->addresses, (uintptr_t)entry->object);
    if (!entry->place)
        entry->place = rg__addresses_make(&c->addresses, (uintptr_t)entry->object);
    if (!entry->place)
        return RG_ERR_NOMEM;
    __builtin_prefetch(entry->place, 1);
    self->in++;
    if (self->generation == RG_GENERATION_PERMANENT)
        c->collector.frozen++;
    return RG_OK;
}

static void ask_for(uintptr_t link)
{
    __builtin_prefetch((const char *)link - 16); /* what stands before the collector's links */
    __builtin_prefetch((const char *)link + 48);
}

/* One object of either end. */
static rg_status advance(listing *self)
{
    const uintptr_t front = self->front;
    const uintptr_t back = self->back;
    self->front = rg__link(front, false);
    self->back = rg__link(back, true);
    self->is_over = front == back || self->front == back;
    ask_for(self->front);
    ask_for(self->back);
    rg_status status = put(self, front);
    return status || front == back ? status : put(self, back);
}

static rg_status append(rg__capture *c, PyObject *object, uint8_t generation)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->objects, &c->object_capacity,
                                         c->object_count + 1, sizeof(PyObject *));
    if (!status)
        status = rg__array_reserve(&c->allocator, &c->generations, &c->generation_capacity,
                                   c->generation_count + 1, 1);
    if (status)
        return status;
    c->objects[c->object_count++] = object;
    c->generations[c->generation_count++] = generation;
    return RG_OK;
}

rg_status rg__capture_add_listed(rg__capture *c, PyObject *object, uint8_t generation)
{
    bool is_new = false;
    rg_status status = rg__addresses_add(&c->addresses, (uintptr_t)object, &is_new);
    return status || !is_new ? status : append(c, object, generation);
}

static rg_status put_off(listing *self, const listed *entry)
{
    const rg_allocator *a = &self->capture->allocator;
    const size_t need = self->later_count + 1;
    rg_status status =
        rg__array_reserve(a, &self->later, &self->later_capacity, need, sizeof *self->later);
    if (!status)
        status = rg__array_reserve(a, &self->later_generations, &self->later_generation_capacity,
                                   need, 1);
    if (status)
        return status;
    self->later[self->later_count] = entry->object;
    self->later_generations[self->later_count++] = entry->generation;
    return RG_OK;
}

/* Read the object that came first of those in the ring. Of one that is met again nothing is noted. */
static rg_status take(listing *self)
{
    rg__capture *c = self->capture;
    const listed entry = self->ring[self->out++ % RING];
    const uint64_t bit = rg__addresses_bit((uintptr_t)entry.object);
    uint32_t type = 0;
    if (*entry.place & bit)
        return RG_OK;
    *entry.place |= bit;
    c->addresses.count++;
    rg_status status = rg__capture_type(c, &type, Py_TYPE(entry.object));
    if (status)
        return status;
    if (!rg__edges_are_direct(entry.object, &c->types.items[type]))
        return put_off(self, &entry);
    status = append(c, entry.object, entry.generation);
    return status ? status : rg__capture_object(c, c->object_count - 1, true);
}

static rg_status take_down_to(listing *self, size_t depth)
{
    rg_status status = RG_OK;
    while (self->in - self->out > depth && !status) {
        const size_t near = self->in - (depth ? NEAR : 0);
        for (; self->asked < near; self->asked++)
            rg__object_prefetch(self->ring[self->asked % RING].object);
        status = take(self);
    }
    return status;
}

rg_status rg__capture_lists(rg__capture *c)
{
    listing self = {.capture = c};
    rg_status status = rg__targets_begin(c);
    if (status)
        return status;
    for (int generation = 0; generation < RG__LISTS && !status; generation++) {
        begin_list(&self, generation);
        while (!self.is_over && !status) {
            status = advance(&self);
            if (!status)
                status = take_down_to(&self, DEPTH);
        }
    }
    if (!status)
        status = take_down_to(&self, 0);
    for (size_t i = 0; i < self.later_count && !status; i++)
        status = append(c, self.later[i], self.later_generations[i]);
    status = rg__targets_end(c, status);
    rg__array_free(&c->allocator, self.later, self.later_capacity, sizeof *self.later);
    rg__array_free(&c->allocator, self.later_generations, self.later_generation_capacity, 1);
    return status;
}
