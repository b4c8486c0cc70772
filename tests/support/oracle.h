/* Answers found the slow and obvious way, to compare with. */
#ifndef TEST_SUPPORT_ORACLE_H
#define TEST_SUPPORT_ORACLE_H

#include <refgraph/analysis.h>

/* Whether an edge may be followed: never a weak one. */
bool oracle_follows(rg_strength strength, rg_strength weakest);
uint64_t oracle_weight(rg_strength strength);
uint64_t oracle_root_cost(const rg_graph *g, uint32_t root);
/* Costs by Bellman-Ford, around blocked nodes (NULL: none); cost has one entry per node. */
void oracle_costs(const rg_graph *g, rg_strength weakest, const bool *blocked, uint64_t *cost);
/* Whether the node is `__dict__` of the owner. */
bool oracle_is_dict_of(const rg_graph *g, uint32_t node, uint32_t owner);
bool oracle_string_is(rg_string string, const char *text);

#endif
