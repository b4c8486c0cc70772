/* Graphviz's SVG made nicer and valid. */
#ifndef RG_RENDER_SVG_H
#define RG_RENDER_SVG_H

#include <refgraph/base.h>

/* Append an SVG with a style sheet for the type lines, and `none` for the colour "transparent", which SVG 1.1
 * does not know. An SVG that does not look as expected is appended as it is. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__svg_finish(rg_buffer *out, const char *data, size_t size);

#endif
