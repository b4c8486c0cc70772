/* A kernel that refuses a system call: an old one, or a file system that does not have what is asked for. */
#ifndef TEST_SUPPORT_KERNEL_H
#define TEST_SUPPORT_KERNEL_H

#include <stdbool.h>

/* From now on the call of that number (SYS_…) fails with an errno, in this process and those it makes: for a child that
 * ends soon. False: a sandbox does not let us. */
bool kernel_refuses(long call, int failure);

#endif
