/* Every answer that the library gives about a graph, as one text: two graphs with the same text are the same to
 * whoever asks. */
#ifndef TEST_SUPPORT_ANSWERS_H
#define TEST_SUPPORT_ANSWERS_H

#include <refgraph/analysis.h>

/* Append them. For graphs of up to some hundred nodes: most questions are asked of each node, of `nodes_most` at most.
 * RG_OK, or the first status that is none (RG_ERR_NOMEM where memory is short). */
RG_CHECKED rg_status answers_write(rg_buffer *out, const rg_graph *graph, uint32_t nodes_most);

#endif
