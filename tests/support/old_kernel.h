/* A kernel that does not know a system call yet. */
#ifndef TEST_SUPPORT_OLD_KERNEL_H
#define TEST_SUPPORT_OLD_KERNEL_H

#include <stdbool.h>

/* From now on, in this process and those it makes, close_range fails with ENOSYS. False: a sandbox does not let us. */
bool old_kernel_without_close_range(void);

#endif
