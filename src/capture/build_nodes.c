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

rg_status rg__translate_nodes(rg__translation *t, const rg__capture *c, rg_builder *builder)
{
    rg__address_cursor cursor = {.chunk = 0};
    size_t odd = 0;
    rg_status status = RG_OK;
    for (size_t id = 0; id < c->object_count && !status; id++) {
        if (id + PREFETCH < c->object_count)
            __builtin_prefetch(&c->nodes[t->order[id + PREFETCH]]);
        uintptr_t address = rg__addresses_next(&c->addresses, &cursor);
        if (odd < t->odd_count && t->odd[odd].id == id)
            address = t->odd[odd++].address;
        if (rg__account_is_hidden(&t->account, (uint32_t)id))
            continue;
        rg_node node = rg__node_of(c, t->order[id], address);
        uint32_t added = 0;
        node.flags &= (uint16_t)~RG__NODE_STATIC;
        if (node.text != RG_NONE)
            node.text = t->string_ids[node.text];
        if (c->types.items[node.type].kind == RG_KIND_MODULE)
            t->is_module[id / 64] |= UINT64_C(1) << (id % 64);
        status = rg_builder_add_node(builder, &added, &node);
    }
    return status;
}
