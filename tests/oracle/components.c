/* Components, dominators and retained sizes of any graph, for programs that know them by other means to compare
 * with:
 *
 *     components scc        <nodes>           < edges    component of each node
 *     components dominators <nodes>           < edges    immediate dominator of each, node 0 being the root
 *     components distances  <nodes> <roots>   < edges    steps from the nearest of the first nodes, which are roots,
 *                                                        to each; 2^32 - 1: none leads there
 *     components retained   <nodes> <roots>   < edges    dominator, count and size of each, the first nodes
 *                                                        being roots; node n is of n + 1 bytes
 *
 * Edges are pairs of uint32. Answers are one uint32 a node, for `retained` three uint64 a node, in the byte
 * order of the machine. Exit status 2: not called like this; 1: anything else went wrong. */
#include <refgraph/analysis.h>

#include "analysis/flow.h"

#include "graph/graph_private.h"

#include "drawing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct edge_list {
    uint32_t (*items)[2];
    size_t count, capacity;
} edge_list;

static bool read_edges(edge_list *out, uint32_t nodes)
{
    uint32_t edge[2];
    while (fread(edge, sizeof edge, 1, stdin) == 1) {
        if (edge[0] >= nodes || edge[1] >= nodes)
            return false;
        if (out->count == out->capacity) {
            const size_t capacity = out->capacity ? 2 * out->capacity : 1 << 16;
            void *items = realloc(out->items, capacity * sizeof *out->items);
            if (!items)
                return false;
            out->items = items;
            out->capacity = capacity;
        }
        memcpy(out->items[out->count++], edge, sizeof edge);
    }
    return feof(stdin) && !ferror(stdin);
}

static rg_status write_ids(const uint32_t *ids, size_t count)
{
    return fwrite(ids, sizeof *ids, count, stdout) == count ? RG_OK : RG_ERR_IO;
}

static rg_status write_components(const edge_list *edges, uint32_t nodes)
{
    rg_graph *g = NULL;
    rg_scc found = {0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (size_t i = 0; i < edges->count; i++)
        drawing_own(&d, edges->items[i][0], edges->items[i][1], "");
    rg_status status = drawing_finish(&d, &g);
    if (!status)
        status = rg_scc_find(&found, g, RG_STRENGTH_OWN, NULL);
    if (!status)
        status = write_ids(found.component, found.node_count);
    rg_scc_dispose(&found);
    rg_graph_free(g);
    return status;
}

static rg_status write_dominators(const edge_list *edges, uint32_t nodes)
{
    rg__dominators found = {0};
    rg__flow_edges both = {0};
    rg_status status = RG_ERR_NOMEM;
    uint64_t *offsets = calloc((size_t)nodes + 2, sizeof *offsets);
    uint32_t *targets = calloc(edges->count + 1, sizeof *targets);
    if (!offsets || !targets)
        goto done;
    for (size_t i = 0; i < edges->count; i++)
        offsets[edges->items[i][0] + 2]++;
    for (uint32_t v = 0; v < nodes; v++)
        offsets[v + 2] += offsets[v + 1];
    for (size_t i = 0; i < edges->count; i++)
        targets[offsets[edges->items[i][0] + 1]++] = edges->items[i][1];
    const uint32_t start = 0;
    const rg_allocator a = rg_allocator_default();
    status = rg__flow_edges_make(&both, nodes, offsets, targets, NULL, &a);
    const rg__flow flow = rg__flow_of(&both, &start, nodes > 0, NULL);
    if (!status)
        status = rg__dominators_find(&found, &flow, NULL);
    if (!status)
        status = write_ids(found.idom, nodes);

done:
    rg__dominators_dispose(&found);
    rg__flow_edges_dispose(&both);
    free(targets);
    free(offsets);
    return status;
}

/* Roots are modules, which cost nothing. */
static rg_status write_distances(const edge_list *edges, uint32_t nodes, uint32_t roots)
{
    rg_graph *g = NULL;
    rg_distances found = {0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (size_t i = 0; i < edges->count; i++)
        drawing_own(&d, edges->items[i][0], edges->items[i][1], "");
    for (uint32_t n = 0; n < roots; n++)
        drawing_root(&d, RG_ROOT_MODULE, n, "");
    rg_status status = drawing_finish(&d, &g);
    if (!status)
        status = rg_distances_find(&found, g, RG_STRENGTH_OWN, NULL);
    for (uint32_t n = 0; n < nodes && !status; n++) {
        const uint32_t steps = (uint32_t)found.cost[n]; /* unreached: all bits are set */
        status = write_ids(&steps, 1);
    }
    rg_distances_dispose(&found);
    rg_graph_free(g);
    return status;
}

/* Dominators of the whole graph under its virtual root, which is RG_NONE here. */
static rg_status write_retained(const edge_list *edges, uint32_t nodes, uint32_t roots)
{
    rg_graph *g = NULL;
    rg_retained found = {0};
    drawing d = drawing_new(NULL);
    drawing_nodes(&d, nodes);
    for (size_t i = 0; i < edges->count; i++)
        drawing_own(&d, edges->items[i][0], edges->items[i][1], "");
    for (uint32_t n = 0; n < roots; n++)
        drawing_root(&d, RG_ROOT_OTHER, n, "");
    rg_status status = drawing_finish(&d, &g);
    for (uint32_t n = 0; n < nodes && !status; n++)
        g->tables.nodes[n].size = n + 1;
    if (!status)
        status = rg_retained_find(&found, g, NULL);
    for (uint32_t n = 0; n < nodes && !status; n++) {
        const uint64_t row[] = {found.dominator[n], found.count[n], found.size[n]};
        status = fwrite(row, sizeof row, 1, stdout) == 1 ? RG_OK : RG_ERR_IO;
    }
    rg_retained_dispose(&found);
    rg_graph_free(g);
    return status;
}

/* A number below RG_NONE, or RG_NONE. */
static uint32_t parse_number(const char *text)
{
    char *end = NULL;
    const uintmax_t number = strtoumax(text, &end, 10);
    return *text && !*end && number < RG_NONE ? (uint32_t)number : RG_NONE;
}

int main(int argc, char **argv)
{
    edge_list edges = {0};
    const char *question = argc > 1 ? argv[1] : "";
    const uint32_t nodes = argc > 2 ? parse_number(argv[2]) : RG_NONE;
    const bool is_retained = argc == 4 && !strcmp(question, "retained");
    const bool is_distances = argc == 4 && !strcmp(question, "distances");
    const uint32_t roots = argc == 4 ? parse_number(argv[3]) : 0;
    const bool is_scc = argc == 3 && !strcmp(question, "scc");
    const bool is_known =
        is_retained || is_distances || is_scc || (argc == 3 && !strcmp(question, "dominators"));
    if (!is_known || nodes == RG_NONE || roots > nodes)
        return 2;
    rg_status status = RG_ERR_ARGUMENT;
    if (read_edges(&edges, nodes))
        status = is_retained    ? write_retained(&edges, nodes, roots)
                 : is_distances ? write_distances(&edges, nodes, roots)
                 : is_scc       ? write_components(&edges, nodes)
                                : write_dominators(&edges, nodes);
    if (!status && fflush(stdout))
        status = RG_ERR_IO;
    free(edges.items);
    if (status)
        (void)fprintf(stderr, "components: %s\n", rg_status_text(status));
    return status ? 1 : 0;
}
