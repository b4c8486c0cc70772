/* How references can be cut, and which objects tell most. */
#include "analysis/cycle_kinds.h"

#include "samples.h"
#include "test.h"

enum thing {
    INSTANCE,
    OTHER,
    EXCEPTION,
    FUNCTION,
    METHOD,
    PROPERTY,
    FRAME,
    RUNNING,
    GENERATOR,
    TYPE,
    MODULE,
    DICT,
    LIST,
    TUPLE,
    SET,
    FROZENSET,
    CELL,
    THINGS
};

static const struct {
    const char *type;
    rg_kind kind;
    uint32_t type_flags;
    uint16_t flags;
} things[THINGS] = {
    [INSTANCE] = {"app.Session", RG_KIND_INSTANCE, 0, 0},
    [OTHER] = {"lib.Thing", RG_KIND_OTHER, 0, 0},
    [EXCEPTION] = {"ValueError", RG_KIND_OTHER, 0, 0},
    [FUNCTION] = {"function", RG_KIND_FUNCTION, RG_TYPE_DESCRIPTOR, 0},
    [METHOD] = {"method", RG_KIND_FUNCTION, 0, 0},
    [PROPERTY] = {"property", RG_KIND_OTHER, RG_TYPE_DESCRIPTOR, 0},
    [FRAME] = {"frame", RG_KIND_FRAME, 0, 0},
    [RUNNING] = {"frame", RG_KIND_FRAME, 0, RG_NODE_RUNNING},
    [GENERATOR] = {"generator", RG_KIND_FRAME, 0, 0},
    [TYPE] = {"type", RG_KIND_TYPE, 0, 0},
    [MODULE] = {"module", RG_KIND_MODULE, 0, 0},
    [DICT] = {"dict", RG_KIND_CONTAINER, 0, 0},
    [LIST] = {"list", RG_KIND_CONTAINER, 0, 0},
    [TUPLE] = {"tuple", RG_KIND_CONTAINER, 0, 0},
    [SET] = {"set", RG_KIND_CONTAINER, 0, 0},
    [FROZENSET] = {"frozenset", RG_KIND_CONTAINER, 0, 0},
    [CELL] = {"cell", RG_KIND_CONTAINER, 0, 0},
};

static void add_things(drawing *d)
{
    for (int i = 0; i < THINGS; i++)
        drawing_node(d, drawing_type(d, things[i].type, things[i].kind, things[i].type_flags), NULL,
                     things[i].flags);
    drawing_own(d, EXCEPTION, TUPLE, ".__traceback__");
}

/* The kind of an edge between two things; `owner` THINGS: none. */
static rg__cut_kind kind_of(enum thing from, const char *name, enum thing to, rg_strength strength,
                            enum thing owner)
{
    drawing d = drawing_new(NULL);
    add_things(&d);
    drawing_edge(&d, from, to, name, strength);
    rg_graph *g = sample_drawn(&d);
    const rg_edge edge = rg_graph_edge(g, from, rg_graph_edges_end(g, from) - 1);
    const rg__cut_kind kind = rg__cut_kind_of(g, &edge, owner == THINGS ? RG_NONE : owner);
    rg_graph_free(g);
    return kind;
}

typedef struct expectation {
    enum thing from;
    const char *name;
    enum thing to;
    rg__cut_kind kind;
} expectation;

static const expectation expectations[] = {
    {INSTANCE, ".parent", INSTANCE, RG__CUT_BACK},
    {INSTANCE, "._parent", INSTANCE, RG__CUT_BACK},
    {INSTANCE, ".__node_OWNER", INSTANCE, RG__CUT_BACK},
    {INSTANCE, ".parent", DICT, RG__CUT_CONTAINER},
    {INSTANCE, ".children", LIST, RG__CUT_CONTAINER},
    {INSTANCE, ".parentNode", INSTANCE, RG__CUT_BACK},
    {INSTANCE, ".ownerDocument", INSTANCE, RG__CUT_BACK},
    {INSTANCE, "._the_app", INSTANCE, RG__CUT_BACK},
    {INSTANCE, ".transparent", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, ".parents", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, "._", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, ".callback", FUNCTION, RG__CUT_CALLBACK},
    {INSTANCE, ".on_close", INSTANCE, RG__CUT_CALLBACK},
    {INSTANCE, ".onClick", INSTANCE, RG__CUT_CALLBACK},
    {INSTANCE, ".on", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, "._on_", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, ".once", INSTANCE, RG__CUT_ATTRIBUTE},
    {INSTANCE, ".run", METHOD, RG__CUT_CALLBACK},
    {INSTANCE, ".run", FUNCTION, RG__CUT_ATTRIBUTE},
    {INSTANCE, "hidden parent", INSTANCE, RG__CUT_BACK},
    {INSTANCE, ".cls", TYPE, RG__CUT_NEVER},
    {INSTANCE, ".module", MODULE, RG__CUT_NEVER},
    {INSTANCE, ".frame", FRAME, RG__CUT_NEVER},
    {INSTANCE, ".task", GENERATOR, RG__CUT_ATTRIBUTE},
    {INSTANCE, ".__dict__", DICT, RG__CUT_NEVER},
    {INSTANCE, "", INSTANCE, RG__CUT_FIXED},
    {INSTANCE, "slot f", INSTANCE, RG__CUT_FIXED},
    {INSTANCE, "type", INSTANCE, RG__CUT_FIXED},
    {EXCEPTION, ".__traceback__", OTHER, RG__CUT_TRACEBACK},
    {EXCEPTION, ".__context__", EXCEPTION, RG__CUT_CONTEXT},
    {EXCEPTION, ".__cause__", EXCEPTION, RG__CUT_CONTEXT},
    {EXCEPTION, ".request", INSTANCE, RG__CUT_ATTRIBUTE},
    {EXCEPTION, ".owner", INSTANCE, RG__CUT_BACK},
    {OTHER, ".request", INSTANCE, RG__CUT_OTHER},
    {OTHER, ".parent", INSTANCE, RG__CUT_OTHER},
    {MODULE, ".x", INSTANCE, RG__CUT_OTHER},
    {FRAME, "local err", EXCEPTION, RG__CUT_EXCEPTION},
    {FRAME, "local x", INSTANCE, RG__CUT_LOCAL},
    {RUNNING, "local err", EXCEPTION, RG__CUT_NEVER},
    {GENERATOR, "local err", EXCEPTION, RG__CUT_GENERATOR},
    {GENERATOR, ".gi_code", OTHER, RG__CUT_FIXED},
    {FRAME, ".f_locals", DICT, RG__CUT_FIXED},
    {FUNCTION, ".__closure__", TUPLE, RG__CUT_FIXED},
    {FUNCTION, ".cache", DICT, RG__CUT_FIXED},
    {METHOD, ".__self__", INSTANCE, RG__CUT_FIXED},
    {CELL, ".cell_contents", FUNCTION, RG__CUT_CELL},
    {TYPE, ".run", FUNCTION, RG__CUT_NEVER},
    {TYPE, ".x", PROPERTY, RG__CUT_NEVER},
    {TYPE, ".registry", LIST, RG__CUT_VARIABLE},
    {DICT, "['k']", INSTANCE, RG__CUT_KEY},
    {DICT, "key", INSTANCE, RG__CUT_FIXED},
    {LIST, "[0]", INSTANCE, RG__CUT_ITEM},
    {TUPLE, "[0]", INSTANCE, RG__CUT_FIXED},
    {SET, "element", INSTANCE, RG__CUT_ELEMENT},
    {FROZENSET, "element", INSTANCE, RG__CUT_FIXED},
    {FUNCTION, "cell x", CELL, RG__CUT_FIXED},
};

static void a_reference_can_be_cut_as_its_name_and_ends_say(void **state)
{
    (void)state;
    bool is_met[RG__CUT_COUNT] = {false};
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        const expectation *e = &expectations[i];
        if (kind_of(e->from, e->name, e->to, RG_STRENGTH_OWN, THINGS) != e->kind)
            fail_msg("%s%s", things[e->from].type, e->name);
        is_met[e->kind] = true;
        assert_int_equal(kind_of(e->from, e->name, e->to, RG_STRENGTH_INFRASTRUCTURE, THINGS),
                         RG__CUT_NEVER);
    }
    for (int kind = 0; kind < RG__CUT_COUNT; kind++)
        assert_true(is_met[kind]);
}

/* The key of an owner's `__dict__` is cut as the attribute that it is. */
static void a_key_of_an_owners_dict_is_an_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        enum thing owner, to;
        rg__cut_kind kind;
    } cases[] = {
        {"['parent']", INSTANCE, INSTANCE, RG__CUT_BACK},
        {"['run']", INSTANCE, METHOD, RG__CUT_CALLBACK},
        {"['x']", INSTANCE, INSTANCE, RG__CUT_ATTRIBUTE},
        {"['x']", MODULE, INSTANCE, RG__CUT_OTHER},
        {"['x']", TYPE, FUNCTION, RG__CUT_NEVER},
        {"['x']", TYPE, INSTANCE, RG__CUT_VARIABLE},
        {"['x']", FUNCTION, INSTANCE, RG__CUT_ATTRIBUTE},
        {"['x']", INSTANCE, TYPE, RG__CUT_NEVER},
        {"['__traceback__']", INSTANCE, OTHER, RG__CUT_TRACEBACK},
        {"[@1]", INSTANCE, INSTANCE, RG__CUT_ATTRIBUTE}, /* a key that is no str */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (kind_of(DICT, cases[i].key, cases[i].to, RG_STRENGTH_OWN, cases[i].owner) !=
            cases[i].kind)
            fail_msg("%s", cases[i].key);
}

static bool has_advice(const rg_graph *g, rg__cut_kind kind, uint32_t target, const char *words)
{
    const char *advice = rg__cut_advice(g, kind, INSTANCE, target);
    return advice && strstr(advice, words);
}

static void whatever_can_be_cut_has_an_advice(void **state)
{
    (void)state;
    drawing d = drawing_new(NULL);
    add_things(&d);
    rg_graph *g = sample_drawn(&d);
    for (int kind = 0; kind < RG__CUT_COUNT; kind++)
        for (uint32_t target = 0; target < THINGS; target++)
            assert_int_equal(rg__cut_advice(g, (rg__cut_kind)kind, INSTANCE, target) != NULL,
                             kind < RG__CUT_FIXED);
    assert_null(rg__cut_advice(g, RG__CUT_COUNT, INSTANCE, INSTANCE));
    assert_true(has_advice(g, RG__CUT_EXCEPTION, EXCEPTION, "finally"));
    assert_true(has_advice(g, RG__CUT_TRACEBACK, OTHER, "traceback.clear_frames("));
    assert_true(has_advice(g, RG__CUT_CONTEXT, EXCEPTION, "from None"));
    assert_true(has_advice(g, RG__CUT_GENERATOR, INSTANCE, "close()"));
    assert_true(has_advice(g, RG__CUT_CELL, FUNCTION, "captured variable"));
    rg_graph_free(g);
}

/* A weak reference is advised where the target can have one and does not die of it. */
/* Objects of the standard library that have a method for it. */
static void what_closes_an_object_is_advised(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool is_holder;
        const char *words;
    } cases[] = {
        {"_asyncio.Task", true, "cancel()"},           {"asyncio.tasks.Task", true, "cancel()"},
        {"sqlite3.Connection", true, "close()"},       {"sqlite3.Connection", false, "close()"},
        {"xml.dom.minidom.Element", true, "unlink()"}, {"async_generator", false, "aclose()"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        drawing d = drawing_new(NULL);
        add_things(&d);
        const bool is_frame = strstr(cases[i].type, "generator") != NULL;
        const uint32_t type =
            drawing_type(&d, cases[i].type, is_frame ? RG_KIND_FRAME : RG_KIND_INSTANCE, 0);
        const uint32_t node = drawing_node(&d, type, NULL, 0);
        rg_graph *g = sample_drawn(&d);
        const char *advice =
            rg__cut_advice(g, RG__CUT_ATTRIBUTE, cases[i].is_holder ? node : INSTANCE,
                           cases[i].is_holder ? INSTANCE : node);
        if (!strstr(advice, cases[i].words))
            fail_msg("%s: %s", cases[i].type, advice);
        rg_graph_free(g);
    }
}

static void the_advice_fits_the_target(void **state)
{
    (void)state;
    static const rg__cut_kind attributes[] = {RG__CUT_BACK, RG__CUT_CALLBACK, RG__CUT_ATTRIBUTE};
    static const struct {
        rg__cut_kind kind;
        const char *weak;
    } items[] = {{RG__CUT_KEY, "weakref.WeakValueDictionary"},
                 {RG__CUT_ITEM, "weakref.ref("},
                 {RG__CUT_ELEMENT, "weakref.WeakSet"}};
    drawing d = drawing_new(NULL);
    add_things(&d);
    drawing_node(&d, drawing_type(&d, "app.Slotted", RG_KIND_INSTANCE, RG_TYPE_NO_WEAKREFS), NULL,
                 0);
    rg_graph *g = sample_drawn(&d);
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        assert_true(has_advice(g, attributes[i], INSTANCE, "weakref.ref("));
        assert_true(has_advice(g, attributes[i], METHOD, "weakref.WeakMethod("));
        assert_true(has_advice(g, attributes[i], GENERATOR, "close()"));
        assert_true(has_advice(g, attributes[i], FUNCTION, "capture"));
        assert_true(has_advice(g, attributes[i], DICT, "clear it"));
        assert_true(has_advice(g, attributes[i], THINGS, "among its __slots__"));
    }
    for (size_t i = 0; i < COUNT_OF(items); i++)
        for (uint32_t target = 0; target <= THINGS; target++) {
            const bool is_weak = target == INSTANCE || target == OTHER || target == EXCEPTION ||
                                 target == PROPERTY || target == TYPE || target == MODULE;
            if (target == FRAME || target == RUNNING)
                continue; /* never cut */
            if (has_advice(g, items[i].kind, target, items[i].weak) != is_weak)
                fail_msg("%s of %u", items[i].weak, target);
        }
    rg_graph_free(g);
}

static void some_objects_tell_more_than_others(void **state)
{
    (void)state;
    static const uint32_t ranks[THINGS] = {
        [INSTANCE] = 0,  [OTHER] = 1, [EXCEPTION] = 1, [FUNCTION] = 2,  [METHOD] = 2,
        [PROPERTY] = 1,  [FRAME] = 3, [RUNNING] = 3,   [GENERATOR] = 2, [TYPE] = 3,
        [MODULE] = 1,    [DICT] = 4,  [LIST] = 4,      [TUPLE] = 4,     [SET] = 4,
        [FROZENSET] = 4, [CELL] = 4,
    };
    drawing d = drawing_new(NULL);
    add_things(&d);
    rg_graph *g = sample_drawn(&d);
    for (uint32_t a = 0; a < THINGS; a++) {
        assert_int_equal(rg__telling_rank(g, a), ranks[a]);
        assert_true(ranks[a] < RG__TELLING_RANKS);
        assert_int_equal(rg__is_exception(g, a), a == EXCEPTION);
        for (uint32_t b = 0; b < THINGS; b++) {
            const char *names[] = {strrchr(things[a].type, '.'), strrchr(things[b].type, '.')};
            const int order = strcmp(names[0] ? names[0] + 1 : things[a].type,
                                     names[1] ? names[1] + 1 : things[b].type);
            assert_int_equal(rg__tells_more(g, a, b),
                             ranks[a] != ranks[b] ? ranks[a] < ranks[b] : order < 0);
        }
    }
    rg_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_can_be_cut_as_its_name_and_ends_say),
        cmocka_unit_test(a_key_of_an_owners_dict_is_an_attribute),
        cmocka_unit_test(whatever_can_be_cut_has_an_advice),
        cmocka_unit_test(what_closes_an_object_is_advised),
        cmocka_unit_test(the_advice_fits_the_target),
        cmocka_unit_test(some_objects_tell_more_than_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
