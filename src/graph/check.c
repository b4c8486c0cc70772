/* The invariants of a frozen graph, one after another: each pass relies on those before it, so no id is used
 * before it is known to exist.
 *
 *   strings → types, nodes, roots, sites → offsets → edges → reverse edges → references
 *
 * The reverse edges are the edges, sorted by target and then by source. Walking the sources upwards must
 * therefore meet them in their order: one cursor a target proves it, and with it that sources ascend. The
 * same array then counts the references to each node. */
#include "graph/graph_private.h"

#include <inttypes.h>

/* ---- tables ---- */

static rg_status wrong_id(rg_error *error, const char *of, size_t i, const char *what, uint64_t id,
                          uint64_t count)
{
    return rg_error_set(error, RG_ERR_ARGUMENT, "%s %zu has %s %" PRIu64 " of %" PRIu64, of, i,
                        what, id, count);
}

static rg_status check_strings(const rg_graph *g, rg_error *error)
{
    const rg__strings *s = &g->tables.strings;
    uint64_t begin = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const uint64_t end = rg__offset(&s->ends, i);
        if (end < begin || end > s->bytes_capacity)
            return rg_error_set(error, RG_ERR_ARGUMENT,
                                "string %" PRIu32 " ends at byte %" PRIu64 ", outside %" PRIu64
                                " … %zu",
                                i, end, begin, s->bytes_capacity);
        begin = end;
    }
    return RG_OK;
}

static rg_status check_shadows(const rg_graph *g, size_t type, rg_error *error)
{
    const rg__tables *t = &g->tables;
    const rg__type *of = &t->types[type];
    const uint64_t end = (uint64_t)of->shadows_begin + of->shadows_count;
    if (end > t->shadow_count)
        return wrong_id(error, "type", type, "shadows up to", end, t->shadow_count);
    for (uint32_t i = 0; i < of->shadows_count; i++) {
        const uint32_t id = t->shadows[of->shadows_begin + i];
        if (id >= t->strings.count)
            return wrong_id(error, "type", type, "a shadow with string", id, t->strings.count);
    }
    return RG_OK;
}

static rg_status check_types(const rg_graph *g, rg_error *error)
{
    const rg__tables *t = &g->tables;
    const uint32_t strings = t->strings.count;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->type_count && !status; i++) {
        const rg__type *type = &t->types[i];
        if ((unsigned)type->kind >= RG_KIND_COUNT)
            return wrong_id(error, "type", i, "kind", (unsigned)type->kind, RG_KIND_COUNT);
        if (type->module >= strings)
            return wrong_id(error, "type", i, "module, string", type->module, strings);
        if (type->name >= strings)
            return wrong_id(error, "type", i, "name, string", type->name, strings);
        if (type->node != RG_NONE && type->node >= t->node_count)
            return wrong_id(error, "type", i, "node", type->node, t->node_count);
        status = check_shadows(g, i, error);
    }
    return status;
}

static rg_status check_nodes(const rg_graph *g, rg_error *error)
{
    const rg__tables *t = &g->tables;
    rg__watch watch = rg__watch_begin(g, "check", t->node_count);
    for (size_t i = 0; i < t->node_count && !rg__tick(&watch, 1); i++) {
        const rg_node node = rg__node_at(t, i);
        if (node.type >= t->type_count)
            return wrong_id(error, "node", i, "type", node.type, t->type_count);
        if (node.text != RG_NONE && node.text >= t->strings.count)
            return wrong_id(error, "node", i, "text, string", node.text, t->strings.count);
        if (node.generation > RG_GENERATION_NONE)
            return wrong_id(error, "node", i, "generation", node.generation,
                            RG_GENERATION_NONE + 1);
        if (i && t->addresses_ascend && node.address <= rg__node_address(t, i - 1))
            return rg_error_set(error, RG_ERR_ARGUMENT,
                                "node %zu at 0x%" PRIx64 " follows one at 0x%" PRIx64
                                ", but addresses are said to ascend",
                                i, node.address, rg__node_address(t, i - 1));
    }
    return rg__watch_status(&watch);
}

static rg_status check_roots(const rg_graph *g, rg_error *error)
{
    const rg__tables *t = &g->tables;
    size_t native = 0;
    for (size_t i = 0; i < t->root_count; i++) {
        const rg__root *root = &t->roots[i];
        if ((unsigned)root->kind >= RG_ROOT_KIND_COUNT)
            return wrong_id(error, "root", i, "kind", (unsigned)root->kind, RG_ROOT_KIND_COUNT);
        if (root->node >= t->node_count)
            return wrong_id(error, "root", i, "node", root->node, t->node_count);
        if (root->name >= t->strings.count)
            return wrong_id(error, "root", i, "name, string", root->name, t->strings.count);
        if (root->kind != RG_ROOT_NATIVE)
            continue;
        native++;
        if (rg_graph_unexplained(g, root->node) != root->references)
            return rg_error_set(error, RG_ERR_ARGUMENT,
                                "root %zu: node %" PRIu32 " has %" PRIu32
                                " unexplained by the root, %" PRIu32 " by the index",
                                i, root->node, root->references,
                                rg_graph_unexplained(g, root->node));
    }
    if (native != t->native_count)
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "%zu roots are unexplained references, %zu are said to be", native,
                            t->native_count);
    for (size_t i = 1; i < t->native_count; i++)
        if (t->native[i].node <= t->native[i - 1].node)
            return rg_error_set(error, RG_ERR_ARGUMENT,
                                "unexplained references of node %" PRIu32
                                " follow those of %" PRIu32,
                                t->native[i].node, t->native[i - 1].node);
    return RG_OK;
}

static rg_status check_sites(const rg_graph *g, rg_error *error)
{
    const rg__tables *t = &g->tables;
    for (size_t i = 0; i < t->location_count; i++)
        if (t->locations[i].file >= t->strings.count)
            return wrong_id(error, "line of allocation", i, "file, string", t->locations[i].file,
                            t->strings.count);
    for (size_t i = 0; i < t->site_count; i++) {
        const uint64_t end = (uint64_t)t->sites[i].begin + t->sites[i].count;
        if (!t->sites[i].count)
            return rg_error_set(error, RG_ERR_ARGUMENT, "place of allocation %zu has no lines", i);
        if (end > t->location_count)
            return wrong_id(error, "place of allocation", i, "lines up to", end, t->location_count);
    }
    if (t->site_of_count > t->node_count)
        return rg_error_set(error, RG_ERR_ARGUMENT, "%zu places of allocation for %zu nodes",
                            t->site_of_count, t->node_count);
    for (size_t i = 0; i < t->site_of_count; i++)
        if (t->site_of[i] != RG_NONE && t->site_of[i] >= t->site_count)
            return wrong_id(error, "node", i, "place of allocation", t->site_of[i], t->site_count);
    return RG_OK;
}

/* ---- edges ---- */

static rg_status check_offsets(const rg_graph *g, const rg__offsets *offsets, const char *of,
                               rg_error *error)
{
    const size_t count = g->tables.node_count;
    uint64_t begin = rg__offset(offsets, 0);
    if (begin)
        return rg_error_set(error, RG_ERR_ARGUMENT, "the %s of node 0 begin at %" PRIu64, of,
                            begin);
    for (size_t i = 0; i < count; i++) {
        const uint64_t end = rg__offset(offsets, i + 1);
        if (end < begin)
            return rg_error_set(error, RG_ERR_ARGUMENT,
                                "the %s of node %zu begin at %" PRIu64 " and end at %" PRIu64, of,
                                i, begin, end);
        begin = end;
    }
    if (begin != g->edge_count)
        return rg_error_set(error, RG_ERR_ARGUMENT, "the %s end at %" PRIu64 " of %" PRIu64, of,
                            begin, g->edge_count);
    return RG_OK;
}

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

static rg_status check_name(const rg_graph *g, size_t edge, rg_error *error)
{
    const rg__tables *t = &g->tables;
    uint32_t kind = g->labels[edge] >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    uint32_t value = g->labels[edge] & RG__VALUE_MASK;
    if (kind == RG__WIDE_KIND) {
        if (value >= t->wide_count)
            return wrong_id(error, "edge", edge, "wide name", value, t->wide_count);
        kind = t->wide[value].kind;
        value = t->wide[value].value;
    }
    const uint64_t values = values_of(t, kind);
    if (!values)
        return wrong_id(error, "edge", edge, "a name of kind", kind, RG_NAME_HIDDEN + 1);
    if (value >= values)
        return wrong_id(error, "edge", edge, kind == RG_NAME_KEY ? "key, node" : "name, string",
                        value, values);
    return RG_OK;
}

static rg_status check_edges(const rg_graph *g, rg_error *error)
{
    rg__watch watch = rg__watch_begin(g, "check", g->edge_count);
    rg_status status = RG_OK;
    for (size_t e = 0; e < g->edge_count && !status; e++) {
        if (rg__tick(&watch, 1))
            return RG_ERR_CANCELLED;
        if (g->targets[e] >= g->tables.node_count)
            return wrong_id(error, "edge", e, "target, node", g->targets[e], g->tables.node_count);
        status = check_name(g, e, error);
    }
    return status;
}

/* `next` has an entry a node. */
static rg_status check_reverse(const rg_graph *g, uint64_t *next, rg_error *error)
{
    const size_t count = g->tables.node_count;
    rg__watch watch = rg__watch_begin(g, "check", 2 * count + g->edge_count);
    for (size_t v = 0; v < count && !rg__tick(&watch, 1); v++)
        next[v] = rg__sources_begin(g, v);
    for (size_t u = 0; u < count; u++) {
        if (rg__tick(&watch, 1 + rg__edges_end(g, u) - rg__edges_begin(g, u)))
            return RG_ERR_CANCELLED;
        for (uint64_t e = rg__edges_begin(g, u); e < rg__edges_end(g, u); e++) {
            const uint32_t v = g->targets[e];
            if (next[v] == rg__sources_end(g, v))
                return rg_error_set(error, RG_ERR_ARGUMENT,
                                    "edge %" PRIu64 " from node %zu is not among the %" PRIu64
                                    " referrers of node %" PRIu32,
                                    e, u, next[v] - rg__sources_begin(g, v), v);
            if (g->sources[next[v]] != u)
                return rg_error_set(error, RG_ERR_ARGUMENT,
                                    "edge %" PRIu64 " from node %zu to node %" PRIu32
                                    " stands among its referrers as node %" PRIu32,
                                    e, u, v, g->sources[next[v]]);
            next[v]++;
        }
    }
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

static rg_status too_many(const rg_graph *g, uint32_t node, uint64_t found, rg_error *error)
{
    const rg_node n = rg__node_at(&g->tables, node);
    rg_buffer type = rg_buffer_empty(&g->allocator);
    const bool is_named = !rg_graph_write_type(g, node, &type);
    rg_status status =
        rg_error_set(error, RG_ERR_ARGUMENT,
                     "node %" PRIu32 " (%s at 0x%" PRIx64 ") has refcount %" PRIu32 ", but %" PRIu64
                     " references lead to it",
                     node, is_named ? type.data : "object", n.address, n.refcount, found);
    rg_buffer_dispose(&type);
    return status;
}

/* `found` has an entry a node. */
static rg_status check_references(const rg_graph *g, uint64_t *found, rg_error *error)
{
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
            return too_many(g, v, found[v], error);
    return rg__watch_status(&watch);
}

rg_status rg_graph_check(const rg_graph *self, rg_error *error)
{
    static rg_status (*const checks[])(const rg_graph *, rg_error *) = {
        check_strings, check_types, check_nodes, check_roots, check_sites,
    };
    const size_t count = self->tables.node_count;
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !status; i++)
        status = checks[i](self, error);
    if (!status)
        status = check_offsets(self, &self->offsets, "edges", error);
    if (!status)
        status = check_offsets(self, &self->reverse_offsets, "referrers", error);
    if (!status)
        status = check_edges(self, error);
    if (status || !count)
        return status;
    uint64_t *each = rg__array_new_raw(&self->allocator, count, sizeof *each);
    if (!each)
        return rg_error_set(error, RG_ERR_NOMEM, "no memory to check %zu nodes", count);
    status = check_reverse(self, each, error);
    if (!status)
        status = check_references(self, each, error);
    rg__array_free(&self->allocator, each, count, sizeof *each);
    return status;
}
