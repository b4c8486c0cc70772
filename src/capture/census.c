/* Objects counted by type: one look at a map of types an object, none where the type is the one before. */
#include "capture/live_walk.h"

#include "base/memory.h"
#include "capture/pointer_map.h"

struct rg_census {
    rg_allocator allocator;
    rg_census_row *rows;
    size_t count, capacity;
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
        status = rg__pointer_map_put(&self->of_type, type, (uint32_t)self->count);
    if (status)
        return status;
    Py_INCREF(type);
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

static rg_status add_object(void *context, PyObject *object)
{
    return rg_census_add(context, Py_TYPE(object));
}

rg_status rg_census_add_tracked(rg_census *self)
{
    return rg__live_walk(add_object, self);
}

const rg_census_row *rg_census_rows(const rg_census *self, size_t *count)
{
    *count = self->count;
    return self->rows;
}
