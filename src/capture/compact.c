/* Ids in the place of addresses: raw edges of 16 bytes become edges of 8, block by block, so that the memory of
 * the ones goes as that of the others comes. On the way each target's references are counted, since it is in
 * the cache. Reads no Python memory.
 *
 * Looking up an id waits for memory, nothing else: the words of a batch of targets are asked for before the first
 * of them is needed. */
#include "base/popcount.h"
#include "capture/account.h"

enum { BATCH = 32 /* divides 64 and both block sizes */ };

typedef struct compaction {
    rg__capture *capture;
    uint32_t *explained, *unseen; /* by id */
} compaction;

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

RG__ALWAYS_INLINE void count_reference(compaction *self, rg__raw_label raw, uint32_t to, uint64_t e)
{
    const bool owns = rg__raw_strength(raw) != RG_STRENGTH_WEAK;
    const bool is_unreported = rg__raw_is_unreported(raw);
    if (owns && self->explained[to] != UINT32_MAX)
        self->explained[to]++;
    if (owns == is_unreported) /* rarely: `unseen` is not fetched for the others */
        self->unseen[to] += rg__unseen_part(owns, is_unreported);
    if (is_unreported)
        self->capture->edges.unreported[e / 64] |= UINT64_C(1) << (e % 64);
}

/* Edges [begin, begin + count), which are in one block. */
RG__ALWAYS_INLINE rg_status compact_batch(compaction *self, uint64_t begin, size_t count)
{
    rg__capture *c = self->capture;
    const uint64_t *places[BATCH];
    const rg__raw_edge *raw = rg__raw_at(c, begin);
    rg__edge *out = rg__edge_at(&c->edges, begin);
    rg_status status = RG_OK;
    for (size_t k = 0; k < count; k++) {
        places[k] = rg__addresses_place(&c->addresses, (uintptr_t)raw[k].target);
        __builtin_prefetch(places[k]);
    }
    for (size_t k = 0; k < count; k++) {
        out[k].to = rg__addresses_id_at(places[k], (uintptr_t)raw[k].target);
        __builtin_prefetch(&self->explained[out[k].to], 1);
    }
    for (size_t k = 0; k < count && !status; k++) {
        count_reference(self, raw[k].label, out[k].to, begin + k);
        status = label_of(c, raw[k].label, &out[k].label);
    }
    return status;
}

static void free_raw_block(rg__capture *c, size_t i)
{
    const bool is_only = c->raw.room < RG__RAW_BLOCK;
    rg__array_free(&c->allocator, c->raw.blocks[i], is_only ? c->raw.room : RG__RAW_BLOCK,
                   sizeof(rg__raw_edge));
    c->raw.blocks[i] = NULL;
}

static rg_status make_room(rg__capture *c)
{
    rg__edges *edges = &c->edges;
    const size_t blocks = c->edge_count / RG__EDGE_BLOCK + 1;
    edges->blocks = rg__array_new(&c->allocator, blocks, sizeof *edges->blocks);
    if (!edges->blocks)
        return RG_ERR_NOMEM;
    edges->block_count = blocks;
    edges->count = c->edge_count;
    edges->unreported =
        rg__array_new(&c->allocator, edges->count / 64 + 1, sizeof *edges->unreported);
    return edges->unreported ? RG_OK : RG_ERR_NOMEM;
}

/* Edges in the block of this number. */
static size_t edges_in(const rg__edges *self, size_t block)
{
    const size_t rest = self->count - block * RG__EDGE_BLOCK;
    return rest < RG__EDGE_BLOCK ? rest : RG__EDGE_BLOCK;
}

RG__ALWAYS_INLINE rg_status compact_all(compaction *self)
{
    rg__capture *c = self->capture;
    rg__edges *edges = &c->edges;
    rg_status status = RG_OK;
    for (uint64_t e = 0; e < c->edge_count && !status; e += BATCH) {
        const size_t block = e >> RG__EDGE_BLOCK_SHIFT;
        if (!(e & (RG__EDGE_BLOCK - 1))) {
            edges->blocks[block] =
                rg__array_new_raw(&c->allocator, edges_in(edges, block), sizeof(rg__edge));
            if (!edges->blocks[block])
                return RG_ERR_NOMEM;
        }
        const size_t rest = c->edge_count - e;
        status = compact_batch(self, e, rest < BATCH ? rest : BATCH);
        const uint64_t next = e + BATCH;
        if (!(next & (RG__RAW_BLOCK - 1)) || next >= c->edge_count)
            free_raw_block(c, e >> RG__RAW_BLOCK_SHIFT);
    }
    return status;
}

RG__POPCOUNT_TARGET static rg_status compact_fast(compaction *self)
{
    return compact_all(self);
}

static rg_status compact_anywhere(compaction *self)
{
    return compact_all(self);
}

rg_status rg__capture_compact(rg__capture *c, uint32_t *explained, uint32_t *unseen)
{
    compaction self = {c, explained, unseen};
    rg_status status = make_room(c);
    if (status)
        return status;
    return rg__has_popcount() ? compact_fast(&self) : compact_anywhere(&self);
}

void rg__edges_dispose(rg__capture *c)
{
    const rg_allocator *a = &c->allocator;
    rg__edges *edges = &c->edges;
    for (size_t i = 0; i < c->raw.block_count; i++)
        free_raw_block(c, i);
    rg__array_free(a, c->raw.blocks, c->raw.block_capacity, sizeof *c->raw.blocks);
    c->raw = (rg__raw_edges){0};
    for (size_t i = 0; i < edges->block_count; i++)
        if (edges->blocks[i])
            rg__array_free(a, edges->blocks[i], edges_in(edges, i), sizeof(rg__edge));
    rg__array_free(a, edges->blocks, edges->block_count, sizeof *edges->blocks);
    rg__array_free(a, edges->unreported, edges->count / 64 + 1, sizeof *edges->unreported);
    rg__array_free(a, edges->wide, edges->wide_capacity, sizeof *edges->wide);
    *edges = (rg__edges){0};
}
