/* Graphs with something in every section of a file, and files in memory. */
#ifndef TEST_SUPPORT_SAVED_H
#define TEST_SUPPORT_SAVED_H

#include <refgraph/file.h>

/* A small heap: a module with a class, a function, a cell, an exception with a message, keys that are attributes and
 * keys that are data, wide nodes and names, places of allocation, threads with names. What SAVED_SECRETS lists is
 * data. */
rg_graph *saved_sample(const rg_allocator *allocator);
extern const char *const saved_secrets[];
extern const char *const saved_names[]; /* text that stays by default; both end in NULL */

/* A descriptor of an empty file in memory. */
int saved_memory(void);
/* What a descriptor's file holds, to be disposed. */
rg_buffer saved_bytes(int fd);
/* The file of a graph. The test fails where it cannot be written. */
rg_buffer saved_file(const rg_graph *graph, const rg_save_options *options);
/* Load bytes as a file. */
rg_status saved_load(rg_graph **out, const void *data, size_t size, const rg_load_options *options,
                     uint64_t *offset, rg_error *error);
/* Make all checksums of a file right again after it was altered, as whoever forges one would; nothing where the table
 * leads outside the file. */
void saved_seal(void *data, size_t size);

#endif
