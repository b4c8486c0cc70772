/* Every cycle of a graph, and what becomes of it.
 *
 *   1 what roots reach, those that only unexplained references reach apart              (reach.c)
 *   2 strongly connected components; cycles are those with an edge                        (scc.c)
 *   3 the fate of what no root reaches, by the collector's rules                    (collector.c)
 *   4 the members of each cycle, and a verdict from their flags, generations and fates
 *   5 what only each cycle reaches                                                   (retained.c)
 *   6 groups of equal shape                                                       (cycle_shape.c)
 *
 * A strongly connected component has one fate: whatever keeps one member is passed on to the others. */
#include "analysis/collector.h"
#include "analysis/cycle_groups.h"
#include "analysis/cycle_parts.h"
#include "analysis/cycles_private.h"
#include "analysis/prefetch.h"
#include "analysis/retained.h"
#include "analysis/scc.h"
#include "analysis/spelling.h"
#include "graph/graph_private.h"

#define OUTSIDE_KINDS (1U << RG_ROOT_NATIVE | 1U << RG_ROOT_PROBABLE)
#define USED_KINDS (((1U << RG_ROOT_KIND_COUNT) - 1) & ~OUTSIDE_KINDS)

typedef struct search {
    const rg_graph *graph;
    bool assumes_enabled;
    rg_allocator allocator;
    rg_cycles found;
    size_t item_capacity, member_capacity, garbage_capacity;
    uint32_t nodes;
    size_t words;
    uint64_t *used;    /* bit set: roots reach it */
    uint64_t *reached; /* likewise, or unexplained references do */
    uint8_t *fates;
    rg_scc scc;
    uint32_t *cycle_of; /* per component: index of the cycle, or RG_NONE */
    rg__watch watch;
} search;

const char *rg_verdict_text(rg_verdict verdict)
{
    static const char *const texts[RG_VERDICT_COUNT] = {
        [RG_VERDICT_OUTSIDE] = "held from outside the heap",
        [RG_VERDICT_FROZEN] = "frozen",
        [RG_VERDICT_FINALIZER] = "with a finalizer",
        [RG_VERDICT_GC_OFF] = "gc is off",
        [RG_VERDICT_CROSS_GENERATION] = "isolated, cross-generation",
        [RG_VERDICT_ISOLATED] = "isolated",
        [RG_VERDICT_IN_USE] = "in use",
    };
    return (unsigned)verdict < RG_VERDICT_COUNT ? texts[verdict] : "";
}

/* ---- 1 to 3 ---- */

static rg_status classify(search *s)
{
    const rg_allocator *a = &s->allocator;
    s->used = rg__array_new(a, s->words, sizeof *s->used);
    s->reached = rg__array_new(a, s->words, sizeof *s->reached);
    s->fates = rg__array_new(a, (size_t)s->nodes + 1, sizeof *s->fates);
    if (!s->used || !s->reached || !s->fates)
        return RG_ERR_NOMEM;
    rg_status status = rg__reach_roots(s->used, s->graph, USED_KINDS, a);
    for (size_t i = 0; i < s->words; i++)
        s->reached[i] = s->used[i];
    if (!status)
        status = rg__reach_roots(s->reached, s->graph, OUTSIDE_KINDS, a);
    if (!status)
        status = rg__cycle_components(&s->scc, s->graph, s->reached, a);
    return status ? status : rg__fates_find(s->fates, s->graph, s->reached, a);
}

static rg_status find_garbage(search *s)
{
    size_t count = 0;
    const uint64_t edges = s->graph->edge_count;
    s->watch = rg__watch_begin(s->graph, "cycles", 6 * (uint64_t)s->nodes + edges);
    for (uint32_t n = 0; n < s->nodes && !rg__tick(&s->watch, 1); n++)
        count += !rg__bit(s->reached, n) && s->fates[n] <= RG__FREED_BY_2;
    s->found.garbage = rg__array_new_raw(&s->allocator, count, sizeof *s->found.garbage);
    if (count && !s->found.garbage)
        return RG_ERR_NOMEM;
    s->found.garbage_count = count;
    size_t at = 0;
    for (uint32_t n = 0; n < s->nodes && at < count && !rg__tick(&s->watch, 1); n++)
        if (!rg__bit(s->reached, n) && s->fates[n] <= RG__FREED_BY_2) {
            s->found.garbage[at++] = n;
            s->found.garbage_size += rg__node_size(&s->graph->tables, n);
        }
    return rg__watch_status(&s->watch);
}

/* ---- 4 the members ---- */

static bool has_self_edge(const search *s, uint32_t node)
{
    const rg_graph *g = s->graph;
    const rg_strength weakest =
        rg__bit(s->reached, node) ? RG_STRENGTH_FRAME : RG_STRENGTH_INFRASTRUCTURE;
    for (uint64_t e = rg__edges_begin(g, node); e < rg__edges_end(g, node); e++)
        if (g->targets[e] == node && rg__label_strength(g->labels[e]) <= weakest)
            return true;
    return false;
}

enum { AHEAD = 16 }; /* nodes for which what is read of their component is asked for */

static void fetch_later(const search *s, const uint32_t *per_component, uint32_t node)
{
    if (node + AHEAD < s->nodes)
        rg__prefetch(&per_component[s->scc.component[node + AHEAD]]);
}

/* Number the components that are cycles, and make room for their members: cycle_of holds sizes first. */
static rg_status number_cycles(search *s)
{
    const rg_allocator *a = &s->allocator;
    rg_cycles *f = &s->found;
    uint32_t *sizes = rg__array_new(a, (size_t)s->scc.count + 1, sizeof *sizes);
    s->cycle_of = sizes;
    if (!sizes)
        return RG_ERR_NOMEM;
    for (uint32_t n = 0; n < s->nodes && !rg__tick(&s->watch, 1); n++) {
        fetch_later(s, sizes, n);
        sizes[s->scc.component[n]]++;
    }
    for (uint32_t n = 0; n < s->nodes && !rg__tick(&s->watch, 1); n++) {
        fetch_later(s, sizes, n);
        uint32_t *size = &sizes[s->scc.component[n]];
        if (*size == 1 && !has_self_edge(s, n))
            *size = 0;
        f->member_count += *size > 0;
    }
    if (s->watch.is_stopped) {
        f->member_count = 0;
        return RG_ERR_CANCELLED;
    }
    for (uint32_t c = 0; c < s->scc.count; c++)
        f->count += sizes[c] > 0;
    f->items = rg__array_new(a, f->count, sizeof *f->items);
    f->members = rg__array_new_raw(a, f->member_count, sizeof *f->members);
    if (f->count && (!f->items || !f->members))
        return RG_ERR_NOMEM;
    uint32_t next = 0;
    uint32_t first = 0;
    for (uint32_t c = 0; c < s->scc.count; c++) {
        if (!sizes[c]) {
            sizes[c] = RG_NONE;
            continue;
        }
        f->items[next].first = first;
        first += sizes[c];
        sizes[c] = next++;
    }
    return RG_OK;
}

/* Set by whatever is more than a class, its functions and their closures, and by classes whose instances are a
 * part of them (enum); cleared by judge(). */
#define SOME_VALUE (UINT32_C(1) << 31)
#define SOME_ENUM (UINT32_C(1) << 30)

static bool is_enum(const rg__tables *t, const rg__type *metaclass)
{
    const rg_string name = rg__strings_at(&t->strings, metaclass->name);
    return rg__strings_are_equal(rg__strings_at(&t->strings, metaclass->module), "enum") &&
           (rg__strings_are_equal(name, "EnumType") || rg__strings_are_equal(name, "EnumMeta"));
}

static void note_kind(rg_cycle *cycle, rg_kind kind, uint32_t type_flags)
{
    const bool is_of_class = kind == RG_KIND_TYPE || kind == RG_KIND_FUNCTION ||
                             kind == RG_KIND_CONTAINER || type_flags & RG_TYPE_DESCRIPTOR;
    if (kind == RG_KIND_TYPE)
        cycle->flags |= RG_CYCLE_OF_CLASS;
    if (!is_of_class)
        cycle->flags |= SOME_VALUE;
}

static void add_member(search *s, uint32_t node)
{
    rg_cycle *cycle = &s->found.items[s->cycle_of[s->scc.component[node]]];
    const rg__tables *t = &s->graph->tables;
    const rg_node n = rg__node_at(t, node);
    s->found.members[cycle->first + cycle->count++] = node;
    cycle->size += n.size;
    note_kind(cycle, t->types[n.type].kind, t->types[n.type].flags);
    if (t->types[n.type].kind == RG_KIND_TYPE && is_enum(t, &t->types[n.type]))
        cycle->flags |= SOME_ENUM;
    if (n.generation != RG_GENERATION_NONE)
        cycle->generations |= (uint8_t)(1U << n.generation);
    if (n.flags & RG_NODE_HAS_FINALIZER)
        cycle->flags |= RG_CYCLE_HAS_DEL | RG_CYCLE_FINALIZER;
    if (n.flags & RG_NODE_HAS_FINALIZER && n.flags & RG_NODE_FINALIZED)
        cycle->flags |= RG_CYCLE_FINALIZED;
    if (n.flags & RG_NODE_IN_TRY)
        cycle->flags |= RG_CYCLE_IN_TRY | RG_CYCLE_FINALIZER;
    if (t->types[n.type].flags & RG_TYPE_LEGACY_FINALIZER)
        cycle->flags |= RG_CYCLE_UNCOLLECTABLE | RG_CYCLE_FINALIZER;
}

/* Every weak reference with a callback, of which there are few. */
static void add_callbacks(search *s)
{
    const rg_graph *g = s->graph;
    for (uint32_t n = 0; n < s->nodes; n++) {
        if (rg__tick(&s->watch, 1 + rg__edges_end(g, n) - rg__edges_begin(g, n)))
            return;
        for (uint64_t e = rg__edges_begin(g, n); e < rg__edges_end(g, n); e++) {
            if (rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK ||
                rg__label_name(&g->tables, g->labels[e]).kind != RG_NAME_REFERENT)
                continue;
            const uint32_t cycle = s->cycle_of[s->scc.component[g->targets[e]]];
            if (cycle != RG_NONE && rg__has_callback(g, &s->found, n))
                s->found.items[cycle].flags |= RG_CYCLE_HAS_CALLBACK | RG_CYCLE_FINALIZER;
        }
    }
}

/* ---- 4 the verdict ---- */

static uint32_t lowest_bit(uint32_t bits)
{
    uint32_t bit = 0;
    while (bits && !(bits >> bit & 1))
        bit++;
    return bit;
}

static void note_fate(rg_cycle *cycle, const rg__tables *t, rg__fate fate)
{
    cycle->freed_by = RG_GENERATION_NONE;
    switch (fate) {
    case RG__KEPT_UNSEEN:
        cycle->flags |= RG_CYCLE_UNSEEN;
        return;
    case RG__KEPT_FROZEN:
        cycle->flags |= RG_CYCLE_FROZEN;
        return;
    case RG__KEPT_LEGACY:
        cycle->flags |= RG_CYCLE_UNCOLLECTABLE | RG_CYCLE_FINALIZER;
        return;
    default:
        break;
    }
    /* the youngest member's own collection: that of the incremental collector's old ones is the full one */
    uint32_t own = lowest_bit(cycle->generations);
    if (own == 1 && t->collector.kind == RG_COLLECTOR_INCREMENTAL)
        own = 2;
    cycle->freed_by = (uint8_t)fate;
    cycle->flags |= RG_CYCLE_ISOLATED;
    if (cycle->generations && (uint32_t)fate > own)
        cycle->flags |= RG_CYCLE_CROSS_GENERATION;
}

static bool collector_is_off(const rg_collector_state *collector)
{
    return collector->kind != RG_COLLECTOR_UNKNOWN &&
           (!collector->is_enabled || !collector->thresholds[0]);
}

static rg_verdict verdict_of(const rg_cycle *cycle, bool is_off)
{
    const struct {
        bool is;
        rg_verdict verdict;
    } rules[] = {
        {cycle->flags & RG_CYCLE_IN_USE, RG_VERDICT_IN_USE},
        {cycle->flags & (RG_CYCLE_UNEXPLAINED | RG_CYCLE_UNSEEN), RG_VERDICT_OUTSIDE},
        {cycle->flags & RG_CYCLE_FROZEN, RG_VERDICT_FROZEN},
        {cycle->flags & RG_CYCLE_FINALIZER, RG_VERDICT_FINALIZER},
        {is_off, RG_VERDICT_GC_OFF},
        {cycle->flags & RG_CYCLE_CROSS_GENERATION, RG_VERDICT_CROSS_GENERATION},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].is)
            return rules[i].verdict;
    return RG_VERDICT_ISOLATED;
}

static void judge(search *s, rg_cycle *cycle)
{
    const rg__tables *t = &s->graph->tables;
    const uint32_t member = s->found.members[cycle->first];
    if (cycle->flags & SOME_VALUE && !(cycle->flags & SOME_ENUM))
        cycle->flags &= ~(uint32_t)RG_CYCLE_OF_CLASS;
    cycle->flags &= ~(SOME_VALUE | SOME_ENUM);
    cycle->freed_by = RG_GENERATION_NONE;
    if (rg__bit(s->used, member))
        cycle->flags |= RG_CYCLE_IN_USE;
    else if (rg__bit(s->reached, member))
        cycle->flags |= RG_CYCLE_UNEXPLAINED;
    else
        note_fate(cycle, t, (rg__fate)s->fates[member]);
    cycle->verdict = verdict_of(cycle, !s->assumes_enabled && collector_is_off(&t->collector));
}

static rg_status describe(search *s)
{
    rg_status status = number_cycles(s);
    if (status || !s->found.count)
        return status;
    for (uint32_t n = 0; n < s->nodes && !rg__tick(&s->watch, 1); n++) {
        fetch_later(s, s->cycle_of, n);
        if (s->cycle_of[s->scc.component[n]] != RG_NONE)
            add_member(s, n);
    }
    add_callbacks(s);
    if (s->watch.is_stopped)
        return RG_ERR_CANCELLED;
    for (size_t i = 0; i < s->found.count && !rg__tick(&s->watch, 1); i++)
        judge(s, &s->found.items[i]);
    return rg__watch_status(&s->watch);
}

/* ---- 5 ---- */

/* What has joined the cycles, and what is kept by that. */
static rg_status add_kept(search *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_cycles *f = &s->found;
    rg__cycle_parts parts = {.allocator = s->allocator};
    rg__kept kept = {0};
    rg_status status = rg__cycle_parts_find(&parts, s->graph, &s->scc, s->cycle_of,
                                            (uint32_t)f->count, s->reached, &s->allocator);
    for (uint32_t n = 0; n < s->nodes && !status && !rg__tick(&s->watch, 1); n++) {
        const uint32_t part = parts.part[n];
        fetch_later(s, s->cycle_of, n);
        if (part >= f->count || s->cycle_of[s->scc.component[n]] == part)
            continue;
        f->items[part].kept_count++;
        f->items[part].kept_size += rg__node_size(t, n);
    }
    if (!status)
        status = rg__watch_status(&s->watch);
    if (!status)
        status = rg__kept_find(&kept, s->graph, parts.part, parts.count, s->reached, &s->allocator);
    for (size_t i = 0; i < f->count && !status; i++) {
        f->items[i].kept_count += kept.count[i];
        f->items[i].kept_size += kept.size[i];
    }
    rg__kept_dispose(&kept);
    rg__cycle_parts_dispose(&parts);
    return status;
}

/* ---- the whole ---- */

static void dispose(search *s)
{
    const rg_allocator *a = &s->allocator;
    rg__array_free(a, s->cycle_of, (size_t)s->scc.count + 1, sizeof *s->cycle_of);
    rg_scc_dispose(&s->scc);
    rg__array_free(a, s->fates, (size_t)s->nodes + 1, sizeof *s->fates);
    rg__array_free(a, s->reached, s->words, sizeof *s->reached);
    rg__array_free(a, s->used, s->words, sizeof *s->used);
}

rg_status rg_cycles_find(rg_cycles *out, const rg_graph *graph, const rg_cycle_options *options,
                         const rg_allocator *allocator)
{
    search s = {
        .graph = graph,
        .assumes_enabled = options && options->assume_enabled,
        .allocator = allocator ? *allocator : graph->allocator,
        .nodes = (uint32_t)graph->tables.node_count,
        .words = rg__bit_words(graph),
    };
    s.found.allocator = s.allocator;
    rg_status status = classify(&s);
    if (!status)
        status = find_garbage(&s);
    if (!status)
        status = describe(&s);
    if (!status && s.found.count)
        status = add_kept(&s);
    if (!status)
        status = rg__cycle_groups_make(&s.found, graph, s.scc.component);
    if (status)
        rg_cycles_dispose(&s.found);
    else
        *out = s.found;
    dispose(&s);
    return status;
}

void rg_cycles_dispose(rg_cycles *self)
{
    const rg_allocator *a = &self->allocator;
    rg__array_free(a, self->items, self->count, sizeof *self->items);
    rg__array_free(a, self->groups, self->group_count, sizeof *self->groups);
    rg__array_free(a, self->members, self->member_count, sizeof *self->members);
    rg__array_free(a, self->garbage, self->garbage_count, sizeof *self->garbage);
    *self = (rg_cycles){0};
}
