/* See free_place.h. */
#include "render/free_place.h"

#include "base/memory.h"

#include <math.h>

enum { BAND = 32, BANDS_MOST = 1 << 16 };

/* A box, or the line between two corners of it. */
typedef enum place_shape { WHOLE, RISING, FALLING } place_shape;

typedef struct rg__place {
    rg__box box;
    uint32_t next; /* entry, plus one */
    place_shape shape;
} rg__place;

static size_t band_of(const rg__places *p, double y)
{
    const double band = (y - p->bottom) / BAND;
    if (!(band > 0))
        return 0;
    return band < (double)p->band_count ? (size_t)band : p->band_count - 1;
}

rg_status rg__places_begin(rg__places *out, double bottom, double top,
                           const rg_allocator *allocator)
{
    const double bands = (top - bottom) / BAND;
    *out = (rg__places){.allocator = *allocator, .bottom = bottom, .band_count = 1};
    if (bands > 0)
        out->band_count += bands < BANDS_MOST ? (size_t)bands : (size_t)BANDS_MOST;
    out->bands = rg__array_new(allocator, out->band_count, sizeof *out->bands);
    return out->bands ? RG_OK : RG_ERR_NOMEM;
}

static rg_status take(rg__places *self, rg__box box, place_shape shape)
{
    const size_t last = band_of(self, box.top);
    for (size_t band = band_of(self, box.bottom); band <= last; band++) {
        const rg_status status =
            rg__array_reserve(&self->allocator, &self->entries, &self->entry_capacity,
                              self->entry_count + 1, sizeof *self->entries);
        if (status)
            return status;
        self->entries[self->entry_count++] = (rg__place){box, self->bands[band], shape};
        self->bands[band] = (uint32_t)self->entry_count;
    }
    return RG_OK;
}

rg_status rg__places_take(rg__places *self, rg__box box)
{
    return take(self, box, WHOLE);
}

rg_status rg__places_take_line(rg__places *self, rg__point from, rg__point to)
{
    const rg__box box = {fmin(from.x, to.x), fmin(from.y, to.y), fmax(from.x, to.x),
                         fmax(from.y, to.y)};
    return take(self, box, (to.x > from.x) == (to.y > from.y) ? RISING : FALLING);
}

static double overlap(double begin, double end, double other_begin, double other_end)
{
    const double from = begin > other_begin ? begin : other_begin;
    const double to = end < other_end ? end : other_end;
    return to > from ? to - from : 0;
}

typedef struct span {
    double begin, end;
} span;

/* Where on a line, from 0 to 1, it is between two limits, if it runs from `begin` to `end` in that direction. */
static span within(double begin, double end, double from, double to)
{
    const double length = end - begin;
    if (length < 1e-9)
        return begin > from && begin < to ? (span){0, 1} : (span){1, 0};
    return (span){(from - begin) / length, (to - begin) / length};
}

/* How much of a line is in a box (Liang and Barsky 1984). */
static double length_within(const rg__place *line, rg__box box)
{
    const rg__box l = line->box;
    const span across = within(l.left, l.right, box.left, box.right);
    span up = within(l.bottom, l.top, box.bottom, box.top);
    if (line->shape == FALLING)
        up = (span){1 - up.end, 1 - up.begin};
    const double part = fmin(1, fmin(across.end, up.end)) - fmax(0, fmax(across.begin, up.begin));
    return part > 0 ? part * hypot(l.right - l.left, l.top - l.bottom) : 0;
}

static double covered_by(const rg__place *place, rg__box box)
{
    const double line_width = 2;
    const rg__box other = place->box;
    if (place->shape != WHOLE)
        return line_width * length_within(place, box);
    return overlap(box.left, box.right, other.left, other.right) *
           overlap(box.bottom, box.top, other.bottom, other.top);
}

double rg__places_covered(const rg__places *self, rg__box box)
{
    double area = 0;
    const size_t first = band_of(self, box.bottom);
    const size_t last = band_of(self, box.top);
    for (size_t band = first; band <= last; band++)
        for (uint32_t i = self->bands[band]; i; i = self->entries[i - 1].next) {
            const rg__box other = self->entries[i - 1].box;
            const size_t other_first = band_of(self, other.bottom);
            if (band == (first > other_first ? first : other_first)) /* in its first common band */
                area += covered_by(&self->entries[i - 1], box);
        }
    return area;
}

/* On the right (`side` 1) or left (-1) of a point of the way, where a slope does not cross the text: a little further
 * aside, and where that is not enough lower or higher, on the outer side of the slope:
 *
 *        │ text          ╱           ──────────
 *        │              ╱  text        text        */
static rg__box beside(const rg__point *way, size_t count, double part, int side, double width,
                      double height)
{
    const double gap = 2;
    const double aside_most = 4;
    rg__point direction;
    const rg__point at = rg__way_at(&direction, way, count, part);
    const double across = fabs(direction.x);
    const double along = fabs(direction.y);
    const double half = height / 2;
    double aside = 0;
    double shift = 0;
    if (across * half <= aside_most * along) {
        aside = along > 0 ? half * across / along : 0;
    } else {
        aside = aside_most;
        shift = half - aside_most * along / across + gap * across;
    }
    const double y = direction.x * direction.y * side > 0 ? at.y - shift : at.y + shift;
    const double left = side > 0 ? at.x + gap + aside : at.x - gap - aside - width;
    return (rg__box){left, y - half, left + width, y + half};
}

rg__box rg__places_beside(const rg__places *self, const rg__point *way, size_t count, int side,
                          double width, double height)
{
    static const double parts[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82};
    rg__box best = {0};
    double least = -1;
    for (size_t i = 0; i < 2 * sizeof parts / sizeof *parts && least != 0; i++) {
        const rg__box box = beside(way, count, parts[i / 2], i % 2 ? -side : side, width, height);
        const double covered = rg__places_covered(self, box);
        if (least < 0 || covered < least) {
            least = covered;
            best = box;
        }
    }
    return best;
}

void rg__places_dispose(rg__places *self)
{
    rg__array_free(&self->allocator, self->bands, self->band_count, sizeof *self->bands);
    rg__array_free(&self->allocator, self->entries, self->entry_capacity, sizeof *self->entries);
    *self = (rg__places){0};
}
