/* The way of a reference past what stands in between, and the curve that is drawn along it. Plain geometry. */
#ifndef RG_RENDER_CURVE_H
#define RG_RENDER_CURVE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rg__point {
    double x, y;
} rg__point;

typedef struct rg__box {
    double left, bottom, right, top;
} rg__box;

/* A way has to pass a height between two ends. */
typedef struct rg__gate {
    double y, left, right;
} rg__gate;

/* The shortest way from `from` to `to` through `count` gates, which follow each other upwards or downwards. `way` has
 * room for count + 2 points and begins with `from`; how many of them are used. Each turn is at the end of a gate, gates
 * whose heights do not differ are as one behind the other. O(count) where turns are few, count² at worst. */
size_t rg__way_find(rg__point *way, rg__point from, const rg__gate *gates, size_t count,
                    rg__point to);

/* Drop turns that are no further than `tolerance` beside the straight line past them; the number of points left. */
size_t rg__way_straighten(rg__point *way, size_t count, double tolerance);

/* Cut the beginning (or end) of a way that starts in the middle of a box at its border; the number of points left, at
 * least two. */
size_t rg__way_leave_box(rg__point *way, size_t count, rg__box box);
size_t rg__way_enter_box(rg__point *way, size_t count, rg__box box);
/* Shorten a way by so much, for the head of an arrow; the number of points left, at least two. */
size_t rg__way_shorten(rg__point *way, size_t count, double length);

/* How many points the curve of a way of so many has. */
size_t rg__curve_size(size_t way_count);
/* A cubic Bézier curve for each part of a way of two points or more, joined smoothly: 3 k + 1 points. It passes each turn
 * and leaves the way by `slack` at most, on the outer side of turns: away from what the way goes round. */
size_t rg__curve_make(rg__point *curve, const rg__point *way, size_t way_count, double slack);
/* How many points the way along a curve of so many has. */
size_t rg__curve_flat_size(size_t curve_size);
/* The way along a curve, of short straight parts; how many points it has. */
size_t rg__curve_flatten(rg__point *way, const rg__point *curve, size_t curve_size);

/* The point where a part of the way's length is behind it. *direction: that of the way there, as long as one; zeroes where
 * it has no length. */
rg__point rg__way_at(rg__point *direction, const rg__point *way, size_t count, double part);

#endif
