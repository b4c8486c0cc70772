/* Streams over a table: what a reader calls, and how long a table lives. */
#include "arrow/table.h"

#include "graph/graph_private.h"

#include <errno.h>

static const uint64_t most_batch_rows = UINT64_C(1) << 30;

typedef struct reader {
    rg__table *table;
    uint64_t next;     /* the first row of the next batch */
    const char *error; /* of the last call; static */
} reader;

/* ---- tables ---- */

rg__table *rg__table_keep(rg__table *self)
{
    atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
    return self;
}

void rg__table_drop(rg__table *self)
{
    if (atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    const rg_allocator a = self->allocator;
    const rg_arrow_options options = self->options;
    for (int set = 0; set < RG__SYMBOL_SET_COUNT; set++)
        rg__symbols_dispose(&self->symbols[set], &a);
    rg_type_totals_dispose(&self->totals);
    rg__array_free(&a, self, 1, sizeof *self);
    if (options.release)
        options.release(options.context);
}

static void choose_columns(rg__table *self, const rg__column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const rg__need need = columns[i].need;
        if ((need == RG__WITH_RETAINED && !self->options.retained) ||
            (need == RG__WITH_OWNERS && !self->options.owners))
            continue;
        self->columns[self->column_count++] = &columns[i];
    }
}

static void choose_table(rg__table *self, rg_arrow_table table)
{
    const rg_graph *g = self->graph;
    switch (table) {
    case RG_ARROW_NODES:
        self->row_count = rg_graph_node_count(g);
        choose_columns(self, rg__node_columns, rg__node_column_count);
        break;
    case RG_ARROW_EDGES:
        self->row_count = rg_graph_edge_count(g);
        choose_columns(self, rg__edge_columns, rg__edge_column_count);
        break;
    case RG_ARROW_TYPES:
        self->row_count = rg_graph_type_count(g);
        choose_columns(self, rg__type_columns, rg__type_column_count);
        break;
    case RG_ARROW_ROOTS:
        self->row_count = rg_graph_root_count(g);
        choose_columns(self, rg__root_columns, rg__root_column_count);
        break;
    case RG_ARROW_OWNERS:
        self->row_count = self->options.owners->count;
        choose_columns(self, rg__owner_columns, rg__owner_column_count);
        break;
    case RG_ARROW_TABLE_COUNT:
        break;
    }
}

/* What the batches need besides the graph; made once. */
static rg_status prepare(rg__table *self)
{
    rg_status status = RG_OK;
    if (!self->totals.items && rg_graph_type_count(self->graph))
        status = rg_type_totals_find(&self->totals, self->graph, &self->allocator);
    for (size_t i = 0; i < self->column_count && !status; i++)
        if (rg__is_dictionary(self->columns[i]->layout))
            status = rg__symbols_make(self, self->columns[i]->symbols);
    return status;
}

/* ---- what a reader calls ---- */

static int answer(reader *r, rg_status status)
{
    r->error = status ? rg_status_text(status) : NULL;
    return status == RG_OK          ? 0
           : status == RG_ERR_NOMEM ? ENOMEM
           : status == RG_ERR_LIMIT ? EOVERFLOW
                                    : EINVAL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    reader *r = stream->private_data;
    return answer(r, rg__schema_export(out, r->table));
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    reader *r = stream->private_data;
    const uint64_t left = r->table->row_count - r->next;
    const uint64_t rows = left < r->table->options.batch_rows ? left : r->table->options.batch_rows;
    if (!rows) {
        *out = (struct ArrowArray){.release = NULL}; /* the end */
        return answer(r, RG_OK);
    }
    rg_status status = prepare(r->table);
    if (!status)
        status = rg__batch_export(out, r->table, r->next, (size_t)rows);
    if (!status)
        r->next += rows;
    return answer(r, status);
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    return ((const reader *)stream->private_data)->error;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    reader *r = stream->private_data;
    rg__table *table = r->table;
    rg__array_free(&table->allocator, r, 1, sizeof *r);
    rg__table_drop(table);
    stream->release = NULL;
}

/* ---- making one ---- */

static rg_status check(const rg_graph *graph, rg_arrow_table table, const rg_arrow_options *o,
                       rg_error *error)
{
    const uint32_t nodes = rg_graph_node_count(graph);
    if ((unsigned)table >= RG_ARROW_TABLE_COUNT)
        return rg_error_set(error, RG_ERR_ARGUMENT, "there is no table %d", (int)table);
    if (o->batch_rows > most_batch_rows)
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "a batch has at most 2^30 rows; fewer than a million are usual");
    if (o->owners ? !o->distances : table == RG_ARROW_OWNERS)
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "owners need rg_owners and, for their names, rg_distances");
    if ((o->retained && o->retained->node_count != nodes) ||
        (o->owners && (o->owners->node_count != nodes || o->distances->node_count != nodes)))
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "what is retained, owners and distances must be of this graph");
    return RG_OK;
}

rg_status rg_arrow_stream_new(struct ArrowArrayStream *out, const rg_graph *graph,
                              rg_arrow_table table, const rg_arrow_options *options,
                              const rg_allocator *allocator, rg_error *error)
{
    static const rg_arrow_options none;
    const rg_arrow_options *o = options ? options : &none;
    const rg_status status = check(graph, table, o, error);
    if (status)
        return status;
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    rg__table *t = rg__array_new(&a, 1, sizeof *t);
    reader *r = rg__array_new(&a, 1, sizeof *r);
    if (!t || !r) {
        rg__array_free(&a, t, 1, sizeof *t);
        rg__array_free(&a, r, 1, sizeof *r);
        return rg_error_set(error, RG_ERR_NOMEM, "out of memory");
    }
    atomic_init(&t->references, 1);
    t->allocator = a;
    t->graph = graph;
    t->options = *o;
    if (!t->options.batch_rows)
        t->options.batch_rows = RG_ARROW_BATCH_ROWS;
    choose_table(t, table);
    r->table = t;
    *out = (struct ArrowArrayStream){
        .get_schema = get_schema,
        .get_next = get_next,
        .get_last_error = get_last_error,
        .release = release_stream,
        .private_data = r,
    };
    return RG_OK;
}
