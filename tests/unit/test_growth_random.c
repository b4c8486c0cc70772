/* Growth between random graphs of which some nodes went, some came, and some have another at their address. The
 * oracle compares everything with everything, looking at one edge at a time. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "oracle.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

enum { MOST = 24, TEXT = 2048, ROUNDS = 20000, SHARED = 16 };

/* ---- two graphs ---- */

typedef struct slot {
    bool is_in[2];
    uint32_t type[2], size[2];
    uint8_t generation[2];
} slot;

typedef struct link_of {
    uint32_t from, to;
    const char *name;
    rg_strength strength;
    bool is_in[2];
} link_of;

typedef struct world {
    slot slots[MOST];
    link_of links[4 * MOST];
    uint32_t slot_count, link_count, roots[3];
} world;

static world random_world(randomness *r)
{
    static const char *const names[] = {".x", ".y", "[0]", "[1]", "key", "element", "local v", ""};
    world w = {.slot_count = 1 + random_below(r, MOST)};
    const uint32_t types = 1 + random_below(r, 5);
    for (uint32_t i = 0; i < w.slot_count; i++) {
        slot *s = &w.slots[i];
        const uint32_t fate = random_below(r, 8); /* 0 came, 1 went, 2 is another, else it stays */
        *s = (slot){.is_in = {fate != 0, fate != 1}, .generation = {2, 2}};
        s->type[0] = s->type[1] = random_below(r, types);
        s->size[0] = s->size[1] = random_below(r, 1000);
        if (fate == 2)
            s->type[1] = random_below(r, types);
        if (!random_below(r, 4))
            s->size[1] = random_below(r, 1000);
        for (int side = 0; side < 2 && !random_below(r, 6); side++)
            s->generation[side] = (uint8_t)random_below(r, 5);
    }
    w.link_count = random_below(r, 3 * w.slot_count + 1);
    for (uint32_t i = 0; i < w.link_count; i++)
        w.links[i] = (link_of){random_below(r, w.slot_count),
                               random_below(r, w.slot_count),
                               names[random_below(r, COUNT_OF(names))],
                               (rg_strength)(random_below(r, 7) / 2 % 4),
                               {random_below(r, 5) > 0, random_below(r, 5) > 0}};
    for (size_t i = 0; i < COUNT_OF(w.roots); i++)
        w.roots[i] = random_below(r, w.slot_count);
    return w;
}

static rg_graph *graph_of(const world *w, int side)
{
    zoo z = zoo_new(NULL);
    const uint32_t types[] = {
        z.instance, z.list, z.odd,
        drawing_type(&z.d, "fixed", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_FIXED_ITEMS),
        drawing_type(&z.d, "map", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING)};
    uint32_t ids[MOST];
    rg_builder_set_collector(z.d.builder, &(rg_collector_state){.kind = RG_COLLECTOR_GENERATIONAL});
    for (uint32_t i = 0; i < w->slot_count; i++) {
        const rg_node node = {.address = 16 + 16 * (uint64_t)i,
                              .type = types[w->slots[i].type[side]],
                              .size = w->slots[i].size[side],
                              .text = RG_NONE,
                              .generation = w->slots[i].generation[side]};
        if (w->slots[i].is_in[side])
            assert_int_equal(rg_builder_add_node(z.d.builder, &ids[i], &node), RG_OK);
    }
    for (uint32_t i = 0; i < w->link_count; i++) {
        const link_of *l = &w->links[i];
        if (l->is_in[side] && w->slots[l->from].is_in[side] && w->slots[l->to].is_in[side])
            drawing_edge(&z.d, ids[l->from], ids[l->to], l->name, l->strength);
    }
    for (size_t i = 0; i < COUNT_OF(w->roots); i++)
        if (w->slots[w->roots[i]].is_in[side])
            drawing_root(&z.d, i ? RG_ROOT_MODULE : RG_ROOT_OTHER, ids[w->roots[i]],
                         i == 1 ? "app" : "lib");
    return sample_drawn(&z.d);
}

/* ---- what is one object ---- */

typedef struct pairs {
    const rg_graph *before, *after;
    uint32_t of_after[MOST]; /* what it was */
} pairs;

static bool has_flag(const rg_graph *g, uint32_t node, uint32_t flag)
{
    return rg_graph_type(g, rg_graph_node(g, node).type).flags & flag;
}

static uint32_t in_degree(const rg_graph *g, uint32_t node)
{
    uint32_t count = 0;
    for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
        for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++)
            count += rg_graph_edge(g, u, e).to == node;
    return count;
}

static bool has_edge(const rg_graph *g, uint32_t from, uint32_t to)
{
    for (uint64_t e = rg_graph_edges_begin(g, from); e < rg_graph_edges_end(g, from); e++)
        if (rg_graph_edge(g, from, e).to == to)
            return true;
    return false;
}

static bool is_plain(rg_edge e)
{
    return e.strength < RG_STRENGTH_INFRASTRUCTURE && e.to != e.from;
}

static uint32_t out_degree(const rg_graph *g, uint32_t node, bool is_plain_only)
{
    uint32_t count = 0;
    for (uint64_t e = rg_graph_edges_begin(g, node); e < rg_graph_edges_end(g, node); e++)
        count += !is_plain_only || is_plain(rg_graph_edge(g, node, e));
    return count;
}

static bool is_candidate(const pairs *p, uint32_t b, uint32_t a)
{
    const rg_node x = rg_graph_node(p->before, b);
    const rg_node y = rg_graph_node(p->after, a);
    if (x.address != y.address || x.type != y.type) /* both graphs have the same types */
        return false;
    if (x.generation < RG_GENERATION_PERMANENT && y.generation < x.generation)
        return false;
    if (!has_flag(p->after, a, RG_TYPE_FIXED_ITEMS))
        return true;
    if (out_degree(p->before, b, false) != out_degree(p->after, a, false))
        return false;
    for (uint64_t i = 0; i < out_degree(p->after, a, false); i++) {
        const rg_edge was = rg_graph_edge(p->before, b, rg_graph_edges_begin(p->before, b) + i);
        const rg_edge is = rg_graph_edge(p->after, a, rg_graph_edges_begin(p->after, a) + i);
        if (rg_graph_node(p->before, was.to).address != rg_graph_node(p->after, is.to).address)
            return false;
    }
    return true;
}

static bool is_part(const rg_graph *g, uint32_t node)
{
    return in_degree(g, node) == 1 && has_flag(g, node, RG_TYPE_MAPPING);
}

/* 1: something is the same, -1: nothing is, 0: nothing to compare, or only what all refer to */
static int by_referents(const pairs *p, uint32_t b, uint32_t a)
{
    int found = out_degree(p->before, b, true) && out_degree(p->after, a, true) ? -1 : 0;
    for (uint64_t e = rg_graph_edges_begin(p->after, a); e < rg_graph_edges_end(p->after, a); e++) {
        const rg_edge edge = rg_graph_edge(p->after, a, e);
        const uint32_t was = p->of_after[edge.to];
        if (!is_plain(edge) || was == RG_NONE || is_part(p->after, edge.to) ||
            !has_edge(p->before, b, was))
            continue;
        if (in_degree(p->after, edge.to) <= SHARED)
            return 1;
        found = 0;
    }
    return found;
}

static int by_referents_and_parts(const pairs *p, uint32_t b, uint32_t a)
{
    int found = by_referents(p, b, a);
    for (uint64_t e = rg_graph_edges_begin(p->after, a);
         e < rg_graph_edges_end(p->after, a) && found != 1; e++) {
        const rg_edge edge = rg_graph_edge(p->after, a, e);
        const uint32_t was = p->of_after[edge.to];
        if (!is_plain(edge) || !is_part(p->after, edge.to))
            continue;
        if (was == RG_NONE && by_referents(p, b, edge.to) == 1)
            return 1;
        if (was == RG_NONE || !has_edge(p->before, b, was))
            continue;
        found = by_referents(p, was, edge.to) < 0 ? -1 : 1;
    }
    return found;
}

static int by_referrers(const pairs *p, uint32_t b, uint32_t a)
{
    int found = 0;
    for (uint32_t u = 0; u < rg_graph_node_count(p->after); u++) {
        if (u == a || !has_edge(p->after, u, a))
            continue;
        if (p->of_after[u] != RG_NONE && has_edge(p->before, p->of_after[u], b))
            return 1;
        found = -1;
    }
    return in_degree(p->before, b) ? found : 0;
}

static bool has_other_items(const pairs *p, uint32_t b, uint32_t a)
{
    if (!has_flag(p->after, a, RG_TYPE_FIXED_ITEMS))
        return false;
    for (uint64_t i = 0; i < out_degree(p->after, a, false); i++)
        if (p->of_after[rg_graph_edge(p->after, a, rg_graph_edges_begin(p->after, a) + i).to] !=
            rg_graph_edge(p->before, b, rg_graph_edges_begin(p->before, b) + i).to)
            return true;
    return false;
}

static pairs oracle_pairs(const rg_graph *before, const rg_graph *after)
{
    pairs p = {.before = before, .after = after};
    memset(p.of_after, 0xFF, sizeof p.of_after);
    for (uint32_t a = 0; a < rg_graph_node_count(after); a++)
        for (uint32_t b = 0; b < rg_graph_node_count(before); b++)
            if (is_candidate(&p, b, a))
                p.of_after[a] = b;
    for (int look = 0; look < 2; look++) {
        pairs kept = p;
        for (uint32_t a = 0; a < rg_graph_node_count(after); a++) {
            const uint32_t b = p.of_after[a];
            if (b != RG_NONE &&
                (has_other_items(&p, b, a) ||
                 (by_referrers(&p, b, a) < 0 && by_referents_and_parts(&p, b, a) < 0)))
                kept.of_after[a] = RG_NONE;
        }
        p = kept;
    }
    return p;
}

/* ---- what begins where ---- */

typedef struct place {
    char text[TEXT];
    uint32_t type;
    uint64_t gained, lost, born, born_size, died, died_size;
} place;

typedef struct places {
    place items[3 * MOST];
    size_t count;
} places;

static void signature_of(const rg_graph *g, const rg_distances *d, uint32_t node, char *out)
{
    rg_signatures found = {0};
    assert_int_equal(rg_signatures_find(&found, g, d, &node, 1, NULL), RG_OK);
    snprintf(out, TEXT, "%.*s", (int)found.groups[0].text.size, found.groups[0].text.data);
    rg_signatures_dispose(&found);
}

static place *place_at(places *all, const char *text, uint32_t type)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].type == type && !strcmp(all->items[i].text, text))
            return &all->items[i];
    place *new = &all->items[all->count++];
    *new = (place){.type = type};
    strcpy(new->text, text);
    return new;
}

static uint32_t top_of(const rg_distances *d, const uint32_t *pair, uint32_t node)
{
    while (d->via[node] != RG_NONE && pair[d->via[node]] == RG_NONE)
        node = d->via[node];
    return node;
}

/* What went, in the words that its holder has now. */
static void name_gone(const pairs *p, const rg_distances *then, const rg_distances *now,
                      const uint32_t *of_before, uint32_t top, char *out)
{
    char was[TEXT], is[TEXT], rest[TEXT];
    const uint32_t holder = then->via[top];
    signature_of(p->before, then, top, out);
    if (holder == RG_NONE)
        return;
    signature_of(p->before, then, holder, was);
    signature_of(p->after, now, of_before[holder], is);
    if (strncmp(out, was, strlen(was)) != 0)
        return;
    strcpy(rest, out + strlen(was));
    snprintf(out, TEXT, "%.1000s%.1000s", is, rest);
}

static void find_places(places *all, const pairs *p, const rg_distances *then,
                        const rg_distances *now, const rg_growth *found)
{
    uint32_t of_before[MOST];
    char text[TEXT];
    memset(of_before, 0xFF, sizeof of_before);
    all->count = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(p->after); n++)
        if (p->of_after[n] != RG_NONE)
            of_before[p->of_after[n]] = n;
    for (uint32_t n = 0; n < rg_graph_node_count(p->after); n++) {
        assert_int_equal(found->point_of[n] == RG_NONE, p->of_after[n] != RG_NONE);
        if (p->of_after[n] != RG_NONE)
            continue;
        const uint32_t top = top_of(now, p->of_after, n);
        signature_of(p->after, now, top, text);
        place *at = place_at(all, text, rg_graph_node(p->after, top).type);
        at->gained += top == n;
        at->born++;
        at->born_size += rg_graph_node(p->after, n).size;
        const rg_growth_point *point = &found->points[found->point_of[n]];
        assert_int_equal(point->text.size, strlen(text));
        assert_memory_equal(point->text.data, text, strlen(text));
        assert_int_equal(point->type, rg_graph_node(p->after, top).type);
    }
    for (uint32_t n = 0; n < rg_graph_node_count(p->before); n++) {
        if (of_before[n] != RG_NONE)
            continue;
        const uint32_t top = top_of(then, of_before, n);
        name_gone(p, then, now, of_before, top, text);
        place *at = place_at(all, text, rg_graph_node(p->before, top).type);
        at->lost += top == n;
        at->died++;
        at->died_size += rg_graph_node(p->before, n).size;
    }
}

/* ---- compared ---- */

static double rank(double gain, double loss)
{
    const double net = gain - loss;
    return gain + loss > 0 ? net * (net < 0 ? -net : net) / (gain + loss) : 0;
}

static double rank_of(const rg_growth_point *p)
{
    return rank((double)p->born_size + (p->resized > 0 ? (double)p->resized : 0),
                (double)p->died_size + (p->resized < 0 ? -(double)p->resized : 0));
}

static void assert_places(const rg_growth *found, places *all)
{
    size_t only_resized = 0;
    uint64_t grown = 0;
    for (size_t i = 0; i < found->point_count; i++) {
        const rg_growth_point *p = &found->points[i];
        char text[TEXT];
        snprintf(text, sizeof text, "%.*s", (int)p->text.size, p->text.data);
        const size_t count = all->count;
        place *at = place_at(all, text, p->type == RG_NONE ? p->type_before : p->type);
        only_resized += all->count > count;
        assert_true(all->count == count || p->resized || p->holder != RG_NONE);
        assert_int_equal(p->gained, at->gained);
        assert_int_equal(p->lost, at->lost);
        assert_int_equal(p->born, at->born);
        assert_int_equal(p->born_size, at->born_size);
        assert_int_equal(p->died, at->died);
        assert_int_equal(p->died_size, at->died_size);
        assert_int_equal(p->example == RG_NONE, !p->gained);
        assert_true(p->holder_count <= p->gained);
        const int64_t more = (int64_t)(p->born_size - p->died_size) + p->resized;
        grown += more > 0 ? (uint64_t)more : 0;
        assert_true(!i || rank_of(p - 1) >= rank_of(p));
        for (size_t k = 0; k < i; k++) /* each place once */
            assert_true(found->points[k].id != p->id || found->points[k].type != p->type ||
                        found->points[k].type_before != p->type_before);
    }
    assert_int_equal(found->point_count, all->count);
    assert_int_equal(found->grown, grown);
    assert_true(only_resized <= found->point_count);
}

static void assert_sums(const rg_growth *g, const pairs *p)
{
    int64_t resized = 0;
    uint64_t sums[6] = {0};
    for (uint32_t n = 0; n < rg_graph_node_count(p->after); n++)
        if (p->of_after[n] != RG_NONE)
            resized += (int64_t)(rg_graph_node(p->after, n).size -
                                 rg_graph_node(p->before, p->of_after[n]).size);
    assert_int_equal(g->resized, resized);
    for (size_t i = 0; i < g->point_count; i++) {
        resized -= g->points[i].resized;
        sums[0] += g->points[i].born;
        sums[1] += g->points[i].died;
    }
    assert_int_equal(resized, 0);
    assert_int_equal(sums[0], g->born);
    assert_int_equal(sums[1], g->died);
    for (size_t i = 0; i < g->type_count; i++) {
        const rg_type_growth *t = &g->types[i];
        assert_int_equal(t->count, t->count_before + t->born - t->died);
        assert_int_equal(t->point == RG_NONE, !t->born);
        assert_int_equal(t->example == RG_NONE, !t->born);
        sums[2] += t->born;
        sums[3] += t->died;
        sums[4] += t->size;
        sums[5] += t->size_before;
    }
    assert_int_equal(sums[2], g->born);
    assert_int_equal(sums[3], g->died);
    assert_int_equal(sums[4], g->size);
    assert_int_equal(sums[5], g->size_before);
    assert_int_equal(g->count, rg_graph_node_count(p->after));
    assert_int_equal(g->count, g->count_before + g->born - g->died);
    assert_int_equal(g->size, g->size_before + g->born_size - g->died_size + (uint64_t)g->resized);
}

/* Node by node, whatever the function did in one pass. */
static void assert_types_of_point(const rg_growth *g, size_t point, const pairs *p,
                                  const rg_distances *now)
{
    rg_point_types found = {0};
    rg_point_type whole = {0};
    assert_int_equal(rg_point_types_find(&found, g, point, p->before, p->after, now, NULL), RG_OK);
    for (size_t i = 0; i < found.count; i++) {
        const rg_point_type *t = &found.items[i];
        rg_point_type sum = {.cost = RG_UNREACHED};
        for (uint32_t n = 0; n < g->node_count; n++)
            if (g->point_of[n] == point && rg_graph_node(p->after, n).type == t->after) {
                sum.born++;
                sum.born_size += rg_graph_node(p->after, n).size;
                sum.cost = now->cost[n] < sum.cost ? now->cost[n] : sum.cost;
            }
        for (uint32_t n = 0; n < g->node_count_before; n++)
            if (g->point_of_gone[n] == point && rg_graph_node(p->before, n).type == t->before) {
                sum.died++;
                sum.died_size += rg_graph_node(p->before, n).size;
            }
        assert_int_equal(t->born, sum.born);
        assert_int_equal(t->born_size, sum.born_size);
        assert_int_equal(t->died, sum.died);
        assert_int_equal(t->died_size, sum.died_size);
        assert_int_equal(t->cost, sum.cost);
        assert_true(t->born + t->died > 0);
        assert_true(!i || (int64_t)(t[-1].born_size - t[-1].died_size) >=
                              (int64_t)(t->born_size - t->died_size));
        whole.born += t->born;
        whole.died += t->died;
    }
    assert_int_equal(whole.born, g->points[point].born);
    assert_int_equal(whole.died, g->points[point].died);
    rg_point_types_dispose(&found);
}

/* Each edge is asked whether it is to be cut. */
static void assert_release_of_point(const rg_growth *g, size_t point, const rg_graph *after,
                                    const rg_distances *now)
{
    rg_release found = {0};
    rg_what_if expected = {0};
    uint64_t edges[4 * MOST];
    rg_removal removal = {.edges = edges};
    bool is_holder[MOST] = {false};
    uint64_t kept = 0;
    for (uint32_t n = 0; n < g->node_count; n++)
        if (g->point_of[n] == point && now->via[n] != RG_NONE &&
            g->point_of[now->via[n]] == RG_NONE)
            is_holder[now->via[n]] = true;
    char text[TEXT];
    char other[TEXT];
    bool is_like[MOST] = {false};
    for (uint32_t u = 0; u < g->node_count; u++)
        for (uint32_t n = 0; n < g->node_count && !is_holder[u]; n++) {
            if (!is_holder[n] || g->point_of[u] != RG_NONE)
                continue;
            signature_of(after, now, u, text);
            signature_of(after, now, n, other);
            is_like[u] = is_like[u] || !strcmp(text, other);
        }
    for (uint32_t n = 0; n < g->node_count; n++)
        is_holder[n] = is_holder[n] || is_like[n];
    for (uint32_t n = 0; n < g->node_count; n++)
        for (uint64_t e = rg_graph_edges_begin(after, n); e < rg_graph_edges_end(after, n); e++) {
            const uint32_t to = rg_graph_edge(after, n, e).to;
            const bool is_top = g->point_of[to] == point && now->via[to] != RG_NONE &&
                                g->point_of[now->via[to]] == RG_NONE;
            if (is_holder[n] && is_top)
                edges[removal.edge_count++] = e;
        }
    assert_int_equal(rg_what_if_find(&expected, after, &removal, NULL), RG_OK);
    assert_int_equal(rg_release_find(&found, g, &point, 1, after, now, NULL), RG_OK);
    assert_int_equal(found.gone.count, expected.count);
    if (expected.count)
        assert_memory_equal(found.gone.nodes, expected.nodes, 4 * expected.count);
    for (uint32_t n = 0; n < g->node_count; n++) {
        const uint32_t via = now->via[n];
        bool goes = false;
        for (size_t i = 0; i < expected.count; i++)
            goes = goes || expected.nodes[i] == n;
        kept += g->point_of[n] == point && via != RG_NONE && g->point_of[via] == RG_NONE && !goes;
    }
    assert_int_equal(found.kept, kept);
    assert_int_equal(found.example == RG_NONE, !kept);
    assert_true(found.keeper == RG_NONE || found.keeper != found.example);
    rg_release_dispose(&found);
    rg_what_if_dispose(&expected);
}

static void between_random_graphs_places_and_sums_are_those_of_the_oracle(void **state)
{
    (void)state;
    static places all;
    randomness random = {11};
    for (int i = 0; i < ROUNDS; i++) {
        const world w = random_world(&random);
        rg_graph *before = graph_of(&w, 0);
        rg_graph *after = graph_of(&w, 1);
        rg_distances then = sample_distances(before, RG_STRENGTH_INFRASTRUCTURE);
        rg_distances now = sample_distances(after, RG_STRENGTH_INFRASTRUCTURE);
        rg_growth found = {0};
        assert_int_equal(rg_growth_find(&found, before, &then, after, &now, NULL), RG_OK);
        const pairs p = oracle_pairs(before, after);
        find_places(&all, &p, &then, &now, &found);
        assert_places(&found, &all);
        assert_sums(&found, &p);
        for (size_t k = 0; k < found.point_count; k++) {
            assert_types_of_point(&found, k, &p, &now);
            assert_release_of_point(&found, k, after, &now);
        }
        rg_growth_dispose(&found);
        rg_distances_dispose(&then);
        rg_distances_dispose(&now);
        rg_graph_free(before);
        rg_graph_free(after);
    }
}

/* Three graphs in a row: what came between the first two and is there in the third. */
static void what_lasts_is_what_came_and_stayed(void **state)
{
    (void)state;
    randomness random = {12};
    for (int i = 0; i < ROUNDS; i++) {
        world w = random_world(&random);
        rg_graph *before = graph_of(&w, 0);
        rg_graph *after = graph_of(&w, 1);
        for (uint32_t k = 0; k < w.slot_count; k++)
            w.slots[k].is_in[1] =
                random_below(&random, 4) ? w.slots[k].is_in[1] : !w.slots[k].is_in[1];
        rg_graph *later = graph_of(&w, 1);
        const pairs span = oracle_pairs(before, after);
        const pairs rest = oracle_pairs(after, later);
        rg_node_list found = {0};
        assert_int_equal(rg_lasting_find(&found, before, after, later, NULL), RG_OK);
        size_t next = 0;
        for (uint32_t n = 0; n < rg_graph_node_count(later); n++) {
            const uint32_t was = rest.of_after[n];
            if (was != RG_NONE && span.of_after[was] == RG_NONE) {
                assert_true(next < found.count);
                assert_int_equal(found.items[next++], n);
            }
        }
        assert_int_equal(next, found.count);
        rg_node_list_dispose(&found);
        rg_graph_free(before);
        rg_graph_free(after);
        rg_graph_free(later);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_random_graphs_places_and_sums_are_those_of_the_oracle),
        cmocka_unit_test(what_lasts_is_what_came_and_stayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
