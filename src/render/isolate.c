/* A child made by clone(2) with no exit signal: the application gets no SIGCHLD, and only a wait with __WALL,
 * ours, sees it. It inherits memory in which other threads may have held malloc's locks (one an arena) at
 * that moment; glibc's fork would mend that, clone does not: so the child first takes every one of them, then
 * says hello, and one that does not in time is killed and made again.
 *
 *   child → parent, through a pipe:  one hello byte · report { status, size, error text } · size bytes */
#define _GNU_SOURCE
#include "render/isolate.h"

#include "base/descriptors.h"
#include "render/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum { CHUNK = 65536 };

/* ---- the child ---- */

static void detach(int fd)
{
    rg__child_detach();
    rg__close_descriptors(3, (unsigned)fd - 1);
    rg__close_descriptors((unsigned)fd + 1, ~0U);
    const int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3 && null >= 0; i++)
        if (i != fd)
            (void)dup2(null, i);
}

/* Hang here, where it is noticed soon, if any of malloc's locks is held by a thread that is not here. */
static void take_malloc_locks(void)
{
    void *probe = malloc(CHUNK);
    free(probe);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    (void)mallinfo2(); /* looks into every arena */
#elif defined(__GLIBC__)
    (void)mallinfo();
#endif
}

static _Noreturn void be_child(int fd, rg__isolated_work work, void *context)
{
    detach(fd);
    take_malloc_locks();
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    const bool ok = rg__write_all(fd, "!", 1);
    rg_buffer out = rg_buffer_empty(NULL);
    rg_error error = {{0}};
    const rg_status status = work(context, &out, &error);
    _exit(ok && rg__report_write(fd, status, &out, &error) ? 0 : 1);
}

static pid_t make_child(void)
{
#if defined(__linux__) && defined(SYS_clone)
    return (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
#else
    return fork();
#endif
}

/* ---- the parent ---- */

typedef struct child {
    pid_t pid;
    int fd; /* -1: none */
} child;

static rg_status start(child *out, rg__isolated_work work, void *context,
                       const rg__fork_guard *guard, rg__deadline deadline, rg_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return rg_error_set(error, RG_ERR_IO, "cannot make a pipe to draw in a child process: %s",
                            strerror(errno));
    const rg_status status = guard ? guard->take(deadline, error) : RG_OK;
    if (status) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return status;
    }
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all,
                          &before); /* no handler of the application in the child */
    const pid_t pid = make_child();
    if (pid == 0)
        be_child(ends[1], work, context);
    const int failure = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (guard)
        guard->release();
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return rg_error_set(error, RG_ERR_IO, "cannot make a child process to draw in: %s",
                            strerror(failure));
    }
    *out = (child){pid, ends[0]};
    return RG_OK;
}

/* End the child and tell how it ended (wait status), or -1 where somebody else collected it. */
static int finish(child *c, bool kill_it)
{
    int status = -1;
    if (kill_it)
        (void)kill(c->pid, SIGKILL);
#if defined(__WALL)
    const int options = __WALL;
#else
    const int options = 0;
#endif
    while (waitpid(c->pid, &status, options) < 0 && errno == EINTR) {}
    (void)close(c->fd);
    c->fd = -1;
    return status;
}

/* Read up to `size` bytes; fewer at the end of the file. -1: the time is over. */
static ssize_t read_some(int fd, void *data, size_t size, double until)
{
    for (;;) {
        const double left = until - rg__now();
        if (left <= 0)
            return -1;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const int ready = poll(&p, 1, left > 1e6 ? 1000000000 : (int)(left * 1e3) + 1);
        if (ready < 0 && errno != EINTR)
            return 0;
        if (ready <= 0)
            continue;
        const ssize_t got = read(fd, data, size);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        return got < 0 ? 0 : got;
    }
}

/* RG_OK when `size` bytes came; RG_ERR_TIMEOUT; RG_ERR_GRAPHVIZ at an early end. */
static rg_status read_exactly(int fd, void *data, size_t size, double until)
{
    char *p = data;
    while (size) {
        const ssize_t got = read_some(fd, p, size, until);
        if (got < 0)
            return RG_ERR_TIMEOUT;
        if (got == 0)
            return RG_ERR_GRAPHVIZ;
        p += got;
        size -= (size_t)got;
    }
    return RG_OK;
}

static rg_status receive(rg_buffer *out, int fd, rg__report *h, double until)
{
    rg_status status = read_exactly(fd, h, sizeof *h, until);
    char *chunk = status ? NULL : malloc(CHUNK);
    if (!status && !chunk)
        status = RG_ERR_NOMEM;
    for (uint64_t left = status ? 0 : h->size; left && !status;) {
        const size_t wanted = left < CHUNK ? (size_t)left : (size_t)CHUNK;
        status = read_exactly(fd, chunk, wanted, until);
        if (!status)
            status = rg_buffer_add(out, chunk, wanted);
        left -= wanted;
    }
    free(chunk);
    return status;
}

rg_status rg__isolate(bool *is_cpu_over, rg__isolated_work work, void *context,
                      const rg__fork_guard *guard, rg__deadline deadline, rg_buffer *out,
                      rg_error *error)
{
    const double until = deadline.until;
    const size_t before = out->size;
    child c = {.fd = -1};
    rg_status status = RG_ERR_TIMEOUT;
    double patience = 0.02;
    *is_cpu_over = false;
    for (; status == RG_ERR_TIMEOUT && rg__now() < until; patience *= 1.5) {
        char hello = 0;
        if (c.fd >= 0)
            (void)finish(&c, true);
        status = start(&c, work, context, guard, deadline, error);
        if (status)
            return status;
        const double hello_until = rg__now() + patience;
        status = read_exactly(c.fd, &hello, 1, hello_until < until ? hello_until : until);
    }
    rg__report h = {0};
    if (!status)
        status = receive(out, c.fd, &h, until);
    const int wait_status =
        c.fd >= 0 ? finish(&c, status != RG_OK && status != RG_ERR_GRAPHVIZ) : -1;
    if (!status && h.status)
        return rg__report_explain(&h, error);
    if (status && out->data) {
        out->size = before;
        out->data[before] = '\0';
    }
    *is_cpu_over = status == RG_ERR_GRAPHVIZ && wait_status >= 0 && WIFSIGNALED(wait_status) &&
                   WTERMSIG(wait_status) == SIGPROF;
    return rg__child_explain(*is_cpu_over ? RG_ERR_TIMEOUT : status, wait_status, deadline.seconds,
                             error);
}
