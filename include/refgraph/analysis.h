/** @file
 * Questions to a frozen graph. Each function reads the graph only, from any thread, and returns
 * node ids and plain structs; `weakest` is the weakest edge strength that it follows.
 * `allocator` NULL means the graph's own.
 */
#ifndef REFGRAPH_ANALYSIS_H
#define REFGRAPH_ANALYSIS_H

#include <refgraph/chains.h>
#include <refgraph/cycles.h>
#include <refgraph/growth.h>
#include <refgraph/objects.h>
#include <refgraph/retained.h>

#endif
