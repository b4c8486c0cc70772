/* Signatures in the making: each is a state, the state before it and one more step, interned, so that equal
 * beginnings are there once and a step from a known state costs one look-up.
 *
 *   sys.modules['app'] ─ .TREE ─ {.children[*] …} ─ .payload ─ [*]
 *                              └ .name
 *
 * Ways without end are folded as they are walked, by three rules that need nothing but the way so far:
 *   - Back at a type that the way has been at already (containers, classes and modules aside), all ways round
 *     are one: what lies between the two becomes `{.next …}` behind the first.
 *   - Of containers in each other three are steps, what is deeper is one more: `[*][*]{[*] …}`.
 *   - RG__STEPS_MAX steps are told; what lies deeper is its last step, `{… .x}`. */
#ifndef RG_ANALYSIS_SIGNATURE_TRIE_H
#define RG_ANALYSIS_SIGNATURE_TRIE_H

#include "analysis/signature_words.h"
#include "graph/graph_private.h"

enum { RG__STEPS_MAX = 40 };

typedef struct rg__trie_state rg__trie_state;
typedef struct rg__trie_slot rg__trie_slot;

typedef struct rg__trie {
    const rg_graph *graph;
    rg_allocator allocator;
    rg__strings texts; /* of steps */
    rg__trie_state *states;
    size_t count, capacity;
    rg__trie_slot *slots; /* (state, step, type) → state; open addressing */
    size_t slot_count, used;
    rg_buffer scratch;
} rg__trie;

/* An empty one needs no memory. */
rg__trie rg__trie_of(const rg_graph *graph, const rg_allocator *allocator);
void rg__trie_dispose(rg__trie *self);

/* The state after `before` (RG_NONE: at the beginning), a step, and the object that it arrives at. Amortised
 * O(1), and RG__STEPS_MAX for a step not met before. RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT. */
RG_CHECKED rg_status rg__trie_step(rg__trie *self, uint32_t *state, uint32_t before, rg__step step,
                                   uint32_t node);
/* Append the text of a state. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__trie_write(const rg__trie *self, uint32_t state, rg_buffer *out);
/* Compare the last two steps of two states that have as many, as strcmp does. */
int rg__trie_compare_ends(const rg__trie *self, uint32_t a, uint32_t b);

#endif
