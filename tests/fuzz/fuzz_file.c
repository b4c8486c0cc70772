/* Files that somebody made to harm: none may crash the loader, nor any question to what it accepts.
 *
 *     fuzz_file [count [seed]]      so many files, each altered in a few places (without libFuzzer)
 *     fuzz_file --seeds <folder>    what to begin with
 *     ./dev fuzz [count]            the same functions under libFuzzer, ASan and UBSan
 *
 * A file is tried as it is, and with its checksums made right, so that what lies behind them is reached. The mutator
 * leaves a file's shape alone, mostly: it writes numbers into sections and into the header. */
#define _GNU_SOURCE
#include "answers.h"
#include "graph/file_format.h"
#include "graph/graph_private.h"
#include "heaps.h"
#include "random.h"
#include "samples.h"
#include "sanitized.h"
#include "saved.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILES = SANITIZED ? 1500 : 10000, SEEDS = 26, NODES_ASKED = 5, LARGEST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static void fail(const char *what)
{
    (void)fprintf(stderr, "%s\n", what);
    abort();
}

/* ---- one file ---- */

static bool is_possible(rg_status status)
{
    return status == RG_OK || status == RG_ERR_FILE || status == RG_ERR_NOMEM ||
           status == RG_ERR_UNSUPPORTED;
}

/* Load, ask everything, save. Whether it was loaded. */
static bool try_file(const uint8_t *data, size_t size)
{
    rg_graph *g = NULL;
    rg_error error = {""};
    uint64_t offset = 0;
    const rg_load_options options = {.copy = size && data[size - 1] % 2};
    const rg_status status = saved_load(&g, data, size, &options, &offset, &error);
    if (!is_possible(status) || (status == RG_ERR_FILE && (offset > size || !error.text[0])))
        fail("an error that is none of a file");
    if (status)
        return false;
    rg_buffer answers = rg_buffer_empty(NULL);
    const rg_status asked = answers_write(&answers, g, NODES_ASKED);
    if (asked && asked != RG_ERR_NOMEM && asked != RG_ERR_LIMIT)
        fail("a question failed");
    rg_buffer_dispose(&answers);
    const rg_save_options save = {.text = (rg_text_level)(data[size - 1] % RG_TEXT_LEVEL_COUNT)};
    rg_buffer again = saved_file(g, &save);
    rg_buffer_dispose(&again);
    rg_graph_free(g);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LARGEST || try_file(data, size))
        return 0;
    uint8_t *sealed = malloc(size + 1);
    if (!sealed)
        return 0;
    if (size)
        memcpy(sealed, data, size);
    saved_seal(sealed, size);
    (void)try_file(sealed, size);
    free(sealed);
    return 0;
}

/* ---- altering ---- */

/* A number that is likely to be one too many. */
static uint32_t odd_number(randomness *random, const uint8_t *data, size_t size)
{
    static const uint32_t numbers[] = {0,   1,          2,          3,          8,         255,
                                       256, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    switch (random_below(random, 4)) {
    case 0:
        return numbers[random_below(random, sizeof numbers / sizeof *numbers)];
    case 1:
        return rg__get32(data + random_below(random, (uint32_t)size / 4) * 4);
    case 2:
        return random_below(random, 64);
    default:
        return (uint32_t)random_next(random);
    }
}

/* A place in the file: in a section, each as often as the others, or in the header. */
static size_t odd_place(randomness *random, const uint8_t *data, size_t size)
{
    const uint32_t id = random_below(random, RG__SECTION_COUNT + 2);
    if (id < RG__SECTION_COUNT) {
        const uint8_t *entry = data + RG__HEADER_FIXED + (size_t)id * RG__HEADER_ENTRY;
        const uint64_t begin = rg__get64(entry);
        const uint64_t stored = rg__get64(entry + 8);
        if (stored >= 4 && begin < size && stored <= size - begin)
            return (size_t)(begin + random_next(random) % (stored / 4) * 4);
    }
    return id == RG__SECTION_COUNT ? random_below(random, RG__HEADER_SIZE / 4) * 4
                                   : random_below(random, (uint32_t)size / 4) * 4;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    randomness random = {seed};
    (void)most;
    if (size < RG__HEADER_SIZE)
        return size;
    const uint32_t places = 1 + random_below(&random, 3);
    for (uint32_t i = 0; i < places; i++) {
        const size_t at = odd_place(&random, data, size);
        const uint32_t was = rg__get32(data + at);
        const uint32_t step = random_below(&random, 3);
        rg__put32(data + at, step == 0   ? was + 1
                             : step == 1 ? was ^ UINT32_C(1) << random_below(&random, 32)
                                         : odd_number(&random, data, size));
    }
    saved_seal(data, size);
    if (!random_below(&random, 32)) /* cut it short */
        return random_below(&random, (uint32_t)size);
    return size;
}

#ifndef WITH_LIBFUZZER

/* ---- what to begin with ---- */

/* A wide name that no edge has: the builder makes none, and the mutator adds no item. */
static rg_graph *with_an_orphan(void)
{
    rg_graph *g = saved_sample(NULL);
    bool is_made = false;
    for (uint64_t e = 0; e < g->edge_count; e++)
        if ((g->labels[e] >> RG__VALUE_BITS & ((1U << RG__KIND_BITS) - 1)) == RG__WIDE_KIND) {
            g->labels[e] &= ~(((1U << RG__KIND_BITS) - 1) << RG__VALUE_BITS | RG__VALUE_MASK);
            is_made = true; /* RG_NAME_NONE */
        }
    if (!is_made)
        fail("the sample has no wide name");
    return g;
}

/* Every type has the same shadows: a file can say so, the builder copies them. */
static rg_graph *with_shared_shadows(void)
{
    rg_graph *g = saved_sample(NULL);
    rg__tables *t = &g->tables;
    if (!t->shadow_count)
        fail("the sample has no shadows");
    for (size_t i = 0; i < t->type_count; i++) {
        t->types[i].shadows_begin = 0;
        t->types[i].shadows_count = (uint32_t)t->shadow_count;
    }
    return g;
}

static rg_graph *seed_graph(uint32_t i)
{
    randomness random = {i};
    switch (i) {
    case 0:
        return saved_sample(NULL);
    case 1: /* large enough to be packed */
        return sample_star(300);
    case 2:
        return sample_chain(400);
    case 3:
        return with_an_orphan();
    case 4:
        return with_shared_shadows();
    default:
        break;
    }
    return i % 2 ? heap_random(&random, HEAP_MOST) : sample_random(&random, 20);
}

static rg_buffer seed_file(uint32_t i)
{
    const rg_origin_rule rule = {rg_string_of("app.CACHE[*]"), RG_STRENGTH_WEAK, 3};
    const rg_origin origin = {.captured_at = 1.5e9,
                              .python = rg_string_of("3.11.7"),
                              .rules = &rule,
                              .rule_count = i % 2};
    const rg_save_options options = {
        .text = i % 3 ? RG_TEXT_ALL : RG_TEXT_TYPES,
        .compression = rg_file_has_zstd() && i < 3 && i ? RG_COMPRESSION_ZSTD : RG_COMPRESSION_NONE,
        .origin = &origin,
    };
    rg_graph *g = seed_graph(i);
    rg_buffer file = saved_file(g, &options);
    rg_graph_free(g);
    return file;
}

static int write_seeds(const char *folder)
{
    for (uint32_t i = 0; i < SEEDS; i++) {
        char path[4096];
        rg_buffer file = seed_file(i);
        (void)snprintf(path, sizeof path, "%s/seed-%02u", folder, (unsigned)i);
        FILE *out = fopen(path, "wb");
        if (!out || fwrite(file.data, 1, file.size, out) != file.size || fclose(out))
            return EXIT_FAILURE;
        rg_buffer_dispose(&file);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--seeds"))
        return write_seeds(argv[2]);
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : FILES;
    randomness random = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    unsigned long loaded = 0;
    for (unsigned long i = 0; i < count; i++) {
        rg_buffer file = seed_file((uint32_t)(i % SEEDS));
        uint8_t *data = (uint8_t *)file.data;
        const uint32_t rounds = random_below(&random, 3);
        size_t size = file.size;
        for (uint32_t n = 0; n < rounds; n++)
            size = LLVMFuzzerCustomMutator(data, size, size, (unsigned)random_next(&random));
        loaded += try_file(data, size);
        (void)LLVMFuzzerTestOneInput(data, size);
        rg_buffer_dispose(&file);
    }
    (void)printf("%lu files, %lu of them loaded\n", count, loaded);
    return loaded > count / 10 && loaded < count ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
