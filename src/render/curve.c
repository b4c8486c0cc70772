/* See curve.h. */
#include "render/curve.h"

#include <math.h>

static const double nearly_none = 1e-6;
enum { FLAT_PARTS = 4 };

/* ---- ways ---- */

/* What is seen from a turn: between two slopes, each given by the end of a gate. */
typedef struct view {
    double least, most;
    rg__point least_end, most_end;
    size_t least_gate, most_gate;
} view;

static double slope(rg__point from, double x, double y)
{
    const double height = fabs(y - from.y);
    return (x - from.x) / (height > nearly_none ? height : nearly_none);
}

static void narrow(view *v, rg__point from, const rg__gate *gate, size_t i)
{
    const double least = slope(from, gate->left, gate->y);
    const double most = slope(from, gate->right, gate->y);
    if (least > v->least) {
        v->least = least;
        v->least_end = (rg__point){gate->left, gate->y};
        v->least_gate = i;
    }
    if (most < v->most) {
        v->most = most;
        v->most_end = (rg__point){gate->right, gate->y};
        v->most_gate = i;
    }
}

size_t rg__way_find(rg__point *way, rg__point from, const rg__gate *gates, size_t count,
                    rg__point to)
{
    const view everything = {.least = -HUGE_VAL, .most = HUGE_VAL};
    size_t used = 0;
    view v = everything;
    way[used++] = from;
    for (size_t i = 0; i <= count; i++) { /* the end is a gate as wide as a point */
        const rg__gate gate = i < count ? gates[i] : (rg__gate){to.y, to.x, to.x};
        const rg__point turn = way[used - 1];
        if (slope(turn, gate.left, gate.y) > v.most) {
            way[used++] = v.most_end;
            i = v.most_gate;
            v = everything;
        } else if (slope(turn, gate.right, gate.y) < v.least) {
            way[used++] = v.least_end;
            i = v.least_gate;
            v = everything;
        } else {
            narrow(&v, turn, &gate, i);
        }
    }
    way[used++] = to;
    return used;
}

static double distance(rg__point a, rg__point b)
{
    return sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
}

static rg__point between(rg__point a, rg__point b, double part)
{
    return (rg__point){a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

/* Where the line from the middle of a box to a point leaves it, as a part of that line; 1 or more: it does not. */
static double exit_part(rg__box box, rg__point from, rg__point to)
{
    double part = HUGE_VAL;
    const double across = to.x > from.x ? box.right - from.x : box.left - from.x;
    const double along = to.y > from.y ? box.top - from.y : box.bottom - from.y;
    if (fabs(to.x - from.x) > nearly_none)
        part = across / (to.x - from.x);
    if (fabs(to.y - from.y) > nearly_none && along / (to.y - from.y) < part)
        part = along / (to.y - from.y);
    return part;
}

static void reverse(rg__point *way, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const rg__point other = way[i];
        way[i] = way[count - 1 - i];
        way[count - 1 - i] = other;
    }
}

size_t rg__way_enter_box(rg__point *way, size_t count, rg__box box)
{
    const rg__point middle = way[count - 1];
    const double part = exit_part(box, middle, way[count - 2]);
    if (part < 1 - nearly_none)
        way[count - 1] = between(middle, way[count - 2], part);
    else if (count > 2) /* it turned at the border */
        count--;
    return count;
}

size_t rg__way_leave_box(rg__point *way, size_t count, rg__box box)
{
    reverse(way, count);
    count = rg__way_enter_box(way, count, box);
    reverse(way, count);
    return count;
}

size_t rg__way_shorten(rg__point *way, size_t count, double length)
{
    const rg__point tip = way[count - 1];
    const double enough = 1.5 * length; /* a turn right behind the head would bend it */
    while (count > 2 && distance(way[count - 2], tip) < enough)
        way[--count - 1] = tip;
    const double last = distance(way[count - 2], tip);
    if (last > nearly_none)
        way[count - 1] = between(tip, way[count - 2], length < last / 2 ? length / last : 0.5);
    return count;
}

size_t rg__way_straighten(rg__point *way, size_t count, double tolerance)
{
    size_t used = 1;
    for (size_t i = 1; i < count; i++) {
        const rg__point from = way[used - 1];
        const rg__point to = way[i + 1 < count ? i + 1 : i];
        const double length = distance(from, to);
        const double area =
            (to.x - from.x) * (way[i].y - from.y) - (to.y - from.y) * (way[i].x - from.x);
        if (i + 1 == count || fabs(area) > tolerance * length)
            way[used++] = way[i];
    }
    return used;
}

rg__point rg__way_at(rg__point *direction, const rg__point *way, size_t count, double part)
{
    double left = 0;
    *direction = (rg__point){0, 0};
    for (size_t i = 0; i + 1 < count; i++)
        left += distance(way[i], way[i + 1]);
    left *= part;
    for (size_t i = 0; i + 1 < count; i++) {
        const double length = distance(way[i], way[i + 1]);
        if (left <= length && length > nearly_none) {
            *direction =
                (rg__point){(way[i + 1].x - way[i].x) / length, (way[i + 1].y - way[i].y) / length};
            return between(way[i], way[i + 1], left / length);
        }
        left -= length;
    }
    return way[count - 1];
}

/* ---- curves ---- */

size_t rg__curve_size(size_t way_count)
{
    return 3 * way_count - 2;
}

/* The direction of a curve where the way turns, as long as one; `*half` is the sine of half of the turn. */
static rg__point direction_at(double *half, rg__point before, rg__point turn, rg__point after)
{
    const double in = distance(before, turn);
    const double out = distance(turn, after);
    *half = 0;
    if (in <= nearly_none || out <= nearly_none)
        return (rg__point){0, 0};
    const rg__point a = {(turn.x - before.x) / in, (turn.y - before.y) / in};
    const rg__point b = {(after.x - turn.x) / out, (after.y - turn.y) / out};
    const double both = distance((rg__point){0, 0}, (rg__point){a.x + b.x, a.y + b.y});
    *half = both < 2 ? sqrt(1 - both * both / 4) : 0;
    if (both <= nearly_none) /* it turns back */
        return (rg__point){0, 0};
    return (rg__point){(a.x + b.x) / both, (a.y + b.y) / both};
}

/* How far from the turn the curve is guided: what takes it off the way by slack at most, and a third of what is there. */
static double reach(double length, double half, double slack)
{
    const double third = length / 3;
    const double aside = slack * 4 / 3; /* both ends may take it there */
    return aside < third * half ? aside / half : third;
}

size_t rg__curve_make(rg__point *curve, const rg__point *way, size_t way_count, double slack)
{
    size_t size = 0;
    rg__point direction = {0, 0}; /* none: along the way */
    double half = 0;
    curve[size++] = way[0];
    for (size_t i = 1; i < way_count; i++) {
        const rg__point from = way[i - 1];
        const rg__point to = way[i];
        const double length = distance(from, to);
        const double leaving = reach(length, half, slack);
        curve[size] = (rg__point){from.x + direction.x * leaving, from.y + direction.y * leaving};
        if (i == 1)
            curve[size] = between(from, to, 1.0 / 3);
        curve[size + 1] = between(from, to, 2.0 / 3);
        if (i + 1 < way_count) {
            direction = direction_at(&half, from, to, way[i + 1]);
            const double coming = reach(length, half, slack);
            curve[size + 1] = (rg__point){to.x - direction.x * coming, to.y - direction.y * coming};
        }
        curve[size + 2] = to;
        size += 3;
    }
    return size;
}

size_t rg__curve_flat_size(size_t curve_size)
{
    return (curve_size - 1) / 3 * FLAT_PARTS + 1;
}

size_t rg__curve_flatten(rg__point *way, const rg__point *curve, size_t curve_size)
{
    size_t count = 0;
    way[count++] = curve[0];
    for (size_t i = 0; i + 3 < curve_size; i += 3)
        for (int k = 1; k <= FLAT_PARTS; k++) {
            const double t = (double)k / FLAT_PARTS;
            const rg__point a = between(curve[i], curve[i + 1], t);
            const rg__point b = between(curve[i + 1], curve[i + 2], t);
            const rg__point c = between(curve[i + 2], curve[i + 3], t);
            way[count++] = between(between(a, b, t), between(b, c, t), t); /* de Casteljau */
        }
    return count;
}
