/* Run a piece of work in a forked child with a deadline: whatever it does (crash, exit, hang), this process
 * goes on. */
#ifndef RG_RENDER_ISOLATE_H
#define RG_RENDER_ISOLATE_H

#include <refgraph/base.h>

/* The work: runs in the child. What it appends to `out` and its status and error text come back. */
typedef rg_status (*rg__isolated_work)(void *context, rg_buffer *out, rg_error *error);

/* `at_fork`, with true before and false after the child is made, in the parent: to hold a lock that the
 * child must find free of other threads; NULL: none. `deadline` in seconds.
 * RG_OK; the work's status; RG_ERR_TIMEOUT; RG_ERR_GRAPHVIZ when the child died; RG_ERR_IO when it could not
 * be made; RG_ERR_NOMEM. No signal reaches the application, its waitpid(-1) does not see the child, and when
 * this returns the child is gone. */
RG_CHECKED rg_status rg__isolate(rg__isolated_work work, void *context, void (*at_fork)(bool begin),
                                 double deadline, rg_buffer *out, rg_error *error);

#endif
