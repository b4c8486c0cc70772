/* See task.h. */
#define _GNU_SOURCE
#include "base/task.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

enum { STACK_SIZE = 512 * 1024 };

typedef struct call {
    void (*run)(void *);
    void *context;
} call;

static void *run_call(void *argument)
{
    const call c = *(call *)argument;
    free(argument);
    c.run(c.context);
    return NULL;
}

static bool start_thread(pthread_t *thread, call *argument)
{
    sigset_t all;
    sigset_t before;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes))
        return false;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)sigfillset(&all);
    bool is_started = false;
    if (!pthread_sigmask(SIG_SETMASK, &all, &before)) { /* a thread inherits the mask */
        is_started = !pthread_create(thread, &attributes, run_call, argument);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    (void)pthread_attr_destroy(&attributes);
    return is_started;
}

bool rg__task_try(rg__task *self, void (*run)(void *), void *context)
{
    self->is_running = false;
    call *argument = malloc(sizeof *argument);
    if (!argument)
        return false;
    *argument = (call){run, context};
    self->is_running = start_thread(&self->thread, argument);
    if (!self->is_running)
        free(argument);
    return self->is_running;
}

void rg__task_start(rg__task *self, void (*run)(void *), void *context, bool in_thread)
{
    self->is_running = false;
    if (!in_thread || !rg__task_try(self, run, context))
        run(context);
}

void rg__task_end(rg__task *self)
{
    if (self->is_running)
        (void)pthread_join(self->thread, NULL);
    self->is_running = false;
}

bool rg__has_processors(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set))
        return CPU_COUNT(&set) > 1;
#endif
    return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}
