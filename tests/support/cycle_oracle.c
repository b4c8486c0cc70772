/* See cycle_oracle.h. */
#include "cycle_oracle.h"

#include <stdio.h>

#include "oracle.h"
#include "test.h"

enum { USED = 1, OUTSIDE = 2 };

static uint64_t bit(uint32_t node)
{
    return UINT64_C(1) << node;
}

/* What a set leads to without entering `around`, itself included. */
static uint64_t spread(const cycle_oracle *o, uint64_t from, uint64_t around)
{
    uint64_t set = from & ~around;
    for (uint64_t before = 0; before != set;) {
        before = set;
        for (uint32_t n = 0; n < o->count; n++)
            if (set_has(before, n))
                set |= o->holds[n] & ~around;
    }
    return set;
}

static uint64_t roots_of(const cycle_oracle *o, int which)
{
    uint64_t set = 0;
    for (uint32_t r = 0; r < rg_graph_root_count(o->g); r++) {
        const rg_root root = rg_graph_root(o->g, r);
        const bool is_outside = root.kind == RG_ROOT_NATIVE || root.kind == RG_ROOT_PROBABLE;
        if (which & (is_outside ? OUTSIDE : USED))
            set |= bit(root.node);
    }
    return set;
}

static void read_edges(cycle_oracle *o)
{
    for (uint32_t u = 0; u < o->count; u++)
        for (uint64_t e = rg_graph_edges_begin(o->g, u); e < rg_graph_edges_end(o->g, u); e++) {
            const rg_edge edge = rg_graph_edge(o->g, u, e);
            if (edge.strength != RG_STRENGTH_WEAK)
                o->holds[u] |= bit(edge.to);
        }
}

static bool makes_cycles(const cycle_oracle *o, const rg_edge *edge)
{
    return edge->strength == RG_STRENGTH_OWN || edge->strength == RG_STRENGTH_FRAME ||
           (edge->strength == RG_STRENGTH_INFRASTRUCTURE && !set_has(o->reached, edge->from));
}

static void find_ways(cycle_oracle *o)
{
    for (uint32_t u = 0; u < o->count; u++) {
        for (uint64_t e = rg_graph_edges_begin(o->g, u); e < rg_graph_edges_end(o->g, u); e++) {
            const rg_edge edge = rg_graph_edge(o->g, u, e);
            if (makes_cycles(o, &edge))
                o->steps[u] |= bit(edge.to);
        }
        o->leads[u] = o->steps[u] | bit(u);
    }
    for (uint32_t k = 0; k < o->count; k++)
        for (uint32_t u = 0; u < o->count; u++)
            if (set_has(o->leads[u], k))
                o->leads[u] |= o->leads[k];
}

/* ---- the collector ---- */

static bool is_frozen(const rg_node *n)
{
    return n->generation == RG_GENERATION_PERMANENT ||
           (n->generation != RG_GENERATION_NONE && n->flags & RG_NODE_FROZEN);
}

static bool is_legacy(const cycle_oracle *o, const rg_node *n)
{
    return n->generation != RG_GENERATION_NONE &&
           rg_graph_type(o->g, n->type).flags & RG_TYPE_LEGACY_FINALIZER;
}

/* Whether gc.collect(youngest) looks at a node; objects that are not tracked have no generation, and are
 * looked through. */
static bool is_collected(const cycle_oracle *o, const rg_node *n, int youngest)
{
    int generation = n->generation;
    if (generation == 1 && rg_graph_collector(o->g).kind == RG_COLLECTOR_INCREMENTAL)
        generation = 2;
    return generation == RG_GENERATION_NONE || (!is_frozen(n) && generation <= youngest);
}

/* gc.collect(youngest): subtract the references inside, keep what is still referred to, and all it leads to;
 * put aside what has a tp_del, and all it leads to. */
static uint64_t collect(const cycle_oracle *o, int youngest)
{
    uint64_t set = 0;
    uint64_t outside = 0; /* nodes with a reference from outside */
    uint64_t stuck = 0;
    for (uint32_t n = 0; n < o->count; n++) {
        const rg_node node = rg_graph_node(o->g, n);
        if (!set_has(o->reached, n) && is_collected(o, &node, youngest))
            set |= bit(n);
    }
    for (uint32_t n = 0; n < o->count; n++) {
        const rg_node node = rg_graph_node(o->g, n);
        if (!set_has(set, n))
            outside |= o->holds[n];
        if (node.flags & RG_NODE_UNSEEN)
            outside |= bit(n);
        if (is_legacy(o, &node))
            stuck |= bit(n);
    }
    set &= ~spread(o, outside & set, ~set);
    return set & ~spread(o, stuck & set, ~set);
}

static void find_reasons(cycle_oracle *o)
{
    uint64_t unseen = 0;
    uint64_t frozen = 0;
    uint64_t legacy = 0;
    for (uint32_t n = 0; n < o->count; n++) {
        const rg_node node = rg_graph_node(o->g, n);
        if (set_has(o->reached, n))
            continue;
        unseen |= node.flags & RG_NODE_UNSEEN ? bit(n) : 0;
        frozen |= is_frozen(&node) ? bit(n) : 0;
        legacy |= is_legacy(o, &node) ? bit(n) : 0;
    }
    o->unseen = spread(o, unseen, o->reached);
    o->frozen = spread(o, frozen, o->reached);
    o->legacy = spread(o, legacy, o->reached);
}

cycle_oracle cycle_oracle_of(const rg_graph *g)
{
    cycle_oracle o = {.g = g, .count = rg_graph_node_count(g)};
    assert_true(o.count <= HEAP_MOST);
    read_edges(&o);
    o.used = spread(&o, roots_of(&o, USED), 0);
    o.reached = spread(&o, roots_of(&o, USED | OUTSIDE), 0);
    find_ways(&o);
    for (int youngest = 0; youngest < 3; youngest++)
        o.freed[youngest] = collect(&o, youngest);
    find_reasons(&o);
    return o;
}

/* ---- one cycle ---- */

static uint64_t block_of(const cycle_oracle *o, uint32_t node)
{
    uint64_t block = 0;
    for (uint32_t n = 0; n < o->count; n++)
        if (set_has(o->leads[node], n) && set_has(o->leads[n], node))
            block |= bit(n);
    return block;
}

uint64_t cycle_oracle_cycle(const cycle_oracle *self, uint32_t node)
{
    const uint64_t members = block_of(self, node);
    return members == bit(node) && !set_has(self->steps[node], node) ? 0 : members;
}

/* The number of edges of the shortest way from a node back to it; 0: there is none. */
static size_t round_trip(const cycle_oracle *o, uint64_t members, uint32_t start)
{
    uint64_t seen = 0;
    uint64_t front = bit(start);
    for (size_t length = 1; front; length++) {
        uint64_t next = 0;
        for (uint32_t n = 0; n < o->count; n++)
            next |= set_has(front, n) ? o->steps[n] & members : 0;
        if (set_has(next, start))
            return length;
        front = next & ~seen;
        seen |= next;
    }
    return 0;
}

size_t cycle_oracle_shortest(const cycle_oracle *self, uint64_t members)
{
    size_t least = 0;
    for (uint32_t n = 0; n < self->count; n++) {
        const size_t length = set_has(members, n) ? round_trip(self, members, n) : 0;
        if (length && (!least || length < least))
            least = length;
    }
    return least;
}

uint64_t cycle_oracle_size(const cycle_oracle *self, uint64_t set)
{
    uint64_t size = 0;
    for (uint32_t n = 0; n < self->count; n++)
        size += set_has(set, n) ? rg_graph_node(self->g, n).size : 0;
    return size;
}

/* Ways begin at roots, and where no root leads at what nobody else holds. */
static uint64_t starts(const cycle_oracle *o)
{
    uint64_t set = roots_of(o, USED | OUTSIDE);
    for (uint32_t n = 0; n < o->count; n++) {
        const uint64_t block = block_of(o, n);
        bool is_held = set_has(o->reached, n);
        for (uint32_t u = 0; u < o->count; u++)
            is_held = is_held || (!set_has(block, u) && o->holds[u] & block);
        set |= is_held ? 0 : bit(n);
    }
    return set;
}

uint64_t cycle_oracle_kept(const cycle_oracle *self, uint64_t members)
{
    return spread(self, members, 0) & ~members & ~spread(self, starts(self), members);
}

static bool has_callback(const cycle_oracle *o, uint32_t node)
{
    static const char *const harmless[] = {"_destroy", "WeakSet.__init__.<locals>._remove"};
    for (uint32_t u = 0; u < o->count; u++) {
        bool refers = false;
        bool calls = false;
        for (uint64_t e = rg_graph_edges_begin(o->g, u); e < rg_graph_edges_end(o->g, u); e++) {
            const rg_edge edge = rg_graph_edge(o->g, u, e);
            refers = refers || (edge.name.kind == RG_NAME_REFERENT && edge.to == node);
            if (edge.name.kind != RG_NAME_ATTRIBUTE ||
                !oracle_string_is(rg_graph_string(o->g, edge.name.value), "__callback__"))
                continue;
            const rg_string text = rg_graph_string(o->g, rg_graph_node(o->g, edge.to).text);
            calls = !oracle_string_is(text, harmless[0]) && !oracle_string_is(text, harmless[1]);
        }
        if (refers && calls && !set_has(o->freed[2], u))
            return true;
    }
    return false;
}

bool cycle_oracle_has_finalizer(const cycle_oracle *self, uint32_t node, rg_finalizer_kind kind)
{
    const rg_node n = rg_graph_node(self->g, node);
    switch (kind) {
    case RG_FINALIZER_DEL:
        return n.flags & RG_NODE_HAS_FINALIZER;
    case RG_FINALIZER_IN_TRY:
        return n.flags & RG_NODE_IN_TRY;
    case RG_FINALIZER_LEGACY:
        return rg_graph_type(self->g, n.type).flags & RG_TYPE_LEGACY_FINALIZER;
    default:
        return has_callback(self, node);
    }
}

static uint32_t flags_of_members(const cycle_oracle *o, uint64_t members)
{
    static const uint32_t of_kind[] = {RG_CYCLE_HAS_DEL, RG_CYCLE_IN_TRY, RG_CYCLE_UNCOLLECTABLE,
                                       RG_CYCLE_HAS_CALLBACK};
    uint32_t flags = 0;
    bool has_type = false;
    bool has_value = false;
    for (uint32_t n = 0; n < o->count; n++) {
        if (!set_has(members, n))
            continue;
        const rg_node node = rg_graph_node(o->g, n);
        const rg_type type = rg_graph_type(o->g, node.type);
        for (int kind = 0; kind < RG_FINALIZER_COUNT; kind++)
            if (cycle_oracle_has_finalizer(o, n, (rg_finalizer_kind)kind))
                flags |= of_kind[kind] | RG_CYCLE_FINALIZER;
        if (node.flags & RG_NODE_HAS_FINALIZER && node.flags & RG_NODE_FINALIZED)
            flags |= RG_CYCLE_FINALIZED;
        has_type = has_type || type.kind == RG_KIND_TYPE;
        has_value =
            has_value || (type.kind != RG_KIND_TYPE && type.kind != RG_KIND_FUNCTION &&
                          type.kind != RG_KIND_CONTAINER && !(type.flags & RG_TYPE_DESCRIPTOR));
    }
    return flags | (has_type && !has_value ? RG_CYCLE_OF_CLASS : 0);
}

/* What the collector makes of a cycle that no root reaches. */
static void add_fate(const cycle_oracle *o, rg_cycle *cycle, uint64_t members)
{
    const bool is_incremental = rg_graph_collector(o->g).kind == RG_COLLECTOR_INCREMENTAL;
    if (members & o->unseen) {
        cycle->flags |= RG_CYCLE_UNSEEN;
    } else if (members & o->frozen) {
        cycle->flags |= RG_CYCLE_FROZEN;
    } else if (members & o->legacy) {
        cycle->flags |= RG_CYCLE_UNCOLLECTABLE | RG_CYCLE_FINALIZER;
    } else {
        uint8_t youngest = 0;
        while (youngest < 3 && !(cycle->generations >> youngest & 1))
            youngest++;
        cycle->freed_by = 0;
        while ((members & o->freed[cycle->freed_by]) != members)
            assert_true(++cycle->freed_by < 3);
        cycle->flags |= RG_CYCLE_ISOLATED;
        if (is_incremental && youngest == 1)
            youngest = 2;
        if (youngest < 3 && cycle->freed_by > youngest)
            cycle->flags |= RG_CYCLE_CROSS_GENERATION;
    }
}

static rg_verdict verdict_of(const cycle_oracle *o, const rg_cycle *cycle)
{
    const rg_collector_state c = rg_graph_collector(o->g);
    const uint32_t flags = cycle->flags;
    if (flags & RG_CYCLE_IN_USE)
        return RG_VERDICT_IN_USE;
    if (flags & (RG_CYCLE_UNEXPLAINED | RG_CYCLE_UNSEEN))
        return RG_VERDICT_OUTSIDE;
    if (flags & RG_CYCLE_FROZEN)
        return RG_VERDICT_FROZEN;
    if (flags & RG_CYCLE_FINALIZER)
        return RG_VERDICT_FINALIZER;
    if (c.kind != RG_COLLECTOR_UNKNOWN && (!c.is_enabled || c.thresholds[0] == 0))
        return RG_VERDICT_GC_OFF;
    return flags & RG_CYCLE_CROSS_GENERATION ? RG_VERDICT_CROSS_GENERATION : RG_VERDICT_ISOLATED;
}

rg_cycle cycle_oracle_describe(const cycle_oracle *self, uint64_t members)
{
    const uint64_t kept = cycle_oracle_kept(self, members);
    rg_cycle cycle = {
        .count = (uint32_t)__builtin_popcountll(members),
        .freed_by = RG_GENERATION_NONE,
        .flags = flags_of_members(self, members),
        .size = cycle_oracle_size(self, members),
        .kept_count = (uint64_t)__builtin_popcountll(kept),
        .kept_size = cycle_oracle_size(self, kept),
    };
    for (uint32_t n = 0; n < self->count; n++) {
        const uint8_t generation = rg_graph_node(self->g, n).generation;
        if (set_has(members, n) && generation != RG_GENERATION_NONE)
            cycle.generations |= (uint8_t)(1U << generation);
    }
    if (members & self->used)
        cycle.flags |= RG_CYCLE_IN_USE;
    else if (members & self->reached)
        cycle.flags |= RG_CYCLE_UNEXPLAINED;
    else
        add_fate(self, &cycle, members);
    cycle.verdict = verdict_of(self, &cycle);
    return cycle;
}

/* ---- shapes ---- */

enum { LINES_MOST = 512, LINE_SIZE = 120 };

typedef struct lines {
    char text[LINES_MOST][LINE_SIZE];
    size_t count;
} lines;

static char *line_of(lines *self)
{
    assert_true(self->count < LINES_MOST);
    return self->text[self->count++];
}

static int write_type(const cycle_oracle *o, uint32_t node, char *out)
{
    const rg_type type = rg_graph_type(o->g, rg_graph_node(o->g, node).type);
    const bool is_place = type.kind == RG_KIND_FRAME || type.kind == RG_KIND_FUNCTION ||
                          type.kind == RG_KIND_TYPE || type.kind == RG_KIND_MODULE;
    return sprintf(out, "%.*s.%.*s %u ", (int)type.module.size, type.module.data,
                   (int)type.name.size, type.name.data,
                   is_place ? rg_graph_node(o->g, node).text : 0);
}

static bool is_attribute_dict(const cycle_oracle *o, uint32_t node)
{
    for (uint32_t u = 0; u < o->count; u++)
        for (uint64_t e = rg_graph_edges_begin(o->g, u); e < rg_graph_edges_end(o->g, u); e++) {
            const rg_edge edge = rg_graph_edge(o->g, u, e);
            if (edge.to == node && edge.name.kind == RG_NAME_ATTRIBUTE &&
                oracle_string_is(rg_graph_string(o->g, edge.name.value), "__dict__"))
                return true;
        }
    return false;
}

static void add_edge_line(const cycle_oracle *o, const rg_edge *edge, lines *out)
{
    char *line = line_of(out);
    line += write_type(o, edge->from, line);
    switch (edge->name.kind) {
    case RG_NAME_INDEX:
    case RG_NAME_NONE:
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_CLASS:
    case RG_NAME_REFERENT:
        line += sprintf(line, "%d ", edge->name.kind);
        break;
    case RG_NAME_KEY:
        line += sprintf(line, "%d ", edge->name.kind);
        if (is_attribute_dict(o, edge->from))
            line += sprintf(line, "%u ", rg_graph_node(o->g, edge->name.value).text);
        break;
    default:
        line += sprintf(line, "%d %u ", edge->name.kind, edge->name.value);
        break;
    }
    write_type(o, edge->to, line);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

char *cycle_oracle_shape(const cycle_oracle *self, uint64_t members)
{
    lines *all = calloc(1, sizeof *all);
    assert_non_null(all);
    const rg_cycle cycle = cycle_oracle_describe(self, members);
    sprintf(line_of(all), " %d %d %d", cycle.verdict, (cycle.flags & RG_CYCLE_FINALIZER) != 0,
            (cycle.flags & RG_CYCLE_FINALIZED) != 0);
    for (uint32_t n = 0; n < self->count; n++) {
        if (!set_has(members, n))
            continue;
        write_type(self, n, line_of(all));
        for (uint64_t e = rg_graph_edges_begin(self->g, n); e < rg_graph_edges_end(self->g, n);
             e++) {
            const rg_edge edge = rg_graph_edge(self->g, n, e);
            if (set_has(members, edge.to) && makes_cycles(self, &edge))
                add_edge_line(self, &edge, all);
        }
    }
    qsort(all->text, all->count, LINE_SIZE, by_text);
    char *text = calloc(all->count + 1, LINE_SIZE);
    assert_non_null(text);
    size_t at = 0;
    for (size_t i = 0; i < all->count; i++)
        if (!i || strcmp(all->text[i], all->text[i - 1]) != 0)
            at += (size_t)sprintf(text + at, "%s\n", all->text[i]);
    free(all);
    return text;
}
