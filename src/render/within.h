/* A picture within a deadline, or else a simpler one. */
#ifndef RG_RENDER_WITHIN_H
#define RG_RENDER_WITHIN_H

#include <refgraph/render.h>

/* rg_render with a deadline: where the layout has used `cpu_seconds` of processor time, a third of the objects is drawn,
 * and the title says so. */
RG_CHECKED rg_status rg__render_within(rg_buffer *out, const rg_graph *graph,
                                       const rg_subgraph *sub, rg_format format,
                                       const rg_render_options *options, double cpu_seconds,
                                       rg_error *error);

#endif
