/* Chains in random graphs. The oracle takes each chain as it comes, checks that it is a path, and asks
 * Bellman and Ford whether a cheaper one was there to take. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "oracle.h"
#include "samples.h"
#include "test.h"

enum { SMALL = 64 /* nodes of a random graph, at most */ };

typedef struct check {
    const rg_graph *g;
    rg_strength weakest;
    uint32_t target;
    bool blocked[SMALL];     /* objects of earlier chains that may not be shared */
    bool used[SMALL];        /* holders of earlier chains */
    bool is_listed[8];       /* roots that are the target: their chains are among them */
    char shapes[SMALL][400]; /* of listed chains */
} check;

static uint32_t holder_of(const check *c, uint32_t node)
{
    for (uint32_t owner = 0; owner < rg_graph_node_count(c->g); owner++)
        if (oracle_is_dict_of(c->g, node, owner))
            return owner;
    return node;
}

static uint64_t own_root_cost(const check *c)
{
    uint64_t cost = RG_UNREACHED;
    for (uint32_t r = 0; r < rg_graph_root_count(c->g); r++)
        if (rg_graph_root(c->g, r).node == c->target && !c->is_listed[r] &&
            oracle_root_cost(c->g, r) < cost)
            cost = oracle_root_cost(c->g, r);
    return cost;
}

/* The cheapest path that ends with holder `only` (RG_NONE: any unused one) around `blocked`. */
static uint64_t cheapest(const check *c, const bool *blocked, uint32_t only)
{
    uint64_t cost[SMALL];
    uint64_t best = RG_UNREACHED;
    bool around[SMALL];
    memcpy(around, blocked, sizeof around);
    around[c->target] = true;
    oracle_costs(c->g, c->weakest, around, cost);
    for (uint32_t u = 0; u < rg_graph_node_count(c->g); u++) {
        const uint32_t holder = holder_of(c, u);
        if (cost[u] == RG_UNREACHED || c->used[holder] || (only != RG_NONE && holder != only))
            continue;
        for (uint64_t e = rg_graph_edges_begin(c->g, u); e < rg_graph_edges_end(c->g, u); e++) {
            const rg_edge edge = rg_graph_edge(c->g, u, e);
            if (edge.to == c->target && oracle_follows(edge.strength, c->weakest) &&
                cost[u] + oracle_weight(edge.strength) < best)
                best = cost[u] + oracle_weight(edge.strength);
        }
    }
    return best;
}

static void assert_is_a_path(const check *c, const rg_chain *chain)
{
    bool seen[SMALL] = {false};
    uint32_t node = rg_graph_root(c->g, chain->root).node;
    uint64_t cost = oracle_root_cost(c->g, chain->root);
    seen[node] = true;
    for (size_t i = 0; i < chain->edge_count; i++) {
        const rg_edge *edge = &chain->edges[i];
        const rg_edge real = rg_graph_edge(c->g, node, edge->index);
        assert_int_equal(edge->from, node);
        assert_true(edge->index >= rg_graph_edges_begin(c->g, node) &&
                    edge->index < rg_graph_edges_end(c->g, node));
        assert_int_equal(real.to, edge->to);
        assert_int_equal(real.strength, edge->strength);
        assert_int_equal(real.name.kind, edge->name.kind);
        assert_int_equal(real.name.value, edge->name.value);
        assert_true(oracle_follows(edge->strength, c->weakest));
        assert_false(seen[edge->to]);
        node = edge->to;
        seen[node] = true;
        cost += oracle_weight(edge->strength);
    }
    assert_int_equal(node, c->target);
    assert_int_equal(cost, chain->cost);
}

/* Types are all the same here, and keys of dicts all one object. */
static void write_shape(const rg_chain *chain, char *out)
{
    int at = sprintf(out, "%u", chain->root);
    for (size_t i = 0; i < chain->edge_count; i++) {
        const rg_edge *e = &chain->edges[i];
        const bool is_named = e->name.kind == RG_NAME_ATTRIBUTE;
        at +=
            sprintf(out + at, " %d:%d:%u", e->strength, e->name.kind, is_named ? e->name.value : 0);
    }
}

static uint32_t last_holder(const check *c, const rg_chain *chain)
{
    return holder_of(c, chain->edges[chain->edge_count - 1].from);
}

static void check_independent(check *c, const rg_chain *chain)
{
    const uint64_t through = cheapest(c, c->blocked, RG_NONE);
    const uint64_t alone = own_root_cost(c);
    assert_int_equal(chain->cost, alone <= through ? alone : through);
    if (!chain->edge_count) {
        assert_false(c->is_listed[chain->root]);
        c->is_listed[chain->root] = true;
        return;
    }
    for (size_t i = 0; i + 1 < chain->edge_count; i++)
        assert_false(c->blocked[chain->edges[i].to]);
    assert_false(c->blocked[chain->edges[0].from]);
    assert_false(c->used[last_holder(c, chain)]);
    for (size_t i = 0; i + 1 < chain->edge_count; i++)
        if (i || !oracle_is_dict_of(c->g, chain->edges[0].to, chain->edges[0].from))
            c->blocked[chain->edges[i].to] = true;
    c->used[last_holder(c, chain)] = true;
}

static void check_by_holder(check *c, const rg_chains *chains, size_t first)
{
    static const bool nothing[SMALL];
    bool is_holder[SMALL] = {false};
    uint64_t alike = 0;
    uint64_t reached = 0;
    uint64_t unreached = 0;
    uint64_t holders = 0;
    for (uint32_t u = 0; u < rg_graph_node_count(c->g); u++)
        for (uint64_t e = rg_graph_edges_begin(c->g, u); e < rg_graph_edges_end(c->g, u); e++) {
            const rg_edge edge = rg_graph_edge(c->g, u, e);
            if (edge.to == c->target && oracle_follows(edge.strength, c->weakest))
                is_holder[holder_of(c, u)] = true;
        }
    for (uint32_t u = 0; u < rg_graph_node_count(c->g); u++) {
        if (!is_holder[u])
            continue;
        holders++;
        if (!c->used[u] && cheapest(c, nothing, u) == RG_UNREACHED)
            unreached++;
        else if (!c->used[u])
            reached++;
    }
    for (size_t i = first; i < chains->count; i++) {
        const rg_chain *chain = &chains->items[i];
        const uint32_t holder = last_holder(c, chain);
        assert_true(i == first || chain->cost >= chains->items[i - 1].cost);
        assert_int_equal(chain->cost, cheapest(c, nothing, holder));
        write_shape(chain, c->shapes[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(c->shapes[i], c->shapes[k]);
    }
    for (size_t i = first; i < chains->count; i++) {
        assert_false(c->used[last_holder(c, &chains->items[i])]);
        c->used[last_holder(c, &chains->items[i])] = true;
    }
    for (size_t i = 0; i < chains->count; i++)
        alike += chains->items[i].alike;
    assert_int_equal(chains->holder_count, holders);
    assert_int_equal(chains->examined, holders);
    assert_int_equal(chains->unreached, unreached);
    assert_int_equal(chains->count - first + alike, reached);
}

static void check_chains(const rg_graph *g, rg_strength weakest, uint32_t target,
                         const rg_chains *chains)
{
    static check c;
    c = (check){.g = g, .weakest = weakest, .target = target};
    size_t first = 0;
    uint64_t cost[SMALL];
    oracle_costs(g, weakest, NULL, cost);
    assert_int_equal(chains->count == 0, cost[target] == RG_UNREACHED);
    if (chains->count)
        assert_int_equal(chains->items[0].cost, cost[target]);
    for (size_t i = 0; i < chains->count; i++)
        assert_is_a_path(&c, &chains->items[i]);
    while (first < chains->count && chains->items[first].independent) {
        write_shape(&chains->items[first], c.shapes[first]);
        check_independent(&c, &chains->items[first++]);
    }
    if (chains->count) { /* no independent one was missed */
        assert_int_equal(cheapest(&c, c.blocked, RG_NONE), RG_UNREACHED);
        assert_int_equal(own_root_cost(&c), RG_UNREACHED);
    }
    for (size_t i = first; i < chains->count; i++)
        assert_false(chains->items[i].independent);
    check_by_holder(&c, chains, first);
}

/* A smaller limit gives the beginning of the same answer. */
static void check_limit(const rg_graph *g, const rg_distances *d, uint32_t target,
                        const rg_chains *all, size_t limit)
{
    rg_chains some = {0};
    assert_int_equal(rg_chains_find(&some, g, d, target, limit, NULL), RG_OK);
    assert_int_equal(some.count, all->count < limit ? all->count : limit);
    assert_int_equal(some.holder_count, all->holder_count);
    assert_int_equal(some.examined, all->examined);
    for (size_t i = 0; i < some.count && some.items[i].independent; i++) {
        assert_int_equal(some.items[i].edge_count, all->items[i].edge_count);
        for (size_t k = 0; k < some.items[i].edge_count; k++)
            assert_int_equal(some.items[i].edges[k].index, all->items[i].edges[k].index);
    }
    rg_chains_dispose(&some);
}

static void chains_of_random_graphs_are_the_best_there_are(void **state)
{
    (void)state;
    randomness random = {2024};
    for (int i = 0; i < 6000; i++) {
        rg_graph *g = sample_random(&random, i % 8 ? 9 : 30);
        const rg_strength weakest = (rg_strength)random_below(&random, 4);
        rg_distances d = sample_distances(g, weakest);
        rg_retained retained = {0};
        assert_int_equal(rg_retained_find(&retained, g, NULL), RG_OK);
        if (i % 2) /* what is known of dominators changes nothing */
            d.dominator = retained.dominator;
        for (uint32_t target = 0; target < rg_graph_node_count(g); target++) {
            rg_chains chains = {0};
            assert_int_equal(rg_chains_find(&chains, g, &d, target, 100, NULL), RG_OK);
            check_chains(g, weakest, target, &chains);
            check_limit(g, &d, target, &chains, 1 + random_below(&random, 3));
            rg_chains_dispose(&chains);
        }
        rg_retained_dispose(&retained);
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

/* ---- all simple paths, one by one ---- */

typedef struct walk {
    const check *c;
    bool on_path[SMALL];
    uint64_t best;
    bool holders[SMALL]; /* that end some simple path from a root to the target */
} walk;

/* Go back from `node`, which reaches the target at `cost` through `holder`. Depth: nodes of the graph. */
static void walk_back(walk *w, uint32_t node, uint64_t cost, uint32_t holder)
{
    const rg_graph *g = w->c->g;
    w->on_path[node] = true;
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++) {
        if (rg_graph_root(g, r).node != node)
            continue;
        if (cost + oracle_root_cost(g, r) < w->best)
            w->best = cost + oracle_root_cost(g, r);
        if (holder != RG_NONE)
            w->holders[holder] = true;
    }
    for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
        for (uint64_t e = rg_graph_edges_begin(g, u); e < rg_graph_edges_end(g, u); e++) {
            const rg_edge edge = rg_graph_edge(g, u, e);
            if (edge.to == node && !w->on_path[u] && oracle_follows(edge.strength, w->c->weakest))
                walk_back(w, u, cost + oracle_weight(edge.strength),
                          holder == RG_NONE ? holder_of(w->c, u) : holder);
        }
    w->on_path[node] = false;
}

static void no_simple_path_is_shorter_and_no_holder_is_missed(void **state)
{
    (void)state;
    randomness random = {606};
    for (int i = 0; i < 3000; i++) {
        rg_graph *g = sample_random(&random, 6);
        check c = {.g = g, .weakest = (rg_strength)random_below(&random, 4)};
        rg_distances d = sample_distances(g, c.weakest);
        rg_retained retained = {0};
        assert_int_equal(rg_retained_find(&retained, g, NULL), RG_OK);
        if (i % 2)
            d.dominator = retained.dominator;
        c.target = random_below(&random, rg_graph_node_count(g));
        walk w = {.c = &c, .best = RG_UNREACHED};
        rg_chains chains = {0};
        uint64_t reached = 0;
        walk_back(&w, c.target, 0, RG_NONE);
        assert_int_equal(rg_chains_find(&chains, g, &d, c.target, 100, NULL), RG_OK);
        assert_int_equal(chains.count ? chains.items[0].cost : RG_UNREACHED, w.best);
        for (size_t k = 0; k < chains.count; k++)
            reached += (chains.items[k].edge_count > 0) + chains.items[k].alike;
        for (uint32_t n = 0; n < SMALL; n++)
            reached -= w.holders[n];
        assert_int_equal(reached, 0);
        rg_chains_dispose(&chains);
        rg_retained_dispose(&retained);
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_random_graphs_are_the_best_there_are),
        cmocka_unit_test(no_simple_path_is_shorter_and_no_holder_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
