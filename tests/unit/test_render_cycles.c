/* Cycles, what to cut of them, and what the collector knows: classes, looks and words in the picture. */
#include "oom.h"
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/analysis.h>
#include <refgraph/render.h>

#include <stdio.h>

/*   module app ──.ROOT──► Parent ──.__dict__──► dict ──['kids']──► list ──[0]──► Child (__del__)
 *                           ▲                     └───['name']──► str             │
 *                           └──────────['parent']── dict ◄──────────.__dict__─────┘         */
enum { APP, PARENT, PARENT_DICT, KIDS, CHILD, CHILD_DICT, NAME, KIDS_KEY, PARENT_KEY, NAME_KEY };
enum { CYCLE = 5, FOLDED_CYCLE = 3 };

typedef struct scene {
    rg_graph *graph;
    rg_subgraph folded, whole;
    rg_edge chain[1];
    rg_edge cycle[CYCLE]; /* from Parent on */
} scene;

static rg_edge edge_between(const rg_graph *g, uint32_t from, uint32_t to)
{
    for (uint64_t i = rg_graph_edges_begin(g, from); i < rg_graph_edges_end(g, from); i++)
        if (rg_graph_edge(g, from, i).to == to)
            return rg_graph_edge(g, from, i);
    fail_msg("no edge from %u to %u", from, to);
    return (rg_edge){0};
}

static rg_subgraph selected(const rg_graph *g, bool keep_dicts, const rg_allocator *allocator)
{
    rg_subgraph sub = {0};
    const rg_neighbourhood_options options = {
        .direction = RG_REFERENTS, .depth = 9, .keep_dicts = keep_dicts};
    assert_int_equal(rg_neighbourhood_find(&sub, g, &(uint32_t){APP}, 1, &options, allocator),
                     RG_OK);
    return sub;
}

static rg_graph *family(void)
{
    drawing d = drawing_new(NULL);
    const uint32_t module = drawing_type(&d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    const uint32_t node = drawing_type(&d, "app.Node", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    const uint32_t dict =
        drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING);
    drawing_node(&d, module, "app", RG_NODE_GC_TRACKED);
    drawing_node(&d, node, "parent", RG_NODE_GC_TRACKED);
    drawing_node(&d, dict, NULL, 0);
    drawing_node(&d, drawing_type(&d, "list", RG_KIND_CONTAINER, RG_TYPE_PLAIN), NULL, 0);
    drawing_node(&d, node, "child", RG_NODE_GC_TRACKED | RG_NODE_HAS_FINALIZER);
    drawing_node(&d, dict, NULL, 0);
    drawing_str(&d, "root");
    drawing_str(&d, "kids");
    drawing_str(&d, "parent");
    drawing_str(&d, "name");
    drawing_own(&d, APP, PARENT, ".ROOT");
    drawing_own(&d, PARENT, PARENT_DICT, ".__dict__");
    drawing_own(&d, PARENT_DICT, KIDS, "[@7]");
    drawing_own(&d, PARENT_DICT, NAME, "[@9]");
    drawing_own(&d, KIDS, CHILD, "[0]");
    drawing_own(&d, CHILD, CHILD_DICT, ".__dict__");
    drawing_own(&d, CHILD_DICT, PARENT, "[@8]");
    drawing_root(&d, RG_ROOT_MODULE, APP, "app");
    return sample_drawn(&d);
}

static int open_scene(void **state)
{
    static scene s;
    static const uint32_t around[CYCLE] = {PARENT, PARENT_DICT, KIDS, CHILD, CHILD_DICT};
    s.graph = family();
    s.folded = selected(s.graph, false, NULL);
    s.whole = selected(s.graph, true, NULL);
    s.chain[0] = edge_between(s.graph, APP, PARENT);
    for (size_t i = 0; i < CYCLE; i++)
        s.cycle[i] = edge_between(s.graph, around[i], around[(i + 1) % CYCLE]);
    *state = &s;
    return 0;
}

static int close_scene(void **state)
{
    scene *s = *state;
    rg_subgraph_dispose(&s->folded);
    rg_subgraph_dispose(&s->whole);
    rg_graph_free(s->graph);
    return 0;
}

/* ---- reading a picture ---- */

static rg_buffer drawn_bytes(const rg_graph *g, const rg_subgraph *sub,
                             const rg_render_options *options)
{
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    if (rg_render(&out, g, sub, RG_FORMAT_SVG, options, &error))
        fail_msg("%s", error.text);
    return out;
}

static svg drawn(const rg_graph *g, const rg_subgraph *sub, const rg_render_options *options)
{
    svg picture = {0};
    rg_buffer out = drawn_bytes(g, sub, options);
    assert_true(svg_open(&picture, &out));
    rg_buffer_dispose(&out);
    return picture;
}

static xmlNode *find(const svg *picture, const char *prefix, size_t number)
{
    char id[32];
    (void)snprintf(id, sizeof id, "%s%zu", prefix, number);
    xmlNode *found = svg_find(picture, id);
    if (!found)
        fail_msg("no %s", id);
    return found;
}

static xmlNode *node_of(const svg *picture, const rg_subgraph *sub, uint32_t node)
{
    size_t i = 0;
    while (i < sub->node_count && sub->nodes[i] != node)
        i++;
    return find(picture, "n", i);
}

static xmlNode *edge_of(const svg *picture, const rg_subgraph *sub, uint32_t from, uint32_t to)
{
    size_t i = 0;
    while (i < sub->edge_count && (sub->edges[i].from != from || sub->edges[i].to != to))
        i++;
    return find(picture, "e", i);
}

static void assert_text(xmlNode *element, const char *expected)
{
    char *text = svg_text(element);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_tooltip(xmlNode *element, const char *expected)
{
    char *text = svg_tooltip(element);
    assert_string_equal(text, expected);
    free(text);
}

/* Stroke, width and dashes of an element, as one text. */
static void look_of(char look[64], xmlNode *element)
{
    char *stroke = svg_attribute(element, "stroke");
    char *width = svg_attribute(element, "stroke-width");
    char *dashes = svg_attribute(element, "stroke-dasharray");
    (void)snprintf(look, 64, "%s %s%s%s", stroke, *width ? width : "1", *dashes ? " " : "", dashes);
    free(stroke);
    free(width);
    free(dashes);
}

static void assert_look(xmlNode *element, const char *expected)
{
    char look[64];
    look_of(look, element);
    assert_string_equal(look, expected);
}

/* Where an element is drawn; the first line of its text. */
static double height_of(xmlNode *element)
{
    char *y = svg_attribute(element, "y");
    const double height = strtod(y, NULL);
    assert_true(*y);
    free(y);
    return height;
}

/* ---- the cycle ---- */

static void a_cycle_is_amber_and_strong_below_the_target_and_above_the_chain(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {
        .cycle = s->cycle, .cycle_count = CYCLE, .chain = s->chain, .chain_count = 1};
    rg_subgraph sub = s->folded;
    sub.nodes = (uint32_t[]){PARENT, APP, KIDS, CHILD, NAME};
    assert_int_equal(sub.node_count, 5);
    svg picture = drawn(s->graph, &sub, &options);
    assert_look(edge_of(&picture, &sub, PARENT, KIDS), "#e08600 2.6");
    assert_look(edge_of(&picture, &sub, CHILD, PARENT), "#e08600 2.6");
    assert_look(edge_of(&picture, &sub, PARENT, NAME), "#98a2b3 1");
    assert_look(edge_of(&picture, &sub, APP, PARENT), "#1f2937 2.2");
    assert_look(node_of(&picture, &sub, PARENT), "#d92d20 3"); /* the target */
    assert_look(node_of(&picture, &sub, KIDS), "#e08600 2.2");
    assert_look(node_of(&picture, &sub, NAME), "#98a2b3 1");
    assert_true(svg_is_of_class(node_of(&picture, &sub, PARENT), "cycle"));
    assert_true(svg_is_of_class(node_of(&picture, &sub, PARENT), "chain"));
    assert_false(svg_is_of_class(node_of(&picture, &sub, NAME), "cycle"));
    svg_close(&picture);
}

/* Five edges through two dicts, of which three are drawn; in each rotation, also those in which a dict is
 * where the array begins and ends. */
static void a_cycle_through_folded_dicts_comes_out_whole_in_any_rotation(void **state)
{
    const scene *s = *state;
    for (size_t turn = 0; turn < CYCLE; turn++) {
        rg_edge turned[CYCLE];
        for (size_t i = 0; i < CYCLE; i++)
            turned[i] = s->cycle[(i + turn) % CYCLE];
        const rg_render_options options = {
            .cycle = turned, .cycle_count = CYCLE, .hide_legend = true};
        svg picture = drawn(s->graph, &s->folded, &options);
        assert_int_equal(svg_count(&picture, "cycle"), 2 * FOLDED_CYCLE);
        static const uint32_t around[FOLDED_CYCLE] = {PARENT, KIDS, CHILD};
        for (size_t i = 0; i < FOLDED_CYCLE; i++) {
            const uint32_t next = around[(i + 1) % FOLDED_CYCLE];
            assert_true(svg_is_of_class(node_of(&picture, &s->folded, around[i]), "cycle"));
            assert_true(svg_is_of_class(edge_of(&picture, &s->folded, around[i], next), "cycle"));
        }
        svg_close(&picture);
        picture = drawn(s->graph, &s->whole, &options);
        assert_int_equal(svg_count(&picture, "cycle"), 2 * CYCLE);
        svg_close(&picture);
    }
}

/* 0 → 1 → 2 → 3 → 0, with 1 → 3 across and a fifth node that refers to all. */
static rg_graph *ring_with_a_chord(void)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 5);
    drawing_own(&d, 0, 1, ".a");
    drawing_own(&d, 1, 3, ".chord");
    drawing_own(&d, 1, 2, ".b");
    drawing_own(&d, 2, 3, ".c");
    drawing_own(&d, 3, 0, ".d");
    drawing_own(&d, 4, 3, ".x");
    drawing_own(&d, 4, 1, ".y");
    return sample_drawn(&d);
}

static void a_cycle_runs_downwards_from_its_first_edge_and_the_last_leads_up(void **state)
{
    (void)state;
    rg_graph *g = ring_with_a_chord();
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    for (uint32_t turn = 0; turn < 4; turn++) {
        rg_edge cycle[4];
        for (uint32_t i = 0; i < 4; i++)
            cycle[i] = edge_between(g, (turn + i) % 4, (turn + i + 1) % 4);
        svg picture = drawn(g, &all, &(rg_render_options){.cycle = cycle, .cycle_count = 4});
        for (uint32_t i = 0; i < 3; i++)
            assert_true(height_of(find(&picture, "n", cycle[i].from)) <
                        height_of(find(&picture, "n", cycle[i].to)));
        svg_close(&picture);
    }
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void an_object_that_refers_to_itself_is_a_cycle(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 0, ".me");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    const rg_render_options options = {
        .cycle = all.edges, .cycle_count = 1, .cut = all.edges, .cut_count = 1};
    svg picture = drawn(g, &all, &options);
    assert_true(svg_is_of_class(find(&picture, "n", 0), "cycle"));
    assert_text(find(&picture, "e", 0), " cut here: .me");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* ---- the cut ---- */

static void a_reference_to_cut_is_dashed_in_the_target_s_red_and_says_so(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {
        .cycle = s->cycle, .cycle_count = CYCLE, .cut = &s->cycle[4], .cut_count = 1};
    svg picture = drawn(s->graph, &s->folded, &options);
    xmlNode *edge = edge_of(&picture, &s->folded, CHILD, PARENT);
    assert_look(edge, "#d92d20 2.2 5,2");
    assert_text(edge, " cut here: .parent");
    assert_tooltip(edge, "cut here: .parent");
    assert_true(svg_is_of_class(edge, "cut"));
    assert_true(svg_is_of_class(edge, "cycle"));
    assert_int_equal(svg_count(&picture, "cut"), 1);
    assert_int_equal(svg_count(&picture, "cycle"), 2 * FOLDED_CYCLE);
    assert_look(node_of(&picture, &s->folded, CHILD), "#e08600 2.2");
    assert_look(edge_of(&picture, &s->folded, PARENT, KIDS), "#e08600 2.6");
    svg_close(&picture);
}

/* `.__dict__` itself is to be cut, which is not drawn. */
static void a_cut_of_a_folded_dict_is_shown_on_what_goes_through_it(void **state)
{
    const scene *s = *state;
    rg_render_options options = {
        .cycle = s->cycle, .cycle_count = CYCLE, .cut = &s->cycle[0], .cut_count = 1};
    svg picture = drawn(s->graph, &s->folded, &options);
    assert_text(edge_of(&picture, &s->folded, PARENT, KIDS), " cut here: .kids");
    assert_text(edge_of(&picture, &s->folded, PARENT, NAME), " .name");
    assert_int_equal(svg_count(&picture, "cut"), 1);
    svg_close(&picture);
    options.cycle_count = 0;
    picture = drawn(s->graph, &s->folded, &options);
    assert_text(edge_of(&picture, &s->folded, PARENT, KIDS), " cut here: .kids");
    assert_text(edge_of(&picture, &s->folded, PARENT, NAME), " cut here: .name");
    assert_int_equal(svg_count(&picture, "cut"), 2);
    svg_close(&picture);
    picture = drawn(s->graph, &s->whole, &options); /* where it is drawn it is the one */
    assert_text(edge_of(&picture, &s->whole, PARENT, PARENT_DICT), " cut here: .__dict__");
    assert_int_equal(svg_count(&picture, "cut"), 1);
    svg_close(&picture);
    rg_edge from_elsewhere = s->cycle[0]; /* another's reference to the dict */
    from_elsewhere.from = APP;
    from_elsewhere.index = s->chain[0].index + 1000;
    options.cut = &from_elsewhere;
    picture = drawn(s->graph, &s->folded, &options);
    assert_int_equal(svg_count(&picture, "cut"), 0);
    svg_close(&picture);
}

/* 0 → 1 by .a .b .c .d .e, of which .d and .c are to be cut; 1 → 0 by two that have no names. */
static void of_parallel_references_those_to_cut_are_named_first(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    for (const char *const *name = (const char *const[]){".a", ".b", ".c", ".d", ".e", NULL}; *name;
         name++)
        drawing_own(&d, 0, 1, *name);
    drawing_own(&d, 1, 0, "");
    drawing_own(&d, 1, 0, "");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    const rg_edge cut[] = {all.edges[3], all.edges[2], all.edges[6]};
    svg picture = drawn(g, &all, &(rg_render_options){.cut = cut, .cut_count = 3});
    assert_text(find(&picture, "e", 0), " cut here: .c, .d; also .a … 2 more");
    assert_tooltip(find(&picture, "e", 0), "cut here: .c, .d; also .a … 2 more");
    assert_text(find(&picture, "e", 5), " cut here");
    assert_tooltip(find(&picture, "e", 5), "cut here");
    assert_null(svg_find(&picture, "e2"));
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void a_hostile_name_is_shown_behind_the_words_as_it_is(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, 2);
    drawing_own(&d, 0, 1, ".\\N <b>&amp;</b>\n]]>");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    svg picture = drawn(g, &all, &(rg_render_options){.cut = all.edges, .cut_count = 1});
    assert_text(find(&picture, "e", 0), " cut here: .\\N <b>&amp;</b>\\n]]>");
    assert_tooltip(find(&picture, "e", 0), "cut here: .\\N <b>&amp;</b>\\n]]>");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* ---- limits ---- */

/* A ring of n nodes: node i refers to the next by edge i. */
static rg_graph *ring(uint32_t nodes)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (uint32_t i = 0; i < nodes; i++)
        drawing_own(&d, i, (i + 1) % nodes, ".next");
    return sample_drawn(&d);
}

static void cycle_and_cut_stay_when_others_are_left_out(void **state)
{
    (void)state;
    rg_graph *g = ring(1000);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    const rg_render_options options = {.cycle = all.edges + 700,
                                       .cycle_count = 5,
                                       .cut = all.edges + 900,
                                       .cut_count = 2,
                                       .max_nodes = 10,
                                       .hide_legend = true};
    svg picture = drawn(g, &all, &options);
    assert_int_equal(svg_count(&picture, "node"), 11);
    for (size_t i = 700; i < 705; i++)
        assert_true(svg_is_of_class(find(&picture, "e", i), "cycle"));
    for (size_t i = 900; i < 902; i++)
        assert_true(svg_is_of_class(find(&picture, "e", i), "cut"));
    assert_non_null(svg_find(&picture, "n0")); /* the target */
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void among_too_many_edges_those_of_cycle_and_cut_are_drawn(void **state)
{
    (void)state;
    enum { SIDE = 30 };
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, SIDE);
    for (uint32_t from = 0; from < SIDE; from++)
        for (uint32_t to = 0; to < SIDE; to++)
            drawing_own(&d, from, to, ".x");
    rg_graph *g = sample_drawn(&d);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    const size_t last = all.edge_count - 1;
    const rg_render_options options = {.max_nodes = SIDE,
                                       .chain = &all.edges[last],
                                       .chain_count = 1,
                                       .cycle = &all.edges[last - 2],
                                       .cycle_count = 2,
                                       .cut = &all.edges[last - 3],
                                       .cut_count = 1};
    svg picture = drawn(g, &all, &options);
    assert_int_equal(svg_count(&picture, "reference"), 2 * SIDE);
    assert_true(svg_is_of_class(find(&picture, "e", last), "chain"));
    assert_true(svg_is_of_class(find(&picture, "e", last - 1), "cycle"));
    assert_true(svg_is_of_class(find(&picture, "e", last - 2), "cycle"));
    assert_true(svg_is_of_class(find(&picture, "e", last - 3), "cut"));
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

static void a_cycle_of_a_million_objects_is_drawn_to_the_limit(void **state)
{
    (void)state;
    rg_graph *g = ring(MILLION);
    rg_subgraph all = {0};
    assert_int_equal(pictures_select_all(&all, g, NULL), RG_OK);
    const rg_render_options options = {.cycle = all.edges,
                                       .cycle_count = MILLION,
                                       .cut = all.edges,
                                       .cut_count = MILLION,
                                       .max_nodes = 20};
    svg picture = drawn(g, &all, &options);
    assert_int_equal(svg_count(&picture, "cut"), 19);
    assert_text(svg_find(&picture, "reduced"), "… 999,980 more");
    svg_close(&picture);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
}

/* ---- what the collector knows ---- */

static void the_collector_s_words_are_the_last_line_where_there_are_any(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        uint8_t generation;
        uint32_t type_flags;
        const char *words; /* NULL: none */
        bool has_finalizer;
    } cases[] = {
        {RG_NODE_GC_TRACKED, 0, 0, "generation 0", false},
        {RG_NODE_GC_TRACKED, 1, RG_TYPE_SILENT, "generation 1", false},
        {RG_NODE_GC_TRACKED, 2, 0, "generation 2", false},
        {RG_NODE_GC_TRACKED | RG_NODE_FROZEN, 3, 0, "frozen", false},
        {RG_NODE_GC_TRACKED | RG_NODE_IMMORTAL, RG_GENERATION_PERMANENT, 0, NULL, false},
        {0, RG_GENERATION_NONE, 0, NULL, false},
        {0, 0, 0, NULL, false}, /* as a graph built by hand has it */
        {0, RG_GENERATION_NONE, RG_TYPE_SILENT, "not seen by the collector", false},
        {RG_NODE_GC_TRACKED | RG_NODE_HAS_FINALIZER, 0, 0, "generation 0 · __del__", true},
        {RG_NODE_HAS_FINALIZER | RG_NODE_FINALIZED, 4, 0, "__del__ has run", true},
        {RG_NODE_FINALIZED, 4, 0, "finalizer has run", false},
        {RG_NODE_GC_TRACKED | RG_NODE_IN_TRY, 1, 0, "generation 1 · suspended in try", true},
        {0, 4, RG_TYPE_LEGACY_FINALIZER, "tp_del", true},
        {RG_NODE_HAS_FINALIZER | RG_NODE_IN_TRY, 4, RG_TYPE_SILENT | RG_TYPE_LEGACY_FINALIZER,
         "not seen by the collector · __del__ · tp_del · suspended in try", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        drawing d = drawing_new(NULL);
        uint32_t id = 0;
        const rg_node node = {
            .type = drawing_type(&d, "app.\\N<b>&amp;", RG_KIND_INSTANCE, cases[i].type_flags),
            .text = RG_NONE,
            .flags = (uint16_t)cases[i].flags,
            .generation = cases[i].generation,
        };
        assert_int_equal(rg_builder_add_node(d.builder, &id, &node), RG_OK);
        rg_graph *g = sample_drawn(&d);
        const rg_subgraph one = {.nodes = (uint32_t[]){0}, .node_count = 1};
        char label[128];
        char tooltip[128];
        const char *words = cases[i].words ? cases[i].words : "";
        (void)snprintf(label, sizeof label, "app.\\N<b>&amp;%s%s", *words ? "\n" : "", words);
        (void)snprintf(tooltip, sizeof tooltip, "app.\\N<b>&amp;%s%s", *words ? ", " : "", words);
        svg picture = drawn(g, &one, &(rg_render_options){.show_collector = true});
        assert_text(find(&picture, "n", 0), label);
        assert_tooltip(find(&picture, "n", 0), tooltip);
        assert_int_equal(svg_count(&picture, "finalizer"), cases[i].has_finalizer);
        assert_int_equal(svg_find(&picture, "legend_finalizer") != NULL, cases[i].has_finalizer);
        svg_close(&picture);
        picture = drawn(g, &one, NULL);
        assert_text(find(&picture, "n", 0), "app.\\N<b>&amp;");
        assert_int_equal(svg_count(&picture, "finalizer"), 0);
        svg_close(&picture);
        rg_graph_free(g);
    }
}

/* Whatever its border says, the form is another: straight corners, each cut by a line. */
static size_t corners_of(xmlNode *element)
{
    size_t count = 0;
    for (xmlNode *a = element->children; a; a = a->next)
        for (xmlNode *b = a->children; b; b = b->next)
            for (xmlNode *c = b->children; c; c = c->next)
                count += !strcmp((const char *)c->name, "polyline");
    return count;
}

static void a_finalizer_is_seen_beside_every_other_mark(void **state)
{
    const scene *s = *state;
    const rg_render_options options = {
        .cycle = s->cycle, .cycle_count = CYCLE, .show_collector = true};
    svg picture = drawn(s->graph, &s->folded, &options);
    xmlNode *child = node_of(&picture, &s->folded, CHILD);
    assert_text(child, "app.Node\nchild\ngeneration 2 · __del__");
    assert_look(child, "#e08600 2.2");
    assert_int_equal(corners_of(child), 4);
    assert_int_equal(corners_of(node_of(&picture, &s->folded, PARENT)), 0);
    assert_int_equal(corners_of(svg_find(&picture, "legend_finalizer")), 4);
    svg_close(&picture);
    picture = drawn(s->graph, &s->folded, &(rg_render_options){.show_collector = true});
    assert_look(node_of(&picture, &s->folded, CHILD), "#6d3fc0 1.5");
    svg_close(&picture);
}

/* ---- the legend ---- */

static void the_legend_explains_the_marks_that_occur(void **state)
{
    const scene *s = *state;
    static const char *const ids[] = {"legend_cycle", "legend_cut", "legend_finalizer"};
    static const char *const texts[] = {"on the shortest cycle", "cut here", "has a finalizer"};
    static const char *const looks[] = {"#e08600 2.2", "#d92d20 2.2 5,2", "#6d3fc0 1.5"};
    for (unsigned marks = 0; marks < 8; marks++) {
        const rg_render_options options = {
            .cycle = s->cycle,
            .cycle_count = marks & 1 ? CYCLE : 0,
            .cut = &s->cycle[4],
            .cut_count = marks & 2 ? 1 : 0,
            .show_collector = marks & 4,
        };
        svg picture = drawn(s->graph, &s->folded, &options);
        for (unsigned i = 0; i < COUNT_OF(ids); i++) {
            xmlNode *entry = svg_find(&picture, ids[i]);
            assert_int_equal(entry != NULL, marks >> i & 1);
            if (!entry)
                continue;
            assert_text(entry, texts[i]);
            assert_look(entry, looks[i]);
            assert_true(svg_is_of_class(entry, "legend"));
        }
        svg_close(&picture);
    }
    const rg_render_options hidden = {.cycle = s->cycle,
                                      .cycle_count = CYCLE,
                                      .cut = s->cycle,
                                      .cut_count = 1,
                                      .show_collector = true,
                                      .hide_legend = true};
    svg picture = drawn(s->graph, &s->folded, &hidden);
    assert_int_equal(svg_count(&picture, "legend"), 0);
    svg_close(&picture);
}

/* ---- what says nothing ---- */

static void assert_same_picture(const scene *s, const rg_render_options *a,
                                const rg_render_options *b)
{
    rg_buffer x = drawn_bytes(s->graph, &s->folded, a);
    rg_buffer y = drawn_bytes(s->graph, &s->folded, b);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    rg_buffer_dispose(&x);
    rg_buffer_dispose(&y);
}

static void no_edges_and_edges_of_elsewhere_change_no_byte(void **state)
{
    const scene *s = *state;
    const rg_render_options plain = {.chain = s->chain, .chain_count = 1};
    rg_render_options options = plain;
    options.cycle = s->cycle;
    options.cut = s->cycle;
    assert_same_picture(s, &plain, &options);
    options.cycle = (rg_edge[]){{.from = 3, .to = 77777, .index = 12345},
                                {.from = RG_NONE, .to = RG_NONE, .index = UINT64_MAX}};
    options.cut = options.cycle;
    options.cycle_count = options.cut_count = 2;
    assert_same_picture(s, &plain, &options);
}

/* ---- memory ---- */

static rg_status draw_all(const rg_allocator *allocator, void *context)
{
    const scene *s = context;
    rg_subgraph sub = s->folded;
    rg_buffer out = rg_buffer_empty(allocator);
    sub.allocator = *allocator;
    const rg_render_options options = {.cycle = s->cycle,
                                       .cycle_count = CYCLE,
                                       .cut = s->cycle,
                                       .cut_count = 2,
                                       .chain = s->chain,
                                       .chain_count = 1,
                                       .show_collector = true};
    const rg_status status = rg_render(&out, s->graph, &sub, RG_FORMAT_SVG, &options, NULL);
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    assert_true(oom_torture(draw_all, *state) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cycle_is_amber_and_strong_below_the_target_and_above_the_chain),
        cmocka_unit_test(a_cycle_through_folded_dicts_comes_out_whole_in_any_rotation),
        cmocka_unit_test(a_cycle_runs_downwards_from_its_first_edge_and_the_last_leads_up),
        cmocka_unit_test(an_object_that_refers_to_itself_is_a_cycle),
        cmocka_unit_test(a_reference_to_cut_is_dashed_in_the_target_s_red_and_says_so),
        cmocka_unit_test(a_cut_of_a_folded_dict_is_shown_on_what_goes_through_it),
        cmocka_unit_test(of_parallel_references_those_to_cut_are_named_first),
        cmocka_unit_test(a_hostile_name_is_shown_behind_the_words_as_it_is),
        cmocka_unit_test(cycle_and_cut_stay_when_others_are_left_out),
        cmocka_unit_test(among_too_many_edges_those_of_cycle_and_cut_are_drawn),
        cmocka_unit_test(a_cycle_of_a_million_objects_is_drawn_to_the_limit),
        cmocka_unit_test(the_collector_s_words_are_the_last_line_where_there_are_any),
        cmocka_unit_test(a_finalizer_is_seen_beside_every_other_mark),
        cmocka_unit_test(the_legend_explains_the_marks_that_occur),
        cmocka_unit_test(no_edges_and_edges_of_elsewhere_change_no_byte),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
