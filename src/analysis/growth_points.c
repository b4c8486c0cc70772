/* See growth_points.h.
 *
 *     survivor ─.cache─► survivor ─['k']─► new ─.rows─► new ─[0]─► new
 *       (h's way)           holder          begins       └─ hangs on it: counted with it
 *
 * What begins is put together by its signature and type. What is gone began in the other graph; its holder is
 * still there, so its signature is told from what the holder's is now: else a chain that has become cheaper
 * would look like one place lost and another gained. An old object that grew by itself (a list of what was there
 * before, a buffer) is a place too, so that places add up to the growth. */
#include "analysis/growth_points.h"

#include <string.h>

#include "analysis/growth_fold.h"
#include "analysis/growth_order.h"
#include "analysis/reach.h"
#include "analysis/signature_groups.h"
#include "analysis/sort.h"
#include "graph/graph_private.h"

typedef struct finder {
    rg_growth *out;
    const rg__pairs *pairs;
    const rg__growth_side *before, *after;
    uint32_t *resized; /* of `after`, ascending: without those that gained something */
    size_t resized_count;
    rg_signatures
        now; /* of what begins in `after`, of what is resized, then of the holders of what is gone */
    rg_signatures then; /* of what is gone, then of its holders, in `before` */
    rg__beginning *items;
    size_t count;
    rg_buffer composed, folded;
    rg_allocator allocator;
} finder;

/* ---- signatures ---- */

static rg_string text_of(const rg_signatures *s, size_t target)
{
    return s->groups[s->group_of[target]].text;
}

static rg_status find_resized(finder *f)
{
    const rg_allocator *a = &f->allocator;
    const rg_graph *g = f->after->graph;
    const uint32_t node_count = (uint32_t)g->tables.node_count;
    uint64_t *is_holder = rg__array_new(a, rg__bit_words(g), sizeof *is_holder);
    rg_status status = is_holder ? RG_OK : RG_ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < f->after->top_count && !status; i++) {
        const uint32_t holder = f->after->distances->via[f->after->tops[i]];
        if (holder != RG_NONE)
            rg__bit_set(is_holder, holder);
    }
    rg__watch watch = rg__watch_begin(g, "places", 2 * (uint64_t)node_count);
    for (uint32_t n = 0; n < node_count && !status && !rg__tick(&watch, 2); n++)
        count +=
            f->after->top[n] == RG_NONE && !rg__bit(is_holder, n) && rg__pairs_growth(f->pairs, n);
    f->resized = status ? NULL : rg__array_new_raw(a, count, sizeof *f->resized);
    f->resized_count = f->resized ? count : 0;
    if (count && !f->resized)
        status = RG_ERR_NOMEM;
    size_t next = 0;
    for (uint32_t n = 0; next < f->resized_count && !rg__tick(&watch, 2); n++)
        if (f->after->top[n] == RG_NONE && !rg__bit(is_holder, n) && rg__pairs_growth(f->pairs, n))
            f->resized[next++] = n;
    rg__array_free(a, is_holder, rg__bit_words(g), sizeof *is_holder);
    return status ? status : rg__watch_status(&watch);
}

/* The holder of what begins: of a root of its own and of garbage itself. */
static uint32_t holder_or_self(const rg__growth_side *side, size_t i)
{
    const uint32_t holder = side->distances->via[side->tops[i]];
    return holder == RG_NONE ? side->tops[i] : holder;
}

static rg_status find_signatures(finder *f)
{
    const rg_allocator *a = &f->allocator;
    const size_t born = f->after->top_count;
    const size_t gone = f->before->top_count;
    const size_t here = born + f->resized_count;
    const size_t room = (here > gone ? here : gone) + gone;
    uint32_t *targets = rg__array_new_raw(a, room + 1, sizeof *targets);
    if (!targets)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < born; i++)
        targets[i] = f->after->tops[i];
    for (size_t i = 0; i < f->resized_count; i++)
        targets[born + i] = f->resized[i];
    for (size_t i = 0; i < gone; i++) {
        const uint32_t now = f->pairs->after_of[holder_or_self(f->before, i)];
        targets[here + i] = now == RG_NONE ? 0 : now;
    }
    rg_status status =
        rg_signatures_find(&f->now, f->after->graph, f->after->distances, targets,
                           f->after->graph->tables.node_count ? here + gone : here, a);
    for (size_t i = 0; i < gone; i++) {
        targets[i] = f->before->tops[i];
        targets[gone + i] = holder_or_self(f->before, i);
    }
    if (!status)
        status = rg_signatures_find(&f->then, f->before->graph, f->before->distances, targets,
                                    2 * gone, a);
    rg__array_free(a, targets, room + 1, sizeof *targets);
    return status;
}

static bool are_equal(rg_string a, rg_string b)
{
    return a.size == b.size && !memcmp(a.data, b.data, a.size);
}

/* Where the i-th of what is gone began, in words of now. */
static rg_status name_gone(finder *f, size_t i, rg__beginning *item)
{
    const size_t gone = f->before->top_count;
    const bool has_holder = f->before->distances->via[f->before->tops[i]] != RG_NONE;
    item->text = text_of(&f->then, i);
    if (!has_holder)
        return RG_OK;
    const rg_string was = text_of(&f->then, gone + i);
    const rg_string is = text_of(&f->now, f->after->top_count + f->resized_count + i);
    if (item->text.size < was.size || memcmp(item->text.data, was.data, was.size) != 0 ||
        are_equal(was, is))
        return RG_OK;
    item->composed = f->composed.size;
    rg_status status = rg_buffer_add(&f->composed, is.data, is.size);
    if (!status)
        status =
            rg_buffer_add(&f->composed, item->text.data + was.size, item->text.size - was.size);
    item->text.size += is.size - was.size;
    return status;
}

/* ---- beginnings ---- */

static int by_place(const void *a, const void *b)
{
    const rg__beginning *x = a;
    const rg__beginning *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->change != y->change)
        return x->change < y->change ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

/* What begins, and what is resized. */
static void list_now(finder *f)
{
    for (size_t i = 0; i < f->after->top_count + f->resized_count; i++) {
        const bool is_born = i < f->after->top_count;
        const uint32_t node = is_born ? f->after->tops[i] : f->resized[i - f->after->top_count];
        const uint32_t type = rg__node_type(&f->after->graph->tables, node);
        f->items[i] = (rg__beginning){.text = text_of(&f->now, i),
                                      .composed = SIZE_MAX,
                                      .type = f->pairs->type_of_after[type],
                                      .node = node,
                                      .change = is_born ? RG__BORN : RG__RESIZED};
    }
}

static rg_status list_beginnings(finder *f)
{
    const size_t here = f->after->top_count + f->resized_count;
    const size_t gone = f->before->top_count;
    rg_status status = RG_OK;
    f->count = here + gone;
    f->items = rg__array_new_raw(&f->allocator, f->count, sizeof *f->items);
    if (f->count && !f->items)
        return RG_ERR_NOMEM;
    list_now(f);
    for (size_t i = 0; i < gone && !status; i++) {
        const uint32_t node = f->before->tops[i];
        const uint32_t type = rg__node_type(&f->before->graph->tables, node);
        f->items[here + i] = (rg__beginning){.composed = SIZE_MAX,
                                             .type = f->pairs->type_of_before[type],
                                             .node = node,
                                             .change = RG__GONE};
        status = name_gone(f, i, &f->items[here + i]);
    }
    for (size_t i = 0; i < f->count && !status; i++)
        if (f->items[i].composed != SIZE_MAX)
            f->items[i].text.data = f->composed.data + f->items[i].composed;
    if (!status)
        status = rg__growth_fold(f->items, f->count, f->pairs, f->before, f->after, &f->folded);
    rg__watch watch = rg__watch_begin(f->after->graph, "places", 3 * f->count);
    for (size_t i = 0; i < f->count && !status && !rg__tick(&watch, 4); i++)
        f->items[i].id = rg__signature_id(f->items[i].text);
    if (!status)
        status =
            rg__sort_watched(f->items, f->count, sizeof *f->items, by_place, &watch, &f->allocator);
    return status;
}

/* ---- points ---- */

static bool is_same_place(const rg__beginning *a, const rg__beginning *b)
{
    return a->id == b->id && a->type == b->type;
}

static void add_beginning(rg_growth_point *p, const rg__beginning *item, const finder *f)
{
    const rg_graph *g = item->change == RG__GONE ? f->before->graph : f->after->graph;
    const uint32_t type = rg__node_type(&g->tables, item->node);
    if (item->change == RG__GONE) {
        p->lost++;
        p->type_before = type;
        return;
    }
    p->type = type;
    if (item->change == RG__RESIZED) {
        p->resized += rg__pairs_growth(f->pairs, item->node);
        if (!p->gained && p->holder == RG_NONE)
            p->holder = item->node;
        return;
    }
    if (p->example == RG_NONE)
        p->example = item->node; /* they come by rising ids */
    p->gained++;
}

/* Points and their texts, in the order of ids. */
static rg_status make_points(finder *f)
{
    rg_growth *out = f->out;
    size_t text_size = 0;
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (!i || !is_same_place(&f->items[i - 1], &f->items[i])) {
            count++;
            text_size += f->items[i].text.size;
        }
    out->points = rg__array_new(&out->allocator, count, sizeof *out->points);
    out->texts = rg__array_new_raw(&out->allocator, text_size, 1);
    out->point_count = count;
    out->text_size = text_size;
    if ((count && !out->points) || (text_size && !out->texts))
        return RG_ERR_NOMEM;
    char *next = out->texts;
    size_t point = 0;
    for (size_t i = 0; i < f->count; i++) {
        const rg__beginning *item = &f->items[i];
        if (!i || !is_same_place(&f->items[i - 1], item)) {
            point += i > 0;
            out->points[point] = (rg_growth_point){.text = {next, item->text.size},
                                                   .id = item->id,
                                                   .type_before = RG_NONE,
                                                   .type = RG_NONE,
                                                   .holder = RG_NONE,
                                                   .example = RG_NONE};
            if (item->text.size) { /* else both may be NULL */
                memcpy(next, item->text.data, item->text.size);
                next += item->text.size;
            }
        }
        add_beginning(&out->points[point], item, f);
    }
    return RG_OK;
}

/* The point of each node that begins something, into an array per node of one side. */
static void mark_points(const finder *f, rg__change wanted, uint32_t *points)
{
    uint32_t point = RG_NONE; /* the first makes it 0 */
    for (size_t i = 0; i < f->count; i++) {
        point += !i || !is_same_place(&f->items[i - 1], &f->items[i]);
        if (f->items[i].change == wanted)
            points[f->items[i].node] = point;
    }
}

/* Sum up what is new in each point, and leave the point of each new node in point_of. */
static rg_status sum_born(finder *f)
{
    rg_growth *out = f->out;
    const rg__tables *t = &f->after->graph->tables;
    const uint32_t *top = f->after->top;
    out->point_of = rg__array_new_raw(&out->allocator, t->node_count, sizeof *out->point_of);
    if (t->node_count && !out->point_of)
        return RG_ERR_NOMEM;
    rg__watch watch = rg__watch_begin(f->after->graph, "places", 2 * (uint64_t)t->node_count);
    rg_status status =
        rg__watch_fill(&watch, out->point_of, 0xFF, t->node_count * sizeof *out->point_of);
    if (status)
        return status;
    mark_points(f, RG__BORN, out->point_of);
    for (size_t n = 0; n < t->node_count && !rg__tick(&watch, 2); n++) {
        if (top[n] == RG_NONE) {
            out->resized += rg__pairs_growth(f->pairs, (uint32_t)n);
            continue;
        }
        out->point_of[n] = out->point_of[top[n]];
        rg_growth_point *p = &out->points[out->point_of[n]];
        p->born++;
        p->born_size += rg__node_size(t, n);
        out->born++;
        out->born_size += rg__node_size(t, n);
    }
    return rg__watch_status(&watch);
}

static rg_status sum_died(finder *f)
{
    rg_growth *out = f->out;
    const rg__tables *t = &f->before->graph->tables;
    const uint32_t *top = f->before->top;
    out->point_of_gone =
        rg__array_new_raw(&out->allocator, t->node_count, sizeof *out->point_of_gone);
    if (t->node_count && !out->point_of_gone)
        return RG_ERR_NOMEM;
    rg__watch watch = rg__watch_begin(f->before->graph, "places", 2 * (uint64_t)t->node_count);
    rg_status status = rg__watch_fill(&watch, out->point_of_gone, 0xFF,
                                      t->node_count * sizeof *out->point_of_gone);
    if (status)
        return status;
    mark_points(f, RG__GONE, out->point_of_gone);
    for (size_t n = 0; n < t->node_count && !rg__tick(&watch, 2); n++) {
        if (top[n] == RG_NONE)
            continue;
        out->point_of_gone[n] = out->point_of_gone[top[n]];
        rg_growth_point *p = &out->points[out->point_of_gone[n]];
        p->died++;
        p->died_size += rg__node_size(t, n);
        out->died++;
        out->died_size += rg__node_size(t, n);
    }
    return rg__watch_status(&watch);
}

rg_status rg__growth_points_find(rg_growth *out, const rg__pairs *pairs,
                                 const rg__growth_side *before, const rg__growth_side *after)
{
    finder f = {.out = out,
                .pairs = pairs,
                .before = before,
                .after = after,
                .composed = {.allocator = out->allocator},
                .folded = {.allocator = out->allocator},
                .allocator = out->allocator};
    static rg_status (*const steps[])(finder *) = {find_resized, find_signatures, list_beginnings,
                                                   make_points,  sum_born,        sum_died};
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !status; i++)
        status = steps[i](&f);
    if (!status)
        status = rg__growth_holders_find(out, pairs, after);
    if (!status)
        status = rg__growth_points_sort(out, after->graph);
    rg_signatures_dispose(&f.now);
    rg_signatures_dispose(&f.then);
    rg__array_free(&f.allocator, f.items, f.count, sizeof *f.items);
    rg__array_free(&f.allocator, f.resized, f.resized_count, sizeof *f.resized);
    rg_buffer_dispose(&f.composed);
    rg_buffer_dispose(&f.folded);
    return status;
}
