/** @file The C library without Python and Graphviz: graph, analyses and Arrow. See also
 * <refgraph/render.h> (Graphviz) and <refgraph/capture.h> (CPython). */
#ifndef REFGRAPH_REFGRAPH_H
#define REFGRAPH_REFGRAPH_H

#include <refgraph/analysis.h>
#include <refgraph/arrow.h>
#include <refgraph/base.h>
#include <refgraph/file.h>
#include <refgraph/graph.h>

#endif
