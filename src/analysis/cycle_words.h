/* Words that the report, the path and the cut share. */
#ifndef RG_ANALYSIS_CYCLE_WORDS_H
#define RG_ANALYSIS_CYCLE_WORDS_H

#include <refgraph/analysis.h>

#include "analysis/links.h"
#include "base/text.h"

/* Append an object as a cycle names it: its type, and where it is a place or a name (a frame, a function, a
 * class) that too: `frame handle (app/errors.py:31)`. */
RG_CHECKED rg_status rg__write_landmark(rg_buffer *out, const rg_graph *graph, uint32_t node);
/* Append a reference to an object that stands before it: `.parent`, `[3]`, ` · local err`, `{cell x}`. */
RG_CHECKED rg_status rg__write_step(rg_buffer *out, const rg_graph *graph, const rg_edge *edge);
/* Whether an object between two others is a step, not an object to name: a container. */
bool rg__is_step(const rg_graph *graph, uint32_t node);
/* Append a number and its noun: `1 object`, `12,345 objects`. */
RG_CHECKED rg_status rg__write_number_of(rg_buffer *out, uint64_t count, const char *singular,
                                         const char *plural);

#endif
