/* The account of a capture: which references are explained, and which objects are not to be shown. */
#ifndef RG_CAPTURE_ACCOUNT_H
#define RG_CAPTURE_ACCOUNT_H

#include "capture/compact.h"

/* By id, which is address order over all objects of the capture. Start from zeroes. */
typedef struct rg__account {
    rg_allocator allocator;
    size_t count;
    rg__ref_tally explained;  /* references that edges and roots are */
    rg__counters unexplained; /* the rest of the refcount */
    rg__counters from_hidden; /* of the explained ones: edges of objects that are not shown */
    uint64_t *hidden;         /* bit set */
    /* References that the collector is not told of, less those that it is told of and nobody owns; modulo 2^32.
     * Of what is not shown neither. */
    rg__counters unseen;
} rg__account;

/* Balance the account once edges have ids, from what they were found to say of their targets, which moves into it;
 * order[id] is the object's index in the capture. Adds the roots of kind PROBABLE to the capture. Reads no Python
 * memory. RG_OK or RG_ERR_NOMEM. O(V). */
RG_CHECKED rg_status rg__account_find(rg__account *self, rg__capture *c, rg__incoming *incoming,
                                      const uint32_t *order);
/* Note in the raw nodes what the account says of them, so that only `unexplained` and `hidden` are needed. */
void rg__account_close(rg__account *self, rg__capture *c, const uint32_t *order);
void rg__account_dispose(rg__account *self);

/* Find what is refgraph's own, and what only that holds. hide.c */
RG_CHECKED rg_status rg__account_hide(rg__account *self, rg__capture *c, const uint32_t *order);

/* Explain references of objects[i], whose id is `id`, by a root of this kind and name (text index). */
RG_CHECKED rg_status rg__account_add_root(rg__account *self, rg__capture *c, rg_root_kind kind,
                                          uint32_t id, size_t i, uint32_t references,
                                          uint32_t name);
/* Explain what the interpreter is known to keep by itself. account_kept.c */
RG_CHECKED rg_status rg__account_kept(rg__account *self, rg__capture *c, const uint32_t *order);

static inline bool rg__account_is_hidden(const rg__account *self, uint32_t id)
{
    return self->hidden[id / 64] >> (id % 64) & 1;
}
/* What an edge adds to `unseen` of its target, modulo 2^32: 0 for nearly all. */
static inline uint32_t rg__unseen_part(bool owns, bool is_unreported)
{
    return owns == is_unreported ? (owns ? 1 : UINT32_MAX) : 0;
}
/* Whether a collection of all generations would find references to it that nobody reports. */
static inline bool rg__account_is_unseen(const rg__account *self, uint32_t id)
{
    const uint32_t unseen = rg__counter(&self->unseen, id);
    return unseen && unseen <= INT32_MAX;
}
static inline uint32_t rg__account_unexplained(const rg__account *self, uint32_t id)
{
    return rg__counter(&self->unexplained, id);
}
static inline uint32_t rg__account_id(rg__capture *c, const PyObject *object)
{
    return rg__addresses_id(&c->addresses, (uintptr_t)rg__untag_frame((PyObject *)object));
}

#endif
