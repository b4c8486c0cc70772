/* See child.h. */
#define _GNU_SOURCE
#include "render/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

bool rg__write_all(int fd, const void *data, size_t size)
{
    const char *p = data;
    while (size) {
        const ssize_t written = write(fd, p, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        p += written;
        size -= (size_t)written;
    }
    return true;
}

bool rg__report_write(int fd, rg_status status, const rg_buffer *out, const rg_error *error)
{
    rg__report report = {.status = (int32_t)status, .error = *error};
    report.size = status ? 0 : out->size;
    return rg__write_all(fd, &report, sizeof report) &&
           rg__write_all(fd, out->data, (size_t)report.size);
}

void rg__child_detach(void)
{
    const struct rlimit no_core = {0, 0};
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        (void)signal(signal_number, signal_number == SIGINT ? SIG_IGN : SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setrlimit(RLIMIT_CORE, &no_core);
#if defined(__linux__)
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

void rg__child_limit_cpu(double seconds)
{
    const time_t whole = (time_t)seconds;
    const struct itimerval limit = {
        .it_value = {whole, (suseconds_t)((seconds - (double)whole) * 1e6)}};
    if (seconds > 0)
        (void)setitimer(ITIMER_PROF, &limit, NULL);
}

rg_status rg__child_explain(rg_status status, int wait_status, double seconds, rg_error *error)
{
    if (status == RG_ERR_TIMEOUT)
        return rg_error_set(error, status, "the picture was not drawn within %.3g seconds",
                            seconds);
    if (status != RG_ERR_GRAPHVIZ)
        return status;
    if (wait_status >= 0 && WIFSIGNALED(wait_status))
        return rg_error_set(error, status, "Graphviz crashed (signal %d) in the child process",
                            WTERMSIG(wait_status));
    return rg_error_set(error, status, "Graphviz ended the child process (exit status %d)",
                        wait_status >= 0 ? WEXITSTATUS(wait_status) : -1);
}

rg_status rg__report_explain(rg__report *report, rg_error *error)
{
    report->error.text[sizeof report->error.text - 1] = '\0';
    return rg_error_set(error, (rg_status)report->status, "%s", report->error.text);
}
