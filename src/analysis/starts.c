/* See starts.h. For garbage, two searches after the roots':
 *
 *   1. Each node that is not met yet, in the order of preference, becomes a candidate, and what it reaches is
 *      met. A component that nothing outside of it leads to is met through its most preferred node, which is
 *      a candidate.
 *   2. The set is put back to what roots reach. The candidates, last first, that are not met yet are the
 *      starts, and what each reaches is met.
 *
 * A candidate v of another component, with the component P leading to it, is no start: the candidate p of P came
 * later than v (had it come before, it would have met v), so in step 2 p comes before v, and by then
 * everything that p reaches is met. */
#include "analysis/starts.h"

#include "analysis/reach.h"

#include <string.h>

static rg_status add(rg__starts *self, uint32_t node)
{
    const rg_status status = rg__array_reserve(&self->allocator, &self->items, &self->capacity,
                                               self->count + 1, sizeof *self->items);
    if (!status)
        self->items[self->count++] = node;
    return status;
}

static rg_status add_candidates(rg__starts *self, rg__front *front)
{
    const rg__tables *t = &front->graph->tables;
    rg_status status = RG_OK;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t n = 0; n < t->node_count && !status; n++) {
            if (rg__tick(&front->watch, 1))
                return RG_ERR_CANCELLED;
            if (pass == 0 && t->types[rg__node_type(t, n)].kind != RG_KIND_INSTANCE)
                continue;
            if (rg__front_meet(front, n))
                status = add(self, n);
        }
    return status;
}

/* Of the items from `begin` on keep those that none of the later ones reaches. */
static void keep_sources(rg__starts *self, size_t begin, rg__front *front)
{
    size_t kept = self->count;
    for (size_t i = self->count; i-- > begin;)
        if (rg__front_meet(front, self->items[i]))
            self->items[--kept] = self->items[i];
    const size_t count = self->count - kept;
    if (count)
        memmove(self->items + begin, self->items + kept, count * sizeof *self->items);
    self->count = begin + count;
}

rg_status rg__starts_find(rg__starts *out, const rg_graph *graph, const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    const size_t words = rg__bit_words(graph);
    rg__starts found = {.allocator = allocator ? *allocator : graph->allocator};
    const rg_allocator *a = &found.allocator;
    rg__front front = {0};
    rg_status status = RG_ERR_NOMEM;
    uint64_t *reached = rg__array_new(a, words, sizeof *reached);
    uint64_t *by_roots = rg__array_new_raw(a, words, sizeof *by_roots);
    if (!reached || !by_roots)
        goto done;
    status = rg__front_start(&front, graph, reached, a);
    for (size_t r = 0; r < t->root_count && !status; r++) {
        (void)rg__front_meet(&front, t->roots[r].node);
        status = add(&found, t->roots[r].node);
    }
    if (!status)
        status = rg__watch_status(&front.watch);
    if (status)
        goto done;
    memcpy(by_roots, reached, words * sizeof *reached);
    status = add_candidates(&found, &front);
    if (status)
        goto done;
    memcpy(reached, by_roots, words * sizeof *reached);
    keep_sources(&found, t->root_count, &front);
    status = rg__watch_status(&front.watch);
    if (status)
        goto done;
    *out = found;
    found = (rg__starts){.allocator = *a};

done:
    rg__front_dispose(&front, a);
    rg__array_free(a, by_roots, words, sizeof *by_roots);
    rg__array_free(a, reached, words, sizeof *reached);
    rg__starts_dispose(&found);
    return status;
}

void rg__starts_dispose(rg__starts *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg__starts){.allocator = self->allocator};
}
