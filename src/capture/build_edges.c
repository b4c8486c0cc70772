/* Edges in the order of their sources' ids, without what is hidden. */
#include "base/popcount.h"
#include "capture/translation.h"

enum { BATCH = 32 /* edges */, PREFETCH = 16 /* nodes ahead */ };

/* The edges of the objects whose ids are [begin, end): into the sink, or where there is none into the builder. */
typedef struct piece {
    const rg__translation *t;
    const rg__capture *c;
    rg_builder *builder;
    uint32_t begin, end;
} piece;

RG__ALWAYS_INLINE rg_name translated_name(const piece *p, const rg__edge *edge)
{
    const rg_name name = rg__edge_name(&p->c->edges, edge);
    switch (name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_LOCAL:
    case RG_NAME_CELL:
    case RG_NAME_SLOT:
    case RG_NAME_HIDDEN:
        return (rg_name){name.kind, p->t->string_ids[name.value]};
    case RG_NAME_KEY: {
        const uint32_t key = rg__shown(p->t, name.value);
        return key == RG_NONE ? (rg_name){RG_NAME_NONE, 0} : (rg_name){name.kind, key};
    }
    default:
        return name;
    }
}

RG__ALWAYS_INLINE rg_status give(const piece *p, rg_edge_sink *sink, uint32_t from,
                                 const rg_new_edge *edges, size_t count)
{
    return sink ? rg_edge_sink_add(sink, from, edges, count)
                : rg_builder_add_edges(p->builder, from, edges, count);
}

RG__ALWAYS_INLINE rg_status add_edges_of(const piece *p, rg_edge_sink *sink, uint32_t id)
{
    const rg__capture *c = p->c;
    const size_t i = p->t->order[id];
    const uint32_t from = rg__shown(p->t, id);
    rg_new_edge batch[BATCH];
    size_t count = 0;
    rg_status status = RG_OK;
    for (uint64_t e = rg__first_edge(c, i); e < rg__edge_end(c, i) && !status; e++) {
        const rg__edge *edge = rg__edge_at(&c->edges, e);
        const uint32_t to = rg__shown(p->t, edge->to);
        if (to == RG_NONE)
            continue;
        rg_strength strength = rg__edge_strength(edge);
        if (strength < RG_STRENGTH_INFRASTRUCTURE &&
            p->t->is_module[edge->to / 64] >> (edge->to % 64) & 1)
            strength = RG_STRENGTH_INFRASTRUCTURE;
        batch[count++] = (rg_new_edge){to, translated_name(p, edge), strength};
        if (count == BATCH) {
            status = give(p, sink, from, batch, count);
            count = 0;
        }
    }
    return status || !count ? status : give(p, sink, from, batch, count);
}

RG__ALWAYS_INLINE rg_status add_piece(const piece *p, rg_edge_sink *sink)
{
    const rg__capture *c = p->c;
    const uint32_t *order = p->t->order;
    rg_status status = RG_OK;
    for (size_t id = p->begin; id < p->end && !status; id++) {
        if (id + 2 * PREFETCH < p->end)
            __builtin_prefetch(&c->edge_ends.low[order[id + 2 * PREFETCH]]);
        if (id + PREFETCH < p->end && c->edges.count) {
            const uint64_t e = rg__first_edge(c, order[id + PREFETCH]);
            __builtin_prefetch(rg__edge_at(&c->edges, e < c->edges.count ? e : 0));
        }
        if (!rg__account_is_hidden(&p->t->account, (uint32_t)id))
            status = add_edges_of(p, sink, (uint32_t)id);
    }
    return status;
}

RG__POPCOUNT_TARGET static rg_status add_piece_fast(const piece *p, rg_edge_sink *sink)
{
    return add_piece(p, sink);
}

static rg_status add_piece_anywhere(const piece *p, rg_edge_sink *sink)
{
    return add_piece(p, sink);
}

static rg_status write_piece(void *context, rg_edge_sink *sink)
{
    const piece *p = context;
    return rg__has_popcount() ? add_piece_fast(p, sink) : add_piece_anywhere(p, sink);
}

/* Two pieces of about as many edges. */
static rg_status add_halves(const rg__translation *t, const rg__capture *c, rg_builder *builder)
{
    uint64_t edges = 0;
    size_t share = 0;
    while (share < RG__SHARES && edges < c->edges.count / 2)
        edges += t->edges_of_share[share++];
    const uint64_t whole = c->object_count;
    const uint64_t end = (uint64_t)share << t->share_shift;
    const uint32_t middle = (uint32_t)(end < whole ? end : whole);
    piece pieces[2] = {{t, c, builder, 0, middle}, {t, c, builder, middle, (uint32_t)whole}};
    const uint32_t shown = rg__shown_below(t, middle);
    const rg_edge_part parts[2] = {
        {0, shown, edges, write_piece, &pieces[0]},
        {shown, t->shown_count, c->edges.count - edges, write_piece, &pieces[1]},
    };
    return rg_builder_add_edge_parts(builder, parts, 2);
}

rg_status rg__translate_edges(const rg__translation *t, const rg__capture *c, rg_builder *builder,
                              bool in_threads)
{
    if (in_threads && rg__compact_is_shareable(c))
        return add_halves(t, c, builder);
    rg_status status = rg_builder_reserve(builder, t->shown_count, c->edges.count);
    piece whole = {t, c, builder, 0, (uint32_t)c->object_count};
    return status ? status : write_piece(&whole, NULL);
}
