/* Neighbourhoods in random graphs. The oracle contracts the graph into a list of edges first, by the
 * words of the header, and then walks that list. */
#include <refgraph/analysis.h>

#include "oracle.h"
#include "samples.h"
#include "test.h"

enum { SMALL = 80, SMALL_EDGES = 600 };

static rg_subgraph around(const rg_graph *g, uint32_t target,
                          const rg_neighbourhood_options *options)
{
    rg_subgraph sub = {0};
    assert_int_equal(rg_neighbourhood_find(&sub, g, &target, 1, options, NULL), RG_OK);
    assert_int_equal(sub.nodes[0], target);
    assert_int_equal(sub.target_count, 1);
    return sub;
}

static bool has_node(const rg_subgraph *sub, uint32_t node)
{
    size_t i = 0;
    while (i < sub->node_count && sub->nodes[i] != node)
        i++;
    return i < sub->node_count;
}

typedef struct flat_edge {
    uint32_t from, to;
    uint64_t index;
    bool folded;
} flat_edge;

typedef struct flat {
    flat_edge edges[SMALL_EDGES];
    size_t count;
} flat;

static uint32_t source_of(const rg_graph *g, uint64_t index)
{
    uint32_t node = 0;
    while (rg_graph_edges_end(g, node) <= index)
        node++;
    return node;
}

/* By the words of the header: its only own edge is `.__dict__` of another, and it holds items only. */
static uint32_t owner_of(const rg_graph *g, uint32_t node, uint32_t target, bool keep_dicts)
{
    uint32_t owner = RG_NONE;
    if (node == target || keep_dicts)
        return RG_NONE;
    for (uint64_t e = 0; e < rg_graph_edge_count(g); e++) {
        const uint32_t from = source_of(g, e);
        const rg_edge edge = rg_graph_edge(g, from, e);
        if (from == node && edge.name.kind != RG_NAME_KEY && edge.name.kind != RG_NAME_KEY_OF)
            return RG_NONE;
        if (edge.to != node || edge.strength != RG_STRENGTH_OWN)
            continue;
        if (owner != RG_NONE || from == node || edge.name.kind != RG_NAME_ATTRIBUTE ||
            !oracle_string_is(rg_graph_string(g, edge.name.value), "__dict__"))
            return RG_NONE;
        owner = from;
    }
    return owner != RG_NONE && oracle_is_dict_of(g, node, owner) ? owner : RG_NONE;
}

static void contract(const rg_graph *g, uint32_t target, const rg_neighbourhood_options *options,
                     flat *out)
{
    uint32_t owners[SMALL];
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        owners[n] = owner_of(g, n, target, options->keep_dicts);
    out->count = 0;
    for (uint64_t e = 0; e < rg_graph_edge_count(g); e++) {
        const uint32_t from = source_of(g, e);
        const rg_edge edge = rg_graph_edge(g, from, e);
        const bool is_key = edge.name.kind == RG_NAME_KEY_OF;
        const bool is_text =
            rg_graph_node(g, edge.to).flags & (RG_NODE_TEXT_STR | RG_NODE_TEXT_LITERAL);
        if (edge.strength > options->weakest ||
            (owners[edge.to] != RG_NONE && edge.strength == RG_STRENGTH_OWN) ||
            (is_key && owners[from] != RG_NONE) ||
            (is_key && is_text && options->direction == RG_REFERENTS))
            continue;
        flat_edge f = {from, edge.to, e, owners[from] != RG_NONE};
        f.from = f.folded ? owners[from] : from;
        f.to = owners[edge.to] != RG_NONE ? owners[edge.to] : edge.to;
        if (options->direction == RG_REFERRERS) {
            const uint32_t swap = f.from; /* from is where the walk comes from */
            f.from = f.to;
            f.to = swap;
        }
        out->edges[out->count++] = f;
    }
}

static bool is_module(const rg_graph *g, uint32_t node)
{
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++)
        if (rg_graph_root(g, r).node == node && rg_graph_root(g, r).kind == RG_ROOT_MODULE)
            return true;
    return false;
}

/* With no limits: exactly the nodes within the depth, and the edges out of those nearer than it. */
static void check_whole(const rg_graph *g, uint32_t target, const rg_neighbourhood_options *o,
                        const flat *f, const rg_subgraph *sub)
{
    uint32_t depth[SMALL];
    size_t nodes = 0;
    size_t edges = 0;
    memset(depth, 0xFF, sizeof depth);
    depth[target] = 0;
    for (uint32_t step = 0; step < o->depth; step++)
        for (size_t i = 0; i < f->count; i++) {
            const uint32_t from = f->edges[i].from;
            const bool is_end =
                o->direction == RG_REFERRERS && from != target && is_module(g, from);
            if (depth[from] == step && !is_end && depth[f->edges[i].to] == UINT32_MAX)
                depth[f->edges[i].to] = step + 1;
        }
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++)
        nodes += depth[n] != UINT32_MAX;
    for (size_t i = 0; i < f->count; i++) {
        const uint32_t from = f->edges[i].from;
        const bool is_end = o->direction == RG_REFERRERS && from != target && is_module(g, from);
        edges += depth[from] < o->depth && !is_end;
    }
    assert_int_equal(sub->node_count, nodes);
    assert_int_equal(sub->edge_count, edges);
    assert_int_equal(sub->omission_count, 0);
    for (size_t i = 0; i < sub->node_count; i++) {
        assert_int_not_equal(depth[sub->nodes[i]], UINT32_MAX);
        assert_true(!i || depth[sub->nodes[i]] >= depth[sub->nodes[i - 1]]);
    }
}

/* With limits: no more new neighbours than allowed, and what is shown and what is counted make up all
 * neighbours of each node that has an omission. */
static void check_omissions(const rg_neighbourhood_options *o, const flat *f,
                            const rg_subgraph *sub)
{
    assert_true(sub->node_count <= o->max_nodes);
    for (size_t k = 0; k < sub->omission_count; k++) {
        bool is_neighbour[SMALL] = {false};
        size_t missing = 0;
        for (size_t i = 0; i < f->count; i++)
            if (f->edges[i].from == sub->omissions[k].node)
                is_neighbour[f->edges[i].to] = true;
        for (uint32_t n = 0; n < SMALL; n++)
            missing += is_neighbour[n] && !has_node(sub, n);
        assert_int_equal(sub->omissions[k].count, missing);
        assert_int_equal(sub->omissions[k].referrers, o->direction == RG_REFERRERS);
    }
}

static void check_edges(const rg_neighbourhood_options *o, const flat *f, const rg_subgraph *sub)
{
    for (size_t i = 0; i < sub->edge_count; i++) {
        const rg_edge *edge = &sub->edges[i];
        const bool is_backwards = o->direction == RG_REFERRERS;
        size_t k = 0;
        assert_true(has_node(sub, edge->from) && has_node(sub, edge->to));
        while (k < f->count && f->edges[k].index != edge->index)
            k++;
        assert_true(k < f->count);
        assert_int_equal(f->edges[k].from, is_backwards ? edge->to : edge->from);
        assert_int_equal(f->edges[k].to, is_backwards ? edge->from : edge->to);
        assert_int_equal(f->edges[k].folded, edge->folded);
        for (k = 0; k < i; k++)
            assert_true(sub->edges[k].index != edge->index);
    }
}

static void random_graphs_agree_with_the_contracted_graph(void **state)
{
    (void)state;
    static flat f;
    randomness random = {77};
    for (int i = 0; i < 3000; i++) {
        rg_graph *g = sample_random(&random, 16);
        for (int n = 0; n < 4; n++) {
            const uint32_t target = random_below(&random, rg_graph_node_count(g));
            const bool is_limited = n % 2;
            const rg_neighbourhood_options o = {
                .direction = (rg_direction)random_below(&random, 2),
                .depth = 1 + random_below(&random, 5),
                .too_many = is_limited ? 1 + random_below(&random, 3) : 1000,
                .max_nodes = is_limited ? 1 + random_below(&random, 12) : 1000,
                .weakest = (rg_strength)random_below(&random, 4),
                .keep_dicts = !random_below(&random, 4),
            };
            rg_subgraph sub = around(g, target, &o);
            contract(g, target, &o, &f);
            check_edges(&o, &f, &sub);
            check_omissions(&o, &f, &sub);
            if (!is_limited)
                check_whole(g, target, &o, &f, &sub);
            rg_subgraph_dispose(&sub);
        }
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs_agree_with_the_contracted_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
