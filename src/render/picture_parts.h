/* What a picture is put together from: its strings, nodes and edges. */
#ifndef RG_RENDER_PICTURE_PARTS_H
#define RG_RENDER_PICTURE_PARTS_H

#include "base/text.h"
#include "render/choice.h"
#include "render/picture.h"

/* ---- picture_parts.c ---- */

/* Start a string; what is appended to self->text until rg__text_finish belongs to it. */
rg__text_at rg__text_begin(const rg__picture *self);
RG_CHECKED rg_status rg__text_finish(rg__picture *self);
/* A whole string: as it is; a prefix and a number. */
RG_CHECKED rg_status rg__text_add(rg__picture *self, rg__text_at *at, const char *text);
RG_CHECKED rg_status rg__text_add_id(rg__picture *self, rg__text_at *at, const char *prefix,
                                     size_t number);

RG_CHECKED rg_status rg__picture_push_node(rg__picture *self, const rg__picture_node *node);
RG_CHECKED rg_status rg__picture_push_edge(rg__picture *self, const rg__picture_edge *edge);
/* An edge that is no reference: to what is not shown, or to hold a node in its place. */
RG_CHECKED rg_status rg__picture_push_plain(rg__picture *self, uint32_t from, uint32_t to,
                                            const char *id_prefix, size_t number, bool invisible);

/* ---- stubs.c: nodes that stand for no object. The picture begins with the choice's nodes, in order. ---- */

/* For what the selection and the limits left out. */
RG_CHECKED rg_status rg__stubs_add(rg__picture *self, const rg_subgraph *sub,
                                   const rg__choice *choice);

/* ---- lowest.c ---- */

enum { RG__LOWEST_MOST = 8 };
/* Nodes, of the first so many nodes and edges, below which nothing will stand: at most RG__LOWEST_MOST, the
 * deepest first. RG_OK or RG_ERR_NOMEM. O(n + e). */
RG_CHECKED rg_status rg__lowest_find(uint32_t *lowest, size_t *count, const rg__picture *picture,
                                     size_t nodes, size_t edges);

/* ---- legend.c ---- */

/* A row below all else: an entry for each of a bit set of rg_kind, and for each of the roles that need words. */
RG_CHECKED rg_status rg__legend_add(rg__picture *self, unsigned kinds, unsigned roles);

/* ---- collector.c ---- */

/* Append what the collector knows of a node after `before`; nothing where that is nothing. */
RG_CHECKED rg_status rg__write_collector(rg_buffer *out, const rg_graph *graph, uint32_t node,
                                         const char *before);
/* Whether freeing a node runs code, or fails for code that would have to run. */
bool rg__has_finalizer(const rg_graph *graph, uint32_t node);

#endif
