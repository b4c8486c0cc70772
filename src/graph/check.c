/* The invariants of a frozen graph, one after another: each pass relies on those before it, so no id is used
 * before it is known to exist. The graph may come from a file that somebody made to harm.
 *
 *   strings → types, nodes, roots, sites → offsets → edges → reverse edges → references */
#include "graph/check.h"

#include <inttypes.h>

/* ---- tables ---- */

rg_status rg__check_wrong(rg__check *c, const void *at, const char *of, size_t i, const char *what,
                          uint64_t id, uint64_t count)
{
    c->at = at;
    return rg_error_set(c->error, RG_ERR_ARGUMENT, "%s %zu has %s %" PRIu64 " of %" PRIu64, of, i,
                        what, id, count);
}

rg_status rg__check_carries(rg__check *c, const rg__offsets *offsets, const char *of, size_t count,
                            uint64_t greatest)
{
    if (offsets->carry_count > greatest >> 32)
        return rg__check_wrong(c, offsets->carries, of, count, "carries", offsets->carry_count,
                               greatest >> 32);
    for (size_t i = 0; i < offsets->carry_count; i++) {
        const uint32_t from = offsets->carries[i];
        if (from >= count || (i && from < offsets->carries[i - 1]))
            return rg__check_wrong(c, &offsets->carries[i], of, i, "a carry from", from, count);
    }
    return RG_OK;
}

static rg_status check_strings(rg__check *c)
{
    const rg__strings *s = &c->g->tables.strings;
    uint64_t begin = 0;
    rg__watch watch = rg__watch_begin(c->g, "check", s->count);
    rg_status status = rg__check_carries(c, &s->ends, "string", s->count, s->bytes_capacity);
    for (uint32_t i = 0; i < s->count && !status; i++) {
        if (rg__tick(&watch, 1))
            return RG_ERR_CANCELLED;
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
    return status ? status : rg__watch_status(&watch);
}

/* Each once: types may share them, and a file may let a million types share a million. */
static rg_status check_shadows(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    rg__watch watch = rg__watch_begin(c->g, "check", t->shadow_count);
    for (size_t i = 0; i < t->shadow_count && !rg__tick(&watch, 1); i++)
        if (t->shadows[i] >= t->strings.count)
            return rg__check_wrong(c, &t->shadows[i], "shadow", i, "string", t->shadows[i],
                                   t->strings.count);
    return rg__watch_status(&watch);
}

static rg_status check_types(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    const uint32_t strings = t->strings.count;
    for (size_t i = 0; i < t->type_count; i++) {
        const rg__type *type = &t->types[i];
        if ((unsigned)type->kind >= RG_KIND_COUNT)
            return rg__check_wrong(c, type, "type", i, "kind", (unsigned)type->kind, RG_KIND_COUNT);
        if (type->module >= strings)
            return rg__check_wrong(c, type, "type", i, "module, string", type->module, strings);
        if (type->name >= strings)
            return rg__check_wrong(c, type, "type", i, "name, string", type->name, strings);
        if (type->node != RG_NONE && type->node >= t->node_count)
            return rg__check_wrong(c, type, "type", i, "node", type->node, t->node_count);
        const uint64_t end = (uint64_t)type->shadows_begin + type->shadows_count;
        if (end > t->shadow_count)
            return rg__check_wrong(c, type, "type", i, "shadows up to", end, t->shadow_count);
    }
    return RG_OK;
}

/* ---- nodes ---- */

static rg_status check_node(rg__check *c, size_t i)
{
    const rg__tables *t = &c->g->tables;
    const rg__stored_node *node = &t->nodes[i];
    const uint8_t generation = rg__place_generation(node->place);
    if (node->type >= t->type_count)
        return rg__check_wrong(c, node, "node", i, "type", node->type, t->type_count);
    if (node->text != RG_NONE && node->text >= t->strings.count)
        return rg__check_wrong(c, node, "node", i, "text, string", node->text, t->strings.count);
    if (generation > RG_GENERATION_NONE)
        return rg__check_wrong(c, node, "node", i, "generation", generation,
                               RG_GENERATION_NONE + 1);
    return RG_OK;
}

/* The side table names exactly the nodes whose size says so, in their order: `wide` of them were met. */
static rg_status check_wide(rg__check *c, size_t i, size_t wide)
{
    const rg__tables *t = &c->g->tables;
    if (wide < t->wide_node_count && t->wide_nodes[wide].node == i)
        return RG_OK;
    return rg__check_wrong(c, &t->nodes[i], "node", i, "wide size, entry", wide,
                           t->wide_node_count);
}

static rg_status check_nodes(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    rg__watch watch = rg__watch_begin(c->g, "check", t->node_count);
    uint64_t before = 0;
    uint64_t size = 0;
    size_t wide = 0;
    for (size_t i = 0; i < t->node_count; i++) {
        if (rg__tick(&watch, 1))
            return RG_ERR_CANCELLED;
        rg_status status = check_node(c, i);
        const bool is_wide = t->nodes[i].size == RG__SIZE_WIDE;
        if (!status && is_wide)
            status = check_wide(c, i, wide);
        if (status)
            return status;
        const uint64_t address =
            is_wide ? t->wide_nodes[wide].address : t->nodes[i].place & RG__ADDRESS_MASK;
        const uint64_t own = is_wide ? t->wide_nodes[wide].size : t->nodes[i].size;
        wide += is_wide;
        if (own > RG_SIZE_MOST - size)
            return rg__check_wrong(c, &t->nodes[i], "node", i, "a size that makes the sum exceed",
                                   own, RG_SIZE_MOST);
        size += own;
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
        return rg__check_wrong(c, &t->wide_nodes[wide], "wide node", wide, "node",
                               t->wide_nodes[wide].node, t->node_count);
    return rg__watch_status(&watch);
}

/* ---- roots, places of allocation ---- */

static rg_status check_native(rg__check *c, size_t native)
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

static rg_status check_roots(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    size_t native = 0;
    for (size_t i = 0; i < t->root_count; i++) {
        const rg__root *root = &t->roots[i];
        if ((unsigned)root->kind >= RG_ROOT_KIND_COUNT)
            return rg__check_wrong(c, root, "root", i, "kind", (unsigned)root->kind,
                                   RG_ROOT_KIND_COUNT);
        if (root->node >= t->node_count)
            return rg__check_wrong(c, root, "root", i, "node", root->node, t->node_count);
        if (root->name >= t->strings.count)
            return rg__check_wrong(c, root, "root", i, "name, string", root->name,
                                   t->strings.count);
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

static rg_status check_sites(rg__check *c)
{
    const rg__tables *t = &c->g->tables;
    for (size_t i = 0; i < t->location_count; i++)
        if (t->locations[i].file >= t->strings.count)
            return rg__check_wrong(c, &t->locations[i], "line of allocation", i, "file, string",
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
            return rg__check_wrong(c, site, "place of allocation", i, "lines up to", end,
                                   t->location_count);
    }
    if (t->site_of_count > t->node_count) {
        c->at = t->site_of;
        return rg_error_set(c->error, RG_ERR_ARGUMENT, "%zu places of allocation for %zu nodes",
                            t->site_of_count, t->node_count);
    }
    rg__watch watch = rg__watch_begin(c->g, "check", t->site_of_count);
    for (size_t i = 0; i < t->site_of_count && !rg__tick(&watch, 1); i++)
        if (t->site_of[i] != RG_NONE && t->site_of[i] >= t->site_count)
            return rg__check_wrong(c, &t->site_of[i], "node", i, "place of allocation",
                                   t->site_of[i], t->site_count);
    return rg__watch_status(&watch);
}

static rg_status check_all(rg__check *c, bool with_references)
{
    static rg_status (*const checks[])(rg__check *) = {
        check_strings, check_shadows, check_types, check_nodes, check_roots, check_sites,
    };
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !status; i++)
        status = checks[i](c);
    return status ? status : rg__check_edges(c, with_references);
}

rg_status rg_graph_check(const rg_graph *self, rg_error *error)
{
    rg__check c = {.g = self, .error = error};
    return check_all(&c, true);
}

rg_status rg__graph_verify(const rg_graph *self, const void **at, rg_error *error)
{
    rg__check c = {.g = self, .error = error};
    rg_status status = check_all(&c, false);
    *at = c.at;
    return status;
}
