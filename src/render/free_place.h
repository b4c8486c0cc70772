/* Places for the texts beside curves, where they cover neither a box nor a curve nor each other. */
#ifndef RG_RENDER_FREE_PLACE_H
#define RG_RENDER_FREE_PLACE_H

#include "render/curve.h"

#include <refgraph/base.h>

/* Boxes by their height: bands, each a list. */
typedef struct rg__places {
    rg_allocator allocator;
    double bottom;
    size_t band_count;
    uint32_t *bands; /* per band: its first entry, plus one */
    struct rg__place *entries;
    size_t entry_count, entry_capacity;
} rg__places;

/* For what lies between two heights, about. RG_OK or RG_ERR_NOMEM; to be disposed in every case. */
RG_CHECKED rg_status rg__places_begin(rg__places *out, double bottom, double top,
                                      const rg_allocator *allocator);
/* Here nothing else is to be. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__places_take(rg__places *self, rg__box box);
/* Nor on the straight line between two points. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__places_take_line(rg__places *self, rg__point from, rg__point to);
/* The area of a box that is taken already, of lines as if they were two points wide; parts that are taken twice count
 * twice. */
double rg__places_covered(const rg__places *self, rg__box box);
/* A box of that size beside a way, from its middle on, rather on its `side` (-1 left, 1 right), and not crossed by it
 * where it is straight: the first one that is free, or the one of which least is covered. */
rg__box rg__places_beside(const rg__places *self, const rg__point *way, size_t count, int side,
                          double width, double height);
void rg__places_dispose(rg__places *self);

#endif
