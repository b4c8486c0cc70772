/* Drawing in another process: by the program that draws, or where it cannot be had in a copy of this one. */
#ifndef RG_RENDER_APART_H
#define RG_RENDER_APART_H

#include "render/deadline.h"
#include "render/picture.h"

/* RG_OK; what rg__engine_draw gives; RG_ERR_TIMEOUT (*is_cpu_over: before the deadline, as `cpu_seconds` of processor
 * time were over; 0: no limit); RG_ERR_IO. `out` is appended to only on success. */
RG_CHECKED rg_status rg__apart_draw(bool *is_cpu_over, rg_buffer *out, const rg__picture *picture,
                                    rg_format format, double cpu_seconds, rg__deadline deadline,
                                    rg_error *error);
/* The same for a graph in Graphviz's language, and a format by the name that Graphviz has for it. */
RG_CHECKED rg_status rg__apart_draw_source(rg_buffer *out, const char *source, const char *format,
                                           rg__deadline deadline, rg_error *error);

#endif
