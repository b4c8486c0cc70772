/* A small set of edges without which no cycle is left: Eades, Lin, Smyth, "A fast and effective heuristic for
 * the feedback arc set problem" (Inf. Proc. Letters 47, 1993). Nodes are put in a row, one after another, and the
 * edges that lead back in the row are the set. The one that has more edges to the others left than from them
 * comes first.
 *
 * Here an edge may also be protected: it must lead forwards. What cannot be cut is, and so is as much as
 * possible of what is worse to cut than the rest: all edges of the kinds from some kind on, as long as they form
 * no cycle. A node then waits until all that leads to it over protected edges stands in the row. */
#include "analysis/cut_net.h"
#include "analysis/queue.h"

enum { BIAS = 1 << 30 };

typedef struct row {
    rg__net *net;
    rg__queue queue;
    uint64_t *from_offsets; /* the edges into each node */
    uint64_t *from_edges;
    uint32_t *sources; /* per edge */
    uint32_t *waits;   /* per node: protected edges from nodes that are not in the row */
    int64_t *gain;     /* per node: other edges to the nodes left, less those from them */
    uint8_t *is_placed;
    uint8_t protected_from; /* kinds from here on are protected */
} row;

static bool is_protected(const row *r, uint64_t k)
{
    return r->net->kinds[k] >= r->protected_from;
}

/* The lowest kind from which on all edges form no cycle. */
static uint8_t find_protected(rg__net *net)
{
    const size_t words = (size_t)(net->edge_count / 64 + 1);
    uint8_t kind = RG__CUT_FIXED;
    for (bool is_acyclic = true; kind > 0 && is_acyclic;) {
        for (uint64_t k = 0; k < net->edge_count; k++)
            if (net->kinds[k] < kind - 1)
                rg__bit_set(net->removed, (uint32_t)k);
        is_acyclic = rg__net_is_acyclic(net);
        for (size_t w = 0; w < words; w++)
            net->removed[w] = 0;
        if (is_acyclic)
            kind--;
    }
    return kind;
}

static rg_status start(row *r)
{
    rg__net *net = r->net;
    const rg_allocator *a = &net->allocator;
    const size_t nodes = (size_t)net->count + 2;
    r->from_offsets = rg__array_new(a, nodes, sizeof *r->from_offsets);
    r->from_edges = rg__array_new_raw(a, net->edge_count, sizeof *r->from_edges);
    r->sources = rg__array_new_raw(a, net->edge_count, sizeof *r->sources);
    r->waits = rg__array_new(a, nodes, sizeof *r->waits);
    r->gain = rg__array_new(a, nodes, sizeof *r->gain);
    r->is_placed = rg__array_new(a, nodes, sizeof *r->is_placed);
    r->queue.allocator = *a;
    if (!r->from_offsets || !r->from_edges || !r->sources || !r->waits || !r->gain || !r->is_placed)
        return RG_ERR_NOMEM;
    for (uint32_t u = 0; u < net->count; u++)
        for (uint64_t k = net->offsets[u]; k < net->offsets[u + 1]; k++) {
            const uint32_t v = net->targets[k];
            r->sources[k] = u;
            r->from_offsets[v + 2]++;
            if (is_protected(r, k)) {
                r->waits[v]++;
            } else {
                r->gain[u]++;
                r->gain[v]--;
            }
        }
    for (uint32_t v = 0; v < net->count; v++)
        r->from_offsets[v + 2] += r->from_offsets[v + 1];
    for (uint64_t k = 0; k < net->edge_count; k++)
        r->from_edges[r->from_offsets[net->targets[k] + 1]++] = k;
    return RG_OK;
}

static void dispose(row *r)
{
    const rg_allocator *a = &r->net->allocator;
    const size_t nodes = (size_t)r->net->count + 2;
    rg__array_free(a, r->from_offsets, nodes, sizeof *r->from_offsets);
    rg__array_free(a, r->from_edges, r->net->edge_count, sizeof *r->from_edges);
    rg__array_free(a, r->sources, r->net->edge_count, sizeof *r->sources);
    rg__array_free(a, r->waits, nodes, sizeof *r->waits);
    rg__array_free(a, r->gain, nodes, sizeof *r->gain);
    rg__array_free(a, r->is_placed, nodes, sizeof *r->is_placed);
    rg__queue_dispose(&r->queue);
}

/* A node may be taken, or its gain has changed: an older entry of it is passed over later. */
static rg_status offer(row *r, uint32_t u)
{
    if (r->waits[u] || r->is_placed[u])
        return RG_OK;
    const rg__queue_entry entry = {.key = (uint64_t)(BIAS - r->gain[u]), .node = u};
    return rg__queue_add(&r->queue, &entry);
}

/* Put a node into the row: edges from nodes still left lead back. */
static rg_status place(row *r, uint32_t u)
{
    rg__net *net = r->net;
    const uint64_t edges = net->offsets[u + 1] - net->offsets[u];
    rg_status status = rg__tick(&net->watch, 4 * (1 + edges)) ? RG_ERR_CANCELLED : RG_OK;
    r->is_placed[u] = 1;
    for (uint64_t i = r->from_offsets[u]; i < r->from_offsets[u + 1] && !status; i++) {
        const uint64_t k = r->from_edges[i];
        const uint32_t v = r->sources[k];
        if (v == u || !r->is_placed[v])
            rg__bit_set(net->removed, (uint32_t)k);
        if (r->is_placed[v])
            continue;
        r->gain[v]--; /* never protected: u would have waited */
        status = offer(r, v);
    }
    for (uint64_t k = net->offsets[u]; k < net->offsets[u + 1] && !status; k++) {
        const uint32_t v = net->targets[k];
        if (r->is_placed[v])
            continue;
        if (is_protected(r, k))
            r->waits[v]--;
        else
            r->gain[v]++;
        status = offer(r, v);
    }
    return status;
}

rg_status rg__net_order(rg__net *self)
{
    row r = {.net = self, .protected_from = find_protected(self)};
    rg_status status = start(&r);
    for (uint32_t u = 0; u < self->count && !status; u++)
        status = offer(&r, u);
    rg__queue_entry entry;
    while (!status && rg__queue_take(&r.queue, &entry))
        if (!r.is_placed[entry.node] && entry.key == (uint64_t)(BIAS - r.gain[entry.node]))
            status = place(&r, entry.node);
    dispose(&r);
    return status;
}
