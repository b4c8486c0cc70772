/** @file
 * Questions to a frozen graph. Each function reads the graph only, from any thread, and returns
 * node ids and plain structs; `weakest` is the weakest edge strength that it follows.
 * `allocator` NULL means the graph's own.
 *
 * With a watched graph (rg_graph_watched) each function that searches, counts or sorts tells the monitor how far it
 * has come, and returns RG_ERR_CANCELLED, with nothing written and nothing left behind, where that asks it to stop.
 */
#ifndef REFGRAPH_ANALYSIS_H
#define REFGRAPH_ANALYSIS_H

#include <refgraph/chains.h>
#include <refgraph/cycles.h>
#include <refgraph/growth.h>
#include <refgraph/objects.h>
#include <refgraph/retained.h>

#endif
