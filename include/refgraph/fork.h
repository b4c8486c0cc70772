/** @file
 * Capture in a child: the process forks, pauses for as long as that takes, and goes on; the child reads the heap as
 * it was and writes the graph. Linux only; elsewhere RG_ERR_UNSUPPORTED, as where the system refuses.
 */
#ifndef REFGRAPH_FORK_H
#define REFGRAPH_FORK_H

#include <refgraph/capture.h>
#include <refgraph/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A capture that a child is at. One thread at a time. */
typedef struct rg_fork rg_fork;

/** Begin to capture as rg_capture does, in a child process. The caller holds the GIL, and is back once the child
 * exists: about as long as fork() takes, 10 to 30 ms a GB of resident memory.
 *
 * The child inherits no descriptor but those of its own, takes no lock, allocates by mapping memory and writes no
 * page of the heap. The application gets no SIGCHLD for it, and no wait of its own sees it. It ends with rg_fork_free,
 * and with the process: with the last that has the descriptor of rg_fork_fd, which a process that the application forks
 * meanwhile, and which executes nothing else, inherits. There the child ends once it has captured. It is the first to
 * go where memory runs out. What tracemalloc knows is not captured, and options->matches is not written:
 * rg_graph_origin of the result has the rules.
 *
 * @param path where the graph is to be saved, whole or not at all; NULL: in memory. It is used again when the capture
 * is finished: absolute, where the process may change its folder meanwhile.
 * @param save how, with `path`; NULL: the defaults. In memory all text is kept. Its origin is completed.
 * @return RG_OK; those of rg_capture and, with `path`, of rg_save_check; RG_ERR_ARGUMENT with options->only;
 * RG_ERR_IO: `path` cannot be written, errno says why; RG_ERR_UNSUPPORTED: no child, or no memory that is a file, can
 * be made here. Nothing is left then. */
RG_API RG_CHECKED rg_status rg_capture_fork(rg_fork **out, const rg_capture_options *options,
                                            const char *path, const rg_save_options *save,
                                            rg_error *error);

/** How long the caller held the GIL, in seconds. */
RG_API double rg_fork_pause_seconds(const rg_fork *self);
/** The child's process id. */
RG_API long rg_fork_process(const rg_fork *self);
/** A descriptor that becomes readable when there is something to finish; borrowed. */
RG_API int rg_fork_fd(const rg_fork *self);

/** Wait until there is something to finish; seconds below 0: for ever.
 * @return RG_OK, RG_ERR_TIMEOUT, or RG_ERR_IO with errno, EINTR among others. */
RG_API RG_CHECKED rg_status rg_fork_wait(const rg_fork *self, double seconds);

/** Wait, and take the result. *self is freed and NULL in every case; no file is left where it fails. Needs no GIL.
 * @param out the graph; NULL: it is not wanted, only its file.
 * @param cost of the capture, or NULL: its seconds end when the child has written the graph.
 * @return RG_OK; the status of the child: those of rg_capture and rg_graph_write; RG_ERR_IO: with errno, the file
 * could not be put in its place; with errno 0, the child died; RG_ERR_STATE: another process began it. */
RG_API RG_CHECKED rg_status rg_fork_finish(rg_graph **out, rg_fork **self, rg_capture_cost *cost,
                                           rg_error *error);

/** Give a capture up: its child is ended and nothing is left of it. In a process that did not begin it, only what
 * that process has of it is freed. */
RG_API void rg_fork_free(rg_fork *self);

#ifdef __cplusplus
}
#endif
#endif
