/* See saved.h. */
#define _GNU_SOURCE
#include "saved.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drawing.h"
#include "graph/checksum.h"
#include "graph/file_format.h"
#include "test.h"

const char *const saved_secrets[] = {"hunter2",     "alice@example.org", "4111 1111", "password is",
                                     "customer 17", "for Bob",           "for Eve",   NULL};
const char *const saved_names[] = {
    "app.api", "Session",    "serve (app/api.py:57)", "CACHE",   "srv/app.py",
    "owner",   "MainThread", "Thread-7 (work)",       "3 items", "token",
    NULL};

static void add_native(drawing *d, uint32_t node, uint32_t references)
{
    const rg_root root = {RG_ROOT_NATIVE, node, references, rg_string_of("")};
    if (!d->status)
        d->status = rg_builder_add_root(d->builder, &root);
}

static uint32_t add_wide(drawing *d, uint32_t type, uint64_t address, uint64_t size)
{
    uint32_t id = RG_NONE;
    const rg_node node = {.type = type, .text = RG_NONE, .address = address, .size = size};
    if (!d->status)
        d->status = rg_builder_add_node(d->builder, &id, &node);
    return id;
}

static void add_data(drawing *d, uint32_t dict, uint32_t session)
{
    const uint32_t bytes = drawing_type(d, "bytes", RG_KIND_OTHER, 0);
    const uint32_t error = drawing_type(d, "ValueError", RG_KIND_OTHER, 0);
    const uint32_t secret = drawing_str(d, "hunter2");
    const uint32_t mail = drawing_str(d, "alice@example.org");
    const uint32_t card = drawing_node(d, bytes, "b'4111 1111'", RG_NODE_TEXT_LITERAL);
    const uint32_t raised = drawing_node(d, error, "password is wrong", 0);
    const uint32_t customers =
        drawing_node(d, drawing_type(d, "dict", RG_KIND_CONTAINER, RG_TYPE_MAPPING | RG_TYPE_PLAIN),
                     "3 items", 0);
    drawing_own(d, session, secret, ".token");
    drawing_own(d, customers, card, "['customer 17']");
    drawing_own(d, customers, mail, "key");
    drawing_own(d, customers, raised, "[@0]");
    drawing_own(d, dict, customers, "['CACHE']");
    drawing_own(d, customers, customers, "[4000000000]");
}

static void add_roots(drawing *d, uint32_t module, uint32_t session, uint32_t function)
{
    drawing_root(d, RG_ROOT_MODULE, module, "app.api");
    drawing_root(d, RG_ROOT_FRAME, function, "thread MainThread · serve (app/api.py:57)");
    drawing_root(d, RG_ROOT_FRAME, session, "thread for Bob · serve (app/api.py:57)");
    drawing_root(d, RG_ROOT_THREAD, session, "thread for Eve · context");
    drawing_root(d, RG_ROOT_THREAD, module, "thread for Bob · context");
    drawing_root(d, RG_ROOT_THREAD, module, "thread Thread-7 (work) · context");
    drawing_root(d, RG_ROOT_PROBABLE, session,
                 "the evaluation stack of serve (app/api.py:57), thread for Eve");
    add_native(d, session, 2);
    add_native(d, function, 1);
}

rg_graph *saved_sample(const rg_allocator *allocator)
{
    drawing d = drawing_new(allocator);
    rg_graph *g = NULL;
    uint32_t shadow = 0;
    const uint32_t module_type = drawing_type(&d, "module", RG_KIND_MODULE, RG_TYPE_PLAIN);
    const uint32_t class =
        drawing_type(&d, "app.api.Session", RG_KIND_INSTANCE, RG_TYPE_PLAIN | RG_TYPE_HEAP);
    const uint32_t function_type = drawing_type(&d, "function", RG_KIND_FUNCTION, 0);
    const uint32_t cell_type = drawing_type(&d, "cell", RG_KIND_CONTAINER, RG_TYPE_PLAIN);
    const uint32_t int_type = drawing_type(&d, "int", RG_KIND_OTHER, 0);
    const uint32_t nothing = drawing_type(&d, "NoneType", RG_KIND_OTHER, 0);
    const uint32_t module = drawing_node(&d, module_type, "app.api", 0);
    const uint32_t dict = drawing_nodes(&d, 1);
    const uint32_t session = drawing_node(&d, class, NULL, 0);
    const uint32_t function = drawing_node(&d, function_type, "serve (app/api.py:57)", 0);
    const uint32_t cell = drawing_node(&d, cell_type, "owner", 0);
    const uint32_t number = drawing_node(&d, int_type, "17", RG_NODE_TEXT_LITERAL);
    const uint32_t none = drawing_node(&d, nothing, "None", RG_NODE_TEXT_LITERAL);
    const uint32_t wide = add_wide(&d, int_type, UINT64_C(1) << 52, UINT64_C(5) << 30);
    drawing_own(&d, module, dict, ".__dict__");
    drawing_own(&d, dict, session, "['current']");
    drawing_own(&d, function, cell, "cell owner");
    drawing_edge(&d, function, dict, "slot globals", RG_STRENGTH_INFRASTRUCTURE);
    drawing_own(&d, cell, session, ".cell_contents");
    drawing_own(&d, session, number, ".count");
    drawing_own(&d, session, session, "hidden self");
    drawing_edge(&d, session, none, "weak", RG_STRENGTH_WEAK);
    drawing_own(&d, session, wide, "local big");
    add_data(&d, dict, session);
    add_roots(&d, module, session, function);
    drawing_site(&d, session, "/srv/app.py", 57);
    drawing_site(&d, cell, "/srv/app.py", 12);
    if (!d.status)
        d.status = rg_builder_add_string(d.builder, &shadow, rg_string_of("count"));
    if (!d.status)
        d.status = rg_builder_add_shadows(d.builder, class, &shadow, 1);
    const rg_collector_state collector = {
        RG_COLLECTOR_GENERATIONAL, true, {700, 10, 10}, {1, -2, 3}, 40, 5};
    if (!d.status)
        rg_builder_set_collector(d.builder, &collector);
    return drawing_finish(&d, &g) ? NULL : g;
}

/* ---- files ---- */

int saved_memory(void)
{
    const int fd = memfd_create("saved", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

rg_buffer saved_bytes(int fd)
{
    struct stat file;
    rg_buffer bytes = rg_buffer_empty(NULL);
    char piece[4096];
    assert_int_equal(fstat(fd, &file), 0);
    for (off_t at = 0; at < file.st_size;) {
        const ssize_t got = pread(fd, piece, sizeof piece, at);
        assert_true(got > 0);
        assert_int_equal(rg_buffer_add(&bytes, piece, (size_t)got), RG_OK);
        at += got;
    }
    return bytes;
}

rg_buffer saved_file(const rg_graph *graph, const rg_save_options *options)
{
    rg_error error = {""};
    const int fd = saved_memory();
    if (rg_graph_write(graph, fd, options, &error))
        fail_msg("%s", error.text);
    rg_buffer bytes = saved_bytes(fd);
    assert_int_equal(close(fd), 0);
    return bytes;
}

rg_status saved_load(rg_graph **out, const void *data, size_t size, const rg_load_options *options,
                     uint64_t *offset, rg_error *error)
{
    const int fd = saved_memory();
    const char *bytes = data;
    for (size_t at = 0; at < size;) {
        const ssize_t put = pwrite(fd, bytes + at, size - at, (off_t)at);
        assert_true(put > 0);
        at += (size_t)put;
    }
    rg_file *file = NULL;
    rg_status status = rg_file_open_fd(&file, fd, options, offset, error);
    assert_int_equal(close(fd), 0);
    if (!status)
        status = rg_file_finish(out, &file, NULL, offset, error);
    rg_file_free(file);
    return status;
}

void saved_seal(void *data, size_t size)
{
    unsigned char *bytes = data;
    if (size < RG__HEADER_SIZE)
        return;
    for (int i = 0; i < RG__SECTION_COUNT; i++) {
        unsigned char *entry = bytes + RG__HEADER_FIXED + (size_t)i * RG__HEADER_ENTRY;
        const uint64_t offset = rg__get64(entry);
        const uint64_t stored = rg__get64(entry + 8);
        if (offset <= size && stored <= size - offset)
            rg__put64(entry + 24, rg__checksum(bytes + offset, (size_t)stored));
    }
    rg__put64(bytes + 16, rg__checksum(bytes + 24, RG__HEADER_SIZE - 24));
}
