/* What the references to one object are: its in-edges and roots, counted by what they are called.
 *
 * The counts are an equation only where they add up to the refcount. They need not: references may be
 * borrowed in ways that a capture cannot tell, and rules make edges weak that do own one. */
#include <refgraph/analysis.h>

#include "analysis/links.h"
#include "analysis/spelling.h"

#include <stdlib.h>

/* At equal counts in this order. */
typedef enum group {
    LIST_ITEM,
    TUPLE_ITEM,
    DEQUE_ITEM,
    ITEM,
    ATTRIBUTE,
    DICT_VALUE,
    VALUE,
    DICT_KEY,
    SET_ELEMENT,
    LOCAL,
    CLOSURE_CELL,
    CAPTURED,
    STACK,
    INSTANCE,
    FIELD,
    UNNAMED,
    MODULE,
    FRAME,
    THREAD,
    INTERPRETER,
    STATIC,
    OTHER,
    PROBABLE,
    UNEXPLAINED,
    GROUPS
} group;

static const struct {
    const char *one, *many;
} words[GROUPS] = {
    [LIST_ITEM] = {"list item", "list items"},
    [TUPLE_ITEM] = {"tuple item", "tuple items"},
    [DEQUE_ITEM] = {"deque item", "deque items"},
    [ITEM] = {"item", "items"},
    [ATTRIBUTE] = {"attribute", "attributes"},
    [DICT_VALUE] = {"dict value", "dict values"},
    [VALUE] = {"value", "values"},
    [DICT_KEY] = {"dict key", "dict keys"},
    [SET_ELEMENT] = {"set element", "set elements"},
    [LOCAL] = {"local variable", "local variables"},
    [CLOSURE_CELL] = {"closure cell", "closure cells"},
    [CAPTURED] = {"captured variable", "captured variables"},
    [STACK] = {"value on a frame's stack", "values on frames' stacks"},
    [INSTANCE] = {"instance", "instances"},
    [FIELD] = {"C field", "C fields"},
    [UNNAMED] = {"unnamed reference", "unnamed references"},
    [MODULE] = {"module", "modules"},
    [FRAME] = {"running frame", "running frames"},
    [THREAD] = {"thread field", "thread fields"},
    [INTERPRETER] = {"interpreter field", "interpreter fields"},
    [STATIC] = {"static reference", "static references"},
    [OTHER] = {"other root", "other roots"},
    [PROBABLE] = {"probable", "probable"},
    [UNEXPLAINED] = {"unexplained", "unexplained"},
};

typedef struct tally {
    group group;
    uint64_t count;
} tally;

typedef struct counter {
    const rg_graph *graph;
    rg__links links;
    tally tallies[GROUPS];
    uint32_t source; /* whose dict-or-not was asked last; RG_NONE: nobody's */
    bool is_attributes;
} counter;

/* ---- edges and roots into groups ---- */

static rg_type type_of(const rg_graph *g, uint32_t node)
{
    return rg_graph_type(g, rg__node_type(&g->tables, node));
}

static group group_of_item(const rg_graph *g, uint32_t from)
{
    const rg_type type = type_of(g, from);
    if (rg__strings_are_equal(type.module, "collections"))
        return rg__strings_are_equal(type.name, "deque") ? DEQUE_ITEM : ITEM;
    if (!rg__strings_are_equal(type.module, "builtins"))
        return ITEM;
    if (rg__strings_are_equal(type.name, "list"))
        return LIST_ITEM;
    return rg__strings_are_equal(type.name, "tuple") ? TUPLE_ITEM : ITEM;
}

/* A value of a `__dict__` is an attribute of its owner. */
static rg_status group_of_value(counter *c, group *out, uint32_t from)
{
    uint32_t owner = RG_NONE;
    rg_status status = RG_OK;
    if (from != c->source)
        status = rg__links_owner(&c->links, &owner, from);
    if (status)
        return status;
    if (from != c->source)
        c->is_attributes = owner != RG_NONE;
    c->source = from;
    const bool is_dict = type_of(c->graph, from).flags & RG_TYPE_MAPPING;
    *out = c->is_attributes ? ATTRIBUTE : is_dict ? DICT_VALUE : VALUE;
    return RG_OK;
}

static group group_of_attribute(const rg_graph *g, const rg_edge *edge)
{
    const rg_type type = type_of(g, edge->from);
    const bool is_cell =
        rg__strings_are_equal(type.name, "cell") && rg__strings_are_equal(type.module, "builtins");
    return is_cell ? CLOSURE_CELL : ATTRIBUTE;
}

static group group_of_slot(const rg_graph *g, const rg_edge *edge)
{
    const rg_string name = rg_graph_string(g, edge->name.value);
    return rg__strings_are_equal(name, "evaluation stack") ? STACK : FIELD;
}

static rg_status group_of_edge(counter *c, group *out, const rg_edge *edge)
{
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
        *out = group_of_attribute(c->graph, edge);
        return RG_OK;
    case RG_NAME_HIDDEN:
        *out = ATTRIBUTE;
        return RG_OK;
    case RG_NAME_INDEX:
        *out = group_of_item(c->graph, edge->from);
        return RG_OK;
    case RG_NAME_KEY:
        return group_of_value(c, out, edge->from);
    case RG_NAME_KEY_OF:
        *out = DICT_KEY;
        return RG_OK;
    case RG_NAME_ELEMENT:
        *out = SET_ELEMENT;
        return RG_OK;
    case RG_NAME_LOCAL:
        *out = LOCAL;
        return RG_OK;
    case RG_NAME_CELL:
        *out = CAPTURED;
        return RG_OK;
    case RG_NAME_SLOT:
        *out = group_of_slot(c->graph, edge);
        return RG_OK;
    case RG_NAME_CLASS:
        *out = INSTANCE;
        return RG_OK;
    case RG_NAME_REFERENT:
    case RG_NAME_NONE:
        break;
    }
    *out = UNNAMED;
    return RG_OK;
}

static group group_of_root(rg_root_kind kind)
{
    static const group groups[RG_ROOT_KIND_COUNT] = {
        [RG_ROOT_MODULE] = MODULE,
        [RG_ROOT_FRAME] = FRAME,
        [RG_ROOT_INTERPRETER] = INTERPRETER,
        [RG_ROOT_OTHER] = OTHER,
        [RG_ROOT_THREAD] = THREAD,
        [RG_ROOT_TYPE] = STATIC,
        [RG_ROOT_STACK] = STACK,
        [RG_ROOT_PROBABLE] = PROBABLE,
        [RG_ROOT_NATIVE] = UNEXPLAINED,
    };
    return groups[kind];
}

static rg_status count_edges(counter *c, uint32_t node)
{
    rg_edge_list edges = {0};
    rg_status status =
        rg_referrers_find(&edges, c->graph, node, RG_STRENGTH_INFRASTRUCTURE, &c->links.allocator);
    for (size_t i = 0; i < edges.count && !status; i++) {
        group g = UNNAMED;
        status = group_of_edge(c, &g, &edges.items[i]);
        c->tallies[g].count++;
    }
    rg_edge_list_dispose(&edges);
    return status;
}

static void count_roots(counter *c, uint32_t node)
{
    const rg__tables *t = &c->graph->tables;
    for (size_t i = 0; i < t->root_count; i++)
        if (t->roots[i].node == node)
            c->tallies[group_of_root(t->roots[i].kind)].count += t->roots[i].references;
}

/* ---- words ---- */

static int by_count(const void *a, const void *b)
{
    const tally *left = a;
    const tally *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return (left->group > right->group) - (left->group < right->group);
}

static rg_status write_tallies(const counter *c, rg_buffer *out)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < GROUPS && c->tallies[i].count && !status; i++) {
        const tally *t = &c->tallies[i];
        if (i)
            status = rg__write(out, " + ");
        if (!status)
            status = rg__write_count(out, t->count);
        if (!status)
            status = rg__write(out, " ");
        if (!status)
            status = rg__write(out, t->count == 1 ? words[t->group].one : words[t->group].many);
    }
    return status ? status : rg__write(out, c->tallies[0].count ? "" : "nothing");
}

/* "refcount 3 = " where the tallies add up to it, else "refcount 3; found: ". */
static rg_status write_refcount(const counter *c, uint32_t refcount, rg_buffer *out)
{
    uint64_t sum = 0;
    if (!refcount)
        return rg__write(out, "refcount not known; found: ");
    for (size_t i = 0; i < GROUPS; i++)
        sum += c->tallies[i].count;
    rg_status status = rg__write(out, "refcount ");
    if (!status)
        status = rg__write_count(out, refcount);
    if (!status && refcount == UINT32_MAX)
        return rg__write(out, " or more; found: ");
    return status ? status : rg__write(out, sum == refcount ? " = " : "; found: ");
}

rg_status rg_references_write(const rg_graph *graph, uint32_t node, rg_buffer *out)
{
    if (node >= graph->tables.node_count)
        return RG_ERR_ARGUMENT;
    const rg_node n = rg__node_at(&graph->tables, node);
    const rg_allocator a = rg__allocator_or_default(out->allocator.resize ? &out->allocator : NULL);
    counter c = {.graph = graph, .links = rg__links_of(graph, "references", &a), .source = RG_NONE};
    rg_buffer line = rg_buffer_empty(&a);
    rg_status status = RG_OK;
    if (n.flags & RG_NODE_IMMORTAL)
        return rg__write(out, "immortal");
    for (size_t i = 0; i < GROUPS; i++)
        c.tallies[i].group = (group)i;
    status = count_edges(&c, node);
    count_roots(&c, node);
    qsort(c.tallies, GROUPS, sizeof *c.tallies, by_count);
    if (!status)
        status = write_refcount(&c, n.refcount, &line);
    if (!status)
        status = write_tallies(&c, &line);
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    rg_buffer_dispose(&line);
    rg__links_dispose(&c.links);
    return status;
}
