/* What makes freeing a cycle run code, or fail: see rg_finalizer_kind. */
#include "analysis/cycles_private.h"
#include "analysis/spelling.h"
#include "graph/graph_private.h"

const char *rg_finalizer_text(rg_finalizer_kind kind)
{
    static const char *const texts[RG_FINALIZER_COUNT] = {
        [RG_FINALIZER_DEL] = "__del__",
        [RG_FINALIZER_IN_TRY] = "suspended in try",
        [RG_FINALIZER_LEGACY] = "tp_del",
        [RG_FINALIZER_CALLBACK] = "weakref callback",
    };
    return (unsigned)kind < RG_FINALIZER_COUNT ? texts[kind] : "";
}

/* The node that an attribute or a field of another leads to, or RG_NONE. */
static uint32_t attribute_of(const rg_graph *g, uint32_t node, const char *attribute)
{
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
        const rg_name name = rg__label_name(&g->tables, g->labels[e]);
        if ((name.kind == RG_NAME_ATTRIBUTE || name.kind == RG_NAME_SLOT) &&
            rg__strings_are_equal(rg_graph_string(g, name.value), attribute))
            return g->targets[e];
    }
    return RG_NONE;
}

static bool is_of_kind(const rg_graph *g, uint32_t node, rg_kind kind)
{
    return g->tables.types[rg__node_type(&g->tables, node)].kind == kind;
}

/* Whether a function captured another one: WeakMethod's own callback calls what its maker gave it. */
static bool captures_function(const rg_graph *g, uint32_t function)
{
    const uint32_t cells = attribute_of(g, function, "__closure__");
    for (uint64_t e = cells == RG_NONE ? 0 : rg__edges_begin(g, cells);
         cells != RG_NONE && e < rg__edges_end(g, cells); e++) {
        const uint32_t content = attribute_of(g, g->targets[e], "cell_contents");
        if (content != RG_NONE && is_of_kind(g, content, RG_KIND_FUNCTION))
            return true;
    }
    return false;
}

/* Whether a function is of a module, where that is known. */
static bool may_be_of(const rg_graph *g, uint32_t function, const char *module)
{
    const uint32_t name = attribute_of(g, function, "__module__");
    return name == RG_NONE ||
           rg__strings_are_equal(rg_graph_string(g, rg__node_text(&g->tables, name)), module);
}

/* Callbacks of the standard library that only drop an entry. */
static bool is_housekeeping(const rg_graph *g, uint32_t callback)
{
    static const struct {
        const char *module, *text;
    } known[] = {
        {"_weakrefset", "WeakSet.__init__.<locals>._remove"},
        {"weakref", "WeakKeyDictionary.__init__.<locals>.remove"},
        {"weakref", "WeakValueDictionary.__init__.<locals>.remove"},
        {"weakref", "WeakMethod.__new__.<locals>._cb"},
        {"_abc", "_destroy"}, /* of abc's registries and caches */
    };
    if (!is_of_kind(g, callback, RG_KIND_FUNCTION))
        return false;
    const rg_string text = rg_graph_string(g, rg__node_text(&g->tables, callback));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rg__strings_are_equal(text, known[i].text))
            return may_be_of(g, callback, known[i].module) && !captures_function(g, callback);
    return false;
}

bool rg__has_callback(const rg_graph *graph, const rg_cycles *cycles, uint32_t weakref)
{
    for (uint64_t e = rg__edges_begin(graph, weakref); e < rg__edges_end(graph, weakref); e++) {
        const rg_name name = rg__label_name(&graph->tables, graph->labels[e]);
        if (name.kind == RG_NAME_ATTRIBUTE &&
            rg__strings_are_equal(rg_graph_string(graph, name.value), "__callback__"))
            return !is_housekeeping(graph, graph->targets[e]) &&
                   !rg__cycles_is_garbage(cycles, weakref);
    }
    return false;
}

/* Set the bits of the members, by their places in `members`, to which a weak reference has a callback. Weak
 * references are looked for in the whole graph: among what refers to the members may be lists as long. */
static rg_status find_called(uint64_t *called, const rg_graph *g, const rg_cycles *cycles,
                             const uint32_t *members, uint32_t count)
{
    rg__watch watch = rg__watch_begin(g, "callbacks", g->tables.node_count + g->edge_count);
    for (uint32_t n = 0; n < g->tables.node_count; n++) {
        if (rg__tick(&watch, 1 + rg__edges_end(g, n) - rg__edges_begin(g, n)))
            break;
        for (uint64_t e = rg__edges_begin(g, n); e < rg__edges_end(g, n); e++) {
            if (rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK ||
                rg__label_name(&g->tables, g->labels[e]).kind != RG_NAME_REFERENT)
                continue;
            const size_t place = rg__ids_find(members, count, g->targets[e]);
            if (place < count && rg__has_callback(g, cycles, n))
                rg__bit_set(called, (uint32_t)place);
        }
    }
    return rg__watch_status(&watch);
}

static rg_status add(rg_finalizers *self, uint32_t node, rg_finalizer_kind kind, bool has_run)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->items, &self->capacity,
                                         self->count + 1, sizeof *self->items);
    if (!status)
        self->items[self->count++] = (rg_finalizer){node, kind, has_run};
    return status;
}

static rg_status add_of(rg_finalizers *self, const rg_graph *g, uint32_t node, bool is_called)
{
    const rg_node n = rg__node_at(&g->tables, node);
    rg_status status = RG_OK;
    if (n.flags & RG_NODE_HAS_FINALIZER)
        status = add(self, node, RG_FINALIZER_DEL, n.flags & RG_NODE_FINALIZED);
    if (!status && n.flags & RG_NODE_IN_TRY)
        status = add(self, node, RG_FINALIZER_IN_TRY, false);
    if (!status && g->tables.types[n.type].flags & RG_TYPE_LEGACY_FINALIZER)
        status = add(self, node, RG_FINALIZER_LEGACY, false);
    if (!status && is_called)
        status = add(self, node, RG_FINALIZER_CALLBACK, false);
    return status;
}

rg_status rg_cycle_finalizers_find(rg_finalizers *out, const rg_graph *graph,
                                   const rg_cycles *cycles, size_t cycle,
                                   const rg_allocator *allocator)
{
    rg_finalizers found = {.allocator = allocator ? *allocator : graph->allocator};
    rg_status status = RG_OK;
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    const rg_cycle *c = &cycles->items[cycle];
    const uint32_t *members = cycles->members + c->first;
    const size_t words = c->count / 64 + 1;
    uint64_t *called = rg__array_new(&found.allocator, words, sizeof *called);
    if (!called)
        return RG_ERR_NOMEM;
    if (c->flags & RG_CYCLE_HAS_CALLBACK)
        status = find_called(called, graph, cycles, members, c->count);
    for (uint32_t i = 0; i < c->count && !status; i++)
        status = add_of(&found, graph, members[i], rg__bit(called, i));
    rg__array_free(&found.allocator, called, words, sizeof *called);
    if (status)
        rg_finalizers_dispose(&found);
    else
        *out = found;
    return status;
}

void rg_finalizers_dispose(rg_finalizers *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_finalizers){0};
}
