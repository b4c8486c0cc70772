/* See cut_net.h. */
#include "analysis/cut_net.h"

#include <string.h>

#include "analysis/links.h"
#include "analysis/scc.h"

#define WORK_MOST (UINT64_C(1) << 27) /* of rg__net_is_spent */

/* Whether a local node has an edge with a key. */
static bool has_keys(const rg__part *p, uint32_t u)
{
    for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++)
        if (rg__edge_kind(p->graph, p->edges[k]) == RG_NAME_KEY)
            return true;
    return false;
}

static rg_status find_owners(rg__net *self)
{
    const rg__part *p = self->part;
    rg__links links = rg__links_of(p->graph, "references to cut", &self->allocator);
    rg_status status = RG_OK;
    self->owners = rg__array_new_raw(&self->allocator, p->count, sizeof *self->owners);
    if (!self->owners)
        status = RG_ERR_NOMEM;
    for (uint32_t u = 0; u < p->count && !status; u++) {
        if (rg__tick(&links.watch, 1 + p->offsets[u + 1] - p->offsets[u]))
            status = RG_ERR_CANCELLED;
        self->owners[u] = RG_NONE;
        if (!status && has_keys(p, u))
            status = rg__links_owner(&links, &self->owners[u], p->nodes[u]);
    }
    rg__links_dispose(&links);
    return status;
}

/* ---- what cannot be cut is contracted ---- */

typedef struct fixed {
    uint8_t *kinds;      /* per edge of the part */
    rg__offsets offsets; /* the part's edges that cannot be cut */
    uint32_t *targets;
    uint32_t *labels; /* zeroes: all of them are followed */
    rg_scc scc;       /* by node of the part */
} fixed;

static rg_status find_fixed(fixed *out, const rg__net *net)
{
    const rg__part *p = net->part;
    const rg_allocator *a = &net->allocator;
    out->kinds = rg__array_new_raw(a, p->edge_count, sizeof *out->kinds);
    out->targets = rg__array_new_raw(a, p->edge_count, sizeof *out->targets);
    out->labels = rg__array_new(a, p->edge_count, sizeof *out->labels);
    if (!out->kinds || !out->targets || !out->labels)
        return RG_ERR_NOMEM;
    uint64_t next = 0;
    rg_status status = rg__offsets_push(&out->offsets, a, 0, 0);
    for (uint32_t u = 0; u < p->count && !status; u++) {
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++) {
            const rg_edge edge = rg__part_edge(p, u, k);
            out->kinds[k] = (uint8_t)rg__cut_kind_of(p->graph, &edge, net->owners[u]);
            if (out->kinds[k] >= RG__CUT_FIXED)
                out->targets[next++] = p->targets[k];
        }
        status = rg__offsets_push(&out->offsets, a, (size_t)u + 1, next);
    }
    if (status)
        return status;
    const rg_graph flow = {/* nothing but edges */
                           .monitor = p->graph->monitor,
                           .tables.node_count = p->count,
                           .offsets = out->offsets,
                           .targets = out->targets,
                           .labels = out->labels};
    return rg__scc_find(&out->scc, &flow, RG_STRENGTH_OWN, NULL, a);
}

static void fixed_dispose(fixed *self, const rg__net *net)
{
    const rg__part *p = net->part;
    const rg_allocator *a = &net->allocator;
    rg__array_free(a, self->kinds, p->edge_count, sizeof *self->kinds);
    rg__offsets_dispose(&self->offsets, a);
    rg__array_free(a, self->targets, p->edge_count, sizeof *self->targets);
    rg__array_free(a, self->labels, p->edge_count, sizeof *self->labels);
    rg_scc_dispose(&self->scc);
}

static bool is_in_net(const fixed *f, const rg__part *p, uint32_t u, uint64_t k)
{
    return f->kinds[k] < RG__CUT_FIXED || f->scc.component[u] != f->scc.component[p->targets[k]];
}

/* The usual case: nothing is contracted, and the net is the part. */
static bool is_whole(const fixed *f, const rg__part *p)
{
    if (f->scc.count != p->count)
        return false;
    for (uint32_t u = 0; u < p->count; u++)
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++)
            if (p->targets[k] == u && f->kinds[k] >= RG__CUT_FIXED)
                return false;
    return true;
}

static void borrow(rg__net *self, fixed *f)
{
    const rg__part *p = self->part;
    self->count = p->count;
    self->edge_count = p->edge_count;
    self->offsets = p->offsets;
    self->targets = p->targets;
    self->kinds = f->kinds;
    f->kinds = NULL;
}

/* The net's edges, by a counting sort over the contracted sources. */
static rg_status fill(rg__net *self, const fixed *f)
{
    const rg__part *p = self->part;
    const rg_allocator *a = &self->allocator;
    self->count = f->scc.count;
    self->own_offsets = rg__array_new(a, (size_t)f->scc.count + 2, sizeof *self->own_offsets);
    if (!self->own_offsets)
        return RG_ERR_NOMEM;
    uint64_t *offsets = self->own_offsets;
    for (uint32_t u = 0; u < p->count; u++)
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++)
            offsets[f->scc.component[u] + 2] += is_in_net(f, p, u, k);
    for (uint32_t u = 0; u < f->scc.count; u++)
        offsets[u + 2] += offsets[u + 1];
    self->edge_count = offsets[f->scc.count + 1];
    self->own_targets = rg__array_new_raw(a, self->edge_count, sizeof *self->own_targets);
    self->edges = rg__array_new_raw(a, self->edge_count, sizeof *self->edges);
    self->kinds = rg__array_new_raw(a, self->edge_count, sizeof *self->kinds);
    if (self->edge_count && (!self->own_targets || !self->edges || !self->kinds))
        return RG_ERR_NOMEM;
    self->offsets = offsets;
    self->targets = self->own_targets;
    for (uint32_t u = 0; u < p->count; u++)
        for (uint64_t k = p->offsets[u]; k < p->offsets[u + 1]; k++) {
            if (!is_in_net(f, p, u, k))
                continue;
            const uint64_t at = offsets[f->scc.component[u] + 1]++;
            self->own_targets[at] = f->scc.component[p->targets[k]];
            self->edges[at] = k;
            self->kinds[at] = f->kinds[k];
        }
    return RG_OK;
}

rg_status rg__net_make(rg__net *out, const rg__part *part)
{
    rg__net net = {
        .allocator = part->allocator,
        .part = part,
        .watch = rg__watch_begin(part->graph, "references to cut", WORK_MOST),
    };
    const rg_allocator *a = &net.allocator;
    fixed f = {0};
    rg_status status = find_owners(&net);
    if (!status)
        status = find_fixed(&f, &net);
    net.has_fixed = !status && !is_whole(&f, part);
    if (!status && !net.has_fixed)
        borrow(&net, &f);
    else if (!status)
        status = fill(&net, &f);
    fixed_dispose(&f, &net);
    if (!status) {
        net.degrees = rg__array_new_raw(a, (size_t)net.count + 1, sizeof *net.degrees);
        net.queue = rg__array_new_raw(a, (size_t)net.count + 1, sizeof *net.queue);
        net.removed = rg__array_new(a, net.edge_count / 64 + 1, sizeof *net.removed);
        if (!net.degrees || !net.queue || !net.removed)
            status = RG_ERR_NOMEM;
    }
    if (status)
        rg__net_dispose(&net);
    else
        *out = net;
    return status;
}

void rg__net_dispose(rg__net *self)
{
    const rg_allocator *a = &self->allocator;
    if (!self->part)
        return;
    rg__array_free(a, self->owners, self->part->count, sizeof *self->owners);
    rg__array_free(a, self->own_offsets, (size_t)self->count + 2, sizeof *self->own_offsets);
    rg__array_free(a, self->own_targets, self->edge_count, sizeof *self->own_targets);
    rg__array_free(a, self->edges, self->edge_count, sizeof *self->edges);
    rg__array_free(a, self->kinds, self->edge_count, sizeof *self->kinds);
    rg__array_free(a, self->degrees, (size_t)self->count + 1, sizeof *self->degrees);
    rg__array_free(a, self->queue, (size_t)self->count + 1, sizeof *self->queue);
    rg__array_free(a, self->removed, self->edge_count / 64 + 1, sizeof *self->removed);
    *self = (rg__net){0};
}

bool rg__net_is_acyclic(rg__net *self)
{
    uint32_t done = 0;
    uint32_t tail = 0;
    memset(self->degrees, 0, self->count * sizeof *self->degrees);
    for (uint64_t k = 0; k < self->edge_count && !rg__tick(&self->watch, 1); k++)
        self->degrees[self->targets[k]] += !rg__bit(self->removed, (uint32_t)k);
    for (uint32_t u = 0; u < self->count && !rg__tick(&self->watch, 1); u++)
        if (!self->degrees[u])
            self->queue[tail++] = u;
    while (done < tail) {
        const uint32_t u = self->queue[done++];
        if (rg__tick(&self->watch, self->offsets[u + 1] - self->offsets[u]))
            break;
        for (uint64_t k = self->offsets[u]; k < self->offsets[u + 1]; k++)
            if (!rg__bit(self->removed, (uint32_t)k) && !--self->degrees[self->targets[k]])
                self->queue[tail++] = self->targets[k];
    }
    self->work += self->count + 2 * self->edge_count;
    self->is_spent = self->is_spent || self->watch.is_stopped;
    return done == self->count && !self->watch.is_stopped;
}

/* The node of the net that edge k begins at. O(log V). */
static uint32_t source_of(const rg__net *self, uint64_t k)
{
    uint32_t low = 0;
    uint32_t high = self->count;
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (self->offsets[middle] <= k)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void rg__net_mark_cycle(rg__net *self, uint64_t *edges)
{
    /* The nodes that are left have a degree, for another one leads to each: going back from any of them ends in
       a cycle. */
    uint32_t *via = self->queue;
    uint32_t node = RG_NONE;
    for (uint32_t u = 0; u < self->count; u++) {
        if (!self->degrees[u])
            continue;
        node = u;
        for (uint64_t k = self->offsets[u]; k < self->offsets[u + 1]; k++)
            via[self->targets[k]] = (uint32_t)k;
    }
    while (self->degrees[node]) {
        self->degrees[node] = 0;
        node = source_of(self, via[node]);
    }
    for (uint32_t u = node; !rg__bit(edges, via[u]); u = source_of(self, via[u]))
        rg__bit_set(edges, via[u]);
}

rg_edge rg__net_edge(const rg__net *self, uint64_t k)
{
    const uint64_t edge = self->edges ? self->edges[k] : k;
    return rg__part_edge(self->part, rg__part_source(self->part, edge), edge);
}

uint64_t rg__net_tie(const rg__net *self, uint64_t k)
{
    const rg__part *p = self->part;
    const uint32_t from = rg__part_source(p, self->edges ? self->edges[k] : k);
    const rg_edge edge = rg__net_edge(self, k);
    return rg__cut_tie(p->graph, &edge, self->owners[from]);
}

void rg__net_clear(rg__net *self)
{
    for (size_t w = 0; w < self->edge_count / 64 + 1; w++)
        self->removed[w] = 0;
}

bool rg__net_is_spent(rg__net *self)
{
    self->is_spent = self->is_spent || self->work > WORK_MOST;
    return self->is_spent;
}
