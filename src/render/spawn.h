/* Have a program of our own draw: a process that shares nothing with this one, whose cost does not depend on how large
 * this one is. */
#ifndef RG_RENDER_SPAWN_H
#define RG_RENDER_SPAWN_H

#include "render/deadline.h"

#include <refgraph/base.h>

/* Where the program lies: beside the library that this is part of, or in "refgraph" beside it. NUL-terminated in `out`;
 * false: there is none. */
bool rg__spawn_find(char *out, size_t size);

/* Run it on an order (wire.h) and append the picture to `out`. *is_done is false where it could not be started, or is
 * of another version: draw by other means then. Otherwise: RG_OK; the program's status; RG_ERR_TIMEOUT, also for an
 * order whose processor time was over (*is_cpu_over); RG_ERR_GRAPHVIZ when it died; RG_ERR_IO, RG_ERR_NOMEM. No signal
 * reaches the application, its waitpid(-1) sees no child, and when this returns the program has ended. */
RG_CHECKED rg_status rg__spawn(bool *is_done, bool *is_cpu_over, const char *program,
                               const rg_buffer *order, rg__deadline deadline, rg_buffer *out,
                               rg_error *error);

#endif
