/* A table that leaves as Arrow batches: its columns, and what a batch of one is made of.
 *
 *   rg__table  ──columns──►  rg__column: name, layout, how to fill it
 *      ▲                          │ fill(first row)
 *      │ a reference each         ▼
 *   stream, batches, columns ◄── rg__cells: the buffers of one column of one batch
 *
 * A table is freed, and the options' release called, when the last of what came of it is released. */
#ifndef RG_ARROW_TABLE_H
#define RG_ARROW_TABLE_H

#include <refgraph/arrow.h>

#include "base/memory.h"
#include "graph/strings.h"

#include <stdatomic.h>

enum { RG__MOST_COLUMNS = 32 };

/* How the values of a column lie in memory. */
typedef enum rg__layout {
    RG__BOOL = 0,
    RG__U8,
    RG__U32,
    RG__U64,
    RG__TEXT,     /* UTF-8 with 64-bit offsets: a batch of names may have any size */
    RG__SYMBOL8,  /* dictionary: int8 into symbols */
    RG__SYMBOL32, /* dictionary: int32 into symbols */
    RG__LAYOUT_COUNT
} rg__layout;

/* Sets of texts that dictionaries are made of. */
typedef enum rg__symbol_set {
    RG__TYPE_NAMES = 0, /* by type */
    RG__MODULE_NAMES,   /* by type */
    RG__OWNER_NAMES,    /* by owner */
    RG__FIRST_FIXED,    /* from here on by the enumerator */
    RG__KINDS = RG__FIRST_FIXED,
    RG__TEXT_FORMS,
    RG__NAME_KINDS,
    RG__STRENGTHS,
    RG__ROOT_KINDS,
    RG__OWNER_KINDS,
    RG__SYMBOL_SET_COUNT
} rg__symbol_set;

/* A dictionary: texts, each once, and which of them an item has. Zeroed: not made yet. */
typedef struct rg__symbols {
    rg__strings strings;
    int32_t *offsets; /* strings.count + 1 */
    size_t offset_room;
    uint32_t *of; /* per item */
    size_t of_room;
    const void *buffers[3]; /* validity, offsets, bytes */
} rg__symbols;

struct rg__column;

typedef struct rg__table {
    atomic_size_t references;
    rg_allocator allocator;
    const rg_graph *graph;
    rg_arrow_options options;
    uint64_t row_count;
    const struct rg__column *columns[RG__MOST_COLUMNS];
    size_t column_count;
    rg_type_totals totals; /* found for the first batch, as the symbols are */
    rg__symbols symbols[RG__SYMBOL_SET_COUNT];
} rg__table;

rg__table *rg__table_keep(rg__table *self);
void rg__table_drop(rg__table *self);

/* The values of one column of one batch. Values are owned, or borrowed from what the table keeps alive. */
typedef struct rg__cells {
    size_t count;      /* rows */
    uint8_t *validity; /* a bit a row; NULL: no null */
    void *values;      /* owned: by layout; of a text the `count` + 1 offsets */
    const void *borrowed;
    rg_buffer text;
    size_t null_count;
    size_t validity_size, values_size; /* bytes allocated */
} rg__cells;

/* What a column is only there with. */
typedef enum rg__need { RG__ALWAYS = 0, RG__WITH_RETAINED, RG__WITH_OWNERS } rg__need;

typedef rg_status rg__fill(rg__cells *out, const rg__table *table, const struct rg__column *column,
                           uint64_t first);

typedef struct rg__column {
    const char *name;
    rg__fill *fill;
    rg__layout layout;
    rg__symbol_set symbols; /* of a dictionary */
    rg__need need;
    uint32_t argument; /* of fill */
    bool is_nullable;
    bool is_borrowed; /* fill sets `borrowed`, and no values are allocated */
} rg__column;

static inline void rg__set_null(rg__cells *cells, size_t row)
{
    cells->validity[row / 8] &= (uint8_t) ~(1U << row % 8);
    cells->null_count++;
}

/* The text written so far ends row `row`. */
static inline void rg__end_text(rg__cells *cells, size_t row)
{
    ((int64_t *)cells->values)[row + 1] = (int64_t)cells->text.size;
}

static inline bool rg__is_dictionary(rg__layout layout)
{
    return layout == RG__SYMBOL8 || layout == RG__SYMBOL32;
}

/* The symbols of a dictionary's column, where its items are `of`: made if they are not. RG_ERR_LIMIT: over 2 GiB. */
RG_CHECKED rg_status rg__symbols_make(rg__table *table, rg__symbol_set set);
void rg__symbols_dispose(rg__symbols *self, const rg_allocator *allocator);

/* The number of the row. */
rg__fill rg__fill_id;
/* The symbol whose item is the row: what a type is called, its module, an owner. */
rg__fill rg__fill_symbol;

/* The columns of each table. */
extern const rg__column rg__node_columns[];
extern const size_t rg__node_column_count;
extern const rg__column rg__edge_columns[];
extern const size_t rg__edge_column_count;
extern const rg__column rg__type_columns[];
extern const size_t rg__type_column_count;
extern const rg__column rg__root_columns[];
extern const size_t rg__root_column_count;
extern const rg__column rg__owner_columns[];
extern const size_t rg__owner_column_count;

/* Export; both need a table with columns, the batch its symbols too. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__schema_export(struct ArrowSchema *out, rg__table *table);
RG_CHECKED rg_status rg__batch_export(struct ArrowArray *out, rg__table *table, uint64_t first,
                                      size_t rows);

#endif
