/* Whether a cut of a small cycle is what refgraph/analysis.h promises, by trying edges one after another. */
#ifndef TEST_SUPPORT_CUT_ORACLE_H
#define TEST_SUPPORT_CUT_ORACLE_H

#include "cycle_oracle.h"

/* The test fails where the cut of cycle `index` has an edge that is none of the cycle's or that nobody can cut;
 * leaves a cycle that could be cut; is more than one edge where one is enough, or not of the best kind; is a mixed
 * set where all edges of a shape are enough, or one of which an edge could be put back. */
void cut_oracle_assert(const cycle_oracle *o, const rg_cycles *cycles, size_t index,
                       const rg_cut *cut);

#endif
