/* A program that embeds Python, lets it make reference cycles, and reports them: which collection frees each, and
 * which reference to cut. The picture of the first one goes into out/. */
#include <Python.h>

#include <refgraph/capture.h>
#include <refgraph/refgraph.h>
#include <refgraph/render.h>

#include <stdio.h>
#include <sys/stat.h>

static const char code[] = "import gc\n"
                           "gc.collect()\n"
                           "\n"
                           "class Node:\n"
                           "    def __init__(self, parent=None):\n"
                           "        self.parent, self.children = parent, []\n"
                           "        if parent:\n"
                           "            parent.children.append(self)\n"
                           "\n"
                           "class Job:\n"
                           "    def __init__(self):\n"
                           "        self.done = self.finish\n"
                           "    def finish(self):\n"
                           "        pass\n"
                           "    def __del__(self):\n"
                           "        pass\n"
                           "\n"
                           "for number in range(3):\n"
                           "    Node(Node())\n"
                           "Job()\n";

/* The picture of a cycle: the shortest way round, and what to cut. */
static rg_status draw(const rg_graph *graph, const rg_cycles *cycles, size_t cycle, rg_error *error)
{
    rg_cycle_path path = {0};
    rg_cut cut = {0};
    rg_subgraph sub = {0};
    rg_status status = rg_cycle_path_find(&path, graph, cycles, cycle, NULL);
    if (!status)
        status = rg_cycle_cut_find(&cut, graph, cycles, cycle, NULL);
    if (!status)
        status = rg_cycle_subgraph_find(&sub, graph, cycles, cycle, &path, &cut, 0, NULL);
    if (!status) {
        rg_cycle_path_turn(&path, &cut);
        const rg_render_options options = {
            .title = "A reference cycle",
            .cycle = path.edges,
            .cycle_count = path.count,
            .cut = cut.edges,
            .cut_count = cut.count,
            .show_collector = true,
        };
        (void)mkdir("out", 0777);
        status = rg_render_path("out/cycle.svg", graph, &sub, &options, error);
    }
    rg_subgraph_dispose(&sub);
    rg_cut_dispose(&cut);
    rg_cycle_path_dispose(&path);
    return status;
}

/* The cycles that no root reaches: text on the screen, the first one as a picture. */
static rg_status report(const rg_graph *graph, rg_error *error)
{
    const rg_cycle_filter unused = {.without = RG_CYCLE_IN_USE};
    rg_cycles all = {0};
    rg_cycles cycles = {0};
    rg_buffer text = {0};
    rg_status status = rg_cycles_find(&all, graph, NULL, NULL);
    if (!status)
        status = rg_cycles_select(&cycles, &all, graph, &unused, NULL);
    if (!status)
        status = rg_cycles_write(&cycles, graph, NULL, 0, &text);
    if (!status)
        printf("%s\n", text.data);
    if (!status && cycles.count)
        status = draw(graph, &cycles, 0, error);
    rg_buffer_dispose(&text);
    rg_cycles_dispose(&cycles);
    rg_cycles_dispose(&all);
    return status;
}

int main(void)
{
    rg_graph *graph = NULL;
    rg_error error = {"the heap could not be searched"};
    rg_status status = RG_ERR_STATE;

    Py_Initialize();
    if (PyRun_SimpleString(code) == 0)
        status = rg_capture(&graph, NULL, NULL, &error);
    if (!status)
        status = report(graph, &error);
    if (status)
        fprintf(stderr, "cycle_report: %s: %s\n", rg_status_text(status), error.text);
    rg_graph_free(graph);
    return Py_FinalizeEx() || status ? 1 : 0;
}
