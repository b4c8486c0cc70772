/* Reverse edges: a counting sort of the edges by target, in two steps, since scattering twenty million sources over
 * all targets waits for memory at each of them.
 *
 *   1 sources, and the lower half of each target, into buckets of 65,536 targets: one place a bucket to write to
 *   2 each bucket by itself: its targets' counts stay in the cache
 *
 * Walking the sources upwards leaves them ascending within each target. The sources are sorted where they will
 * stay; 2 bytes an edge, and 4 of the largest bucket, are needed meanwhile. */
#include "graph/builder_private.h"

#include <string.h>

enum { BUCKET_BITS = 16, BUCKET_SIZE = 1 << BUCKET_BITS };

typedef struct reversal {
    rg_allocator allocator;
    size_t bucket_count;
    uint64_t *begins; /* bucket_count + 1: where the edges of a bucket begin */
    uint64_t *cursors;
    uint16_t *lows; /* by place in the buckets: the target's lower bits */
    uint64_t edge_count;
    uint64_t *counts; /* BUCKET_SIZE + 1 */
    uint32_t *segment;
    size_t segment_size; /* edges of the largest bucket */
} reversal;

static rg_status set_up(reversal *self, const rg_graph *g, const uint32_t *targets, size_t nodes)
{
    const rg_allocator *a = &self->allocator;
    self->bucket_count = (nodes >> BUCKET_BITS) + 1;
    self->edge_count = g->edge_count;
    self->begins = rg__array_new(a, self->bucket_count + 1, sizeof *self->begins);
    self->cursors = rg__array_new_raw(a, self->bucket_count, sizeof *self->cursors);
    self->counts = rg__array_new_raw(a, BUCKET_SIZE + 1, sizeof *self->counts);
    self->lows = rg__array_new_raw(a, (size_t)self->edge_count, sizeof *self->lows);
    if (!self->begins || !self->cursors || !self->counts || (self->edge_count && !self->lows))
        return RG_ERR_NOMEM;
    for (uint64_t e = 0; e < self->edge_count; e++)
        self->begins[(targets[e] >> BUCKET_BITS) + 1]++;
    for (size_t b = 0; b < self->bucket_count; b++) {
        const uint64_t size = self->begins[b + 1];
        self->segment_size = size > self->segment_size ? (size_t)size : self->segment_size;
        self->begins[b + 1] += self->begins[b];
        self->cursors[b] = self->begins[b];
    }
    self->segment = rg__array_new_raw(a, self->segment_size, sizeof *self->segment);
    return self->segment_size && !self->segment ? RG_ERR_NOMEM : RG_OK;
}

static void tear_down(reversal *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->begins, self->bucket_count + 1, sizeof *self->begins);
    rg__array_free(a, self->cursors, self->bucket_count, sizeof *self->cursors);
    rg__array_free(a, self->counts, BUCKET_SIZE + 1, sizeof *self->counts);
    rg__array_free(a, self->lows, (size_t)self->edge_count, sizeof *self->lows);
    rg__array_free(a, self->segment, self->segment_size, sizeof *self->segment);
}

static void fill_buckets(reversal *self, rg_graph *g, const uint32_t *targets, size_t nodes)
{
    uint64_t e = 0;
    for (size_t u = 0; u < nodes; u++)
        for (const uint64_t end = rg__edges_end(g, u); e < end; e++) {
            const uint64_t at = self->cursors[targets[e] >> BUCKET_BITS]++;
            g->sources[at] = (uint32_t)u;
            self->lows[at] = (uint16_t)(targets[e] & (BUCKET_SIZE - 1));
        }
}

/* Sort one bucket, and store where the edges of its targets begin. */
static rg_status sort_bucket(reversal *self, rg_graph *g, size_t bucket, size_t nodes)
{
    const uint64_t begin = self->begins[bucket];
    const size_t size = (size_t)(self->begins[bucket + 1] - begin);
    const uint16_t *lows = self->lows ? self->lows + begin : NULL;
    uint64_t *counts = self->counts;
    const size_t first = bucket << BUCKET_BITS;
    const size_t targets = nodes - first < BUCKET_SIZE ? nodes - first : BUCKET_SIZE;
    memset(counts, 0, (targets + 1) * sizeof *counts);
    for (size_t i = 0; lows && i < size; i++)
        counts[lows[i] + 1]++;
    rg_status status = RG_OK;
    for (size_t v = 0; v < targets && !status; v++) {
        status = rg__offsets_add(&g->reverse_offsets, &g->allocator, first + v, begin + counts[v]);
        counts[v + 1] += counts[v];
    }
    if (status || !lows)
        return status;
    memcpy(self->segment, g->sources + begin, size * sizeof *self->segment);
    for (size_t i = 0; i < size; i++)
        g->sources[begin + counts[lows[i]]++] = self->segment[i];
    return RG_OK;
}

rg_status rg__sort_reverse(rg_graph *g, const uint32_t *targets, size_t nodes)
{
    const rg_allocator *a = &g->allocator;
    reversal r = {.allocator = *a};
    g->sources = rg__array_new_raw(a, (size_t)g->edge_count, sizeof *g->sources);
    rg_status status = g->edge_count && !g->sources ? RG_ERR_NOMEM : RG_OK;
    if (!status)
        status = rg__array_resize(a, &g->reverse_offsets.low, &g->reverse_offsets.capacity,
                                  nodes + 1, sizeof *g->reverse_offsets.low);
    if (!status)
        status = set_up(&r, g, targets, nodes);
    if (!status)
        fill_buckets(&r, g, targets, nodes);
    for (size_t b = 0; b < r.bucket_count && !status; b++)
        status = sort_bucket(&r, g, b, nodes);
    if (!status)
        status = rg__offsets_push(&g->reverse_offsets, a, nodes, g->edge_count);
    tear_down(&r);
    return status;
}
