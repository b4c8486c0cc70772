/* See heaps.h. */
#include "heaps.h"

#include "samples.h"
#include "test.h"

typedef struct kind_of_type {
    const char *name;
    rg_kind kind;
    uint32_t flags;
} kind_of_type;

static const kind_of_type kinds[] = {
    {"app.Node", RG_KIND_INSTANCE, RG_TYPE_PLAIN},
    {"app.Node", RG_KIND_INSTANCE, RG_TYPE_PLAIN}, /* another class of the same name */
    {"app.Leaf", RG_KIND_INSTANCE, RG_TYPE_PLAIN},
    {"app.Old", RG_KIND_OTHER, RG_TYPE_LEGACY_FINALIZER},
    {"app.Silent", RG_KIND_OTHER, RG_TYPE_SILENT},
    {"dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING},
    {"list", RG_KIND_CONTAINER, RG_TYPE_PLAIN},
    {"tuple", RG_KIND_CONTAINER, RG_TYPE_PLAIN},
    {"set", RG_KIND_CONTAINER, RG_TYPE_PLAIN},
    {"frozenset", RG_KIND_CONTAINER, RG_TYPE_PLAIN},
    {"cell", RG_KIND_CONTAINER, RG_TYPE_PLAIN},
    {"function", RG_KIND_FUNCTION, RG_TYPE_DESCRIPTOR},
    {"method", RG_KIND_FUNCTION, RG_TYPE_DESCRIPTOR},
    {"property", RG_KIND_OTHER, RG_TYPE_DESCRIPTOR},
    {"type", RG_KIND_TYPE, RG_TYPE_PLAIN},
    {"module", RG_KIND_MODULE, RG_TYPE_PLAIN},
    {"frame", RG_KIND_FRAME, RG_TYPE_PLAIN},
    {"generator", RG_KIND_FRAME, RG_TYPE_PLAIN},
};

static const char *const names[] = {
    ".x",
    ".parent",
    "._owner",
    ".on_close",
    ".__dict__",
    "[0]",
    "[1]",
    "[@0]",
    "[@1]",
    "key",
    "element",
    "local x",
    "local err",
    "cell x",
    "hidden x",
    "slot f",
    ".__traceback__",
    ".__context__",
    "type",
    "",
    ".__self__",
    ".cell_contents",
};

uint32_t heap_node(drawing *self, uint32_t type, uint8_t generation, uint16_t flags, uint64_t size)
{
    uint32_t id = RG_NONE;
    const rg_node node = {
        .type = type,
        .text = RG_NONE,
        .flags = flags,
        .generation = generation,
        .size = size,
    };
    if (!self->status)
        self->status = rg_builder_add_node(self->builder, &id, &node);
    return id;
}

/* What one random heap is like. */
typedef struct style {
    randomness *random;
    drawing d;
    uint32_t nodes;
    uint32_t types[5]; /* few, so that some cycles are alike */
    const char *names[6];
    uint32_t cluster;    /* nodes that refer to each other, mostly */
    bool has_rare_flags; /* finalizers, frozen objects, … */
    uint32_t ages;       /* 1: all nodes are old … 5: every generation */
} style;

static bool one_in(randomness *random, uint32_t n)
{
    return !random_below(random, n);
}

static uint16_t random_flags(const style *s)
{
    static const uint16_t rare[] = {
        RG_NODE_FROZEN,    RG_NODE_UNSEEN, RG_NODE_HAS_FINALIZER, RG_NODE_HAS_FINALIZER,
        RG_NODE_FINALIZED, RG_NODE_IN_TRY, RG_NODE_RUNNING,
    };
    uint16_t flags = RG_NODE_GC_TRACKED;
    for (size_t i = 0; i < COUNT_OF(rare) && s->has_rare_flags; i++)
        if (one_in(s->random, 24))
            flags = (uint16_t)(flags | rare[i]);
    return flags;
}

static void add_nodes(style *s)
{
    static const uint8_t ages[] = {2, 0, 1, RG_GENERATION_NONE, RG_GENERATION_PERMANENT};
    for (uint32_t i = 0; i < s->nodes; i++) {
        const uint32_t type = s->types[random_below(s->random, COUNT_OF(s->types))];
        const uint8_t age = ages[random_below(s->random, s->ages)];
        uint16_t flags = random_flags(s);
        if (age == RG_GENERATION_NONE)
            flags = (uint16_t)(flags & ~RG_NODE_GC_TRACKED);
        heap_node(&s->d, type, age, flags, UINT64_C(1) << i % 48);
    }
}

static rg_strength random_strength(randomness *random)
{
    const uint32_t n = random_below(random, 12);
    return n < 9 ? RG_STRENGTH_OWN : (rg_strength)(n - 8);
}

static void add_edges(style *s)
{
    const uint32_t edges = random_below(s->random, 3 * s->nodes + 1);
    for (uint32_t i = 0; i < edges; i++) {
        const uint32_t from = random_below(s->random, s->nodes);
        uint32_t to = from - from % s->cluster + random_below(s->random, s->cluster);
        if (to >= s->nodes || one_in(s->random, 12))
            to = random_below(s->random, s->nodes);
        drawing_edge(&s->d, from, to, s->names[random_below(s->random, COUNT_OF(s->names))],
                     random_strength(s->random));
    }
}

/* Weak references: most have a callback, some one that is housekeeping. */
static void add_weakrefs(style *s)
{
    static const char *const callbacks[] = {"app.note", "app.note", "_destroy",
                                            "WeakSet.__init__.<locals>._remove"};
    const uint32_t type = drawing_type(&s->d, "weakref.ReferenceType", RG_KIND_OTHER, 0);
    const uint32_t function = drawing_type(&s->d, "function", RG_KIND_FUNCTION, 0);
    for (uint32_t i = random_below(s->random, 4); i > 0; i--) {
        const uint32_t weakref =
            heap_node(&s->d, type, 2, RG_NODE_GC_TRACKED, UINT64_C(1) << (48 + i));
        drawing_edge(&s->d, weakref, random_below(s->random, s->nodes), "weak", RG_STRENGTH_WEAK);
        if (one_in(s->random, 4))
            continue;
        const char *text = callbacks[random_below(s->random, COUNT_OF(callbacks))];
        drawing_own(&s->d, weakref, drawing_node(&s->d, function, text, 0), ".__callback__");
        if (one_in(s->random, 2))
            drawing_own(&s->d, random_below(s->random, s->nodes), weakref, ".ref");
    }
}

static void add_roots(style *s)
{
    const uint32_t roots = random_below(s->random, 4);
    for (uint32_t i = 0; i < roots; i++)
        drawing_root(&s->d, /* a node has one of kind NATIVE, the last kind */
                     (rg_root_kind)random_below(s->random, RG_ROOT_KIND_COUNT - (i > 0)),
                     random_below(s->random, s->nodes), "r");
}

static void set_collector(style *s)
{
    const rg_collector_state state = {
        .kind = (rg_collector_kind)random_below(s->random, RG_COLLECTOR_INCREMENTAL + 1),
        .is_enabled = !one_in(s->random, 5),
        .thresholds = {one_in(s->random, 8) ? 0 : 700, 10, 10},
    };
    if (!s->d.status)
        rg_builder_set_collector(s->d.builder, &state);
}

rg_graph *heap_random(randomness *random, uint32_t max_nodes)
{
    enum { WEAKREFS = 8 /* nodes that they and their callbacks are at most */ };
    const uint32_t most = max_nodes < HEAP_MOST - WEAKREFS ? max_nodes : HEAP_MOST - WEAKREFS;
    uint32_t types[COUNT_OF(kinds)];
    style s = {
        .random = random,
        .d = drawing_new(NULL),
        .nodes = 2 + random_below(random, most - 1), /* "[@1]" is a key */
        .cluster = 1 + random_below(random, 5),
        .has_rare_flags = one_in(random, 2),
        .ages = 1 + random_below(random, 5),
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        types[i] = drawing_type(&s.d, kinds[i].name, kinds[i].kind, kinds[i].flags);
    for (size_t i = 0; i < COUNT_OF(s.types); i++)
        s.types[i] = types[random_below(random, COUNT_OF(types))];
    for (size_t i = 0; i < COUNT_OF(s.names); i++)
        s.names[i] = names[random_below(random, COUNT_OF(names))];
    add_nodes(&s);
    add_edges(&s);
    if (s.has_rare_flags)
        add_weakrefs(&s);
    add_roots(&s);
    set_collector(&s);
    return sample_drawn(&s.d);
}

rg_graph *heap_knot(randomness *random, uint32_t nodes, uint32_t chords)
{
    uint32_t types[COUNT_OF(kinds)];
    drawing d = drawing_new(NULL);
    const uint32_t variety = 1 + random_below(random, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        types[i] = drawing_type(&d, kinds[i].name, kinds[i].kind, kinds[i].flags);
    for (uint32_t n = 0; n < nodes; n++)
        heap_node(&d, types[random_below(random, one_in(random, 3) ? COUNT_OF(types) : 3)], 2,
                  RG_NODE_GC_TRACKED, 100);
    for (uint32_t i = 0; i < nodes + chords; i++) {
        const bool is_chord = i >= nodes;
        const uint32_t from = is_chord ? random_below(random, nodes) : i;
        const uint32_t to = is_chord ? random_below(random, nodes) : (i + 1) % nodes;
        const char *name = names[random_below(random, variety)];
        if (nodes < 2 && name[0] == '[' && name[1] == '@')
            name = "[0]";
        drawing_edge(&d, from, to, name,
                     one_in(random, 12) ? RG_STRENGTH_INFRASTRUCTURE : RG_STRENGTH_OWN);
    }
    return sample_drawn(&d);
}

rg_graph *heap_digraph(uint32_t nodes, uint64_t matrix)
{
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (uint32_t i = 0; i < nodes * nodes; i++)
        if (matrix >> i & 1)
            drawing_own(&d, i / nodes, i % nodes, ".x");
    return sample_drawn(&d);
}

rg_cycles heap_cycles(const rg_graph *g)
{
    rg_cycles found = {0};
    assert_int_equal(rg_cycles_find(&found, g, NULL, NULL), RG_OK);
    return found;
}
