/* Arrow streams: schemas, every batch beside the graph's own API, children that outlive their batch, early release.
 *
 *   0 dict ──['k']──► 1 list ──[0]──► 2 app.Session "née"      module m has the dict
 *     └─────.x───────────────────────►│   3 str, garbage */
#include "drawing.h"
#include "heaps.h"
#include "oom.h"
#include "samples.h"
#include "test.h"

#include <refgraph/arrow.h>

#include <errno.h>
#include <stdio.h>

static rg_status draw(rg_graph **out, const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    const uint32_t dict = drawing_type(&d, "dict", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    const uint32_t list = drawing_type(&d, "list", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    const uint32_t session = drawing_type(&d, "app.Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    (void)drawing_type(&d, "app.Unused", RG_KIND_INSTANCE, RG_TYPE_PLAIN);
    (void)drawing_node(&d, dict, NULL, RG_NODE_GC_TRACKED);
    (void)drawing_node(&d, list, NULL, RG_NODE_GC_TRACKED | RG_NODE_FROZEN);
    (void)drawing_node(&d, session, "n\xC3\xA9\xFF\n\xED\xB2\x80", RG_NODE_TEXT_CUT);
    const uint32_t key = drawing_str(&d, "k");
    drawing_own(&d, 0, 1, "[@3]");
    drawing_own(&d, 1, 2, "[0]");
    drawing_edge(&d, 0, 2, ".x", RG_STRENGTH_WEAK);
    drawing_own(&d, 0, 2, "");
    drawing_root(&d, RG_ROOT_MODULE, 0, "m");
    drawing_root(&d, RG_ROOT_NATIVE, 2, NULL);
    drawing_site(&d, key, "src/app.py", 7);
    return drawing_finish(&d, out);
}

static rg_graph *drawn(void)
{
    rg_graph *g = NULL;
    assert_int_equal(draw(&g, NULL), RG_OK);
    return g;
}

static struct ArrowArrayStream stream_of(const rg_graph *g, rg_arrow_table table,
                                         const rg_arrow_options *options)
{
    struct ArrowArrayStream stream;
    rg_error error = {{0}};
    assert_int_equal(rg_arrow_stream_new(&stream, g, table, options, NULL, &error), RG_OK);
    assert_non_null(stream.release);
    return stream;
}

/* ---- reading ---- */

/* A batch with its schema; the column of a name. */
typedef struct frame {
    struct ArrowSchema schema;
    struct ArrowArray batch;
} frame;

static frame read_all(const rg_graph *g, rg_arrow_table table, const rg_arrow_options *options)
{
    struct ArrowArrayStream stream = stream_of(g, table, options);
    frame f;
    assert_int_equal(stream.get_schema(&stream, &f.schema), 0);
    assert_int_equal(stream.get_next(&stream, &f.batch), 0);
    assert_non_null(f.batch.release);
    assert_int_equal(f.batch.n_children, f.schema.n_children);
    struct ArrowArray end;
    assert_int_equal(stream.get_next(&stream, &end), 0);
    assert_null(end.release);
    stream.release(&stream);
    assert_null(stream.release);
    return f;
}

static void frame_release(frame *f)
{
    f->schema.release(&f->schema);
    f->batch.release(&f->batch);
    assert_null(f->schema.release);
    assert_null(f->batch.release);
}

static int64_t column_of(const struct ArrowSchema *schema, const char *name)
{
    for (int64_t i = 0; i < schema->n_children; i++)
        if (!strcmp(schema->children[i]->name, name))
            return i;
    fail_msg("no column %s", name);
    return -1;
}

static bool is_null(const struct ArrowArray *array, int64_t row)
{
    const uint8_t *validity = array->buffers[0];
    return validity && !(validity[row / 8] >> row % 8 & 1);
}

/* A value as text: "null" where it is none. To be freed. */
static char *value_text(const struct ArrowSchema *schema, const struct ArrowArray *array,
                        int64_t row)
{
    char *text = calloc(1, 256);
    const void *values = array->buffers[1];
    assert_non_null(text);
    if (is_null(array, row)) {
        strcpy(text, "null");
        return text;
    }
    if (schema->dictionary) {
        const int64_t index =
            *schema->format == 'c' ? ((const int8_t *)values)[row] : ((const int32_t *)values)[row];
        free(text);
        assert_in_range(index, 0, array->dictionary->length - 1);
        return value_text(schema->dictionary, array->dictionary, index);
    }
    switch (*schema->format) {
    case 'b':
        strcpy(text, ((const uint8_t *)values)[row / 8] >> row % 8 & 1 ? "true" : "false");
        break;
    case 'C':
        (void)snprintf(text, 256, "%d", ((const uint8_t *)values)[row]);
        break;
    case 'I':
        (void)snprintf(text, 256, "%lu", (unsigned long)((const uint32_t *)values)[row]);
        break;
    case 'L':
        (void)snprintf(text, 256, "%llu", (unsigned long long)((const uint64_t *)values)[row]);
        break;
    case 'U': {
        const int64_t *ends = values;
        memcpy(text, (const char *)array->buffers[2] + ends[row],
               (size_t)(ends[row + 1] - ends[row]));
        break;
    }
    case 'u': {
        const int32_t *ends = values;
        memcpy(text, (const char *)array->buffers[2] + ends[row],
               (size_t)(ends[row + 1] - ends[row]));
        break;
    }
    default:
        fail_msg("no such format: %s", schema->format);
    }
    return text;
}

/* The values of a column, joined by "|". */
static void assert_column(const frame *f, const char *name, const char *expected)
{
    const int64_t column = column_of(&f->schema, name);
    char joined[1024] = "";
    for (int64_t row = 0; row < f->batch.length; row++) {
        char *text = value_text(f->schema.children[column], f->batch.children[column], row);
        if (row)
            strcat(joined, "|");
        strcat(joined, text);
        free(text);
    }
    assert_string_equal(joined, expected);
}

/* ---- tables ---- */

static void the_nodes_are_those_of_the_graph(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    frame f = read_all(g, RG_ARROW_NODES, NULL);
    assert_string_equal(f.schema.format, "+s");
    assert_int_equal(f.batch.length, 4);
    assert_column(&f, "id", "0|1|2|3");
    assert_column(&f, "type_name", "dict|list|app.Session|app.Thing");
    assert_column(&f, "module", "builtins|builtins|app|app");
    assert_column(&f, "kind", "container|container|instance|instance");
    assert_column(&f, "is_tracked", "true|true|false|false");
    assert_column(&f, "is_frozen", "false|true|false|false");
    assert_column(&f, "text_is_cut", "false|false|true|false");
    assert_column(&f, "text_form", "null|null|description|str");
    assert_column(&f, "allocated_at", "null|null|null|src/app.py:7");
    for (int64_t i = 0; i < f.schema.n_children; i++)
        assert_true(f.batch.children[i]->null_count == 0 ||
                    f.schema.children[i]->flags & ARROW_FLAG_NULLABLE);
    frame_release(&f);
    rg_graph_free(g);
}

static void a_node_that_the_collector_does_not_track_has_no_generation(void **state)
{
    (void)state;
    static const uint8_t generations[] = {0, RG_GENERATION_NONE, 2, RG_GENERATION_PERMANENT};
    drawing d = drawing_new(NULL);
    for (uint32_t i = 0; i < COUNT_OF(generations); i++)
        (void)heap_node(&d, d.plain_type, generations[i], 0, i);
    rg_graph *g = NULL;
    assert_int_equal(drawing_finish(&d, &g), RG_OK);
    frame f = read_all(g, RG_ARROW_NODES, NULL);
    assert_column(&f, "generation", "0|null|2|3");
    assert_column(&f, "size", "0|1|2|3");
    frame_release(&f);
    rg_graph_free(g);
}

static void a_text_is_as_it_was_but_for_what_is_not_utf8(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    frame f = read_all(g, RG_ARROW_NODES, NULL);
    assert_column(&f, "text", "null|null|n\xC3\xA9\\xff\n\\udc80|k");
    frame_release(&f);
    rg_graph_free(g);
}

static void the_edges_are_those_of_the_graph_and_targets_are_not_copied(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    frame f = read_all(g, RG_ARROW_EDGES, NULL);
    assert_column(&f, "source", "0|0|0|1");
    assert_column(&f, "target", "1|2|2|2");
    assert_column(&f, "kind", "key|attribute|none|index");
    assert_column(&f, "name", "['k']|.x|null|[0]");
    assert_column(&f, "strength", "own|weak|own|own");
    frame again = read_all(g, RG_ARROW_EDGES, NULL);
    const int64_t target = column_of(&f.schema, "target");
    assert_ptr_equal(f.batch.children[target]->buffers[1],
                     again.batch.children[target]->buffers[1]);
    frame_release(&again);
    frame_release(&f);
    rg_graph_free(g);
}

static void types_and_roots_are_those_of_the_graph(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    frame f = read_all(g, RG_ARROW_TYPES, NULL);
    assert_int_equal(f.batch.length, rg_graph_type_count(g));
    const int64_t last = f.batch.length - 1;
    const int64_t count = column_of(&f.schema, "count");
    uint64_t sum = 0;
    for (int64_t i = 0; i <= last; i++)
        sum += ((const uint64_t *)f.batch.children[count]->buffers[1])[i];
    assert_int_equal(sum, rg_graph_node_count(g));
    frame_release(&f);
    f = read_all(g, RG_ARROW_ROOTS, NULL);
    assert_column(&f, "kind", "module|native");
    assert_column(&f, "node", "0|2");
    assert_column(&f, "name", "m|null");
    frame_release(&f);
    rg_graph_free(g);
}

/* What a graph's analyses say, freed by the stream. */
typedef struct found {
    rg_retained retained;
    rg_owners owners;
    rg_distances distances;
    int released;
} found;

static rg_status find(found *out, const rg_graph *g)
{
    rg_status status = rg_retained_find(&out->retained, g, NULL);
    if (!status)
        status = rg_owners_find(&out->owners, g, &out->retained, NULL);
    if (!status)
        status = rg_distances_find(&out->distances, g, RG_STRENGTH_INFRASTRUCTURE, NULL);
    return status;
}

static void dispose(void *context)
{
    found *f = context;
    rg_owners_dispose(&f->owners);
    rg_retained_dispose(&f->retained);
    rg_distances_dispose(&f->distances);
    f->released++;
}

static rg_arrow_options options_of(found *f)
{
    return (rg_arrow_options){.retained = &f->retained,
                              .owners = &f->owners,
                              .distances = &f->distances,
                              .release = dispose,
                              .context = f};
}

static void what_is_retained_and_owned_comes_when_it_is_given(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    found here = {.released = 0};
    assert_int_equal(find(&here, g), RG_OK);
    rg_arrow_options options = options_of(&here);
    options.release = NULL;
    frame f = read_all(g, RG_ARROW_NODES, &options);
    frame owners = read_all(g, RG_ARROW_OWNERS, &options);
    const int64_t names = column_of(&owners.schema, "owner_name");
    for (uint32_t node = 0; node < rg_graph_node_count(g); node++) {
        const rg_owner *owner = &here.owners.items[here.owners.owner_of[node]];
        rg_buffer name = rg_buffer_empty(NULL);
        assert_int_equal(rg_owner_write(owner, g, &here.distances, &name), RG_OK);
        const int64_t column = column_of(&f.schema, "owner_name");
        char *text = value_text(f.schema.children[column], f.batch.children[column], node);
        char *same = value_text(owners.schema.children[names], owners.batch.children[names],
                                here.owners.owner_of[node]);
        assert_string_equal(text, name.data);
        assert_string_equal(same, name.data);
        free(same);
        free(text);
        rg_buffer_dispose(&name);
        const int64_t size = column_of(&f.schema, "retained_size");
        assert_int_equal(((const uint64_t *)f.batch.children[size]->buffers[1])[node],
                         here.retained.size[node]);
        assert_int_equal(is_null(f.batch.children[column_of(&f.schema, "dominator")], node),
                         here.retained.dominator[node] == RG_NONE);
    }
    for (uint32_t i = 0; i < here.owners.count; i++) {
        const struct ArrowArray *nodes = owners.batch.children[column_of(&owners.schema, "node")];
        assert_int_equal(is_null(nodes, i), here.owners.items[i].kind >= RG_OWNER_LASTING);
    }
    frame_release(&owners);
    frame_release(&f);
    dispose(&here);
    rg_graph_free(g);
}

/* ---- batches ---- */

static void batches_follow_one_another(void **state)
{
    (void)state;
    enum { LEAVES = 40, ROWS = 7 };
    rg_graph *g = sample_star(LEAVES); /* 0 → 1 … 40 → 41 */
    const rg_arrow_options options = {.batch_rows = ROWS};
    struct ArrowArrayStream stream = stream_of(g, RG_ARROW_EDGES, &options);
    struct ArrowSchema schema;
    struct ArrowArray batch;
    uint64_t edge = 0;
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    const int64_t source = column_of(&schema, "source");
    const int64_t target = column_of(&schema, "target");
    for (;;) {
        assert_int_equal(stream.get_next(&stream, &batch), 0);
        if (!batch.release)
            break;
        for (int64_t i = 0; i < batch.length; i++, edge++) {
            const uint32_t from = edge < LEAVES ? 0 : (uint32_t)(edge - LEAVES + 1);
            assert_int_equal(((const uint32_t *)batch.children[source]->buffers[1])[i], from);
            assert_int_equal(((const uint32_t *)batch.children[target]->buffers[1])[i],
                             rg_graph_edge(g, from, edge).to);
        }
        assert_int_equal(batch.length, edge == 2 * LEAVES ? 2 * LEAVES % ROWS : ROWS);
        batch.release(&batch);
    }
    assert_int_equal(edge, rg_graph_edge_count(g));
    assert_null(stream.get_last_error(&stream));
    schema.release(&schema);
    stream.release(&stream);
    rg_graph_free(g);
}

/* Batches of three rows begin inside, at and behind nodes of any number of edges. */
static void edges_of_random_graphs_are_those_of_the_graph(void **state)
{
    (void)state;
    randomness random = {7};
    const rg_arrow_options options = {.batch_rows = 3};
    for (int trial = 0; trial < 200; trial++) {
        rg_graph *g = sample_random(&random, 12);
        struct ArrowArrayStream stream = stream_of(g, RG_ARROW_EDGES, &options);
        struct ArrowArray batch = {.release = NULL};
        int64_t row = 0;
        for (uint32_t node = 0; node < rg_graph_node_count(g); node++)
            for (uint64_t e = rg_graph_edges_begin(g, node); e < rg_graph_edges_end(g, node); e++) {
                if (e % 3 == 0) {
                    if (batch.release)
                        batch.release(&batch);
                    assert_int_equal(stream.get_next(&stream, &batch), 0);
                    row = 0;
                }
                const rg_edge edge = rg_graph_edge(g, node, e);
                assert_int_equal(((const uint32_t *)batch.children[0]->buffers[1])[row], node);
                assert_int_equal(((const uint32_t *)batch.children[1]->buffers[1])[row], edge.to);
                assert_int_equal(((const int8_t *)batch.children[2]->buffers[1])[row],
                                 edge.name.kind);
                assert_int_equal(((const int8_t *)batch.children[4]->buffers[1])[row],
                                 edge.strength);
                row++;
            }
        if (batch.release)
            batch.release(&batch);
        stream.release(&stream);
        rg_graph_free(g);
    }
}

static void a_batch_that_failed_is_given_when_it_is_asked_for_again(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    const rg_arrow_options options = {.batch_rows = 2};
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    assert_int_equal(rg_arrow_stream_new(&stream, g, RG_ARROW_NODES, &options, &allocator, NULL),
                     RG_OK);
    for (uint32_t first = 0; first < 4; first += 2) {
        memory.fail_at = memory.count + 8;
        assert_int_equal(stream.get_next(&stream, &batch), ENOMEM);
        memory.fail_at = SIZE_MAX;
        assert_int_equal(stream.get_next(&stream, &batch), 0);
        assert_int_equal(*(const uint32_t *)batch.children[0]->buffers[1], first);
        batch.release(&batch);
    }
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_null(batch.release);
    stream.release(&stream);
    assert_int_equal(memory.live_bytes, 0);
    rg_graph_free(g);
}

static void an_empty_graph_has_schemas_and_no_batch(void **state)
{
    (void)state;
    rg_graph *g = sample_empty();
    found here = {.released = 0};
    assert_int_equal(find(&here, g), RG_OK);
    rg_arrow_options options = options_of(&here);
    options.release = NULL;
    for (int table = 0; table < RG_ARROW_TABLE_COUNT; table++) {
        struct ArrowArrayStream stream = stream_of(g, (rg_arrow_table)table, &options);
        struct ArrowSchema schema;
        struct ArrowArray batch;
        assert_int_equal(stream.get_schema(&stream, &schema), 0);
        assert_true(schema.n_children > 0);
        while (stream.get_next(&stream, &batch) == 0 && batch.release)
            batch.release(&batch); /* a type there may be */
        schema.release(&schema);
        stream.release(&stream);
    }
    dispose(&here);
    rg_graph_free(g);
}

static void memory_is_the_graph_s_unless_another_is_given(void **state)
{
    (void)state;
    oom memory = oom_counting();
    const rg_allocator allocator = oom_allocator(&memory);
    rg_graph *g = NULL;
    assert_int_equal(draw(&g, &allocator), RG_OK);
    const size_t before = memory.live_bytes;
    struct ArrowArrayStream stream = stream_of(g, RG_ARROW_NODES, NULL);
    struct ArrowArray batch;
    const size_t opened = memory.live_bytes;
    assert_true(opened > before);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_true(memory.live_bytes > opened);
    stream.release(&stream);
    batch.release(&batch);
    assert_int_equal(memory.live_bytes, before);
    rg_graph_free(g);
    assert_int_equal(memory.live_bytes, 0);
}

/* ---- lifetimes ---- */

static void a_child_that_was_moved_out_outlives_batch_and_stream(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    found here = {.released = 0};
    assert_int_equal(find(&here, g), RG_OK);
    const rg_arrow_options options = options_of(&here);
    struct ArrowArrayStream stream = stream_of(g, RG_ARROW_NODES, &options);
    frame f;
    assert_int_equal(stream.get_schema(&stream, &f.schema), 0);
    assert_int_equal(stream.get_next(&stream, &f.batch), 0);
    stream.release(&stream);
    const char *const moved[] = {"type_name", "text", "retained_size", "owner_name"};
    const char *const last[] = {"str", "k", NULL, NULL};
    struct ArrowArray arrays[COUNT_OF(moved)];
    struct ArrowSchema schemas[COUNT_OF(moved)];
    for (size_t i = 0; i < COUNT_OF(moved); i++) {
        const int64_t column = column_of(&f.schema, moved[i]);
        arrays[i] = *f.batch.children[column];
        f.batch.children[column]->release = NULL;
        schemas[i] = *f.schema.children[column];
        f.schema.children[column]->release = NULL;
    }
    struct ArrowArray dictionary = *arrays[0].dictionary; /* and of it, what it refers to */
    arrays[0].dictionary->release = NULL;
    frame_release(&f);
    for (size_t i = 1; i < COUNT_OF(moved); i++) {
        char *text = value_text(&schemas[i], &arrays[i], 3);
        if (last[i])
            assert_string_equal(text, last[i]);
        free(text);
        schemas[i].release(&schemas[i]);
        arrays[i].release(&arrays[i]);
    }
    arrays[0].release(&arrays[0]);
    char *text = value_text(schemas[0].dictionary, &dictionary, 0);
    assert_true(*text);
    free(text);
    schemas[0].release(&schemas[0]);
    assert_int_equal(here.released, 0);
    dictionary.release(&dictionary);
    assert_int_equal(here.released, 1);
    rg_graph_free(g);
}

static void a_stream_may_be_released_before_its_end(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    for (int batches = 0; batches < 3; batches++) {
        found here = {.released = 0};
        assert_int_equal(find(&here, g), RG_OK);
        rg_arrow_options options = options_of(&here);
        options.batch_rows = 2;
        struct ArrowArrayStream stream = stream_of(g, RG_ARROW_NODES, &options);
        for (int i = 0; i < batches; i++) {
            struct ArrowArray batch;
            assert_int_equal(stream.get_next(&stream, &batch), 0);
            batch.release(&batch);
        }
        assert_int_equal(here.released, 0);
        stream.release(&stream);
        assert_int_equal(here.released, 1);
    }
    rg_graph_free(g);
}

/* ---- what is refused ---- */

static void bad_arguments_are_refused_in_words(void **state)
{
    (void)state;
    rg_graph *g = drawn();
    rg_graph *other = sample_chain(9);
    found here = {.released = 0};
    assert_int_equal(find(&here, other), RG_OK);
    struct ArrowArrayStream stream;
    rg_error error = {{0}};
    const rg_arrow_options large = {.batch_rows = UINT64_C(1) << 40};
    const rg_arrow_options of_other = {.retained = &here.retained};
    const rg_arrow_options no_distances = {.owners = &here.owners};
    const rg_arrow_options *const bad[] = {&large, &of_other, &no_distances};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        error.text[0] = '\0';
        assert_int_equal(rg_arrow_stream_new(&stream, g, RG_ARROW_NODES, bad[i], NULL, &error),
                         RG_ERR_ARGUMENT);
        assert_true(*error.text);
    }
    assert_int_equal(rg_arrow_stream_new(&stream, g, RG_ARROW_OWNERS, NULL, NULL, NULL),
                     RG_ERR_ARGUMENT);
    assert_int_equal(rg_arrow_stream_new(&stream, g, RG_ARROW_TABLE_COUNT, NULL, NULL, NULL),
                     RG_ERR_ARGUMENT);
    dispose(&here);
    rg_graph_free(other);
    rg_graph_free(g);
}

/* Everything of a table once, with an allocator that may refuse. */
static rg_status read_through(const rg_allocator *allocator, void *context)
{
    (void)context;
    found here = {.released = 0};
    rg_graph *g = drawn();
    rg_status status = RG_OK;
    assert_int_equal(find(&here, g), RG_OK);
    rg_arrow_options options = options_of(&here);
    options.batch_rows = 3;
    options.release = NULL;
    for (int table = 0; table < RG_ARROW_TABLE_COUNT && !status; table++) {
        struct ArrowArrayStream stream;
        status = rg_arrow_stream_new(&stream, g, (rg_arrow_table)table, &options, allocator, NULL);
        if (status)
            break;
        struct ArrowSchema schema = {.release = NULL};
        int code = stream.get_schema(&stream, &schema);
        bool is_ended = false;
        while (!code && !is_ended) {
            struct ArrowArray batch = {.release = NULL};
            code = stream.get_next(&stream, &batch);
            is_ended = !code && !batch.release;
            if (batch.release)
                batch.release(&batch);
        }
        assert_true(code == 0 || code == ENOMEM);
        if (code) {
            assert_string_equal(stream.get_last_error(&stream), "out of memory");
            status = RG_ERR_NOMEM;
        }
        if (schema.release)
            schema.release(&schema);
        stream.release(&stream);
    }
    dispose(&here);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(read_through, NULL) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nodes_are_those_of_the_graph),
        cmocka_unit_test(a_node_that_the_collector_does_not_track_has_no_generation),
        cmocka_unit_test(a_text_is_as_it_was_but_for_what_is_not_utf8),
        cmocka_unit_test(the_edges_are_those_of_the_graph_and_targets_are_not_copied),
        cmocka_unit_test(types_and_roots_are_those_of_the_graph),
        cmocka_unit_test(what_is_retained_and_owned_comes_when_it_is_given),
        cmocka_unit_test(batches_follow_one_another),
        cmocka_unit_test(edges_of_random_graphs_are_those_of_the_graph),
        cmocka_unit_test(a_batch_that_failed_is_given_when_it_is_asked_for_again),
        cmocka_unit_test(an_empty_graph_has_schemas_and_no_batch),
        cmocka_unit_test(memory_is_the_graph_s_unless_another_is_given),
        cmocka_unit_test(a_child_that_was_moved_out_outlives_batch_and_stream),
        cmocka_unit_test(a_stream_may_be_released_before_its_end),
        cmocka_unit_test(bad_arguments_are_refused_in_words),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
