/* What Python source can spell: identifiers, literals of keys, the way to locals. */
#ifndef RG_ANALYSIS_SPELLING_H
#define RG_ANALYSIS_SPELLING_H

#include <refgraph/graph.h>

#include "base/text.h"

/* Whether `.text` is an attribute in Python source. ASCII only: the compiler normalises other
 * identifiers (NFKC), so they need not name the attribute that they look like. */
bool rg__is_identifier(rg_string text);
/* Whether a string reads `__like_this__`. */
bool rg__is_dunder(rg_string text);
/* Whether rg__write_quoted gives a literal that evaluates to the text: it is UTF-8 throughout. */
bool rg__is_spellable(rg_string text);
bool rg__strings_are_equal(rg_string text, const char *other);

/* Append a literal equal to `node`: a whole str, a whole literal text, or a tuple of those or of such
 * tuples. *is_literal false: there is none, and nothing was appended. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__write_literal(rg_buffer *out, const rg_graph *graph, uint32_t node,
                                       bool *is_literal);

/* How an expression gets from a node that has locals to its frame, static; NULL where it does not. */
const char *rg__way_to_frame(const rg_graph *graph, uint32_t node);

#endif
