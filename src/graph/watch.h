/* Telling a graph's monitor how far an analysis has come, and stopping when it says so (rg_graph_watched).
 *
 * A phase of an analysis begins with a watch of its own and counts its steps (a node, an edge: what takes 1 to
 * 100 ns). The count runs down in the watch, so that a step costs a subtraction, and without a monitor never
 * gets to its end. A loop ends when rg__tick is true, what follows it does not matter, and the phase
 * returns rg__watch_status. */
#ifndef RG_GRAPH_WATCH_H
#define RG_GRAPH_WATCH_H

#include <refgraph/graph.h>

enum {
    RG__TICK_EDGES = 1 << 12
}; /* of one node that are looked at between two ticks, where it has so many */

/* On the stack of the thread that works; the graph outlives it. */
typedef struct rg__watch {
    const rg_monitor *monitor;
    const char *phase;
    uint64_t total; /* steps; an estimate; 0: not known */
    uint64_t done;  /* steps up to the last report */
    int64_t span;   /* steps from there to the next one */
    int64_t left;   /* of them */
    bool is_stopped;
} rg__watch;

/* Begin a phase, and report that. `phase` is static; `graph` NULL: nobody watches. */
rg__watch rg__watch_begin(const rg_graph *graph, const char *phase, uint64_t total);
/* The same for what is no graph yet; `monitor` NULL: nobody watches. It must outlive the watch. */
rg__watch rg__watch_of(const rg_monitor *monitor, const char *phase, uint64_t total);
/* The watch's countdown has ended: report. True: stop. */
bool rg__watch_report(rg__watch *self);

/* Count some steps; true: the monitor wants no more of them. */
static inline bool rg__tick(rg__watch *self, uint64_t steps)
{
    self->left -= (int64_t)steps;
    return self->left < 0 && rg__watch_report(self);
}

/* RG_OK or RG_ERR_CANCELLED. */
static inline rg_status rg__watch_status(const rg__watch *self)
{
    return self->is_stopped ? RG_ERR_CANCELLED : RG_OK;
}

/* memset in pieces, 64 bytes a step. RG_OK or RG_ERR_CANCELLED. */
RG_CHECKED rg_status rg__watch_fill(rg__watch *self, void *array, int byte, size_t size);

#endif
