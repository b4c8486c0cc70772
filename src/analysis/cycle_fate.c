/* What becomes of a cycle, in words that a Python developer knows: the verdict, why, and what it would need. */
#include "analysis/cycle_words.h"
#include "analysis/cycles_private.h"

enum {
    NAME_LIMIT = 120,
    UPSTREAM_MOST = 1 << 20 /* objects that are looked at for who holds a cycle */
};

typedef struct writer {
    const rg_graph *graph;
    const rg_cycles *cycles;
    const rg_cycle *cycle;
    rg_buffer *out;
} writer;

/* "generation 2", "generations 0 and 2" */
static rg_status write_generations(rg_buffer *out, uint8_t generations)
{
    const unsigned bits = generations & 7U;
    rg_status status =
        rg__write(out, __builtin_popcount(bits) == 1 ? "generation " : "generations ");
    unsigned left = (unsigned)__builtin_popcount(bits);
    for (int g = 0; g < 3 && !status; g++) {
        if (!(bits >> g & 1))
            continue;
        left--;
        status = rg_buffer_add_format(out, "%d%s", g, left > 1 ? ", " : left == 1 ? " and " : "");
    }
    return status;
}

/* What makes a full collection begin by itself. */
static const char *full_collection(const rg_graph *g)
{
    switch (g->tables.collector.kind) {
    case RG_COLLECTOR_GENERATIONAL:
        return "one begins by itself only when the objects that have newly become old are a quarter of "
               "all old ones";
    case RG_COLLECTOR_INCREMENTAL:
        return "the incremental collector gets there some increments later";
    default:
        return "gc.collect() is one";
    }
}

/* ---- garbage ---- */

static rg_status write_isolated(const writer *w)
{
    const rg_cycle *c = w->cycle;
    if (c->freed_by < 2)
        return rg_buffer_add_format(
            w->out, "Garbage; the next collection of generation %d frees it.", (int)c->freed_by);
    return rg_buffer_add_format(w->out, "Garbage; a full collection frees it: %s.",
                                full_collection(w->graph));
}

/* " (app.Old.y)": a reference from elsewhere to a member, if there is one. */
static rg_status write_upstream(const writer *w)
{
    const rg_graph *g = w->graph;
    rg__links links = rg__links_of(g, "words", &g->allocator);
    rg_status status = RG_OK;
    bool is_found = false;
    for (uint32_t m = 0; m < w->cycle->count && !status && !is_found; m++) {
        const uint32_t node = w->cycles->members[w->cycle->first + m];
        for (uint64_t i = rg__sources_begin(g, node);
             i < rg__sources_end(g, node) && !status && !is_found; i++) {
            uint64_t edge = RG__NO_EDGE;
            if (rg__cycle_contains(w->cycles, w->cycle, g->sources[i]))
                continue;
            status =
                rg__links_strongest(&links, &edge, g->sources[i], node, RG_STRENGTH_INFRASTRUCTURE);
            if (status || edge == RG__NO_EDGE)
                continue;
            const rg_edge found = rg_graph_edge(g, g->sources[i], edge);
            is_found = true;
            status = rg__write(w->out, " (");
            if (!status)
                status = rg__write_landmark(w->out, g, found.from);
            if (!status)
                status = rg__write_step(w->out, g, &found);
            if (!status)
                status = rg__write(w->out, ")");
        }
    }
    rg__links_dispose(&links);
    return status;
}

static rg_status write_cross_generation(const writer *w)
{
    const rg_cycle *c = w->cycle;
    const bool is_mixed = __builtin_popcount(c->generations & 7U) > 1;
    rg_status status = rg__write(w->out, "Garbage in ");
    if (!status)
        status = write_generations(w->out, c->generations);
    if (!status && !is_mixed) {
        status = rg__write(w->out, ", held by older garbage");
        if (!status)
            status = write_upstream(w);
    }
    if (status || c->freed_by < 2)
        return status ? status
                      : rg__write(w->out, ": gc.collect(0) cannot free it, gc.collect(1) does.");
    return rg_buffer_add_format(w->out, ": no younger collection can free it, a full one does; %s.",
                                full_collection(w->graph));
}

static rg_status write_finalizer(const writer *w, const rg_finalizer *f)
{
    rg_status status = rg__write_landmark(w->out, w->graph, f->node);
    if (status)
        return status;
    switch (f->kind) {
    case RG_FINALIZER_DEL:
        return rg__write(w->out, f->has_run
                                     ? " has __del__, which has run: it was resurrected, and it "
                                       "will not run again"
                                     : " has __del__");
    case RG_FINALIZER_IN_TRY:
        return rg__write(w->out, " is suspended inside try or with: closing it runs code");
    case RG_FINALIZER_LEGACY:
        return rg__write(w->out, " has a tp_del: the collector puts it into gc.garbage");
    default:
        return rg__write(w->out, " has a weak reference with a callback");
    }
}

static bool are_alike(const rg_graph *g, const rg_finalizer *a, const rg_finalizer *b)
{
    return a->kind == b->kind && a->has_run == b->has_run &&
           rg__node_type(&g->tables, a->node) == rg__node_type(&g->tables, b->node);
}

/* The finalizers, equal ones once, at most three. */
static rg_status write_finalizers(const writer *w, const rg_finalizers *f)
{
    enum { SHOWN = 3 };
    const rg_finalizer *shown[SHOWN];
    size_t count = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; i < f->count && !status; i++) {
        size_t k = 0;
        while (k < count && !are_alike(w->graph, &f->items[i], shown[k]))
            k++;
        if (k < count)
            continue;
        if (count == SHOWN)
            return rg__write(w->out, "; and more");
        status = count ? rg__write(w->out, "; ") : RG_OK;
        shown[count++] = &f->items[i];
        if (!status)
            status = write_finalizer(w, &f->items[i]);
    }
    return status;
}

/* What comes before the finalizers. */
static const char *prelude(const writer *w, const rg_finalizers *f)
{
    bool has_legacy = false;
    for (size_t i = 0; i < f->count && !has_legacy; i++)
        has_legacy = f->items[i].kind == RG_FINALIZER_LEGACY;
    if (!(w->cycle->flags & RG_CYCLE_UNCOLLECTABLE))
        return "Garbage; ";
    if (has_legacy)
        return "Uncollectable garbage: ";
    return f->count ? "Uncollectable garbage: an object with a tp_del holds it; "
                    : "Uncollectable garbage: an object with a tp_del holds it";
}

static rg_status write_with_finalizer(const writer *w, size_t index)
{
    rg_finalizers found = {0};
    rg_status status =
        rg_cycle_finalizers_find(&found, w->graph, w->cycles, index, &w->graph->allocator);
    if (status)
        return status;
    status = rg__write(w->out, prelude(w, &found));
    if (!status)
        status = write_finalizers(w, &found);
    if (!status)
        status = rg__write(w->out, ".");
    if (!status && w->cycle->flags & RG_CYCLE_ISOLATED && w->cycle->freed_by == 2)
        status = rg__write(w->out, " It waits for a full collection.");
    rg_finalizers_dispose(&found);
    return status;
}

/* ---- held from outside ---- */

/* The object that holds a reference to `node` and does not report it to the collector, one of the cycle if there
 * is one, or RG_NONE. */
static uint32_t find_silent(const writer *w, uint32_t node)
{
    const rg_graph *g = w->graph;
    const rg__tables *t = &g->tables;
    uint32_t found = RG_NONE;
    for (uint64_t i = rg__sources_begin(g, node); i < rg__sources_end(g, node); i++) {
        const uint32_t from = g->sources[i];
        if (!(t->types[rg__node_type(t, from)].flags & RG_TYPE_SILENT))
            continue;
        for (uint64_t e = rg__edges_begin(g, from); e < rg__edges_end(g, from); e++)
            if (g->targets[e] == node && rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK)
                found = found == RG_NONE || rg__cycle_contains(w->cycles, w->cycle, from) ? from
                                                                                          : found;
    }
    return found;
}

static rg_status write_unseen(const writer *w)
{
    for (uint32_t i = 0; i < w->cycle->count; i++) {
        const uint32_t node = w->cycles->members[w->cycle->first + i];
        if (!(rg__node_flags(&w->graph->tables, node) & RG_NODE_UNSEEN))
            continue;
        const uint32_t silent = find_silent(w, node);
        const bool is_own = silent == RG_NONE || rg__cycle_contains(w->cycles, w->cycle, silent);
        rg_status status =
            rg__write(w->out, is_own ? "No collection frees it: "
                                     : "The next collection does not free it, one after it may: ");
        if (!status && silent == RG_NONE)
            status = rg__write(w->out, "something holds ");
        else if (!status)
            status = rg_graph_write_type(w->graph, silent, w->out);
        if (!status && silent != RG_NONE)
            status = rg__write(w->out, " holds ");
        if (!status)
            status = rg_graph_write_type(w->graph, node, w->out);
        return status ? status : rg__write(w->out, " and does not tell the collector.");
    }
    return rg__write(w->out,
                     "No collection frees it: garbage holds it of which the collector is not "
                     "told everything.");
}

static bool is_held_by(const rg_graph *g, uint32_t node, uint32_t from)
{
    for (uint64_t e = rg__edges_begin(g, from); e < rg__edges_end(g, from); e++)
        if (g->targets[e] == node && rg__label_strength(g->labels[e]) != RG_STRENGTH_WEAK)
            return true;
    return false;
}

/* The root whose object is the nearest upstream of the cycle, or a member; RG_NONE: none among UPSTREAM_MOST.
 * RG_OK or RG_ERR_NOMEM. */
static rg_status find_upstream(const writer *w, uint32_t *root)
{
    const rg_graph *g = w->graph;
    const rg_allocator *a = &g->allocator;
    const rg__tables *t = &g->tables;
    const size_t room = t->node_count < UPSTREAM_MOST ? t->node_count : UPSTREAM_MOST;
    uint64_t *is_root = rg__array_new(a, rg__bit_words(g), sizeof *is_root);
    uint64_t *is_met = rg__array_new(a, rg__bit_words(g), sizeof *is_met);
    uint32_t *queue = rg__array_new_raw(a, room + 1, sizeof *queue);
    const rg_status status = is_root && is_met && queue ? RG_OK : RG_ERR_NOMEM;
    uint32_t found = RG_NONE;
    size_t tail = 0;
    for (uint32_t r = 0; r < t->root_count && !status; r++)
        rg__bit_set(is_root, t->roots[r].node);
    for (uint32_t i = 0; i < w->cycle->count && !status; i++) {
        const uint32_t node = w->cycles->members[w->cycle->first + i];
        rg__bit_set(is_met, node);
        if (tail < room)
            queue[tail++] = node;
    }
    for (size_t head = 0; head < tail && found == RG_NONE; head++) {
        const uint32_t node = queue[head];
        found = rg__bit(is_root, node) ? node : RG_NONE;
        for (uint64_t i = rg__sources_begin(g, node); i < rg__sources_end(g, node); i++) {
            if (rg__bit(is_met, g->sources[i]) || tail == room ||
                !is_held_by(g, node, g->sources[i]))
                continue;
            rg__bit_set(is_met, g->sources[i]);
            queue[tail++] = g->sources[i];
        }
    }
    rg__array_free(a, queue, room + 1, sizeof *queue);
    rg__array_free(a, is_met, rg__bit_words(g), sizeof *is_met);
    rg__array_free(a, is_root, rg__bit_words(g), sizeof *is_root);
    *root = 0;
    while (*root < t->root_count && t->roots[*root].node != found)
        ++*root;
    return status;
}

static rg_status write_unexplained(const writer *w)
{
    const rg__tables *t = &w->graph->tables;
    uint32_t root = RG_NONE;
    rg_status status = find_upstream(w, &root);
    if (status)
        return status;
    if (root == t->root_count)
        return rg__write(w->out,
                         "Only references from outside the Python heap lead to it, over many "
                         "other objects; no collection frees it.");
    status = rg__write_landmark(w->out, w->graph, t->roots[root].node);
    if (!status)
        status = rg__write(w->out, " has ");
    if (!status && t->roots[root].kind == RG_ROOT_PROBABLE)
        status = rg__write(w->out, "references that nothing proves: ");
    if (!status)
        status = rg_graph_write_root(w->graph, root, NAME_LIMIT, w->out);
    if (!status && !rg__cycle_contains(w->cycles, w->cycle, t->roots[root].node))
        status = rg__write(w->out, ", and leads to it");
    return status ? status
                  : rg__write(w->out,
                              "; no collection frees the cycle, and cutting it frees only what "
                              "that object does not hold: find who holds it first.");
}

/* ---- the whole ---- */

static rg_status write_fate(const writer *w, size_t index)
{
    switch (w->cycle->verdict) {
    case RG_VERDICT_OUTSIDE:
        return w->cycle->flags & RG_CYCLE_UNEXPLAINED ? write_unexplained(w) : write_unseen(w);
    case RG_VERDICT_FROZEN:
        return rg__write(w->out, "gc.freeze() has put it, or what holds it, aside: no collection "
                                 "looks at it before gc.unfreeze().");
    case RG_VERDICT_FINALIZER:
        return write_with_finalizer(w, index);
    case RG_VERDICT_GC_OFF:
        return rg__write(w->out,
                         "Garbage; the collector is off (gc.disable(), or a threshold of 0): "
                         "only gc.collect() frees it.");
    case RG_VERDICT_CROSS_GENERATION:
        return write_cross_generation(w);
    case RG_VERDICT_ISOLATED:
        return write_isolated(w);
    default:
        return rg__write(w->out, "In use: a root reaches it, and it lives as long as that does.");
    }
}

rg_status rg_cycle_write_fate(const rg_graph *graph, const rg_cycles *cycles, size_t cycle,
                              rg_buffer *out)
{
    rg_buffer line = {.allocator = out->allocator};
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    const writer w = {
        .graph = graph, .cycles = cycles, .cycle = &cycles->items[cycle], .out = &line};
    rg_status status = write_fate(&w, cycle);
    if (!status)
        status = rg_buffer_add(out, line.data, line.size);
    rg_buffer_dispose(&line);
    return status;
}
