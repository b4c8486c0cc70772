/* See barriers.h. Nobody waits for the lock: who does not get it does without barriers, which takes longer and changes
 * no answer. So the child of a fork during which a thread had it waits for nothing. */
#include "analysis/barriers.h"

#include <string.h>

#include "analysis/reach.h"
#include "base/lock.h"

enum { BARRIERS_MOST = 32 };

typedef struct barrier {
    uint32_t *nodes;
    size_t count;
    uint64_t *behind;
    uint64_t used; /* when */
} barrier;

struct rg_barriers {
    rg__lock lock; /* of all below but the first two */
    rg_allocator allocator;
    size_t words; /* of what is behind */
    barrier items[BARRIERS_MOST];
    size_t count;
    uint64_t now;
};

rg_status rg__barriers_new(rg_barriers **out, uint32_t node_count, const rg_allocator *allocator)
{
    rg_barriers *self = rg__array_new(allocator, 1, sizeof *self);
    if (!self)
        return RG_ERR_NOMEM;
    if (!rg__lock_start(&self->lock)) {
        rg__array_free(allocator, self, 1, sizeof *self);
        return RG_ERR_NOMEM;
    }
    self->allocator = *allocator;
    self->words = (size_t)node_count / 64 + 1;
    *out = self;
    return RG_OK;
}

static void barrier_dispose(const barrier *b, size_t words, const rg_allocator *a)
{
    rg__array_free(a, b->nodes, b->count, sizeof *b->nodes);
    rg__array_free(a, b->behind, words, sizeof *b->behind);
}

void rg__barriers_free(rg_barriers *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    for (size_t i = 0; i < self->count; i++)
        barrier_dispose(&self->items[i], self->words, &a);
    rg__lock_dispose(&self->lock);
    rg__array_free(&a, self, 1, sizeof *self);
}

/* The place for one more: a free one, or that of the one unused for longest. */
static barrier *place(rg_barriers *self)
{
    if (self->count < BARRIERS_MOST)
        return &self->items[self->count++];
    barrier *oldest = self->items;
    for (size_t i = 1; i < self->count; i++)
        if (self->items[i].used < oldest->used)
            oldest = &self->items[i];
    return oldest;
}

rg_status rg__barriers_add(rg_barriers *self, const uint32_t *nodes, size_t count,
                           const uint64_t *behind)
{
    const rg_allocator *a = &self->allocator;
    barrier added = {
        .nodes = rg__array_new_raw(a, count, sizeof *added.nodes),
        .count = count,
        .behind = rg__array_new_raw(a, self->words, sizeof *added.behind),
    };
    if ((count && !added.nodes) || !added.behind) {
        barrier_dispose(&added, self->words, a);
        return RG_ERR_NOMEM;
    }
    if (count)
        memcpy(added.nodes, nodes, count * sizeof *nodes);
    memcpy(added.behind, behind, self->words * sizeof *behind);
    if (!rg__lock_try(&self->lock)) {
        barrier_dispose(&added, self->words, a);
        return RG_OK;
    }
    barrier *b = place(self);
    const barrier dropped = *b;
    added.used = ++self->now;
    *b = added;
    rg__lock_release(&self->lock);
    barrier_dispose(&dropped, self->words, a);
    return RG_OK;
}

static bool are_among(const barrier *b, const rg__node_set *avoided)
{
    for (size_t i = 0; i < b->count; i++)
        if (rg__node_set_find(avoided, b->nodes[i]) == RG_NONE)
            return false;
    return true;
}

/* Whether one of some barriers, a bit each, hides a node. */
static bool is_hidden(rg_barriers *self, uint32_t barriers, uint32_t node)
{
    for (size_t i = 0; i < self->count; i++) {
        if (!(barriers >> i & 1) || !rg__bit(self->items[i].behind, node))
            continue;
        self->items[i].used = self->now;
        return true;
    }
    return false;
}

bool rg__barriers_hide(rg_barriers *self, const rg__node_set *avoided, const rg__queue *waiting)
{
    uint32_t barriers = 0;
    bool all = true;
    if (!rg__lock_try(&self->lock))
        return false;
    self->now++;
    for (size_t i = 0; i < self->count; i++)
        barriers |= (uint32_t)are_among(&self->items[i], avoided) << i;
    for (size_t i = 0; i < waiting->count && all; i++)
        all = is_hidden(self, barriers, waiting->items[i].node);
    rg__lock_release(&self->lock);
    return all;
}
