/* See queue.h. Williams' heap (Algorithm 232, CACM 7, 1964), moving a hole instead of swapping. */
#include "analysis/queue.h"

#include "base/memory.h"

static bool comes_before(const rg__queue_entry *a, const rg__queue_entry *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    if (a->tie != b->tie)
        return a->tie < b->tie;
    if (a->node != b->node)
        return a->node < b->node;
    return a->next < b->next;
}

rg_status rg__queue_add(rg__queue *self, const rg__queue_entry *entry)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->items, &self->capacity,
                                         self->count + 1, sizeof *self->items);
    if (status)
        return status;
    size_t hole = self->count++;
    while (hole && comes_before(entry, &self->items[(hole - 1) / 2])) {
        self->items[hole] = self->items[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    self->items[hole] = *entry;
    return RG_OK;
}

bool rg__queue_take(rg__queue *self, rg__queue_entry *entry)
{
    if (!self->count)
        return false;
    *entry = self->items[0];
    const rg__queue_entry last = self->items[--self->count];
    size_t hole = 0;
    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= self->count)
            break;
        if (child + 1 < self->count && comes_before(&self->items[child + 1], &self->items[child]))
            child++;
        if (!comes_before(&self->items[child], &last))
            break;
        self->items[hole] = self->items[child];
        hole = child;
    }
    if (self->count)
        self->items[hole] = last;
    return true;
}

void rg__queue_dispose(rg__queue *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg__queue){.allocator = self->allocator};
}
