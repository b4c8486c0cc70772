/* What runs with the GIL released, watched: the one place where an analysis is stopped by Ctrl-C and tells how
 * far it has come.
 *
 *     core_watch watch;
 *     const rg_graph *graph = core_watch_begin(&watch, self->graph);      the GIL is released
 *     status = rg_…_find(&found, graph, …);
 *     status = core_watch_end(&watch, status);                            and taken again
 *     if (status) {
 *         rg_…_dispose(&found);
 *         return convert_raise(status, …);
 *     }
 *
 * Fifty times a second the GIL is taken, signals are looked at, and the thread's progress function is called if
 * it has one (core_set_progress). Where either raises, the analysis gives up with RG_ERR_CANCELLED; convert_raise
 * leaves that exception as it is. */
#ifndef RG_EXT_CORE_WATCH_H
#define RG_EXT_CORE_WATCH_H

#include "convert.h"

#include <pythread.h>

typedef struct core_watch {
    PyThreadState *thread; /* while the GIL is released */
    PyObject *progress;    /* owned; NULL: nobody wants to know */
    double looked_at;      /* seconds: when the GIL was held last */
    rg_graph *handles[2];
    int handle_count;
} core_watch;

/* The graph to ask: `graph` watched, or itself where there is no memory for that. */
const rg_graph *core_watch_begin(core_watch *self, const rg_graph *graph);
/* The same where there is no graph yet: *out is who watches, as long as *self does. */
void core_watch_begin_alone(core_watch *self, rg_monitor *out);
/* The same for a second graph of the question. */
const rg_graph *core_watch_also(core_watch *self, const rg_graph *graph);
/* Take a lock that another thread may hold long. RG_OK or RG_ERR_CANCELLED. */
rg_status core_watch_lock(core_watch *self, PyThread_type_lock lock);
/* `status`, or RG_ERR_CANCELLED where an exception is set. */
rg_status core_watch_end(core_watch *self, rg_status status);

/* set_progress(callable or None) -> the one before: what this thread's analyses call with (phase, done, total). */
PyObject *core_set_progress(PyObject *module, PyObject *callable);

#endif
