/* Capture by fork, in the process that is captured. The child is made by clone(2) with no exit signal: the
 * application gets no SIGCHLD, only a wait with __WALL, ours, sees it, and no handler of pthread_atfork() runs.
 *
 *   parent   prepare · clone · release                         wait ─► load from the file
 *   child                 └─ read · build · write the file ─► report, through a pipe
 *
 * The file is memory (memfd), or stands beside the path that was asked for and is renamed at the end. */
#define _GNU_SOURCE
#include "capture/fork_private.h"

#include <refgraph/fork.h>

#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct rg_fork {
    rg_allocator allocator;
    pid_t child, owner;
    int pipe;            /* from the child */
    rg__whole_file file; /* what it writes; without names: memory */
    bool is_named;       /* has them */
    rg__fork_page *page;
    double begin, pause;
};

double rg__clock(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double rg_fork_pause_seconds(const rg_fork *self)
{
    return self->pause;
}

long rg_fork_process(const rg_fork *self)
{
    return (long)self->child;
}

int rg_fork_fd(const rg_fork *self)
{
    return self->pipe;
}

#ifdef __linux__

/* ---- what the child will need ---- */

/* A file without a name: memory, or where the system refuses that, one in the folder for temporary files. */
static int open_nameless(void)
{
    int fd = memfd_create("refgraph", MFD_CLOEXEC | MFD_ALLOW_SEALING);
#ifdef O_TMPFILE
    const char *folder = getenv("TMPDIR");
    if (fd < 0)
        fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    return fd;
}

static rg_status open_file(rg_fork *f, const char *path, rg_error *error)
{
    if (path) {
        const rg_status status = rg__whole_file_begin(&f->file, path, &f->allocator);
        const int failure = errno;
        f->is_named = !status;
        if (status == RG_ERR_IO)
            (void)rg_error_set(error, status, "cannot write '%.300s': %s", path, strerror(failure));
        errno = failure;
        return status;
    }
    f->file.fd = open_nameless();
    if (f->file.fd < 0)
        return rg_error_set(error, RG_ERR_UNSUPPORTED,
                            "the system gives no memory that is a file (memfd_create: %s)",
                            strerror(errno));
    return RG_OK;
}

static bool open_page(rg_fork *f)
{
    void *page =
        mmap(NULL, sizeof *f->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    f->page = page != MAP_FAILED ? page : NULL;
    return f->page;
}

/* ---- the child ---- */

/* End the child, if it is ours, and let go of it. *wait_status: how it ended; 0: not known. */
static void reap(rg_fork *self, bool kill_first, int *wait_status)
{
    *wait_status = 0;
    if (self->child <= 0 || self->owner != getpid())
        return;
    if (kill_first)
        (void)kill(self->child, SIGKILL);
    while (waitpid(self->child, wait_status, __WALL) < 0 && errno == EINTR)
        continue;
    self->child = 0;
}

static void dispose(rg_fork *self)
{
    const rg_allocator a = self->allocator;
    const int kept = errno;
    int ignored;
    if (self->pipe >= 0)
        (void)close(self->pipe);
    reap(self, true, &ignored);
    if (self->is_named && self->owner == getpid())
        rg__whole_file_abandon(&self->file);
    else if (self->file.fd >= 0)
        (void)close(self->file.fd);
    if (self->is_named && self->owner != getpid()) {
        rg_buffer_dispose(&self->file.target);
        rg_buffer_dispose(&self->file.beside);
    }
    if (self->page)
        (void)munmap(self->page, sizeof *self->page);
    rg__array_free(&a, self, 1, sizeof *self);
    errno = kept;
}

/* Between prepare and release, with the GIL. */
static rg_status make_child(rg_fork *f, rg__fork_job *job, rg_error *error)
{
    int ends[2];
    sigset_t all;
    sigset_t before;
    if (pipe2(ends, O_CLOEXEC))
        return rg_error_set(error, RG_ERR_UNSUPPORTED, "the system gives no pipe (%s)",
                            strerror(errno));
    f->pipe = ends[0];
    job->pipe = ends[1];
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler of the application there */
#if defined(__s390__) || defined(__s390x__)
    f->child = (pid_t)syscall(SYS_clone, NULL, 0UL, NULL, NULL, 0UL);
#else
    f->child = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
#endif
    if (f->child == 0)
        rg__fork_child(job);
    const int failure = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)close(ends[1]);
    if (f->child < 0)
        return rg_error_set(error, RG_ERR_UNSUPPORTED, "the system gives no child process (%s)",
                            strerror(failure));
    return RG_OK;
}

rg_status rg_capture_fork(rg_fork **out, const rg_capture_options *options, const char *path,
                          const rg_save_options *save, rg_error *error)
{
    static const rg_save_options all_text = {.text = RG_TEXT_ALL};
    static const rg_save_options defaults = {.text = RG_TEXT_TYPES};
    const rg_allocator a = rg__allocator_or_default(options ? options->allocator : NULL);
    rg_save_options of_memory = all_text;
    rg__capture c;
    fenv_t floating; /* the child writes numbers as text, as it is left here */
    rg_status status = rg__capture_check(options, error);
    if (!status && options && options->only)
        status =
            rg_error_set(error, RG_ERR_ARGUMENT, "some objects alone are captured in this process");
    if (!status && path && save)
        status = rg_save_check(save, error);
    if (status)
        return status;
    rg_fork *f = rg__array_new(&a, 1, sizeof *f);
    if (!f)
        return rg__capture_explain(RG_ERR_NOMEM, error);
    *f = (rg_fork){
        .allocator = a, .owner = getpid(), .pipe = -1, .file.fd = -1, .begin = rg__clock()};
    of_memory.origin = save ? save->origin : NULL;
    status = open_file(f, path, error);
    if (!status && !open_page(f))
        status = rg__capture_explain(RG_ERR_NOMEM, error);
    if (status || !f->page) {
        dispose(f);
        return status;
    }
    rg__fork_job job = {.capture = &c,
                        .save = !path  ? &of_memory
                                : save ? save
                                       : &defaults,
                        .begin = f->begin,
                        .file = f->file.fd,
                        .is_kept = path != NULL,
                        .page = f->page};
    double pause_begin = 0;
    (void)feholdexcept(&floating);
    (void)fesetround(FE_TONEAREST);
    status = rg__capture_prepare(&c, options, &pause_begin, error);
    if (!status)
        status = make_child(f, &job, error);
    rg__capture_release(&c);
    rg__capture_dispose(&c);
    (void)fesetenv(&floating);
    f->pause = f->page->pause_seconds = rg__clock() - pause_begin;
    if (status)
        dispose(f);
    else
        *out = f;
    return status;
}

/* ---- the result ---- */

rg_status rg_fork_wait(const rg_fork *self, double seconds)
{
    enum { LONGEST = 1000 * 1000 /* milliseconds that poll() is asked to wait at once */ };
    const double end = rg__clock() + seconds;
    for (;;) {
        struct pollfd ready = {.fd = self->pipe, .events = POLLIN};
        const double rest = seconds < 0 ? LONGEST : (end - rg__clock()) * 1e3;
        const int milliseconds = rest >= LONGEST ? LONGEST : rest > 0 ? (int)rest + 1 : 0;
        const int count = poll(&ready, 1, milliseconds);
        if (count)
            return count > 0 ? RG_OK : RG_ERR_IO;
        if (seconds >= 0 && rg__clock() >= end)
            return RG_ERR_TIMEOUT;
    }
}

static rg_status explain_death(int wait_status, rg_error *error)
{
    const int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    errno = 0;
    if (number == SIGKILL)
        return rg_error_set(
            error, RG_ERR_IO,
            "the child process that captured was killed (signal 9): by the system for "
            "want of memory, or by somebody");
    if (number)
        return rg_error_set(error, RG_ERR_IO, "the child process that captured died of signal %d",
                            number);
    return rg_error_set(error, RG_ERR_IO, "the child process that captured ended without a result");
}

/* Read what the child reports; its end is awaited in any case. */
static rg_status take_report(rg_fork *f, rg__fork_report *report, rg_error *error)
{
    size_t size = 0;
    ssize_t got = 1;
    int wait_status = 0;
    while (size < sizeof *report && got) {
        got = read(f->pipe, (char *)report + size, sizeof *report - size);
        if (got > 0)
            size += (size_t)got;
        else if (got < 0 && errno != EINTR)
            break;
    }
    (void)close(f->pipe);
    f->pipe = -1;
    reap(f, size < sizeof *report, &wait_status);
    if (size < sizeof *report)
        return explain_death(wait_status, error);
    if (report->status && error)
        *error = report->error;
    errno = report->failure;
    return (rg_status)report->status;
}

/* A graph that is the mapped file. Nobody but the child could write to one without a name. */
static rg_status load(rg_graph **out, rg_fork *f, rg_error *error)
{
    rg_load_options options = {.allocator = &f->allocator, .trust = !f->is_named};
    rg_file *file = NULL;
#ifdef F_ADD_SEALS
    if (!f->is_named)
        (void)fcntl(f->file.fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
#endif
    rg_status status = rg_file_open_fd(&file, f->file.fd, &options, NULL, error);
    if (!status)
        status = rg_file_finish(out, &file, NULL, NULL, error);
    rg_file_free(file);
    return status;
}

/* The file goes to its place. */
static rg_status keep(rg_fork *f, rg_error *error)
{
    if (!f->is_named)
        return RG_OK;
    f->is_named = false;
    const rg_status status = rg__whole_file_commit(&f->file);
    if (status)
        (void)rg_error_set(error, status, "cannot put the snapshot in its place: %s",
                           strerror(errno));
    return status;
}

rg_status rg_fork_finish(rg_graph **out, rg_fork **self, rg_capture_cost *cost, rg_error *error)
{
    rg_fork *f = *self;
    rg__fork_report report;
    rg_graph *graph = NULL;
    *self = NULL;
    if (f->owner != getpid()) {
        dispose(f);
        return rg_error_set(error, RG_ERR_STATE,
                            "another process, of which this one is a child, began this capture");
    }
    rg_status status = take_report(f, &report, error);
    if (!status && out)
        status = load(&graph, f, error);
    if (!status)
        status = keep(f, error);
    if (!status && out)
        *out = graph;
    else
        rg_graph_free(graph);
    if (!status && cost)
        *cost = (rg_capture_cost){.seconds = report.end - f->begin, .pause_seconds = f->pause};
    dispose(f);
    return status;
}

#else

rg_status rg_capture_fork(rg_fork **out, const rg_capture_options *options, const char *path,
                          const rg_save_options *save, rg_error *error)
{
    (void)out;
    (void)options;
    (void)path;
    (void)save;
    return rg_error_set(error, RG_ERR_UNSUPPORTED,
                        "a child that captures can be made on Linux only");
}

rg_status rg_fork_wait(const rg_fork *self, double seconds)
{
    (void)self;
    (void)seconds;
    return RG_ERR_UNSUPPORTED;
}

rg_status rg_fork_finish(rg_graph **out, rg_fork **self, rg_capture_cost *cost, rg_error *error)
{
    (void)out;
    (void)self;
    (void)cost;
    return rg_error_set(error, RG_ERR_UNSUPPORTED, "there is no capture");
}

static void dispose(rg_fork *self)
{
    (void)self;
}

#endif

void rg_fork_free(rg_fork *self)
{
    if (self)
        dispose(self);
}
