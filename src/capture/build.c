/* From a capture's raw records to a graph. Reads no Python memory: runs without the GIL.
 *
 *   1 addresses → ids in address order, in every record     (rank, resolve)
 *   2 which references are explained, which nodes are shown  (account.c)
 *   3 texts → string ids; types, nodes, edges, roots in id order, so that the builder has nothing to sort
 *
 * Ids of the first two steps count every object of the capture; nodes that are hidden get none in the graph. */
#include "capture/account.h"
#include "capture/rules.h"

/* What translating needs beside the capture. */
typedef struct translation {
    uint32_t *string_ids; /* by text index */
    uint32_t *order;      /* by node id: index into objects */
    uint64_t *is_module;  /* bit set by node id */
    uint32_t *shown;      /* by node id: the id in the graph, RG_NONE: hidden */
    size_t words;
    rg__account account;
} translation;

static rg_status add_strings(rg__capture *c, rg_builder *builder, translation *t)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->texts.count && !status; i++)
        status =
            rg_builder_add_string(builder, &t->string_ids[i], rg__texts_at(&c->texts, (uint32_t)i));
    return status;
}

static uint32_t id_of(rg__capture *c, const void *object)
{
    return rg__addresses_id(&c->addresses, (uintptr_t)object);
}

static uint32_t shown_id(rg__capture *c, const translation *t, const void *object)
{
    return t->shown[id_of(c, object)];
}

/* Put ids in the place of the targets' addresses: the second and third step read each edge again. */
static void resolve(rg__capture *c)
{
    for (size_t e = 0; e < c->edge_count; e++)
        c->edges[e].to = id_of(c, c->edges[e].target);
}

/* Number the nodes that are shown. */
static void number_shown(const rg__capture *c, translation *t)
{
    uint32_t next = 0;
    for (size_t id = 0; id < c->object_count; id++)
        t->shown[id] = rg__account_is_hidden(&t->account, (uint32_t)id) ? RG_NONE : next++;
}

static rg_status add_types(rg__capture *c, rg_builder *builder, const translation *t)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->types.count && !status; i++) {
        const rg__type_info *info = &c->types.items[i];
        uint32_t *shadows = c->types.shadows + info->shadows_begin;
        const rg_type type = {
            .module = rg__texts_at(&c->texts, info->module),
            .name = rg__texts_at(&c->texts, info->name),
            .kind = info->kind,
            .flags = info->flags,
            .node = rg__addresses_contains(&c->addresses, (uintptr_t)info->type)
                        ? shown_id(c, t, info->type)
                        : RG_NONE,
        };
        uint32_t id = 0;
        status = rg_builder_add_type(builder, &id, &type);
        for (size_t s = 0; s < info->shadow_count; s++)
            shadows[s] = t->string_ids[shadows[s]];
        if (!status && info->shadow_count)
            status = rg_builder_add_shadows(builder, id, shadows, info->shadow_count);
    }
    return status;
}

static bool is_unseen(const translation *t, uint32_t id, const rg_node *node)
{
    const unsigned exempt = RG_NODE_IMMORTAL | RG_NODE_SYNTHETIC | RG__NODE_STATIC;
    return node->flags & RG_NODE_GC_TRACKED && !(node->flags & exempt) &&
           rg__account_is_unseen(&t->account, id);
}

static rg_status add_nodes(rg__capture *c, rg_builder *builder, const translation *t)
{
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && !status; id++) {
        rg_node node = c->nodes[t->order[id]];
        uint32_t added = 0;
        if (t->shown[id] == RG_NONE)
            continue;
        if (is_unseen(t, (uint32_t)id, &node))
            node.flags |= RG_NODE_UNSEEN;
        node.flags &= (uint16_t)~RG__NODE_STATIC;
        if (node.refcount != UINT32_MAX) /* without what hidden nodes hold */
            node.refcount -= t->account.from_hidden[id] < node.refcount ? t->account.from_hidden[id]
                                                                        : node.refcount;
        if (node.text != RG_NONE)
            node.text = t->string_ids[node.text];
        if (c->types.items[node.type].kind == RG_KIND_MODULE)
            t->is_module[id / 64] |= UINT64_C(1) << (id % 64);
        status = rg_builder_add_node(builder, &added, &node);
    }
    return status;
}

static rg_name translated_name(rg__capture *c, const translation *t, rg__raw_label label)
{
    const rg_name_kind kind = rg__raw_kind(label);
    const uint64_t value = rg__raw_value(label);
    switch (kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return (rg_name){kind, t->string_ids[value]};
    case RG_NAME_KEY: {
        const uint32_t key = shown_id(c, t, (const void *)(uintptr_t)value);
        if (key == RG_NONE)
            break;
        return (rg_name){kind, key};
    }
    case RG_NAME_INDEX:
        if (value > UINT32_MAX)
            break;
        return (rg_name){kind, (uint32_t)value};
    default:
        return (rg_name){kind, 0};
    }
    return (rg_name){RG_NAME_NONE, 0};
}

static rg_status add_edges_of(rg__capture *c, rg_builder *builder, const translation *t,
                              uint32_t from)
{
    const size_t i = t->order[from];
    rg_status status = RG_OK;
    for (uint64_t e = i ? c->edge_ends[i - 1] : 0; e < c->edge_ends[i] && !status; e++) {
        const rg__raw_edge *edge = &c->edges[e];
        const uint32_t to = edge->to;
        if (t->shown[to] == RG_NONE)
            continue;
        rg_strength strength = rg__raw_strength(edge->label);
        const bool to_module = t->is_module[to / 64] >> (to % 64) & 1;
        if (to_module && strength < RG_STRENGTH_INFRASTRUCTURE)
            strength = RG_STRENGTH_INFRASTRUCTURE;
        status = rg_builder_add_edge(builder, t->shown[from], t->shown[to],
                                     translated_name(c, t, edge->label), strength);
    }
    return status;
}

static rg_status add_roots(rg__capture *c, rg_builder *builder, const translation *t)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->root_count && !status; i++) {
        const rg__raw_root *root = &c->roots[i];
        if (root->name == RG_NONE)
            continue;
        const uint32_t node = shown_id(c, t, rg__untag_frame(root->node));
        const rg_root added = {root->kind, node, root->references,
                               rg__texts_at(&c->texts, root->name)};
        if (node != RG_NONE)
            status = rg_builder_add_root(builder, &added);
    }
    for (uint32_t id = 0; id < c->object_count && !status && !c->options->only; id++) {
        const uint32_t count = rg__account_unexplained(&t->account, id);
        const rg_root added = {RG_ROOT_NATIVE, t->shown[id], count, {NULL, 0}};
        if (count && t->shown[id] != RG_NONE)
            status = rg_builder_add_root(builder, &added);
    }
    return status;
}

/* The places of allocation that shown objects have. */
static rg_status add_sites(rg__capture *c, rg_builder *builder, const translation *t)
{
    rg__sites *s = &c->sites;
    rg_status status = RG_OK;
    for (size_t i = 0; i < s->line_count; i++)
        s->lines[i].file = t->string_ids[s->lines[i].file];
    for (size_t i = 0; i < s->count && !status; i++) {
        uint32_t site = 0;
        status =
            rg_builder_add_site(builder, &site, s->lines + s->items[i].begin, s->items[i].count);
    }
    for (size_t id = 0; id < c->object_count && !status; id++) {
        const uint32_t i = t->order[id];
        if (t->shown[id] != RG_NONE && i < s->of_object_count && s->of_object[i] != RG_NONE)
            status = rg_builder_set_site(builder, t->shown[id], s->of_object[i]);
    }
    return status;
}

static rg_status fill(rg__capture *c, rg_builder *builder, translation *t)
{
    for (size_t i = 0; i < c->object_count; i++)
        t->order[id_of(c, rg__untag_frame(c->objects[i]))] = (uint32_t)i;
    resolve(c);
    rg_status status = rg__account_find(&t->account, c, t->order);
    if (!status)
        status = rg__rules_apply(c, t->order);
    if (status)
        return status;
    number_shown(c, t);
    status = add_strings(c, builder, t);
    if (!status)
        status = add_types(c, builder, t);
    if (!status)
        status = add_nodes(c, builder, t);
    for (uint32_t id = 0; id < c->object_count && !status; id++)
        if (t->shown[id] != RG_NONE)
            status = add_edges_of(c, builder, t, id);
    rg_builder_set_collector(builder, &c->collector);
    if (!status)
        status = add_sites(c, builder, t);
    return status ? status : add_roots(c, builder, t);
}

rg_status rg__capture_build(rg__capture *c, rg_graph **out)
{
    const rg_allocator *a = &c->allocator;
    const size_t nodes = c->object_count + 1; /* never zero elements */
    const size_t texts = c->texts.count + 1;
    rg_builder *builder = NULL;
    translation t = {.words = nodes / 64 + 1};
    rg_status status = rg__addresses_rank(&c->addresses);
    if (!status)
        status = rg_builder_new(&builder, a);
    t.string_ids = rg__array_new_raw(a, texts, sizeof *t.string_ids);
    t.order = rg__array_new_raw(a, nodes, sizeof *t.order);
    t.is_module = rg__array_new(a, t.words, sizeof *t.is_module);
    t.shown = rg__array_new_raw(a, nodes, sizeof *t.shown);
    if (!status && (!t.string_ids || !t.order || !t.is_module || !t.shown))
        status = RG_ERR_NOMEM;
    if (!status)
        status = fill(c, builder, &t);
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    rg__array_free(a, t.string_ids, texts, sizeof *t.string_ids);
    rg__array_free(a, t.order, nodes, sizeof *t.order);
    rg__array_free(a, t.is_module, t.words, sizeof *t.is_module);
    rg__array_free(a, t.shown, nodes, sizeof *t.shown);
    rg__account_dispose(&t.account);
    return status;
}
