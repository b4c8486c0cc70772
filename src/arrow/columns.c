/* Columns that several tables have. */
#include "arrow/table.h"

rg_status rg__fill_id(rg__cells *out, const rg__table *table, const rg__column *column,
                      uint64_t first)
{
    (void)table;
    (void)column;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = (uint32_t)(first + i);
    return RG_OK;
}

rg_status rg__fill_symbol(rg__cells *out, const rg__table *table, const rg__column *column,
                          uint64_t first)
{
    const uint32_t *of = table->symbols[column->symbols].of;
    uint32_t *values = out->values;
    for (size_t i = 0; i < out->count; i++)
        values[i] = of[first + i];
    return RG_OK;
}
