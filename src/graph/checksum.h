/* XXH3, 64 bits, without a seed (xxHash, header only): against accidents, not against forgers. */
#ifndef RG_GRAPH_CHECKSUM_H
#define RG_GRAPH_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#ifndef NDEBUG
#define XXH_NO_INLINE_HINTS 1 /* at -Og gcc 16 refuses what they force */
#endif
#include <xxhash.h>

static inline uint64_t rg__checksum(const void *data, size_t size)
{
    return XXH3_64bits(size ? data : "", size);
}

#endif
