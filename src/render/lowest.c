/* What dot will place lowest. References in cycles leave nothing without referents: so those that lead back, as
 * dot's own search would meet them, are passed over. */
#include "base/memory.h"
#include "render/picture_parts.h"

/* A depth-first search of what is drawn. A reference leads back if its target is finished after its source. */
typedef struct search {
    const rg__picture *picture;
    size_t node_count, edge_count; /* so many of them, from the first */
    uint32_t *offsets;             /* per node and one more: into targets */
    uint32_t *targets;             /* per edge, by source */
    uint32_t *next;                /* per node: the next of its targets to go to */
    uint32_t *finish;              /* per node: when it was finished; RG_NONE: not yet */
    uint32_t *finished;            /* nodes in that order */
    uint32_t *stack;
    uint32_t *depth;  /* per node: references above it */
    bool *is_visited; /* per node */
    size_t finished_count;
} search;

static void list_targets(search *s)
{
    const rg__picture_edge *edges = s->picture->edges;
    for (size_t i = 0; i < s->edge_count; i++)
        s->offsets[edges[i].from + 1]++;
    for (size_t i = 0; i < s->node_count; i++) {
        s->offsets[i + 1] += s->offsets[i];
        s->next[i] = s->offsets[i];
        s->finish[i] = RG_NONE;
    }
    for (size_t i = 0; i < s->edge_count; i++)
        s->targets[s->next[edges[i].from]++] = edges[i].to;
    for (size_t i = 0; i < s->node_count; i++)
        s->next[i] = s->offsets[i];
}

static void visit(search *s, uint32_t start)
{
    size_t height = 0;
    if (s->is_visited[start])
        return;
    s->is_visited[start] = true;
    s->stack[height++] = start;
    while (height) {
        const uint32_t node = s->stack[height - 1];
        if (s->next[node] == s->offsets[node + 1]) {
            s->finish[node] = (uint32_t)s->finished_count;
            s->finished[s->finished_count++] = node;
            height--;
            continue;
        }
        const uint32_t target = s->targets[s->next[node]++];
        if (!s->is_visited[target]) {
            s->is_visited[target] = true;
            s->stack[height++] = target;
        }
    }
}

/* Whether nothing leads down from a node; tells its depth to those below. */
static bool is_bottom(search *s, uint32_t node)
{
    bool is = true;
    for (uint32_t i = s->offsets[node]; i < s->offsets[node + 1]; i++) {
        const uint32_t target = s->targets[i];
        if (s->finish[target] >= s->finish[node])
            continue;
        is = false;
        if (s->depth[target] <= s->depth[node])
            s->depth[target] = s->depth[node] + 1;
    }
    return is;
}

/* The deepest of what has nothing below it: how many. */
static size_t find_lowest(search *s, uint32_t *lowest)
{
    const rg__picture_edge *edges = s->picture->edges;
    size_t count = 0;
    list_targets(s);
    for (size_t i = 0; i < s->edge_count; i++)
        if (edges[i].is_chain || edges[i].is_cycle)
            visit(s, edges[i].from);
    for (uint32_t i = 0; i < s->node_count; i++)
        visit(s, i);
    for (size_t i = s->finished_count; i-- > 0;) {
        const uint32_t node = s->finished[i];
        if (!is_bottom(s, node))
            continue;
        size_t at = count < RG__LOWEST_MOST ? count++ : RG__LOWEST_MOST;
        for (; at && s->depth[lowest[at - 1]] < s->depth[node]; at--)
            if (at < RG__LOWEST_MOST)
                lowest[at] = lowest[at - 1];
        if (at < RG__LOWEST_MOST)
            lowest[at] = node;
    }
    return count;
}

rg_status rg__lowest_find(uint32_t *lowest, size_t *count, const rg__picture *picture, size_t nodes,
                          size_t edges)
{
    enum { ARRAYS = 6 };
    const rg_allocator *a = &picture->allocator;
    const size_t size = ARRAYS * nodes + 1 + edges;
    uint32_t *words = rg__array_new(a, size, sizeof *words);
    bool *is_visited = rg__array_new(a, nodes, sizeof *is_visited);
    const rg_status status = words && is_visited ? RG_OK : RG_ERR_NOMEM;
    if (!status) {
        search s = {
            .picture = picture,
            .node_count = nodes,
            .edge_count = edges,
            .next = words,
            .finish = words + nodes,
            .finished = words + 2 * nodes,
            .stack = words + 3 * nodes,
            .depth = words + 4 * nodes,
            .offsets = words + 5 * nodes,
            .targets = words + ARRAYS * nodes + 1,
            .is_visited = is_visited,
        };
        *count = find_lowest(&s, lowest);
    }
    rg__array_free(a, words, size, sizeof *words);
    rg__array_free(a, is_visited, nodes, sizeof *is_visited);
    return status;
}
