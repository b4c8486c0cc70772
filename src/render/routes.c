/* See routes.h. dot's own curves are the dearest part of a layout: it triangulates what is between an edge's neighbours,
 * which takes the square of the layers that it crosses, and fits curves until they touch nothing. Here the way of an
 * edge is the shortest through the lanes that dot's order of nodes leaves for it:
 *
 *        [ node ]  |   |  [ node ]      a layer; where an edge crosses it dot has put a node of its own,
 *                  ^   ^                and its lane reaches half way to the next of those, or to a box
 *
 * Two facts are read from the layout that gvLayout leaves behind: which of dot's own nodes stand for an edge, and the
 * order in a layer. Their positions are those from before dot moved its drawing to the origin, by a distance that it
 * does not keep (moved.h). */
#include "render/routes.h"

#include "base/memory.h"
#include "render/curve.h"
#include "render/free_place.h"
#include "render/moved.h"

#include <gvc.h>

#include <stdlib.h>
#include <string.h>

static const double room_beside_box = 7; /* points */
static const double slack = 8;           /* of curves: lanes are wider */
static const double hardly_a_turn = 1.5;
static const double room_outside = 12;
static const double corner = 8;      /* of a box: no edge begins there */
static const double twins_apart = 4; /* from the middle, of two edges that lead to and fro */
static const double head_length = 6; /* arrowsize 0.6 of 10 points */

/* A name that waits until all curves are known. */
typedef struct waiting {
    Agedge_t *edge;
    int side; /* where it is rather placed: -1 left, 1 right */
} waiting;

typedef struct router {
    Agraph_t *graph;
    rg_allocator allocator;
    rg__point moved;       /* what dot subtracted from positions of boxes */
    double left, right;    /* of everything */
    double aside;          /* of the edge at hand, where another leads back */
    Agsym_t *style, *head; /* of edges */
    rg__places places;
    rg__gate *gates;
    waiting *names;
    size_t name_count, name_capacity;
    rg__point *way, *curve, *flat;
    size_t gate_capacity, way_capacity, curve_capacity, flat_capacity;
} router;

/* ---- where nodes are ---- */

static rg__point middle_of(const router *r, Agnode_t *node)
{
    const rg__point at = {ND_coord(node).x, ND_coord(node).y};
    return rg__is_own(node) ? (rg__point){at.x - r->moved.x, at.y - r->moved.y} : at;
}

static rg__box box_of(const router *r, Agnode_t *node)
{
    const rg__point at = middle_of(r, node);
    return (rg__box){at.x - ND_lw(node), at.y - ND_ht(node) / 2, at.x + ND_rw(node),
                     at.y + ND_ht(node) / 2};
}

static rg_status take_places_of_boxes(router *r)
{
    Agraph_t *g = r->graph;
    rg_status status = rg__places_begin(&r->places, GD_bb(g).LL.y, GD_bb(g).UR.y, &r->allocator);
    r->left = GD_bb(g).LL.x;
    r->right = GD_bb(g).UR.x;
    for (int i = GD_minrank(g); i <= GD_maxrank(g); i++)
        for (int k = 0; k < GD_rank(g)[i].n && !status; k++) {
            Agnode_t *node = GD_rank(g)[i].v[k];
            if (!rg__is_own(node)) /* without the room that dot adds on the right for loops */
                ND_rw(node) = ND_lw(node);
            const rg__box box = box_of(r, node);
            r->left = box.left < r->left ? box.left : r->left;
            r->right = box.right > r->right ? box.right : r->right;
            if (!rg__is_own(node))
                status = rg__places_take(&r->places, box);
        }
    return status;
}

/* ---- ways ---- */

/* The border of a lane: half way to a neighbour of dot's own, or a bit beside a box. `side`: -1 left, 1 right. */
static double border(const router *r, Agnode_t *own, Agnode_t *next, int side)
{
    const double x = middle_of(r, own).x;
    if (!next)
        return side < 0 ? r->left - room_outside : r->right + room_outside;
    const double other = middle_of(r, next).x;
    if (rg__is_own(next))
        return (x + other) / 2;
    const double beside =
        side < 0 ? other + ND_rw(next) + room_beside_box : other - ND_lw(next) - room_beside_box;
    return (beside - x) * side > 0 ? beside : x;
}

static void add_gates(router *r, size_t *count, Agnode_t *own)
{
    const rank_t *layer = &GD_rank(r->graph)[ND_rank(own)];
    const int place = (int)ND_order(own);
    const double y = middle_of(r, own).y;
    const double left = border(r, own, place > 0 ? layer->v[place - 1] : NULL, -1);
    const double right = border(r, own, place + 1 < layer->n ? layer->v[place + 1] : NULL, 1);
    r->gates[(*count)++] = (rg__gate){y + layer->ht2, left, right};
    r->gates[(*count)++] = (rg__gate){y - layer->ht1, left, right};
}

/* Where the layer of a box ends an edge stays below (above) it. */
static void add_gate_of_box(router *r, size_t *count, Agnode_t *node, bool is_below)
{
    const rank_t *layer = &GD_rank(r->graph)[ND_rank(node)];
    const rg__point at = middle_of(r, node);
    const double in = ND_lw(node) > 2 * corner ? corner : 0;
    const double y = is_below ? at.y - layer->ht1 : at.y + layer->ht2;
    r->gates[(*count)++] = (rg__gate){y, at.x - ND_lw(node) + in, at.x + ND_rw(node) - in};
}

static rg_status make_room(router *r, size_t layers)
{
    const size_t gates = 2 * layers + 2;
    rg_status status =
        rg__array_reserve(&r->allocator, &r->gates, &r->gate_capacity, gates, sizeof *r->gates);
    if (!status)
        status =
            rg__array_reserve(&r->allocator, &r->way, &r->way_capacity, gates + 2, sizeof *r->way);
    if (!status)
        status = rg__array_reserve(&r->allocator, &r->curve, &r->curve_capacity,
                                   rg__curve_size(gates + 2), sizeof *r->curve);
    return status;
}

/* The gates between the upper and the lower end of an edge, downwards. None where dot's own nodes do not lead there. */
static size_t list_gates(router *r, Agedge_t *edge, Agnode_t *upper, Agnode_t *lower)
{
    const int layers = ND_rank(lower) - ND_rank(upper);
    Agedge_t *part = ED_to_virt(edge);
    size_t count = 0;
    if (layers < 1 || !part || agtail(part) != upper)
        return 0;
    add_gate_of_box(r, &count, upper, true);
    for (int i = 1; i < layers; i++) {
        Agnode_t *own = aghead(part);
        if (!rg__is_own(own) || ND_rank(own) != ND_rank(upper) + i || ND_out(own).size != 1)
            return 0;
        add_gates(r, &count, own);
        part = ND_out(own).list[0];
    }
    add_gate_of_box(r, &count, lower, false);
    return aghead(part) == lower ? count : 0;
}

/* Two edges to and fro are beside each other. */
static double beside_twin(const router *r, Agedge_t *edge, bool is_down)
{
    if (!agedge(r->graph, aghead(edge), agtail(edge), NULL, 0))
        return 0;
    return is_down ? -twins_apart : twins_apart;
}

static rg_status find_way(router *r, size_t *count, Agedge_t *edge)
{
    const bool is_down = ND_rank(agtail(edge)) <= ND_rank(aghead(edge));
    Agnode_t *upper = is_down ? agtail(edge) : aghead(edge);
    Agnode_t *lower = is_down ? aghead(edge) : agtail(edge);
    const double aside = beside_twin(r, edge, is_down);
    r->aside = aside;
    const rg_status status = make_room(r, (size_t)(ND_rank(lower) - ND_rank(upper)));
    if (status)
        return status;
    const size_t gates = list_gates(r, edge, upper, lower);
    for (size_t i = 0; i < gates; i++) {
        r->gates[i].left += aside;
        r->gates[i].right += aside;
    }
    rg__point from = middle_of(r, upper);
    rg__point to = middle_of(r, lower);
    from.x += aside;
    to.x += aside;
    size_t used = rg__way_find(r->way, from, r->gates, gates, to);
    used = rg__way_straighten(r->way, used, hardly_a_turn);
    used = rg__way_enter_box(r->way, used, box_of(r, lower));
    used = rg__way_leave_box(r->way, used, box_of(r, upper));
    for (size_t i = 0; !is_down && i < used / 2; i++) {
        const rg__point other = r->way[i];
        r->way[i] = r->way[used - 1 - i];
        r->way[used - 1 - i] = other;
    }
    *count = used;
    return RG_OK;
}

/* From the right side of a box back to it. */
static rg_status find_loop(router *r, size_t *count, Agnode_t *node)
{
    const rg__box box = box_of(r, node);
    const double up = (box.top - box.bottom) / 4;
    const double y = middle_of(r, node).y;
    const double out = box.right + 3 * room_beside_box;
    const rg__point loop[] = {
        {box.right, y + up}, {out, y + up}, {out, y - up}, {box.right, y - up}};
    const rg_status status = make_room(r, 1);
    if (status)
        return status;
    memcpy(r->way, loop, sizeof loop);
    *count = sizeof loop / sizeof *loop;
    return RG_OK;
}

/* ---- what Graphviz draws ---- */

static void include(router *r, rg__box box)
{
    Agraph_t *g = r->graph;
    if (box.left < GD_bb(g).LL.x)
        GD_bb(g).LL.x = box.left;
    if (box.bottom < GD_bb(g).LL.y)
        GD_bb(g).LL.y = box.bottom;
    if (box.right > GD_bb(g).UR.x)
        GD_bb(g).UR.x = box.right;
    if (box.top > GD_bb(g).UR.y)
        GD_bb(g).UR.y = box.top;
}

/* All of it is Graphviz's then, which frees it with the layout. */
static rg_status give_curve(router *r, Agedge_t *edge, size_t size, rg__point tip)
{
    enum { NORMAL_HEAD = 1, EMPTY_HEAD = 17 };
    const char *head = agxget(edge, r->head);
    splines *all = calloc(1, sizeof *all);
    bezier *one = calloc(1, sizeof *one);
    pointf *points = calloc(size, sizeof *points);
    if (!all || !one || !points) {
        free(all);
        free(one);
        free(points);
        return RG_ERR_NOMEM;
    }
    for (size_t i = 0; i < size; i++) {
        const rg__point p = r->curve[i];
        points[i].x = p.x;
        points[i].y = p.y;
        include(r, (rg__box){p.x, p.y, p.x, p.y});
    }
    one->list = points;
    one->size = (__typeof__(one->size))size;
    one->eflag = !strcmp(head, "empty") ? EMPTY_HEAD : NORMAL_HEAD;
    one->ep.x = tip.x;
    one->ep.y = tip.y;
    all->list = one;
    all->size = 1;
    ED_spl(edge) = all;
    return RG_OK;
}

/* Names stand beside the curve, not on it, nor on another. */
static rg_status take_place_of_curve(router *r, Agedge_t *edge, size_t curve_size)
{
    rg_status status = rg__array_reserve(&r->allocator, &r->flat, &r->flat_capacity,
                                         rg__curve_flat_size(curve_size), sizeof *r->flat);
    const size_t count = status ? 0 : rg__curve_flatten(r->flat, r->curve, curve_size);
    for (size_t i = 1; i < count && !status; i++)
        status = rg__places_take_line(&r->places, r->flat[i - 1], r->flat[i]);
    const textlabel_t *label = ED_xlabel(edge);
    if (status || !label || !label->text || !*label->text)
        return status;
    status = rg__array_reserve(&r->allocator, &r->names, &r->name_capacity, r->name_count + 1,
                               sizeof *r->names);
    if (!status)
        r->names[r->name_count++] = (waiting){edge, r->aside < 0 ? -1 : 1};
    return status;
}

static rg_status place_name(router *r, const waiting *name)
{
    textlabel_t *label = ED_xlabel(name->edge);
    const bezier *drawn = ED_spl(name->edge)->list;
    const size_t size = (size_t)drawn->size;
    rg_status status =
        rg__array_reserve(&r->allocator, &r->curve, &r->curve_capacity, size, sizeof *r->curve);
    if (!status)
        status = rg__array_reserve(&r->allocator, &r->flat, &r->flat_capacity,
                                   rg__curve_flat_size(size), sizeof *r->flat);
    if (status)
        return status;
    for (size_t i = 0; i < size; i++)
        r->curve[i] = (rg__point){drawn->list[i].x, drawn->list[i].y};
    const size_t count = rg__curve_flatten(r->flat, r->curve, size);
    const rg__box box =
        rg__places_beside(&r->places, r->flat, count, name->side, label->dimen.x, label->dimen.y);
    label->pos.x = (box.left + box.right) / 2;
    label->pos.y = (box.bottom + box.top) / 2;
    label->set = true;
    include(r, box);
    return rg__places_take(&r->places, box);
}

static rg_status draw_edge(router *r, Agedge_t *edge)
{
    size_t count = 0;
    r->aside = 0;
    if (!strcmp(agxget(edge, r->style), "invis"))
        return RG_OK;
    rg_status status = agtail(edge) == aghead(edge) ? find_loop(r, &count, agtail(edge))
                                                    : find_way(r, &count, edge);
    if (status)
        return status;
    const rg__point tip = r->way[count - 1];
    const size_t shorter = rg__way_shorten(r->way, count, head_length);
    const size_t size = rg__curve_make(r->curve, r->way, shorter, slack);
    status = give_curve(r, edge, size, tip);
    return status ? status : take_place_of_curve(r, edge, size);
}

static rg_status draw_edges(router *r)
{
    Agraph_t *g = r->graph;
    rg_status status = RG_OK;
    for (Agnode_t *node = agfstnode(g); node && !status; node = agnxtnode(g, node))
        for (Agedge_t *edge = agfstout(g, node); edge && !status; edge = agnxtout(g, edge))
            status = draw_edge(r, edge);
    for (size_t i = 0; i < r->name_count && !status; i++)
        status = place_name(r, &r->names[i]);
    if (GD_label(g))
        GD_label(g)->pos.x = (GD_bb(g).LL.x + GD_bb(g).UR.x) / 2;
    return status;
}

rg_status rg__routes_draw(Agraph_t *graph, const rg_allocator *allocator)
{
    router r = {.graph = graph, .allocator = *allocator};
    r.style = agattr(graph, AGEDGE, (char *)(uintptr_t) "style", NULL);
    r.head = agattr(graph, AGEDGE, (char *)(uintptr_t) "arrowhead", NULL);
    rg_status status = rg__moved_find(&r.moved, graph, &r.allocator);
    if (!status)
        status = take_places_of_boxes(&r);
    if (!status)
        status = draw_edges(&r);
    rg__places_dispose(&r.places);
    rg__array_free(&r.allocator, r.gates, r.gate_capacity, sizeof *r.gates);
    rg__array_free(&r.allocator, r.way, r.way_capacity, sizeof *r.way);
    rg__array_free(&r.allocator, r.curve, r.curve_capacity, sizeof *r.curve);
    rg__array_free(&r.allocator, r.names, r.name_capacity, sizeof *r.names);
    rg__array_free(&r.allocator, r.flat, r.flat_capacity, sizeof *r.flat);
    return status;
}
