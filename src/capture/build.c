/* From a capture's raw records to a graph. Reads no Python memory: runs without the GIL.
 *
 *   1 addresses → ids in address order, in every record     (rank, resolve)
 *   2 which references are explained, which nodes are shown  (account.c)
 *   3 texts → string ids; types, nodes, edges, roots in id order, so that the builder has nothing to sort
 *
 * Ids of the first two steps count every object of the capture; nodes that are hidden get none in the graph. */
#include "base/task.h"
#include "capture/numbers.h"
#include "capture/rules.h"
#include "capture/translation.h"

#include <string.h>

enum { BATCH = 32 /* texts */ };

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

static rg_status add_strings(rg__capture *c, rg_builder *builder, rg__translation *t)
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

/* The strings of the graph are made while ids are looked up and references counted: neither needs the other. Who is
 * done with the strings helps with the ids. A single thread makes them afterwards, when edges take half the memory. */
typedef struct helper {
    rg__capture *capture;
    rg_builder *builder;
    rg__translation *translation;
    rg__compaction *compaction;
    rg__incoming incoming;
    rg_status status;
} helper;

static void help(void *context)
{
    helper *self = context;
    const rg__texts *texts = &self->capture->texts;
    self->status = rg_builder_reserve_strings(self->builder, texts->count, texts->bytes.size);
    if (!self->status)
        self->status = add_strings(self->capture, self->builder, self->translation);
    if (!self->status && rg__compact_is_shareable(self->capture))
        self->status = rg__compact_run(self->compaction, &self->incoming);
}

/* Whether a second thread is worth its start, and may use the allocator. */
static bool takes_thread(const rg__capture *c)
{
    enum { MANY = 1 << 16 /* objects */ };
    return c->object_count >= MANY && rg__allocator_is_shareable(&c->allocator) &&
           rg__has_processors();
}

static uint32_t shown_id(const rg__capture *c, const rg__translation *t, const void *object)
{
    return rg__shown(t, rg__addresses_id(&c->addresses, (uintptr_t)object));
}

/* Number the nodes that are shown. */
static void number_shown(const rg__capture *c, rg__translation *t)
{
    uint32_t hidden = 0;
    for (size_t w = 0; w < t->words; w++) {
        t->before[w] = hidden;
        hidden += (uint32_t)__builtin_popcountll(t->account.hidden[w]);
    }
    t->shown_count = (uint32_t)c->object_count - hidden;
}

/* A text once texts are gone. */
static rg_string string_of(const rg__translation *t, const rg_builder *builder, uint32_t text)
{
    return rg_builder_string(builder, t->string_ids[text]);
}

static rg_status add_types(rg__capture *c, rg_builder *builder, const rg__translation *t)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->types.count && !status; i++) {
        const rg__type_info *info = &c->types.items[i];
        uint32_t *shadows = c->types.shadows + info->shadows_begin;
        const rg_type type = {
            .module = string_of(t, builder, info->module),
            .name = string_of(t, builder, info->name),
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

rg_node rg__node_of(const rg__capture *c, size_t i, uintptr_t address)
{
    const rg__raw_node *raw = &c->nodes[i];
    return (rg_node){.address = (uint64_t)address,
                     .size = rg__raw_node_size(c, raw),
                     .type = raw->type,
                     .refcount = raw->refcount,
                     .text = raw->text,
                     .flags = raw->flags,
                     .generation = raw->generation};
}

rg_status rg__add_raw_node(rg_builder *builder, uint32_t *id, const rg__capture *c, size_t i)
{
    const rg_node node = rg__node_of(c, i, (uintptr_t)rg__untag_frame(c->objects[i]));
    return rg_builder_add_node(builder, id, &node);
}

static rg_status add_roots(rg__capture *c, rg_builder *builder, const rg__translation *t)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < c->root_count && !status; i++) {
        const rg__raw_root *root = &c->roots[i];
        if (root->name == RG_NONE)
            continue;
        const uint32_t node = shown_id(c, t, rg__untag_frame(root->node));
        const rg_root added = {root->kind, node, root->references,
                               string_of(t, builder, root->name)};
        if (node != RG_NONE)
            status = rg_builder_add_root(builder, &added);
    }
    if (c->options->only)
        return status;
    for (uint32_t id = 0; !status && rg__counters_next(&t->account.unexplained, &id); id++) {
        const uint32_t count = rg__account_unexplained(&t->account, id);
        if (rg__account_is_hidden(&t->account, id))
            continue;
        const rg_root added = {RG_ROOT_NATIVE, rg__shown(t, id), count, {NULL, 0}};
        status = rg_builder_add_root(builder, &added);
    }
    return status;
}

/* The places of allocation that shown objects have. */
static rg_status add_sites(rg__capture *c, rg_builder *builder, const rg__translation *t)
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
            status = rg_builder_set_site(builder, rg__shown(t, (uint32_t)id), s->of_object[i]);
    }
    return status;
}

/* Ids for edges, and what they say of their targets. The second thread is waited for where it may have found some of
 * that; it may have strings to make after that. */
static rg_status resolve(rg__compaction *compaction, helper *other, rg__task *task,
                         rg__incoming *incoming)
{
    rg_status status = rg__compact_run(compaction, incoming);
    if (status || rg__compact_is_done(compaction))
        return status ? status : rg__incoming_join(incoming, &other->incoming);
    rg__task_end(task);
    return other->status ? other->status : rg__incoming_join(incoming, &other->incoming);
}

/* Which references are explained, which nodes are shown, and the strings. */
static rg_status settle(rg__capture *c, rg_builder *builder, rg__translation *t)
{
    rg__compaction compaction;
    rg__incoming incoming = {.explained = {.count = 0}};
    helper other = {c, builder, t, &compaction, incoming, RG_OK};
    rg__task task = {.is_running = false};
    const bool in_thread = takes_thread(c);
    rg_status status = rg__compact_open(&compaction, c);
    if (status)
        return status;
    if (in_thread)
        rg__task_start(&task, help, &other, true);
    status = rg__translate_order(t, c);
    if (!status)
        status = resolve(&compaction, &other, &task, &incoming);
    if (!status)
        status = rg__account_find(&t->account, c, &incoming, t->order);
    if (!status)
        status = rg__rules_apply(c, t->order);
    if (!status)
        rg__account_close(&t->account, c, t->order);
    if (!in_thread && !status)
        help(&other);
    rg__task_end(&task);
    rg__incoming_dispose(&incoming);
    rg__incoming_dispose(&other.incoming);
    return status ? status : other.status;
}

static rg_status fill(rg__capture *c, rg_builder *builder, rg__translation *t)
{
    rg_status status = settle(c, builder, t);
    if (status)
        return status;
    rg__capture_drop_texts(c);
    number_shown(c, t);
    status = rg_builder_reserve(builder, t->shown_count, 0);
    if (!status)
        status = add_types(c, builder, t);
    if (!status)
        status = rg__translate_nodes(t, c, builder, takes_thread(c));
    rg_builder_set_collector(builder, &c->collector);
    if (!status)
        status = add_sites(c, builder, t);
    if (!status)
        status = add_roots(c, builder, t);
    rg__capture_drop_nodes(c);
    if (!status)
        status = rg__translate_edges(t, c, builder, takes_thread(c));
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
    rg__translation t = {.words = nodes / 64 + 1};
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
    rg__array_free(a, t.odd, t.odd_capacity, sizeof *t.odd);
    rg__account_dispose(&t.account);
    if (!status)
        status = rg_builder_finish(out, &builder);
    rg_builder_free(builder);
    return status;
}
