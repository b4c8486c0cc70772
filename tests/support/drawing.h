/* Graphs for tests, built in a few lines. The first failure sticks: later calls do nothing, and
 * drawing_finish tells of it. */
#ifndef TEST_SUPPORT_DRAWING_H
#define TEST_SUPPORT_DRAWING_H

#include <refgraph/graph.h>

typedef struct drawing {
    rg_builder *builder;
    rg_status status;
    uint32_t plain_type; /* of nodes that drawing_nodes makes */
} drawing;

drawing drawing_new(const rg_allocator *allocator);
/* Freeze it; *out is set only on success. The drawing is used up. */
rg_status drawing_finish(drawing *self, rg_graph **out);

/* `name` is "module.Type" or "Type" (of builtins). Gives the type's index. */
uint32_t drawing_type(drawing *self, const char *name, rg_kind kind, uint32_t flags);
/* `count` nodes without text, of one plain type; gives the first. */
uint32_t drawing_nodes(drawing *self, uint32_t count);
uint32_t drawing_node(drawing *self, uint32_t type, const char *text, uint16_t flags);
/* A str, for keys. */
uint32_t drawing_str(drawing *self, const char *text);

/* `name` is written as
 *     .x   [3]   [@7] (the key is node 7)   ['k'] (a new str)   key   element   local x   cell x
 *     type   weak   slot x   hidden x   or nothing */
void drawing_edge(drawing *self, uint32_t from, uint32_t to, const char *name,
                  rg_strength strength);
/* The same with an own edge. */
void drawing_own(drawing *self, uint32_t from, uint32_t to, const char *name);
/* Say that a node was allocated at a line of a file. */
void drawing_site(drawing *self, uint32_t node, const char *file, uint32_t line);
void drawing_root(drawing *self, rg_root_kind kind, uint32_t node, const char *name);

#endif
