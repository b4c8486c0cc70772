/* A program that embeds Python, lets it leak an object, captures the heap and prints why the object
 * is still alive. */
#include <Python.h>

#include <refgraph/capture.h>
#include <refgraph/refgraph.h>

#include <stdio.h>
#include <string.h>

static const char leak[] = "class Session:\n"
                           "    pass\n"
                           "\n"
                           "CACHE = {}\n"
                           "\n"
                           "def handle(user):\n"
                           "    session = Session()\n"
                           "    CACHE.setdefault(user, []).append(session)\n"
                           "\n"
                           "handle('ann')\n";

/* The first object whose type has this name, or RG_NONE. */
static uint32_t first_of_type(const rg_graph *graph, const char *name)
{
    for (uint32_t node = 0; node < rg_graph_node_count(graph); node++) {
        const rg_type type = rg_graph_type(graph, rg_graph_node(graph, node).type);
        if (type.name.size == strlen(name) && !memcmp(type.name.data, name, type.name.size))
            return node;
    }
    return RG_NONE;
}

/* The three best chains from a root to the object: one line each, the first as a tree too. */
static rg_status print_why_alive(const rg_graph *graph, uint32_t target)
{
    rg_distances distances = {0};
    rg_chains chains = {0};
    rg_buffer text = {0};
    bool evaluable = false;
    rg_status status = rg_distances_find(&distances, graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = rg_chains_find(&chains, graph, &distances, target, 3, NULL);
    for (size_t i = 0; i < chains.count && !status; i++) {
        status = rg_chain_write_expression(&chains.items[i], graph, &text, &evaluable);
        if (!status)
            status = rg_buffer_add(&text, "\n", 1);
    }
    if (!status && chains.count)
        status = rg_chain_write_tree(&chains.items[0], graph, target, &text);
    if (!status)
        printf("%s\n", text.data ? text.data : "nothing holds it");
    rg_buffer_dispose(&text);
    rg_chains_dispose(&chains);
    rg_distances_dispose(&distances);
    return status;
}

int main(void)
{
    rg_graph *graph = NULL;
    rg_error error = {"the heap could not be searched"};
    rg_status status = RG_ERR_STATE;

    Py_Initialize();
    if (PyRun_SimpleString(leak) == 0)
        status = rg_capture(&graph, NULL, NULL, &error);
    if (!status) {
        const uint32_t session = first_of_type(graph, "Session");
        status = session == RG_NONE ? RG_ERR_STATE : print_why_alive(graph, session);
    }
    if (status)
        fprintf(stderr, "embed: %s: %s\n", rg_status_text(status), error.text);
    rg_graph_free(graph);
    return Py_FinalizeEx() || status ? 1 : 0;
}
