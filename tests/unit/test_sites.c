/* Nodes by the line that allocated them, beside a count by hand. */
#include "drawing.h"
#include "oom.h"
#include "test.h"

#include <refgraph/analysis.h>

typedef struct sample {
    rg_graph *graph;
    uint32_t api, other; /* string ids */
} sample;

/*  node   0    1    2    3    4    5        bytes: node + 1
 *  line   a:5  a:5  b:5  a:7  –    a:5      node 1 was called from elsewhere, 4 is not known */
static rg_status sample_of(sample *out, const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    uint32_t sites[4] = {0};
    for (uint32_t i = 0; i < 6; i++) {
        const rg_node node = {.type = d.plain_type, .size = i + 1, .text = RG_NONE};
        uint32_t id = RG_NONE;
        if (!d.status)
            d.status = rg_builder_add_node(d.builder, &id, &node);
    }
    if (!d.status)
        d.status = rg_builder_add_string(d.builder, &out->api, rg_string_of("app/api.py"));
    if (!d.status)
        d.status = rg_builder_add_string(d.builder, &out->other, rg_string_of("other.py"));
    const rg_location lines[][2] = {{{out->api, 5}, {out->other, 1}},
                                    {{out->api, 5}, {out->other, 2}},
                                    {{out->other, 5}, {out->api, 9}},
                                    {{out->api, 7}, {out->api, 9}}};
    for (size_t s = 0; s < COUNT_OF(sites) && !d.status; s++)
        d.status = rg_builder_add_site(d.builder, &sites[s], lines[s], COUNT_OF(lines[s]));
    const uint32_t site_of[] = {0, 1, 2, 3, RG_NONE, 0};
    for (uint32_t i = 0; i < COUNT_OF(site_of) && !d.status; i++)
        if (site_of[i] != RG_NONE)
            d.status = rg_builder_set_site(d.builder, i, sites[site_of[i]]);
    return drawing_finish(&d, &out->graph);
}

static void assert_total(const rg_site_total *total, uint32_t file, uint32_t line, uint64_t count,
                         uint64_t size)
{
    assert_int_equal(total->place.file, file);
    assert_int_equal(total->place.line, line);
    assert_int_equal(total->count, count);
    assert_int_equal(total->size, size);
}

static void a_line_counts_once_whoever_called_it_and_the_biggest_comes_first(void **state)
{
    (void)state;
    const uint32_t nodes[] = {0, 1, 2, 3, 4, 5};
    sample s = {0};
    rg_site_totals totals = {0};
    assert_int_equal(sample_of(&s, NULL), RG_OK);
    assert_int_equal(rg_site_totals_find(&totals, s.graph, nodes, COUNT_OF(nodes), NULL), RG_OK);
    assert_int_equal(totals.count, 4);
    assert_total(&totals.items[0], s.api, 5, 3, 1 + 2 + 6);
    assert_int_equal(totals.items[0].first, 0);
    assert_total(&totals.items[1], RG_NONE, 0, 1, 5);
    assert_total(&totals.items[2], s.api, 7, 1, 4);
    assert_total(&totals.items[3], s.other, 5, 1, 3);
    rg_site_totals_dispose(&totals);
    rg_graph_free(s.graph);
}

static void only_the_nodes_asked_for_count(void **state)
{
    (void)state;
    const uint32_t nodes[] = {3};
    const uint32_t wrong[] = {6};
    sample s = {0};
    rg_site_totals totals = {0};
    assert_int_equal(sample_of(&s, NULL), RG_OK);
    assert_int_equal(rg_site_totals_find(&totals, s.graph, nodes, 1, NULL), RG_OK);
    assert_int_equal(totals.count, 1);
    assert_total(&totals.items[0], s.api, 7, 1, 4);
    rg_site_totals_dispose(&totals);
    assert_int_equal(rg_site_totals_find(&totals, s.graph, NULL, 0, NULL), RG_OK);
    assert_int_equal(totals.count, 0);
    rg_site_totals_dispose(&totals);
    assert_int_equal(rg_site_totals_find(&totals, s.graph, wrong, 1, NULL), RG_ERR_ARGUMENT);
    rg_graph_free(s.graph);
}

static rg_status story(const rg_allocator *allocator, void *context)
{
    const uint32_t nodes[] = {0, 4};
    sample s = {0};
    rg_site_totals totals = {0};
    (void)context;
    rg_status status = sample_of(&s, allocator);
    if (!status)
        status = rg_site_totals_find(&totals, s.graph, nodes, COUNT_OF(nodes), NULL);
    rg_site_totals_dispose(&totals);
    rg_graph_free(s.graph);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(story, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_counts_once_whoever_called_it_and_the_biggest_comes_first),
        cmocka_unit_test(only_the_nodes_asked_for_count),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
