/* Numbers by id that are 0 for nearly all ids, and counts of references, which are small for nearly all. */
#ifndef RG_CAPTURE_COUNTERS_H
#define RG_CAPTURE_COUNTERS_H

#include <refgraph/base.h>

enum { RG__COUNTER_SHIFT = 8, RG__COUNTER_PAGE = 1 << RG__COUNTER_SHIFT };

/* Pages of 256 numbers; of those that hold nothing but 0 there is none. A zeroed struct is to be opened, or disposed. */
typedef struct rg__counters {
    rg_allocator allocator;
    uint32_t **pages;
    size_t page_count;
} rg__counters;

/* For the ids below `count`. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__counters_open(rg__counters *self, const rg_allocator *allocator,
                                       size_t count);
void rg__counters_dispose(rg__counters *self);

static inline uint32_t rg__counter(const rg__counters *self, uint32_t id)
{
    const uint32_t *page = self->pages[id >> RG__COUNTER_SHIFT];
    return page ? page[id & (RG__COUNTER_PAGE - 1)] : 0;
}
/* A number in a page that is there, because something has been added to it or to a neighbour. */
static inline uint32_t *rg__counter_at(const rg__counters *self, uint32_t id)
{
    return &self->pages[id >> RG__COUNTER_SHIFT][id & (RG__COUNTER_PAGE - 1)];
}
/* Add, modulo 2^32. RG_OK or, where the page is made for it, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__counter_add(rg__counters *self, uint32_t id, uint32_t more);
/* The first id from *id on whose number is not 0; false: there is none. */
bool rg__counters_next(const rg__counters *self, uint32_t *id);

/* References by id: the lower 8 bits beside each other, so that the counts of sixty nodes share a line of the cache. */
typedef struct rg__ref_tally {
    uint8_t *low;
    size_t count;
    rg__counters high;
} rg__ref_tally;

RG_CHECKED rg_status rg__ref_tally_open(rg__ref_tally *self, const rg_allocator *allocator,
                                        size_t count);
void rg__ref_tally_dispose(rg__ref_tally *self);

/* RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__ref_tally_add(rg__ref_tally *self, uint32_t id, uint32_t more);
RG_CHECKED static inline rg_status rg__ref_tally_one(rg__ref_tally *self, uint32_t id)
{
    return ++self->low[id] ? RG_OK : rg__counter_add(&self->high, id, 1);
}
/* At most UINT32_MAX. */
static inline uint32_t rg__ref_tally_of(const rg__ref_tally *self, uint32_t id)
{
    const uint64_t number = (uint64_t)rg__counter(&self->high, id) << 8 | self->low[id];
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}
/* Add what another one counted, for as many ids. RG_OK or RG_ERR_NOMEM. O(ids). */
RG_CHECKED rg_status rg__ref_tally_join(rg__ref_tally *self, const rg__ref_tally *other);
RG_CHECKED rg_status rg__counters_join(rg__counters *self, const rg__counters *other);

#endif
