/* A graph saved as a file and loaded again, as two processes would: the one writes out/saved.rg, the other asks what
 * keeps its sessions.
 *
 *   module app ──.CACHE──► list ──[0]──► Session, [1]──► Session, …
 */
#include <refgraph/refgraph.h>

#include <stdio.h>
#include <sys/stat.h>

enum { SESSIONS = 5 };

static rg_status build(rg_graph **out)
{
    static const rg_type types[] = {
        {{"builtins", 8}, {"module", 6}, RG_KIND_MODULE, RG_TYPE_PLAIN, RG_NONE},
        {{"builtins", 8}, {"list", 4}, RG_KIND_CONTAINER, RG_TYPE_PLAIN, RG_NONE},
        {{"app", 3}, {"Session", 7}, RG_KIND_INSTANCE, RG_TYPE_PLAIN, RG_NONE},
    };
    rg_builder *b = NULL;
    uint32_t id = 0;
    uint32_t name = 0;
    rg_status status = rg_builder_new(&b, NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types && !status; i++)
        status = rg_builder_add_type(b, &id, &types[i]);
    for (uint32_t i = 0; i < 2 + SESSIONS && !status; i++) {
        const rg_node node = {.type = i < 2 ? i : 2, .size = 64, .text = RG_NONE};
        status = rg_builder_add_node(b, &id, &node);
    }
    if (!status)
        status = rg_builder_add_string(b, &name, rg_string_of("CACHE"));
    if (!status)
        status = rg_builder_add_edge(b, 0, 1, (rg_name){RG_NAME_ATTRIBUTE, name}, RG_STRENGTH_OWN);
    for (uint32_t i = 0; i < SESSIONS && !status; i++)
        status = rg_builder_add_edge(b, 1, 2 + i, (rg_name){RG_NAME_INDEX, i}, RG_STRENGTH_OWN);
    if (!status)
        status = rg_builder_add_root(b, &(rg_root){RG_ROOT_MODULE, 0, 0, rg_string_of("app")});
    if (!status)
        status = rg_builder_finish(out, &b);
    rg_builder_free(b);
    return status;
}

/* The first process. */
static rg_status save(const char *path, rg_error *error)
{
    const rg_origin origin = {.captured_at = 1.75e9, .implementation = rg_string_of("by hand")};
    const rg_save_options options = {.origin = &origin};
    rg_graph *graph = NULL;
    rg_status status = build(&graph);
    if (!status)
        status = rg_graph_save(graph, path, &options, error);
    rg_graph_free(graph);
    return status;
}

/* The other: opening reads the header, finishing verifies the rest. */
static rg_status ask(const char *path, rg_error *error)
{
    rg_file *file = NULL;
    rg_graph *graph = NULL;
    rg_distances distances = {0};
    uint64_t offset = 0;
    const uint32_t session = 2;
    rg_buffer text = rg_buffer_empty(NULL);
    rg_status status = rg_file_open(&file, path, NULL, &offset, error);
    if (!status) {
        printf("%lu objects\n", (unsigned long)rg_file_node_count(file));
        status = rg_file_finish(&graph, &file, NULL, &offset, error);
    }
    if (!status)
        status = rg_distances_find(&distances, graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = rg_nodes_write(graph, &distances, &session, 1, &text);
    if (!status)
        printf("%s", text.data);
    rg_buffer_dispose(&text);
    rg_distances_dispose(&distances);
    rg_graph_free(graph);
    rg_file_free(file);
    return status;
}

int main(void)
{
    static const char path[] = "out/saved.rg";
    rg_error error = {{0}};
    (void)mkdir("out", 0777);
    rg_status status = save(path, &error);
    if (!status)
        status = ask(path, &error);
    if (status)
        (void)fprintf(stderr, "%s\n", error.text[0] ? error.text : rg_status_text(status));
    return status != RG_OK;
}
