/* See file_sections.h. Arrays go out as they stand where every text stays; else what holds ids of strings is rewritten
 * on the way, item by item. Every struct written as it stands has no padding. */
#include "graph/file_sections.h"

#include <string.h>

_Static_assert(sizeof(rg__type) == 28 && sizeof(rg__root) == 16 && sizeof(rg__native) == 8 &&
                   sizeof(rg__wide_name) == 8 && sizeof(rg__wide_node) == 24 &&
                   sizeof(rg__site) == 8 && sizeof(rg_location) == 8 &&
                   sizeof(rg__stored_node) == 24,
               "an array in memory is a section of a file");

enum { SMALL = 4096 /* bytes of a section that are not worth a frame */ };

/* ---- bytes ---- */

static rg_status store(rg__sections *s, const void *data, size_t size)
{
    if (size)
        (void)XXH3_64bits_update(&s->checksum, data, size);
    s->section->stored += size;
    return rg__output_add(s->output, data, size);
}

static rg_status pack_piece(rg__sections *s)
{
    rg_string frame = {0};
    rg_status status = rg__packer_pack(s->packer, s->piece, s->in_piece, &frame);
    s->in_piece = 0;
    return status ? status : store(s, frame.data, frame.size);
}

static rg_status add(rg__sections *s, const void *data, size_t size)
{
    s->section->size += size;
    if (!s->is_packed)
        return store(s, data, size);
    const unsigned char *from = data;
    rg_status status = RG_OK;
    while (size && !status) {
        const size_t room = RG__FRAME_SIZE - s->in_piece;
        const size_t taken = size < room ? size : room;
        memcpy(s->piece + s->in_piece, from, taken);
        s->in_piece += taken;
        from += taken;
        size -= taken;
        if (s->in_piece == RG__FRAME_SIZE)
            status = pack_piece(s);
    }
    return status;
}

static rg_status add_array(rg__sections *s, const void *array, uint64_t count, size_t item)
{
    return count ? add(s, array, (size_t)count * item) : RG_OK;
}

static rg_status add32(rg__sections *s, uint32_t value)
{
    return add(s, &value, sizeof value);
}

/* ---- strings ---- */

/* What to do with each string of the file, in the order of their ids; `end` is where it stops. */
typedef rg_status (*visitor)(rg__sections *s, uint32_t id, rg_string text, uint64_t end);

static rg_status each_string(rg__sections *s, visitor visit)
{
    const rg__text_choice *c = s->choice;
    const uint32_t count = s->graph->tables.strings.count;
    uint64_t end = 0;
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < count && !status; i++) {
        char number[RG__TEXT_NUMBER];
        if (c->ids[i] == RG_NONE)
            continue;
        const rg_string text = rg__text_at(c, i, number);
        end += text.size;
        status = visit(s, c->ids[i], text, end);
    }
    for (uint32_t i = 0; i < c->extra.count && !status; i++) {
        const rg_string text = rg__strings_at(&c->extra, i);
        end += text.size;
        status = visit(s, c->kept + i, text, end);
    }
    return status;
}

static rg_status add_carry(rg__sections *s, uint32_t id, rg_string text, uint64_t end)
{
    rg_status status = RG_OK;
    for (uint64_t carry = (end - text.size) >> 32; carry < end >> 32 && !status; carry++)
        status = add32(s, id);
    return status;
}

static rg_status add_end(rg__sections *s, uint32_t id, rg_string text, uint64_t end)
{
    (void)id;
    (void)text;
    return add32(s, (uint32_t)end);
}

static rg_status add_bytes(rg__sections *s, uint32_t id, rg_string text, uint64_t end)
{
    (void)id;
    (void)end;
    return add(s, text.data, text.size);
}

/* ---- items with ids of strings ---- */

static uint32_t id_of(const rg__sections *s, uint32_t string)
{
    return s->choice ? s->choice->ids[string] : string;
}

static rg_status add_types(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->type_count && !status; i++) {
        rg__type type = t->types[i];
        type.module = id_of(s, type.module);
        type.name = id_of(s, type.name);
        status = add(s, &type, sizeof type);
    }
    return status;
}

static rg_status add_shadows(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->shadow_count && !status; i++)
        status = add32(s, id_of(s, t->shadows[i]));
    return status;
}

static rg_status add_roots(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->root_count && !status; i++) {
        rg__root root = t->roots[i];
        if (s->choice)
            root.name = s->choice->names[i];
        status = add(s, &root, sizeof root);
    }
    return status;
}

static rg_status add_locations(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->location_count && !status; i++) {
        const rg_location line = {id_of(s, t->locations[i].file), t->locations[i].line};
        status = add(s, &line, sizeof line);
    }
    return status;
}

static rg_status add_wide_names(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->wide_count && !status; i++) {
        const rg__wide_name name = s->choice ? rg__text_wide(s->choice, t->wide[i]) : t->wide[i];
        status = add(s, &name, sizeof name);
    }
    return status;
}

static rg_status add_nodes(rg__sections *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    if (!s->choice)
        return add_array(s, t->nodes, t->node_count, sizeof *t->nodes);
    for (uint32_t i = 0; i < t->node_count && !status; i++) {
        const rg__stored_node node = rg__text_node(s->choice, i);
        status = add(s, &node, sizeof node);
    }
    return status;
}

static rg_status add_labels(rg__sections *s)
{
    const rg_graph *g = s->graph;
    rg_status status = RG_OK;
    if (!s->choice)
        return add_array(s, g->labels, g->edge_count, sizeof *g->labels);
    for (uint64_t e = 0; e < g->edge_count && !status; e++)
        status = add32(s, rg__text_label(s->choice, g->labels[e]));
    return status;
}

static rg_status add_collector(rg__sections *s)
{
    const rg_collector_state *c = &s->graph->tables.collector;
    unsigned char bytes[48] = {0};
    rg__put32(bytes, (uint32_t)c->kind);
    rg__put32(bytes + 4, c->is_enabled);
    for (int i = 0; i < 3; i++) {
        rg__put32(bytes + 8 + 4 * i, (uint32_t)c->thresholds[i]);
        rg__put32(bytes + 20 + 4 * i, (uint32_t)c->counts[i]);
    }
    rg__put64(bytes + 32, c->frozen);
    rg__put32(bytes + 40, (uint32_t)c->debug_flags);
    return add(s, bytes, sizeof bytes);
}

/* ---- sections ---- */

static rg_status add_strings(rg__sections *s, rg__section_id id)
{
    const rg__strings *strings = &s->graph->tables.strings;
    const uint32_t count = strings->count;
    switch (id) {
    case RG__SECTION_STRING_CARRIES:
        return s->choice ? each_string(s, add_carry)
                         : add_array(s, strings->ends.carries, strings->ends.carry_count, 4);
    case RG__SECTION_STRING_ENDS:
        return s->choice ? each_string(s, add_end) : add_array(s, strings->ends.low, count, 4);
    default:
        return s->choice ? each_string(s, add_bytes)
                         : add_array(s, strings->bytes,
                                     count ? rg__offset(&strings->ends, count - 1) : 0, 1);
    }
}

static rg_status add_section(rg__sections *s, rg__section_id id)
{
    const rg_graph *g = s->graph;
    const rg__tables *t = &g->tables;
    switch (id) {
    case RG__SECTION_ORIGIN:
        return add(s, s->origin->data, s->origin->size);
    case RG__SECTION_COLLECTOR:
        return add_collector(s);
    case RG__SECTION_TYPES:
        return add_types(s);
    case RG__SECTION_SHADOWS:
        return add_shadows(s);
    case RG__SECTION_ROOTS:
        return add_roots(s);
    case RG__SECTION_NATIVE:
        return add_array(s, t->native, t->native_count, sizeof *t->native);
    case RG__SECTION_WIDE_NAMES:
        return add_wide_names(s);
    case RG__SECTION_WIDE_NODES:
        return add_array(s, t->wide_nodes, t->wide_node_count, sizeof *t->wide_nodes);
    case RG__SECTION_SITES:
        return add_array(s, t->sites, t->site_count, sizeof *t->sites);
    case RG__SECTION_LOCATIONS:
        return add_locations(s);
    case RG__SECTION_SITE_OF:
        return add_array(s, t->site_of, t->site_of_count, sizeof *t->site_of);
    case RG__SECTION_NODES:
        return add_nodes(s);
    case RG__SECTION_EDGE_CARRIES:
        return add_array(s, g->offsets.carries, g->offsets.carry_count, 4);
    case RG__SECTION_EDGE_OFFSETS:
        return add_array(s, g->offsets.low, t->node_count + 1, 4);
    case RG__SECTION_TARGETS:
        return add_array(s, g->targets, g->edge_count, 4);
    case RG__SECTION_LABELS:
        return add_labels(s);
    case RG__SECTION_SOURCE_CARRIES:
        return add_array(s, g->reverse_offsets.carries, g->reverse_offsets.carry_count, 4);
    case RG__SECTION_SOURCE_OFFSETS:
        return add_array(s, g->reverse_offsets.low, t->node_count + 1, 4);
    case RG__SECTION_SOURCES:
        return add_array(s, g->sources, g->edge_count, 4);
    default:
        return add_strings(s, id);
    }
}

/* One section, packed or not. */
static rg_status write_once(rg__sections *s, rg__section_id id, bool is_packed)
{
    const uint64_t begin = s->output->position + s->output->used;
    s->section = &s->header->sections[id];
    *s->section = (rg__section){
        .offset = begin,
        .encoding = is_packed ? RG__ENCODING_ZSTD : RG__ENCODING_PLAIN,
    };
    s->is_packed = is_packed;
    s->in_piece = 0;
    (void)XXH3_64bits_reset(&s->checksum);
    rg_status status = add_section(s, id);
    if (!status && s->in_piece)
        status = pack_piece(s);
    s->section->checksum = XXH3_64bits_digest(&s->checksum);
    return status;
}

rg_status rg__sections_write(rg__sections *self, rg__section_id id)
{
    const bool may_pack = self->packer && id > RG__SECTION_COLLECTOR;
    const uint64_t begin = self->output->position + self->output->used;
    rg_status status = write_once(self, id, may_pack);
    const rg__section *s = self->section;
    const bool is_too_much = /* for a reader that fears what unpacks to a thousand times its size */
        s->size > RG__RATIO_FREE && (s->size - RG__RATIO_FREE) / RG__RATIO_MOST > s->stored;
    if (status || !may_pack || (s->size >= SMALL && s->stored < s->size && !is_too_much))
        return status;
    status = rg__output_seek(self->output, begin);
    return status ? status : write_once(self, id, false);
}
