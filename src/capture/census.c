/* Objects counted by type: one look at a map of types an object, none where the type is the one before. */
#include "capture/census.h"

#include "base/memory.h"
#include "base/sort.h"
#include "capture/pointer_map.h"

struct rg_census {
    rg_allocator allocator;
    rg_census_row *rows;
    uint64_t *firsts; /* by row: the least position, while the tracked objects are counted */
    size_t count, capacity, first_capacity;
    rg__pointer_map of_type; /* type → row */
    uint32_t last;           /* the row counted last; count: none yet */
};

rg_status rg_census_new(rg_census **out, const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    rg_census *self = rg__array_new(&a, 1, sizeof *self);
    if (!self)
        return RG_ERR_NOMEM;
    self->allocator = a;
    self->of_type.allocator = a;
    *out = self;
    return RG_OK;
}

void rg_census_free(rg_census *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        Py_DECREF((PyObject *)self->rows[i].type);
    rg__array_free(&self->allocator, self->rows, self->capacity, sizeof *self->rows);
    rg__array_free(&self->allocator, self->firsts, self->first_capacity, sizeof *self->firsts);
    rg__pointer_map_dispose(&self->of_type);
    const rg_allocator a = self->allocator;
    rg__array_free(&a, self, 1, sizeof *self);
}

static rg_status add_row(rg_census *self, PyObject *type)
{
    if (self->count >= UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    rg_status status = rg__array_reserve(&self->allocator, &self->rows, &self->capacity,
                                         self->count + 1, sizeof *self->rows);
    if (!status)
        status = rg__array_reserve(&self->allocator, &self->firsts, &self->first_capacity,
                                   self->count + 1, sizeof *self->firsts);
    if (!status)
        status = rg__pointer_map_put(&self->of_type, type, (uint32_t)self->count);
    if (status)
        return status;
    Py_INCREF(type);
    self->firsts[self->count] = UINT64_MAX;
    self->rows[self->count++] = (rg_census_row){type, 0};
    return RG_OK;
}

rg_status rg_census_add(rg_census *self, void *type)
{
    if (self->last >= self->count || self->rows[self->last].type != type) {
        self->last = rg__pointer_map_get(&self->of_type, type, UINT32_MAX);
        if (self->last == UINT32_MAX) {
            rg_status status = add_row(self, type);
            if (status)
                return status;
            self->last = (uint32_t)self->count - 1;
        }
    }
    self->rows[self->last].count++;
    return RG_OK;
}

rg_status rg__census_add_at(rg_census *self, PyObject *object, uint64_t position)
{
    rg_status status = rg_census_add(self, Py_TYPE(object));
    if (!status && position < self->firsts[self->last])
        self->firsts[self->last] = position;
    return status;
}

static rg_status add_object(void *context, PyObject *object, uint64_t position)
{
    return rg__census_add_at(context, object, position);
}

typedef struct placed_row {
    rg_census_row row;
    uint64_t first;
} placed_row;

static int by_first(const void *a, const void *b)
{
    const uint64_t x = ((const placed_row *)a)->first;
    const uint64_t y = ((const placed_row *)b)->first;
    return (x > y) - (x < y);
}

rg_status rg__census_sort(rg_census *self)
{
    const size_t size = self->count + 1; /* never zero elements */
    placed_row *placed = rg__array_new_raw(&self->allocator, size, sizeof *placed);
    rg_status status = placed ? RG_OK : RG_ERR_NOMEM;
    if (status)
        return status;
    for (size_t i = 0; i < self->count; i++)
        placed[i] = (placed_row){self->rows[i], self->firsts[i]};
    rg__sort(placed, self->count, sizeof *placed, by_first);
    for (size_t i = 0; i < self->count && !status; i++) {
        self->rows[i] = placed[i].row;
        self->firsts[i] = placed[i].first;
        /* a key that is there */
        status = rg__pointer_map_put(&self->of_type, placed[i].row.type, (uint32_t)i);
    }
    self->last = UINT32_MAX;
    rg__array_free(&self->allocator, placed, size, sizeof *placed);
    return status;
}

rg_status rg_census_add_tracked(rg_census *self)
{
    rg_status status = rg__live_walk(add_object, self);
    return status ? status : rg__census_sort(self);
}

const rg_census_row *rg_census_rows(const rg_census *self, size_t *count)
{
    *count = self->count;
    return self->rows;
}
