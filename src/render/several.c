/* Several pictures at once. What is laid out apart needs a thread here only to wait for it: so there are a few, and they
 * have ended when this returns. */
#define _GNU_SOURCE
#include <refgraph/render.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

enum { THREADS_MOST = 16 };

typedef struct work {
    rg_render_job *jobs;
    size_t count;
    atomic_size_t next;
} work;

static void *draw_what_is_left(void *context)
{
    work *w = context;
    for (;;) {
        const size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->count)
            return NULL;
        rg_render_job *job = &w->jobs[i];
        job->status =
            rg_render(&job->out, job->graph, job->sub, job->format, &job->options, &job->error);
    }
}

static size_t processor_count(void)
{
#if defined(__linux__)
    cpu_set_t allowed;
    if (!sched_getaffinity(0, sizeof allowed, &allowed))
        return (size_t)CPU_COUNT(&allowed);
#endif
    return 1;
}

/* How many can be drawn at once: those of this process wait for each other, and need its stack. */
static size_t thread_count(const rg_render_job *jobs, size_t count)
{
    size_t apart = 0;
    for (size_t i = 0; i < count; i++)
        apart += jobs[i].options.deadline > 0;
    const size_t processors = processor_count();
    const size_t most = processors < THREADS_MOST ? processors : THREADS_MOST;
    if (apart < count || count == 0)
        return 1;
    return count < most ? count : most;
}

void rg_render_all(rg_render_job *jobs, size_t count)
{
    work w = {.jobs = jobs, .count = count};
    pthread_t others[THREADS_MOST];
    size_t started = 0;
    sigset_t all;
    sigset_t before;
    const size_t threads = thread_count(jobs, count);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* the others handle no signal */
    while (started + 1 < threads && !pthread_create(&others[started], NULL, draw_what_is_left, &w))
        started++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)draw_what_is_left(&w);
    while (started)
        (void)pthread_join(others[--started], NULL);
}
