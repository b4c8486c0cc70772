/** @file
 * Status, error text, allocator, bytes: what every other header stands on.
 *
 * Conventions of all refgraph headers
 *   - A function that can fail returns rg_status (RG_OK is 0) and writes its outputs only on success.
 *   - Where words help, the last parameter is an optional `rg_error *` (NULL: not wanted).
 *   - Nothing here prints, aborts, exits, or keeps a thread-local error.
 *   - Owners come in pairs: new/free for opaque objects (free accepts NULL), find/dispose for
 *     result structs (dispose accepts a zeroed struct and leaves it zeroed).
 *   - Sizes are bytes, times are seconds, ids are dense and start at 0.
 */
#ifndef REFGRAPH_BASE_H
#define REFGRAPH_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define RG_API __attribute__((visibility("default")))
#define RG_CHECKED __attribute__((warn_unused_result))
#define RG_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define RG_API
#define RG_CHECKED
#define RG_PRINTF(text, first)
#endif

#define RG_VERSION_MAJOR 0
#define RG_VERSION_MINOR 1
#define RG_VERSION_PATCH 0
#define RG_VERSION "0.1.0"

/** How a call ended. */
typedef enum rg_status {
    RG_OK = 0,
    RG_ERR_NOMEM,       /**< an allocation failed; everything is as before the call */
    RG_ERR_ARGUMENT,    /**< a parameter is outside its documented range */
    RG_ERR_LIMIT,       /**< more nodes, names or bytes than the format holds */
    RG_ERR_STATE,       /**< not now: a collection is running, a graph is already finished, … */
    RG_ERR_IO,          /**< the operating system refused a file, a pipe or a process */
    RG_ERR_UNSUPPORTED, /**< this build, interpreter or Graphviz cannot do it */
    RG_ERR_GRAPHVIZ,    /**< Graphviz reported an error, or died in the child that ran it */
    RG_ERR_TIMEOUT,     /**< the deadline passed */
    RG_ERR_FILE,        /**< a file is damaged, of another version, or none of refgraph's */
    RG_ERR_CANCELLED    /**< a monitor asked to stop; everything is as before the call */
} rg_status;

/** A short English phrase for a status; static, never NULL. */
RG_API const char *rg_status_text(rg_status status);

/** One line of text for a failed call: caller-owned, no allocation, always terminated. */
typedef struct rg_error {
    char text[512];
} rg_error;

/** Write a formatted line into *error (NULL: ignored), cut at the end of a UTF-8 character, and
 * return `status`, so that a failing function ends in one statement. */
RG_API rg_status rg_error_set(rg_error *error, rg_status status, const char *format, ...)
    RG_PRINTF(3, 4);

/** The allocator: one realloc-shaped function, copied into each object that uses it.
 * resize(context, NULL, 0, n) allocates, resize(context, p, old, 0) frees and returns NULL,
 * otherwise it resizes and keeps the first min(old, new) bytes. On failure it returns NULL and the
 * old block stays valid. `old_size` is exact. Must be callable from any thread, without the GIL. */
typedef struct rg_allocator {
    void *context;
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size);
} rg_allocator;

/** The C library's realloc; on Linux, blocks of 4 MiB and more are mappings with huge pages.
 * Wherever a function takes `const rg_allocator *`, NULL means this one. */
RG_API rg_allocator rg_allocator_default(void);

/** Who is told how far an analysis has come, and may stop it (rg_graph_watched). */
typedef struct rg_monitor {
    void *context;
    /** Called by the thread that runs the analysis, a thousand times a second or more often: look at a clock
     * before anything that takes long. `phase` is a word or two, static; `done` of `total` steps of that phase
     * are done, of about the same length each; `total` is an estimate, 0 where there is none. True: stop, the analysis gives up with
     * RG_ERR_CANCELLED. */
    bool (*report)(void *context, const char *phase, uint64_t done, uint64_t total);
    uint32_t every; /**< steps between two reports, 10 to 100 ns each; 0: some ten thousand */
} rg_monitor;

/** Bytes borrowed from somebody: not terminated, may hold NUL and any byte. */
typedef struct rg_string {
    const char *data;
    size_t size; /* bytes */
} rg_string;

/** A string literal or any terminated string as rg_string (borrowed). */
RG_API rg_string rg_string_of(const char *terminated);

/** Bytes owned by the caller: text or a file in memory. Start from rg_buffer_empty or zeroes;
 * `data` is NULL or terminated by a NUL that `size` does not count. */
typedef struct rg_buffer {
    char *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    rg_allocator allocator;
} rg_buffer;

/** An empty buffer that will use `allocator` (NULL: the default one). A zeroed struct does too. */
RG_API rg_buffer rg_buffer_empty(const rg_allocator *allocator);
/** Append bytes. RG_ERR_NOMEM leaves the buffer as it was. Amortised O(size). */
RG_API RG_CHECKED rg_status rg_buffer_add(rg_buffer *self, const void *data, size_t size);
/** Append formatted text; RG_ERR_NOMEM leaves the buffer as it was. */
RG_API RG_CHECKED rg_status rg_buffer_add_format(rg_buffer *self, const char *format, ...)
    RG_PRINTF(2, 3);
/** Free the bytes; the struct is zeroed. */
RG_API void rg_buffer_dispose(rg_buffer *self);

#ifdef __cplusplus
}
#endif
#endif
