/* Monitors: every analysis reports, stops when it is told to, and leaves nothing behind. */
#include <refgraph/analysis.h>

#include "analysis/sort.h"
#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

#include <string.h>

/* ---- a monitor that stops at the n-th report ---- */

typedef struct stopper {
    size_t stop_at, count;
    bool is_wrong; /* done is above total, or a phase has no name */
} stopper;

static bool report(void *context, const char *phase, uint64_t done, uint64_t total)
{
    stopper *s = context;
    s->is_wrong = s->is_wrong || !phase || !*phase || (total && done > total);
    return s->count++ >= s->stop_at;
}

/* ---- the analyses ---- */

typedef struct scene {
    const rg_graph *graph; /* watched */
    rg_graph *plain, *earlier;
    rg_distances distances, earlier_distances;
    rg_retained retained;
    rg_cycles cycles;
    rg_growth growth;
    uint32_t *targets;
    size_t target_count;
} scene;

typedef rg_status question(const scene *s, const rg_allocator *a);

/* A function that asks, and disposes of the answer. */
#define QUESTION(name, type, call)                               \
    static rg_status name(const scene *s, const rg_allocator *a) \
    {                                                            \
        type found = {0};                                        \
        const rg_status status = call;                           \
        type##_dispose(&found);                                  \
        return status;                                           \
    }

QUESTION(ask_scc, rg_scc, rg_scc_find(&found, s->graph, RG_STRENGTH_INFRASTRUCTURE, a))
QUESTION(ask_distances, rg_distances,
         rg_distances_find(&found, s->graph, RG_STRENGTH_INFRASTRUCTURE, a))
QUESTION(ask_retained, rg_retained, rg_retained_find(&found, s->graph, a))
QUESTION(ask_totals, rg_retained_totals,
         rg_retained_totals_find(&found, s->graph, &s->retained, RG_BY_TYPE, a))
QUESTION(ask_top, rg_node_list, rg_retained_top_find(&found, s->graph, &s->retained, 5, a))
QUESTION(ask_owners, rg_owners, rg_owners_find(&found, s->graph, &s->retained, a))
QUESTION(ask_accumulations, rg_accumulations,
         rg_accumulations_find(&found, s->graph, &s->retained, 1, 9, a))
QUESTION(ask_cycles, rg_cycles, rg_cycles_find(&found, s->graph, NULL, a))
QUESTION(ask_chains, rg_chains,
         rg_chains_find(&found, s->graph, &s->distances, s->targets[0], 5, a))
QUESTION(ask_dag, rg_subgraph,
         rg_shortest_dag_find(&found, s->graph, &s->distances, s->targets[0], 0, a))
QUESTION(ask_signatures, rg_signatures,
         rg_signatures_find(&found, s->graph, &s->distances, s->targets, s->target_count, a))
QUESTION(ask_types, rg_type_totals, rg_type_totals_find(&found, s->graph, a))
QUESTION(ask_among, rg_type_totals,
         rg_nodes_totals_find(&found, s->graph, s->targets, s->target_count, a))
QUESTION(ask_sites, rg_site_totals,
         rg_site_totals_find(&found, s->graph, s->targets, s->target_count, a))
QUESTION(ask_referrers, rg_edge_list,
         rg_referrers_find(&found, s->graph, s->targets[0], RG_STRENGTH_WEAK, a))
QUESTION(ask_growth, rg_growth,
         rg_growth_find(&found, s->earlier, &s->earlier_distances, s->graph, &s->distances, a))
QUESTION(ask_born, rg_node_list, rg_born_find(&found, s->earlier, s->graph, a))
QUESTION(ask_lasting, rg_node_list, rg_lasting_find(&found, s->earlier, s->plain, s->graph, a))

static rg_status ask_what_if(const scene *s, const rg_allocator *a)
{
    rg_what_if found = {0};
    const rg_removal removal = {.nodes = s->targets, .node_count = 1};
    const rg_status status = rg_what_if_find(&found, s->graph, &removal, a);
    rg_what_if_dispose(&found);
    return status;
}

static rg_status ask_reached(const scene *s, const rg_allocator *a)
{
    rg_reached found = {0};
    return rg_reached_find(&found, s->graph, s->targets, s->target_count, a);
}

/* Of the first and the last node, by dominators of their part. */
static rg_status ask_retained_some(const scene *s, const rg_allocator *a)
{
    rg_retained_sum sums[2];
    const uint32_t nodes[] = {s->targets[0], s->targets[s->target_count - 1]};
    return rg_retained_some_find(sums, s->graph, nodes, 2, UINT32_MAX, a);
}

static rg_status ask_retained_one(const scene *s, const rg_allocator *a)
{
    rg_retained_sum sum;
    return rg_retained_some_find(&sum, s->graph, s->targets, 1, 0, a);
}

static rg_status ask_of_type(const scene *s, const rg_allocator *a)
{
    rg_node_list found = {0};
    const uint32_t type = 0;
    const rg_status status = rg_type_nodes_find(&found, s->graph, &type, 1, a);
    rg_node_list_dispose(&found);
    return status;
}

static rg_status ask_check(const scene *s, const rg_allocator *a)
{
    (void)a;
    return rg_graph_check(s->graph, NULL);
}

static rg_status ask_release(const scene *s, const rg_allocator *a)
{
    rg_release found = {0};
    const size_t point = 0;
    if (!s->growth.point_count)
        return RG_OK;
    const rg_status status =
        rg_release_find(&found, &s->growth, &point, 1, s->graph, &s->distances, a);
    rg_release_dispose(&found);
    return status;
}

static rg_status ask_selection(const scene *s, const rg_allocator *a)
{
    rg_cycles found = {0};
    const rg_cycle_filter filter = {0};
    const rg_status status = rg_cycles_select(&found, &s->cycles, s->graph, &filter, a);
    rg_cycles_dispose(&found);
    return status;
}

/* Everything about the first cycle. */
static rg_status ask_cycle(const scene *s, const rg_allocator *a)
{
    rg_cycle_path path = {0};
    rg_cut cut = {0};
    rg_finalizers finalizers = {0};
    rg_node_list kept = {0};
    if (!s->cycles.count)
        return RG_OK;
    rg_status status = rg_cycle_path_find(&path, s->graph, &s->cycles, 0, a);
    if (!status)
        status = rg_cycle_cut_find(&cut, s->graph, &s->cycles, 0, a);
    if (!status)
        status = rg_cycle_finalizers_find(&finalizers, s->graph, &s->cycles, 0, a);
    if (!status)
        status = rg_cycle_kept_find(&kept, s->graph, &s->cycles, 0, a);
    rg_node_list_dispose(&kept);
    rg_finalizers_dispose(&finalizers);
    rg_cut_dispose(&cut);
    rg_cycle_path_dispose(&path);
    return status;
}

static const struct {
    const char *name;
    question *ask;
} questions[] = {
    {"components", ask_scc},
    {"distances", ask_distances},
    {"retained", ask_retained},
    {"retained of some", ask_retained_some},
    {"retained of one", ask_retained_one},
    {"retained totals", ask_totals},
    {"retained top", ask_top},
    {"owners", ask_owners},
    {"accumulations", ask_accumulations},
    {"cycles", ask_cycles},
    {"selected cycles", ask_selection},
    {"one cycle", ask_cycle},
    {"chains", ask_chains},
    {"shortest chains", ask_dag},
    {"signatures", ask_signatures},
    {"types", ask_types},
    {"types among", ask_among},
    {"nodes of types", ask_of_type},
    {"sites", ask_sites},
    {"referrers", ask_referrers},
    {"reached", ask_reached},
    {"growth", ask_growth},
    {"release", ask_release},
    {"born", ask_born},
    {"lasting", ask_lasting},
    {"what if", ask_what_if},
    {"check", ask_check},
};

/* ---- stopping ---- */

static scene scene_of(randomness *random, uint32_t nodes)
{
    scene s = {.plain = heap_random(random, nodes), .earlier = heap_random(random, nodes)};
    const uint32_t count = rg_graph_node_count(s.plain);
    s.targets = malloc((count + 1) * sizeof *s.targets);
    assert_non_null(s.targets);
    for (uint32_t n = 0; n < count; n++)
        s.targets[s.target_count++] = n;
    s.graph = s.plain;
    s.distances = sample_distances(s.plain, RG_STRENGTH_INFRASTRUCTURE);
    s.earlier_distances = sample_distances(s.earlier, RG_STRENGTH_INFRASTRUCTURE);
    assert_int_equal(rg_retained_find(&s.retained, s.plain, NULL), RG_OK);
    assert_int_equal(rg_cycles_find(&s.cycles, s.plain, NULL, NULL), RG_OK);
    assert_int_equal(
        rg_growth_find(&s.growth, s.earlier, &s.earlier_distances, s.plain, &s.distances, NULL),
        RG_OK);
    return s;
}

static void scene_dispose(scene *s)
{
    rg_growth_dispose(&s->growth);
    rg_cycles_dispose(&s->cycles);
    rg_retained_dispose(&s->retained);
    rg_distances_dispose(&s->distances);
    rg_distances_dispose(&s->earlier_distances);
    rg_graph_free(s->plain);
    rg_graph_free(s->earlier);
    free(s->targets);
}

/* Ask with a monitor that stops at the 1st report, the 2nd, … until it no longer does. */
static void stop_everywhere(scene *s, question *ask, const char *name)
{
    for (size_t n = 0;; n++) {
        stopper stop = {.stop_at = n};
        const rg_monitor monitor = {.context = &stop, .report = report, .every = 1};
        rg_graph *watched = NULL;
        oom memory = oom_counting();
        const rg_allocator allocator = oom_allocator(&memory);
        assert_int_equal(rg_graph_watched(&watched, s->plain, &monitor), RG_OK);
        s->graph = watched;
        const rg_status status = ask(s, &allocator);
        rg_graph_free(watched);
        if (memory.live_bytes || memory.wrong_sizes || stop.is_wrong || (!n && !stop.count))
            fail_msg("%s, stopped at report %zu", name, n);
        if (stop.count <= n) {
            assert_int_equal(status, RG_OK);
            return;
        }
        if (status != RG_ERR_CANCELLED)
            fail_msg("%s, stopped at report %zu: status %d", name, n, (int)status);
        assert_true(stop.count <=
                    n + 8); /* phases that begin though they will not be gone on with */
    }
}

static void every_analysis_may_be_stopped_at_every_report(void **state)
{
    (void)state;
    randomness random = {11};
    for (int round = 0; round < 12; round++) {
        scene s = scene_of(&random, 24);
        for (size_t i = 0; i < COUNT_OF(questions); i++)
            if (s.target_count)
                stop_everywhere(&s, questions[i].ask, questions[i].name);
        scene_dispose(&s);
    }
}

static void a_large_graph_is_stopped_soon_after_the_report(void **state)
{
    (void)state;
    rg_graph *g = sample_star(MILLION);
    for (size_t n = 0; n < 200; n += 7) {
        stopper stop = {.stop_at = n};
        const rg_monitor monitor = {.context = &stop, .report = report};
        rg_graph *watched = NULL;
        rg_retained found = {0};
        assert_int_equal(rg_graph_watched(&watched, g, &monitor), RG_OK);
        assert_int_equal(rg_retained_find(&found, watched, NULL), RG_ERR_CANCELLED);
        assert_true(stop.count == n + 1);
        rg_graph_free(watched);
    }
    rg_graph_free(g);
}

/* ---- what a watched graph is ---- */

static void a_watched_graph_is_the_graph_and_frees_nothing_of_it(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(10);
    rg_graph *watched = NULL;
    stopper never = {.stop_at = SIZE_MAX};
    const rg_monitor monitor = {.context = &never, .report = report};
    assert_int_equal(rg_graph_watched(&watched, g, &monitor), RG_OK);
    assert_int_equal(rg_graph_node_count(watched), 10);
    assert_int_equal(rg_graph_edge_count(watched), rg_graph_edge_count(g));
    rg_distances found = sample_distances(watched, RG_STRENGTH_OWN);
    assert_true(never.count > 0);
    rg_graph_free(watched);
    assert_int_equal(found.cost[9], 9);
    rg_chains chains = {0};
    assert_int_equal(rg_chains_find(&chains, g, &found, 9, 3, NULL), RG_OK);
    assert_int_equal(chains.count, 1);
    rg_chains_dispose(&chains);
    rg_distances_dispose(&found);
    const rg_monitor none = {0};
    assert_int_equal(rg_graph_watched(&watched, g, &none), RG_ERR_ARGUMENT);
    rg_graph_free(g);
}

/* ---- sorting ---- */

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void what_is_sorted_in_pieces_is_sorted(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    static uint32_t items[MOST], expected[MOST];
    rg_graph *g = sample_chain(2);
    rg_graph *watched = NULL;
    stopper never = {.stop_at = SIZE_MAX};
    const rg_monitor monitor = {.context = &never, .report = report};
    const rg_allocator a = rg_allocator_default();
    randomness random = {5};
    assert_int_equal(rg_graph_watched(&watched, g, &monitor), RG_OK);
    for (size_t count = 0; count <= MOST; count = 3 * count + 1) {
        for (size_t i = 0; i < count; i++)
            items[i] = expected[i] = random_below(&random, MOST);
        rg__watch watch = rg__watch_begin(watched, "sort", count);
        if (count)
            qsort(expected, count, sizeof *expected, by_number);
        assert_int_equal(rg__sort_watched(items, count, sizeof *items, by_number, &watch, &a),
                         RG_OK);
        assert_int_equal(memcmp(items, expected, count * sizeof *items), 0);
    }
    rg_graph_free(watched);
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_analysis_may_be_stopped_at_every_report),
        cmocka_unit_test(a_large_graph_is_stopped_soon_after_the_report),
        cmocka_unit_test(a_watched_graph_is_the_graph_and_frees_nothing_of_it),
        cmocka_unit_test(what_is_sorted_in_pieces_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
