/* Many threads draw at once, in this process and in children; neither one that only allocates nor a fork of the
 * application stops them. */
#define _GNU_SOURCE
#include "pictures.h"
#include "render/engine.h"
#include "samples.h"
#include "sanitized.h"
#include "test.h"

#include <refgraph/render.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, PICTURES = SANITIZED ? 5 : 25, PATIENCE = 60, FORKS = 20 };

typedef struct artist {
    const rg_graph *graph;
    const rg_subgraph *all;
    const rg_buffer *expected;
    double deadline; /* 0: in this process */
    unsigned failures;
} artist;

static void draw_one(artist *a)
{
    const rg_render_options options = {.deadline = a->deadline};
    rg_buffer out = rg_buffer_empty(NULL);
    const rg_status status = rg_render(&out, a->graph, a->all, RG_FORMAT_SVG, &options, NULL);
    a->failures += status || out.size != a->expected->size ||
                   memcmp(out.data, a->expected->data, out.size) != 0;
    rg_buffer_dispose(&out);
}

static void *draw_many(void *context)
{
    for (int i = 0; i < PICTURES; i++)
        draw_one(context);
    return NULL;
}

static atomic_bool drawing_goes_on;

static void *draw_in_children(void *context)
{
    (void)draw_many(context);
    atomic_store(&drawing_goes_on, false);
    return NULL;
}

static void *draw_until_told(void *context)
{
    while (atomic_load(&drawing_goes_on))
        draw_one(context);
    return NULL;
}

typedef struct studio {
    rg_graph *graph;
    rg_subgraph all;
    rg_buffer expected;
} studio;

static int open_studio(void **state)
{
    static studio s;
    randomness random = {7};
    s.graph = sample_random(&random, 40);
    s.expected = rg_buffer_empty(NULL);
    *state = &s;
    return pictures_select_all(&s.all, s.graph, NULL) ||
           rg_render(&s.expected, s.graph, &s.all, RG_FORMAT_SVG, NULL, NULL);
}

static int close_studio(void **state)
{
    studio *s = *state;
    rg_buffer_dispose(&s->expected);
    rg_subgraph_dispose(&s->all);
    rg_graph_free(s->graph);
    return 0;
}

static void four_threads_draw_the_same_picture(void **state)
{
    const studio *s = *state;
    pthread_t threads[THREADS];
    artist artists[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        /* A sanitizer's allocator has locks of its own, which a fork may copy taken. */
        const double deadline = i % 2 && !SANITIZED ? PATIENCE : 0;
        artists[i] = (artist){s->graph, &s->all, &s->expected, deadline, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, draw_many, &artists[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(artists[i].failures, 0);
    }
}

/* Graphviz's context lies in this thread's part of the heap, whose lock is held most of the time. */
static void a_thread_that_allocates_all_the_time_does_not_stop_it(void **state)
{
    if (SANITIZED) /* its allocator has locks of its own, which mallinfo2 does not take */
        skip();
    const studio *s = *state;
    pthread_t thread;
    artist a = {s->graph, &s->all, &s->expected, PATIENCE, 0};
    atomic_store(&drawing_goes_on, true);
    assert_int_equal(pthread_create(&thread, NULL, draw_in_children, &a), 0);
    while (atomic_load(&drawing_goes_on)) {
        void *blocks[32];
        for (size_t i = 0; i < COUNT_OF(blocks); i++)
            blocks[i] = malloc(2000 + 100 * i);
        for (size_t i = 0; i < COUNT_OF(blocks); i++)
            free(blocks[i]);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(a.failures, 0);
}

/* What an application's child does: isolated first, as Python does, then by itself. */
static _Noreturn void draw_in_fork(const studio *s)
{
    artist a = {s->graph, &s->all, &s->expected, PATIENCE, 0};
    (void)alarm(20);
    draw_one(&a);
    a.deadline = 0;
    draw_one(&a);
    _exit(a.failures ? 1 : 0);
}

static void a_fork_of_the_application_draws_whatever_its_other_threads_did(void **state)
{
    if (SANITIZED) /* its allocator has locks of its own, which a fork may copy taken */
        skip();
    const studio *s = *state;
    pthread_t thread;
    artist a = {s->graph, &s->all, &s->expected, 0, 0};
    unsigned failures = 0;
    atomic_store(&drawing_goes_on, true);
    assert_int_equal(pthread_create(&thread, NULL, draw_until_told, &a), 0);
    for (unsigned i = 0; i < FORKS && !failures; i++) {
        int status = -1;
        (void)usleep(1000 * i); /* somewhere else in a picture each time */
        const pid_t child = fork();
        if (child == 0)
            draw_in_fork(s);
        failures += child < 0 || waitpid(child, &status, 0) != child || status != 0;
    }
    atomic_store(&drawing_goes_on, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(failures, 0);
    assert_int_equal(a.failures, 0);
}

typedef struct hurried {
    const studio *studio;
    rg_status status;
    rg_error error;
} hurried;

static void *draw_hurriedly(void *context)
{
    hurried *h = context;
    const rg_render_options options = {.deadline = 0.2};
    rg_buffer out = rg_buffer_empty(NULL);
    h->status =
        rg_render(&out, h->studio->graph, &h->studio->all, RG_FORMAT_SVG, &options, &h->error);
    rg_buffer_dispose(&out);
    return NULL;
}

static void waiting_for_another_picture_ends_at_the_deadline(void **state)
{
    hurried h = {.studio = *state};
    pthread_t thread;
    assert_int_equal(rg__engine_lock((rg__deadline){0}, NULL), RG_OK);
    (void)alarm(PATIENCE); /* it would wait for us, and we for it */
    assert_int_equal(pthread_create(&thread, NULL, draw_hurriedly, &h), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)alarm(0);
    rg__engine_unlock();
    assert_int_equal(h.status, RG_ERR_TIMEOUT);
    assert_non_null(strstr(h.error.text, "another picture was being drawn"));
    assert_non_null(strstr(h.error.text, "0.2 seconds"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_draw_the_same_picture),
        cmocka_unit_test(a_thread_that_allocates_all_the_time_does_not_stop_it),
        cmocka_unit_test(a_fork_of_the_application_draws_whatever_its_other_threads_did),
        cmocka_unit_test(waiting_for_another_picture_ends_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, open_studio, close_studio);
}
