/* What each analysis costs: time an edge, and bytes a node beside the graph.
 *
 *     bench_analyses heap <edges.out or -> <program.py> [argument …]       the heap that the program makes
 *     bench_analyses random <edges.out or -> <nodes> <edges> [seed]        any edges; a node in 1000 is a root
 *
 * One line an analysis: name, seconds of processor time (the least of several), what they are for (edges,
 * chains …), bytes while it works beside the result, bytes of the result. The edges, as pairs of uint32, are
 * written for other programs: all that are not weak, then those of a virtual root, the node behind the last. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/analysis.h>
#include <refgraph/capture.h>

#include "drawing.h"
#include "graph/graph_private.h"
#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- an allocator that counts ---- */

typedef struct meter {
    rg_allocator inner;
    size_t live, peak;
} meter;

static void *metered_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    meter *m = context;
    void *moved = m->inner.resize(m->inner.context, block, old_size, new_size);
    if (!moved && new_size)
        return NULL;
    m->live += new_size - old_size;
    if (m->live > m->peak)
        m->peak = m->live;
    return moved;
}

static double seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the questions ---- */

enum { REPEATS = 5, CHAINS = 10000, CHAINS_SECONDS = 5, LIMIT = 5, GROUPED = 100000 };

typedef struct scene {
    const rg_graph *graph;
    const rg_graph *later;
    rg_distances distances;
    rg_distances later_distances;
    rg_retained retained;
    uint32_t *targets; /* GROUPED of them */
    rg_allocator allocator;
    meter *meter;
} scene;

typedef rg_status question(const scene *s, size_t *result_bytes);

static rg_status ask_components(const scene *s, size_t *bytes)
{
    rg_scc found = {0};
    const rg_status status =
        rg_scc_find(&found, s->graph, RG_STRENGTH_INFRASTRUCTURE, &s->allocator);
    *bytes = s->meter->live;
    rg_scc_dispose(&found);
    return status;
}

static rg_status ask_distances(const scene *s, size_t *bytes)
{
    rg_distances found = {0};
    const rg_status status =
        rg_distances_find(&found, s->graph, RG_STRENGTH_INFRASTRUCTURE, &s->allocator);
    *bytes = s->meter->live;
    rg_distances_dispose(&found);
    return status;
}

static rg_status ask_retained(const scene *s, size_t *bytes)
{
    rg_retained found = {0};
    const rg_status status = rg_retained_find(&found, s->graph, &s->allocator);
    *bytes = s->meter->live;
    rg_retained_dispose(&found);
    return status;
}

static rg_status ask_cycles(const scene *s, size_t *bytes)
{
    rg_cycles found = {0};
    const rg_cycle_options options = {0};
    const rg_status status = rg_cycles_find(&found, s->graph, &options, &s->allocator);
    *bytes = s->meter->live;
    rg_cycles_dispose(&found);
    return status;
}

static rg_status ask_groups(const scene *s, size_t *bytes)
{
    rg_signatures found = {0};
    const rg_status status =
        rg_signatures_find(&found, s->graph, &s->distances, s->targets, GROUPED, &s->allocator);
    *bytes = s->meter->live;
    rg_signatures_dispose(&found);
    return status;
}

static rg_status ask_growth(const scene *s, size_t *bytes)
{
    rg_growth found = {0};
    const rg_status status = rg_growth_find(&found, s->graph, &s->distances, s->later,
                                            &s->later_distances, &s->allocator);
    *bytes = s->meter->live;
    rg_growth_dispose(&found);
    return status;
}

static rg_status ask_accumulations(const scene *s, size_t *bytes)
{
    rg_accumulations found = {0};
    const rg_status status =
        rg_accumulations_find(&found, s->graph, &s->retained, 0, 3, &s->allocator);
    *bytes = s->meter->live;
    rg_accumulations_dispose(&found);
    return status;
}

static rg_status ask_owners(const scene *s, size_t *bytes)
{
    rg_owners found = {0};
    const rg_status status = rg_owners_find(&found, s->graph, &s->retained, &s->allocator);
    *bytes = s->meter->live;
    rg_owners_dispose(&found);
    return status;
}

static rg_status ask_what_if(const scene *s, size_t *bytes)
{
    rg_what_if found = {0};
    const rg_removal removal = {.nodes = s->targets, .node_count = GROUPED};
    const rg_status status = rg_what_if_find(&found, s->graph, &removal, &s->allocator);
    *bytes = s->meter->live;
    rg_what_if_dispose(&found);
    return status;
}

static rg_status ask_check(const scene *s, size_t *bytes)
{
    *bytes = 0;
    return rg_graph_check(s->graph, NULL);
}

/* BENCH_ONLY=components,distances leaves the others out. */
static bool is_wanted(const char *name)
{
    const char *only = getenv("BENCH_ONLY");
    return !only || strstr(only, name);
}

static rg_status measure(const scene *s, const char *name, question *ask, uint64_t units)
{
    if (!is_wanted(name))
        return RG_OK;
    double least = 1e9;
    size_t working = 0, result = 0;
    for (int i = 0; i < REPEATS; i++) {
        *s->meter = (meter){.inner = s->meter->inner};
        const double start = seconds_now();
        size_t bytes = 0;
        const rg_status status = ask(s, &bytes);
        const double took = seconds_now() - start;
        if (status)
            return status;
        least = took < least ? took : least;
        result = bytes;
        working = s->meter->peak - bytes;
    }
    printf("%s\t%.6f\t%" PRIu64 "\t%zu\t%zu\n", name, least, units, working, result);
    (void)fflush(stdout);
    return RG_OK;
}

/* ---- chains, one after another ---- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static rg_status measure_chains(const scene *s, const char *with)
{
    static double took[CHAINS];
    double sum = 0;
    int asked = 0;
    if (!is_wanted("chain"))
        return RG_OK;
    for (; asked < CHAINS && sum < CHAINS_SECONDS; asked++) {
        rg_chains found = {0};
        *s->meter = (meter){.inner = s->meter->inner};
        const double start = seconds_now();
        const rg_status status = rg_chains_find(&found, s->graph, &s->distances, s->targets[asked],
                                                LIMIT, &s->allocator);
        took[asked] = seconds_now() - start;
        sum += took[asked];
        rg_chains_dispose(&found);
        if (status)
            return status;
    }
    qsort(took, (size_t)asked, sizeof *took, compare_doubles);
    printf("chain p50%s\t%.9f\t1\t0\t0\n", with, took[asked / 2]);
    printf("chain p99%s\t%.9f\t1\t0\t0\n", with, took[asked - 1 - asked / 100]);
    printf("chain most of %d%s\t%.9f\t1\t0\t0\n", asked, with, took[asked - 1]);
    return RG_OK;
}

/* ---- graphs ---- */

static rg_status random_graph(rg_graph **out, uint32_t nodes, uint64_t edges, uint64_t seed)
{
    drawing d = drawing_new(NULL);
    randomness chance = {seed};
    drawing_nodes(&d, nodes);
    for (uint64_t i = 0; i < edges; i++) {
        const uint32_t from = random_below(&chance, nodes);
        drawing_own(&d, from, random_below(&chance, nodes), "");
    }
    for (uint32_t n = 0; n < nodes; n += 1000)
        drawing_root(&d, RG_ROOT_OTHER, n, "");
    return drawing_finish(&d, out);
}

static bool run_program(int argc, char **argv)
{
    wchar_t *wide[64] = {0};
    int count = 0;
    for (; count < argc && count < 63; count++)
        wide[count] = Py_DecodeLocale(argv[count], NULL);
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    PyStatus status = PyConfig_SetArgv(&config, count, wide);
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(&config, &config.program_name, BENCH_PYTHON);
    config.parse_argv = 0;
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        return false;
    FILE *program = fopen(argv[0], "rb");
    return program && PyRun_SimpleFileEx(program, argv[0], 1) == 0;
}

static bool write_edges(const rg_graph *g, const char *path)
{
    if (!strcmp(path, "-"))
        return true;
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    const uint32_t count = rg_graph_node_count(g);
    for (uint32_t n = 0; n < count; n++)
        for (uint64_t e = rg_graph_edges_begin(g, n); e < rg_graph_edges_end(g, n); e++) {
            const uint32_t pair[] = {n, g->targets[e]};
            if (rg__label_strength(g->labels[e]) < RG_STRENGTH_WEAK)
                (void)fwrite(pair, sizeof pair, 1, file);
        }
    for (uint32_t r = 0; r < rg_graph_root_count(g); r++) {
        const uint32_t pair[] = {count, rg_graph_root(g, r).node};
        (void)fwrite(pair, sizeof pair, 1, file);
    }
    return fclose(file) == 0;
}

static rg_status measure_all(scene *s)
{
    const uint64_t edges = rg_graph_edge_count(s->graph);
    randomness chance = {7};
    for (size_t i = 0; i < GROUPED; i++)
        s->targets[i] = random_below(&chance, rg_graph_node_count(s->graph));
    printf("graph\t0\t%" PRIu64 "\t%" PRIu32 "\t%zu\n", edges, rg_graph_node_count(s->graph),
           rg_graph_memory(s->graph));
    rg_status status = measure(s, "components", ask_components, edges);
    if (!status)
        status = measure(s, "distances", ask_distances, edges);
    if (!status)
        status = measure(s, "retained", ask_retained, edges);
    if (!status)
        status = measure(s, "cycles", ask_cycles, edges);
    if (!status)
        status = measure(s, "check", ask_check, edges);
    if (!status)
        status = rg_distances_find(&s->distances, s->graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = measure_chains(s, "");
    if (!status)
        status = measure(s, "groups", ask_groups, GROUPED);
    if (!status)
        status = rg_retained_find(&s->retained, s->graph, NULL);
    s->distances.dominator = s->retained.dominator;
    if (!status)
        status = measure_chains(s, ", dominators known");
    if (!status)
        status = measure(s, "accumulations", ask_accumulations, edges);
    if (!status)
        status = measure(s, "owners", ask_owners, edges);
    if (!status)
        status = measure(s, "what if", ask_what_if, edges);
    if (!status && s->later)
        status = rg_distances_find(&s->later_distances, s->later, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status && s->later)
        status = measure(s, "growth", ask_growth, edges);
    return status;
}

int main(int argc, char **argv)
{
    const bool is_heap = argc > 3 && !strcmp(argv[1], "heap");
    const bool is_random = argc > 4 && !strcmp(argv[1], "random");
    rg_graph *graph = NULL, *later = NULL;
    rg_status status = RG_ERR_ARGUMENT;
    meter m = {.inner = rg_allocator_default()};
    if (is_heap && run_program(argc - 3, argv + 3)) {
        status = rg_capture(&graph, NULL, NULL, NULL);
        if (!status)
            status = rg_capture(&later, NULL, NULL, NULL);
    } else if (is_random) {
        status =
            random_graph(&graph, (uint32_t)strtoul(argv[3], NULL, 10), strtoull(argv[4], NULL, 10),
                         argc > 5 ? strtoull(argv[5], NULL, 10) : 1);
    }
    scene s = {
        .graph = graph,
        .later = later,
        .targets = calloc(GROUPED, sizeof *s.targets),
        .allocator = {&m, metered_resize},
        .meter = &m,
    };
    if (!status && (!s.targets || !write_edges(graph, argv[2])))
        status = RG_ERR_IO;
    if (!status)
        status = measure_all(&s);
    if (status)
        (void)fprintf(stderr, "analyses: %s\n", rg_status_text(status));
    rg_retained_dispose(&s.retained);
    rg_distances_dispose(&s.distances);
    rg_distances_dispose(&s.later_distances);
    free(s.targets);
    rg_graph_free(later);
    rg_graph_free(graph);
    return status ? 1 : 0;
}
