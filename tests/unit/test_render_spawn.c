/* The program that draws: what it gives, and what the application notices of it: nothing. */
#define _GNU_SOURCE
#include "kernel.h"
#include "pictures.h"
#include "render/engine.h"
#include "render/spawn.h"
#include "render/wire.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60, THREADS = 4, PICTURES = SANITIZED ? 5 : 25, NODES = 40 };

typedef struct studio {
    rg_graph *graph;
    rg_subgraph all;
    rg__picture picture;
    rg_buffer order; /* for an SVG */
} studio;

static int open_studio(void **state)
{
    static studio s;
    randomness random = {11};
    s.graph = sample_random(&random, NODES);
    const rg_render_options options = {.title = "Objects & \"others\" · ü"};
    s.order = rg_buffer_empty(NULL);
    if (pictures_select_all(&s.all, s.graph, NULL) ||
        rg__picture_make(&s.picture, s.graph, &s.all, &options, NULL) ||
        rg__wire_write_picture(&s.order, &s.picture, RG_FORMAT_SVG, 0))
        return -1;
    *state = &s;
    return 0;
}

static int close_studio(void **state)
{
    studio *s = *state;
    rg_buffer_dispose(&s->order);
    rg__picture_dispose(&s->picture);
    rg_subgraph_dispose(&s->all);
    rg_graph_free(s->graph);
    return 0;
}

typedef struct result {
    rg_status status;
    bool is_done, is_cpu_over;
    rg_buffer out;
    rg_error error;
} result;

static result run(const char *program, const rg_buffer *order, double seconds)
{
    result r = {.out = rg_buffer_empty(NULL)};
    r.status = rg__spawn(&r.is_done, &r.is_cpu_over, program, order, rg__deadline_in(seconds),
                         &r.out, &r.error);
    return r;
}

/* A script in place of the program; to be freed. */
static char *script(const char *lines)
{
    char *path = NULL;
    assert_true(asprintf(&path, "/tmp/refgraph-test-%ld", (long)getpid()) > 0);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", lines) > 0);
    assert_int_equal(close(fd), 0);
    return path;
}

static result run_script(const char *lines, const rg_buffer *order, double seconds)
{
    char *path = script(lines);
    const result r = run(path, order, seconds);
    (void)unlink(path);
    free(path);
    assert_int_equal(r.out.size, 0);
    return r;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

/* ---- what it gives ---- */

static void the_program_draws_what_this_process_draws(void **state)
{
    studio *s = *state;
    static const rg_format formats[] = {RG_FORMAT_SVG, RG_FORMAT_DOT, RG_FORMAT_PNG};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        rg_buffer expected = rg_buffer_empty(NULL);
        rg_buffer order = rg_buffer_empty(NULL);
        assert_int_equal(rg__engine_draw(&expected, &s->picture, formats[i], NULL), RG_OK);
        assert_int_equal(rg__wire_write_picture(&order, &s->picture, formats[i], 0), RG_OK);
        result r = run(REFGRAPH_DRAW, &order, PATIENCE);
        assert_int_equal(r.status, RG_OK);
        assert_true(r.is_done);
        assert_int_equal(r.out.size, expected.size);
        assert_memory_equal(r.out.data, expected.data, expected.size);
        rg_buffer_dispose(&r.out);
        rg_buffer_dispose(&order);
        rg_buffer_dispose(&expected);
    }
}

static void it_draws_text_in_graphviz_s_language(void **state)
{
    (void)state;
    rg_buffer order = rg_buffer_empty(NULL);
    assert_int_equal(rg__wire_write_source(&order, "svg", "digraph { a -> b }"), RG_OK);
    result r = run(REFGRAPH_DRAW, &order, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    svg picture = {0};
    assert_true(svg_open(&picture, &r.out));
    assert_int_equal(svg_count(&picture, "node"), 2);
    svg_close(&picture);
    rg_buffer_dispose(&r.out);
    order.size = 0;
    assert_int_equal(rg__wire_write_source(&order, "svg", "digraph {"), RG_OK);
    r = run(REFGRAPH_DRAW, &order, PATIENCE);
    assert_int_equal(r.status, RG_ERR_GRAPHVIZ);
    assert_true(r.is_done);
    assert_non_null(strstr(r.error.text, "syntax error"));
    rg_buffer_dispose(&order);
}

/* ---- when it does not ---- */

static void what_cannot_be_started_is_left_to_others(void **state)
{
    studio *s = *state;
    result r = run("/nonexistent/refgraph-draw", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    assert_false(r.is_done);
    r = run("/etc/passwd", &s->order, PATIENCE);
    assert_false(r.is_done);
    /* so ends a program whose libraries the dynamic linker cannot find */
    r = run_script("exit 127", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    assert_false(r.is_done);
}

static void another_version_refuses_the_order(void **state)
{
    studio *s = *state;
    rg_buffer other = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&other, s->order.data, s->order.size), RG_OK);
    other.data[9] ^= 1; /* in the number of the version */
    const result r = run(REFGRAPH_DRAW, &other, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    assert_false(r.is_done);
    assert_int_equal(r.out.size, 0);
    rg_buffer_dispose(&other);
}

static void an_end_without_a_picture_is_an_error(void **state)
{
    studio *s = *state;
    result r = run_script("kill -SEGV $$", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_ERR_GRAPHVIZ);
    assert_non_null(strstr(r.error.text, "crashed (signal 11)"));
    r = run_script("exit 3", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_ERR_GRAPHVIZ);
    assert_non_null(strstr(r.error.text, "exit status 3"));
    r = run_script("exit 0", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_ERR_GRAPHVIZ);
    r = run_script("exec cat", &s->order, PATIENCE); /* no report */
    assert_int_equal(r.status, RG_ERR_GRAPHVIZ);
}

static void at_the_deadline_the_program_is_killed(void **state)
{
    studio *s = *state;
    const result r = run_script("echo $$ > /dev/null; exec sleep 600", &s->order, 0.2);
    assert_int_equal(r.status, RG_ERR_TIMEOUT);
    assert_true(r.is_done);
    assert_false(r.is_cpu_over);
    assert_non_null(strstr(r.error.text, "within 0.2 seconds"));
}

static void when_the_processor_time_is_over_that_is_told(void **state)
{
    studio *s = *state;
    const result r = run_script("kill -PROF $$", &s->order, PATIENCE);
    assert_int_equal(r.status, RG_ERR_TIMEOUT);
    assert_true(r.is_cpu_over);
}

/* ---- what the application notices ---- */

static volatile sig_atomic_t children_noticed;

static void notice(int signal_number)
{
    (void)signal_number;
    children_noticed++;
}

static void the_application_notices_no_child(void **state)
{
    studio *s = *state;
    const int before = count_descriptors();
    void (*old)(int) = signal(SIGCHLD, notice);
    children_noticed = 0;
    result r = run(REFGRAPH_DRAW, &s->order, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    rg_buffer_dispose(&r.out);
    (void)run_script("exit 3", &s->order, PATIENCE);
    (void)run_script("exec sleep 600", &s->order, 0.05);
    (void)run("/nonexistent/refgraph-draw", &s->order, PATIENCE);
    assert_int_equal(children_noticed, 0);
    (void)signal(SIGCHLD, SIG_IGN); /* which would have the kernel collect children */
    r = run(REFGRAPH_DRAW, &s->order, PATIENCE);
    assert_int_equal(r.status, RG_OK);
    rg_buffer_dispose(&r.out);
    (void)signal(SIGCHLD, old);
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, __WALL), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(count_descriptors(), before);
}

/* ls has one more: of the folder that it reads */
static const char *const exit_40_with_three_files =
    "[ $(ls /proc/self/fd | wc -l) = 4 ] && exit 40; exit 41";

static void the_program_has_three_files_and_no_handler_of_ours(void **state)
{
    studio *s = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* not closed on execution */
    const result r = run_script(exit_40_with_three_files, &s->order, PATIENCE);
    assert_non_null(strstr(r.error.text, "exit status 40"));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

#ifdef SYS_close_range
static void on_kernels_before_5_9_it_has_three_files_too(void **state)
{
    studio *s = *state;
    enum { RIGHT = 0, WRONG, SKIPPED };
    int status = 0;
    char *path = script(exit_40_with_three_files);
    const pid_t pid = fork(); /* this process keeps its kernel */
    assert_true(pid >= 0);
    if (!pid) {
        int ends[2];
        if (!kernel_refuses(SYS_close_range, ENOSYS) || pipe(ends))
            _exit(SKIPPED);
        const result r = run(path, &s->order, PATIENCE);
        _exit(strstr(r.error.text, "exit status 40") ? RIGHT : WRONG);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)unlink(path);
    free(path);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_int_equal(WEXITSTATUS(status), RIGHT);
}
#endif

static void an_application_without_standard_files_can_draw(void **state)
{
    studio *s = *state;
    int saved[3];
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
        (void)close(i);
    }
    result r = run(REFGRAPH_DRAW, &s->order, PATIENCE);
    for (int i = 0; i < 3; i++)
        if (saved[i] >= 0) {
            (void)dup2(saved[i], i);
            (void)close(saved[i]);
        }
    assert_int_equal(r.status, RG_OK);
    assert_true(r.is_done);
    rg_buffer_dispose(&r.out);
}

static void *draw_many(void *context)
{
    const studio *s = context;
    uintptr_t failures = 0;
    for (int i = 0; i < PICTURES; i++) {
        result r = run(REFGRAPH_DRAW, &s->order, PATIENCE);
        failures += r.status || !r.is_done || !r.out.size;
        rg_buffer_dispose(&r.out);
    }
    return (void *)failures;
}

static void many_threads_draw_at_once(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_many, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failures = NULL;
        assert_int_equal(pthread_join(threads[i], &failures), 0);
        assert_null(failures);
    }
}

/* ---- the order ---- */

static void an_order_that_is_not_whole_is_refused(void **state)
{
    studio *s = *state;
    for (size_t size = 0; size < s->order.size; size += size < 400 ? 1 : 97) {
        rg_buffer part = rg_buffer_empty(NULL);
        assert_int_equal(rg_buffer_add(&part, s->order.data, size), RG_OK);
        rg__order order = {0};
        assert_int_equal(rg__wire_read(&order, &part), RG_ERR_ARGUMENT);
        rg__order_dispose(&order);
        rg_buffer_dispose(&part);
    }
}

static void an_altered_order_leads_nowhere_outside(void **state)
{
    studio *s = *state;
    randomness random = {5};
    for (int i = 0; i < 3000; i++) {
        rg_buffer other = rg_buffer_empty(NULL);
        assert_int_equal(rg_buffer_add(&other, s->order.data, s->order.size), RG_OK);
        for (int k = 0; k < 3; k++)
            other.data[random_below(&random, (uint32_t)other.size)] ^=
                (char)(1 << random_below(&random, 8));
        rg__order order = {0};
        if (!rg__wire_read(&order, &other) && !order.is_source)
            for (size_t n = 0; n < order.picture.node_count; n++)
                (void)strlen(order.picture.text.data + order.picture.nodes[n].label);
        rg__order_dispose(&order);
        rg_buffer_dispose(&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_draws_what_this_process_draws),
        cmocka_unit_test(it_draws_text_in_graphviz_s_language),
        cmocka_unit_test(what_cannot_be_started_is_left_to_others),
        cmocka_unit_test(another_version_refuses_the_order),
        cmocka_unit_test(an_end_without_a_picture_is_an_error),
        cmocka_unit_test(at_the_deadline_the_program_is_killed),
        cmocka_unit_test(when_the_processor_time_is_over_that_is_told),
        cmocka_unit_test(the_application_notices_no_child),
        cmocka_unit_test(the_program_has_three_files_and_no_handler_of_ours),
#ifdef SYS_close_range
        cmocka_unit_test(on_kernels_before_5_9_it_has_three_files_too),
#endif
        cmocka_unit_test(an_application_without_standard_files_can_draw),
        cmocka_unit_test(many_threads_draw_at_once),
        cmocka_unit_test(an_order_that_is_not_whole_is_refused),
        cmocka_unit_test(an_altered_order_leads_nowhere_outside),
    };
    return cmocka_run_group_tests(tests, open_studio, close_studio);
}
