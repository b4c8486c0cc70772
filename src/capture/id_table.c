/* Which objects were there, by address: a bitmap of addresses, and by the rank of each its type's number. */
#include "capture/census.h"

#include "base/memory.h"
#include "capture/addresses.h"
#include "capture/pointer_map.h"

#define UNNUMBERED UINT32_MAX

struct rg_id_table {
    rg_allocator allocator;
    rg__addresses addresses;
    uint32_t *numbers; /* by rank */
    size_t count;
};

typedef struct noting {
    rg_id_table *table;
    rg_census *census;
} noting;

static rg_status note(void *context, PyObject *object, uint64_t position)
{
    const noting *n = context;
    bool is_new = false;
    rg_status status = rg__addresses_add(&n->table->addresses, (uintptr_t)object, &is_new);
    return status ? status : rg__census_add_at(n->census, object, position);
}

rg_status rg_id_table_new(rg_id_table **out, rg_census *census, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    rg_id_table *self = rg__array_new(&a, 1, sizeof *self);
    if (!self)
        return RG_ERR_NOMEM;
    self->allocator = a;
    self->addresses.allocator = a;
    noting n = {self, census};
    rg_status status = rg__live_walk(note, &n);
    if (!status)
        status = rg__census_sort(census);
    if (!status && self->addresses.count >= UINT32_MAX)
        status = RG_ERR_LIMIT;
    if (!status)
        status = rg__addresses_rank(&self->addresses);
    const size_t count = (size_t)self->addresses.count;
    if (!status) {
        self->numbers = rg__array_new_raw(&a, count + 1, sizeof *self->numbers);
        status = self->numbers ? RG_OK : RG_ERR_NOMEM;
    }
    if (status) {
        rg_id_table_free(self);
        return status;
    }
    self->count = count;
    for (size_t i = 0; i < count; i++)
        self->numbers[i] = UNNUMBERED;
    *out = self;
    return RG_OK;
}

void rg_id_table_free(rg_id_table *self)
{
    if (!self)
        return;
    const rg_allocator a = self->allocator;
    rg__addresses_dispose(&self->addresses);
    if (self->numbers)
        rg__array_free(&a, self->numbers, self->count + 1, sizeof *self->numbers);
    rg__array_free(&a, self, 1, sizeof *self);
}

static uint32_t number_at(rg_id_table *self, PyObject *object)
{
    uint32_t id = 0;
    return rg__addresses_find(&self->addresses, (uintptr_t)object, &id) ? self->numbers[id]
                                                                        : UNNUMBERED;
}

typedef struct numbering {
    rg_id_table *table, *before;
    rg__pointer_map of_type;
    rg_new_ids fresh;
} numbering;

static rg_status number(void *context, PyObject *object, uint64_t position)
{
    (void)position;
    numbering *n = context;
    uint32_t id = 0;
    if (!rg__addresses_find(&n->table->addresses, (uintptr_t)object, &id))
        return RG_OK; /* born since */
    const uint32_t value = rg__pointer_map_get(&n->of_type, Py_TYPE(object), UNNUMBERED);
    n->table->numbers[id] = value;
    if (value == UNNUMBERED || (n->before && number_at(n->before, object) == value))
        return RG_OK;
    rg_new_ids *fresh = &n->fresh;
    rg_status status = rg__array_reserve(&fresh->allocator, &fresh->items, &fresh->capacity,
                                         fresh->count + 1, sizeof *fresh->items);
    if (!status)
        fresh->items[fresh->count++] = (rg_new_id){(uint64_t)(uintptr_t)object, value};
    return status;
}

rg_status rg_id_table_number(rg_id_table *self, const rg_census *census, const uint32_t *numbers,
                             rg_id_table *before, rg_new_ids *out)
{
    numbering n = {self, before, {.allocator = self->allocator}, {.allocator = self->allocator}};
    size_t count = 0;
    const rg_census_row *rows = rg_census_rows(census, &count);
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = rg__pointer_map_put(&n.of_type, rows[i].type, numbers[i]);
    if (!status)
        status = rg__live_walk(number, &n);
    rg__pointer_map_dispose(&n.of_type);
    if (status) {
        rg_new_ids_dispose(&n.fresh);
        return status;
    }
    rg__array_shrink(&n.fresh.allocator, &n.fresh.items, &n.fresh.capacity, n.fresh.count,
                     sizeof *n.fresh.items);
    *out = n.fresh;
    return RG_OK;
}

void rg_new_ids_dispose(rg_new_ids *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_new_ids){0};
}
