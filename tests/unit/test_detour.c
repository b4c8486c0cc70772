/* Whether a way leads around avoided nodes, and what is remembered of it, against plain search in small graphs. */
#include "analysis/detour.h"
#include "analysis/search.h"

#include "drawing.h"
#include "oracle.h"
#include "random.h"
#include "samples.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, NODES = 20 /* with dicts fewer than MOST */ };

typedef struct avoidance {
    rg__node_set nodes;
    bool is_in[MOST];
} avoidance;

static void avoid(avoidance *self, uint32_t node)
{
    uint32_t ordinal = 0;
    assert_int_equal(rg__node_set_add(&self->nodes, &ordinal, node), RG_OK);
    self->is_in[node] = true;
}

/* Up to three nodes, and those of `more`. */
static avoidance avoidance_of(randomness *random, uint32_t node_count, const avoidance *more)
{
    avoidance a = {.nodes.allocator = rg_allocator_default()};
    for (uint32_t n = 0; more && n < node_count; n++)
        if (more->is_in[n])
            avoid(&a, n);
    for (uint32_t i = random_below(random, 4); i > 0; i--)
        avoid(&a, random_below(random, node_count));
    return a;
}

static rg__queue waiting_of(randomness *random, uint32_t node_count, const avoidance *around)
{
    rg__queue waiting = {.allocator = rg_allocator_default()};
    for (uint32_t i = random_below(random, 3); i > 0; i--) {
        const uint32_t node = random_below(random, node_count);
        if (!around->is_in[node])
            assert_int_equal(rg__queue_add(&waiting, &(rg__queue_entry){.node = node}), RG_OK);
    }
    return waiting;
}

/* Whether no root reaches what waits around the avoided nodes, by Bellman and Ford. */
static bool are_closed(const rg_graph *g, const avoidance *around, const rg__queue *waiting)
{
    uint64_t cost[MOST];
    bool closed = true;
    oracle_costs(g, RG_STRENGTH_INFRASTRUCTURE, around->is_in, cost);
    for (size_t i = 0; i < waiting->count; i++)
        closed = closed && cost[waiting->items[i].node] == RG_UNREACHED;
    return closed;
}

/* Turns of a few edges each, until the detour knows. */
static bool ask(const rg_graph *g, const rg_distances *d, const avoidance *around,
                const rg__queue *waiting, uint64_t nodes_a_turn)
{
    rg__detour detour = {
        .graph = g, .distances = d, .avoided = &around->nodes, .allocator = rg_allocator_default()};
    uint64_t work = 0;
    bool is_closed = false;
    while (!is_closed && !detour.is_over)
        assert_int_equal(rg__detour_go(&detour, waiting, nodes_a_turn, &work, &is_closed), RG_OK);
    assert_true(work > 0);
    rg__detour_dispose(&detour);
    return is_closed;
}

static void check_graph(randomness *random, const rg_graph *g, const rg_distances *d)
{
    const uint32_t count = rg_graph_node_count(g);
    if (!count)
        return;
    avoidance last = {.nodes.allocator = rg_allocator_default()};
    for (int k = 0; k < 40; k++) { /* more barriers than are kept */
        avoidance around = avoidance_of(random, count, k % 2 ? &last : NULL);
        rg__queue waiting = waiting_of(random, count, &around);
        const bool closed = are_closed(g, &around, &waiting);
        if (rg__barriers_hide(d->barriers, &around.nodes, &waiting)) {
            assert_true(closed);
        } else {
            assert_int_equal(ask(g, d, &around, &waiting, 1 + random_below(random, 2)), closed);
            assert_true(!closed || rg__barriers_hide(d->barriers, &around.nodes, &waiting));
        }
        rg__queue_dispose(&waiting);
        rg__node_set_dispose(&last.nodes);
        last = around;
    }
    rg__node_set_dispose(&last.nodes);
}

static void a_way_is_closed_if_plain_search_finds_none_and_so_it_is_when_remembered(void **state)
{
    (void)state;
    randomness random = {21};
    for (int i = 0; i < 3000; i++) {
        rg_graph *g = sample_random(&random, i % 3 ? 8 : NODES);
        rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        check_graph(&random, g, &d);
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

/*  root ─► target ─► 1 ─► 2 ─► … ─► LONG ─► target       x ─► end, y ─► end
 *             ├────► x
 *             └────► y      The target is a root itself: what it refers to is behind it, and nothing else is. */
static void an_avoided_node_that_is_a_root_is_part_of_the_barrier(void **state)
{
    (void)state;
    enum { LONG = 2000, X, Y, END };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, END + 1);
    for (uint32_t n = 0; n < LONG; n++)
        drawing_own(&d, n, n + 1, ".next");
    drawing_own(&d, LONG, 0, ".back");
    drawing_own(&d, 0, X, ".x");
    drawing_own(&d, 0, Y, ".y");
    drawing_own(&d, X, END, ".end");
    drawing_own(&d, Y, END, ".end");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    rg_graph *g = sample_drawn(&d);
    rg_distances distances = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    rg_chains found = {0};
    assert_int_equal(rg_chains_find(&found, g, &distances, 0, 5, NULL), RG_OK);
    assert_int_equal(found.unreached, 1); /* only the target reaches LONG */
    rg_chains_dispose(&found);
    assert_int_equal(rg_chains_find(&found, g, &distances, END, 5, NULL), RG_OK);
    assert_int_equal(found.count, 2);
    assert_true(found.items[0].independent && found.items[1].independent);
    rg_chains_dispose(&found);
    rg_distances_dispose(&distances);
    rg_graph_free(g);
}

static bool hides(const rg_distances *d, uint32_t avoided, uint32_t waiting)
{
    avoidance around = {.nodes.allocator = rg_allocator_default()};
    rg__queue queue = {.allocator = rg_allocator_default()};
    avoid(&around, avoided);
    assert_int_equal(rg__queue_add(&queue, &(rg__queue_entry){.node = waiting}), RG_OK);
    const bool hidden = rg__barriers_hide(d->barriers, &around.nodes, &queue);
    rg__queue_dispose(&queue);
    rg__node_set_dispose(&around.nodes);
    return hidden;
}

/*  root 0 ─► 1 ─► 2 ─► 3      around 1 and 2 nothing leads to 3; 1 alone would do */
static void what_is_behind_another_avoided_node_is_no_part_of_the_barrier(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(4);
    rg_distances d = sample_distances(g, RG_STRENGTH_OWN);
    avoidance around = {.nodes.allocator = rg_allocator_default()};
    rg__queue waiting = {.allocator = rg_allocator_default()};
    avoid(&around, 1);
    avoid(&around, 2);
    assert_int_equal(rg__queue_add(&waiting, &(rg__queue_entry){.node = 3}), RG_OK);
    assert_true(ask(g, &d, &around, &waiting, 1));
    assert_true(hides(&d, 1, 3));
    assert_true(hides(&d, 1, 2));
    assert_false(hides(&d, 2, 3));
    assert_false(hides(&d, 3, 3));
    rg__queue_dispose(&waiting);
    rg__node_set_dispose(&around.nodes);
    rg_distances_dispose(&d);
    rg_graph_free(g);
}

/* Search from the end of a row, whose edge to the target is its first. */
static void search_in_vain(rg__search *search, const rg_graph *g, uint32_t target, uint32_t end)
{
    rg__outcome outcome = RG__FOUND;
    uint32_t start = 0;
    uint64_t cost = 0;
    assert_int_equal(rg__search_begin(search), RG_OK);
    assert_int_equal(rg__search_offer(search, target, end, rg_graph_edges_begin(g, end)), RG_OK);
    assert_int_equal(rg__search_run(search, &outcome, &start, &cost), RG_OK);
    assert_int_equal(outcome, RG__NOT_FOUND);
}

/*  root ─┬─► LEFT ──► row of ROW ──► target
 *        ├─► RIGHT ─► row of ROW ──► target
 *        └┄┄┄┄┄┄┄┄┄►┘ by an edge that is not followed: the detour believes that there is a way, the search sees none
 *
 * The first search ends before it has closed its row; what it leaves open LEFT leads to, and RIGHT does not hide it. */
static void what_a_search_left_open_is_not_taken_for_closed_by_the_next(void **state)
{
    (void)state;
    enum { ROOT, TARGET, LEFT, RIGHT, FIRST, ROW = 5000, SECOND = FIRST + ROW };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, SECOND + ROW);
    drawing_root(&d, RG_ROOT_MODULE, ROOT, "m");
    drawing_own(&d, ROOT, LEFT, ".left");
    drawing_own(&d, ROOT, RIGHT, ".right");
    drawing_own(&d, LEFT, FIRST, ".x");
    drawing_own(&d, RIGHT, SECOND, ".x");
    drawing_edge(&d, ROOT, SECOND, "type", RG_STRENGTH_INFRASTRUCTURE);
    for (uint32_t i = 0; i < ROW; i++) {
        drawing_own(&d, FIRST + i, i + 1 < ROW ? FIRST + i + 1 : TARGET, ".next");
        drawing_own(&d, SECOND + i, i + 1 < ROW ? SECOND + i + 1 : TARGET, ".next");
    }
    rg_graph *g = sample_drawn(&d);
    const rg_allocator a = rg_allocator_default();
    rg_distances distances = sample_distances(g, RG_STRENGTH_OWN);
    rg__links links = rg__links_of(g, "chains", &a);
    rg__search search = {0};
    assert_int_equal(rg__search_start(&search, g, &distances, &links, TARGET, &a), RG_OK);
    assert_int_equal(rg__search_block(&search, LEFT), RG_OK);
    search_in_vain(&search, g, TARGET, FIRST + ROW - 1);
    assert_true(search.was_cut_short);
    assert_in_range(search.closed_count, 1, ROW - 1);
    assert_int_equal(rg__search_block(&search, RIGHT), RG_OK);
    search_in_vain(&search, g, TARGET, SECOND + ROW - 1);
    assert_int_equal(search.closed_count, ROW);
    assert_true(hides(&distances, LEFT, FIRST + ROW - 1));
    assert_false(hides(&distances, RIGHT, FIRST + ROW - 1));
    rg__search_dispose(&search);
    rg__links_dispose(&links);
    rg_distances_dispose(&distances);
    rg_graph_free(g);
}

typedef struct shared {
    rg_barriers *barriers;
    atomic_bool is_over;
} shared;

static void *add_barriers(void *context)
{
    shared *s = context;
    const uint64_t behind[MOST] = {1};
    const uint32_t node = 1;
    while (!s->is_over)
        if (rg__barriers_add(s->barriers, &node, 1, behind))
            return context;
    return NULL;
}

/* In a child: ask, and end by the signal if that takes too long. */
static _Noreturn void ask_and_exit(rg_barriers *barriers)
{
    const rg__node_set avoided = {.allocator = rg_allocator_default()};
    const rg__queue waiting = {.allocator = rg_allocator_default()};
    (void)alarm(10);
    (void)rg__barriers_hide(barriers, &avoided, &waiting);
    _exit(0);
}

static void the_child_of_a_fork_does_not_wait_for_a_thread_that_is_not_there(void **state)
{
    (void)state;
    enum { FORKS = 60 };
    const rg_allocator a = rg_allocator_default();
    shared s = {0};
    pthread_t thread;
    void *failed = NULL;
    assert_int_equal(rg__barriers_new(&s.barriers, MOST, &a), RG_OK);
    assert_int_equal(pthread_create(&thread, NULL, add_barriers, &s), 0);
    for (int i = 0; i < FORKS; i++) {
        int end = 0;
        const pid_t child = fork();
        assert_true(child >= 0);
        if (!child)
            ask_and_exit(s.barriers);
        assert_int_equal(waitpid(child, &end, 0), child);
        assert_true(WIFEXITED(end));
    }
    s.is_over = true;
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    rg__barriers_free(s.barriers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_way_is_closed_if_plain_search_finds_none_and_so_it_is_when_remembered),
        cmocka_unit_test(an_avoided_node_that_is_a_root_is_part_of_the_barrier),
        cmocka_unit_test(what_is_behind_another_avoided_node_is_no_part_of_the_barrier),
        cmocka_unit_test(what_a_search_left_open_is_not_taken_for_closed_by_the_next),
        cmocka_unit_test(the_child_of_a_fork_does_not_wait_for_a_thread_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
