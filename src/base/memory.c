/* The default allocator and the array helpers every layer uses. Large blocks are mappings of their own (pages.h): a
 * snapshot's arrays are hundreds of megabytes, grow, and are read at random. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER 1
#endif

/* A sanitizer watches what malloc gives, not mappings. */
#if defined(__linux__) && !defined(WITH_SANITIZER)
#define LARGE_BLOCKS_ARE_MAPPED 1
#endif

enum { FIRST_CAPACITY = 16, LARGE_ARRAY = 32 << 20 /* bytes */ };

#if LARGE_BLOCKS_ARE_MAPPED

enum { LARGE_BLOCK = 4 << 20 };

static void free_block(void *block, size_t size)
{
    if (size >= LARGE_BLOCK)
        rg__pages_free(block);
    else
        free(block);
}

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    const bool was_large = block && old_size >= LARGE_BLOCK;
    const bool is_large = new_size >= LARGE_BLOCK;
    if (new_size == 0) {
        if (block)
            free_block(block, old_size);
        return NULL;
    }
    if (!was_large && !is_large)
        return realloc(block, new_size);
    if (was_large && is_large)
        return rg__pages_resize(block, old_size, new_size);
    void *moved = is_large ? rg__pages_new(new_size) : malloc(new_size);
    if (moved && block) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        free_block(block, old_size);
    }
    return moved;
}

/* A mapping is zeroed, and what of it is never written costs no memory. */
static bool is_zeroed(const rg_allocator *allocator, size_t size)
{
    return allocator->resize == default_resize && size >= LARGE_BLOCK;
}

#else

static bool is_zeroed(const rg_allocator *allocator, size_t size)
{
    (void)allocator;
    (void)size;
    return false;
}

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

#endif

rg_allocator rg_allocator_default(void)
{
    return (rg_allocator){.context = NULL, .resize = default_resize};
}

rg_allocator rg__allocator_or_default(const rg_allocator *allocator)
{
    return allocator && allocator->resize ? *allocator : rg_allocator_default();
}

bool rg__allocator_is_shareable(const rg_allocator *allocator)
{
    return allocator->resize == default_resize;
}

void *rg__array_new_raw(const rg_allocator *allocator, size_t count, size_t item_size)
{
    if (count == 0 || count > PTRDIFF_MAX / item_size)
        return NULL;
    return allocator->resize(allocator->context, NULL, 0, count * item_size);
}

void *rg__array_new(const rg_allocator *allocator, size_t count, size_t item_size)
{
    void *array = rg__array_new_raw(allocator, count, item_size);
    if (array && !is_zeroed(allocator, count * item_size))
        memset(array, 0, count * item_size);
    return array;
}

void rg__array_free(const rg_allocator *allocator, void *array, size_t count, size_t item_size)
{
    if (array)
        (void)allocator->resize(allocator->context, array, count * item_size, 0);
}

rg_status rg__array_grow(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                         size_t need, size_t item_size)
{
    const size_t share =
        *capacity >= LARGE_ARRAY / item_size ? 8 : 2; /* growing by less wastes less */
    size_t wanted = *capacity < FIRST_CAPACITY ? FIRST_CAPACITY : *capacity + *capacity / share;
    if (wanted < need)
        wanted = need;
    return rg__array_resize(allocator, array_pointer, capacity, wanted, item_size);
}

rg_status rg__array_resize(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                           size_t count, size_t item_size)
{
    if (count > PTRDIFF_MAX / item_size)
        return RG_ERR_NOMEM;
    void *array = NULL;
    memcpy(&array, array_pointer, sizeof array);
    array = allocator->resize(allocator->context, array, *capacity * item_size, count * item_size);
    if (!array)
        return RG_ERR_NOMEM;
    memcpy(array_pointer, &array, sizeof array);
    *capacity = count;
    return RG_OK;
}

void rg__array_shrink(const rg_allocator *allocator, void *array_pointer, size_t *capacity,
                      size_t count, size_t item_size)
{
    void *array = NULL;
    memcpy(&array, array_pointer, sizeof array);
    if (!array || count == *capacity)
        return;
    void *shrunk =
        allocator->resize(allocator->context, array, *capacity * item_size, count * item_size);
    if (!shrunk && count)
        return;
    memcpy(array_pointer, &shrunk, sizeof shrunk);
    *capacity = count;
}
