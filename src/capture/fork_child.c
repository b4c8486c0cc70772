/* The child of a capture by fork. Of the threads of its process only the one that forked is here: whoever held a
 * lock will never release it. So the child takes none: it calls no malloc (its memory is an arena of mappings), no
 * stdio, nothing of Python that rg__capture_read does not call, and of the C library what only computes or asks the
 * kernel. What glibc caches of a thread (its id) is the parent's, because no library call made this process: nothing
 * that uses it is called.
 *
 * Nor does it write to memory that it shares with its parent: each page would be copied. */
#define _GNU_SOURCE
#include "capture/fork_private.h"

#ifdef __linux__

#include "base/arena.h"
#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_SET = 8 /* bytes of the kernel's */ };

/* ---- apart from the application ---- */

/* Every descriptor but two: what the application closes is closed at once. */
static void close_others(int a, int b)
{
    const unsigned low = (unsigned)(a < b ? a : b);
    const unsigned high = (unsigned)(a < b ? b : a);
    if (low)
        rg__close_descriptors(0, low - 1);
    rg__close_descriptors(low + 1, high - 1);
    rg__close_descriptors(high + 1, ~0U);
}

/* Where memory runs out, the observer goes first. */
static void volunteer_for_oom(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const ssize_t written = write(fd, "1000", 4);
    (void)written;
    (void)close(fd);
}

/* End with the parent: when nobody has the other end of the pipe any more, the kernel sends SIGIO, the only signal
 * that is not blocked here, and it ends the process. (PR_SET_PDEATHSIG would come with the end of the thread that
 * forked.) */
static void end_with_reader(int pipe)
{
    unsigned char whole_action[64] = {0}; /* the kernel's struct: SIG_DFL, no flags, no mask */
    unsigned char mask[SIGNAL_SET];
    memset(mask, 0xFF, sizeof mask);
    mask[(SIGIO - 1) / 8] &= (unsigned char)~(1U << (SIGIO - 1) % 8);
    (void)syscall(SYS_rt_sigaction, SIGIO, whole_action, NULL, (size_t)SIGNAL_SET);
    (void)fcntl(pipe, F_SETOWN, (int)syscall(SYS_getpid));
    (void)fcntl(pipe, F_SETFL, O_ASYNC);
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, (size_t)SIGNAL_SET);
}

static void stay_to_report(int pipe)
{
    (void)fcntl(pipe, F_SETFL, 0);
}

static void stand_apart(const rg__fork_job *job)
{
    const struct rlimit no_core = {0, 0};
    close_others(job->file, job->pipe);
    end_with_reader(job->pipe);
    volunteer_for_oom();
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_NAME, "refgraph");
}

/* ---- the work ---- */

static rg_status capture_graph(rg_graph **graph, rg__capture *c, rg_error *error)
{
    rg_status status = rg__capture_read(c);
    if (!status)
        status = rg__capture_build(c, graph);
    rg__capture_dispose(c);
#ifndef NDEBUG
    if (!status)
        return rg_graph_check(*graph, error);
#endif
    return rg__capture_explain(status, error);
}

/* The origin with what the capture has found out. `rules`: room for as many as there are. */
static void complete_origin(rg_origin *origin, const rg__fork_job *job,
                            const rg_capture_options *options, rg_origin_rule *rules)
{
    if (job->save->origin)
        *origin = *job->save->origin;
    for (size_t i = 0; i < options->rule_count; i++)
        rules[i] = (rg_origin_rule){options->rules[i].pattern, options->rules[i].strength,
                                    options->matches[i]};
    origin->rules = rules;
    origin->rule_count = options->rule_count;
    origin->pause_seconds = job->page->pause_seconds;
    origin->seconds = rg__clock() - job->begin;
}

static rg_status work(const rg__fork_job *job, const rg_allocator *a, int *failure, rg_error *error)
{
    rg__capture *c = job->capture;
    rg_capture_options options = *c->options;
    rg_save_options save = *job->save;
    rg_origin origin = {0};
    rg_graph *graph = NULL;
    const size_t room = options.rule_count + 1;
    rg_origin_rule *rules = rg__array_new(a, room, sizeof *rules);
    options.allocator = a;
    options.matches = rg__array_new(a, room, sizeof *options.matches);
    c->options = &options;
    rg__capture_use(c, a);
    if (!rules || !options.matches)
        return rg__capture_explain(RG_ERR_NOMEM, error);
    rg_status status = capture_graph(&graph, c, error);
    if (status)
        return status;
    complete_origin(&origin, job, &options, rules);
    save.origin = &origin;
    save.allocator = a;
    errno = 0;
    status = rg_graph_write(graph, job->file, &save, error);
    *failure = status == RG_ERR_IO ? errno : 0;
    if (!status && job->is_kept && fsync(job->file)) {
        *failure = errno;
        return rg_error_set(error, RG_ERR_IO, "cannot write the snapshot to the disk");
    }
    return status;
}

_Noreturn void rg__fork_child(const rg__fork_job *job)
{
    rg__arena arena = {.newest = NULL};
    const rg_allocator a = rg__arena_allocator(&arena);
    rg__fork_report report = {.status = RG_OK};
    int failure = 0;
    stand_apart(job);
    report.status = (int32_t)work(job, &a, &failure, &report.error);
    report.failure = failure;
    report.end = rg__clock();
    stay_to_report(job->pipe);
    ssize_t written;
    do
        written = write(job->pipe, &report, sizeof report);
    while (written < 0 && errno == EINTR);
    for (;;)
        (void)syscall(SYS_exit_group, written == (ssize_t)sizeof report ? 0 : 1);
}

#endif
