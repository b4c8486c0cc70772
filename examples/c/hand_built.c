/* A graph built by hand and drawn: for a program whose objects come from elsewhere, such as a core
 * file or another runtime. It writes out/hand_built.svg and out/hand_built.png.
 *
 *   module app ──.CACHE──► dict ──['u1']──► Session ──.user──► User
 *                            └──['u2']──► Session ──.user──────┘
 */
#include <refgraph/refgraph.h>
#include <refgraph/render.h>

#include <stdio.h>
#include <sys/stat.h>

enum { APP, CACHE, KEY_1, KEY_2, SESSION_1, SESSION_2, USER, NODE_COUNT };
enum { MODULE, DICT, STR, SESSION_TYPE, USER_TYPE, TYPE_COUNT };

static const struct {
    const char *module, *name;
    rg_kind kind;
    uint32_t flags;
} types[TYPE_COUNT] = {
    [MODULE] = {"builtins", "module", RG_KIND_MODULE, RG_TYPE_PLAIN},
    [DICT] = {"builtins", "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN | RG_TYPE_MAPPING},
    [STR] = {"builtins", "str", RG_KIND_OTHER, RG_TYPE_PLAIN},
    [SESSION_TYPE] = {"app", "Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN},
    [USER_TYPE] = {"app", "User", RG_KIND_INSTANCE, RG_TYPE_PLAIN},
};

static const struct {
    uint32_t type;
    uint64_t size;
    const char *text;
} nodes[NODE_COUNT] = {
    [APP] = {MODULE, 72, "app"},
    [CACHE] = {DICT, 232, NULL},
    [KEY_1] = {STR, 51, "u1"},
    [KEY_2] = {STR, 51, "u2"},
    [SESSION_1] = {SESSION_TYPE, 48, NULL},
    [SESSION_2] = {SESSION_TYPE, 48, NULL},
    [USER] = {USER_TYPE, 48, NULL},
};

static const struct {
    uint32_t from, to;
    rg_name_kind kind;
    const char *attribute; /* of an ATTRIBUTE */
    uint32_t key;          /* of a KEY */
} edges[] = {
    {APP, CACHE, RG_NAME_ATTRIBUTE, "CACHE", 0},
    {CACHE, SESSION_1, RG_NAME_KEY, NULL, KEY_1},
    {CACHE, SESSION_2, RG_NAME_KEY, NULL, KEY_2},
    {SESSION_1, USER, RG_NAME_ATTRIBUTE, "user", 0},
    {SESSION_2, USER, RG_NAME_ATTRIBUTE, "user", 0},
};

/* Types first, then nodes, then what joins them. */
static rg_status fill(rg_builder *builder)
{
    uint32_t id = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; i < TYPE_COUNT && !status; i++) {
        const rg_type type = {rg_string_of(types[i].module), rg_string_of(types[i].name),
                              types[i].kind, types[i].flags, RG_NONE};
        status = rg_builder_add_type(builder, &id, &type);
    }
    for (size_t i = 0; i < NODE_COUNT && !status; i++) {
        rg_node node = {.type = nodes[i].type, .size = nodes[i].size, .text = RG_NONE};
        if (nodes[i].text) {
            node.flags = nodes[i].type == STR ? RG_NODE_TEXT_STR : 0;
            status = rg_builder_add_string(builder, &node.text, rg_string_of(nodes[i].text));
        }
        if (!status)
            status = rg_builder_add_node(builder, &id, &node);
    }
    for (size_t i = 0; i < sizeof edges / sizeof *edges && !status; i++) {
        rg_name name = {edges[i].kind, edges[i].key};
        if (edges[i].attribute)
            status = rg_builder_add_string(builder, &name.value, rg_string_of(edges[i].attribute));
        if (!status)
            status =
                rg_builder_add_edge(builder, edges[i].from, edges[i].to, name, RG_STRENGTH_OWN);
    }
    return status ? status
                  : rg_builder_add_root(builder, &(rg_root){.kind = RG_ROOT_MODULE,
                                                            .node = APP,
                                                            .name = rg_string_of("app")});
}

/* What refers to the user, with the best chain to it in a strong line. */
static rg_status draw(const rg_graph *graph, rg_error *error)
{
    const uint32_t target = USER;
    rg_distances distances = {0};
    rg_chains chains = {0};
    rg_subgraph sub = {0};
    rg_status status = rg_distances_find(&distances, graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = rg_chains_find(&chains, graph, &distances, target, 1, NULL);
    if (!status)
        status = rg_neighbourhood_find(&sub, graph, &target, 1,
                                       &(rg_neighbourhood_options){.depth = 4}, NULL);
    if (!status) {
        const rg_render_options options = {.title = "What holds the user",
                                           .chain = chains.items[0].edges,
                                           .chain_count = chains.items[0].edge_count};
        status = rg_render_path("out/hand_built.svg", graph, &sub, &options, error);
        if (!status)
            status = rg_render_path("out/hand_built.png", graph, &sub, &options, error);
    }
    rg_subgraph_dispose(&sub);
    rg_chains_dispose(&chains);
    rg_distances_dispose(&distances);
    return status;
}

int main(void)
{
    rg_builder *builder = NULL;
    rg_graph *graph = NULL;
    rg_error error = {"building the graph failed"};
    (void)mkdir("out", 0777);

    rg_status status = rg_builder_new(&builder, NULL);
    if (!status)
        status = fill(builder);
    if (!status)
        status = rg_builder_finish(&graph, &builder);
    if (!status)
        status = draw(graph, &error);
    if (status)
        fprintf(stderr, "hand_built: %s: %s\n", rg_status_text(status), error.text);
    else
        printf("wrote out/hand_built.svg and out/hand_built.png\n");

    rg_graph_free(graph);
    rg_builder_free(builder);
    return status ? 1 : 0;
}
