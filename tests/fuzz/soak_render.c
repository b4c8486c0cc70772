/* Thousands of pictures in one process: resident memory must stay flat once everything is warm.
 *
 *     soak_render [svgs [pngs]]
 *
 * Each picture is of another graph of 50 nodes. With Graphviz 2.42.2 it grows by 0.1 MiB from the 101st to
 * the 2,000th SVG and by as much to the 300th PNG: Graphviz loses some tens of bytes a picture, and the heap
 * fragments. A copy of each picture lost would be 50 MiB, a copy of each selection 5 MiB. */
#include "pictures.h"
#include "random.h"
#include "samples.h"
#include "sanitized.h"

#include <refgraph/render.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NODES = 50, WARM = 100, SVG_BOUND_KIB = 1024, PNG_BOUND_KIB = 2048 };

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        abort();
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A tree with some shortcuts. */
static rg_graph *random_graph(randomness *random)
{
    drawing d = drawing_new(NULL);
    (void)drawing_nodes(&d, NODES);
    for (uint32_t i = 1; i < NODES; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, ".field_%u", random_below(random, 1000));
        drawing_own(&d, random_below(random, i), i, name);
        drawing_own(&d, random_below(random, i), i, "[3]");
    }
    rg_graph *g = NULL;
    return drawing_finish(&d, &g) ? NULL : g;
}

static bool draw(rg_format format, randomness *random)
{
    rg_graph *g = random_graph(random);
    rg_subgraph all = {0};
    rg_buffer out = rg_buffer_empty(NULL);
    const bool good = g && !pictures_select_all(&all, g, NULL) &&
                      !rg_render(&out, g, &all, format, NULL, NULL) && out.size > 1000;
    rg_buffer_dispose(&out);
    rg_subgraph_dispose(&all);
    rg_graph_free(g);
    return good;
}

static bool soak(const char *name, rg_format format, unsigned long count, long bound_kib)
{
    randomness random = {1};
    long warm = 0;
    for (unsigned long i = 0; i < count; i++) {
        if (i == WARM)
            warm = resident_kib();
        if (!draw(format, &random)) {
            (void)fprintf(stderr, "%s %lu could not be drawn\n", name, i);
            return false;
        }
    }
    if (count <= WARM || SANITIZED)
        return true;
    const long growth = resident_kib() - warm;
    (void)printf("%s: %ld KiB after the first %d, %+ld KiB after %lu more; at most %ld\n", name,
                 warm, WARM, growth, count - WARM, bound_kib);
    return growth <= bound_kib;
}

int main(int argc, char **argv)
{
    const unsigned long svgs = argc > 1 ? strtoul(argv[1], NULL, 10) : SANITIZED ? 150 : 2000;
    const unsigned long pngs = argc > 2 ? strtoul(argv[2], NULL, 10) : SANITIZED ? 15 : 300;
    const bool svg_flat = soak("SVG", RG_FORMAT_SVG, svgs, SVG_BOUND_KIB);
    const bool png_flat = soak("PNG", RG_FORMAT_PNG, pngs, PNG_BOUND_KIB);
    return svg_flat && png_flat ? EXIT_SUCCESS : EXIT_FAILURE;
}
