/* Saving and loading: what comes back, what is refused, and that nothing is left behind. */
#define _GNU_SOURCE
#include <refgraph/file.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers.h"
#include "graph/file_private.h"
#include "graph/graph_private.h"
#include "heaps.h"
#include "kernel.h"
#include "oom.h"
#include "samples.h"
#include "sanitized.h"
#include "saved.h"
#include "test.h"

static const rg_save_options everything = {.text = RG_TEXT_ALL};
static const rg_save_options everything_packed = {.text = RG_TEXT_ALL,
                                                  .compression = RG_COMPRESSION_ZSTD};

static rg_graph *load(const rg_buffer *file)
{
    rg_graph *g = NULL;
    uint64_t offset = 0;
    rg_error error = {""};
    if (saved_load(&g, file->data, file->size, NULL, &offset, &error))
        fail_msg("%s", error.text);
    return g;
}

static void assert_same_answers(const rg_graph *a, const rg_graph *b)
{
    rg_buffer one = rg_buffer_empty(NULL);
    rg_buffer two = rg_buffer_empty(NULL);
    assert_int_equal(answers_write(&one, a, UINT32_MAX), RG_OK);
    assert_int_equal(answers_write(&two, b, UINT32_MAX), RG_OK);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);
    rg_buffer_dispose(&one);
    rg_buffer_dispose(&two);
}

/* Saved plain and packed, mapped and copied, and saved again. */
static void assert_comes_back(const rg_graph *g)
{
    const rg_load_options copied = {.copy = true};
    const rg_save_options *const ways[] = {&everything, &everything_packed};
    rg_buffer plain = saved_file(g, &everything);
    for (size_t i = 0; i < (rg_file_has_zstd() ? 2U : 1U); i++) {
        rg_buffer file = saved_file(g, ways[i]);
        rg_graph *mapped = load(&file);
        rg_graph *copy = NULL;
        assert_int_equal(saved_load(&copy, file.data, file.size, &copied, NULL, NULL), RG_OK);
        assert_same_answers(g, mapped);
        assert_same_answers(g, copy);
        assert_int_equal(rg_graph_check(mapped, NULL), rg_graph_check(g, NULL));
        rg_buffer again = saved_file(mapped, &everything);
        assert_int_equal(again.size, plain.size);
        assert_memory_equal(again.data, plain.data, plain.size);
        rg_buffer_dispose(&again);
        rg_buffer_dispose(&file);
        rg_graph_free(mapped);
        rg_graph_free(copy);
    }
    rg_buffer_dispose(&plain);
}

static void every_answer_is_the_same_after_loading(void **state)
{
    (void)state;
    rg_graph *g = saved_sample(NULL);
    assert_comes_back(g);
    rg_graph_free(g);
    g = sample_empty();
    assert_comes_back(g);
    rg_graph_free(g);
    drawing d = drawing_new(NULL); /* one node, parallel edges to itself */
    drawing_nodes(&d, 1);
    drawing_own(&d, 0, 0, ".a");
    drawing_own(&d, 0, 0, ".b");
    g = sample_drawn(&d);
    assert_comes_back(g);
    rg_graph_free(g);
}

static void random_heaps_come_back(void **state)
{
    (void)state;
    randomness random = {2026};
    for (int i = 0; i < (SANITIZED ? 20 : 100); i++) {
        rg_graph *g = i % 2 ? heap_random(&random, HEAP_MOST) : sample_random(&random, 40);
        assert_comes_back(g);
        rg_graph_free(g);
    }
}

static void the_same_graph_gives_the_same_bytes(void **state)
{
    (void)state;
    rg_graph *one = saved_sample(NULL);
    rg_graph *two = saved_sample(NULL);
    for (int text = 0; text < RG_TEXT_LEVEL_COUNT; text++) {
        const rg_save_options options = {.text = (rg_text_level)text};
        rg_buffer a = saved_file(one, &options);
        rg_buffer b = saved_file(two, &options);
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size);
        rg_buffer_dispose(&a);
        rg_buffer_dispose(&b);
    }
    rg_graph_free(one);
    rg_graph_free(two);
}

static void a_million_nodes_come_back(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(MILLION);
    for (int packed = 0; packed <= rg_file_has_zstd(); packed++) {
        rg_buffer file = saved_file(g, packed ? &everything_packed : &everything);
        rg_graph *back = load(&file);
        assert_int_equal(rg_graph_node_count(back), MILLION);
        assert_int_equal(rg_graph_edge(back, 7, 7).to, 8);
        assert_memory_equal(back->targets, g->targets, MILLION - 1);
        rg_graph_free(back);
        rg_buffer_dispose(&file);
    }
    rg_graph_free(g);
}

/* ---- text ---- */

static bool has_text(const rg_buffer *file, const char *text)
{
    return memmem(file->data, file->size, text, strlen(text)) != NULL;
}

static void by_default_names_stay_and_data_goes(void **state)
{
    (void)state;
    rg_graph *g = saved_sample(NULL);
    rg_buffer all = saved_file(g, &everything);
    rg_buffer file = saved_file(g, NULL);
    for (size_t i = 0; saved_secrets[i]; i++) {
        assert_true(has_text(&all, saved_secrets[i]));
        if (has_text(&file, saved_secrets[i]))
            fail_msg("'%s' is in the file", saved_secrets[i]);
    }
    rg_graph *back = load(&file);
    rg_buffer text = rg_buffer_empty(NULL);
    assert_int_equal(answers_write(&text, back, UINT32_MAX), RG_OK);
    for (size_t i = 0; saved_names[i]; i++)
        if (!has_text(&text, saved_names[i]))
            fail_msg("'%s' is gone", saved_names[i]);
    assert_true(has_text(&text, "thread 1 · serve (app/api.py:57)"));
    assert_true(has_text(&text, "thread 2 · context"));
    assert_true(has_text(&text, "thread 1 · context"));
    assert_true(has_text(&text, "the evaluation stack of serve (app/api.py:57), thread 2"));
    assert_true(has_text(&text, "sys.modules['app.api'].CACHE"));
    rg_buffer_dispose(&text);
    rg_buffer_dispose(&all);
    rg_buffer_dispose(&file);
    rg_graph_free(back);
    rg_graph_free(g);
}

static void without_text_only_the_language_is_left(void **state)
{
    (void)state;
    const rg_save_options none = {.text = RG_TEXT_NONE};
    rg_graph *g = saved_sample(NULL);
    rg_buffer file = saved_file(g, &none);
    for (size_t i = 0; saved_secrets[i]; i++)
        assert_false(has_text(&file, saved_secrets[i]));
    for (size_t i = 0; saved_names[i]; i++)
        if (has_text(&file, saved_names[i]))
            fail_msg("'%s' is in the file", saved_names[i]);
    rg_graph *back = load(&file);
    rg_buffer text = rg_buffer_empty(NULL);
    assert_int_equal(answers_write(&text, back, UINT32_MAX), RG_OK);
    assert_true(has_text(&text, "dict"));
    assert_false(has_text(&text, "serve"));
    rg_buffer_dispose(&text);
    rg_buffer_dispose(&file);
    rg_graph_free(back);
    rg_graph_free(g);
}

static void what_was_left_out_does_not_come_back(void **state)
{
    (void)state;
    rg_graph *g = saved_sample(NULL);
    rg_buffer file = saved_file(g, NULL);
    rg_graph *back = load(&file);
    rg_buffer again = saved_file(back, &everything);
    rg_file *opened = NULL;
    const int fd = saved_memory();
    assert_int_equal(write(fd, again.data, again.size), again.size);
    assert_int_equal(rg_file_open_fd(&opened, fd, NULL, NULL, NULL), RG_OK);
    assert_int_equal(rg_file_text(opened), RG_TEXT_TYPES);
    assert_int_equal(close(fd), 0);
    rg_file_free(opened);
    rg_buffer_dispose(&again);
    rg_buffer_dispose(&file);
    rg_graph_free(back);
    rg_graph_free(g);
}

/* ---- origin ---- */

static void the_origin_is_told_before_anything_is_verified(void **state)
{
    (void)state;
    const rg_origin_rule rules[] = {{rg_string_of("app.CACHE[*]"), RG_STRENGTH_WEAK, 17},
                                    {rg_string_of(""), RG_STRENGTH_OWN, 0}};
    const rg_origin origin = {1.75e9,
                              0.5,
                              0.25,
                              4711,
                              UINT64_C(1) << 63,
                              rg_string_of("3.11.7"),
                              rg_string_of("cpython"),
                              rg_string_of("linux x86_64"),
                              rg_string_of("ignored"),
                              rules,
                              2};
    const rg_save_options options = {.origin = &origin};
    rg_graph *g = saved_sample(NULL);
    rg_buffer bytes = saved_file(g, &options);
    rg_file *file = NULL;
    const int fd = saved_memory();
    assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
    assert_int_equal(rg_file_open_fd(&file, fd, NULL, NULL, NULL), RG_OK);
    const rg_origin *o = rg_file_origin(file);
    assert_true(o->captured_at == 1.75e9 && o->seconds == 0.5 && o->pause_seconds == 0.25);
    assert_int_equal(o->process, 4711);
    assert_int_equal(o->run, UINT64_C(1) << 63);
    assert_memory_equal(o->python.data, "3.11.7", o->python.size);
    assert_int_equal(o->library.size, strlen(RG_VERSION));
    assert_int_equal(o->rule_count, 2);
    assert_int_equal(o->rules[0].matches, 17);
    assert_int_equal(o->rules[0].strength, RG_STRENGTH_WEAK);
    assert_memory_equal(o->rules[0].pattern.data, "app.CACHE[*]", o->rules[0].pattern.size);
    assert_int_equal(rg_file_node_count(file), rg_graph_node_count(g));
    assert_int_equal(rg_file_edge_count(file), rg_graph_edge_count(g));
    assert_int_equal(rg_file_size(file), bytes.size);
    rg_graph *back = NULL;
    assert_int_equal(rg_file_finish(&back, &file, NULL, NULL, NULL), RG_OK);
    assert_null(file);
    assert_ptr_equal(rg_graph_origin(back), o);
    assert_null(rg_graph_origin(g));
    assert_int_equal(close(fd), 0);
    rg_graph_free(back);
    rg_graph_free(g);
    rg_buffer_dispose(&bytes);
}

typedef struct stop {
    size_t at; /* the report that stops */
    size_t count;
} stop;

static bool is_stopped(void *context, const char *phase, uint64_t done, uint64_t total)
{
    stop *self = context;
    assert_non_null(phase);
    assert_true(!total || done <= total);
    return self->count++ == self->at;
}

static void verifying_may_be_stopped_at_every_report_and_begun_again(void **state)
{
    (void)state;
    randomness random = {71};
    rg_graph *g = sample_random(&random, 300);
    const rg_compression compressions[] = {RG_COMPRESSION_NONE, RG_COMPRESSION_ZSTD};
    for (size_t i = 0; i < (rg_file_has_zstd() ? 2 : 1); i++) {
        const rg_save_options options = {.compression = compressions[i]};
        rg_buffer bytes = saved_file(g, &options);
        const int fd = saved_memory();
        assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
        oom memory = oom_counting();
        const rg_allocator a = oom_allocator(&memory);
        const rg_load_options load = {.allocator = &a};
        rg_file *file = NULL;
        rg_graph *back = NULL;
        assert_int_equal(rg_file_open_fd(&file, fd, &load, NULL, NULL), RG_OK);
        const size_t opened = memory.live_bytes;
        size_t stops = 0;
        for (rg_status status = RG_ERR_CANCELLED; status; stops++) {
            stop s = {.at = stops};
            const rg_monitor monitor = {&s, is_stopped, 1};
            status = rg_file_finish(&back, &file, &monitor, NULL, NULL);
            assert_true(status == RG_OK || status == RG_ERR_CANCELLED);
            if (status)
                assert_int_equal(memory.live_bytes, opened);
        }
        assert_true(stops > 100);
        assert_int_equal(rg_graph_edge_count(back), rg_graph_edge_count(g));
        assert_int_equal(rg_graph_check(back, NULL), RG_OK); /* nobody watches it any more */
        rg_graph_free(back);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(close(fd), 0);
        rg_buffer_dispose(&bytes);
    }
    rg_graph_free(g);
}

static void an_origin_that_is_none_is_refused(void **state)
{
    (void)state;
    rg_graph *g = sample_empty();
    rg_error error = {""};
    const int fd = saved_memory();
    const double times[] = {-1, 1e300, nan("")};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        const rg_origin origin = {.captured_at = times[i]};
        const rg_save_options options = {.origin = &origin};
        assert_int_equal(rg_graph_write(g, fd, &options, &error), RG_ERR_ARGUMENT);
    }
    assert_int_equal(rg_graph_write(g, fd,
                                    &(rg_save_options){.text = (rg_text_level)RG_TEXT_LEVEL_COUNT},
                                    &error),
                     RG_ERR_ARGUMENT);
    assert_int_equal(
        rg_graph_write(g, fd, &(rg_save_options){.compression = (rg_compression)2}, &error),
        RG_ERR_ARGUMENT);
    assert_int_equal(close(fd), 0);
    rg_graph_free(g);
}

/* What opening reads, whoever made the file. */
static void an_origin_has_at_most_a_mebibyte(void **state)
{
    (void)state;
    enum { MOST = 1 << 20, RULES = MOST / 16 };
    const rg_origin nothing = {.python = rg_string_of("")};
    rg_buffer fixed = rg_buffer_empty(NULL);
    assert_int_equal(rg__origin_encode(&fixed, &nothing, RG_TEXT_ALL), RG_OK);
    rg_origin_rule *rules = calloc(RULES, sizeof *rules);
    char *text = calloc(1, MOST);
    assert_true(rules && text);
    rules[1].pattern = (rg_string){text, MOST - fixed.size - (size_t)2 * 16};
    const struct {
        rg_origin_rule *rules;
        size_t count;
        rg_status status;
    } cases[] = {{rules, 2, RG_OK}, {rules, 3, RG_ERR_LIMIT}, {&rules[2], RULES - 2, RG_ERR_LIMIT}};
    rg_graph *g = sample_empty();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const rg_origin origin = {.rules = cases[i].rules, .rule_count = cases[i].count};
        const rg_save_options options = {.text = RG_TEXT_ALL, .origin = &origin};
        const int fd = saved_memory();
        rg_error error = {""};
        assert_int_equal(rg_graph_write(g, fd, &options, &error), cases[i].status);
        if (cases[i].status)
            assert_non_null(strstr(error.text, "more than the 1048576 bytes"));
        assert_int_equal(close(fd), 0);
    }
    rg_graph_free(g);
    rg_buffer_dispose(&fixed);
    free(rules);
    free(text);
}

static void a_larger_origin_is_refused_before_it_is_read(void **state)
{
    (void)state;
    enum { LARGE = 50 << 20, AT_SIZE = RG__HEADER_FIXED + 16 };
    rg_graph *g = sample_empty();
    rg_buffer file = saved_file(g, NULL);
    const size_t size = file.size + LARGE;
    unsigned char *bytes = calloc(1, size); /* empty rules, as many as there is room for */
    rg__file_header h = {0};
    assert_non_null(bytes);
    assert_int_equal(rg__file_header_decode(&h, (unsigned char *)file.data, file.size, NULL, NULL),
                     RG_OK);
    const rg__section *s = &h.sections[RG__SECTION_ORIGIN];
    memcpy(bytes, file.data, s->offset + s->size);
    memcpy(bytes + h.sections[1].offset + LARGE, file.data + h.sections[1].offset,
           file.size - h.sections[1].offset);
    rg__put32(bytes + s->offset + 40, LARGE / 16);
    h.file_size = size;
    h.sections[RG__SECTION_ORIGIN].size += LARGE;
    h.sections[RG__SECTION_ORIGIN].stored += LARGE;
    for (int i = 1; i < RG__SECTION_COUNT; i++)
        h.sections[i].offset += LARGE;
    rg__file_header_encode(bytes, &h);
    saved_seal(bytes, size);
    oom memory = oom_counting();
    const rg_allocator a = oom_allocator(&memory);
    const rg_load_options options = {.allocator = &a};
    rg_graph *back = NULL;
    uint64_t offset = 0;
    rg_error error = {""};
    assert_int_equal(saved_load(&back, bytes, size, &options, &offset, &error), RG_ERR_FILE);
    assert_int_equal(offset, AT_SIZE);
    assert_non_null(strstr(error.text, "bytes; it has at most 1048576 (byte 80)"));
    assert_true(memory.peak_bytes < 1 << 20);
    free(bytes);
    rg_buffer_dispose(&file);
    rg_graph_free(g);
}

/* ---- damage ---- */

static void assert_refused(const char *data, size_t size, const char *what, size_t where)
{
    rg_graph *g = NULL;
    uint64_t offset = UINT64_MAX;
    rg_error error = {""};
    const rg_status status = saved_load(&g, data, size, NULL, &offset, &error);
    if (status != RG_ERR_FILE)
        fail_msg("%s at byte %zu: %s", what, where, rg_status_text(status));
    assert_null(g);
    assert_true(offset <= size);
    assert_non_null(strstr(error.text, "(byte "));
}

static void each_truncation_and_each_altered_byte_is_noticed(void **state)
{
    (void)state;
    for (int packed = 0; packed <= rg_file_has_zstd(); packed++) {
        rg_graph *g =
            packed ? sample_star(1500) : saved_sample(NULL); /* small sections are not packed */
        rg_buffer file = saved_file(g, packed ? &everything_packed : &everything);
        const size_t step = SANITIZED ? 7 : 1;
        for (size_t size = 0; size < file.size; size += step)
            assert_refused(file.data, size, "cut short", size);
        for (size_t i = 0; i < file.size; i += step)
            for (unsigned bit = 0; bit < 2; bit++) {
                const char kept = file.data[i];
                file.data[i] = (char)(kept ^ (bit ? 0x80 : 1));
                assert_refused(file.data, file.size, "altered", i);
                file.data[i] = kept;
            }
        assert_int_equal(rg_buffer_add(&file, "", 1), RG_OK);
        assert_refused(file.data, file.size, "longer", file.size);
        rg_buffer_dispose(&file);
        rg_graph_free(g);
    }
}

static void ids_that_do_not_exist_are_told_with_their_byte(void **state)
{
    (void)state;
    static const struct {
        rg__section_id section;
        uint32_t at, value;
        const char *says;
    } cases[] = {
        {RG__SECTION_TARGETS, 4, 9000001, "damaged: edge 1 has target, node 9000001 of "},
        {RG__SECTION_NODES, 24 + 12, 500, "damaged: node 1 has type 500 of "},
        {RG__SECTION_ROOTS, 20, 70000, "damaged: root 1 has node 70000 of "},
        {RG__SECTION_STRING_ENDS, 8, 1 << 30, "damaged: string 2 ends at byte "},
        {RG__SECTION_EDGE_OFFSETS, 0, 1, "damaged: the edges of node 0 begin at 1"},
        {RG__SECTION_SOURCES, 0, 99, "damaged: edge "},
        {RG__SECTION_WIDE_NODES, 16, 1, "damaged: node "},
        {RG__SECTION_WIDE_NODES, 12, 0xFFFFFFFF, "damaged: node "}, /* with others 2^63 bytes */
        {RG__SECTION_COLLECTOR, 0, 3, "a collector that does not exist"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rg_graph *g = saved_sample(NULL);
        rg_buffer file = saved_file(g, &everything);
        rg__file_header h = {0};
        unsigned char *bytes = (unsigned char *)file.data;
        assert_int_equal(rg__file_header_decode(&h, bytes, file.size, NULL, NULL), RG_OK);
        const uint64_t at = h.sections[cases[i].section].offset + cases[i].at;
        rg__put32(bytes + at, cases[i].value);
        saved_seal(file.data, file.size); /* as an attacker would */
        rg_graph *back = NULL;
        uint64_t offset = 0;
        rg_error error = {""};
        assert_int_equal(saved_load(&back, file.data, file.size, NULL, &offset, &error),
                         RG_ERR_FILE);
        if (strncmp(error.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", error.text, cases[i].says);
        if (i < 2) /* the item itself */
            assert_int_equal(offset, h.sections[cases[i].section].offset +
                                         cases[i].at / rg__section_item(cases[i].section) *
                                             rg__section_item(cases[i].section));
        rg_graph_free(g);
        rg_buffer_dispose(&file);
    }
}

static void what_is_no_snapshot_is_called_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t size;
        const char *says;
        uint64_t offset;
    } cases[] = {
        {"", 0, "the file is empty", 0},
        {"\x1F\x8B\x08 and so on", 10, "a gzip file: unpack it first (gunzip)", 0},
        {"\x28\xB5\x2F\xFD and so on", 10, "a zstd file: unpack it first (zstd -d)", 0},
        {"{\"nodes\": []}", 13, "no refgraph snapshot: it looks like JSON", 0},
        {"\x89RGF\n\x1A\n and so on", 14, "its line ends were changed", 4},
        {"\0\0\0\0\0\0\0\0\0\0", 10, "no refgraph snapshot, or one whose writing was interrupted",
         0},
        {"hello, world", 12, "no refgraph snapshot", 0},
        {"\x89RGF", 4, "the file is cut short: 4 bytes", 4},
        {"\x89RGF\r\n\x1A\n\7\0\0\0\4\3\2\1", 16,
         "a snapshot of format version 7; this refgraph (" RG_VERSION ") reads version 1", 8},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rg_graph *g = NULL;
        uint64_t offset = 77;
        rg_error error = {""};
        assert_int_equal(saved_load(&g, cases[i].data, cases[i].size, NULL, &offset, &error),
                         RG_ERR_FILE);
        if (strncmp(error.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", error.text, cases[i].says);
        assert_int_equal(offset, cases[i].offset);
    }
}

/* A header that promises 2^32 - 2 nodes must not cost their memory. */
static void a_small_file_cannot_ask_for_much_memory(void **state)
{
    (void)state;
    rg_graph *g = sample_chain(10000);
    rg_buffer file = saved_file(g, rg_file_has_zstd() ? &everything_packed : &everything);
    rg__file_header h = {0};
    unsigned char *bytes = (unsigned char *)file.data;
    assert_int_equal(rg__file_header_decode(&h, bytes, file.size, NULL, NULL), RG_OK);
    const rg__file_header healthy = h;
    for (int i = 0; i < 2; i++) {
        h = healthy;
        h.nodes = i ? 1 << 20 : RG_NONE - 1;
        h.sections[RG__SECTION_NODES].size = (uint64_t)h.nodes * 24;
        h.sections[RG__SECTION_EDGE_OFFSETS].size = ((uint64_t)h.nodes + 1) * 4;
        h.sections[RG__SECTION_SOURCE_OFFSETS].size = ((uint64_t)h.nodes + 1) * 4;
        rg__file_header_encode(bytes, &h);
        oom memory = oom_counting();
        const rg_allocator a = oom_allocator(&memory);
        const rg_load_options options = {.allocator = &a};
        rg_graph *back = NULL;
        rg_error error = {""};
        assert_int_equal(saved_load(&back, file.data, file.size, &options, NULL, &error),
                         RG_ERR_FILE);
        assert_true(memory.peak_bytes <= 256 * file.size + (64 << 20));
        assert_int_equal(memory.live_bytes, 0);
    }
    rg_graph_free(g);
    rg_buffer_dispose(&file);
}

/* ---- version 1, for ever ---- */

static rg_save_options version1_options(void)
{
    static const rg_origin origin = {
        .captured_at = 1.75e9,
        .seconds = 0.5,
        .pause_seconds = 0.25,
        .process = 4711,
        .run = 17,
        .python = {"3.11.7", 6},
        .implementation = {"cpython", 7},
        .platform = {"linux x86_64", 12},
    };
    return (rg_save_options){.text = RG_TEXT_ALL, .origin = &origin};
}

/* tests/data/version1.rg was written by `test_file --write` when there was version 1: it is read, and what is written
 * today is the same but for the version of the library in it. */
static void a_file_of_version_1_is_read_and_written_for_ever(void **state)
{
    (void)state;
    const rg_save_options options = version1_options();
    rg_graph *g = saved_sample(NULL);
    rg_graph *back = NULL;
    rg_file *file = NULL;
    uint64_t offset = 0;
    rg_error error = {""};
    if (rg_graph_load(&back, TEST_DATA "/version1.rg", NULL, &offset, &error))
        fail_msg("%s", error.text);
    assert_same_answers(g, back);
    assert_int_equal(rg_graph_origin(back)->process, 4711);
    assert_int_equal(rg_file_open(&file, TEST_DATA "/version1.rg", NULL, NULL, NULL), RG_OK);
    rg_buffer today = saved_file(g, &options);
    rg__file_header h = {0};
    assert_int_equal(
        rg__file_header_decode(&h, (unsigned char *)today.data, today.size, NULL, NULL), RG_OK);
    for (int i = RG__SECTION_ORIGIN + 1; i < RG__SECTION_COUNT; i++)
        assert_int_equal(h.sections[i].checksum, file->header.sections[i].checksum);
    rg_buffer_dispose(&today);
    rg_file_free(file);
    rg_graph_free(back);
    rg_graph_free(g);
}

static int write_version1(const char *path)
{
    const rg_save_options options = version1_options();
    rg_graph *g = saved_sample(NULL);
    const rg_status status = rg_graph_save(g, path, &options, NULL);
    rg_graph_free(g);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- what the system refuses ---- */

static void every_write_may_fail(void **state)
{
    (void)state;
    struct rlimit before;
    rg_graph *g = saved_sample(NULL);
    rg_buffer file = saved_file(g, &everything);
    char path[] = "test_file_XXXXXX";
    assert_non_null(mkdtemp(path));
    char name[64];
    (void)snprintf(name, sizeof name, "%s/heap.rg", path);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (size_t size = 0; size < file.size; size += 97) {
        const struct rlimit limit = {size, before.rlim_max};
        rg_error error = {""};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        errno = 0;
        const rg_status status = rg_graph_save(g, name, &everything, &error);
        const int failure = errno;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, RG_ERR_IO);
        assert_int_equal(failure, EFBIG);
        assert_non_null(strstr(error.text, "cannot write"));
        assert_int_equal(rmdir(path), 0); /* nothing is left in it */
        assert_int_equal(mkdir(path, 0700), 0);
    }
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(rg_graph_save(g, name, &everything, NULL), RG_OK);
    assert_int_equal(chmod(name, 0640), 0);
    assert_int_equal(rg_graph_save(g, name, NULL, NULL), RG_OK);
    struct stat saved;
    assert_int_equal(stat(name, &saved), 0);
    assert_int_equal(saved.st_mode & 0777, 0640);
    rg_graph *back = NULL;
    assert_int_equal(rg_graph_load(&back, name, NULL, NULL, NULL), RG_OK);
    assert_int_equal(unlink(name), 0); /* what is mapped stays */
    assert_int_equal(rg_graph_check(back, NULL), rg_graph_check(g, NULL));
    assert_int_equal(rmdir(path), 0);
    rg_graph_free(back);
    rg_graph_free(g);
    rg_buffer_dispose(&file);
}

/* Save over a file of the mode 0644 where fchmod fails so, and end. */
static int save_where_modes_are_refused(const rg_graph *g, const char *name, int failure)
{
    enum { RIGHT = 0, WRONG, SKIPPED = 77 };
    struct stat saved;
    if (chmod(name, 0644) || !kernel_refuses(SYS_fchmod, failure))
        return SKIPPED;
    const rg_status status = rg_graph_save(g, name, &everything, NULL);
    if (failure == EIO)
        return status == RG_ERR_IO && errno == EIO ? RIGHT : WRONG;
    return !status && !stat(name, &saved) && (saved.st_mode & 0777) == 0600 ? RIGHT : WRONG;
}

/* As on vfat, which has no permission bits. */
static void a_file_is_replaced_where_the_file_system_has_no_modes(void **state)
{
    (void)state;
    rg_graph *g = saved_sample(NULL);
    char path[] = "test_file_XXXXXX";
    char name[64];
    assert_non_null(mkdtemp(path));
    (void)snprintf(name, sizeof name, "%s/heap.rg", path);
    static const int failures[] = {EPERM, ENOTSUP, EIO};
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        int status = 0;
        assert_int_equal(rg_graph_save(g, name, NULL, NULL), RG_OK);
        const pid_t pid = fork(); /* this process keeps its kernel */
        assert_true(pid >= 0);
        if (!pid)
            _exit(save_where_modes_are_refused(g, name, failures[i]));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) != 77)
            assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_equal(unlink(name), 0);
    }
    assert_int_equal(rmdir(path), 0); /* nothing is left in it */
    rg_graph_free(g);
}

static void what_cannot_be_opened_is_told_by_errno(void **state)
{
    (void)state;
    rg_graph *g = NULL;
    rg_error error = {""};
    assert_int_equal(rg_graph_load(&g, "/no/such/file.rg", NULL, NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(rg_graph_load(&g, ".", NULL, NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(rg_graph_load(&g, "/dev/zero", NULL, NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, EINVAL);
    g = sample_empty();
    assert_int_equal(rg_graph_save(g, "/no/such/folder/file.rg", NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(rg_graph_save(g, ".", NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, EISDIR);
    rg_graph_free(g);
}

/* ---- out of memory ---- */

typedef struct tale {
    const rg_graph *graph;
    const rg_buffer *file;
    rg_save_options options;
} tale;

static rg_status save_story(const rg_allocator *allocator, void *context)
{
    const tale *t = context;
    rg_save_options options = t->options;
    options.allocator = allocator;
    const int fd = saved_memory();
    rg_status status = rg_graph_write(t->graph, fd, &options, NULL);
    assert_int_equal(close(fd), 0);
    return status;
}

static rg_status load_story(const rg_allocator *allocator, void *context)
{
    const tale *t = context;
    rg_load_options options = {.allocator = allocator, .copy = true};
    rg_graph *g = NULL;
    rg_status status = saved_load(&g, t->file->data, t->file->size, &options, NULL, NULL);
    rg_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    rg_graph *small = saved_sample(NULL);
    rg_graph *large = sample_chain(2000); /* large enough to be packed */
    for (int text = 0; text < RG_TEXT_LEVEL_COUNT; text++)
        for (int packed = 0; packed <= rg_file_has_zstd(); packed++) {
            const rg_origin_rule rule = {rg_string_of("x"), RG_STRENGTH_OWN, 1};
            const rg_origin origin = {.rules = &rule, .rule_count = 1};
            tale t = {
                .graph = packed ? large : small,
                .options = {.text = (rg_text_level)text,
                            .compression = (rg_compression)packed,
                            .origin = &origin},
            };
            rg_buffer file = saved_file(t.graph, &t.options);
            t.file = &file;
            assert_true(oom_torture(save_story, &t) > 1);
            assert_true(oom_torture(load_story, &t) > 1);
            rg_buffer_dispose(&file);
        }
    rg_graph_free(small);
    rg_graph_free(large);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--write"))
        return write_version1(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_the_same_after_loading),
        cmocka_unit_test(random_heaps_come_back),
        cmocka_unit_test(the_same_graph_gives_the_same_bytes),
        cmocka_unit_test(a_million_nodes_come_back),
        cmocka_unit_test(by_default_names_stay_and_data_goes),
        cmocka_unit_test(without_text_only_the_language_is_left),
        cmocka_unit_test(what_was_left_out_does_not_come_back),
        cmocka_unit_test(the_origin_is_told_before_anything_is_verified),
        cmocka_unit_test(an_origin_that_is_none_is_refused),
        cmocka_unit_test(an_origin_has_at_most_a_mebibyte),
        cmocka_unit_test(a_larger_origin_is_refused_before_it_is_read),
        cmocka_unit_test(each_truncation_and_each_altered_byte_is_noticed),
        cmocka_unit_test(ids_that_do_not_exist_are_told_with_their_byte),
        cmocka_unit_test(what_is_no_snapshot_is_called_by_its_name),
        cmocka_unit_test(a_small_file_cannot_ask_for_much_memory),
        cmocka_unit_test(a_file_of_version_1_is_read_and_written_for_ever),
        cmocka_unit_test(every_write_may_fail),
        cmocka_unit_test(a_file_is_replaced_where_the_file_system_has_no_modes),
        cmocka_unit_test(what_cannot_be_opened_is_told_by_errno),
        cmocka_unit_test(verifying_may_be_stopped_at_every_report_and_begun_again),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
