/* Which of a graph's strings go into a file, and as what. */
#ifndef RG_GRAPH_FILE_TEXT_H
#define RG_GRAPH_FILE_TEXT_H

#include "graph/graph_private.h"

/*  ids      per string of the graph: its id in the file, RG_NONE: it is left out
 *  spelled  bit per string: with RG_TEXT_NONE it is written as it is, not as a number
 *  told     bit per node: its text stays
 *  names    per root: the id of its name in the file; names of threads are cut out of some, which then stand in
 *           `extra`, behind all others */
typedef struct rg__text_choice {
    const rg_graph *graph;
    rg_allocator allocator;
    rg_text_level level;
    uint32_t *ids;
    uint64_t *spelled;
    uint64_t *told;
    uint32_t *names;
    uint32_t kept; /* strings of the graph that stay */
    rg__strings extra;
    rg__strings threads; /* whose number is told instead of their name */
} rg__text_choice;

/* Not for RG_TEXT_ALL, which needs no choice. RG_OK, RG_ERR_NOMEM, RG_ERR_LIMIT. O(V + E). */
RG_CHECKED rg_status rg__text_choose(rg__text_choice *out, const rg_graph *graph,
                                     rg_text_level level, const rg_allocator *allocator);
void rg__text_choice_dispose(rg__text_choice *self);

uint32_t rg__text_count(const rg__text_choice *self);

/* String `id` of the graph, which stays, as it is written; `number` has room for what is made. */
enum { RG__TEXT_NUMBER = 16 };
rg_string rg__text_at(const rg__text_choice *self, uint32_t id, char number[RG__TEXT_NUMBER]);

rg__stored_node rg__text_node(const rg__text_choice *self, uint32_t node);
/* A label, and an entry of the table of wide names. */
uint32_t rg__text_label(const rg__text_choice *self, uint32_t label);
rg__wide_name rg__text_wide(const rg__text_choice *self, rg__wide_name name);

/* ---- file_text_roots.c ---- */

/* Find `names`; strings that stay get bit `kept`. */
RG_CHECKED rg_status rg__text_choose_roots(rg__text_choice *self, uint64_t *kept);

#endif
