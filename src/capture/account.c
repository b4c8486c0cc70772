/* Which references are explained: every edge that is not weak owns one, every root as many as it says. What
 * is left of an object's reference count is held by something that Python does not show. */
#include "capture/account.h"

static void add(uint32_t *counter, uint32_t more)
{
    *counter = more > UINT32_MAX - *counter ? UINT32_MAX : *counter + more;
}

static void add_references(rg__account *self, rg__capture *c)
{
    for (size_t e = 0; e < c->edge_count; e++)
        if (rg__raw_strength(c->edges[e].label) != RG_STRENGTH_WEAK)
            add(&self->explained[c->edges[e].to], 1);
    for (size_t i = 0; i < c->root_count; i++) {
        const uintptr_t address = (uintptr_t)rg__untag_frame(c->roots[i].node);
        add(&self->explained[rg__addresses_id(&c->addresses, address)], c->roots[i].references);
    }
}

rg_status rg__account_find(rg__account *self, rg__capture *c, const uint32_t *order)
{
    const size_t count = c->object_count + 1; /* never zero elements */
    *self = (rg__account){.allocator = c->allocator, .count = count};
    self->explained = rg__array_new(&c->allocator, count, sizeof *self->explained);
    self->unexplained = rg__array_new(&c->allocator, count, sizeof *self->unexplained);
    self->hidden = rg__array_new(&c->allocator, count / 64 + 1, sizeof *self->hidden);
    if (!self->explained || !self->unexplained || !self->hidden)
        return RG_ERR_NOMEM;
    add_references(self, c);
    (void)order;
    return RG_OK;
}

void rg__account_dispose(rg__account *self)
{
    const rg_allocator *a = &self->allocator;
    if (!a->resize)
        return;
    rg__array_free(a, self->explained, self->count, sizeof *self->explained);
    rg__array_free(a, self->unexplained, self->count, sizeof *self->unexplained);
    rg__array_free(a, self->hidden, self->count / 64 + 1, sizeof *self->hidden);
}
