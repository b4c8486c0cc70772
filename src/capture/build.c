/* From a capture's raw records to a graph. Reads no Python memory: runs without the GIL.
 *
 *   1 addresses → ids in address order, in every record     (rank, resolve)
 *   2 which references are explained, which nodes are shown  (account.c)
 *   3 texts → string ids; types, nodes, edges, roots in id order, so that the builder has nothing to sort
 *
 * Ids of the first two steps count every object of the capture; nodes that are hidden get none in the graph. */
#include "base/popcount.h"
#include "base/task.h"
#include "capture/account.h"
#include "capture/numbers.h"
#include "capture/rules.h"

#include <string.h>

enum { BATCH = 32 /* edges, texts */, PREFETCH = 16 /* nodes ahead */ };

/* What translating needs beside the capture. */
typedef struct translation {
    uint32_t *string_ids; /* by text index */
    uint32_t *order;      /* by node id: index into objects */
    uint64_t *is_module;  /* bit set by node id */
    uint32_t *before;     /* hidden nodes before each word of account.hidden */
    uint32_t shown_count;
    size_t words;
    rg__account account;
} translation;

/* A text; a number is written to `out`. */
static rg_string text_at(const rg__texts *texts, uint32_t i, char *out)
{
    const rg_string stored = rg__texts_at(texts, i);
    int64_t integer = 0;
    double real = 0;
    switch (rg__texts_form(texts, i)) {
    case RG__TEXT_INT:
        memcpy(&integer, stored.data, sizeof integer);
        return (rg_string){out, rg__write_int(out, integer)};
    case RG__TEXT_FLOAT:
        memcpy(&real, stored.data, sizeof real);
        return (rg_string){out, rg__write_float(out, real)};
    case RG__TEXT:
        break;
    }
    return stored;
}

static rg_status add_strings(rg__capture *c, rg_builder *builder, translation *t)
{
    rg_string texts[BATCH];
    char numbers[BATCH][RG__NUMBER_SIZE];
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->texts.count && !status; i += BATCH) {
        const size_t rest = c->texts.count - i;
        const size_t count = rest < BATCH ? rest : BATCH;
        for (size_t k = 0; k < count; k++)
            texts[k] = text_at(&c->texts, (uint32_t)(i + k), numbers[k]);
        status = rg_builder_add_strings(builder, &t->string_ids[i], texts, count);
    }
    return status;
}

/* The strings of the graph are made while ids are looked up and references counted: neither needs the other. */
typedef struct interning {
    rg__capture *capture;
    rg_builder *builder;
    translation *translation;
    rg_status status;
} interning;

static void intern(void *context)
{
    interning *self = context;
    const rg__texts *texts = &self->capture->texts;
    self->status = rg_builder_reserve_strings(self->builder, texts->count / 2, texts->bytes.size);
    if (!self->status)
        self->status = add_strings(self->capture, self->builder, self->translation);
}

/* Whether a second thread is worth its start, and may use the allocator. */
static bool takes_thread(const rg__capture *c)
{
    enum { MANY_TEXTS = 1 << 16 };
    return c->texts.count >= MANY_TEXTS && c->allocator.resize == rg_allocator_default().resize &&
           rg__has_processors();
}

/* The id in the graph, or RG_NONE: hidden. */
RG__ALWAYS_INLINE uint32_t shown(const translation *t, uint32_t id)
{
    const uint64_t word = t->account.hidden[id / 64];
    const uint64_t bit = UINT64_C(1) << (id % 64);
    if (word & bit)
        return RG_NONE;
    return id - t->before[id / 64] - (uint32_t)__builtin_popcountll(word & (bit - 1));
}

static uint32_t shown_id(const rg__capture *c, const translation *t, const void *object)
{
    return shown(t, rg__addresses_id(&c->addresses, (uintptr_t)object));
}

/* The objects in the order of their ids. */
static void sort_objects(const rg__capture *c, const translation *t)
{
    const uint64_t *places[BATCH];
    for (size_t i = 0; i < c->object_count; i += BATCH) {
        const size_t rest = c->object_count - i;
        const size_t count = rest < BATCH ? rest : BATCH;
        for (size_t k = 0; k < count; k++) {
            places[k] = rg__addresses_place(&c->addresses, (uintptr_t)c->objects[i + k]);
            __builtin_prefetch(places[k]);
        }
        for (size_t k = 0; k < count; k++)
            t->order[rg__addresses_id_at(places[k], (uintptr_t)c->objects[i + k])] =
                (uint32_t)(i + k);
    }
}

/* Number the nodes that are shown. */
static void number_shown(const rg__capture *c, translation *t)
{
    uint32_t hidden = 0;
    for (size_t w = 0; w < t->words; w++) {
        t->before[w] = hidden;
        hidden += (uint32_t)__builtin_popcountll(t->account.hidden[w]);
    }
    t->shown_count = (uint32_t)c->object_count - hidden;
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

static rg_node node_of(const rg__capture *c, size_t i)
{
    const rg__raw_node *raw = &c->nodes[i];
    return (rg_node){.address = (uint64_t)(uintptr_t)rg__untag_frame(c->objects[i]),
                     .size = rg__raw_node_size(c, raw),
                     .type = raw->type,
                     .refcount = raw->refcount,
                     .text = raw->text,
                     .flags = raw->flags,
                     .generation = raw->generation};
}

rg_status rg__add_raw_node(rg_builder *builder, uint32_t *id, const rg__capture *c, size_t i)
{
    const rg_node node = node_of(c, i);
    return rg_builder_add_node(builder, id, &node);
}

static rg_status add_nodes(rg__capture *c, rg_builder *builder, const translation *t)
{
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && !status; id++) {
        if (id + PREFETCH < c->object_count) {
            __builtin_prefetch(&c->nodes[t->order[id + PREFETCH]]);
            __builtin_prefetch(&c->objects[t->order[id + PREFETCH]]);
        }
        rg_node node = node_of(c, t->order[id]);
        uint32_t added = 0;
        if (rg__account_is_hidden(&t->account, (uint32_t)id))
            continue;
        node.flags &= (uint16_t)~RG__NODE_STATIC;
        if (node.text != RG_NONE)
            node.text = t->string_ids[node.text];
        if (c->types.items[node.type].kind == RG_KIND_MODULE)
            t->is_module[id / 64] |= UINT64_C(1) << (id % 64);
        status = rg_builder_add_node(builder, &added, &node);
    }
    return status;
}

RG__ALWAYS_INLINE rg_name translated_name(const rg__capture *c, const translation *t,
                                          const rg__edge *edge)
{
    const rg_name name = rg__edge_name(&c->edges, edge);
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return (rg_name){name.kind, t->string_ids[name.value]};
    case RG_NAME_KEY: {
        const uint32_t key = shown(t, name.value);
        return key == RG_NONE ? (rg_name){RG_NAME_NONE, 0} : (rg_name){name.kind, key};
    }
    default:
        return name;
    }
}

RG__ALWAYS_INLINE rg_status add_edges_of(const rg__capture *c, rg_builder *builder,
                                         const translation *t, uint32_t id)
{
    const size_t i = t->order[id];
    const uint32_t from = shown(t, id);
    rg_new_edge batch[BATCH];
    size_t count = 0;
    rg_status status = RG_OK;
    for (uint64_t e = rg__first_edge(c, i); e < c->edge_ends[i] && !status; e++) {
        const rg__edge *edge = rg__edge_at(&c->edges, e);
        const uint32_t to = shown(t, edge->to);
        if (to == RG_NONE)
            continue;
        rg_strength strength = rg__edge_strength(edge);
        if (strength < RG_STRENGTH_INFRASTRUCTURE &&
            t->is_module[edge->to / 64] >> (edge->to % 64) & 1)
            strength = RG_STRENGTH_INFRASTRUCTURE;
        batch[count++] = (rg_new_edge){to, translated_name(c, t, edge), strength};
        if (count == BATCH) {
            status = rg_builder_add_edges(builder, from, batch, count);
            count = 0;
        }
    }
    return status || !count ? status : rg_builder_add_edges(builder, from, batch, count);
}

RG__ALWAYS_INLINE rg_status add_all_edges(const rg__capture *c, rg_builder *builder,
                                          const translation *t)
{
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && !status; id++) {
        if (id + 2 * PREFETCH < c->object_count)
            __builtin_prefetch(&c->edge_ends[t->order[id + 2 * PREFETCH]]);
        if (id + PREFETCH < c->object_count && c->edges.count) {
            const uint64_t e = rg__first_edge(c, t->order[id + PREFETCH]);
            __builtin_prefetch(rg__edge_at(&c->edges, e < c->edges.count ? e : 0));
        }
        if (!rg__account_is_hidden(&t->account, (uint32_t)id))
            status = add_edges_of(c, builder, t, (uint32_t)id);
    }
    return status;
}

RG__POPCOUNT_TARGET static rg_status add_edges_fast(const rg__capture *c, rg_builder *builder,
                                                    const translation *t)
{
    return add_all_edges(c, builder, t);
}

static rg_status add_edges(const rg__capture *c, rg_builder *builder, const translation *t)
{
    return rg__has_popcount() ? add_edges_fast(c, builder, t) : add_all_edges(c, builder, t);
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
        if (!count || rg__account_is_hidden(&t->account, id))
            continue;
        const rg_root added = {RG_ROOT_NATIVE, shown(t, id), count, {NULL, 0}};
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
    for (size_t id = 0; id < c->object_count && !status && s->of_object_count; id++) {
        const uint32_t i = t->order[id];
        if (!rg__account_is_hidden(&t->account, (uint32_t)id) && i < s->of_object_count &&
            s->of_object[i] != RG_NONE)
            status = rg_builder_set_site(builder, shown(t, (uint32_t)id), s->of_object[i]);
    }
    return status;
}

/* Which references are explained, which nodes are shown, and the strings. */
static rg_status settle(rg__capture *c, rg_builder *builder, translation *t)
{
    interning strings = {c, builder, t, RG_OK};
    rg__task task;
    rg__task_start(&task, intern, &strings, takes_thread(c));
    sort_objects(c, t);
    rg_status status = rg__account_find(&t->account, c, t->order);
    if (!status)
        status = rg__rules_apply(c, t->order);
    if (!status)
        rg__account_close(&t->account, c, t->order);
    rg__task_end(&task);
    return status ? status : strings.status;
}

static rg_status fill(rg__capture *c, rg_builder *builder, translation *t)
{
    rg_status status = settle(c, builder, t);
    if (status)
        return status;
    number_shown(c, t);
    status = rg_builder_reserve(builder, t->shown_count, 0);
    if (!status)
        status = add_types(c, builder, t);
    if (!status)
        status = add_nodes(c, builder, t);
    rg_builder_set_collector(builder, &c->collector);
    if (!status)
        status = add_sites(c, builder, t);
    if (!status)
        status = add_roots(c, builder, t);
    rg__capture_drop_nodes(c);
    if (!status)
        status = rg_builder_reserve(builder, t->shown_count, c->edges.count);
    if (!status)
        status = add_edges(c, builder, t);
    rg__capture_drop_edges(c);
    return status;
}

rg_status rg__capture_build(rg__capture *c, rg_graph **out)
{
    const rg_allocator *a = &c->allocator;
    const size_t nodes = c->object_count + 1; /* never zero elements */
    const size_t texts = c->texts.count + 1;
    rg_builder *builder = NULL;
    rg__capture_drop_reading(c);
    translation t = {.words = nodes / 64 + 1};
    rg_status status = rg__addresses_rank(&c->addresses);
    if (!status)
        status = rg_builder_new(&builder, a);
    t.string_ids = rg__array_new_raw(a, texts, sizeof *t.string_ids);
    t.order = rg__array_new_raw(a, nodes, sizeof *t.order);
    t.is_module = rg__array_new(a, t.words, sizeof *t.is_module);
    t.before = rg__array_new_raw(a, t.words, sizeof *t.before);
    if (!status && (!t.string_ids || !t.order || !t.is_module || !t.before))
        status = RG_ERR_NOMEM;
    if (!status)
        status = fill(c, builder, &t);
    rg__array_free(a, t.string_ids, texts, sizeof *t.string_ids);
    rg__array_free(a, t.order, nodes, sizeof *t.order);
    rg__array_free(a, t.is_module, t.words, sizeof *t.is_module);
    rg__array_free(a, t.before, t.words, sizeof *t.before);
    rg__account_dispose(&t.account);
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    return status;
}
