/* See cut_oracle.h. */
#include "cut_oracle.h"

#include "analysis/cycle_kinds.h"
#include "analysis/cycles_private.h"

#include "oracle.h"
#include "test.h"

enum { EDGES_MOST = 512, PAIRED = 48 };

typedef struct part {
    rg_edge edges[EDGES_MOST];
    rg__cut_kind kinds[EDGES_MOST];
    uint64_t shapes[EDGES_MOST];
    bool is_removed[EDGES_MOST];
    size_t count;
} part;

/* The lowest object that has a dict as its `__dict__`. */
static uint32_t owner_of(const rg_graph *g, uint32_t node)
{
    for (uint32_t u = 0; u < rg_graph_node_count(g); u++)
        if (oracle_is_dict_of(g, node, u))
            return u;
    return RG_NONE;
}

static part part_of(const cycle_oracle *o, const rg_cycle *cycle, uint64_t members)
{
    const rg_strength weakest = cycle->flags & (RG_CYCLE_IN_USE | RG_CYCLE_UNEXPLAINED)
                                    ? RG_STRENGTH_FRAME
                                    : RG_STRENGTH_INFRASTRUCTURE;
    part p = {.count = 0};
    for (uint32_t u = 0; u < o->count; u++)
        for (uint64_t e = rg_graph_edges_begin(o->g, u); e < rg_graph_edges_end(o->g, u); e++) {
            const rg_edge edge = rg_graph_edge(o->g, u, e);
            if (!set_has(members, u) || !set_has(members, edge.to) || edge.strength > weakest)
                continue;
            const uint32_t owner = owner_of(o->g, u);
            assert_true(p.count < EDGES_MOST);
            p.edges[p.count] = edge;
            p.kinds[p.count] = rg__cut_kind_of(o->g, &edge, owner);
            p.shapes[p.count++] = rg__edge_shape(o->g, u, e, owner != RG_NONE);
        }
    return p;
}

/* Whether no edge that could be cut is left on a cycle. */
static bool is_cut(const part *p)
{
    uint64_t steps[HEAP_MOST] = {0};
    for (size_t i = 0; i < p->count; i++)
        if (!p->is_removed[i])
            steps[p->edges[i].from] |= UINT64_C(1) << p->edges[i].to;
    for (uint32_t k = 0; k < HEAP_MOST; k++)
        for (uint32_t u = 0; u < HEAP_MOST; u++)
            if (set_has(steps[u], k))
                steps[u] |= steps[k];
    for (size_t i = 0; i < p->count; i++)
        if (!p->is_removed[i] && p->kinds[i] < RG__CUT_FIXED &&
            (p->edges[i].to == p->edges[i].from ||
             set_has(steps[p->edges[i].to], p->edges[i].from)))
            return false;
    return true;
}

static void clear(part *p)
{
    memset(p->is_removed, 0, sizeof p->is_removed);
}

/* The best kind of an edge that is enough alone; RG__CUT_COUNT: none is. */
static rg__cut_kind best_alone(part *p)
{
    rg__cut_kind best = RG__CUT_COUNT;
    for (size_t i = 0; i < p->count; i++) {
        if (p->kinds[i] >= RG__CUT_FIXED)
            continue;
        clear(p);
        p->is_removed[i] = true;
        if (p->kinds[i] < best && is_cut(p))
            best = p->kinds[i];
    }
    return best;
}

/* All edges of a shape that can be cut; the worst of their kinds. */
static rg__cut_kind remove_shape(part *p, uint64_t shape)
{
    rg__cut_kind worst = RG__CUT_BACK;
    clear(p);
    for (size_t i = 0; i < p->count; i++) {
        p->is_removed[i] = p->shapes[i] == shape && p->kinds[i] < RG__CUT_FIXED;
        if (p->is_removed[i] && p->kinds[i] > worst)
            worst = p->kinds[i];
    }
    return worst;
}

/* The best kind of a shape that is enough; RG__CUT_COUNT: none is. */
static rg__cut_kind best_shape(part *p)
{
    rg__cut_kind best = RG__CUT_COUNT;
    for (size_t i = 0; i < p->count; i++) {
        if (p->kinds[i] >= RG__CUT_FIXED)
            continue;
        const rg__cut_kind kind = remove_shape(p, p->shapes[i]);
        if (kind < best && is_cut(p))
            best = kind;
    }
    return best;
}

/* The best kind of which two edges are enough, the worse of the two counting; RG__CUT_COUNT: no two are. */
static rg__cut_kind best_two(part *p)
{
    rg__cut_kind best = RG__CUT_COUNT;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < i; k++) {
            const rg__cut_kind kind = p->kinds[i] > p->kinds[k] ? p->kinds[i] : p->kinds[k];
            if (kind >= RG__CUT_FIXED || kind >= best)
                continue;
            clear(p);
            p->is_removed[i] = p->is_removed[k] = true;
            if (is_cut(p))
                best = kind;
        }
    return best;
}

static size_t place_of(const part *p, const rg_edge *edge)
{
    size_t i = 0;
    while (i < p->count && p->edges[i].index != edge->index)
        i++;
    return i;
}

static void remove_cut(part *p, const rg_cut *cut)
{
    clear(p);
    for (size_t i = 0; i < cut->count; i++) {
        const size_t at = place_of(p, &cut->edges[i]);
        assert_true(at < p->count);
        assert_int_equal(cut->edges[i].from, p->edges[at].from);
        assert_int_equal(cut->edges[i].to, p->edges[at].to);
        assert_true(p->kinds[at] < RG__CUT_FIXED);
        assert_false(p->is_removed[at]);
        p->is_removed[at] = true;
    }
}

static bool can_be_put_back(part *p, const rg_cut *cut)
{
    for (size_t i = 0; i < cut->count; i++) {
        remove_cut(p, cut);
        p->is_removed[place_of(p, &cut->edges[i])] = false;
        if (is_cut(p))
            return true;
    }
    return false;
}

/* Whether a cut is all edges of one shape; the worst of their kinds. */
static bool is_all_of_a_shape(part *p, const rg_cut *cut, rg__cut_kind *worst)
{
    size_t count = 0;
    *worst = remove_shape(p, p->shapes[place_of(p, &cut->edges[0])]);
    for (size_t i = 0; i < p->count; i++)
        count += p->is_removed[i];
    for (size_t i = 0; i < cut->count; i++)
        if (!p->is_removed[place_of(p, &cut->edges[i])])
            return false;
    return cut->count == count;
}

static size_t count_that_can_be_cut(const part *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++)
        count += p->kinds[i] < RG__CUT_FIXED;
    return count;
}

static rg__cut_kind worst_of(const part *p, const rg_cut *cut)
{
    rg__cut_kind worst = RG__CUT_BACK;
    for (size_t i = 0; i < cut->count; i++) {
        const rg__cut_kind kind = p->kinds[place_of(p, &cut->edges[i])];
        worst = kind > worst ? kind : worst;
    }
    return worst;
}

/* One that leads back; a shape that leads back; one attribute; a shape of attributes; any one; two; a set. */
static void assert_is_preferred(part *p, const rg_cut *cut)
{
    const rg__cut_kind alone = best_alone(p), shape = best_shape(p);
    rg__cut_kind worst;
    const bool is_shape_back = alone > RG__CUT_CONTEXT && shape <= RG__CUT_EXCEPTION;
    if (is_shape_back || (alone > RG__CUT_ATTRIBUTE && shape <= RG__CUT_ATTRIBUTE)) {
        assert_true(is_all_of_a_shape(p, cut, &worst));
        assert_int_equal(worst, shape);
        return;
    }
    if (alone < RG__CUT_COUNT) {
        assert_int_equal(cut->count, 1);
        assert_int_equal(worst_of(p, cut), alone);
        return;
    }
    const rg__cut_kind two = count_that_can_be_cut(p) <= PAIRED ? best_two(p) : RG__CUT_COUNT;
    assert_true(cut->count > 1);
    if (two < RG__CUT_COUNT) {
        assert_int_equal(cut->count, 2);
        assert_int_equal(worst_of(p, cut), two);
    } else if (can_be_put_back(p, cut)) {
        assert_true(is_all_of_a_shape(p, cut, &worst));
    }
}

void cut_oracle_assert(const cycle_oracle *o, const rg_cycles *cycles, size_t index,
                       const rg_cut *cut)
{
    const rg_cycle *cycle = &cycles->items[index];
    part p = part_of(o, cycle, cycle_oracle_cycle(o, cycles->members[cycle->first]));
    assert_true(cut->is_enough);
    assert_false(cut->is_bounded);
    const bool needs_none = is_cut(&p);
    assert_int_equal(cut->count == 0, needs_none);
    if (needs_none)
        return;
    remove_cut(&p, cut);
    assert_true(is_cut(&p));
    assert_is_preferred(&p, cut);
}
