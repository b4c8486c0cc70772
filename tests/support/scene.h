/* Two graphs of one process, written in words, and what has grown between them. */
#ifndef RG_TESTS_SCENE_H
#define RG_TESTS_SCENE_H

#include <refgraph/analysis.h>

typedef struct scene {
    rg_graph *before, *after;
    rg_distances then, now;
    rg_growth growth;
} scene;

/* The graphs are the scene's from then on. */
scene scene_of(rg_graph *before, rg_graph *after);
/* Graphs of words: "a:m" is a module, b:d a dict, l a list, s a Session, o an Odd, with ":s*70" of 70 bytes; a
 * letter is an address. "a.CACHE>b" and "b[0]>s" are edges, "!a" makes it the root of module app. */
scene scene_of_words(const char *before, const char *after);
void scene_free(scene *s);
rg_status scene_find(rg_growth *out, const scene *s, const rg_allocator *allocator);
/* A point reads "text +gained -lost, +born -died, resized". */
void scene_assert_point(const scene *s, size_t point, const char *expected);

#endif
