/* See spawn.h. fork() copies the tables of all pages of a process, 20 to 40 ms a GB; this does not.
 *
 *   this thread ──clone, no exit signal──► supervisor ──clone, SIGCHLD──► the program
 *   sleeps until the supervisor ends       waits for it, kills it
 *                                          at the deadline
 *
 * execve sets a process' exit signal to SIGCHLD: hence the one between, which never executes anything. It has our
 * memory, as a child of vfork has, while this thread sleeps in the kernel; what it calls needs neither locks nor the
 * heap. The order and the picture are files in memory, so nobody waits for anybody to read. */
#define _GNU_SOURCE
#include "render/spawn.h"

#include "base/descriptors.h"
#include "render/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

bool rg__spawn_find(char *out, size_t size)
{
    static const char *const places[] = {"refgraph-draw", "refgraph/refgraph-draw"};
    Dl_info info;
    if (!dladdr((const void *)(uintptr_t)rg__spawn_find, &info) || !info.dli_fname ||
        info.dli_fname[0] != '/')
        return false;
    const int folder = (int)(strrchr(info.dli_fname, '/') - info.dli_fname) + 1;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const int length = snprintf(out, size, "%.*s%s", folder, info.dli_fname, places[i]);
        if (length > 0 && (size_t)length < size && !access(out, X_OK))
            return true;
    }
    return false;
}

#if defined(__linux__) && defined(SYS_memfd_create)

enum { STACK = 65536, CANNOT_EXECUTE = 127 };

/* Shared by this thread, the supervisor and, until it executes, the child that becomes the program. */
typedef struct launch {
    const char *program;
    pid_t supervisor;
    int order, result; /* files */
    double until;
    char *stacks; /* two */
    int failure;  /* errno of what could not be started */
    int wait_status;
    bool is_late;
} launch;

/* Two functions do not return: a sanitizer would hold what they leave on their stacks for alive. */
#define LEAVES_ITS_STACK __attribute__((no_sanitize("address")))

/* ---- in the child that becomes the program ---- */

LEAVES_ITS_STACK static int become_program(void *context)
{
    launch *l = context;
    char *const arguments[] = {(char *)(uintptr_t)l->program, NULL};
    sigset_t none;
    (void)sigemptyset(&none);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* is not inherited */
    if (getppid() != l->supervisor)
        _exit(CANNOT_EXECUTE);
    (void)signal(SIGTSTP, SIG_IGN); /* a stopped one would not end before the deadline */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execv(l->program, arguments);
    l->failure = errno;
    _exit(CANNOT_EXECUTE);
}

/* ---- in the supervisor: all signals are blocked ---- */

/* The two files become its input and output; all other descriptors are closed. */
static void arrange_files(const launch *l)
{
    const int order = fcntl(l->order, F_DUPFD, 3);
    const int result = fcntl(l->result, F_DUPFD, 3);
    const int null = open("/dev/null", O_RDWR);
    (void)dup2(order, 0);
    (void)dup2(result, 1);
    (void)dup2(null, 2);
    rg__close_descriptors(3, ~0U);
}

static void wait_for_program(launch *l, pid_t pid)
{
    sigset_t ended;
    (void)sigemptyset(&ended);
    (void)sigaddset(&ended, SIGCHLD);
    while (!waitpid(pid, &l->wait_status, WNOHANG)) {
        const double left = l->until - rg__now();
        if (left <= 0) {
            l->is_late = true;
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &l->wait_status, 0);
            return;
        }
        const double step = left < 1 ? left : 1;
        const struct timespec t = {(time_t)step, (long)((step - (double)(time_t)step) * 1e9)};
        (void)sigtimedwait(&ended, NULL, &t);
    }
}

LEAVES_ITS_STACK static int supervise(void *context)
{
    launch *l = context;
    l->supervisor = getpid();
    rg__child_detach();
    arrange_files(l);
    const pid_t pid = clone(become_program, l->stacks + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, l);
    if (pid < 0)
        l->failure = errno;
    else
        wait_for_program(l, pid);
    _exit(0);
}

/* ---- in this process ---- */

/* Whether the supervisor ran to its end. */
static bool run(launch *l)
{
    sigset_t all;
    sigset_t before;
    int status = 0;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = clone(supervise, l->stacks + (size_t)2 * STACK, CLONE_VM | CLONE_VFORK, l);
    if (pid < 0)
        l->failure = errno;
    while (pid >= 0 && waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {}
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid < 0 || (WIFEXITED(status) && !WEXITSTATUS(status));
}

/* What the program has written: a report and a picture. False: it is not whole. */
static bool read_result(rg_status *status, rg_buffer *out, int fd, rg_error *error)
{
    struct stat file;
    rg__report report;
    if (fstat(fd, &file) || (uint64_t)file.st_size < sizeof report)
        return false;
    const size_t size = (size_t)file.st_size;
    const char *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    *status = RG_ERR_NOMEM;
    if (data == MAP_FAILED)
        return true;
    memcpy(&report, data, sizeof report);
    const bool is_whole = report.size == size - sizeof report;
    if (is_whole)
        *status = report.status ? rg__report_explain(&report, error)
                                : rg_buffer_add(out, data + sizeof report, size - sizeof report);
    (void)munmap((void *)(uintptr_t)data, size);
    return is_whole;
}

static int file_in_memory(const char *name)
{
    enum { CLOSE_ON_EXEC = 1 }; /* MFD_CLOEXEC */
    return (int)syscall(SYS_memfd_create, name, CLOSE_ON_EXEC);
}

static rg_status conclude(bool *is_done, bool *is_cpu_over, const launch *l, double seconds,
                          rg_buffer *out, rg_error *error)
{
    const int status = l->wait_status;
    const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    /* the dynamic linker ends a program whose libraries it cannot find as what cannot be executed */
    *is_done = !l->failure && exit_status != RG__OTHER_VERSION && exit_status != CANNOT_EXECUTE;
    if (!*is_done)
        return RG_OK;
    rg_status result = RG_OK;
    if (WIFEXITED(status) && !WEXITSTATUS(status) && read_result(&result, out, l->result, error))
        return result;
    *is_cpu_over = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
    return rg__child_explain(l->is_late || *is_cpu_over ? RG_ERR_TIMEOUT : RG_ERR_GRAPHVIZ, status,
                             seconds, error);
}

rg_status rg__spawn(bool *is_done, bool *is_cpu_over, const char *program, const rg_buffer *order,
                    rg__deadline deadline, rg_buffer *out, rg_error *error)
{
    *is_done = *is_cpu_over = false;
    if (rg__now() >= deadline.until) {
        *is_done = true;
        return rg__child_explain(RG_ERR_TIMEOUT, -1, deadline.seconds, error);
    }
    launch l = {.program = program, .until = deadline.until, .wait_status = -1};
    l.order = file_in_memory("refgraph-order");
    l.result = file_in_memory("refgraph-picture");
    void *stacks = mmap(NULL, (size_t)2 * STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    rg_status status = RG_OK;
    if (l.order >= 0 && l.result >= 0 && stacks != MAP_FAILED &&
        rg__write_all(l.order, order->data, order->size) && !lseek(l.order, 0, SEEK_SET)) {
        l.stacks = stacks;
        if (run(&l)) {
            status = conclude(is_done, is_cpu_over, &l, deadline.seconds, out, error);
        } else { /* somebody killed the supervisor: the program went with it */
            *is_done = true;
            status = rg_error_set(error, RG_ERR_GRAPHVIZ,
                                  "the process that waited for the picture was killed");
        }
    }
    if (stacks != MAP_FAILED)
        (void)munmap(stacks, (size_t)2 * STACK);
    if (l.order >= 0)
        (void)close(l.order);
    if (l.result >= 0)
        (void)close(l.result);
    return status;
}

#else

rg_status rg__spawn(bool *is_done, bool *is_cpu_over, const char *program, const rg_buffer *order,
                    rg__deadline deadline, rg_buffer *out, rg_error *error)
{
    (void)program, (void)order, (void)deadline, (void)out, (void)error;
    *is_done = *is_cpu_over = false;
    return RG_OK;
}

#endif
