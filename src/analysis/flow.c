/* See flow.h. */
#include "analysis/flow.h"

#include "graph/graph_private.h"

/* Where the in-edges of each node begin; `begins` has an entry more than there are nodes. */
static void count_sources(const rg__flow_edges *self, uint64_t *begins, rg__watch *watch)
{
    for (uint64_t e = 0; e < self->edge_count && !rg__tick(watch, 1); e++)
        begins[self->targets[e]]++;
    uint64_t begin = 0;
    for (uint32_t n = 0; n <= self->count && !rg__tick(watch, 1); n++) {
        const uint64_t count = begins[n];
        begins[n] = begin;
        begin += count;
    }
}

/* Moves each node's begin to the end of its in-edges. */
static void place_sources(const rg__flow_edges *self, uint64_t *begins, rg__watch *watch)
{
    for (uint32_t n = 0; n < self->count; n++) {
        const uint64_t end = rg__offset(&self->offsets, (size_t)n + 1);
        for (uint64_t e = rg__offset(&self->offsets, n); e < end; e++)
            self->sources[begins[self->targets[e]]++] = n;
        if (rg__tick(watch, 1 + end - rg__offset(&self->offsets, n)))
            return;
    }
}

rg_status rg__flow_edges_make(rg__flow_edges *out, uint32_t count, const uint64_t *offsets,
                              const uint32_t *targets, const rg_graph *watched,
                              const rg_allocator *allocator)
{
    const size_t room = (size_t)count + 1;
    rg__watch watch =
        rg__watch_begin(watched, "dominators", 2 * (uint64_t)count + 2 * offsets[count]);
    *out = (rg__flow_edges){
        .count = count,
        .edge_count = offsets[count],
        .targets = targets,
        .allocator = *allocator,
    };
    uint64_t *begins = rg__array_new(allocator, room, sizeof *begins);
    out->sources = rg__array_new_raw(allocator, out->edge_count, sizeof *out->sources);
    rg_status status = begins && (out->sources || !out->edge_count) ? RG_OK : RG_ERR_NOMEM;
    if (!status)
        status = rg__offsets_pack(&out->offsets, allocator, offsets, room);
    if (!status) {
        count_sources(out, begins, &watch);
        status = rg__watch_status(&watch);
    }
    if (!status)
        status = rg__offsets_pack(&out->source_offsets, allocator, begins, room);
    if (!status) {
        place_sources(out, begins, &watch);
        status = rg__watch_status(&watch);
    }
    rg__array_free(allocator, begins, room, sizeof *begins);
    return status;
}

void rg__flow_edges_dispose(rg__flow_edges *self)
{
    const rg_allocator a = self->allocator;
    if (!a.resize)
        return;
    rg__array_free(&a, self->sources, (size_t)self->edge_count, sizeof *self->sources);
    rg__offsets_dispose(&self->source_offsets, &a);
    rg__offsets_dispose(&self->offsets, &a);
    *self = (rg__flow_edges){0};
}

rg__flow rg__flow_of(const rg__flow_edges *edges, const uint32_t *starts, size_t start_count,
                     const rg_graph *watched)
{
    return (rg__flow){
        .count = edges->count,
        .offsets = edges->offsets,
        .targets = edges->targets,
        .source_offsets = edges->source_offsets,
        .sources = edges->sources,
        .starts = starts,
        .start_count = start_count,
        .watched = watched,
    };
}
