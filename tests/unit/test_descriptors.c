/* Closing descriptors, on kernels of today and before 5.9. In a child each time: this process needs its own. */
#define _GNU_SOURCE
#include "base/descriptors.h"
#include "kernel.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST = 100, COUNT = 20, SKIPPED = 77 };

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Whether of COUNT descriptors those are open that are not between `first` and `last`. */
static bool closes(unsigned first, unsigned last)
{
    for (int fd = FIRST; fd < FIRST + COUNT; fd++)
        if (dup2(STDOUT_FILENO, fd) != fd)
            return false;
    rg__close_descriptors(first, last);
    for (unsigned fd = FIRST; fd < FIRST + COUNT; fd++)
        if (is_open((int)fd) == (fd >= first && fd <= last))
            return false;
    return true;
}

static int closes_ranges(void)
{
    const bool is_right = closes(FIRST + 3, FIRST + 7) && closes(FIRST + 4, FIRST + 4) &&
                          closes(FIRST + 5, FIRST + 4) && closes(FIRST, ~0U) &&
                          closes(FIRST + 9, ~0U);
    return is_right ? 0 : 1;
}

static int closes_ranges_on_an_old_kernel(void)
{
#ifdef SYS_close_range
    return kernel_refuses(SYS_close_range, ENOSYS) ? closes_ranges() : SKIPPED;
#else
    return SKIPPED; /* it is that old */
#endif
}

static int exit_of(int (*work)(void))
{
    int status = 0;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid)
        _exit(work());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void what_is_in_the_range_is_closed_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(exit_of(closes_ranges), 0);
}

static void kernels_without_the_call_close_the_same(void **state)
{
    (void)state;
    const int end = exit_of(closes_ranges_on_an_old_kernel);
    if (end == SKIPPED)
        skip();
    assert_int_equal(end, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_the_range_is_closed_and_nothing_else),
        cmocka_unit_test(kernels_without_the_call_close_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
