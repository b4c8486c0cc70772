/* See check.h. The reverse edges are the edges, sorted by target and then by source. Walking the sources upwards must
 * therefore meet them in their order: one cursor a target proves it, and with it that sources ascend. The
 * same array then counts the references to each node. */
#include "graph/check.h"

#include <inttypes.h>

/* ---- offsets ---- */

static rg_status check_offsets(rg__check *c, const rg__offsets *offsets, const char *of)
{
    const size_t count = c->g->tables.node_count;
    rg_status status = rg__check_carries(c, offsets, of, count + 1, c->g->edge_count);
    if (status)
        return status;
    uint64_t begin = rg__offset(offsets, 0);
    c->at = offsets->low;
    if (begin)
        return rg_error_set(c->error, RG_ERR_ARGUMENT, "the %s of node 0 begin at %" PRIu64, of,
                            begin);
    rg__watch watch = rg__watch_begin(c->g, "check", count);
    for (size_t i = 0; i < count; i++) {
        if (rg__tick(&watch, 1))
            return RG_ERR_CANCELLED;
        const uint64_t end = rg__offset(offsets, i + 1);
        if (end < begin) {
            c->at = &offsets->low[i + 1];
            return rg_error_set(c->error, RG_ERR_ARGUMENT,
                                "the %s of node %zu begin at %" PRIu64 " and end at %" PRIu64, of,
                                i, begin, end);
        }
        begin = end;
    }
    c->at = &offsets->low[count];
    if (begin != c->g->edge_count)
        return rg_error_set(c->error, RG_ERR_ARGUMENT, "the %s end at %" PRIu64 " of %" PRIu64, of,
                            begin, c->g->edge_count);
    return rg__watch_status(&watch);
}

/* ---- edges ---- */

/* How many values a name of this kind may have; 0: there is no such kind. */
static uint64_t values_of(const rg__tables *t, uint32_t kind)
{
    switch (kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return t->strings.count;
    case RG_NAME_KEY:
        return t->node_count;
    case RG_NAME_NONE:
    case RG_NAME_INDEX:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_CLASS:
    case RG_NAME_REFERENT:
        return (uint64_t)UINT32_MAX + 1;
    default:
        return 0;
    }
}

/* A label whose value is not below what its kind allows, or stands elsewhere. */
static rg_status check_name(rg__check *c, size_t edge)
{
    const rg_graph *g = c->g;
    const rg__tables *t = &g->tables;
    const uint32_t *label = &g->labels[edge];
    const uint32_t kind = *label >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    const uint32_t value = *label & RG__VALUE_MASK;
    const uint64_t values = values_of(t, kind);
    if (kind == RG__WIDE_KIND)
        return value < t->wide_count
                   ? RG_OK
                   : rg__check_wrong(c, label, "edge", edge, "wide name", value, t->wide_count);
    if (!values)
        return rg__check_wrong(c, label, "edge", edge, "a name of kind", kind, RG_NAME_HIDDEN + 1);
    if (value >= values)
        return rg__check_wrong(c, label, "edge", edge,
                               kind == RG_NAME_KEY ? "key, node" : "name, string", value, values);
    return RG_OK;
}

/* Also of those that no label leads to: whoever saves the graph again writes them all. */
static rg_status check_wide_names(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    rg__watch watch = rg__watch_begin(c->g, "check", t->wide_count);
    for (size_t i = 0; i < t->wide_count && !rg__tick(&watch, 1); i++) {
        const rg__wide_name *name = &t->wide[i];
        const uint64_t values = values_of(t, name->kind);
        if (name->value >= values)
            return rg__check_wrong(c, name, "wide name", i, values ? "value" : "kind",
                                   values ? name->value : name->kind,
                                   values ? values : RG_NAME_HIDDEN + 1);
    }
    return rg__watch_status(&watch);
}

static rg_status check_targets(rg__check *c)
{
    const rg_graph *g = c->g;
    const size_t nodes = g->tables.node_count;
    uint64_t values[1 << RG__KIND_BITS]; /* 0 for the wide kind: it is looked at more closely */
    rg_status status = RG_OK;
    for (uint32_t kind = 0; kind < 1 << RG__KIND_BITS; kind++)
        values[kind] = values_of(&g->tables, kind);
    rg__watch watch = rg__watch_begin(g, "check", g->edge_count);
    for (size_t e = 0; e < g->edge_count && !status; e++) {
        if (rg__tick(&watch, 1))
            return RG_ERR_CANCELLED;
        const uint32_t kind = g->labels[e] >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
        if (g->targets[e] >= nodes)
            return rg__check_wrong(c, &g->targets[e], "edge", e, "target, node", g->targets[e],
                                   nodes);
        if ((g->labels[e] & RG__VALUE_MASK) >= values[kind])
            status = check_name(c, e);
    }
    return status ? status : rg__watch_status(&watch);
}

static rg_status wrong_source(rg__check *c, uint64_t edge, size_t from, uint64_t place)
{
    const rg_graph *g = c->g;
    const uint32_t v = g->targets[edge];
    c->at = &g->targets[edge];
    if (place >= rg__sources_end(g, v))
        return rg_error_set(c->error, RG_ERR_ARGUMENT,
                            "edge %" PRIu64 " from node %zu is not among the %" PRIu64
                            " referrers of node %" PRIu32,
                            edge, from, rg__sources_end(g, v) - rg__sources_begin(g, v), v);
    c->at = &g->sources[place];
    return rg_error_set(c->error, RG_ERR_ARGUMENT,
                        "edge %" PRIu64 " from node %zu to node %" PRIu32
                        " stands among its referrers as node %" PRIu32,
                        edge, from, v, g->sources[place]);
}

/* `next` has an entry a node. A cursor may run into the referrers of the next node, but never beyond the last one,
 * and then does not stop where it should. */
static rg_status check_reverse(rg__check *c, uint64_t *next)
{
    const rg_graph *g = c->g;
    const size_t count = g->tables.node_count;
    rg__watch watch = rg__watch_begin(g, "check", 3 * count + g->edge_count);
    for (size_t v = 0; v < count && !rg__tick(&watch, 1); v++)
        next[v] = rg__sources_begin(g, v);
    uint64_t e = 0;
    for (size_t u = 0; u < count; u++) {
        if (rg__tick(&watch, 1 + rg__edges_end(g, u) - e))
            return RG_ERR_CANCELLED;
        for (const uint64_t end = rg__edges_end(g, u); e < end; e++) {
            const uint64_t place = next[g->targets[e]]++;
            if (place >= g->edge_count || g->sources[place] != u)
                return wrong_source(c, e, u, place);
        }
    }
    for (size_t v = 0; v < count && !rg__tick(&watch, 1); v++)
        if (next[v] != rg__sources_end(g, v))
            return rg__check_wrong(c, &g->reverse_offsets.low[v], "node", v, "referrers up to",
                                   rg__sources_end(g, v), next[v]);
    return rg__watch_status(&watch);
}

/* ---- references ---- */

/* Static types of extensions are not: many give their module a reference that they do not own, for a
 * static type is never freed. */
static bool has_exact_refcount(const rg__tables *t, uint32_t node)
{
    const uint32_t refcount = rg__node_refcount(t, node);
    const unsigned flags = rg__node_flags(t, node);
    const bool is_static_type =
        t->types[rg__node_type(t, node)].kind == RG_KIND_TYPE && !(flags & RG_NODE_GC_TRACKED);
    return refcount && refcount != UINT32_MAX && !is_static_type &&
           !(flags & (RG_NODE_IMMORTAL | RG_NODE_SYNTHETIC));
}

static rg_status too_many(rg__check *c, uint32_t node, uint64_t found)
{
    const rg_node n = rg__node_at(&c->g->tables, node);
    rg_buffer type = rg_buffer_empty(&c->g->allocator);
    const bool is_named = !rg_graph_write_type(c->g, node, &type);
    rg_status status =
        rg_error_set(c->error, RG_ERR_ARGUMENT,
                     "node %" PRIu32 " (%s at 0x%" PRIx64 ") has refcount %" PRIu32 ", but %" PRIu64
                     " references lead to it",
                     node, is_named ? type.data : "object", n.address, n.refcount, found);
    rg_buffer_dispose(&type);
    return status;
}

/* `found` has an entry a node. */
static rg_status check_references(rg__check *c, uint64_t *found)
{
    const rg_graph *g = c->g;
    const rg__tables *t = &g->tables;
    rg__watch watch = rg__watch_begin(g, "check", 2 * t->node_count + g->edge_count);
    rg_status status = rg__watch_fill(&watch, found, 0, t->node_count * sizeof *found);
    if (status)
        return status;
    for (size_t e = 0; e < g->edge_count && !rg__tick(&watch, 1); e++)
        found[g->targets[e]] += rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK;
    for (size_t i = 0; i < t->root_count; i++)
        found[t->roots[i].node] += t->roots[i].references;
    status = rg__watch_status(&watch);
    if (status)
        return status;
    for (uint32_t v = 0; v < t->node_count && !rg__tick(&watch, 1); v++)
        if (found[v] > rg__node_refcount(t, v) && has_exact_refcount(t, v))
            return too_many(c, v, found[v]);
    return rg__watch_status(&watch);
}

rg_status rg__check_edges(rg__check *c, bool with_references)
{
    const rg_graph *g = c->g;
    const size_t count = g->tables.node_count;
    rg_status status = check_offsets(c, &g->offsets, "edges");
    if (!status)
        status = check_offsets(c, &g->reverse_offsets, "referrers");
    if (!status)
        status = check_wide_names(c);
    if (!status)
        status = check_targets(c);
    if (status || !count)
        return status;
    uint64_t *each = rg__array_new_raw(&g->allocator, count, sizeof *each);
    if (!each)
        return rg_error_set(c->error, RG_ERR_NOMEM, "no memory to check %zu nodes", count);
    status = check_reverse(c, each);
    if (!status && with_references)
        status = check_references(c, each);
    rg__array_free(&g->allocator, each, count, sizeof *each);
    return status;
}
