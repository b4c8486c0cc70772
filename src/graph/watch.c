/* See watch.h. */
#include "graph/watch.h"

#include "graph/graph_private.h"

#include <string.h>

enum {
    STEPS = 1 << 14,      /* between two reports, where the monitor does not say */
    FILL_PIECE = 1 << 16, /* bytes */
    FILL_STEP = 64        /* bytes that take as long as a step */
};

rg__watch rg__watch_begin(const rg_graph *graph, const char *phase, uint64_t total)
{
    return rg__watch_of(graph && graph->monitor.report ? &graph->monitor : NULL, phase, total);
}

rg__watch rg__watch_of(const rg_monitor *monitor, const char *phase, uint64_t total)
{
    rg__watch w = {
        .monitor = monitor,
        .phase = phase,
        .total = total,
        .span = !monitor         ? INT64_MAX
                : monitor->every ? monitor->every
                                 : STEPS,
    };
    w.left = w.span;
    if (monitor && monitor->report(monitor->context, phase, 0, w.total)) {
        w.is_stopped = true;
        w.left = 0; /* the first step asks */
    }
    return w;
}

bool rg__watch_report(rg__watch *self)
{
    if (self->is_stopped) {
        self->left = 0;
        return true;
    }
    self->done += (uint64_t)(self->span - self->left);
    self->left = self->span;
    if (!self->monitor)
        return false;
    const uint64_t done = self->total && self->done > self->total ? self->total : self->done;
    self->is_stopped =
        self->monitor->report(self->monitor->context, self->phase, done, self->total);
    if (self->is_stopped)
        self->left = 0;
    return self->is_stopped;
}

rg_status rg__watch_fill(rg__watch *self, void *array, int byte, size_t size)
{
    for (size_t at = 0; at < size; at += FILL_PIECE) {
        const size_t piece = size - at < FILL_PIECE ? size - at : FILL_PIECE;
        memset((char *)array + at, byte, piece);
        if (rg__tick(self, piece / FILL_STEP))
            break;
    }
    return rg__watch_status(self);
}
