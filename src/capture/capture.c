/* One capture in this process, from checks to graph:
 *
 *   prepare   GIL      what needs a call of the interpreter, or anything that may lock or allocate elsewhere
 *   read      GIL      memory alone: this is what the child of a fork does as well (fork_child.c)
 *   sites     GIL      where objects were allocated, of tracemalloc
 *   release   GIL      collections go on
 *   build     no GIL   the graph
 *
 * Nothing of Python is made that lives longer than prepare and sites. */
#include "capture/rules.h"

#include <fenv.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

rg_status rg__capture_explain(rg_status status, rg_error *error)
{
    switch (status) {
    case RG_ERR_NOMEM:
        return rg_error_set(error, status, "not enough memory to capture the heap");
    case RG_ERR_LIMIT:
        return rg_error_set(error, status, "the heap has more than 2^32 - 2 objects");
    case RG_ERR_UNSUPPORTED:
        return rg_error_set(error, status, "gc.get_objects() did not give the objects");
    default:
        return status;
    }
}

rg_status rg__capture_read(rg__capture *c)
{
    rg_status status = rg__capture_walk(c);
    if (!status)
        status = rg__capture_nodes(c);
    if (!status)
        status = rg__account_prepare(c);
    if (!status && !c->options->only)
        status = rg__capture_lasting_roots(c);
    if (!status && !c->options->only)
        status = rg__capture_native_stack(c);
    return status;
}

/* In a debug build every graph is proved to be one; in a release build nothing is done. */
static rg_status check(rg_graph **graph, rg_error *error)
{
#ifdef NDEBUG
    (void)graph;
    (void)error;
    return RG_OK;
#else
    rg_status status = rg_graph_check(*graph, error);
    if (status) {
        rg_graph_free(*graph);
        *graph = NULL;
    }
    return status;
#endif
}

rg_status rg_capture(rg_graph **out, const rg_capture_options *options, rg_capture_cost *cost,
                     rg_error *error)
{
    const double begin = now();
    double pause_begin = begin;
    rg__capture c;
    fenv_t floating; /* numbers are written as text meanwhile, which raises flags */
    rg_status status = rg__capture_check(options, error);
    if (status)
        return status;
    (void)feholdexcept(&floating);
    (void)fesetround(FE_TONEAREST);
    status = rg__capture_prepare(&c, options, &pause_begin, error);
    if (!status)
        status = rg__capture_explain(rg__capture_read(&c), error);
    if (!status)
        status = rg__capture_explain(rg__capture_sites(&c), error);
    rg__capture_release(&c);
    const double pause = now() - pause_begin;
    PyThreadState *thread = PyEval_SaveThread();
    if (!status)
        status = rg__capture_explain(rg__capture_build(&c, out), error);
    if (!status)
        status = check(out, error);
    rg__capture_dispose(&c);
    PyEval_RestoreThread(thread);
    (void)fesetenv(&floating);
    if (!status && cost)
        *cost = (rg_capture_cost){.seconds = now() - begin, .pause_seconds = pause};
    return status;
}
