/* The targets of edges are not put into the queue while the lists are read: those that are listed come by themselves,
 * with their generation. So they go into a set of their own, and what of it has not been listed joins the queue at
 * the end, in the order of addresses: neighbours in memory are read together.
 *
 *   edges of a full block ──► found (bits, and marks: keys of dicts) ──── listed ones taken out ──► objects[]
 *
 * A second thread fills the set where there are many edges: it reads full blocks, in which nobody writes any more, and
 * nothing of Python's. It also has the next block ready: the first touch of memory is what costs most there. Without
 * it, as in the child of a fork, a block is looked at when it is full, in the cache. */
#include "capture/targets.h"

#include "base/task.h"

#include <pthread.h>

enum { BATCH = 32 };

struct rg__targets {
    rg__addresses found;
    PyObject **odd; /* of those found, what is at no multiple of 16: a few in static memory */
    size_t odd_count, odd_capacity;
    size_t noted; /* edges */
    rg_allocator allocator;
    /* for the second thread, under the mutex */
    bool is_threaded, is_closed;
    rg__task task;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    const rg__raw_edge **full; /* blocks */
    size_t full_count, full_capacity;
    rg__raw_edge *spare; /* block, or NULL: it has been taken */
    bool has_no_spares;  /* there is no memory for them */
    rg_status status;    /* of the thread, when it has ended */
};

static rg_status add_odd(rg__targets *self, PyObject *target)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->odd, &self->odd_capacity,
                                         self->odd_count + 1, sizeof(PyObject *));
    if (!status)
        self->odd[self->odd_count++] = target;
    return status;
}

static rg_status note_batch(rg__targets *self, const rg__raw_edge *edges, size_t count)
{
    uint64_t *places[BATCH];
    rg_status status = RG_OK;
    for (size_t k = 0; k < count; k++) {
        const uintptr_t address = (uintptr_t)edges[k].target;
        places[k] = rg__addresses_place(&self->found, address);
        if (!places[k])
            places[k] = rg__addresses_make(&self->found, address);
        if (!places[k])
            return RG_ERR_NOMEM;
        __builtin_prefetch(places[k], 1);
    }
    for (size_t k = 0; k < count && !status; k++) {
        const uint64_t bit = rg__addresses_bit((uintptr_t)edges[k].target);
        if (edges[k].label & RG__IS_KEY && !(places[k][1] & bit))
            places[k][1] |= bit;
        if (*places[k] & bit)
            continue;
        *places[k] |= bit;
        if ((uintptr_t)edges[k].target % (1 << RG__SLOT_SHIFT))
            status = add_odd(self, edges[k].target);
    }
    return status;
}

static rg_status note(rg__targets *self, const rg__raw_edge *edges, size_t count)
{
    rg_status status = RG_OK;
    for (size_t k = 0; k < count && !status; k += BATCH)
        status = note_batch(self, edges + k, count - k < BATCH ? count - k : BATCH);
    return status;
}

/* Make the next block for edges, whose pages are there, unless there is no memory: then nobody misses it. */
static void make_spare(rg__targets *self)
{
    enum { PAGE = 4096 };
    rg__raw_edge *block = rg__array_new_raw(&self->allocator, RG__RAW_BLOCK, sizeof *block);
    for (size_t at = 0; block && at < RG__RAW_BLOCK; at += PAGE / sizeof *block)
        block[at].label = 0;
    (void)pthread_mutex_lock(&self->mutex);
    self->spare = block;
    self->has_no_spares = !block;
    (void)pthread_mutex_unlock(&self->mutex);
}

/* What is to be done next; under the mutex. */
static bool wants_spare(const rg__targets *self)
{
    return !self->spare && !self->has_no_spares && !self->is_closed;
}

/* Wait until there is something to do. *block: full block `i`, or NULL; false: there will be no more. */
static bool wait_for_work(rg__targets *self, size_t i, const rg__raw_edge **block, bool *spare)
{
    (void)pthread_mutex_lock(&self->mutex);
    while (i == self->full_count && !self->is_closed && !wants_spare(self))
        (void)pthread_cond_wait(&self->changed, &self->mutex);
    *block = i < self->full_count ? self->full[i] : NULL;
    *spare = wants_spare(self);
    (void)pthread_mutex_unlock(&self->mutex);
    return *block || *spare;
}

static void work(void *context)
{
    rg__targets *self = context;
    const rg__raw_edge *block = NULL;
    bool spare = false;
    for (size_t i = 0; !self->status && wait_for_work(self, i, &block, &spare);) {
        if (spare)
            make_spare(self);
        if (block)
            self->status = note(self, block, RG__RAW_BLOCK);
        i += block != NULL;
    }
}

static rg_status hand_over(rg__targets *self, const rg__raw_edge *edges)
{
    (void)pthread_mutex_lock(&self->mutex);
    rg_status status = rg__array_reserve(&self->allocator, &self->full, &self->full_capacity,
                                         self->full_count + 1, sizeof *self->full);
    if (!status)
        self->full[self->full_count++] = edges;
    (void)pthread_cond_signal(&self->changed);
    (void)pthread_mutex_unlock(&self->mutex);
    return status;
}

/* Begin the thread, unless there is none to be had. */
static void begin_thread(rg__targets *self)
{
    if (!rg__allocator_is_shareable(&self->allocator) || !rg__has_processors() ||
        pthread_mutex_init(&self->mutex, NULL))
        return;
    if (pthread_cond_init(&self->changed, NULL)) {
        (void)pthread_mutex_destroy(&self->mutex);
        return;
    }
    self->is_threaded = rg__task_try(&self->task, work, self);
    if (!self->is_threaded) {
        (void)pthread_cond_destroy(&self->changed);
        (void)pthread_mutex_destroy(&self->mutex);
    }
}

static void end_thread(rg__targets *self)
{
    if (!self->is_threaded)
        return;
    (void)pthread_mutex_lock(&self->mutex);
    self->is_closed = true;
    (void)pthread_cond_signal(&self->changed);
    (void)pthread_mutex_unlock(&self->mutex);
    rg__task_end(&self->task);
    (void)pthread_cond_destroy(&self->changed);
    (void)pthread_mutex_destroy(&self->mutex);
    self->is_threaded = false;
}

rg__raw_edge *rg__targets_take_spare(rg__capture *c)
{
    rg__targets *self = c->targets;
    if (!self || !self->is_threaded)
        return NULL;
    (void)pthread_mutex_lock(&self->mutex);
    rg__raw_edge *block = self->spare;
    self->spare = NULL;
    (void)pthread_cond_signal(&self->changed);
    (void)pthread_mutex_unlock(&self->mutex);
    return block;
}

rg_status rg__targets_begin(rg__capture *c)
{
    rg__targets *self = rg__array_new(&c->allocator, 1, sizeof *self);
    if (!self)
        return RG_ERR_NOMEM;
    self->allocator = c->allocator;
    self->found.allocator = c->allocator;
    c->targets = self;
    return RG_OK;
}

rg_status rg__targets_note_block(rg__capture *c, const rg__raw_edge *edges)
{
    rg__targets *self = c->targets;
    if (!self->noted)
        begin_thread(self);
    self->noted += RG__RAW_BLOCK;
    return self->is_threaded ? hand_over(self, edges) : note(self, edges, RG__RAW_BLOCK);
}

static rg_status append(rg__capture *c, PyObject *object)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->objects, &c->object_capacity,
                                         c->object_count + 1, sizeof(PyObject *));
    if (!status)
        c->objects[c->object_count++] = object;
    return status;
}

/* Put what of a chunk has not been listed into the queue. */
static rg_status join_chunk(rg__capture *c, const rg__chunk *chunk)
{
    const uintptr_t base = (uintptr_t)chunk->number << RG__CHUNK_SHIFT;
    uint64_t *words = rg__addresses_place(&c->addresses, base);
    if (!words)
        words = rg__addresses_make(&c->addresses, base);
    rg_status status = words ? RG_OK : RG_ERR_NOMEM;
    for (size_t w = 0; w < RG__CHUNK_WORDS && !status; w++) {
        uint64_t fresh = chunk->words[2 * w] & ~words[2 * w];
        words[2 * w] |= fresh;
        words[2 * w + 1] |= chunk->words[2 * w + 1];
        for (; fresh && !status; fresh &= fresh - 1) {
            const size_t slot = 64 * w + (size_t)__builtin_ctzll(fresh);
            c->addresses.count++;
            status = append(c, (PyObject *)(base + (slot << RG__SLOT_SHIFT)));
        }
    }
    return status;
}

static rg_status join(rg__capture *c, rg__targets *self)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < self->odd_count && !status; i++)
        status = rg__capture_enqueue(c, self->odd[i]);
    if (!status)
        status = rg__addresses_sort(&self->found);
    for (size_t i = 0; i < self->found.sorted_count && !status; i++)
        status = join_chunk(c, &self->found.sorted[i]);
    c->flushed_count = c->edge_count;
    return status;
}

rg_status rg__targets_end(rg__capture *c, rg_status failed)
{
    rg__targets *self = c->targets;
    end_thread(self);
    rg_status status = failed ? failed : self->status;
    if (!status && c->edge_count > self->noted)
        status = note(self, rg__raw_at(c, self->noted), c->edge_count - self->noted);
    if (!status)
        status = join(c, self);
    c->targets = NULL;
    rg__addresses_dispose(&self->found);
    rg__array_free(&c->allocator, self->odd, self->odd_capacity, sizeof *self->odd);
    rg__array_free(&c->allocator, self->full, self->full_capacity, sizeof *self->full);
    rg__array_free(&c->allocator, self->spare, RG__RAW_BLOCK, sizeof *self->spare);
    rg__array_free(&c->allocator, self, 1, sizeof *self);
    return status;
}
