/* See node_set.h. Multiplicative hashing after Knuth (The Art of Computer Programming 3, 6.4): ids of
 * neighbours are close together, and this spreads exactly such keys. */
#include "analysis/node_set.h"

#include <string.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 64 };

static size_t home_of(const rg__node_set *self, uint32_t node)
{
    const uint64_t spread = node * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(spread >> 20) & (self->slot_count - 1);
}

/* The slot that holds `node`, or the free one where it belongs. */
static size_t slot_of(const rg__node_set *self, uint32_t node)
{
    size_t slot = home_of(self, node);
    while (self->slots[slot] && self->nodes[self->slots[slot] - 1] != node)
        slot = (slot + 1) & (self->slot_count - 1);
    return slot;
}

static rg_status grow_slots(rg__node_set *self)
{
    const size_t old_count = self->slot_count;
    const size_t count = old_count ? old_count * 2 : FIRST_SLOTS;
    uint32_t *slots = rg__array_new(&self->allocator, count, sizeof *slots);
    if (!slots)
        return RG_ERR_NOMEM;
    rg__array_free(&self->allocator, self->slots, old_count, sizeof *self->slots);
    self->slots = slots;
    self->slot_count = count;
    for (size_t i = 0; i < self->count; i++)
        slots[slot_of(self, self->nodes[i])] = (uint32_t)i + 1;
    return RG_OK;
}

rg_status rg__node_set_add(rg__node_set *self, uint32_t *ordinal, uint32_t node)
{
    rg_status status = RG_OK;
    if (self->count >= self->slot_count / 2)
        status = grow_slots(self);
    if (status)
        return status;
    const size_t slot = slot_of(self, node);
    if (!self->slots[slot]) {
        status = rg__array_reserve(&self->allocator, &self->nodes, &self->capacity, self->count + 1,
                                   sizeof *self->nodes);
        if (status)
            return status;
        self->nodes[self->count++] = node;
        self->slots[slot] = (uint32_t)self->count;
    }
    *ordinal = self->slots[slot] - 1;
    return RG_OK;
}

uint32_t rg__node_set_find(const rg__node_set *self, uint32_t node)
{
    if (!self->count)
        return RG_NONE;
    const uint32_t found = self->slots[slot_of(self, node)];
    return found ? found - 1 : RG_NONE;
}

/* A node stands in the unbroken run that begins at its home. Zeroing from its home to the end of the
 * run takes it away, and leaves every node that is still there reachable from its own home: what is
 * left of a run is always the beginning of it. */
static void clear_runs(rg__node_set *self)
{
    for (size_t i = 0; i < self->count; i++) {
        size_t slot = home_of(self, self->nodes[i]);
        while (self->slots[slot]) {
            self->slots[slot] = 0;
            slot = (slot + 1) & (self->slot_count - 1);
        }
    }
}

void rg__node_set_clear(rg__node_set *self)
{
    if (self->count > self->slot_count / 8)
        memset(self->slots, 0, self->slot_count * sizeof *self->slots);
    else
        clear_runs(self);
    self->count = 0;
}

void rg__node_set_dispose(rg__node_set *self)
{
    rg__array_free(&self->allocator, self->nodes, self->capacity, sizeof *self->nodes);
    rg__array_free(&self->allocator, self->slots, self->slot_count, sizeof *self->slots);
    *self = (rg__node_set){.allocator = self->allocator};
}
