/* The one Graphviz of the process: a lock, two contexts, its messages caught. Only engine.c, plugins.c,
 * cgraph_build.c, routes.c and moved.c know libgvc. */
#ifndef RG_RENDER_ENGINE_H
#define RG_RENDER_ENGINE_H

#include "render/deadline.h"
#include "render/picture.h"

/* Load what drawing in this format needs (libraries only: nothing is drawn, no font is read), so that a
 * forked child finds it loaded. RG_OK, RG_ERR_UNSUPPORTED; RG_ERR_TIMEOUT as rg__engine_lock, which it takes. */
RG_CHECKED rg_status rg__engine_load(rg_format format, rg__deadline deadline, rg_error *error);
/* Lay out and write a picture; takes the lock. `out` is appended to only on success. */
RG_CHECKED rg_status rg__engine_draw(rg_buffer *out, const rg__picture *picture, rg_format format,
                                     rg_error *error);
/* The same in a child that was forked while rg__engine_lock was held: takes no lock. */
RG_CHECKED rg_status rg__engine_draw_alone(rg_buffer *out, const rg__picture *picture,
                                           rg_format format, rg_error *error);
/* The same two for a graph in Graphviz's language (terminated) and a format by the name that Graphviz has for it. */
RG_CHECKED rg_status rg__engine_load_source(const char *format, rg__deadline deadline,
                                            rg_error *error);
RG_CHECKED rg_status rg__engine_draw_source_alone(rg_buffer *out, const char *text,
                                                  const char *format, rg_error *error);
/* This process ends after its picture: what would be freed is left to its end, and libraries are bound as they are
 * called, which a process that is copied while other threads run must not do. */
void rg__engine_is_last(void);
/* RG_OK; RG_ERR_TIMEOUT when another thread had the lock until the deadline. A child made by fork() finds it
 * free, whoever had it; one made by clone() finds it as it was. */
RG_CHECKED rg_status rg__engine_lock(rg__deadline deadline, rg_error *error);
void rg__engine_unlock(void);

#endif
