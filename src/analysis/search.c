/* See search.h. Entries of the queue are of three kinds, told apart by their edge: a real edge, an edge
 * still to be looked up, and the goal, which stands for "start at this root". At equal keys the goal
 * comes first, then what is further from the target, then what is better named, then what is on a path
 * that rg_distances has kept. */
#include "analysis/search.h"

#define UNKNOWN_EDGE RG__NO_EDGE
#define GOAL (RG__NO_EDGE - 1)

/*  tie   | MOST - g 61 | rank 2 | not kept 1 |     g stays far below MOST: a search gives up after
 *                                                 2^20 nodes */
#define RANK_BITS 3
#define MOST (UINT64_MAX >> RANK_BITS)

struct rg__search_state {
    uint64_t g; /* cost from here to the target, in the search `run` */
    uint64_t h; /* lower bound of the cost from the roots to here */
    uint64_t edge;
    uint32_t next;
    uint32_t run;
    bool is_closed;
};

rg_status rg__search_start(rg__search *self, const rg_graph *graph, const rg_distances *distances,
                           rg__links *links, uint32_t target, const rg_allocator *allocator)
{
    *self = (rg__search){
        .graph = graph,
        .distances = distances,
        .links = links,
        .allocator = *allocator,
        .blocked.allocator = *allocator,
        .seen.allocator = *allocator,
        .open.allocator = *allocator,
    };
    return rg__search_block(self, target);
}

void rg__search_dispose(rg__search *self)
{
    const rg_allocator *a = &self->allocator;
    rg__detour_dispose(&self->detour);
    rg__array_free(a, self->results, self->result_capacity, sizeof *self->results);
    rg__array_free(a, self->states, self->state_capacity, sizeof *self->states);
    rg__queue_dispose(&self->open);
    rg__node_set_dispose(&self->seen);
    rg__node_set_dispose(&self->blocked);
}

rg_status rg__search_block(rg__search *self, uint32_t node)
{
    uint32_t ordinal = 0;
    return rg__node_set_add(&self->blocked, &ordinal, node);
}

bool rg__search_is_blocked(const rg__search *self, uint32_t node)
{
    return rg__node_set_find(&self->blocked, node) != RG_NONE;
}

rg_status rg__search_begin(rg__search *self)
{
    rg__detour_dispose(&self->detour);
    self->detour = (rg__detour){.graph = self->graph,
                                .distances = self->distances,
                                .avoided = &self->blocked,
                                .allocator = self->allocator};
    self->open.count = 0;
    self->closed_count = 0;
    return rg__array_reserve(&self->allocator, &self->results, &self->result_capacity,
                             (size_t)self->run + 1, sizeof *self->results);
}

/* Bring a state of an earlier search up to date: keep what it taught. */
static void refresh(const rg__search *self, rg__search_state *s)
{
    if (s->run == self->run)
        return;
    const uint64_t result = self->results[s->run];
    if (s->is_closed && result == RG_UNREACHED)
        s->h = RG_UNREACHED;
    else if (s->is_closed && result > s->g && result - s->g > s->h)
        s->h = result - s->g;
    s->run = self->run;
    s->g = RG_UNREACHED;
    s->is_closed = false;
}

/* The state of a node that was seen, or NULL. */
static rg__search_state *state_find(const rg__search *self, uint32_t node)
{
    const uint32_t ordinal = rg__node_set_find(&self->seen, node);
    if (ordinal == RG_NONE)
        return NULL;
    refresh(self, &self->states[ordinal]);
    return &self->states[ordinal];
}

static rg_status state_add(rg__search *self, rg__search_state **state, uint32_t node)
{
    rg_status status = rg__array_reserve(&self->allocator, &self->states, &self->state_capacity,
                                         self->seen.count + 1, sizeof *self->states);
    const size_t before = self->seen.count;
    uint32_t ordinal = 0;
    if (!status)
        status = rg__node_set_add(&self->seen, &ordinal, node);
    if (status)
        return status;
    if (ordinal == before)
        self->states[ordinal] = (rg__search_state){
            .g = RG_UNREACHED,
            .h = self->distances->cost[node],
            .run = self->run,
        };
    refresh(self, &self->states[ordinal]);
    *state = &self->states[ordinal];
    return RG_OK;
}

/* Queue `node` at cost g over `edge` to `next`, unless that leads nowhere or is no better. An edge that is
 * not looked up yet may be well named. */
static rg_status push(rg__search *self, uint32_t node, uint32_t next, uint64_t edge, uint64_t g)
{
    const uint64_t name_rank = edge == UNKNOWN_EDGE ? 0 : rg__edge_rank(self->graph, edge);
    const uint64_t rank = name_rank << 1 | (self->distances->via[next] != node);
    uint64_t h = self->distances->cost[node];
    if (h == RG_UNREACHED || rg__node_set_find(&self->blocked, node) != RG_NONE)
        return RG_OK;
    const rg__search_state *s = state_find(self, node);
    if (s && (s->is_closed || s->g <= g || s->h == RG_UNREACHED))
        return RG_OK;
    if (s)
        h = s->h;
    return rg__queue_add(
        &self->open, &(rg__queue_entry){g + h, (MOST - g) << RANK_BITS | rank, node, next, edge});
}

rg_status rg__search_offer(rg__search *self, uint32_t target, uint32_t referrer, uint64_t edge)
{
    self->links->work++;
    return push(self, referrer, target, edge, rg__weight(rg__edge_strength(self->graph, edge)));
}

/* Look up the edge of an entry that came first; *is_first false where the entry must wait or is void. */
static rg_status look_up(rg__search *self, rg__queue_entry *entry, uint64_t *g, bool *is_first)
{
    *is_first = false;
    uint64_t edge = RG__NO_EDGE;
    rg_status status =
        rg__links_strongest(self->links, &edge, entry->node, entry->next, self->distances->weakest);
    if (status || edge == RG__NO_EDGE)
        return status;
    const uint64_t weight = rg__weight(rg__edge_strength(self->graph, edge));
    entry->edge = edge;
    *g += weight - rg__weight(RG_STRENGTH_OWN);
    *is_first = weight == rg__weight(RG_STRENGTH_OWN) && !rg__edge_rank(self->graph, edge);
    return *is_first ? RG_OK : push(self, entry->node, entry->next, edge, *g);
}

/* Queue the goal where a root starts here, and every referrer. */
static rg_status expand(rg__search *self, uint32_t node, uint64_t g)
{
    const uint32_t root = self->distances->root[node];
    uint64_t count = 0;
    const uint32_t *sources = rg_graph_referrers(self->graph, node, &count);
    rg_status status = RG_OK;
    if (root != RG_NONE)
        status = rg__queue_add(&self->open, &(rg__queue_entry){g + rg__root_cost(self->graph, root),
                                                               0, node, RG_NONE, GOAL});
    self->links->work += count + 1;
    if (rg__tick(&self->links->watch, 1 + 4 * count))
        status = RG_ERR_CANCELLED;
    for (uint64_t i = 0; i < count && !status; i++)
        if (!i || sources[i] != sources[i - 1])
            status = push(self, sources[i], node, UNKNOWN_EDGE, g + rg__weight(RG_STRENGTH_OWN));
    return status;
}

/* Handle one entry that is not the goal. */
static rg_status step(rg__search *self, rg__queue_entry *entry)
{
    uint64_t g = MOST - (entry->tie >> RANK_BITS);
    rg__search_state *s = NULL;
    rg_status status = state_add(self, &s, entry->node);
    if (status || s->is_closed || s->g <= g)
        return status;
    if (entry->edge == UNKNOWN_EDGE) {
        bool is_first = false;
        status = look_up(self, entry, &g, &is_first);
        if (status || !is_first)
            return status;
        s = state_find(self, entry->node);
    }
    s->g = g;
    s->edge = entry->edge;
    s->next = entry->next;
    s->is_closed = true;
    self->closed_count++;
    return expand(self, entry->node, g);
}

/* ---- ways that are closed ---- */

enum { WORTH_KEEPING = 4096 /* nodes that were visited in vain */ };

/* Every node that no root reaches around the blocked ones, for all that searches have closed in vain so far: no edge
 * leads there from anywhere else. */
static rg_status remember_closed(rg__search *self)
{
    const rg_allocator *a = &self->allocator;
    const size_t words = rg__bit_words(self->graph);
    if (!self->distances->barriers || self->was_cut_short || self->closed_count < WORTH_KEEPING)
        return RG_OK;
    uint64_t *behind = rg__array_new(a, words, sizeof *behind);
    if (!behind)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < self->seen.count; i++) {
        refresh(self, &self->states[i]);
        if (self->states[i].h == RG_UNREACHED)
            rg__bit_set(behind, self->seen.nodes[i]);
    }
    const rg_status status =
        rg__detour_remember(self->distances->barriers, self->graph, &self->blocked, behind, a);
    rg__array_free(a, behind, words, sizeof *behind);
    return status;
}

/* The detour has a turn whenever the search has visited twice as many nodes. */
static rg_status look_around(rg__search *self, size_t *next_turn, bool *is_closed)
{
    const size_t turn = *next_turn;
    *is_closed = false;
    if (self->closed_count < turn)
        return RG_OK;
    *next_turn = 2 * turn;
    return rg__detour_go(&self->detour, &self->open, turn, &self->detour_work, is_closed);
}

rg_status rg__search_run(rg__search *self, rg__outcome *outcome, uint32_t *start, uint64_t *cost)
{
    rg__queue_entry entry;
    rg_status status = RG_OK;
    uint64_t result = RG_UNREACHED;
    size_t next_turn = RG__DETOUR_TURN;
    bool is_closed = self->distances->barriers &&
                     rg__barriers_hide(self->distances->barriers, &self->blocked, &self->open);
    *outcome = RG__NOT_FOUND;
    while (!status && !is_closed && rg__queue_take(&self->open, &entry)) {
        if (rg__tick(&self->links->watch, 8)) {
            status = RG_ERR_CANCELLED;
            break;
        }
        if (entry.edge == GOAL) {
            *outcome = RG__FOUND;
            *start = entry.node;
            *cost = result = entry.key;
            break;
        }
        if (self->closed_count >= RG__SEARCH_NODES || self->links->work > RG__QUESTION_WORK) {
            *outcome = RG__GAVE_UP;
            result = 0;
            break;
        }
        status = step(self, &entry);
        if (!status)
            status = look_around(self, &next_turn, &is_closed);
    }
    self->results[self->run++] = result;
    self->was_cut_short |= is_closed;
    if (!status && !is_closed && *outcome == RG__NOT_FOUND)
        status = remember_closed(self);
    return status;
}

rg_edge rg__search_edge(const rg__search *self, uint32_t node)
{
    const rg__search_state *s = &self->states[rg__node_set_find(&self->seen, node)];
    return rg_graph_edge(self->graph, node, s->edge);
}
