/* Matching of names to what tp_traverse reported for one object: the k-th offer of a target names its k-th
 * report. Small objects are scanned; large ones usually report in the order in which they are read, and where
 * they do not, a sorted copy of their reports is searched. */
#include "capture/names.h"

#include "base/sort.h"

enum { LINEAR_LIMIT = 48 /* reported edges up to which a scan beats sorting */ };

static int by_target(const void *a, const void *b)
{
    const rg__sorted_edge *x = a;
    const rg__sorted_edge *y = b;
    if (x->target != y->target)
        return (uintptr_t)x->target < (uintptr_t)y->target ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

static rg_status sort_reported(rg__naming *self)
{
    rg__capture *c = self->capture;
    const size_t count = self->reported - self->begin;
    rg_status status =
        rg__array_reserve(&c->allocator, &c->sorted, &c->sorted_capacity, count, sizeof *c->sorted);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        c->sorted[i] =
            (rg__sorted_edge){rg__raw_at(c, self->begin + i)->target, self->begin + i, 0};
    rg__sort(c->sorted, count, sizeof *c->sorted, by_target);
    self->is_sorted = true;
    return RG_OK;
}

/* The next unnamed edge to `target` in the sorted copy, or `reported`. */
static size_t find_sorted(rg__naming *self, const PyObject *target)
{
    rg__capture *c = self->capture;
    const size_t count = self->reported - self->begin;
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((uintptr_t)c->sorted[middle].target < (uintptr_t)target)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || c->sorted[low].target != target)
        return self->reported;
    rg__sorted_edge *run = &c->sorted[low];
    while (low + run->used < count && c->sorted[low + run->used].target == target) {
        const size_t edge = c->sorted[low + run->used++].edge;
        if (!rg__raw_at(c, edge)->label)
            return edge;
    }
    return self->reported;
}

/* Whether edge `e` leads to `target` and has no name yet. */
static bool is_free(const rg__naming *self, size_t e, const PyObject *target)
{
    const rg__raw_edge *edge = rg__raw_at(self->capture, e);
    return edge->target == target && !edge->label;
}

static size_t find_linear(const rg__naming *self, const PyObject *target)
{
    for (size_t e = self->cursor; e < self->reported; e++)
        if (is_free(self, e, target))
            return e;
    for (size_t e = self->begin; e < self->cursor; e++)
        if (is_free(self, e, target))
            return e;
    return self->reported;
}

rg_status rg__naming_offer(rg__naming *self, PyObject *target, rg__raw_label label, bool extra)
{
    rg__capture *c = self->capture;
    if (!target)
        return RG_OK;
    size_t edge = self->reported;
    if (self->unnamed && self->reported - self->begin <= LINEAR_LIMIT) {
        edge = find_linear(self, target);
    } else if (self->unnamed) {
        /* most objects report in the order in which they are read */
        if (self->cursor < self->reported && is_free(self, self->cursor, target)) {
            edge = self->cursor;
        } else {
            rg_status status = self->is_sorted ? RG_OK : sort_reported(self);
            if (status)
                return status;
            edge = find_sorted(self, target);
        }
    }
    if (edge == self->reported)
        return extra ? rg__capture_add_edge(c, target, label) : RG_OK;
    rg__raw_at(c, edge)->label = label;
    self->cursor = edge + 1;
    self->unnamed--;
    return RG_OK;
}
