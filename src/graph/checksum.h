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

#include "graph/watch.h"

static inline uint64_t rg__checksum(const void *data, size_t size)
{
    return XXH3_64bits(size ? data : "", size);
}

enum { RG__SUMMED = 1 << 18 /* bytes between two ticks, 64 bytes a step */ };

/* The same; false: the watch was stopped. */
static inline bool rg__checksum_watched(uint64_t *out, const void *data, size_t size,
                                        rg__watch *watch)
{
    XXH3_state_t state;
    const char *at = data;
    (void)XXH3_64bits_reset(&state);
    for (size_t rest = size; rest;) {
        const size_t piece = rest < RG__SUMMED ? rest : RG__SUMMED;
        (void)XXH3_64bits_update(&state, at, piece);
        at += piece;
        rest -= piece;
        if (rg__tick(watch, piece / 64))
            return false;
    }
    *out = XXH3_64bits_digest(&state);
    return true;
}

#endif
