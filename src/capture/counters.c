/* See counters.h. */
#include "capture/counters.h"

#include "base/memory.h"

rg_status rg__counters_open(rg__counters *self, const rg_allocator *allocator, size_t count)
{
    *self = (rg__counters){.allocator = *allocator, .page_count = (count >> RG__COUNTER_SHIFT) + 1};
    self->pages = rg__array_new(allocator, self->page_count, sizeof *self->pages);
    return self->pages ? RG_OK : RG_ERR_NOMEM;
}

void rg__counters_dispose(rg__counters *self)
{
    for (size_t i = 0; self->pages && i < self->page_count; i++)
        rg__array_free(&self->allocator, self->pages[i], RG__COUNTER_PAGE, sizeof **self->pages);
    rg__array_free(&self->allocator, self->pages, self->page_count, sizeof *self->pages);
    *self = (rg__counters){.page_count = 0};
}

rg_status rg__counter_add(rg__counters *self, uint32_t id, uint32_t more)
{
    uint32_t **page = &self->pages[id >> RG__COUNTER_SHIFT];
    if (!*page)
        *page = rg__array_new(&self->allocator, RG__COUNTER_PAGE, sizeof **page);
    if (!*page)
        return RG_ERR_NOMEM;
    (*page)[id & (RG__COUNTER_PAGE - 1)] += more;
    return RG_OK;
}

bool rg__counters_next(const rg__counters *self, uint32_t *id)
{
    size_t i = *id & (RG__COUNTER_PAGE - 1);
    for (size_t p = *id >> RG__COUNTER_SHIFT; p < self->page_count; p++, i = 0)
        for (; self->pages[p] && i < RG__COUNTER_PAGE; i++)
            if (self->pages[p][i]) {
                *id = (uint32_t)(p << RG__COUNTER_SHIFT | i);
                return true;
            }
    return false;
}

rg_status rg__counters_join(rg__counters *self, const rg__counters *other)
{
    rg_status status = RG_OK;
    for (uint32_t id = 0; !status && rg__counters_next(other, &id); id++)
        status = rg__counter_add(self, id, rg__counter(other, id));
    return status;
}

rg_status rg__ref_tally_open(rg__ref_tally *self, const rg_allocator *allocator, size_t count)
{
    *self = (rg__ref_tally){.count = count};
    rg_status status = rg__counters_open(&self->high, allocator, count);
    self->low = rg__array_new(allocator, count, sizeof *self->low);
    return self->low ? status : RG_ERR_NOMEM;
}

void rg__ref_tally_dispose(rg__ref_tally *self)
{
    if (self->low)
        rg__array_free(&self->high.allocator, self->low, self->count, sizeof *self->low);
    rg__counters_dispose(&self->high);
    *self = (rg__ref_tally){.low = NULL};
}

rg_status rg__ref_tally_add(rg__ref_tally *self, uint32_t id, uint32_t more)
{
    const uint64_t sum = (uint64_t)self->low[id] + more;
    rg_status status = sum >> 8 ? rg__counter_add(&self->high, id, (uint32_t)(sum >> 8)) : RG_OK;
    if (!status)
        self->low[id] = (uint8_t)sum;
    return status;
}

rg_status rg__ref_tally_join(rg__ref_tally *self, const rg__ref_tally *other)
{
    rg_status status = rg__counters_join(&self->high, &other->high);
    for (size_t id = 0; id < self->count && !status; id++)
        if (other->low[id])
            status = rg__ref_tally_add(self, (uint32_t)id, other->low[id]);
    return status;
}
