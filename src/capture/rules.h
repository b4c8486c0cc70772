/* Rules that change the strength of edges, by where they are. */
#ifndef RG_CAPTURE_RULES_H
#define RG_CAPTURE_RULES_H

#include "capture/capture_private.h"

/* Whether the patterns and strengths of the options can be read. */
RG_CHECKED rg_status rg__rules_check(const rg_capture_options *options, rg_error *error);

/* Apply the default rules, then those of the options: of two that match an edge the later one counts. After
 * the account, which needs the strengths that say what an edge owns. Edges are resolved; order[id] is the
 * object's index in the capture. Reads no Python memory. O(V + E) for each rule that names a type, else the
 * size of what it names. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__rules_apply(rg__capture *c, const uint32_t *order);

/* The edges a pattern names, by index into c->edges. rules_match.c */
typedef struct rg__edge_set {
    rg_allocator allocator;
    uint64_t *items;
    size_t count, capacity;
} rg__edge_set;

/* Add the edges of one pattern; the set may name an edge twice. */
RG_CHECKED rg_status rg__rule_match(rg__edge_set *out, rg__capture *c, const uint32_t *order,
                                    rg_string pattern);
void rg__edge_set_dispose(rg__edge_set *self);

#endif
