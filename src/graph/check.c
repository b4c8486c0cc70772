/* The invariants of a frozen graph, one after another: each pass relies on those before it, so no id is used
 * before it is known to exist. The graph may come from a file that somebody made to harm.
 *
 *   strings → types, nodes, roots, sites → offsets → edges → reverse edges → references
 *
 * The reverse edges are the edges, sorted by target and then by source. Walking the sources upwards must
 * therefore meet them in their order: one cursor a target proves it, and with it that sources ascend. The
 * same array then counts the references to each node. */
#include "graph/graph_private.h"

#include <inttypes.h>

typedef struct check {
    const rg_graph *g;
    rg_error *error;
    const void *at; /* the item that is wrong */
} check;

/* ---- tables ---- */

static rg_status wrong_id(check *c, const void *at, const char *of, size_t i, const char *what,
                          uint64_t id, uint64_t count)
{
    c->at = at;
    return rg_error_set(c->error, RG_ERR_ARGUMENT, "%s %zu has %s %" PRIu64 " of %" PRIu64, of, i,
                        what, id, count);
}

/* Carries ascend, none is behind the last number, and no more of them than the greatest number may need. */
static rg_status check_carries(check *c, const rg__offsets *offsets, const char *of, size_t count,
                               uint64_t greatest)
{
    if (offsets->carry_count > greatest >> 32)
        return wrong_id(c, offsets->carries, of, count, "carries", offsets->carry_count,
                        greatest >> 32);
    for (size_t i = 0; i < offsets->carry_count; i++) {
        const uint32_t from = offsets->carries[i];
        if (from >= count || (i && from < offsets->carries[i - 1]))
            return wrong_id(c, &offsets->carries[i], of, i, "a carry from", from, count);
    }
    return RG_OK;
}

static rg_status check_strings(check *c)
{
    const rg__strings *s = &c->g->tables.strings;
    uint64_t begin = 0;
    rg_status status = check_carries(c, &s->ends, "string", s->count, s->bytes_capacity);
    for (uint32_t i = 0; i < s->count && !status; i++) {
        const uint64_t end = rg__offset(&s->ends, i);
        if (end < begin || end > s->bytes_capacity) {
            c->at = &s->ends.low[i];
            status = rg_error_set(c->error, RG_ERR_ARGUMENT,
                                  "string %" PRIu32 " ends at byte %" PRIu64 ", outside %" PRIu64
                                  " … %zu",
                                  i, end, begin, s->bytes_capacity);
        }
        begin = end;
    }
    return status;
}

static rg_status check_shadows(check *c, size_t type)
{
    const rg__tables *t = &c->g->tables;
    const rg__type *of = &t->types[type];
    const uint64_t end = (uint64_t)of->shadows_begin + of->shadows_count;
    if (end > t->shadow_count)
        return wrong_id(c, of, "type", type, "shadows up to", end, t->shadow_count);
    for (uint32_t i = 0; i < of->shadows_count; i++) {
        const uint32_t *id = &t->shadows[of->shadows_begin + i];
        if (*id >= t->strings.count)
            return wrong_id(c, id, "type", type, "a shadow with string", *id, t->strings.count);
    }
    return RG_OK;
}

static rg_status check_types(check *c)
{
    const rg__tables *t = &c->g->tables;
    const uint32_t strings = t->strings.count;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->type_count && !status; i++) {
        const rg__type *type = &t->types[i];
        if ((unsigned)type->kind >= RG_KIND_COUNT)
            return wrong_id(c, type, "type", i, "kind", (unsigned)type->kind, RG_KIND_COUNT);
        if (type->module >= strings)
            return wrong_id(c, type, "type", i, "module, string", type->module, strings);
        if (type->name >= strings)
            return wrong_id(c, type, "type", i, "name, string", type->name, strings);
        if (type->node != RG_NONE && type->node >= t->node_count)
            return wrong_id(c, type, "type", i, "node", type->node, t->node_count);
        status = check_shadows(c, i);
    }
    return status;
}

/* ---- nodes ---- */

static rg_status check_node(check *c, size_t i)
{
    const rg__tables *t = &c->g->tables;
    const rg__stored_node *node = &t->nodes[i];
    const uint8_t generation = rg__place_generation(node->place);
    if (node->type >= t->type_count)
        return wrong_id(c, node, "node", i, "type", node->type, t->type_count);
    if (node->text != RG_NONE && node->text >= t->strings.count)
        return wrong_id(c, node, "node", i, "text, string", node->text, t->strings.count);
    if (generation > RG_GENERATION_NONE)
        return wrong_id(c, node, "node", i, "generation", generation, RG_GENERATION_NONE + 1);
    return RG_OK;
}

/* The side table names exactly the nodes whose size says so, in their order: `wide` of them were met. */
static rg_status check_wide(check *c, size_t i, size_t wide)
{
    const rg__tables *t = &c->g->tables;
    if (wide < t->wide_node_count && t->wide_nodes[wide].node == i)
        return RG_OK;
    return wrong_id(c, &t->nodes[i], "node", i, "wide size, entry", wide, t->wide_node_count);
}

static rg_status check_nodes(check *c)
{
    const rg__tables *t = &c->g->tables;
    uint64_t before = 0;
    size_t wide = 0;
    for (size_t i = 0; i < t->node_count; i++) {
        rg_status status = check_node(c, i);
        const bool is_wide = t->nodes[i].size == RG__SIZE_WIDE;
        if (!status && is_wide)
            status = check_wide(c, i, wide);
        if (status)
            return status;
        const uint64_t address =
            is_wide ? t->wide_nodes[wide].address : t->nodes[i].place & RG__ADDRESS_MASK;
        wide += is_wide;
        if (i && t->addresses_ascend && address <= before) {
            c->at = &t->nodes[i];
            return rg_error_set(c->error, RG_ERR_ARGUMENT,
                                "node %zu at 0x%" PRIx64 " follows one at 0x%" PRIx64
                                ", but addresses are said to ascend",
                                i, address, before);
        }
        before = address;
    }
    if (wide < t->wide_node_count)
        return wrong_id(c, &t->wide_nodes[wide], "wide node", wide, "node",
                        t->wide_nodes[wide].node, t->node_count);
    return RG_OK;
}

/* ---- roots, places of allocation ---- */

static rg_status check_native(check *c, size_t native)
{
    const rg__tables *t = &c->g->tables;
    if (native != t->native_count) {
        c->at = t->roots;
        return rg_error_set(c->error, RG_ERR_ARGUMENT,
                            "%zu roots are unexplained references, %zu are said to be", native,
                            t->native_count);
    }
    for (size_t i = 1; i < t->native_count; i++)
        if (t->native[i].node <= t->native[i - 1].node) {
            c->at = &t->native[i];
            return rg_error_set(c->error, RG_ERR_ARGUMENT,
                                "unexplained references of node %" PRIu32
                                " follow those of %" PRIu32,
                                t->native[i].node, t->native[i - 1].node);
        }
    return RG_OK;
}

static rg_status check_roots(check *c)
{
    const rg__tables *t = &c->g->tables;
    size_t native = 0;
    for (size_t i = 0; i < t->root_count; i++) {
        const rg__root *root = &t->roots[i];
        if ((unsigned)root->kind >= RG_ROOT_KIND_COUNT)
            return wrong_id(c, root, "root", i, "kind", (unsigned)root->kind, RG_ROOT_KIND_COUNT);
        if (root->node >= t->node_count)
            return wrong_id(c, root, "root", i, "node", root->node, t->node_count);
        if (root->name >= t->strings.count)
            return wrong_id(c, root, "root", i, "name, string", root->name, t->strings.count);
        if (root->kind != RG_ROOT_NATIVE)
            continue;
        native++;
        const uint32_t indexed = rg_graph_unexplained(c->g, root->node);
        if (indexed == root->references)
            continue;
        c->at = root;
        return rg_error_set(c->error, RG_ERR_ARGUMENT,
                            "root %zu: node %" PRIu32 " has %" PRIu32
                            " unexplained by the root, %" PRIu32 " by the index",
                            i, root->node, root->references, indexed);
    }
    return check_native(c, native);
}

static rg_status check_sites(check *c)
{
    const rg__tables *t = &c->g->tables;
    for (size_t i = 0; i < t->location_count; i++)
        if (t->locations[i].file >= t->strings.count)
            return wrong_id(c, &t->locations[i], "line of allocation", i, "file, string",
                            t->locations[i].file, t->strings.count);
    for (size_t i = 0; i < t->site_count; i++) {
        const rg__site *site = &t->sites[i];
        const uint64_t end = (uint64_t)site->begin + site->count;
        if (!site->count) {
            c->at = site;
            return rg_error_set(c->error, RG_ERR_ARGUMENT, "place of allocation %zu has no lines",
                                i);
        }
        if (end > t->location_count)
            return wrong_id(c, site, "place of allocation", i, "lines up to", end,
                            t->location_count);
    }
    if (t->site_of_count > t->node_count) {
        c->at = t->site_of;
        return rg_error_set(c->error, RG_ERR_ARGUMENT, "%zu places of allocation for %zu nodes",
                            t->site_of_count, t->node_count);
    }
    for (size_t i = 0; i < t->site_of_count; i++)
        if (t->site_of[i] != RG_NONE && t->site_of[i] >= t->site_count)
            return wrong_id(c, &t->site_of[i], "node", i, "place of allocation", t->site_of[i],
                            t->site_count);
    return RG_OK;
}

/* ---- edges ---- */

static rg_status check_offsets(check *c, const rg__offsets *offsets, const char *of)
{
    const size_t count = c->g->tables.node_count;
    rg_status status = check_carries(c, offsets, of, count + 1, c->g->edge_count);
    if (status)
        return status;
    uint64_t begin = rg__offset(offsets, 0);
    c->at = offsets->low;
    if (begin)
        return rg_error_set(c->error, RG_ERR_ARGUMENT, "the %s of node 0 begin at %" PRIu64, of,
                            begin);
    for (size_t i = 0; i < count; i++) {
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

/* A label whose value is not below what its kind allows, or stands elsewhere. */
static rg_status check_name(check *c, size_t edge)
{
    const rg_graph *g = c->g;
    const rg__tables *t = &g->tables;
    const uint32_t *label = &g->labels[edge];
    uint32_t kind = *label >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
    uint32_t value = *label & RG__VALUE_MASK;
    if (kind == RG__WIDE_KIND) {
        if (value >= t->wide_count)
            return wrong_id(c, label, "edge", edge, "wide name", value, t->wide_count);
        kind = t->wide[value].kind;
        value = t->wide[value].value;
    }
    const uint64_t values = values_of(t, kind);
    if (!values)
        return wrong_id(c, label, "edge", edge, "a name of kind", kind, RG_NAME_HIDDEN + 1);
    if (value >= values)
        return wrong_id(c, label, "edge", edge, kind == RG_NAME_KEY ? "key, node" : "name, string",
                        value, values);
    return RG_OK;
}

static rg_status check_edges(check *c)
{
    const rg_graph *g = c->g;
    const size_t nodes = g->tables.node_count;
    uint64_t values[1 << RG__KIND_BITS]; /* 0 for the wide kind: it is looked at more closely */
    rg_status status = RG_OK;
    for (uint32_t kind = 0; kind < 1 << RG__KIND_BITS; kind++)
        values[kind] = values_of(&g->tables, kind);
    for (size_t e = 0; e < g->edge_count && !status; e++) {
        const uint32_t kind = g->labels[e] >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1);
        if (g->targets[e] >= nodes)
            return wrong_id(c, &g->targets[e], "edge", e, "target, node", g->targets[e], nodes);
        if ((g->labels[e] & RG__VALUE_MASK) >= values[kind])
            status = check_name(c, e);
    }
    return status;
}

static rg_status wrong_source(check *c, uint64_t edge, size_t from, uint64_t place)
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
static rg_status check_reverse(check *c, uint64_t *next)
{
    const rg_graph *g = c->g;
    const size_t count = g->tables.node_count;
    for (size_t v = 0; v < count; v++)
        next[v] = rg__sources_begin(g, v);
    uint64_t e = 0;
    for (size_t u = 0; u < count; u++)
        for (const uint64_t end = rg__edges_end(g, u); e < end; e++) {
            const uint64_t place = next[g->targets[e]]++;
            if (place >= g->edge_count || g->sources[place] != u)
                return wrong_source(c, e, u, place);
        }
    for (size_t v = 0; v < count; v++)
        if (next[v] != rg__sources_end(g, v))
            return wrong_id(c, &g->reverse_offsets.low[v], "node", v, "referrers up to",
                            rg__sources_end(g, v), next[v]);
    return RG_OK;
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

static rg_status too_many(check *c, uint32_t node, uint64_t found)
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
static rg_status check_references(check *c, uint64_t *found)
{
    const rg_graph *g = c->g;
    const rg__tables *t = &g->tables;
    for (size_t v = 0; v < t->node_count; v++)
        found[v] = 0;
    for (size_t e = 0; e < g->edge_count; e++)
        found[g->targets[e]] += rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK;
    for (size_t i = 0; i < t->root_count; i++)
        found[t->roots[i].node] += t->roots[i].references;
    for (uint32_t v = 0; v < t->node_count; v++)
        if (found[v] > rg__node_refcount(t, v) && has_exact_refcount(t, v))
            return too_many(c, v, found[v]);
    return RG_OK;
}

static rg_status check_all(check *c, bool with_references)
{
    static rg_status (*const checks[])(check *) = {
        check_strings, check_types, check_nodes, check_roots, check_sites,
    };
    const rg_graph *g = c->g;
    const size_t count = g->tables.node_count;
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !status; i++)
        status = checks[i](c);
    if (!status)
        status = check_offsets(c, &g->offsets, "edges");
    if (!status)
        status = check_offsets(c, &g->reverse_offsets, "referrers");
    if (!status)
        status = check_edges(c);
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

rg_status rg_graph_check(const rg_graph *self, rg_error *error)
{
    check c = {.g = self, .error = error};
    return check_all(&c, true);
}

rg_status rg__graph_verify(const rg_graph *self, const void **at, rg_error *error)
{
    check c = {.g = self, .error = error};
    rg_status status = check_all(&c, false);
    *at = c.at;
    return status;
}
