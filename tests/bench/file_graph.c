/* A large graph of made-up objects, saved: what bench_file.py opens.
 *
 *     file_graph <nodes> <file>
 *
 * Two references a node, most of them to near nodes, one in three objects with a text of its own. */
#include <refgraph/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES = 300, NAMES = 3000, NEAR = 1000 };

static uint64_t state = UINT64_C(88172645463325252);

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static rg_status add_node(rg_builder *b, uint32_t i)
{
    uint32_t id = 0;
    uint32_t text = RG_NONE;
    rg_status status = RG_OK;
    if (i % 3 == 0) {
        char name[40];
        const int size = snprintf(name, sizeof name, "text of %lu", (unsigned long)i);
        status = rg_builder_add_string(b, &text, (rg_string){name, (size_t)size});
    }
    const rg_node node = {
        .address = UINT64_C(0x7F0000000000) + (uint64_t)i * 64,
        .size = 48 + next() % 500,
        .type = (uint32_t)(next() % TYPES),
        .refcount = 1,
        .text = text,
        .flags = text == RG_NONE ? RG_NODE_GC_TRACKED : RG_NODE_TEXT_STR,
        .generation = 2,
    };
    return status ? status : rg_builder_add_node(b, &id, &node);
}

static rg_status add_edges(rg_builder *b, uint32_t i, uint32_t nodes, const uint32_t *names)
{
    rg_status status = RG_OK;
    for (uint32_t k = 0; k < i % 5 && !status; k++) {
        const uint64_t x = next();
        const uint32_t to = (uint32_t)((x % 8 ? i + x / 8 % NEAR : x / 8) % nodes);
        const rg_name name = k % 2 ? (rg_name){RG_NAME_INDEX, k}
                                   : (rg_name){RG_NAME_ATTRIBUTE, names[x / 1024 % NAMES]};
        status = rg_builder_add_edge(b, i, to, name, RG_STRENGTH_OWN);
    }
    return status;
}

static rg_status build(rg_builder *b, uint32_t nodes)
{
    uint32_t names[NAMES];
    uint32_t type = 0;
    char name[32];
    rg_status status = RG_OK;
    for (int i = 0; i < TYPES && !status; i++) {
        (void)snprintf(name, sizeof name, "Type%d", i);
        const rg_type t = {rg_string_of("app"), rg_string_of(name), RG_KIND_INSTANCE, RG_TYPE_PLAIN,
                           RG_NONE};
        status = rg_builder_add_type(b, &type, &t);
    }
    for (int i = 0; i < NAMES && !status; i++) {
        (void)snprintf(name, sizeof name, "name%d", i);
        status = rg_builder_add_string(b, &names[i], rg_string_of(name));
    }
    for (uint32_t i = 0; i < nodes && !status; i++)
        status = add_node(b, i);
    for (uint32_t i = 0; i < nodes && !status; i++)
        status = add_edges(b, i, nodes, names);
    const rg_root root = {RG_ROOT_MODULE, 0, 1, rg_string_of("app")};
    return status ? status : rg_builder_add_root(b, &root);
}

int main(int argc, char **argv)
{
    const rg_save_options all = {.text = RG_TEXT_ALL};
    rg_builder *b = NULL;
    rg_graph *g = NULL;
    rg_error error = {{0}};
    if (argc != 3)
        return EXIT_FAILURE;
    rg_status status = rg_builder_new(&b, NULL);
    if (!status)
        status = build(b, (uint32_t)strtoul(argv[1], NULL, 10));
    if (!status)
        status = rg_builder_finish(&g, &b);
    if (!status)
        status = rg_graph_save(g, argv[2], &all, &error);
    if (status)
        (void)fprintf(stderr, "%s %s\n", rg_status_text(status), error.text);
    rg_builder_free(b);
    rg_graph_free(g);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
