/* See wire.h. Numbers are in the machine's own order.
 *
 *   head · nodes · edges · the picture's texts · the texts of looks        (a source: its format's name, the source)
 *
 * A look is a struct of pointers to static strings: here each is the offset of its text, plus one; 0: the default. */
#include "render/wire.h"

#include "base/memory.h"

#include <assert.h>
#include <string.h>

enum { LOOKS = sizeof(rg__look) / sizeof(const char *), KNOWN_MOST = 128 };

static const char magic[32] = "refgraph " RG_VERSION " 1";

typedef struct head {
    char magic[sizeof magic];
    uint64_t is_source, format, title, node_count, edge_count, text_size, look_size, length,
        is_coarse;
    double cpu_seconds;
} head;

typedef struct wire_node {
    uint64_t id, label, tooltip, class;
    uint32_t looks[LOOKS];
    uint32_t is_legend;
} wire_node;

typedef struct wire_edge {
    uint64_t id, label, tooltip, class;
    uint32_t from, to;
    uint32_t looks[LOOKS];
    uint32_t is_chain, is_invisible, is_cycle, is_marked;
} wire_edge;

/* ---- writing ---- */

/* The texts of looks, each once: there are a few dozen. */
typedef struct look_texts {
    rg_buffer bytes;
    size_t count;
    const char *known[KNOWN_MOST];
    uint32_t at[KNOWN_MOST];
} look_texts;

static rg_status add_look(look_texts *t, uint32_t *at, const char *text)
{
    *at = 0;
    if (!text)
        return RG_OK;
    for (size_t i = 0; i < t->count; i++)
        if (t->known[i] == text) {
            *at = t->at[i];
            return RG_OK;
        }
    *at = (uint32_t)t->bytes.size + 1;
    if (t->count < KNOWN_MOST) {
        t->known[t->count] = text;
        t->at[t->count++] = *at;
    }
    return rg_buffer_add(&t->bytes, text, strlen(text) + 1);
}

static rg_status add_looks(look_texts *t, uint32_t *at, const rg__look *look)
{
    const char *texts[LOOKS];
    rg_status status = RG_OK;
    memcpy(texts, look, sizeof texts);
    for (size_t i = 0; i < LOOKS && !status; i++)
        status = add_look(t, &at[i], texts[i]);
    return status;
}

static rg_status add_node(rg_buffer *out, look_texts *t, const rg__picture_node *node)
{
    wire_node w = {.id = node->id,
                   .label = node->label,
                   .tooltip = node->tooltip,
                   .class = node->class,
                   .is_legend = node->is_legend};
    const rg_status status = add_looks(t, w.looks, &node->look);
    return status ? status : rg_buffer_add(out, &w, sizeof w);
}

static rg_status add_edge(rg_buffer *out, look_texts *t, const rg__picture_edge *edge)
{
    wire_edge w = {.id = edge->id,
                   .label = edge->label,
                   .tooltip = edge->tooltip,
                   .class = edge->class,
                   .from = edge->from,
                   .to = edge->to,
                   .is_chain = edge->is_chain,
                   .is_invisible = edge->is_invisible,
                   .is_cycle = edge->is_cycle,
                   .is_marked = edge->is_marked};
    const rg_status status = add_looks(t, w.looks, &edge->look);
    return status ? status : rg_buffer_add(out, &w, sizeof w);
}

rg_status rg__wire_write_picture(rg_buffer *out, const rg__picture *p, rg_format format,
                                 double cpu_seconds)
{
    static_assert(sizeof(rg__look) == LOOKS * sizeof(const char *), "a look holds texts only");
    const size_t start = out->size;
    look_texts texts = {.bytes = rg_buffer_empty(&p->allocator)};
    head h = {.format = format,
              .title = p->title,
              .node_count = p->node_count,
              .edge_count = p->edge_count,
              .text_size = p->text.size,
              .length = p->length,
              .is_coarse = p->is_coarse,
              .cpu_seconds = cpu_seconds};
    memcpy(h.magic, magic, sizeof magic);
    rg_status status = rg_buffer_add(out, &h, sizeof h);
    for (size_t i = 0; i < p->node_count && !status; i++)
        status = add_node(out, &texts, &p->nodes[i]);
    for (size_t i = 0; i < p->edge_count && !status; i++)
        status = add_edge(out, &texts, &p->edges[i]);
    if (!status)
        status = rg_buffer_add(out, p->text.data, p->text.size);
    if (!status)
        status = rg_buffer_add(out, texts.bytes.data, texts.bytes.size);
    if (!status) {
        h.look_size = texts.bytes.size;
        memcpy(out->data + start, &h, sizeof h);
    }
    rg_buffer_dispose(&texts.bytes);
    return status;
}

rg_status rg__wire_write_source(rg_buffer *out, const char *format, const char *source)
{
    head h = {.is_source = 1, .title = strlen(format) + 1};
    h.text_size = h.title + strlen(source) + 1;
    memcpy(h.magic, magic, sizeof magic);
    rg_status status = rg_buffer_add(out, &h, sizeof h);
    if (!status)
        status = rg_buffer_add(out, format, (size_t)h.title);
    if (!status)
        status = rg_buffer_add(out, source, strlen(source) + 1);
    return status;
}

/* ---- reading ---- */

/* Where the parts of an order lie. */
typedef struct parts {
    head h;
    const char *nodes, *edges, *texts, *looks;
} parts;

static bool take(const char **part, const char **at, const char *end, uint64_t count, size_t size)
{
    if (count > (size_t)(end - *at) / size)
        return false;
    *part = *at;
    *at += count * size;
    return true;
}

static bool find_parts(parts *p, const rg_buffer *data)
{
    const char *at = data->data;
    const char *end = at + data->size;
    if (data->size < sizeof p->h)
        return false;
    memcpy(&p->h, at, sizeof p->h);
    at += sizeof p->h;
    return !memcmp(p->h.magic, magic, sizeof magic) &&
           take(&p->nodes, &at, end, p->h.node_count, sizeof(wire_node)) &&
           take(&p->edges, &at, end, p->h.edge_count, sizeof(wire_edge)) &&
           take(&p->texts, &at, end, p->h.text_size, 1) &&
           take(&p->looks, &at, end, p->h.look_size, 1) && at == end && p->h.text_size &&
           !p->texts[p->h.text_size - 1] && p->h.title < p->h.text_size &&
           (!p->h.look_size || !p->looks[p->h.look_size - 1]);
}

static bool read_looks(rg__look *out, const uint32_t *at, const parts *p)
{
    const char *texts[LOOKS] = {NULL};
    for (size_t i = 0; i < LOOKS; i++) {
        if (at[i] > p->h.look_size)
            return false;
        texts[i] = at[i] ? p->looks + at[i] - 1 : NULL;
    }
    memcpy(out, texts, sizeof texts);
    return true;
}

static bool are_texts(const parts *p, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t size = p->h.text_size;
    return a < size && b < size && c < size && d < size;
}

static bool read_node(rg__picture_node *out, const parts *p, size_t i)
{
    wire_node w;
    memcpy(&w, p->nodes + i * sizeof w, sizeof w);
    *out = (rg__picture_node){.id = w.id,
                              .label = w.label,
                              .tooltip = w.tooltip,
                              .class = w.class,
                              .is_legend = w.is_legend != 0};
    return are_texts(p, w.id, w.label, w.tooltip, w.class) && read_looks(&out->look, w.looks, p);
}

static bool read_edge(rg__picture_edge *out, const parts *p, size_t i)
{
    wire_edge w;
    memcpy(&w, p->edges + i * sizeof w, sizeof w);
    *out = (rg__picture_edge){.from = w.from,
                              .to = w.to,
                              .id = w.id,
                              .label = w.label,
                              .tooltip = w.tooltip,
                              .class = w.class,
                              .is_chain = w.is_chain != 0,
                              .is_invisible = w.is_invisible != 0,
                              .is_cycle = w.is_cycle != 0,
                              .is_marked = w.is_marked != 0};
    return w.from < p->h.node_count && w.to < p->h.node_count &&
           are_texts(p, w.id, w.label, w.tooltip, w.class) && read_looks(&out->look, w.looks, p);
}

static rg_status read_picture(rg__picture *out, const parts *p)
{
    const size_t nodes = (size_t)p->h.node_count;
    const size_t edges = (size_t)p->h.edge_count;
    out->allocator = rg_allocator_default();
    out->text = rg_buffer_empty(&out->allocator);
    rg_status status = rg_buffer_add(&out->text, p->texts, (size_t)p->h.text_size);
    if (!status)
        status = rg__array_reserve(&out->allocator, &out->nodes, &out->node_capacity, nodes,
                                   sizeof *out->nodes);
    if (!status)
        status = rg__array_reserve(&out->allocator, &out->edges, &out->edge_capacity, edges,
                                   sizeof *out->edges);
    bool is_good = !status;
    for (size_t i = 0; i < nodes && is_good; i++)
        is_good = read_node(&out->nodes[i], p, i);
    for (size_t i = 0; i < edges && is_good; i++)
        is_good = read_edge(&out->edges[i], p, i);
    out->title = (size_t)p->h.title;
    out->length = p->h.length;
    out->is_coarse = p->h.is_coarse != 0;
    out->node_count = nodes;
    out->edge_count = edges;
    if (status)
        return status;
    return is_good ? RG_OK : RG_ERR_ARGUMENT;
}

rg_status rg__wire_read(rg__order *out, const rg_buffer *data)
{
    parts p = {0};
    if (!find_parts(&p, data) || p.h.format > RG_FORMAT_DOT)
        return RG_ERR_ARGUMENT;
    out->is_source = p.h.is_source != 0;
    out->cpu_seconds = p.h.cpu_seconds;
    out->format = (rg_format)p.h.format;
    out->format_name = p.texts;
    out->source = p.texts + p.h.title;
    return out->is_source ? RG_OK : read_picture(&out->picture, &p);
}

void rg__order_dispose(rg__order *self)
{
    if (!self->is_source)
        rg__picture_dispose(&self->picture);
    *self = (rg__order){0};
}
