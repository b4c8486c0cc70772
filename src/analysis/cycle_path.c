/* A shortest cycle through the members: breadth first from each member in turn, no deeper than a better cycle
 * could be (Itai, Rodeh, "Finding a minimum circuit in a graph", SIAM J. Comput. 7, 1978). A member that was
 * searched from is left out afterwards: no shorter cycle leads through it; and so is every member that nothing
 * leads to any more, for no cycle does. A ring, whatever hangs on it, is done with one search. After a cycle of
 * two references was found only self-references are looked for, and those are looked for first.
 *
 * Of equally short ones the first met counts; searches begin at instances, then at other objects with a name,
 * then at containers. */
#include "analysis/cycle_kinds.h"
#include "analysis/part.h"

enum { EDGES_MOST = 1 << 26 };

typedef struct search {
    const rg__part *part;
    uint32_t *queue;
    uint32_t *depth; /* valid where stamp[u] is the search's number */
    uint32_t *stamp; /* RG_NONE: left out from now on */
    uint32_t
        *degrees;   /* edges from members that are not left out; UINT32_MAX: that many, or more */
    uint64_t *via;  /* number of the part's edge that reached it */
    uint64_t *path; /* part's edges of the best cycle, the last first */
    size_t path_capacity;
    size_t length; /* 0: none yet */
    uint64_t work;
    rg__watch watch;
} search;

/* Keep the cycle closed by edge k from u, back to where the search began. */
static rg_status keep(search *s, uint32_t start, uint32_t u, uint64_t k)
{
    const size_t length = (size_t)s->depth[u] + 1;
    rg_status status = rg__array_reserve(&s->part->allocator, &s->path, &s->path_capacity, length,
                                         sizeof *s->path);
    if (status)
        return status;
    s->path[0] = k;
    for (size_t i = 1; u != start; i++) {
        s->path[i] = s->via[u];
        u = rg__part_source(s->part, s->via[u]);
    }
    s->length = length;
    return RG_OK;
}

/* Search for a cycle through `start` that is shorter than the best. */
static rg_status search_from(search *s, uint32_t start, uint32_t number)
{
    const rg__part *p = s->part;
    size_t head = 0;
    size_t tail = 0;
    s->queue[tail++] = start;
    s->stamp[start] = number;
    s->depth[start] = 0;
    while (head < tail) {
        const uint32_t u = s->queue[head++];
        if (rg__tick(&s->watch, 1 + p->offsets[u + 1] - p->offsets[u]))
            return RG_ERR_CANCELLED;
        if (s->length && s->depth[u] + 1 >= s->length)
            return RG_OK;
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++) {
            const uint32_t v = p->targets[k];
            s->work++;
            if (v == start)
                return keep(s, start, u, k);
            if (s->stamp[v] == number || s->stamp[v] == RG_NONE)
                continue;
            s->stamp[v] = number;
            s->depth[v] = s->depth[u] + 1;
            s->via[v] = k;
            s->queue[tail++] = v;
        }
    }
    return RG_OK;
}

static void find_self_reference(search *s)
{
    const rg__part *p = s->part;
    for (uint32_t u = 0; u < p->count && !s->length && !rg__tick(&s->watch, 2); u++)
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1] && !s->length; k++)
            if (p->targets[k] == u) {
                s->path[0] = k;
                s->length = 1;
            }
}

static void count_degrees(search *s)
{
    const rg__part *p = s->part;
    for (uint64_t k = 0; k < p->edge_count && !rg__tick(&s->watch, 1); k++)
        s->degrees[p->targets[k]] += s->degrees[p->targets[k]] < UINT32_MAX;
}

/* Leave out a member, and those that only members left out lead to. */
static void leave_out(search *s, uint32_t start)
{
    const rg__part *p = s->part;
    size_t count = 0;
    s->queue[count++] = start;
    s->stamp[start] = RG_NONE;
    while (count) {
        const uint32_t u = s->queue[--count];
        if (rg__tick(&s->watch, 1 + p->offsets[u + 1] - p->offsets[u]))
            return;
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++) {
            const uint32_t v = p->targets[k];
            if (s->stamp[v] == RG_NONE || s->degrees[v] == UINT32_MAX || --s->degrees[v])
                continue;
            s->stamp[v] = RG_NONE;
            s->queue[count++] = v;
        }
    }
}

/* All members by what they tell, the most first. */
static rg_status search_all(search *s, bool *is_shortest)
{
    const rg__part *p = s->part;
    uint32_t number = 0;
    *is_shortest = true;
    for (uint32_t rank = 0; rank < RG__TELLING_RANKS; rank++)
        for (uint32_t u = 0; u < p->count && s->length != 1 && s->length != 2; u++) {
            if (s->stamp[u] == RG_NONE || rg__telling_rank(p->graph, p->nodes[u]) != rank)
                continue;
            if (s->work > EDGES_MOST && s->length) {
                *is_shortest = false;
                return RG_OK;
            }
            rg_status status = search_from(s, u, number++);
            if (status)
                return status;
            leave_out(s, u);
        }
    return RG_OK;
}

/* ---- from the part's edges to a path ---- */

/* Where to begin: the object that tells most, of those the type that comes first in the alphabet. */
static size_t best_start(const rg__part *p, const uint32_t *sources, size_t length)
{
    size_t best = 0;
    for (size_t i = 1; i < length; i++)
        if (rg__tells_more(p->graph, p->nodes[sources[i]], p->nodes[sources[best]]))
            best = i;
    return best;
}

static rg_status make_path(const search *s, rg_cycle_path *out)
{
    const rg__part *p = s->part;
    const rg_allocator *a = &out->allocator;
    out->edges = rg__array_new_raw(a, s->length, sizeof *out->edges);
    uint32_t *sources = rg__array_new_raw(a, s->length, sizeof *sources);
    if (out->edges && sources) {
        for (size_t i = 0; i < s->length; i++)
            sources[i] = rg__part_source(p, s->path[s->length - 1 - i]);
        const size_t start = best_start(p, sources, s->length);
        for (size_t i = 0; i < s->length; i++) {
            const size_t from = (start + i) % s->length;
            out->edges[i] = rg__part_edge(p, sources[from], s->path[s->length - 1 - from]);
        }
        out->count = s->length;
    } else {
        rg__array_free(a, out->edges, s->length, sizeof *out->edges);
        out->edges = NULL;
    }
    rg__array_free(a, sources, s->length, sizeof *sources);
    return out->edges ? RG_OK : RG_ERR_NOMEM;
}

static rg_status find(search *s, rg_cycle_path *out)
{
    const rg__part *p = s->part;
    const rg_allocator *a = &out->allocator;
    s->queue = rg__array_new_raw(a, p->count, sizeof *s->queue);
    s->depth = rg__array_new_raw(a, p->count, sizeof *s->depth);
    s->stamp = rg__array_new_raw(a, p->count, sizeof *s->stamp);
    s->degrees = rg__array_new(a, p->count, sizeof *s->degrees);
    s->via = rg__array_new_raw(a, p->count, sizeof *s->via);
    rg_status status = rg__array_reserve(a, &s->path, &s->path_capacity, 1, sizeof *s->path);
    if (!s->queue || !s->depth || !s->stamp || !s->degrees || !s->via)
        status = RG_ERR_NOMEM;
    if (!status) {
        s->watch = rg__watch_begin(p->graph, "shortest cycle", EDGES_MOST);
        for (uint32_t u = 0; u < p->count && !rg__tick(&s->watch, 1); u++)
            s->stamp[u] = RG_NONE - 1;
        count_degrees(s);
        find_self_reference(s);
        status = rg__watch_status(&s->watch);
    }
    if (!status)
        status = search_all(s, &out->is_shortest);
    if (!status)
        status = rg__watch_status(&s->watch);
    if (!status)
        status = make_path(s, out);
    rg__array_free(a, s->queue, p->count, sizeof *s->queue);
    rg__array_free(a, s->depth, p->count, sizeof *s->depth);
    rg__array_free(a, s->stamp, p->count, sizeof *s->stamp);
    rg__array_free(a, s->degrees, p->count, sizeof *s->degrees);
    rg__array_free(a, s->via, p->count, sizeof *s->via);
    rg__array_free(a, s->path, s->path_capacity, sizeof *s->path);
    return status;
}

rg_status rg_cycle_path_find(rg_cycle_path *out, const rg_graph *graph, const rg_cycles *cycles,
                             size_t cycle, const rg_allocator *allocator)
{
    rg_cycle_path found = {.allocator = allocator ? *allocator : graph->allocator};
    rg__part part = {0};
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    rg_status status = rg__part_make(&part, graph, cycles, cycle, &found.allocator);
    if (status)
        return status;
    search s = {.part = &part};
    status = find(&s, &found);
    rg__part_dispose(&part);
    if (!status)
        *out = found;
    return status;
}

void rg_cycle_path_dispose(rg_cycle_path *self)
{
    rg__array_free(&self->allocator, self->edges, self->count, sizeof *self->edges);
    *self = (rg_cycle_path){0};
}

static void reverse(rg_edge *edges, size_t begin, size_t end)
{
    while (begin + 1 < end) {
        const rg_edge edge = edges[begin];
        edges[begin++] = edges[--end];
        edges[end] = edge;
    }
}

void rg_cycle_path_turn(rg_cycle_path *self, const rg_cut *cut)
{
    enum { LOOKED_AT = 16 };
    for (size_t i = 0; i < self->count; i++)
        for (size_t k = 0; k < cut->count && k < LOOKED_AT; k++) {
            if (self->edges[i].index != cut->edges[k].index)
                continue;
            reverse(self->edges, 0, i + 1);
            reverse(self->edges, i + 1, self->count);
            reverse(self->edges, 0, self->count);
            return;
        }
}
