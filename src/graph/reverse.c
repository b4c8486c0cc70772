/* Reverse edges: a counting sort of the edges by target, in two steps, since scattering twenty million sources over
 * all targets waits for memory at each of them.
 *
 *   1 sources, and the lower half of each target, into buckets of 65,536 targets: one place a bucket to write to
 *   2 each bucket by itself: its targets' counts stay in the cache
 *
 * Walking the sources upwards leaves them ascending within each target. Two threads do each step: the first half of
 * the sources and the second, which goes behind it in each bucket; then one bucket after the other. The sources are
 * sorted where they will stay; 2 bytes an edge, and 4 of the largest bucket a thread, are needed meanwhile. */
#include "base/task.h"
#include "graph/builder_private.h"

#include <stdatomic.h>
#include <string.h>

enum { BUCKET_BITS = 16, BUCKET_SIZE = 1 << BUCKET_BITS, PARTS = 2, MANY = 1 << 18 /* edges */ };

typedef struct reversal reversal;

/* What one thread works with. */
typedef struct part {
    reversal *whole;
    size_t first, end; /* its sources */
    uint64_t *cursors; /* how many of its edges are in each bucket; then where the next one goes */
    uint64_t *counts;  /* BUCKET_SIZE + 1 */
    uint32_t *segment; /* as large as the largest bucket */
    rg_status status;
} part;

struct reversal {
    rg_allocator allocator;
    rg_graph *graph;
    const uint32_t *targets;
    size_t nodes, bucket_count;
    uint64_t *begins; /* bucket_count + 1: where the edges of a bucket begin */
    uint16_t *lows;   /* by place in the buckets: the target's lower bits */
    size_t segment_size;
    size_t part_count;
    part parts[PARTS];
    atomic_size_t next; /* the bucket to be sorted next */
};

/* Two threads only where the allocator takes them and nothing has to be done in the order of the nodes. */
static bool takes_thread(const rg_graph *g)
{
    return g->edge_count >= MANY && g->edge_count <= UINT32_MAX &&
           rg__allocator_is_shareable(&g->allocator) && rg__has_processors();
}

static rg_status set_up(reversal *self, rg_graph *g, const uint32_t *targets, size_t nodes)
{
    const rg_allocator *a = &g->allocator;
    *self = (reversal){.allocator = *a, .graph = g, .targets = targets, .nodes = nodes};
    self->bucket_count = (nodes >> BUCKET_BITS) + 1;
    self->part_count = takes_thread(g) ? PARTS : 1;
    atomic_init(&self->next, 0);
    self->begins = rg__array_new(a, self->bucket_count + 1, sizeof *self->begins);
    self->lows = rg__array_new_raw(a, (size_t)g->edge_count, sizeof *self->lows);
    rg_status status = self->begins && (self->lows || !g->edge_count) ? RG_OK : RG_ERR_NOMEM;
    size_t middle = nodes; /* by edges */
    if (self->part_count > 1)
        for (middle = 0; rg__edges_begin(g, middle) < g->edge_count / 2;)
            middle++;
    for (size_t i = 0; i < self->part_count; i++) {
        part *p = &self->parts[i];
        *p = (part){.whole = self, .first = i ? middle : 0, .end = i ? nodes : middle};
        p->cursors = rg__array_new(a, self->bucket_count, sizeof *p->cursors);
        p->counts = rg__array_new_raw(a, BUCKET_SIZE + 1, sizeof *p->counts);
        if (!p->cursors || !p->counts)
            status = RG_ERR_NOMEM;
    }
    return status;
}

static void tear_down(reversal *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->begins, self->bucket_count + 1, sizeof *self->begins);
    rg__array_free(a, self->lows, (size_t)self->graph->edge_count, sizeof *self->lows);
    for (size_t i = 0; i < self->part_count; i++) {
        const part *p = &self->parts[i];
        rg__array_free(a, p->cursors, self->bucket_count, sizeof *p->cursors);
        rg__array_free(a, p->counts, BUCKET_SIZE + 1, sizeof *p->counts);
        rg__array_free(a, p->segment, self->segment_size, sizeof *p->segment);
    }
}

static rg_status run(reversal *self, void (*step)(void *))
{
    rg__task task = {.is_running = false};
    if (self->part_count > 1)
        rg__task_start(&task, step, &self->parts[1], true);
    step(&self->parts[0]);
    rg__task_end(&task);
    return self->parts[0].status ? self->parts[0].status : self->parts[1].status;
}

static void count_buckets(void *context)
{
    part *self = context;
    const rg_graph *g = self->whole->graph;
    const uint32_t *targets = self->whole->targets;
    const uint64_t end = rg__edges_begin(g, self->end);
    for (uint64_t e = rg__edges_begin(g, self->first); e < end; e++)
        self->cursors[targets[e] >> BUCKET_BITS]++;
}

/* Where each bucket begins, and in it the edges of each part. */
static rg_status place_buckets(reversal *self)
{
    uint64_t place = 0;
    for (size_t b = 0; b < self->bucket_count; b++) {
        self->begins[b] = place;
        for (size_t i = 0; i < self->part_count; i++) {
            const uint64_t size = self->parts[i].cursors[b];
            self->parts[i].cursors[b] = place;
            place += size;
        }
        const size_t whole = (size_t)(place - self->begins[b]);
        self->segment_size = whole > self->segment_size ? whole : self->segment_size;
    }
    self->begins[self->bucket_count] = place;
    for (size_t i = 0; i < self->part_count && self->segment_size; i++) {
        uint32_t **segment = &self->parts[i].segment;
        *segment = rg__array_new_raw(&self->allocator, self->segment_size, sizeof **segment);
        if (!*segment)
            return RG_ERR_NOMEM;
    }
    return RG_OK;
}

static void fill_buckets(void *context)
{
    part *self = context;
    const rg_graph *g = self->whole->graph;
    const uint32_t *targets = self->whole->targets;
    uint16_t *lows = self->whole->lows;
    uint64_t e = rg__edges_begin(g, self->first);
    for (size_t u = self->first; u < self->end; u++)
        for (const uint64_t end = rg__edges_end(g, u); e < end; e++) {
            const uint64_t at = self->cursors[targets[e] >> BUCKET_BITS]++;
            g->sources[at] = (uint32_t)u;
            lows[at] = (uint16_t)(targets[e] & (BUCKET_SIZE - 1));
        }
}

/* Sort one bucket, and store where the edges of its targets begin. */
static rg_status sort_bucket(part *self, size_t bucket)
{
    const reversal *whole = self->whole;
    rg_graph *g = whole->graph;
    const uint64_t begin = whole->begins[bucket];
    const size_t size = (size_t)(whole->begins[bucket + 1] - begin);
    const uint16_t *lows = whole->lows ? whole->lows + begin : NULL;
    uint64_t *counts = self->counts;
    const size_t first = bucket << BUCKET_BITS;
    const size_t targets = whole->nodes - first < BUCKET_SIZE ? whole->nodes - first : BUCKET_SIZE;
    memset(counts, 0, (targets + 1) * sizeof *counts);
    for (size_t i = 0; lows && i < size; i++)
        counts[lows[i] + 1]++;
    rg_status status = RG_OK;
    for (size_t v = 0; v < targets && !status; v++) {
        status = rg__offsets_add(&g->reverse_offsets, &g->allocator, first + v, begin + counts[v]);
        counts[v + 1] += counts[v];
    }
    if (status || !lows || !size)
        return status;
    memcpy(self->segment, g->sources + begin, size * sizeof *self->segment);
    for (size_t i = 0; i < size; i++)
        g->sources[begin + counts[lows[i]]++] = self->segment[i];
    return RG_OK;
}

static void sort_buckets(void *context)
{
    part *self = context;
    reversal *whole = self->whole;
    while (!self->status) {
        const size_t bucket = atomic_fetch_add(&whole->next, 1);
        if (bucket >= whole->bucket_count)
            break;
        self->status = sort_bucket(self, bucket);
    }
}

rg_status rg__sort_reverse(rg_graph *g, const uint32_t *targets, size_t nodes)
{
    const rg_allocator *a = &g->allocator;
    reversal r;
    g->sources = rg__array_new_raw(a, (size_t)g->edge_count, sizeof *g->sources);
    if (g->edge_count && !g->sources)
        return RG_ERR_NOMEM;
    rg_status status = rg__array_resize(a, &g->reverse_offsets.low, &g->reverse_offsets.capacity,
                                        nodes + 1, sizeof *g->reverse_offsets.low);
    if (status)
        return status;
    status = set_up(&r, g, targets, nodes);
    if (!status)
        status = run(&r, count_buckets);
    if (!status)
        status = place_buckets(&r);
    if (!status)
        status = run(&r, fill_buckets);
    if (!status)
        status = run(&r, sort_buckets);
    if (!status)
        status = rg__offsets_push(&g->reverse_offsets, a, nodes, g->edge_count);
    tear_down(&r);
    return status;
}
