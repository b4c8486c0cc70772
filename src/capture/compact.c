/* Ids in the place of addresses: raw edges of 16 bytes become edges of 8 where they are, two blocks of the ones one of
 * the others, so that no memory is taken and half of it goes. On the way each target's references are counted, since
 * it is in the cache. Reads no Python memory.
 *
 *   | raw block 2u  ……………………| raw block 2u + 1 …………………|        16 bytes an edge
 *   | edges of 2u | of 2u + 1 |     given back                   8
 *
 * Looking up an id waits for memory, nothing else: the words of a batch of targets are asked for before the first
 * of them is needed. */
#include "capture/compact.h"

#include "base/popcount.h"
#include "capture/account.h"

#include <string.h>

enum { BATCH = 32 /* divides 64 and both block sizes */ };

static rg_status wide_name(rg__capture *c, rg_name name, uint32_t *value)
{
    rg__edges *edges = &c->edges;
    rg_status status = rg__array_reserve(&c->allocator, &edges->wide, &edges->wide_capacity,
                                         edges->wide_count + 1, sizeof *edges->wide);
    if (status)
        return status;
    *value = (uint32_t)edges->wide_count;
    edges->wide[edges->wide_count++] = name;
    return RG_OK;
}

/* The label of an edge; its strength and kind are in the raw one's place already. */
RG__ALWAYS_INLINE rg_status label_of(rg__capture *c, rg__raw_label raw, uint32_t *label)
{
    uint32_t kind = (uint32_t)rg__raw_kind(raw);
    uint64_t value = rg__raw_value(raw);
    rg_status status = RG_OK;
    if (kind == RG_NAME_KEY) {
        uint32_t key = 0;
        const bool is_known = value && rg__addresses_find(&c->addresses, (uintptr_t)value, &key);
        kind = is_known ? RG_NAME_KEY : RG_NAME_NONE;
        value = is_known ? key : 0;
    }
    if (value > RG__EDGE_VALUE_MASK) {
        const bool has_room = value <= UINT32_MAX && c->edges.wide_count <= RG__EDGE_VALUE_MASK;
        uint32_t index = 0;
        if (has_room)
            status = wide_name(c, (rg_name){(rg_name_kind)kind, (uint32_t)value}, &index);
        kind = has_room ? RG__EDGE_WIDE : RG_NAME_NONE;
        value = index;
    }
    *label = (uint32_t)rg__raw_strength(raw) << 30 | kind << RG__EDGE_VALUE_BITS | (uint32_t)value;
    return status;
}

RG__ALWAYS_INLINE rg_status count_reference(rg__incoming *found, rg__raw_label raw, uint32_t to)
{
    const bool owns = rg__raw_strength(raw) != RG_STRENGTH_WEAK;
    const bool is_unreported = rg__raw_is_unreported(raw);
    rg_status status = owns ? rg__ref_tally_one(&found->explained, to) : RG_OK;
    if (owns == is_unreported && !status) /* rarely */
        status = rg__counter_add(&found->unseen, to, rg__unseen_part(owns, is_unreported));
    return status;
}

/* Edges [begin, begin + count), which are in one block, into `edges`, which may be where they are: they are copied
 * before the first is overwritten. */
RG__ALWAYS_INLINE rg_status compact_batch(rg__capture *c, rg__incoming *found, uint64_t begin,
                                          size_t count, rg__edge *edges)
{
    const uint64_t *places[BATCH];
    rg__raw_edge raw[BATCH];
    rg__edge out[BATCH];
    uint64_t unreported = 0;
    rg_status status = RG_OK;
    memcpy(raw, rg__raw_at(c, begin), count * sizeof *raw);
    for (size_t k = 0; k < count; k++) {
        places[k] = rg__addresses_place(&c->addresses, (uintptr_t)raw[k].target);
        __builtin_prefetch(places[k]);
    }
    for (size_t k = 0; k < count; k++) {
        out[k].to = rg__addresses_id_at(places[k], (uintptr_t)raw[k].target);
        __builtin_prefetch(&found->explained.low[out[k].to], 1);
    }
    for (size_t k = 0; k < count && !status; k++) {
        unreported |= (uint64_t)rg__raw_is_unreported(raw[k].label) << k;
        status = count_reference(found, raw[k].label, out[k].to);
        if (!status)
            status = label_of(c, raw[k].label, &out[k].label);
    }
    c->edges.unreported[begin / 64] |= unreported << (begin % 64);
    memcpy(edges, out, count * sizeof *out);
    return status;
}

/* The edges of two raw blocks, in the first one's memory. */
RG__ALWAYS_INLINE rg_status compact_unit(rg__capture *c, rg__incoming *found, size_t unit)
{
    rg__raw_edges *raw = &c->raw;
    rg__edge *out = (rg__edge *)(void *)raw->blocks[2 * unit];
    const uint64_t begin = (uint64_t)unit << RG__EDGE_BLOCK_SHIFT;
    const uint64_t rest = c->edge_count - begin;
    const uint64_t size = rest < RG__EDGE_BLOCK ? rest : RG__EDGE_BLOCK;
    rg_status status = RG_OK;
    for (uint64_t e = 0; e < size && !status; e += BATCH)
        status = compact_batch(c, found, begin + e, size - e < BATCH ? size - e : BATCH, out + e);
    c->edges.blocks[unit] = out;
    raw->blocks[2 * unit] = NULL;
    if (2 * unit + 1 < raw->block_count) {
        rg__array_free(&c->allocator, raw->blocks[2 * unit + 1], RG__RAW_BLOCK,
                       sizeof(rg__raw_edge));
        raw->blocks[2 * unit + 1] = NULL;
    }
    return status;
}

RG__POPCOUNT_TARGET static rg_status compact_fast(rg__capture *c, rg__incoming *found, size_t unit)
{
    return compact_unit(c, found, unit);
}

static rg_status compact_anywhere(rg__capture *c, rg__incoming *found, size_t unit)
{
    return compact_unit(c, found, unit);
}

rg_status rg__compact_open(rg__compaction *self, rg__capture *c)
{
    rg__edges *edges = &c->edges;
    self->capture = c;
    self->units = (size_t)((c->edge_count + RG__EDGE_BLOCK - 1) >> RG__EDGE_BLOCK_SHIFT);
    atomic_init(&self->taken, 0);
    atomic_init(&self->done, 0);
    const size_t room = self->units + 1; /* never zero elements */
    edges->blocks = rg__array_new(&c->allocator, room, sizeof *edges->blocks);
    if (!edges->blocks)
        return RG_ERR_NOMEM;
    edges->block_count = room;
    edges->count = c->edge_count;
    edges->unreported =
        rg__array_new(&c->allocator, edges->count / 64 + 1, sizeof *edges->unreported);
    return edges->unreported ? RG_OK : RG_ERR_NOMEM;
}

rg_status rg__incoming_open(rg__incoming *self, const rg__capture *c)
{
    const size_t count = c->object_count + 1; /* never zero elements */
    rg_status status = rg__ref_tally_open(&self->explained, &c->allocator, count);
    return status ? status : rg__counters_open(&self->unseen, &c->allocator, count);
}

rg_status rg__compact_run(rg__compaction *self, rg__incoming *found)
{
    rg__capture *c = self->capture;
    rg_status status = RG_OK;
    while (!status) {
        const size_t unit = atomic_fetch_add(&self->taken, 1);
        if (unit >= self->units)
            break;
        if (!found->unseen.pages)
            status = rg__incoming_open(found, c);
        if (!status)
            status = rg__has_popcount() ? compact_fast(c, found, unit)
                                        : compact_anywhere(c, found, unit);
        if (!status)
            atomic_fetch_add(&self->done, 1);
    }
    return status;
}

bool rg__compact_is_done(rg__compaction *self)
{
    return atomic_load(&self->done) == self->units;
}

bool rg__compact_is_shareable(const rg__capture *c)
{
    return c->edge_count <= RG__EDGE_VALUE_MASK && c->texts.count <= RG__EDGE_VALUE_MASK &&
           c->object_count <= RG__EDGE_VALUE_MASK && !c->has_far;
}

rg_status rg__incoming_join(rg__incoming *self, rg__incoming *other)
{
    rg_status status = RG_OK;
    if (!self->unseen.pages) {
        *self = *other;
        *other = (rg__incoming){.explained = {0}};
        return RG_OK;
    }
    if (other->unseen.pages) {
        status = rg__ref_tally_join(&self->explained, &other->explained);
        if (!status)
            status = rg__counters_join(&self->unseen, &other->unseen);
    }
    rg__incoming_dispose(other);
    return status;
}

void rg__incoming_dispose(rg__incoming *self)
{
    rg__ref_tally_dispose(&self->explained);
    rg__counters_dispose(&self->unseen);
}

/* All blocks are as large as they were made; the only one of a few edges has not its full size. */
void rg__edges_dispose(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__edges *edges = &c->edges;
    const size_t room = c->raw.room < RG__RAW_BLOCK ? c->raw.room : RG__RAW_BLOCK;
    for (size_t i = 0; i < c->raw.block_count; i++)
        rg__array_free(a, c->raw.blocks[i], room, sizeof(rg__raw_edge));
    rg__array_free(a, c->raw.blocks, c->raw.block_capacity, sizeof *c->raw.blocks);
    for (size_t i = 0; i < edges->block_count; i++)
        rg__array_free(a, edges->blocks[i], room, sizeof(rg__raw_edge));
    rg__array_free(a, edges->blocks, edges->block_count, sizeof *edges->blocks);
    rg__array_free(a, edges->unreported, edges->count / 64 + 1, sizeof *edges->unreported);
    rg__array_free(a, edges->wide, edges->wide_capacity, sizeof *edges->wide);
    c->raw = (rg__raw_edges){0};
    *edges = (rg__edges){0};
}
