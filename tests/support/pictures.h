/* What tests of pictures share: a selection of a whole graph, and readers that are not ours (libxml2,
 * libpng) for what was drawn. Readers give NULL, false or a zeroed struct for a file that is not whole. */
#ifndef TEST_SUPPORT_PICTURES_H
#define TEST_SUPPORT_PICTURES_H

#include <refgraph/graph.h>

#include <libxml/tree.h>

/* All nodes and edges of a graph in their order; the first node is the target. */
rg_status pictures_select_all(rg_subgraph *out, const rg_graph *graph,
                              const rg_allocator *allocator);

typedef struct svg {
    xmlDoc *document;
} svg;

/* Whether `text` is a well-formed document whose root is an SVG; *out is then to be closed. */
bool svg_open(svg *out, const rg_buffer *text);
void svg_close(svg *self);
/* The element with this id, or NULL. */
xmlNode *svg_find(const svg *self, const char *id);
/* Elements of a class. */
size_t svg_count(const svg *self, const char *class_name);
bool svg_is_of_class(const xmlNode *element, const char *class_name);
/* The lines of text in an element, joined with "\n"; spaces that do not break are made plain ones.
 * To be freed. */
char *svg_text(xmlNode *element);
/* The tooltip of an element, as above. To be freed; NULL: it has none. */
char *svg_tooltip(xmlNode *element);
/* An attribute of the first descendant that has it, "" for none. To be freed. */
char *svg_attribute(xmlNode *element, const char *name);

typedef struct png_size {
    uint32_t width, height;
    size_t dark; /* pixels that are neither white nor transparent */
} png_size;

/* Decode every pixel; zeroes where the file is damaged. */
png_size png_measure(const rg_buffer *file);

#endif
