/* Work in a child that may do anything: whatever it does, this process goes on, and nothing of the child
 * is left. Everything here waits for an event or an end, never for a time alone. */
#define _GNU_SOURCE
#include "render/isolate.h"
#include "sanitized.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60, BIG = 50 << 20, MANY = 300 };

static atomic_uint signals; /* that reached a handler of ours */

static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

/* ---- what can happen in a child ---- */

static rg_status say_hello(void *context, rg_buffer *out, rg_error *error)
{
    (void)error;
    return rg_buffer_add(out, context, strlen(context));
}

static rg_status say_nothing(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    (void)out;
    (void)error;
    return RG_OK;
}

static rg_status fail_with_words(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    if (rg_buffer_add(out, "half a picture", 14))
        return RG_ERR_NOMEM;
    return rg_error_set(error, RG_ERR_UNSUPPORTED, "no plugin for %s", "crayons");
}

static rg_status write_much(void *context, rg_buffer *out, rg_error *error)
{
    static char block[1 << 20];
    (void)context;
    (void)error;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i * 31 >> 5);
    rg_status status = RG_OK;
    for (size_t size = 0; size < BIG && !status; size += sizeof block)
        status = rg_buffer_add(out, block, sizeof block);
    return status;
}

static rg_status segfault(void *context, rg_buffer *out, rg_error *error)
{
    (void)out;
    (void)error;
    (void)kill(getpid(), SIGSEGV);
    return context ? RG_OK : RG_ERR_STATE;
}

static rg_status abort_it(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    (void)out;
    (void)error;
    abort();
}

static rg_status exit_with_three(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    (void)out;
    (void)error;
    _exit(3);
}

static rg_status loop_forever(void *context, rg_buffer *out, rg_error *error)
{
    (void)out;
    (void)error;
    volatile bool *goes_on = context;
    while (*goes_on) {}
    return RG_OK;
}

/* A signal for which the application has a handler. */
static rg_status signal_itself(void *context, rg_buffer *out, rg_error *error)
{
    (void)error;
    (void)context;
    (void)kill(getpid(), SIGWINCH); /* ignored by default */
    return rg_buffer_add_format(out, "%u handled", atomic_load(&signals));
}

/* Counted without /proc, which a chroot need not have. */
static size_t descriptor_count(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static rg_status count_descriptors(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    (void)error;
    return rg_buffer_add_format(out, "%zu", descriptor_count());
}

/* ---- what this process sees of it ---- */

static size_t descriptors;

static int watch(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = count_signal};
    descriptors = descriptor_count();
    atomic_store(&signals, 0);
    return sigaction(SIGCHLD, &action, NULL) || sigaction(SIGWINCH, &action, NULL);
}

/* After every test: no child, no signal, no descriptor more. */
static int assert_nothing_is_left(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(atomic_load(&signals), 0);
    assert_int_equal(descriptor_count(), descriptors);
    return 0;
}

static rg_status isolate(rg__isolated_work work, void *context, double deadline, rg_buffer *out,
                         rg_error *error)
{
    bool is_cpu_over = false;
    return rg__isolate(&is_cpu_over, work, context, NULL, rg__deadline_in(deadline), out, error);
}

static void what_the_work_wrote_comes_back(void **state)
{
    (void)state;
    char text[] = "hello";
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&out, "before ", 7), RG_OK);
    assert_int_equal(isolate(say_hello, text, PATIENCE, &out, NULL), RG_OK);
    assert_string_equal(out.data, "before hello");
    assert_int_equal(isolate(say_nothing, NULL, PATIENCE, &out, NULL), RG_OK);
    assert_string_equal(out.data, "before hello");
    rg_buffer_dispose(&out);
}

static void fifty_megabytes_come_back_whole(void **state)
{
    (void)state;
    rg_buffer out = rg_buffer_empty(NULL);
    rg_buffer expected = rg_buffer_empty(NULL);
    assert_int_equal(isolate(write_much, NULL, PATIENCE, &out, NULL), RG_OK);
    assert_int_equal(write_much(NULL, &expected, NULL), RG_OK);
    assert_int_equal(out.size, BIG);
    assert_int_equal(memcmp(out.data, expected.data, BIG), 0);
    rg_buffer_dispose(&out);
    rg_buffer_dispose(&expected);
}

static void the_error_of_the_work_comes_back_without_its_output(void **state)
{
    (void)state;
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&out, "before", 6), RG_OK);
    assert_int_equal(isolate(fail_with_words, NULL, PATIENCE, &out, &error), RG_ERR_UNSUPPORTED);
    assert_string_equal(error.text, "no plugin for crayons");
    assert_string_equal(out.data, "before");
    rg_buffer_dispose(&out);
}

static void a_crash_is_told_and_survived(void **state)
{
    (void)state;
    static const rg__isolated_work works[] = {segfault, abort_it};
    for (size_t i = 0; i < COUNT_OF(works); i++) {
        rg_error error = {""};
        rg_buffer out = rg_buffer_empty(NULL);
        assert_int_equal(isolate(works[i], NULL, PATIENCE, &out, &error), RG_ERR_GRAPHVIZ);
        assert_non_null(strstr(error.text, "crashed (signal "));
        assert_int_equal(out.size, 0);
        rg_buffer_dispose(&out);
    }
}

static void an_exit_is_told_and_survived(void **state)
{
    (void)state;
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(isolate(exit_with_three, NULL, PATIENCE, &out, &error), RG_ERR_GRAPHVIZ);
    assert_non_null(strstr(error.text, "exit status 3"));
    rg_buffer_dispose(&out);
}

static void an_endless_loop_ends_at_the_deadline(void **state)
{
    (void)state;
    bool goes_on = true;
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(isolate(loop_forever, &goes_on, 0.3, &out, &error), RG_ERR_TIMEOUT);
    assert_non_null(strstr(error.text, "0.3 seconds"));
    rg_buffer_dispose(&out);
}

static void a_deadline_that_has_passed_makes_no_child(void **state)
{
    (void)state;
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(isolate(say_hello, "x", 1e-12, &out, NULL), RG_ERR_TIMEOUT);
    assert_int_equal(out.size, 0);
    rg_buffer_dispose(&out);
}

static struct {
    unsigned taken, released;
} guarded;

static rg_status take(rg__deadline deadline, rg_error *error)
{
    (void)error;
    guarded.taken++;
    return deadline.seconds == PATIENCE ? RG_OK : RG_ERR_STATE;
}

static rg_status take_in_vain(rg__deadline deadline, rg_error *error)
{
    (void)deadline;
    return rg_error_set(error, RG_ERR_TIMEOUT, "taken by another");
}

static void release(void)
{
    guarded.released++;
}

static void the_guard_is_held_only_while_the_child_is_made(void **state)
{
    (void)state;
    static const rg__fork_guard guard = {take, release};
    static const rg__fork_guard busy = {take_in_vain, release};
    guarded.taken = guarded.released = 0;
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    const rg__deadline deadline = rg__deadline_in(PATIENCE);
    bool is_cpu_over = false;
    assert_int_equal(rg__isolate(&is_cpu_over, say_hello, "x", &guard, deadline, &out, NULL),
                     RG_OK);
    assert_true(guarded.taken >= 1);
    assert_int_equal(guarded.released, guarded.taken);
    assert_string_equal(out.data, "x");
    guarded.released = 0;
    assert_int_equal(rg__isolate(&is_cpu_over, say_hello, "x", &busy, deadline, &out, &error),
                     RG_ERR_TIMEOUT);
    assert_string_equal(error.text, "taken by another");
    assert_int_equal(guarded.released, 0);
    assert_string_equal(out.data, "x");
    rg_buffer_dispose(&out);
}

static void handlers_of_the_application_do_not_run_in_the_child(void **state)
{
    (void)state;
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(isolate(signal_itself, NULL, PATIENCE, &out, NULL), RG_OK);
    assert_string_equal(out.data, "0 handled");
    rg_buffer_dispose(&out);
}

static void the_child_keeps_no_descriptor_of_the_application(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(isolate(count_descriptors, NULL, PATIENCE, &out, NULL), RG_OK);
    /* three of /dev/null, the one it was opened with, and the pipe to us */
    assert_string_equal(out.data, "5");
    rg_buffer_dispose(&out);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Without a standard input the pipe's own ends are numbers that the child replaces. */
static void closed_standard_streams_are_no_hindrance(void **state)
{
    (void)state;
    const int input = dup(STDIN_FILENO);
    (void)close(STDIN_FILENO);
    rg_buffer out = rg_buffer_empty(NULL);
    const rg_status status = isolate(say_hello, "hello", PATIENCE, &out, NULL);
    if (input >= 0) {
        (void)dup2(input, STDIN_FILENO);
        (void)close(input);
    }
    assert_int_equal(status, RG_OK);
    assert_string_equal(out.data, "hello");
    rg_buffer_dispose(&out);
}

static void a_refused_pipe_is_told_in_words(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {0, before.rlim_max};
    rg_error error = {""};
    rg_buffer out = rg_buffer_empty(NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const rg_status status = isolate(say_hello, "x", PATIENCE, &out, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, RG_ERR_IO);
    assert_non_null(strstr(error.text, "cannot make a pipe"));
    rg_buffer_dispose(&out);
}

/* ---- threads that hold malloc's locks while the child is made ---- */

static atomic_bool hammering;

static void *hammer(void *context)
{
    (void)context;
    while (atomic_load(&hammering)) {
        void *blocks[32];
        for (size_t i = 0; i < COUNT_OF(blocks); i++)
            blocks[i] = malloc(2000 + 100 * i); /* beyond what a thread keeps for itself */
        for (size_t i = 0; i < COUNT_OF(blocks); i++)
            free(blocks[i]);
    }
    return NULL;
}

static rg_status use_malloc(void *context, rg_buffer *out, rg_error *error)
{
    (void)context;
    (void)error;
    rg_status status = RG_OK;
    for (int i = 0; i < 100 && !status; i++) {
        void *block = malloc(5000);
        status = block ? rg_buffer_add_format(out, "%d ", i) : RG_ERR_NOMEM;
        free(block);
    }
    return status;
}

static void *isolate_many(void *context)
{
    unsigned *failures = context;
    for (int i = 0; i < MANY; i++) {
        rg_buffer out = rg_buffer_empty(NULL);
        const rg_status status = isolate(use_malloc, NULL, PATIENCE, &out, NULL);
        *failures += status || out.size != 290;
        rg_buffer_dispose(&out);
    }
    return NULL;
}

/* The main thread's memory and that of another one are under different locks. */
static void a_thread_that_allocates_all_the_time_does_not_hang_it(void **state)
{
    if (SANITIZED) /* its allocator has locks of its own, which mallinfo2 does not take */
        skip();
    (void)state;
    pthread_t thread;
    unsigned failures = 0;
    atomic_store(&hammering, true);
    assert_int_equal(pthread_create(&thread, NULL, hammer, NULL), 0);
    (void)isolate_many(&failures);
    atomic_store(&hammering, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(failures, 0);
    atomic_store(&hammering, true);
    pthread_t others[2];
    unsigned failed[2] = {0};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&others[i], NULL, isolate_many, &failed[i]), 0);
    assert_int_equal(pthread_create(&thread, NULL, hammer, NULL), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(others[i], NULL), 0);
    atomic_store(&hammering, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(failed[0] + failed[1], 0);
}

#define WATCHED(test) cmocka_unit_test_setup_teardown(test, watch, assert_nothing_is_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHED(what_the_work_wrote_comes_back),
        WATCHED(fifty_megabytes_come_back_whole),
        WATCHED(the_error_of_the_work_comes_back_without_its_output),
        WATCHED(a_crash_is_told_and_survived),
        WATCHED(an_exit_is_told_and_survived),
        WATCHED(an_endless_loop_ends_at_the_deadline),
        WATCHED(a_deadline_that_has_passed_makes_no_child),
        WATCHED(the_guard_is_held_only_while_the_child_is_made),
        WATCHED(handlers_of_the_application_do_not_run_in_the_child),
        WATCHED(the_child_keeps_no_descriptor_of_the_application),
        WATCHED(closed_standard_streams_are_no_hindrance),
        WATCHED(a_refused_pipe_is_told_in_words),
        WATCHED(a_thread_that_allocates_all_the_time_does_not_hang_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
