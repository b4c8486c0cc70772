/* CPython's collector (Modules/gcmodule.c to 3.12, Python/gc.c since) frees, of the generations that it
 * looks at, the objects that nothing outside of them leads to. "Outside" are references that no object
 * among them reports: those of older generations, of the permanent one, of objects without tp_traverse, of C
 * code. So an object that no root reaches survives gc.collect(g) exactly if it, or an object that it is
 * reached from, is
 *
 *   - in a generation above g, which holds what it refers to,
 *   - frozen, likewise, for every g,
 *   - referred to by what the collector is not told of (RG_NODE_UNSEEN), for every g,
 *   - one with a tp_del, or held by one: those are put aside (move_legacy_finalizers), for every g.
 *
 * All that is needed is the greatest fate upstream of each object: nodes are flooded from the greatest
 * fate down, so that each is reached once.
 *
 * The incremental collector of 3.14.0 - 3.14.4 looks at the young and a part of the old that is not known
 * beforehand: there the old are taken to need a full collection. */
#include "analysis/collector.h"

#include "graph/graph_private.h"

enum { UNDECIDED = RG__FATE_COUNT };

/* What holds for a node by itself. Objects that the collector does not track hold nothing that it sees:
 * what they refer to is UNSEEN by itself. */
static rg__fate own_fate(const rg_graph *g, uint32_t node)
{
    const rg__tables *t = &g->tables;
    const rg_node n = rg__node_at(t, node);
    if (n.flags & RG_NODE_UNSEEN)
        return RG__KEPT_UNSEEN;
    if (n.generation == RG_GENERATION_NONE)
        return RG__FREED_BY_0;
    if (n.generation == RG_GENERATION_PERMANENT || n.flags & RG_NODE_FROZEN)
        return RG__KEPT_FROZEN;
    if (t->types[n.type].flags & RG_TYPE_LEGACY_FINALIZER)
        return RG__KEPT_LEGACY;
    if (n.generation == 0)
        return RG__FREED_BY_0;
    return n.generation == 1 && t->collector.kind != RG_COLLECTOR_INCREMENTAL ? RG__FREED_BY_1
                                                                              : RG__FREED_BY_2;
}

/* Give a fate to every undecided node that a queued one leads to. */
static void flood(uint8_t *fates, const rg_graph *g, rg__fate fate, uint32_t *stack, size_t count,
                  rg__watch *watch)
{
    while (count) {
        const uint32_t node = stack[--count];
        for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++) {
            const uint32_t to = g->targets[e];
            if (rg__label_strength(g->labels[e]) == RG_STRENGTH_WEAK || fates[to] != UNDECIDED)
                continue;
            fates[to] = (uint8_t)fate;
            stack[count++] = to;
        }
        if (rg__tick(watch, 1 + rg__edges_end(g, node) - rg__edges_begin(g, node)))
            return;
    }
}

rg_status rg__fates_find(uint8_t *fates, const rg_graph *graph, const uint64_t *reached,
                         const rg_allocator *allocator)
{
    const uint32_t nodes = (uint32_t)graph->tables.node_count;
    const size_t room = (size_t)nodes + 1;
    uint32_t *stack = rg__array_new_raw(allocator, room, sizeof *stack);
    if (!stack)
        return RG_ERR_NOMEM;
    rg__watch watch =
        rg__watch_begin(graph, "the collector's view", (RG__FATE_COUNT + 2) * (uint64_t)nodes);
    for (uint32_t n = 0; n < nodes && !rg__tick(&watch, 1); n++)
        fates[n] = rg__bit(reached, n) ? RG__FREED_BY_0 : UNDECIDED;
    for (int fate = RG__FATE_COUNT - 1; fate >= 0; fate--) {
        size_t count = 0;
        for (uint32_t n = 0; n < nodes && !rg__tick(&watch, 1); n++) {
            if (fates[n] != UNDECIDED || own_fate(graph, n) != (rg__fate)fate)
                continue;
            fates[n] = (uint8_t)fate;
            stack[count++] = n;
        }
        flood(fates, graph, (rg__fate)fate, stack, watch.is_stopped ? 0 : count, &watch);
    }
    rg__array_free(allocator, stack, room, sizeof *stack);
    return rg__watch_status(&watch);
}
