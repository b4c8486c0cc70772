/* See growth_order.h. */
#include "analysis/growth_order.h"

#include "analysis/reach.h"
#include "analysis/sort.h"
#include "graph/graph_private.h"

/* A holder of a point, once for each that begins there. */
typedef struct holding {
    uint32_t point, holder;
} holding;

/* ---- holders ---- */

static int by_holding(const void *a, const void *b)
{
    const holding *x = a;
    const holding *y = b;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    return (x->holder > y->holder) - (x->holder < y->holder);
}

rg_status rg__growth_holders_find(rg_growth *out, const rg__pairs *pairs,
                                  const rg__growth_side *after)
{
    const rg_allocator *a = &out->allocator;
    const uint32_t *via = after->distances->via;
    const size_t room = after->top_count;
    holding *all = rg__array_new_raw(a, room, sizeof *all);
    uint64_t *is_counted = rg__array_new(a, rg__bit_words(after->graph), sizeof *is_counted);
    rg__watch watch = rg__watch_begin(after->graph, "places", 4 * room);
    rg_status status = (room && !all) || !is_counted ? RG_ERR_NOMEM : RG_OK;
    size_t count = 0;
    for (size_t i = 0; i < room && !status && !rg__tick(&watch, 1); i++) {
        const uint32_t top = after->tops[i];
        if (via[top] != RG_NONE)
            all[count++] = (holding){out->point_of[top], via[top]};
    }
    if (!status)
        status = rg__sort_watched(all, count, sizeof *all, by_holding, &watch, a);
    size_t best = 0;
    for (size_t begin = 0, end; begin < count && !status; begin = end) {
        for (end = begin; end < count && !by_holding(&all[begin], &all[end]);)
            end++;
        rg_growth_point *p = &out->points[all[begin].point];
        if (rg__tick(&watch, end - begin))
            status = RG_ERR_CANCELLED;
        if (!p->holder_count || end - begin > best) {
            p->holder = all[begin].holder;
            best = end - begin;
        }
        p->holder_count++;
        if (!rg__bit(is_counted, all[begin].holder))
            p->resized += rg__pairs_growth(pairs, all[begin].holder);
        rg__bit_set(is_counted, all[begin].holder);
    }
    rg__array_free(a, all, room, sizeof *all);
    rg__array_free(a, is_counted, rg__bit_words(after->graph), sizeof *is_counted);
    return status;
}

/* ---- order ---- */

static double steadiness(uint64_t gained, uint64_t lost)
{
    const double gain = (double)gained;
    const double loss = (double)lost;
    const double net = gain - loss;
    return gain + loss > 0 ? net * (net < 0 ? -net : net) / (gain + loss) : 0;
}

typedef struct ranked {
    rg_growth_point point;
    double bytes, objects;
    uint32_t number;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    if (x->objects != y->objects)
        return x->objects > y->objects ? -1 : 1;
    return (x->number > y->number) -
           (x->number < y->number); /* by id and type: the same in every run */
}

static void renumber(uint32_t *point_of, uint32_t node_count, const uint32_t *places,
                     rg__watch *watch)
{
    for (uint32_t n = 0; n < node_count && !rg__tick(watch, 1); n++)
        if (point_of[n] != RG_NONE)
            point_of[n] = places[point_of[n]];
}

rg_status rg__growth_points_sort(rg_growth *out, const rg_graph *watched)
{
    const rg_allocator *a = &out->allocator;
    ranked *all = rg__array_new_raw(a, out->point_count, sizeof *all);
    uint32_t *places = rg__array_new_raw(a, out->point_count, sizeof *places);
    rg__watch watch =
        rg__watch_begin(watched, "places", out->point_count + (uint64_t)out->node_count);
    rg_status status = out->point_count && (!all || !places) ? RG_ERR_NOMEM : RG_OK;
    for (size_t i = 0; i < out->point_count && !status; i++) {
        const rg_growth_point *p = &out->points[i];
        const uint64_t grown = p->resized > 0 ? (uint64_t)p->resized : 0;
        const uint64_t shrunk = p->resized < 0 ? 0 - (uint64_t)p->resized : 0;
        if (p->born_size + grown > p->died_size + shrunk)
            out->grown += p->born_size + grown - p->died_size - shrunk;
        all[i] = (ranked){*p, steadiness(p->born_size + grown, p->died_size + shrunk),
                          steadiness(p->born, p->died), (uint32_t)i};
    }
    if (!status)
        status = rg__sort_watched(all, out->point_count, sizeof *all, by_rank, &watch, a);
    for (size_t i = 0; i < out->point_count && !status; i++) {
        out->points[i] = all[i].point;
        places[all[i].number] = (uint32_t)i;
    }
    if (!status) {
        renumber(out->point_of, out->node_count, places, &watch);
        renumber(out->point_of_gone, out->node_count_before, places, &watch);
        status = rg__watch_status(&watch);
    }
    rg__array_free(a, all, out->point_count, sizeof *all);
    rg__array_free(a, places, out->point_count, sizeof *places);
    return status;
}
