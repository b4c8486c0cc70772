/** @file
 * A graph as a file, to be read by another process, on another machine, under another CPython.
 *
 *   rg_graph ──rg_graph_save──► file ──rg_file_open──► rg_file ──rg_file_finish──► rg_graph
 *                                       O(1): header      all is verified
 *
 * The file holds a graph's arrays as they stand in memory (docs/file-format.md), so that a loaded graph is the
 * mapped file: nothing is copied or built. A file is untrusted. rg_file_open reads what says how large everything
 * is; rg_file_finish checks every byte against its checksum, and every length, offset and id, before the graph
 * exists. There is no graph that was not verified.
 */
#ifndef REFGRAPH_FILE_H
#define REFGRAPH_FILE_H

#include <refgraph/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RG_FILE_VERSION \
    1 /**< of the format: what this library writes, and the only one that it reads */

/** What of a heap's text a file holds. Addresses, sizes, counts and line numbers always stay. */
typedef enum rg_text_level {
    RG_TEXT_TYPES =
        0,       /**< the program's text and none of its data: names of types, modules, functions,
                            attributes, variables, files, and "3 items"; no contents of str, bytes, int or
                            float, no exception's message, no keys but those that are attributes, no name
                            of a thread but those that Python gives */
    RG_TEXT_ALL, /**< everything that the graph has */
    RG_TEXT_NONE /**< no name but those of the language and its builtins: every other is a number,
                            the same wherever it stands, so that all questions can still be asked */
} rg_text_level;
enum { RG_TEXT_LEVEL_COUNT = 3 };

typedef enum rg_compression {
    RG_COMPRESSION_NONE = 0,
    RG_COMPRESSION_ZSTD /**< a quarter of the size; is unpacked into memory when it is loaded */
} rg_compression;

/** Whether this build can write and read RG_COMPRESSION_ZSTD. */
RG_API bool rg_file_has_zstd(void);

/** A rule of the capture, and how many edges it named. */
typedef struct rg_origin_rule {
    rg_string pattern;
    rg_strength strength;
    uint64_t matches;
} rg_origin_rule;

/** Where a graph comes from. Strings and rules are borrowed: from the caller when it saves, from the rg_file or
 * the graph when it is loaded. A zeroed struct: nothing is known. */
typedef struct rg_origin {
    double captured_at;   /* seconds since 1970-01-01 UTC; 0: not known */
    double seconds;       /* that the capture took */
    double pause_seconds; /* of it with the GIL held */
    uint64_t process;     /* its id */
    uint64_t
        run; /* a number that no other process has, whatever its id: addresses of two snapshots mean
                     the same where it is the same; 0: not known */
    rg_string python;            /* "3.11.7" */
    rg_string implementation;    /* "cpython" */
    rg_string platform;          /* "linux x86_64" */
    rg_string library;           /* version of the refgraph that saved it; ignored when saving */
    const rg_origin_rule *rules; /* rule_count of them */
    size_t rule_count;
} rg_origin;

/** How to save. A zeroed struct takes every default. */
typedef struct rg_save_options {
    rg_text_level text;
    rg_compression compression;
    const rg_origin *origin;       /* NULL: that of a loaded graph, else not known */
    const rg_allocator *allocator; /* for working memory; NULL: the default */
} rg_save_options;

/** Whether saving would take these options, asked before the work whose result is to be saved.
 * @return RG_OK, RG_ERR_ARGUMENT, or RG_ERR_UNSUPPORTED: zstd in a build without it, or a big-endian machine. */
RG_API RG_CHECKED rg_status rg_save_check(const rg_save_options *options, rg_error *error);

/** Save a graph as the file `path`, which appears whole or not at all: it is written beside, flushed to the disk
 * and renamed. What it replaces keeps its permission bits. The same graph with the same options gives the same
 * bytes.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT, RG_ERR_UNSUPPORTED (zstd, in a build without it), RG_ERR_LIMIT (an origin
 * of more than 1 MiB), or RG_ERR_IO: errno says why. O(V + E); working memory 256 KiB, with text left out 5 bytes a string more, with zstd 10 MiB. */
RG_API RG_CHECKED rg_status rg_graph_save(const rg_graph *self, const char *path,
                                          const rg_save_options *options, rg_error *error);

/** The same into an open file, from its first byte on; what it held behind the last is cut off. Calls write
 * functions of the system and options->allocator and nothing else that locks or allocates, so that a forked child
 * may use it. The header is written last: what was left unfinished is no refgraph file. The descriptor must be of
 * a regular file or memfd; it is neither flushed nor closed. */
RG_API RG_CHECKED rg_status rg_graph_write(const rg_graph *self, int fd,
                                           const rg_save_options *options, rg_error *error);

/** A file whose header has been read, and nothing else. */
typedef struct rg_file rg_file;

/** How to load. A zeroed struct takes every default. */
typedef struct rg_load_options {
    const rg_allocator *allocator; /* NULL: the default */
    bool
        copy; /* read the file into memory instead of mapping it. A mapped file must not be changed in
                  place while the graph lives: bytes cut off it end the process (SIGBUS). What
                  rg_graph_save replaces is a new file, and harms nobody who has the old one open */
    bool trust; /* verify nothing but the header: only for a file that this process or its child has
                   just written where nobody else can write. An altered one crashes what reads it */
} rg_load_options;

/** Open a file and read its header. O(1) with a mapping.
 * @param offset on RG_ERR_FILE the byte of the file at which it is wrong; or NULL.
 * @return RG_OK; RG_ERR_FILE: it is no refgraph file, of another version, cut short or altered; RG_ERR_IO: errno
 * says why; RG_ERR_UNSUPPORTED: it needs zstd, or a little-endian machine; RG_ERR_NOMEM. */
RG_API RG_CHECKED rg_status rg_file_open(rg_file **out, const char *path,
                                         const rg_load_options *options, uint64_t *offset,
                                         rg_error *error);
/** The same for a descriptor, which is not needed afterwards. */
RG_API RG_CHECKED rg_status rg_file_open_fd(rg_file **out, int fd, const rg_load_options *options,
                                            uint64_t *offset, rg_error *error);
RG_API void rg_file_free(rg_file *self);

RG_API uint32_t rg_file_node_count(const rg_file *self);
RG_API uint64_t rg_file_edge_count(const rg_file *self);
RG_API uint64_t rg_file_size(const rg_file *self); /**< bytes */
RG_API rg_text_level rg_file_text(const rg_file *self);
/** Borrowed from the file. */
RG_API const rg_origin *rg_file_origin(const rg_file *self);

/** Verify everything, unpack what is compressed, and turn the file into a graph. On success *out is owned by the
 * caller and *self is NULL; on failure the file is untouched. Any thread may call it, none twice at a time.
 * @param monitor is told how far it has come, and may stop it; or NULL.
 * @param offset as above; of what is compressed, where its section begins.
 * @return RG_OK, RG_ERR_FILE, RG_ERR_NOMEM, RG_ERR_CANCELLED. O(file), less than a nanosecond a byte; 8 bytes a node while it runs. */
RG_API RG_CHECKED rg_status rg_file_finish(rg_graph **out, rg_file **self,
                                           const rg_monitor *monitor, uint64_t *offset,
                                           rg_error *error);

/** rg_file_open and rg_file_finish. */
RG_API RG_CHECKED rg_status rg_graph_load(rg_graph **out, const char *path,
                                          const rg_load_options *options, uint64_t *offset,
                                          rg_error *error);

/** Where a loaded graph comes from; NULL: it was not loaded. Borrowed from the graph. */
RG_API const rg_origin *rg_graph_origin(const rg_graph *self);

#ifdef __cplusplus
}
#endif
#endif
