/* Where objects were allocated, as tracemalloc knows it. Equal places are stored once: they are found by a
 * hash of their lines, and should two hashes ever meet, a place is stored twice, which does no harm. */
#include "capture/capture_private.h"

#include <string.h>

/* FNV-1a (Fowler, Noll, Vo) over the lines' fields; never 0. */
static uintptr_t hash_of(const rg_location *lines, size_t count)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ lines[i].file) * UINT64_C(0x100000001B3);
        hash = (hash ^ lines[i].line) * UINT64_C(0x100000001B3);
    }
    return (uintptr_t)(hash | 1);
}

static bool is_same(const rg__sites *self, uint32_t site, const rg_location *lines, size_t count)
{
    return self->items[site].count == count &&
           !memcmp(self->lines + self->items[site].begin, lines, count * sizeof *lines);
}

/* The lines from `begin` on, the last ones stored, become a site, or are taken back where it is known. */
static rg_status close_site(rg__sites *self, const rg_allocator *a, size_t begin, uint32_t *site)
{
    const rg_location *lines = self->lines + begin;
    const size_t count = self->line_count - begin;
    const void *key = (const void *)hash_of(lines, count);
    *site = rg__pointer_map_get(&self->of_hash, key, RG_NONE);
    if (*site != RG_NONE && is_same(self, *site, lines, count)) {
        self->line_count = begin;
        return RG_OK;
    }
    rg_status status =
        rg__array_reserve(a, &self->items, &self->capacity, self->count + 1, sizeof *self->items);
    if (status)
        return status;
    *site = (uint32_t)self->count;
    self->items[self->count++] = (rg__raw_site){begin, count};
    return rg__pointer_map_put(&self->of_hash, key, *site);
}

/* One line of a traceback: (file name, line number). False where it is not what it should be. */
static rg_status add_line(rg__capture *c, PyObject *line, bool *is_known)
{
    rg__sites *s = &c->sites;
    rg_location location = {0, 0};
    *is_known = PyTuple_Check(line) && PyTuple_GET_SIZE(line) >= 2 &&
                PyUnicode_Check(PyTuple_GET_ITEM(line, 0)) &&
                PyLong_Check(PyTuple_GET_ITEM(line, 1));
    if (!*is_known)
        return RG_OK;
    rg_status status = rg__texts_add_name(&c->texts, &location.file, PyTuple_GET_ITEM(line, 0));
    if (!status)
        status = rg__array_reserve(&c->allocator, &s->lines, &s->line_capacity, s->line_count + 1,
                                   sizeof *s->lines);
    if (status)
        return status;
    const unsigned long number = PyLong_AsUnsignedLongMask(PyTuple_GET_ITEM(line, 1));
    location.line = number > UINT32_MAX ? 0 : (uint32_t)number;
    s->lines[s->line_count++] = location;
    return RG_OK;
}

static rg_status add_site(rg__capture *c, PyObject *traceback, uint32_t *site)
{
    const size_t begin = c->sites.line_count;
    bool is_known = PyTuple_Check(traceback) && PyTuple_GET_SIZE(traceback) > 0;
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; is_known && !status && i < PyTuple_GET_SIZE(traceback); i++)
        status = add_line(c, PyTuple_GET_ITEM(traceback, i), &is_known);
    if (!status && is_known)
        return close_site(&c->sites, &c->allocator, begin, site);
    c->sites.line_count = begin;
    return status;
}

static rg_status find_site(rg__capture *c, size_t i, Py_ssize_t head)
{
    rg__sites *s = &c->sites;
    uint32_t site = RG_NONE;
    rg_status status = RG_OK;
    PyObject *traceback = rg__tracemalloc_traceback((const char *)c->objects[i] - head);
    if (!traceback)
        return RG_ERR_NOMEM;
    status = add_site(c, traceback, &site);
    Py_DECREF(traceback);
    if (status || site == RG_NONE)
        return status;
    while (s->of_object_count <= i)
        s->of_object[s->of_object_count++] = RG_NONE;
    s->of_object[i] = site;
    return RG_OK;
}

rg_status rg__capture_sites(rg__capture *c)
{
    rg__sites *s = &c->sites;
    if (!rg__tracemalloc_is_tracing())
        return RG_OK;
    rg_status status = rg__array_reserve(&c->allocator, &s->of_object, &s->of_object_capacity,
                                         c->object_count, sizeof *s->of_object);
    for (size_t i = 0; i < c->object_count && !status; i++)
        if (!rg__is_frame_tag(c->objects[i]))
            status = find_site(c, i, c->types.items[c->nodes[i].type].head);
    return status;
}

void rg__sites_dispose(rg__sites *self, const rg_allocator *a)
{
    rg__array_free(a, self->items, self->capacity, sizeof *self->items);
    rg__array_free(a, self->lines, self->line_capacity, sizeof *self->lines);
    rg__array_free(a, self->of_object, self->of_object_capacity, sizeof *self->of_object);
    rg__pointer_map_dispose(&self->of_hash);
}
