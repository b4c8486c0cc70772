/* The columns of the nodes. */
#include "arrow/table.h"

#include "base/text.h"
#include "graph/graph_private.h"

static rg_status fill_address(rg__cells *out, const rg__table *table, const rg__column *column,
                              uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg__node_address(&table->graph->tables, first + i);
    return RG_OK;
}

static rg_status fill_size(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    (void)column;
    uint64_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg__node_size(&table->graph->tables, first + i);
    return RG_OK;
}

static rg_status fill_refcount(rg__cells *out, const rg__table *table, const rg__column *column,
                               uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg__node_refcount(&table->graph->tables, first + i);
    return RG_OK;
}

static rg_status fill_generation(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    (void)column;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++) {
        values[i] = rg__node_generation(&table->graph->tables, first + i);
        if (values[i] >= RG_GENERATION_NONE)
            rg__set_null(out, i);
    }
    return RG_OK;
}

/* `argument`: the flag */
static rg_status fill_flag(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    uint8_t *bits = out->values;
    for (size_t i = 0; i < out->count; i++)
        if (rg__node_flags(&table->graph->tables, first + i) & column->argument)
            bits[i / 8] |= (uint8_t)(1U << i % 8);
    return RG_OK;
}

/* ---- types ---- */

static rg_status fill_type(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = rg__node_type(&table->graph->tables, first + i);
    return RG_OK;
}

/* What the type is called, or its module. */
static rg_status fill_type_symbol(rg__cells *out, const rg__table *table, const rg__column *column,
                                  uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = of[rg__node_type(&table->graph->tables, first + i)];
    return RG_OK;
}

static rg_status fill_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++) {
        const uint32_t type = rg__node_type(&table->graph->tables, first + i);
        values[i] = (uint8_t)of[rg_graph_type(table->graph, type).kind];
    }
    return RG_OK;
}

/* ---- texts ---- */

static rg_status fill_text(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const uint32_t text = rg__node_text(&table->graph->tables, first + i);
        const rg_status status =
            text == RG_NONE ? RG_OK
                            : rg__write_utf8(&out->text, rg_graph_string(table->graph, text));
        if (status)
            return status;
        if (text == RG_NONE)
            rg__set_null(out, i);
        rg__end_text(out, i);
    }
    return RG_OK;
}

static rg_status fill_text_form(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++) {
        const unsigned flags = rg__node_flags(&table->graph->tables, first + i);
        values[i] = (uint8_t)of[flags & RG_NODE_TEXT_STR       ? 0
                                : flags & RG_NODE_TEXT_LITERAL ? 1
                                                               : 2];
        if (rg__node_text(&table->graph->tables, first + i) == RG_NONE)
            rg__set_null(out, i);
    }
    return RG_OK;
}

static rg_status fill_site(rg__cells *out, const rg__table *table, const rg__column *column,
                           uint64_t first)
{
    (void)column;
    for (size_t i = 0; i < out->count; i++) {
        const size_t before = out->text.size;
        const rg_status status =
            rg_graph_write_site(table->graph, (uint32_t)(first + i), &out->text);
        if (status)
            return status;
        if (out->text.size == before)
            rg__set_null(out, i);
        rg__end_text(out, i);
    }
    return RG_OK;
}

/* ---- what it retains, whose it is ---- */

static rg_status fill_retained_size(rg__cells *out, const rg__table *table,
                                    const rg__column *column, uint64_t first)
{
    (void)column;
    out->borrowed = table->options.retained->size + first;
    return RG_OK;
}

static rg_status fill_retained_count(rg__cells *out, const rg__table *table,
                                     const rg__column *column, uint64_t first)
{
    (void)column;
    out->borrowed = table->options.retained->count + first;
    return RG_OK;
}

static rg_status fill_dominator(rg__cells *out, const rg__table *table, const rg__column *column,
                                uint64_t first)
{
    (void)column;
    const uint32_t *dominator = table->options.retained->dominator + first;
    for (size_t i = 0; i < out->count; i++)
        if (dominator[i] == RG_NONE)
            rg__set_null(out, i);
    out->borrowed = dominator;
    return RG_OK;
}

static rg_status fill_owner(rg__cells *out, const rg__table *table, const rg__column *column,
                            uint64_t first)
{
    (void)column;
    out->borrowed = table->options.owners->owner_of + first;
    return RG_OK;
}

static rg_status fill_owner_name(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    const uint32_t *owner = table->options.owners->owner_of + first;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = of[owner[i]];
    return RG_OK;
}

static rg_status fill_owner_kind(rg__cells *out, const rg__table *table, const rg__column *column,
                                 uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    const rg_owners *owners = table->options.owners;
    uint8_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint8_t)of[owners->items[owners->owner_of[first + i]].kind];
    return RG_OK;
}

const rg__column rg__node_columns[] = {
    {.name = "id", .layout = RG__U32, .fill = rg__fill_id},
    {.name = "address", .layout = RG__U64, .fill = fill_address},
    {.name = "type", .layout = RG__U32, .fill = fill_type},
    {.name = "type_name",
     .layout = RG__SYMBOL32,
     .fill = fill_type_symbol,
     .symbols = RG__TYPE_NAMES},
    {.name = "module",
     .layout = RG__SYMBOL32,
     .fill = fill_type_symbol,
     .symbols = RG__MODULE_NAMES},
    {.name = "kind", .layout = RG__SYMBOL8, .fill = fill_kind, .symbols = RG__KINDS},
    {.name = "size", .layout = RG__U64, .fill = fill_size},
    {.name = "refcount", .layout = RG__U32, .fill = fill_refcount},
    {.name = "generation", .layout = RG__U8, .fill = fill_generation, .is_nullable = true},
    {.name = "is_tracked", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_GC_TRACKED},
    {.name = "is_immortal", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_IMMORTAL},
    {.name = "is_frozen", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_FROZEN},
    {.name = "is_running", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_RUNNING},
    {.name = "is_synthetic", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_SYNTHETIC},
    {.name = "is_program", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_PROGRAM},
    {.name = "is_in_try", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_IN_TRY},
    {.name = "has_finalizer",
     .layout = RG__BOOL,
     .fill = fill_flag,
     .argument = RG_NODE_HAS_FINALIZER},
    {.name = "was_finalized", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_FINALIZED},
    {.name = "has_unseen_references",
     .layout = RG__BOOL,
     .fill = fill_flag,
     .argument = RG_NODE_UNSEEN},
    {.name = "text", .layout = RG__TEXT, .fill = fill_text, .is_nullable = true},
    {.name = "text_form",
     .layout = RG__SYMBOL8,
     .fill = fill_text_form,
     .symbols = RG__TEXT_FORMS,
     .is_nullable = true},
    {.name = "text_is_cut", .layout = RG__BOOL, .fill = fill_flag, .argument = RG_NODE_TEXT_CUT},
    {.name = "allocated_at", .layout = RG__TEXT, .fill = fill_site, .is_nullable = true},
    {.name = "retained_size",
     .layout = RG__U64,
     .fill = fill_retained_size,
     .is_borrowed = true,
     .need = RG__WITH_RETAINED},
    {.name = "retained_count",
     .layout = RG__U32,
     .fill = fill_retained_count,
     .is_borrowed = true,
     .need = RG__WITH_RETAINED},
    {.name = "dominator",
     .layout = RG__U32,
     .fill = fill_dominator,
     .is_nullable = true,
     .is_borrowed = true,
     .need = RG__WITH_RETAINED},
    {.name = "owner",
     .layout = RG__U32,
     .fill = fill_owner,
     .is_borrowed = true,
     .need = RG__WITH_OWNERS},
    {.name = "owner_name",
     .layout = RG__SYMBOL32,
     .fill = fill_owner_name,
     .symbols = RG__OWNER_NAMES,
     .need = RG__WITH_OWNERS},
    {.name = "owner_kind",
     .layout = RG__SYMBOL8,
     .fill = fill_owner_kind,
     .symbols = RG__OWNER_KINDS,
     .need = RG__WITH_OWNERS},
};
const size_t rg__node_column_count = sizeof rg__node_columns / sizeof *rg__node_columns;
