/* Closing what a process has open. */
#ifndef RG_BASE_DESCRIPTORS_H
#define RG_BASE_DESCRIPTORS_H

/* Close the descriptors from `first` to `last`, as far as they are open; nothing where `first` > `last`. A call or
 * two; on kernels before 5.9 (and where a sandbox forbids close_range) each of those below 65,536 is closed by itself,
 * some milliseconds. Allocates nothing and takes no lock: for a child that shares its parent's memory, or has what other
 * threads left of it. */
void rg__close_descriptors(unsigned first, unsigned last);

#endif
