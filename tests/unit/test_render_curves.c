/* The ways of references and their curves: as short as can be, past everything else; and texts beside them. */
#include "drawing.h"
#include "pictures.h"
#include "random.h"
#include "render/curve.h"
#include "render/free_place.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <math.h>
#include <stdio.h>

enum { GATES_MOST = 40 };

static double distance(rg__point a, rg__point b)
{
    return hypot(b.x - a.x, b.y - a.y);
}

static double length_of(const rg__point *way, size_t count)
{
    double length = 0;
    for (size_t i = 0; i + 1 < count; i++)
        length += distance(way[i], way[i + 1]);
    return length;
}

static double number(randomness *random, uint32_t bound)
{
    return (double)random_below(random, bound);
}

/* ---- ways ---- */

/* Gates every 10 … 40 points, downwards. */
static size_t random_gates(rg__gate *gates, randomness *random)
{
    const size_t count = random_below(random, GATES_MOST);
    double y = 0;
    for (size_t i = 0; i < count; i++) {
        const double left = number(random, 400);
        y -= 10 + number(random, 30);
        gates[i] = (rg__gate){y, left, left + number(random, 120)};
    }
    return count;
}

/* Another method: each crossing moves to where its neighbours would have it, until none does. The length is a convex
 * function of the crossings, so nothing is shorter. */
static double shortest(rg__point from, const rg__gate *gates, size_t count, rg__point to)
{
    enum { SWEEPS = 20000 };
    rg__point at[GATES_MOST + 2] = {from};
    for (size_t i = 0; i < count; i++)
        at[i + 1] = (rg__point){(gates[i].left + gates[i].right) / 2, gates[i].y};
    at[count + 1] = to;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (size_t i = 1; i <= count; i++) {
            const rg__point a = at[i - 1];
            const rg__point b = at[i + 1];
            double x = a.x + (b.x - a.x) * (at[i].y - a.y) / (b.y - a.y);
            x = fmin(fmax(x, gates[i - 1].left), gates[i - 1].right);
            moved = fmax(moved, fabs(x - at[i].x));
            at[i].x = x;
        }
        if (moved < 1e-9)
            break;
    }
    return length_of(at, count + 2);
}

static double crossing(const rg__point *way, size_t count, double y)
{
    for (size_t i = 0; i + 1 < count; i++) {
        const rg__point a = way[i];
        const rg__point b = way[i + 1];
        if (y <= a.y && y >= b.y)
            return a.y > b.y ? a.x + (b.x - a.x) * (a.y - y) / (a.y - b.y) : a.x;
    }
    return NAN;
}

static void a_way_is_as_short_as_can_be_and_passes_each_gate(void **state)
{
    (void)state;
    randomness random = {11};
    for (int round = 0; round < 300; round++) {
        rg__gate gates[GATES_MOST];
        rg__point way[GATES_MOST + 2];
        const size_t count = random_gates(gates, &random);
        const rg__point from = {number(&random, 400), 0};
        const rg__point to = {number(&random, 400), (count ? gates[count - 1].y : 0) - 20};
        const size_t used = rg__way_find(way, from, gates, count, to);
        assert_in_range(used, 2, count + 2);
        const double oracle = shortest(from, gates, count, to);
        assert_true(fabs(length_of(way, used) - oracle) < 1e-4 * oracle);
        for (size_t i = 0; i < count; i++) {
            const double x = crossing(way, used, gates[i].y);
            assert_true(x >= gates[i].left - 1e-6 && x <= gates[i].right + 1e-6);
        }
    }
}

static void a_way_begins_and_ends_at_the_borders_of_boxes(void **state)
{
    (void)state;
    const rg__box box = {0, 0, 40, 20};
    rg__point across[] = {{20, 10}, {220, 10}};
    rg__point down[] = {{20, 10}, {20, -90}};
    rg__point at_border[] = {{20, 10}, {4, 0}, {-300, -40}};
    assert_int_equal(rg__way_leave_box(across, 2, box), 2);
    assert_true(across[0].x == 40 && across[0].y == 10);
    assert_int_equal(rg__way_leave_box(down, 2, box), 2);
    assert_true(down[0].x == 20 && down[0].y == 0);
    assert_int_equal(rg__way_leave_box(at_border, 3, box), 2);
    assert_true(at_border[0].x == 4 && at_border[0].y == 0);
    assert_int_equal(rg__way_shorten(down, 2, 6), 2);
    assert_true(fabs(down[1].y + 84) < 1e-9);
    rg__point short_one[] = {{0, 0}, {0, -8}};
    assert_int_equal(rg__way_shorten(short_one, 2, 6), 2);
    assert_true(fabs(short_one[1].y + 4) < 1e-9); /* half is left */
}

static void a_way_that_hardly_turns_is_straight(void **state)
{
    (void)state;
    rg__point way[] = {{0, 0}, {1, -50}, {0, -100}, {30, -150}, {30, -200}};
    assert_int_equal(rg__way_straighten(way, 5, 2), 4);
    assert_true(way[0].y == 0 && way[1].y == -100 && way[2].y == -150 && way[3].y == -200);
    rg__point shortest_way[] = {{0, 0}, {1, -50}};
    assert_int_equal(rg__way_straighten(shortest_way, 2, 2), 2);
}

/* ---- curves ---- */

static rg__point curve_at(const rg__point *p, double t)
{
    const double s = 1 - t;
    const double a = s * s * s;
    const double b = 3 * s * s * t;
    const double c = 3 * s * t * t;
    const double d = t * t * t;
    return (rg__point){a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                       a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y};
}

static double distance_to_line(rg__point p, rg__point a, rg__point b)
{
    const double square = (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y);
    double part = square > 0 ? ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / square : 0;
    part = fmin(fmax(part, 0), 1);
    return distance(p, (rg__point){a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part});
}

static void a_curve_passes_each_turn_and_keeps_to_its_way(void **state)
{
    (void)state;
    const double slack = 5;
    randomness random = {12};
    for (int round = 0; round < 300; round++) {
        rg__gate gates[GATES_MOST];
        rg__point way[GATES_MOST + 2];
        rg__point curve[3 * GATES_MOST + 4];
        const size_t count = random_gates(gates, &random);
        const rg__point to = {number(&random, 400), (count ? gates[count - 1].y : 0) - 20};
        const size_t used =
            rg__way_find(way, (rg__point){number(&random, 400), 0}, gates, count, to);
        assert_int_equal(rg__curve_make(curve, way, used, slack), rg__curve_size(used));
        for (size_t i = 0; i + 1 < used; i++) {
            assert_true(distance(curve[3 * i], way[i]) < 1e-9);
            for (int t = 0; t <= 20; t++)
                assert_true(distance_to_line(curve_at(curve + 3 * i, t / 20.0), way[i],
                                             way[i + 1]) <= slack + 1e-9);
        }
        assert_true(distance(curve[3 * used - 3], to) < 1e-9);
    }
}

/* Round the left end of a gate: what it goes round is on the left.
 *
 *      from ·─╮
 *     ########│ turn
 *       to ·──╯            */
static void a_curve_never_cuts_what_its_way_goes_round(void **state)
{
    (void)state;
    const rg__point way[] = {{0, 50}, {30, 0}, {0, -50}};
    rg__point curve[7];
    assert_int_equal(rg__curve_make(curve, way, 3, 5), 7);
    for (int i = 0; i < 2; i++)
        for (int t = 0; t <= 20; t++) {
            const rg__point p = curve_at(curve + 3 * i, t / 20.0);
            assert_true(p.x >= 30 - fabs(p.y) * 30 / 50 - 1e-9);
        }
}

/* ---- texts ---- */

static rg__box random_box(randomness *random)
{
    const double left = number(random, 500);
    const double bottom = number(random, 500) - 50;
    return (rg__box){left, bottom, left + 1 + number(random, 60), bottom + 1 + number(random, 90)};
}

static double common(rg__box a, rg__box b)
{
    const double width = fmin(a.right, b.right) - fmax(a.left, b.left);
    const double height = fmin(a.top, b.top) - fmax(a.bottom, b.bottom);
    return width > 0 && height > 0 ? width * height : 0;
}

static bool is_in(rg__box box, rg__point p, double margin)
{
    return p.x > box.left + margin && p.x < box.right - margin && p.y > box.bottom + margin &&
           p.y < box.top - margin;
}

static void a_text_stands_where_nothing_else_does(void **state)
{
    (void)state;
    enum { BOXES = 60 };
    const rg_allocator a = rg_allocator_default();
    randomness random = {13};
    rg__box boxes[BOXES];
    rg__places places = {0};
    assert_int_equal(rg__places_begin(&places, 0, 400, &a), RG_OK); /* some lie outside */
    for (int i = 0; i < BOXES; i++) {
        boxes[i] = random_box(&random);
        assert_int_equal(rg__places_take(&places, boxes[i]), RG_OK);
    }
    for (int round = 0; round < 500; round++) {
        const rg__box box = random_box(&random);
        double covered = 0;
        for (int i = 0; i < BOXES; i++)
            covered += common(box, boxes[i]);
        assert_true(fabs(rg__places_covered(&places, box) - covered) < 1e-6);
    }
    rg__places_dispose(&places);
    const rg__point way[] = {{0, 0}, {0, -100}};
    assert_int_equal(rg__places_begin(&places, -100, 0, &a), RG_OK);
    for (int i = 0; i < 8; i++) { /* on the right of the middle, on its left, above, … */
        const rg__box text = rg__places_beside(&places, way, 2, 1, 50, 10);
        assert_true(rg__places_covered(&places, text) == 0);
        assert_int_equal(rg__places_take(&places, text), RG_OK);
    }
    rg__places_dispose(&places);
}

static void a_text_is_not_crossed_by_the_way_that_it_stands_at(void **state)
{
    (void)state;
    const rg_allocator a = rg_allocator_default();
    rg__places places = {0};
    assert_int_equal(rg__places_begin(&places, -100, 100, &a), RG_OK);
    for (int angle = 0; angle < 360; angle += 3) {
        const double x = 100 * cos(angle / 57.29577951);
        const double y = 100 * sin(angle / 57.29577951);
        const rg__point way[] = {{-x, -y}, {x, y}};
        const rg__box text = rg__places_beside(&places, way, 2, angle % 2 ? 1 : -1, 40, 10);
        for (int k = 0; k <= 1000; k++) {
            const double part = k / 500.0 - 1;
            assert_false(is_in(text, (rg__point){x * part, y * part}, 0));
        }
        assert_true(fabs(text.left + 20) < 30 && fabs(text.bottom + 5) < 10); /* and near */
    }
    rg__places_dispose(&places);
}

static void a_flat_curve_is_on_the_curve(void **state)
{
    (void)state;
    const rg__point curve[] = {{0, 0}, {0, 30}, {30, 60}, {60, 60}, {70, 60}, {80, 60}, {90, 90}};
    rg__point way[32];
    assert_true(rg__curve_flat_size(COUNT_OF(curve)) <= COUNT_OF(way));
    const size_t count = rg__curve_flatten(way, curve, COUNT_OF(curve));
    assert_int_equal(count, rg__curve_flat_size(COUNT_OF(curve)));
    const double step = 2.0 / (double)(count - 1);
    for (size_t i = 0; i < count; i++) {
        const double at = step * (double)i;
        const size_t piece = at < 1 ? 0 : 1;
        const rg__point expected = curve_at(curve + 3 * piece, at - (double)piece);
        assert_true(fabs(way[i].x - expected.x) < 1e-9 && fabs(way[i].y - expected.y) < 1e-9);
    }
}

/* ---- whole pictures ---- */

enum { NODES = 40, PAIRS = 90, ROUNDS = 12 };

typedef struct scene {
    uint32_t from[PAIRS], to[PAIRS];
    size_t count;
} scene;

/* A tree with references to any other: back, to and fro, to itself. */
static rg_graph *random_graph(scene *s, randomness *random)
{
    bool taken[NODES][NODES] = {{false}};
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, NODES);
    s->count = 0;
    for (uint32_t i = 1; i < NODES + 40; i++) {
        const uint32_t from = random_below(random, i < NODES ? i : NODES);
        const uint32_t to = i < NODES ? i : random_below(random, NODES);
        if (taken[from][to])
            continue;
        taken[from][to] = true;
        drawing_own(&d, from, to, ".name");
        s->from[s->count] = from;
        s->to[s->count++] = to;
    }
    return sample_drawn(&d);
}

static size_t read_points(rg__point *points, size_t most, const svg *picture, const char *kind,
                          size_t id)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s%zu", kind, id);
    xmlNode *element = svg_find(picture, name);
    char *text = element ? svg_attribute(element, "d") : NULL;
    size_t count = 0;
    for (char *at = text; at && *at && count < most;) {
        char *end = at;
        const double x = strtod(at, &end);
        if (end == at) {
            at++;
            continue;
        }
        points[count++] = (rg__point){x, strtod(end + 1, &at)};
    }
    free(text);
    return count;
}

static rg__box read_box(const svg *picture, size_t id)
{
    rg__point points[64];
    const size_t count = read_points(points, COUNT_OF(points), picture, "n", id);
    assert_true(count > 0);
    rg__box box = {points[0].x, points[0].y, points[0].x, points[0].y};
    for (size_t i = 0; i < count; i++) {
        box.left = fmin(box.left, points[i].x);
        box.right = fmax(box.right, points[i].x);
        box.bottom = fmin(box.bottom, points[i].y);
        box.top = fmax(box.top, points[i].y);
    }
    return box;
}

static bool cuts_a_box(const rg__point *curve, size_t count, const rg__box *boxes)
{
    for (size_t i = 0; i + 3 < count; i += 3)
        for (int t = 0; t <= 20; t++)
            for (size_t k = 0; k < NODES; k++)
                if (is_in(boxes[k], curve_at(curve + i, t / 20.0), 1))
                    return true;
    return false;
}

/* Between the box's border and a bit outside: the head of an arrow is there. */
static bool is_at(rg__box box, rg__point p)
{
    const double near = 7;
    return is_in(box, p, -near) && !is_in(box, p, 1);
}

static void a_curve_leads_from_box_to_box_and_through_none(void **state)
{
    (void)state;
    randomness random = {14};
    size_t curves = 0;
    size_t cut = 0;
    for (int round = 0; round < ROUNDS; round++) {
        scene s;
        rg_graph *g = random_graph(&s, &random);
        rg_subgraph all = {0};
        rg_buffer out = rg_buffer_empty(NULL);
        svg picture = {0};
        rg__box boxes[NODES];
        assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
        assert_int_equal(rg_render(&out, g, &all, RG_FORMAT_SVG, NULL, NULL), RG_OK);
        assert_true(svg_open(&picture, &out));
        for (size_t i = 0; i < NODES; i++)
            boxes[i] = read_box(&picture, i);
        for (size_t i = 0; i < all.edge_count; i++) {
            rg__point curve[256];
            const size_t count = read_points(curve, COUNT_OF(curve), &picture, "e", i);
            assert_true(count >= 4 && count % 3 == 1);
            assert_true(is_at(boxes[all.edges[i].from], curve[0]));
            assert_true(is_at(boxes[all.edges[i].to], curve[count - 1]));
            cut += cuts_a_box(curve, count, boxes);
            curves++;
        }
        svg_close(&picture);
        rg_buffer_dispose(&out);
        rg_subgraph_dispose(&all);
        rg_graph_free(g);
    }
    assert_true(cut <= curves / 500); /* beside crowded ends the head of an arrow may */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_way_is_as_short_as_can_be_and_passes_each_gate),
        cmocka_unit_test(a_way_begins_and_ends_at_the_borders_of_boxes),
        cmocka_unit_test(a_way_that_hardly_turns_is_straight),
        cmocka_unit_test(a_curve_passes_each_turn_and_keeps_to_its_way),
        cmocka_unit_test(a_curve_never_cuts_what_its_way_goes_round),
        cmocka_unit_test(a_text_stands_where_nothing_else_does),
        cmocka_unit_test(a_text_is_not_crossed_by_the_way_that_it_stands_at),
        cmocka_unit_test(a_flat_curve_is_on_the_curve),
        cmocka_unit_test(a_curve_leads_from_box_to_box_and_through_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
