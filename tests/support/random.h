/* Random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
#ifndef TEST_SUPPORT_RANDOM_H
#define TEST_SUPPORT_RANDOM_H

#include <stdint.h>

typedef struct randomness {
    uint64_t state;
} randomness;

static inline uint64_t random_next(randomness *self)
{
    uint64_t z = self->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 … bound - 1 */
static inline uint32_t random_below(randomness *self, uint32_t bound)
{
    return (uint32_t)(random_next(self) % bound);
}

#endif
