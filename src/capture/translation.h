/* What a capture needs while it becomes a graph. */
#ifndef RG_CAPTURE_TRANSLATION_H
#define RG_CAPTURE_TRANSLATION_H

#include "capture/account.h"

/* An address of an object that is no multiple of 16: the bitmap does not tell it. */
typedef struct rg__odd_address {
    uint32_t id;
    uintptr_t address;
} rg__odd_address;

enum { RG__SHARES = 256 /* parts of all ids, whose edges are counted */ };

/* Ids count every object of the capture; nodes that are hidden get none in the graph. */
typedef struct rg__translation {
    uint32_t *string_ids; /* by text index */
    uint32_t *order;      /* by id: index into objects */
    uint64_t *is_module;  /* bit set by id */
    uint32_t *before;     /* hidden nodes before each word of account.hidden */
    uint32_t shown_count;
    size_t words;
    rg__odd_address *odd; /* ascending by id */
    size_t odd_count, odd_capacity;
    unsigned share_shift; /* id >> share_shift: the share of an id */
    uint64_t edges_of_share[RG__SHARES];
    rg__account account;
} rg__translation;

/* The id in the graph, or RG_NONE: hidden. */
static inline __attribute__((always_inline)) uint32_t rg__shown(const rg__translation *t,
                                                                uint32_t id)
{
    const uint64_t word = t->account.hidden[id / 64];
    const uint64_t bit = UINT64_C(1) << (id % 64);
    if (word & bit)
        return RG_NONE;
    return id - t->before[id / 64] - (uint32_t)__builtin_popcountll(word & (bit - 1));
}

/* How many of the nodes whose ids are below `id` are shown. */
static inline uint32_t rg__shown_below(const rg__translation *t, uint32_t id)
{
    const uint64_t below = t->account.hidden[id / 64] & ((UINT64_C(1) << (id % 64)) - 1);
    return id - t->before[id / 64] - (uint32_t)__builtin_popcountll(below);
}

/* Put the objects into the order of their ids, note which have odd addresses and how many edges there are. From then on
 * rg__capture.objects is needed by the account alone. RG_OK or RG_ERR_NOMEM. build_nodes.c */
RG_CHECKED rg_status rg__translate_order(rg__translation *t, const rg__capture *c);
/* Add the nodes that are shown; by two threads. build_nodes.c */
RG_CHECKED rg_status rg__translate_nodes(rg__translation *t, const rg__capture *c,
                                         rg_builder *builder, bool in_threads);
/* Add the edges between them; by two threads. build_edges.c */
RG_CHECKED rg_status rg__translate_edges(const rg__translation *t, const rg__capture *c,
                                         rg_builder *builder, bool in_threads);

#endif
