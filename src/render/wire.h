/* What is to be drawn, as bytes for the program that draws (helper/main.c). Both ends are of one build, on one machine:
 * a program of another version refuses. */
#ifndef RG_RENDER_WIRE_H
#define RG_RENDER_WIRE_H

#include "render/picture.h"

typedef struct rg__order {
    bool is_source;
    double cpu_seconds; /* processor time the layout may take; 0: no limit */
    rg_format format;
    rg__picture picture;              /* owned */
    const char *format_name, *source; /* borrowed: in Graphviz's language */
} rg__order;

/* Append an order. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__wire_write_picture(rg_buffer *out, const rg__picture *picture,
                                            rg_format format, double cpu_seconds);
RG_CHECKED rg_status rg__wire_write_source(rg_buffer *out, const char *format, const char *source);

/* Read one; texts are borrowed from `data`. RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT: not of this version, or not whole.
 * `out` must be zeroed, and is to be disposed in every case. */
RG_CHECKED rg_status rg__wire_read(rg__order *out, const rg_buffer *data);
void rg__order_dispose(rg__order *self);

#endif
