/* Chains as expressions, step by step. That evaluable ones do evaluate to the object is shown by the
 * Python tests, on live heaps. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "test.h"
#include "zoo.h"

/* ---- plain steps ---- */

static void attributes_keys_and_indices_make_an_expression(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['app'].CACHE['u1'].sessions[3]", true,
               {z.module, "app", 0}, {z.dict, ".CACHE", 0}, {z.instance, "['u1']", 0},
               {z.list, ".sessions", 0}, {z.instance, "[3]", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['it\\'s\"\\x1b']", true,
               {z.module, "it's\"\x1b", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_INTERPRETER, "sys.modules['app']", true, {z.dict, "sys.modules", 0},
               {z.module, "['app']", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_INTERPRETER, "atexit callbacks[0]", false,
               {z.list, "atexit callbacks", 0}, {z.function, "[0]", 0});
}

static void what_is_no_identifier_is_read_by_getattr(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "getattr(getattr(sys.modules['m'], 'a b').x, 'class')[1]", true,
               {z.module, "m", 0}, {z.instance, ".a b", 0}, {z.instance, ".x", 0},
               {z.list, ".class", 0}, {z.instance, "[1]", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "type(getattr(sys.modules['m'], '7x'))", true,
               {z.module, "m", 0}, {z.instance, ".7x", 0}, {z.type, "type", 0});
    z = zoo_new(NULL); /* the ligature would be normalised to "fi" */
    EXPRESSION(&z, RG_ROOT_MODULE, "getattr(sys.modules['m'], '\xef\xac\x81')", true,
               {z.module, "m", 0}, {z.instance, ".\xef\xac\x81", 0});
    z = zoo_new(NULL); /* bytes that are no text cannot be spelled */
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m']{.\\xff}.y", false, {z.module, "m", 0},
               {z.instance, ".\xff", 0}, {z.instance, ".y", 0});
}

static void types_that_have_their_own_way_of_reading_are_not_trusted(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].a{.b}", false, {z.module, "m", 0},
               {z.odd, ".a", 0}, {z.instance, ".b", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].a{[3]}.c", false, {z.module, "m", 0},
               {z.odd, ".a", 0}, {z.instance, "[3]", 0}, {z.instance, ".c", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].a{['k']}", false, {z.module, "m", 0},
               {z.odd, ".a", 0}, {z.instance, "['k']", 0});
}

static void what_no_expression_reaches_is_in_braces(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].cache{key}[0].x", false, {z.module, "m", 0},
               {z.dict, ".cache", 0}, {z.tuple, "key", 0}, {z.instance, "[0]", 0},
               {z.instance, ".x", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m']{cache}{element}{unnamed}{cell x}", false,
               {z.module, "m", 0}, {z.dict, "slot cache", 0}, {z.dict, "element", 0},
               {z.function, "", 0}, {z.cell, "cell x", 0});
}

static void a_class_is_reached_by_type(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "type(type(sys.modules['m'].a).b).c", true, {z.module, "m", 0},
               {z.instance, ".a", 0}, {z.type, "type", 0}, {z.instance, ".b", 0},
               {z.type, "type", 0}, {z.instance, ".c", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m']{element}{type}", false, {z.module, "m", 0},
               {z.instance, "element", 0}, {z.type, "type", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].ref()", true, {z.module, "m", 0},
               {z.instance, ".ref", 0}, {z.instance, "weak", 0});
}

/* ---- `__dict__` ---- */

/* owner ─.__dict__─► dict ─[key]─► value, the owner a module's attribute `o` */
static void assert_dict_item(uint32_t zoo_type(const zoo *z), const char *key, uint16_t key_flags,
                             uint32_t value_type(const zoo *z), const char *shadow,
                             const char *expected, bool is_evaluable)
{
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    rg_edge edges[3];
    rg_buffer out = {0};
    bool evaluable = !is_evaluable;
    const uint32_t root = drawing_node(&z.d, z.module, NULL, 0);
    const uint32_t owner = drawing_node(&z.d, zoo_type(&z), NULL, 0);
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    const uint32_t value = drawing_node(&z.d, value_type(&z), NULL, 0);
    const uint32_t key_node = drawing_node(&z.d, z.str, key, key_flags);
    char name[16];
    snprintf(name, sizeof name, "[@%u]", key_node);
    drawing_own(&z.d, root, owner, ".o");
    drawing_own(&z.d, owner, dict, ".__dict__");
    drawing_own(&z.d, dict, value, name);
    drawing_root(&z.d, RG_ROOT_MODULE, root, "m");
    uint32_t id = 0;
    assert_int_equal(rg_builder_add_string(z.d.builder, &id, rg_string_of(shadow)), RG_OK);
    assert_int_equal(rg_builder_add_shadows(z.d.builder, zoo_type(&z), &id, 1), RG_OK);
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    const rg_chain chain = zoo_chain(g, edges, 3);
    assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
    assert_string_equal(out.data, expected);
    assert_int_equal(evaluable, is_evaluable);
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static uint32_t an_instance(const zoo *z)
{
    return z->instance;
}

static uint32_t an_odd_one(const zoo *z)
{
    return z->odd;
}

static uint32_t a_class(const zoo *z)
{
    return z->type;
}

static uint32_t a_function(const zoo *z)
{
    return z->function;
}

static uint32_t a_property(const zoo *z)
{
    return z->property;
}

static void a_dict_of_an_owner_is_skipped_where_that_is_right(void **state)
{
    (void)state;
    const uint16_t str = RG_NODE_TEXT_STR;
    assert_dict_item(an_instance, "x", str, an_instance, "y", "sys.modules['m'].o.x", true);
    assert_dict_item(an_instance, "x", str, an_instance, "x", "sys.modules['m'].o.__dict__['x']",
                     true);
    assert_dict_item(an_instance, "a b", str, an_instance, "y",
                     "sys.modules['m'].o.__dict__['a b']", true);
    assert_dict_item(an_instance, "None", str, an_instance, "y",
                     "sys.modules['m'].o.__dict__['None']", true);
    assert_dict_item(an_instance, "__class__", str, an_instance, "y",
                     "sys.modules['m'].o.__dict__['__class__']", true);
    assert_dict_item(an_instance, "7", RG_NODE_TEXT_LITERAL, an_instance, "y",
                     "sys.modules['m'].o.__dict__[7]", true);
    assert_dict_item(an_instance, "x", str | RG_NODE_TEXT_CUT, an_instance, "y",
                     "sys.modules['m'].o.__dict__{key str}", false);
    assert_dict_item(an_odd_one, "x", str, an_instance, "y", "sys.modules['m'].o{.x}", false);
}

static void what_a_class_holds_may_be_bound_when_it_is_read(void **state)
{
    (void)state;
    const uint16_t str = RG_NODE_TEXT_STR;
    assert_dict_item(a_class, "x", str, an_instance, "y", "sys.modules['m'].o.x", true);
    assert_dict_item(a_class, "x", str, a_function, "y", "sys.modules['m'].o.x", true);
    assert_dict_item(a_class, "x", str, a_property, "y", "sys.modules['m'].o.__dict__['x']", true);
    assert_dict_item(a_class, "mro", str, an_instance, "mro", "sys.modules['m'].o.__dict__['mro']",
                     true);
    assert_dict_item(an_instance, "x", str, a_property, "y", "sys.modules['m'].o.x", true);
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].o.__dict__", true, {z.module, "m", 0},
               {z.instance, ".o", 0}, {z.dict, ".__dict__", 0});
    z = zoo_new(NULL); /* a class gives a mappingproxy */
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].o{.__dict__}", false, {z.module, "m", 0},
               {z.type, ".o", 0}, {z.dict, ".__dict__", 0});
}

/* ---- keys ---- */

static void assert_key(const char *text, uint16_t flags, const char *expected)
{
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    rg_edge edge[1];
    rg_buffer out = {0};
    bool evaluable = false;
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    const uint32_t key = drawing_node(&z.d, z.str, text, flags);
    char name[16];
    snprintf(name, sizeof name, "[@%u]", key);
    drawing_own(&z.d, dict, dict, name);
    drawing_root(&z.d, RG_ROOT_INTERPRETER, dict, "sys.d");
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    const rg_chain chain = zoo_chain(g, edge, 1);
    assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
    assert_string_equal(out.data, expected);
    assert_int_equal(evaluable, !strchr(expected, '{'));
    rg_buffer_dispose(&out);
    rg_graph_free(g);
}

static void a_key_is_spelled_only_where_it_is_known_whole(void **state)
{
    (void)state;
    assert_key("k", RG_NODE_TEXT_STR, "sys.d['k']");
    assert_key("", RG_NODE_TEXT_STR, "sys.d['']");
    assert_key("\n\xe2\x80\xae\\", RG_NODE_TEXT_STR, "sys.d['\\n\\u202e\\\\']");
    assert_key("\xed\xa0\x80", RG_NODE_TEXT_STR, "sys.d['\\ud800']");
    assert_key("-1.5", RG_NODE_TEXT_LITERAL, "sys.d[-1.5]");
    assert_key("k", RG_NODE_TEXT_STR | RG_NODE_TEXT_CUT, "sys.d{key str}");
    assert_key("12", RG_NODE_TEXT_LITERAL | RG_NODE_TEXT_CUT, "sys.d{key str}");
    assert_key("\xff", RG_NODE_TEXT_STR, "sys.d{key str}");
    assert_key("1\n", RG_NODE_TEXT_LITERAL, "sys.d{key str}");
    assert_key("app.py:7", 0, "sys.d{key str}");
    assert_key(NULL, RG_NODE_TEXT_STR, "sys.d{key str}");
}

/*   keys: ('a', 1)   (('a', 1), 'a')   three deep   a tuple of an object   ('a',)   one whose edges are
 *   not its elements in order */
static void tuples_of_literals_are_spelled_two_deep(void **state)
{
    (void)state;
    static const char *const expected[] = {"sys.d[('a', 1)]",  "sys.d[(('a', 1), 'a')]",
                                           "sys.d{key tuple}", "sys.d{key tuple}",
                                           "sys.d[('a',)]",    "sys.d{key tuple}"};
    zoo z = zoo_new(NULL);
    rg_graph *g = NULL;
    const uint32_t dict = drawing_node(&z.d, z.dict, NULL, 0);
    const uint32_t a = drawing_node(&z.d, z.str, "a", RG_NODE_TEXT_STR);
    const uint32_t one = drawing_node(&z.d, z.str, "1", RG_NODE_TEXT_LITERAL);
    uint32_t tuples[6];
    for (size_t i = 0; i < 6; i++)
        tuples[i] = drawing_node(&z.d, z.tuple, NULL, 0);
    const uint32_t elements[6][2] = {{a, one},        {tuples[0], a}, {tuples[1], RG_NONE},
                                     {dict, RG_NONE}, {a, RG_NONE},   {a, one}};
    for (size_t i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "[@%u]", tuples[i]);
        drawing_own(&z.d, dict, dict, name);
        drawing_own(&z.d, tuples[i], elements[i][0], i == 5 ? "[1]" : "[0]");
        if (elements[i][1] != RG_NONE)
            drawing_own(&z.d, tuples[i], elements[i][1], i == 5 ? "[0]" : "[1]");
    }
    drawing_root(&z.d, RG_ROOT_INTERPRETER, dict, "sys.d");
    assert_int_equal(drawing_finish(&z.d, &g), RG_OK);
    for (uint64_t i = 0; i < 6; i++) {
        rg_edge edge = rg_graph_edge(g, dict, rg_graph_edges_begin(g, dict) + i);
        const rg_chain chain = {.edges = &edge, .edge_count = 1};
        rg_buffer out = {0};
        bool evaluable = false;
        assert_int_equal(rg_chain_write_expression(&chain, g, &out, &evaluable), RG_OK);
        assert_string_equal(out.data, expected[i]);
        assert_int_equal(evaluable, !strchr(expected[i], '{'));
        rg_buffer_dispose(&out);
    }
    rg_graph_free(g);
}

/* ---- frames ---- */

static void locals_of_what_is_suspended_can_be_read(void **state)
{
    (void)state;
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].g.gi_frame.f_locals['x'].y", true,
               {z.module, "m", 0}, {z.generator, ".g", 0}, {z.instance, "local x", 0},
               {z.instance, ".y", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].tb.tb_frame.f_locals['x'].y", true,
               {z.module, "m", 0}, {z.instance, ".tb", 0}, {z.frame, ".tb_frame", 0},
               {z.cell, "cell x", 0}, {z.instance, ".cell_contents", 0}, {z.instance, ".y", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].f{local x}", false, {z.module, "m", 0},
               {z.frame, ".f", RG_NODE_RUNNING}, {z.instance, "local x", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].g{local \\xff}", false, {z.module, "m", 0},
               {z.generator, ".g", 0}, {z.instance, "local \xff", 0});
    z = zoo_new(NULL); /* a function has no frame; the cell is reached through its closure */
    EXPRESSION(&z, RG_ROOT_MODULE, "sys.modules['m'].f{cell x}.cell_contents", false,
               {z.module, "m", 0}, {z.function, ".f", 0}, {z.cell, "cell x", 0},
               {z.instance, ".cell_contents", 0});
}

static void a_running_frame_is_told_by_name(void **state)
{
    (void)state;
    const char *root = "thread MainThread · serve (app/server.py:88)";
    zoo z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_FRAME,
               "thread MainThread · serve (app/server.py:88) · local 'last'.sessions[3]", false,
               {z.frame, root, RG_NODE_RUNNING}, {z.instance, "local last", 0},
               {z.list, ".sessions", 0}, {z.instance, "[3]", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_FRAME, "thread MainThread · serve (app/server.py:88) · local 'x'", false,
               {z.frame, root, RG_NODE_RUNNING}, {z.cell, "cell x", 0},
               {z.instance, ".cell_contents", 0});
    z = zoo_new(NULL);
    EXPRESSION(&z, RG_ROOT_OTHER, "held by C", false, {z.instance, "held by C", 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_keys_and_indices_make_an_expression),
        cmocka_unit_test(what_is_no_identifier_is_read_by_getattr),
        cmocka_unit_test(types_that_have_their_own_way_of_reading_are_not_trusted),
        cmocka_unit_test(what_no_expression_reaches_is_in_braces),
        cmocka_unit_test(a_class_is_reached_by_type),
        cmocka_unit_test(a_dict_of_an_owner_is_skipped_where_that_is_right),
        cmocka_unit_test(what_a_class_holds_may_be_bound_when_it_is_read),
        cmocka_unit_test(a_key_is_spelled_only_where_it_is_known_whole),
        cmocka_unit_test(tuples_of_literals_are_spelled_two_deep),
        cmocka_unit_test(locals_of_what_is_suspended_can_be_read),
        cmocka_unit_test(a_running_frame_is_told_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
