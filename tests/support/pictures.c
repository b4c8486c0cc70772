/* See pictures.h. Elements are visited along their links, without recursion. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "pictures.h"

#include <libxml/parser.h>
#include <png.h>

#include <stdlib.h>
#include <string.h>

/* ---- selection ---- */

rg_status pictures_select_all(rg_subgraph *out, const rg_graph *graph,
                              const rg_allocator *allocator)
{
    const rg_allocator a = allocator ? *allocator : rg_allocator_default();
    const uint32_t nodes = rg_graph_node_count(graph);
    const size_t edges = (size_t)rg_graph_edge_count(graph);
    rg_subgraph s = {.allocator = a, .node_count = nodes, .target_count = nodes ? 1 : 0};
    s.nodes = nodes ? a.resize(a.context, NULL, 0, nodes * sizeof *s.nodes) : NULL;
    s.edge_count = s.nodes || !nodes ? edges : 0;
    s.edges = s.edge_count ? a.resize(a.context, NULL, 0, edges * sizeof *s.edges) : NULL;
    if ((nodes && !s.nodes) || (edges && !s.edges)) {
        s.node_count = s.nodes ? nodes : 0;
        s.edge_count = 0;
        rg_subgraph_dispose(&s);
        return RG_ERR_NOMEM;
    }
    size_t edge = 0;
    for (uint32_t u = 0; u < nodes; u++) {
        s.nodes[u] = u;
        for (uint64_t i = rg_graph_edges_begin(graph, u); i < rg_graph_edges_end(graph, u); i++)
            s.edges[edge++] = rg_graph_edge(graph, u, i);
    }
    *out = s;
    return RG_OK;
}

/* ---- SVG ---- */

bool svg_open(svg *out, const rg_buffer *text)
{
    const int quiet = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *document = xmlReadMemory(text->data, (int)text->size, "picture.svg", NULL, quiet);
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    const bool is_svg = root && root->ns && !strcmp((const char *)root->name, "svg") &&
                        !strcmp((const char *)root->ns->href, "http://www.w3.org/2000/svg");
    if (!is_svg) {
        xmlFreeDoc(document);
        return false;
    }
    out->document = document;
    return true;
}

void svg_close(svg *self)
{
    xmlFreeDoc(self->document);
    self->document = NULL;
}

/* The element after this one in the order of the document, within `top`; NULL at its end. */
static xmlNode *next_element(xmlNode *node, const xmlNode *top)
{
    do {
        if (node->children) {
            node = node->children;
        } else {
            while (node != top && !node->next)
                node = node->parent;
            node = node == top ? NULL : node->next;
        }
    } while (node && node->type != XML_ELEMENT_NODE);
    return node;
}

static bool attribute_is(xmlNode *element, const char *name, const char *value)
{
    xmlChar *found = xmlGetNoNsProp(element, (const xmlChar *)name);
    const bool is = found && !strcmp((const char *)found, value);
    xmlFree(found);
    return is;
}

xmlNode *svg_find(const svg *self, const char *id)
{
    xmlNode *top = xmlDocGetRootElement(self->document);
    for (xmlNode *n = top; n; n = next_element(n, top))
        if (attribute_is(n, "id", id))
            return n;
    return NULL;
}

bool svg_is_of_class(const xmlNode *element, const char *class_name)
{
    xmlChar *found = xmlGetNoNsProp(element, (const xmlChar *)"class");
    const size_t size = strlen(class_name);
    bool is = false;
    for (const char *word = (const char *)found; word && !is;) {
        const size_t length = strcspn(word, " ");
        is = length == size && !memcmp(word, class_name, size);
        word = word[length] ? word + length + 1 : NULL;
    }
    xmlFree(found);
    return is;
}

size_t svg_count(const svg *self, const char *class_name)
{
    xmlNode *top = xmlDocGetRootElement(self->document);
    size_t count = 0;
    for (xmlNode *n = top; n; n = next_element(n, top))
        count += svg_is_of_class(n, class_name);
    return count;
}

static void plain_spaces(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        const bool no_break = !strncmp(from, "\xC2\xA0", 2);
        *to++ = no_break ? ' ' : *from;
        from += no_break;
    }
    *to = '\0';
}

char *svg_text(xmlNode *element)
{
    char *all = calloc(1, 1);
    for (xmlNode *n = element; n && all; n = next_element(n, element)) {
        if (strcmp((const char *)n->name, "text") != 0)
            continue;
        xmlChar *line = xmlNodeGetContent(n);
        const size_t used = strlen(all);
        char *longer = realloc(all, used + strlen((const char *)line) + 2);
        if (!longer)
            abort();
        all = longer;
        if (used)
            strcat(all, "\n");
        strcat(all, (const char *)line);
        xmlFree(line);
    }
    if (all)
        plain_spaces(all);
    return all;
}

static char *find_attribute(xmlNode *element, const char *name)
{
    for (xmlNode *n = element; n; n = next_element(n, element)) {
        xmlChar *value = xmlGetProp(n, (const xmlChar *)name);
        if (!value)
            continue;
        char *copy = strdup((const char *)value);
        xmlFree(value);
        return copy;
    }
    return NULL;
}

char *svg_tooltip(xmlNode *element)
{
    char *text = find_attribute(element, "title");
    if (text)
        plain_spaces(text);
    return text;
}

char *svg_attribute(xmlNode *element, const char *name)
{
    char *text = find_attribute(element, name);
    return text ? text : strdup("");
}

/* ---- PNG ---- */

png_size png_measure(const rg_buffer *file)
{
    png_size size = {0};
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, file->data, file->size))
        return size;
    image.format = PNG_FORMAT_RGBA;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    if (pixels && png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
        size.width = image.width;
        size.height = image.height;
        for (size_t i = 0; i < PNG_IMAGE_SIZE(image); i += 4) {
            const unsigned char *p = pixels + i;
            size.dark += p[3] && (p[0] < 250 || p[1] < 250 || p[2] < 250);
        }
    }
    free(pixels);
    png_image_free(&image);
    return size;
}
