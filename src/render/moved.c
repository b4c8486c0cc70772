/* See moved.h. dot has chosen positions that make edges as straight as can be: so the distance is one that makes those
 * between boxes and dot's own nodes straightest, a median. */
#include "render/moved.h"

#include "base/memory.h"

#include <gvc.h>

#include <stdlib.h>

enum { OWN_NODE = 1 /* VIRTUAL: the type of a node that dot made for an edge */ };

bool rg__is_own(Agnode_t *node)
{
    return ND_node_type(node) == OWN_NODE;
}

typedef struct pull {
    double distance, weight;
} pull;

static int by_distance(const void *a, const void *b)
{
    const double x = ((const pull *)a)->distance;
    const double y = ((const pull *)b)->distance;
    return (x > y) - (x < y);
}

/* Calls for each edge between a box and a node of dot's own; returns how many. `pulls` may be NULL. */
static size_t find_pulls(pull *pulls, Agraph_t *g)
{
    size_t count = 0;
    for (int i = GD_minrank(g); i <= GD_maxrank(g); i++)
        for (int k = 0; k < GD_rank(g)[i].n; k++) {
            Agnode_t *tail = GD_rank(g)[i].v[k];
            for (size_t e = 0; e < (size_t)ND_out(tail).size; e++) {
                Agedge_t *edge = ND_out(tail).list[e];
                Agnode_t *head = aghead(edge);
                if (rg__is_own(tail) == rg__is_own(head))
                    continue;
                Agnode_t *own = rg__is_own(tail) ? tail : head;
                Agnode_t *box = rg__is_own(tail) ? head : tail;
                if (pulls)
                    pulls[count] = (pull){ND_coord(own).x - ND_coord(box).x, ED_weight(edge)};
                count++;
            }
        }
    return count;
}

static double median(pull *pulls, size_t count)
{
    double all = 0;
    double sum = 0;
    qsort(pulls, count, sizeof *pulls, by_distance);
    for (size_t i = 0; i < count; i++)
        all += pulls[i].weight;
    for (size_t i = 0; i < count; i++) {
        sum += pulls[i].weight;
        if (sum >= all / 2)
            return pulls[i].distance;
    }
    return 0;
}

/* No box may come to lie on a node of dot's own: what is nearest to `distance` and keeps them apart. */
static double keep_apart(Agraph_t *g, double distance)
{
    double least = -1e300;
    double most = 1e300;
    for (int i = GD_minrank(g); i <= GD_maxrank(g); i++)
        for (int k = 0; k + 1 < GD_rank(g)[i].n; k++) {
            Agnode_t *a = GD_rank(g)[i].v[k];
            Agnode_t *b = GD_rank(g)[i].v[k + 1];
            const double room = ND_rw(a) + ND_lw(b);
            const double between = ND_coord(b).x - ND_coord(a).x;
            if (rg__is_own(a) && !rg__is_own(b) && room - between > least)
                least = room - between;
            if (!rg__is_own(a) && rg__is_own(b) && between - room < most)
                most = between - room;
        }
    if (least > most)
        return (least + most) / 2;
    if (distance < least)
        return least;
    return distance > most ? most : distance;
}

/* False: dot's own nodes stand in no layer with a box. */
static bool find_height_moved(double *out, Agraph_t *g)
{
    for (int i = GD_minrank(g); i <= GD_maxrank(g); i++) {
        Agnode_t *own = NULL;
        Agnode_t *box = NULL;
        for (int k = 0; k < GD_rank(g)[i].n; k++)
            *(rg__is_own(GD_rank(g)[i].v[k]) ? &own : &box) = GD_rank(g)[i].v[k];
        if (own && box) {
            *out = ND_coord(own).y - ND_coord(box).y;
            return true;
        }
    }
    return false;
}

rg_status rg__moved_find(rg__point *out, Agraph_t *graph, const rg_allocator *allocator)
{
    const size_t count = find_pulls(NULL, graph);
    if (!count || !find_height_moved(&out->y, graph))
        return RG_OK;
    pull *pulls = rg__array_new(allocator, count, sizeof *pulls);
    if (!pulls)
        return RG_ERR_NOMEM;
    (void)find_pulls(pulls, graph);
    out->x = keep_apart(graph, median(pulls, count));
    rg__array_free(allocator, pulls, count, sizeof *pulls);
    return RG_OK;
}
