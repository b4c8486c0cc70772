/* See samples.h. */
#include "samples.h"

#include <stdio.h>

#include "test.h"

rg_graph *sample_drawn(drawing *self)
{
    rg_graph *g = NULL;
    assert_int_equal(drawing_finish(self, &g), RG_OK);
    return g;
}

static rg_strength random_strength(randomness *random)
{
    static const rg_strength strengths[] = {
        RG_STRENGTH_OWN,
        RG_STRENGTH_OWN,
        RG_STRENGTH_OWN,
        RG_STRENGTH_FRAME,
        RG_STRENGTH_INFRASTRUCTURE,
        RG_STRENGTH_WEAK,
    };
    return strengths[random_below(random, COUNT_OF(strengths))];
}

static void add_random_edges(drawing *d, randomness *random, uint32_t nodes)
{
    static const char *const names[] = {".x", ".y", "[0]", "[1]", "[@0]", "key", "element", ""};
    const uint32_t edges = random_below(random, 3 * nodes + 1);
    for (uint32_t i = 0; i < edges; i++)
        drawing_edge(d, random_below(random, nodes), random_below(random, nodes),
                     names[random_below(random, COUNT_OF(names))], random_strength(random));
}

/* Some nodes get a dict of their own, which only it holds, mostly. */
static void add_random_dicts(drawing *d, randomness *random, uint32_t nodes)
{
    for (uint32_t owner = 0; owner < nodes; owner++) {
        if (random_below(random, 4))
            continue;
        const uint32_t dict = drawing_nodes(d, 1);
        drawing_own(d, owner, dict, ".__dict__");
        const uint32_t items = random_below(random, 4);
        for (uint32_t i = 0; i < items; i++) {
            drawing_own(d, dict, random_below(random, nodes), "[@0]");
            if (!random_below(random, 3))
                drawing_own(d, dict, random_below(random, nodes), "key");
        }
        if (!random_below(random, 4))
            drawing_edge(d, random_below(random, nodes), dict,
                         random_below(random, 2) ? ".globals" : ".__dict__",
                         random_strength(random));
    }
}

rg_graph *sample_random(randomness *random, uint32_t max_nodes)
{
    const uint32_t nodes = 1 + random_below(random, max_nodes);
    const uint32_t roots = random_below(random, 4);
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    add_random_edges(&d, random, nodes);
    add_random_dicts(&d, random, nodes);
    for (uint32_t i = 0; i < nodes; i += 3)
        drawing_site(&d, i, "/srv/app/api.py", 57);
    for (uint32_t i = 0; i < roots; i++)
        drawing_root(&d, /* a node has one of kind NATIVE, the last kind */
                     (rg_root_kind)random_below(random, RG_ROOT_KIND_COUNT - (i > 0)),
                     random_below(random, nodes), "r");
    return sample_drawn(&d);
}

rg_graph *sample_chain(uint32_t nodes)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (uint32_t i = 0; i + 1 < nodes; i++)
        drawing_own(&d, i, i + 1, ".next");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    return sample_drawn(&d);
}

rg_graph *sample_star(uint32_t leaves)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, leaves + 2);
    for (uint32_t i = 1; i <= leaves; i++) {
        drawing_own(&d, 0, i, "[0]");
        drawing_own(&d, i, leaves + 1, ".last");
    }
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    return sample_drawn(&d);
}

rg_graph *sample_empty(void)
{
    drawing d = drawing_new(NULL);
    return sample_drawn(&d);
}

rg_distances sample_distances(const rg_graph *g, rg_strength weakest)
{
    rg_distances d = {0};
    assert_int_equal(rg_distances_find(&d, g, weakest, NULL), RG_OK);
    assert_int_equal(d.node_count, rg_graph_node_count(g));
    return d;
}

rg_chains sample_chains(const rg_graph *g, uint32_t target, size_t limit)
{
    rg_chains chains = {0};
    rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    assert_int_equal(rg_chains_find(&chains, g, &d, target, limit, NULL), RG_OK);
    rg_distances_dispose(&d);
    return chains;
}

void sample_assert_chain(const rg_graph *g, const rg_chain *chain, const char *expected)
{
    char text[256];
    int at =
        sprintf(text, "%s%u", chain->independent ? "!" : "", rg_graph_root(g, chain->root).node);
    for (size_t i = 0; i < chain->edge_count; i++)
        at += sprintf(text + at, " %u", chain->edges[i].to);
    assert_string_equal(text, expected);
}

rg_signatures sample_signatures(const rg_graph *g, const uint32_t *targets, size_t count)
{
    rg_signatures found = {0};
    rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
    assert_int_equal(rg_signatures_find(&found, g, &d, targets, count, NULL), RG_OK);
    rg_distances_dispose(&d);
    return found;
}

void sample_assert_text(const rg_signature_group *group, const char *expected)
{
    char text[4096];
    assert_true(group->text.size < sizeof text);
    memcpy(text, group->text.data, group->text.size);
    text[group->text.size] = '\0';
    assert_string_equal(text, expected);
}

void sample_assert_signature(const rg_graph *g, uint32_t node, const char *expected)
{
    rg_signatures found = sample_signatures(g, &node, 1);
    assert_int_equal(found.group_count, 1);
    assert_int_equal(found.groups[0].count, 1);
    assert_int_equal(found.groups[0].example, node);
    sample_assert_text(&found.groups[0], expected);
    rg_signatures_dispose(&found);
}
