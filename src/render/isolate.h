/* Run a piece of work in a forked child with a deadline: whatever it does (crash, exit, hang), this process
 * goes on. */
#ifndef RG_RENDER_ISOLATE_H
#define RG_RENDER_ISOLATE_H

#include "render/deadline.h"

#include <refgraph/base.h>

/* The work: runs in the child. What it appends to `out` and its status and error text come back. */
typedef rg_status (*rg__isolated_work)(void *context, rg_buffer *out, rg_error *error);

/* A lock that is held, in the parent, while the child is made, so that no other thread is at work then on what
 * the child inherits. */
typedef struct rg__fork_guard {
    rg_status (*take)(rg__deadline deadline, rg_error *error); /* RG_OK: held */
    void (*release)(void);
} rg__fork_guard;

/* `guard` may be NULL.
 * RG_OK; the work's or the guard's status; RG_ERR_TIMEOUT (*is_cpu_over: the work's own limit, rg__child_limit_cpu); RG_ERR_GRAPHVIZ when the child died; RG_ERR_IO when
 * it could not be made; RG_ERR_NOMEM. No signal reaches the application, its waitpid(-1) does not see the
 * child, and when this returns the child is gone. */
RG_CHECKED rg_status rg__isolate(bool *is_cpu_over, rg__isolated_work work, void *context,
                                 const rg__fork_guard *guard, rg__deadline deadline, rg_buffer *out,
                                 rg_error *error);

#endif
