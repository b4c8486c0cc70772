/* Which objects of a later graph were not in an earlier one, and which were in a cycle there. */
#include "analysis/pairs.h"

#include <stdlib.h>

#include "graph/graph_private.h"

static bool is_born(const rg__pairs *pairs, size_t node)
{
    return pairs->before_of[node] == RG_NONE;
}

rg_status rg_born_find(rg_node_list *out, const rg_graph *before, const rg_graph *after,
                       const rg_allocator *allocator)
{
    rg_node_list found = {.allocator = allocator ? *allocator : after->allocator};
    rg__pairs pairs = {0};
    const size_t node_count = after->tables.node_count;
    size_t count = 0;
    rg_status status = rg__pairs_find(&pairs, before, after, &found.allocator);
    if (status)
        return status;
    for (size_t n = 0; n < node_count; n++)
        count += is_born(&pairs, n);
    found.items = rg__array_new_raw(&found.allocator, count, sizeof *found.items);
    if (count && !found.items)
        status = RG_ERR_NOMEM;
    for (size_t n = 0; n < node_count && !status; n++)
        if (is_born(&pairs, n))
            found.items[found.count++] = (uint32_t)n;
    rg__pairs_dispose(&pairs);
    if (!status)
        *out = found;
    return status;
}

/* ---- cycles ---- */

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* What the members of cycles that no collection can have freed are now, into `ids`. */
static size_t collect_known(const rg__pairs *pairs, const rg_cycles *cycles, int collected,
                            uint32_t *ids)
{
    size_t count = 0;
    for (size_t i = 0; i < cycles->count; i++) {
        const rg_cycle *c = &cycles->items[i];
        for (uint32_t m = 0; m < c->count && (int)c->freed_by > collected; m++) {
            const uint32_t node = pairs->after_of[cycles->members[c->first + m]];
            if (node != RG_NONE)
                ids[count++] = node;
        }
    }
    return count;
}

rg_status rg_cycles_known_find(rg_node_list *out, const rg_graph *before, const rg_cycles *cycles,
                               int collected, const rg_graph *after, const rg_allocator *allocator)
{
    rg_node_list found = {.allocator = allocator ? *allocator : after->allocator};
    const rg_allocator *a = &found.allocator;
    const size_t room = cycles->member_count;
    rg__pairs pairs = {0};
    rg_status status = rg__pairs_find(&pairs, before, after, a);
    uint32_t *ids = rg__array_new_raw(a, room, sizeof *ids);
    if (!status && room && !ids)
        status = RG_ERR_NOMEM;
    const size_t count = status ? 0 : collect_known(&pairs, cycles, collected, ids);
    if (count)
        qsort(ids, count, sizeof *ids, by_id);
    found.items = rg__array_new_raw(a, count, sizeof *found.items);
    if (count && !found.items)
        status = RG_ERR_NOMEM;
    for (size_t i = 0; i < count && !status; i++)
        found.items[found.count++] = ids[i];
    rg__array_free(a, ids, room, sizeof *ids);
    rg__pairs_dispose(&pairs);
    if (!status)
        *out = found;
    return status;
}
