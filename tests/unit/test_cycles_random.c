/* Cycles of random heaps, beside sets of nodes and a collector that is played through. */
#include <stdio.h>

#include "cycle_oracle.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

enum { HEAPS = SANITIZED ? 4000 : 30000, TOTALS_MOST = 64 };

static uint64_t members_of(const rg_cycles *c, size_t i)
{
    uint64_t set = 0;
    for (uint32_t m = 0; m < c->items[i].count; m++)
        set |= UINT64_C(1) << c->members[c->items[i].first + m];
    return set;
}

static void assert_cycle(const cycle_oracle *o, const rg_cycles *found, size_t i)
{
    const rg_cycle *c = &found->items[i];
    const uint32_t *members = found->members + c->first;
    for (uint32_t m = 1; m < c->count; m++)
        assert_true(members[m - 1] < members[m]);
    const uint64_t set = members_of(found, i);
    assert_true(set == cycle_oracle_cycle(o, members[0]));
    const rg_cycle expected = cycle_oracle_describe(o, set);
    assert_int_equal(c->count, expected.count);
    assert_int_equal(c->flags, expected.flags);
    assert_int_equal(c->verdict, expected.verdict);
    assert_int_equal(c->generations, expected.generations);
    assert_int_equal(c->freed_by, expected.freed_by);
    assert_true(c->size == expected.size);
    assert_true(c->kept_count == expected.kept_count);
    assert_true(c->kept_size == expected.kept_size);
}

/* Every cycle once, and nothing else. */
static void assert_all_are_found(const cycle_oracle *o, const rg_cycles *found)
{
    size_t count = 0;
    size_t member_count = 0;
    uint64_t all = 0;
    for (uint32_t n = 0; n < o->count; n++) {
        const uint64_t members = cycle_oracle_cycle(o, n);
        if (members && !(members & ((UINT64_C(1) << n) - 1)))
            count++;
        member_count += members != 0;
    }
    assert_int_equal(found->count, count);
    assert_int_equal(found->member_count, member_count);
    for (size_t i = 0; i < found->count; i++) {
        const uint64_t set = members_of(found, i);
        assert_true(!(set & all));
        all |= set;
    }
}

static uint64_t garbage_set(const rg_cycles *found)
{
    uint64_t set = 0;
    for (size_t i = 0; i < found->garbage_count; i++) {
        assert_true(!i || found->garbage[i - 1] < found->garbage[i]);
        set |= UINT64_C(1) << found->garbage[i];
    }
    return set;
}

static void assert_garbage(const cycle_oracle *o, const rg_cycles *found)
{
    const uint64_t set = garbage_set(found);
    assert_true(set == o->freed[2]);
    assert_true(found->garbage_size == cycle_oracle_size(o, set));
}

/* ---- groups ---- */

static void assert_sums(const rg_cycles *c, const rg_cycle_group *group)
{
    rg_cycle_group sum = {.flags = UINT32_MAX};
    for (uint32_t k = 0; k < group->count; k++) {
        const rg_cycle *cycle = &c->items[group->first + k];
        sum.flags &= cycle->flags;
        sum.generations |= cycle->generations;
        sum.object_count += cycle->count;
        sum.size += cycle->size;
        sum.kept_count += cycle->kept_count;
        sum.kept_size += cycle->kept_size;
        assert_int_equal(cycle->verdict, group->verdict);
        assert_true(&c->groups[cycle->group] == group);
        if (k)
            assert_true(cycle[-1].count <= cycle->count);
    }
    assert_int_equal(group->flags, sum.flags);
    assert_int_equal(group->generations, sum.generations);
    assert_true(group->object_count == sum.object_count);
    assert_true(group->size == sum.size);
    assert_true(group->kept_count == sum.kept_count);
    assert_true(group->kept_size == sum.kept_size);
}

/* Whether `a` may stand before `b`: the worse verdict; classes last; more memory; more
 * cycles. */
static bool are_in_order(const rg_cycle_group *a, const rg_cycle_group *b)
{
    if (a->verdict != b->verdict)
        return a->verdict < b->verdict;
    const bool classes[] = {a->flags & RG_CYCLE_OF_CLASS, b->flags & RG_CYCLE_OF_CLASS};
    if (classes[0] != classes[1])
        return classes[1];
    const uint64_t sizes[] = {a->size + a->kept_size, b->size + b->kept_size};
    return sizes[0] != sizes[1] ? sizes[0] > sizes[1] : a->count >= b->count;
}

static void assert_groups_are_whole(const rg_cycles *c)
{
    uint32_t next = 0;
    for (size_t g = 0; g < c->group_count; g++) {
        assert_int_equal(c->groups[g].first, next);
        assert_true(c->groups[g].count > 0);
        next += c->groups[g].count;
        assert_sums(c, &c->groups[g]);
        if (g)
            assert_true(are_in_order(&c->groups[g - 1], &c->groups[g]));
    }
    assert_int_equal(next, c->count);
}

static void assert_groups_are_shapes(const cycle_oracle *o, const rg_cycles *c)
{
    char *shapes[HEAP_MOST] = {NULL};
    for (size_t i = 0; i < c->count; i++)
        shapes[i] = cycle_oracle_shape(o, members_of(c, i));
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < i; k++)
            assert_true((c->items[i].group == c->items[k].group) == !strcmp(shapes[i], shapes[k]));
    for (size_t i = 0; i < c->count; i++)
        free(shapes[i]);
}

/* ---- one cycle ---- */

static void assert_kept(const cycle_oracle *o, const rg_cycles *c, size_t i)
{
    rg_node_list kept = {0};
    uint64_t set = 0;
    assert_int_equal(rg_cycle_kept_find(&kept, o->g, c, i, NULL), RG_OK);
    for (size_t k = 0; k < kept.count; k++) {
        assert_true(!k || kept.items[k - 1] < kept.items[k]);
        set |= UINT64_C(1) << kept.items[k];
    }
    assert_true(set == cycle_oracle_kept(o, members_of(c, i)));
    rg_node_list_dispose(&kept);
}

static void assert_finalizers(const cycle_oracle *o, const rg_cycles *c, size_t i)
{
    rg_finalizers found = {0};
    size_t next = 0;
    assert_int_equal(rg_cycle_finalizers_find(&found, o->g, c, i, NULL), RG_OK);
    for (uint32_t m = 0; m < c->items[i].count; m++) {
        const uint32_t node = c->members[c->items[i].first + m];
        for (int kind = 0; kind < RG_FINALIZER_COUNT; kind++) {
            if (!cycle_oracle_has_finalizer(o, node, (rg_finalizer_kind)kind))
                continue;
            assert_true(next < found.count);
            assert_int_equal(found.items[next].node, node);
            assert_int_equal(found.items[next].kind, kind);
            assert_int_equal(found.items[next].has_run,
                             kind == RG_FINALIZER_DEL &&
                                 rg_graph_node(o->g, node).flags & RG_NODE_FINALIZED);
            next++;
        }
    }
    assert_int_equal(found.count, next);
    rg_finalizers_dispose(&found);
}

static void assert_types(const cycle_oracle *o, const rg_cycles *c, size_t i)
{
    rg_type_totals totals = {0};
    const uint64_t set = members_of(c, i);
    assert_int_equal(rg_cycle_types_find(&totals, o->g, c, i, NULL), RG_OK);
    assert_int_equal(totals.count, rg_graph_type_count(o->g));
    for (uint32_t t = 0; t < totals.count; t++) {
        rg_type_total expected = {.first = RG_NONE, .largest = RG_NONE};
        for (uint32_t n = o->count; n-- > 0;) {
            if (!set_has(set, n) || rg_graph_node(o->g, n).type != t)
                continue;
            expected.count++;
            expected.size += rg_graph_node(o->g, n).size;
            expected.first = n;
            if (expected.count == 1 ||
                rg_graph_node(o->g, n).size >= rg_graph_node(o->g, expected.largest).size)
                expected.largest = n;
        }
        assert_true(totals.items[t].count == expected.count);
        assert_true(totals.items[t].size == expected.size);
        assert_int_equal(totals.items[t].first, expected.first);
        assert_int_equal(totals.items[t].largest, expected.largest);
    }
    rg_type_totals_dispose(&totals);
}

static void assert_nearest(const cycle_oracle *o, const rg_cycles *c, size_t i,
                           const rg_distances *d)
{
    const uint32_t nearest = rg_cycle_nearest(c, i, d);
    const uint64_t set = members_of(c, i);
    assert_true(set_has(set, nearest));
    for (uint32_t n = 0; n < o->count; n++)
        if (set_has(set, n))
            assert_true(d->cost[nearest] < d->cost[n] ||
                        (d->cost[nearest] == d->cost[n] && nearest <= n));
}

static void random_heaps_agree_with_sets_and_a_literal_collector(void **state)
{
    (void)state;
    randomness random = {11};
    uint64_t verdicts[RG_VERDICT_COUNT] = {0};
    uint64_t alike = 0;
    for (int h = 0; h < HEAPS; h++) {
        rg_graph *g = heap_random(&random, h % 10 ? 14 : HEAP_MOST);
        const cycle_oracle o = cycle_oracle_of(g);
        const rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        rg_cycles found = heap_cycles(g);
        assert_all_are_found(&o, &found);
        assert_garbage(&o, &found);
        assert_groups_are_whole(&found);
        assert_groups_are_shapes(&o, &found);
        for (size_t i = 0; i < found.count; i++) {
            assert_cycle(&o, &found, i);
            assert_kept(&o, &found, i);
            assert_finalizers(&o, &found, i);
            assert_types(&o, &found, i);
            assert_nearest(&o, &found, i, &d);
            verdicts[found.items[i].verdict]++;
        }
        alike += found.count - found.group_count;
        rg_cycles_dispose(&found);
        rg_distances d2 = d;
        rg_distances_dispose(&d2);
        rg_graph_free(g);
    }
    for (int v = 0; v < RG_VERDICT_COUNT; v++) /* every fate was met, and often */
        assert_true(verdicts[v] > HEAPS / 100);
    assert_true(alike > HEAPS / 20);
}

/* ---- selecting ---- */

typedef struct wish {
    rg_cycle_filter filter;
    uint32_t types[3];
    uint32_t known[HEAP_MOST];
} wish;

static void make_wish(wish *w, randomness *random, const rg_graph *g, const rg_cycles *all)
{
    *w = (wish){0};
    const uint32_t flags =
        all->count ? all->items[random_below(random, (uint32_t)all->count)].flags : RG_CYCLE_IN_USE;
    if (!random_below(random, 3))
        w->filter.with = flags & (uint32_t)random_next(random);
    if (!random_below(random, 3))
        w->filter.without = ~flags & (uint32_t)random_next(random) & (uint32_t)random_next(random);
    if (!random_below(random, 3)) {
        w->filter.types = w->types;
        w->filter.type_count = random_below(random, COUNT_OF(w->types) + 1);
        for (size_t i = 0; i < w->filter.type_count; i++)
            w->types[i] = random_below(random, rg_graph_type_count(g));
    }
    if (!random_below(random, 3)) {
        w->filter.known = w->known;
        for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
            if (random_below(random, 3))
                w->known[w->filter.known_count++] = n;
    }
}

static bool is_wished(const wish *w, const rg_graph *g, const rg_cycles *c, size_t i)
{
    const rg_cycle_filter *f = &w->filter;
    bool has_type = !f->types;
    bool has_unknown = false;
    for (uint32_t m = 0; m < c->items[i].count; m++) {
        const uint32_t node = c->members[c->items[i].first + m];
        bool is_known = false;
        for (size_t k = 0; k < f->type_count; k++)
            has_type = has_type || rg_graph_node(g, node).type == f->types[k];
        for (size_t k = 0; k < f->known_count; k++)
            is_known = is_known || f->known[k] == node;
        has_unknown = has_unknown || !is_known;
    }
    return has_type && has_unknown && (c->items[i].flags & f->with) == f->with &&
           !(c->items[i].flags & f->without);
}

/* The position of a cycle of `all` in a selection, or its count. */
static size_t place_in(const rg_cycles *selected, const rg_cycles *all, size_t i)
{
    size_t k = 0;
    while (k < selected->count &&
           selected->members[selected->items[k].first] != all->members[all->items[i].first])
        k++;
    return k;
}

/* What a selection's isolated cycles are and reach, of the garbage of the whole. */
static uint64_t garbage_of(const rg_graph *g, const rg_cycles *all, const rg_cycles *selected)
{
    uint64_t reached = 0, before;
    for (size_t i = 0; i < selected->count; i++)
        if (selected->items[i].flags & RG_CYCLE_ISOLATED)
            reached |= members_of(selected, i);
    do {
        before = reached;
        for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
            for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
                const rg_edge edge = rg_graph_edge(g, u, e);
                if (set_has(reached, u) && edge.strength != RG_STRENGTH_WEAK)
                    reached |= UINT64_C(1) << edge.to;
            }
    } while (reached != before);
    return reached & garbage_set(all);
}

static void assert_selection(const wish *w, const rg_graph *g, const rg_cycles *all)
{
    rg_cycles s = {0};
    size_t wanted = 0;
    assert_int_equal(rg_cycles_select(&s, all, g, &w->filter, NULL), RG_OK);
    for (size_t i = 0; i < all->count; i++) {
        const size_t k = place_in(&s, all, i);
        assert_true((k < s.count) == is_wished(w, g, all, i));
        if (k == s.count)
            continue;
        wanted++;
        assert_true(members_of(&s, k) == members_of(all, i));
        rg_cycle expected = all->items[i];
        expected.first = s.items[k].first;
        expected.group = s.items[k].group;
        assert_memory_equal(&s.items[k], &expected, sizeof expected);
        for (size_t j = 0; j < i; j++) { /* what was together stays together */
            const size_t l = place_in(&s, all, j);
            if (l < s.count)
                assert_true((s.items[k].group == s.items[l].group) ==
                            (all->items[i].group == all->items[j].group));
        }
    }
    assert_int_equal(s.count, wanted);
    assert_groups_are_whole(&s);
    const uint64_t garbage = garbage_of(g, all, &s);
    uint64_t size = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        size += set_has(garbage, n) ? rg_graph_node(g, n).size : 0;
    assert_true(garbage_set(&s) == garbage);
    assert_true(s.garbage_size == size);
    rg_cycles_dispose(&s);
}

static void a_selection_has_what_the_filter_wants_in_the_groups_of_the_whole(void **state)
{
    (void)state;
    randomness random = {12};
    for (int h = 0; h < HEAPS / 2; h++) {
        rg_graph *g = heap_random(&random, h % 10 ? 14 : HEAP_MOST);
        rg_cycles all = heap_cycles(g);
        wish w;
        make_wish(&w, &random, g, &all);
        assert_selection(&w, g, &all);
        rg_cycles_dispose(&all);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_heaps_agree_with_sets_and_a_literal_collector),
        cmocka_unit_test(a_selection_has_what_the_filter_wants_in_the_groups_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
