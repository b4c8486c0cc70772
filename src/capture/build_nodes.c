/* Nodes in the order of their ids: objects in the order in which they were found, described there, are met again in the
 * order of the bitmap, which also tells their addresses. */
#include "base/sort.h"
#include "capture/translation.h"

enum { BATCH = 32, PREFETCH = 16 /* nodes ahead */ };

static int by_id(const void *a, const void *b)
{
    const uint32_t x = ((const rg__odd_address *)a)->id;
    const uint32_t y = ((const rg__odd_address *)b)->id;
    return (x > y) - (x < y);
}

static rg_status note_odd(rg__translation *t, const rg__capture *c, uint32_t id, uintptr_t address)
{
    rg_status status = rg__array_reserve(&c->allocator, &t->odd, &t->odd_capacity, t->odd_count + 1,
                                         sizeof *t->odd);
    if (!status)
        t->odd[t->odd_count++] = (rg__odd_address){id, address};
    return status;
}

/* Objects [begin, begin + count). */
static rg_status order_batch(rg__translation *t, const rg__capture *c, size_t begin, size_t count)
{
    const uint64_t *places[BATCH];
    rg_status status = RG_OK;
    for (size_t k = 0; k < count; k++) {
        places[k] = rg__addresses_place(&c->addresses, (uintptr_t)c->objects[begin + k]);
        __builtin_prefetch(places[k]);
    }
    for (size_t k = 0; k < count && !status; k++) {
        const size_t i = begin + k;
        const uintptr_t address = (uintptr_t)rg__untag_frame(c->objects[i]);
        const uint32_t id = rg__addresses_id_at(places[k], address);
        t->order[id] = (uint32_t)i;
        t->edges_of_share[id >> t->share_shift] += rg__edge_end(c, i) - rg__first_edge(c, i);
        if (address % (1 << RG__SLOT_SHIFT))
            status = note_odd(t, c, id, address);
    }
    return status;
}

rg_status rg__translate_order(rg__translation *t, const rg__capture *c)
{
    rg_status status = RG_OK;
    while (c->object_count >> t->share_shift >= RG__SHARES)
        t->share_shift++;
    for (size_t i = 0; i < c->object_count && !status; i += BATCH) {
        const size_t rest = c->object_count - i;
        status = order_batch(t, c, i, rest < BATCH ? rest : BATCH);
    }
    if (t->odd_count)
        rg__sort(t->odd, t->odd_count, sizeof *t->odd, by_id);
    return status;
}

/* The nodes whose ids are [begin, end). */
typedef struct piece {
    rg__translation *t;
    const rg__capture *c;
    uint32_t begin, end;
} piece;

static rg_status write_piece(void *context, rg_node_sink *sink)
{
    const piece *p = context;
    rg__translation *t = p->t;
    const rg__capture *c = p->c;
    rg__address_cursor cursor = rg__addresses_seek(&c->addresses, p->begin);
    size_t odd = 0;
    rg_status status = RG_OK;
    while (odd < t->odd_count && t->odd[odd].id < p->begin)
        odd++;
    for (size_t id = p->begin; id < p->end && !status; id++) {
        if (id + PREFETCH < p->end)
            __builtin_prefetch(&c->nodes[t->order[id + PREFETCH]]);
        uintptr_t address = rg__addresses_next(&c->addresses, &cursor);
        if (odd < t->odd_count && t->odd[odd].id == id)
            address = t->odd[odd++].address;
        if (rg__account_is_hidden(&t->account, (uint32_t)id))
            continue;
        rg_node node = rg__node_of(c, t->order[id], address);
        node.flags &= (uint16_t)~RG__NODE_STATIC;
        if (node.text != RG_NONE)
            node.text = t->string_ids[node.text];
        if (c->types.items[node.type].kind == RG_KIND_MODULE)
            t->is_module[id / 64] |= UINT64_C(1) << (id % 64);
        status = rg_node_sink_add(sink, &node);
    }
    return status;
}

rg_status rg__translate_nodes(rg__translation *t, const rg__capture *c, rg_builder *builder,
                              bool in_threads)
{
    const uint32_t count = (uint32_t)c->object_count;
    const uint32_t middle =
        in_threads ? count / 128 * 64 : count; /* words of bits are not shared */
    const uint32_t shown = rg__shown_below(t, middle);
    piece pieces[2] = {{t, c, 0, middle}, {t, c, middle, count}};
    const rg_node_part parts[2] = {
        {shown, write_piece, &pieces[0]},
        {t->shown_count - shown, write_piece, &pieces[1]},
    };
    return count ? rg_builder_add_node_parts(builder, parts, in_threads ? 2 : 1) : RG_OK;
}
