/* A capture by fork as a C host asks for it: the same graph, an error for what cannot be, and every allocation of the
 * process that is captured failing in turn. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <refgraph/capture.h>
#include <refgraph/fork.h>

#include "oom.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_python(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    return 0;
}

static int stop_python(void **state)
{
    (void)state;
    return Py_FinalizeEx();
}

/* How many nodes are of a type of this name. */
static uint32_t count_of(const rg_graph *g, const char *name)
{
    uint32_t count = 0;
    for (uint32_t n = 0; n < rg_graph_node_count(g); n++) {
        const rg_type t = rg_graph_type(g, rg_graph_node(g, n).type);
        count += t.name.size == strlen(name) && !memcmp(t.name.data, name, t.name.size);
    }
    return count;
}

static void the_child_gives_the_graph_that_a_capture_here_gives(void **state)
{
    (void)state;
    rg_graph *here = NULL;
    rg_graph *there = NULL;
    rg_fork *fork = NULL;
    rg_capture_cost cost = {0, 0};
    assert_int_equal(PyRun_SimpleString("class Odd: pass\nodd = [Odd() for _ in range(77)]\n"), 0);
    assert_int_equal(rg_capture(&here, NULL, NULL, NULL), RG_OK);
    assert_int_equal(rg_capture_fork(&fork, NULL, NULL, NULL, NULL), RG_OK);
    assert_int_equal(PyRun_SimpleString("del odd, Odd\n"), 0);
    assert_true(rg_fork_pause_seconds(fork) > 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody else sees it */
    assert_int_equal(errno, ECHILD);
    assert_int_equal(rg_fork_wait(fork, -1), RG_OK);
    assert_int_equal(rg_fork_finish(&there, &fork, &cost, NULL), RG_OK);
    assert_null(fork);
    assert_true(cost.seconds >= cost.pause_seconds && cost.pause_seconds > 0);
    assert_int_equal(rg_graph_check(there, NULL), RG_OK);
    assert_int_equal(count_of(there, "Odd"), 77);
    assert_int_equal(rg_graph_node_count(there), rg_graph_node_count(here));
    assert_true(rg_graph_edge_count(there) == rg_graph_edge_count(here));
    for (uint32_t n = 0; n < rg_graph_node_count(here); n++) {
        const rg_node a = rg_graph_node(here, n);
        const rg_node b = rg_graph_node(there, n);
        assert_true(a.address == b.address && a.size == b.size);
    }
    rg_graph_free(here);
    rg_graph_free(there);
}

static void what_cannot_be_is_refused_before_anything_is_done(void **state)
{
    (void)state;
    rg_fork *fork = NULL;
    rg_error error = {{0}};
    void *const objects[] = {Py_None};
    const rg_capture_options only = {.only = objects, .only_count = 1};
    assert_int_equal(rg_capture_fork(&fork, &only, NULL, NULL, &error), RG_ERR_ARGUMENT);
    assert_int_equal(rg_capture_fork(&fork, NULL, "/no/such/folder/x.rg", NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, ENOENT);
    assert_true(strstr(error.text, "/no/such/folder/x.rg") != NULL);
    assert_null(fork);
}

static void options_that_the_file_cannot_have_are_refused_before_the_fork(void **state)
{
    (void)state;
    static const char path[] = "/tmp/refgraph-test-refused.rg";
    const rg_save_options text = {.text = (rg_text_level)RG_TEXT_LEVEL_COUNT};
    const rg_save_options packed = {.compression = RG_COMPRESSION_ZSTD};
    rg_fork *fork = NULL;
    rg_error error = {{0}};
    assert_int_equal(rg_capture_fork(&fork, NULL, path, &text, &error), RG_ERR_ARGUMENT);
    assert_null(fork);
    assert_true(strstr(error.text, "no such level of text") != NULL);
    if (!rg_file_has_zstd()) {
        assert_int_equal(rg_capture_fork(&fork, NULL, path, &packed, &error), RG_ERR_UNSUPPORTED);
        assert_null(fork);
        assert_true(strstr(error.text, "without zstd") != NULL);
    }
    assert_int_equal(rg_save_check(&packed, NULL), rg_file_has_zstd() ? RG_OK : RG_ERR_UNSUPPORTED);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_child_that_is_killed_is_an_error(void **state)
{
    (void)state;
    rg_fork *fork = NULL;
    rg_graph *graph = NULL;
    rg_error error = {{0}};
    assert_int_equal(rg_capture_fork(&fork, NULL, NULL, NULL, NULL), RG_OK);
    (void)kill((pid_t)rg_fork_process(fork), SIGSTOP);
    assert_int_equal(rg_fork_wait(fork, 0.01), RG_ERR_TIMEOUT);
    (void)kill((pid_t)rg_fork_process(fork), SIGKILL);
    assert_int_equal(rg_fork_finish(&graph, &fork, NULL, &error), RG_ERR_IO);
    assert_int_equal(errno, 0);
    assert_null(graph);
    assert_true(strstr(error.text, "killed") != NULL);
    assert_int_equal(waitpid(-1, NULL, __WALL), -1);
    rg_fork_free(NULL);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char path[] = "/tmp/refgraph-test-XXXXXX";
    char file[64];
    size_t failures = 0;
    assert_non_null(mkdtemp(path));
    (void)snprintf(file, sizeof file, "%s/x.rg", path);
    for (size_t n = 0;; n++) {
        oom memory = {.fail_at = n};
        const rg_allocator a = oom_allocator(&memory);
        const rg_capture_options options = {.allocator = &a};
        rg_fork *fork = NULL;
        rg_graph *g = NULL;
        rg_status status = rg_capture_fork(&fork, &options, file, NULL, NULL);
        if (!status)
            status = rg_fork_finish(&g, &fork, NULL, NULL);
        rg_graph_free(g);
        assert_null(fork);
        assert_int_equal(memory.live_bytes, 0);
        assert_int_equal(memory.wrong_sizes + memory.overruns, 0);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1);
        assert_int_equal(unlink(file), status ? -1 : 0);
        if (!status)
            break;
        failures++;
        assert_int_equal(status, RG_ERR_NOMEM);
    }
    assert_true(failures > 3);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_child_gives_the_graph_that_a_capture_here_gives),
        cmocka_unit_test(what_cannot_be_is_refused_before_anything_is_done),
        cmocka_unit_test(options_that_the_file_cannot_have_are_refused_before_the_fork),
        cmocka_unit_test(a_child_that_is_killed_is_an_error),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, start_python, stop_python);
}
