/** @file
 * A graph as Arrow streams, for engines that read tables: pyarrow, polars, DuckDB, anything that takes the Arrow C
 * stream interface (arrow.apache.org/docs/format/CStreamInterface.html). No Arrow library is needed: the interface
 * is three structs.
 *
 * Each table is a stream of record batches. The columns and what they mean are in docs/arrow.md. Nothing is
 * converted before it is asked for, and no more than one batch at a time; the targets of edges and what a node
 * retains are not copied at all.
 */
#ifndef REFGRAPH_ARROW_H
#define REFGRAPH_ARROW_H

#include <refgraph/analysis.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The structs of the interface, under the guards that its specification names: other headers have them too. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/** Rows of a batch, unless the options say otherwise. */
#define RG_ARROW_BATCH_ROWS 131072

/** The tables of a graph. A row's number is its id in the graph: of a node, a type, a root; the edge index of an
 * edge. */
typedef enum rg_arrow_table {
    RG_ARROW_NODES = 0,
    RG_ARROW_EDGES,
    RG_ARROW_TYPES,
    RG_ARROW_ROOTS,
    RG_ARROW_OWNERS, /**< needs rg_arrow_options.owners */
    RG_ARROW_TABLE_COUNT
} rg_arrow_table;

/** What a stream has besides the graph. A zeroed struct: nothing. */
typedef struct rg_arrow_options {
    uint64_t batch_rows;           /* at most 2^30; 0: RG_ARROW_BATCH_ROWS */
    const rg_retained *retained;   /* NULL: nodes without columns of what they retain */
    const rg_owners *owners;       /* NULL: nodes without owner; needs `distances` too */
    const rg_distances *distances; /* what names the owners */
    void (*release)(
        void *
            context); /* NULL: nothing to do. Called once, when the stream and every batch and column
                                       that came of it have been released: by any thread, without the GIL. Until
                                       then graph, retained, owners and distances must live and stay as they are */
    void *context;
} rg_arrow_options;

/** Open a stream over a table of a graph. On success *out is to be released as the interface says, and the options'
 * `release` will be called; on failure it will not. The stream may be read by one thread at a time, any; batches of
 * it by any number. O(1); the first batch costs one pass over the nodes for the names of types and owners.
 * `allocator` NULL means the graph's own; each thread that reads or releases calls it.
 * @return RG_OK, RG_ERR_NOMEM, RG_ERR_ARGUMENT (unknown table, too large batches, owners without distances or none
 * for their table, or retained, owners or distances of another graph). get_next of the stream returns ENOMEM or EOVERFLOW (names
 * of 2 GiB), and may be called again. */
RG_API RG_CHECKED rg_status rg_arrow_stream_new(struct ArrowArrayStream *out, const rg_graph *graph,
                                                rg_arrow_table table,
                                                const rg_arrow_options *options,
                                                const rg_allocator *allocator, rg_error *error);

#ifdef __cplusplus
}
#endif
#endif
