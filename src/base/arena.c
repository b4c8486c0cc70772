/* See arena.h. Blocks up to 2 MiB come in sizes that are powers of two, cut from mappings and kept in a list for each
 * size when they are freed; larger ones are mappings of their own (pages.h). */
#include "base/arena.h"

#include <string.h>

#include "base/pages.h"

enum { SMALLEST = 16, LARGEST = 2 << 20, HEADER = 64, MAPPING = (16 << 20) - HEADER };

static size_t class_of(size_t size)
{
    size_t class = 0;
    while ((size_t)SMALLEST << class < size)
        class ++;
    return class;
}

static void *take_small(rg__arena *self, size_t size)
{
    const size_t class = class_of(size);
    const size_t whole = (size_t)SMALLEST << class;
    void *block = self->freed[class];
    if (block) {
        memcpy(&self->freed[class], block, sizeof block);
        return block;
    }
    if ((size_t)(self->end - self->next) < whole) {
        char *mapping = rg__pages_new(MAPPING);
        if (!mapping)
            return NULL;
        memcpy(mapping, &self->newest, sizeof self->newest);
        self->newest = mapping;
        self->next = mapping + HEADER;
        self->end = mapping + MAPPING;
    }
    block = self->next;
    self->next += whole;
    return block;
}

static void *take(rg__arena *self, size_t size)
{
    return size > LARGEST ? rg__pages_new(size) : take_small(self, size);
}

static void give_back(rg__arena *self, void *block, size_t size)
{
    if (size > LARGEST) {
        rg__pages_free(block);
        return;
    }
    const size_t class = class_of(size);
    memcpy(block, &self->freed[class], sizeof block);
    self->freed[class] = block;
}

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    rg__arena *self = context;
    if (!new_size) {
        if (block)
            give_back(self, block, old_size);
        return NULL;
    }
    if (!block)
        return take(self, new_size);
    if (old_size > LARGEST && new_size > LARGEST)
        return rg__pages_resize(block, old_size, new_size);
    if (old_size <= LARGEST && new_size <= LARGEST && class_of(old_size) == class_of(new_size))
        return block;
    void *moved = take(self, new_size);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        give_back(self, block, old_size);
    }
    return moved;
}

rg_allocator rg__arena_allocator(rg__arena *self)
{
    return (rg_allocator){.context = self, .resize = resize};
}

void rg__arena_dispose(rg__arena *self)
{
    while (self->newest) {
        void *mapping = self->newest;
        memcpy(&self->newest, mapping, sizeof self->newest);
        rg__pages_free(mapping);
    }
    *self = (rg__arena){.newest = NULL};
}
