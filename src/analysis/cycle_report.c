/* The report: the answer in the first line, then groups of cycles, the worst fate first, each with its
 * path, its size, its fate and what to cut.
 *
 *   41 cycles are garbage: 212 objects, 3.1 MiB. 2 more are not freed by gc.collect(). 118 are in use.
 *
 *   FREED BY A FULL COLLECTION ONLY
 *      30 ×  app.Child.parent → app.Parent.children['x'] → app.Child
 *            4 objects each; 2.9 MiB with what they keep. … */
#include "analysis/cycle_words.h"
#include "analysis/cycles_private.h"

enum {
    LIMIT = 10,  /* groups of a verdict */
    WIDTH = 100, /* characters of a line */
    HANG = 4     /* what a continued line is indented by */
};

typedef struct writer {
    const rg_cycles *cycles;
    const rg_graph *graph;
    const rg_distances *distances;
    size_t limit;
    int width; /* of the counts */
    rg_buffer *out;
} writer;

static const char *heading(rg_verdict verdict)
{
    static const char *const texts[RG_VERDICT_COUNT] = {
        [RG_VERDICT_OUTSIDE] = "HELD FROM OUTSIDE THE HEAP: no collection frees them",
        [RG_VERDICT_FROZEN] = "FROZEN: no collection frees them before gc.unfreeze()",
        [RG_VERDICT_FINALIZER] = "WITH A FINALIZER",
        [RG_VERDICT_GC_OFF] = "GC IS OFF: only gc.collect() frees them",
        [RG_VERDICT_CROSS_GENERATION] = "CROSS-GENERATION: a younger collection cannot free them",
        [RG_VERDICT_ISOLATED] = "ISOLATED: garbage that the collector frees by itself",
        [RG_VERDICT_IN_USE] = "IN USE",
    };
    return texts[verdict];
}

/* ---- the first line ---- */

typedef struct totals {
    uint64_t isolated, stuck, in_use, of_classes;
} totals;

static totals add_up(const rg_cycles *cycles)
{
    totals t = {0};
    for (size_t i = 0; i < cycles->count; i++) {
        const uint32_t flags = cycles->items[i].flags;
        t.isolated += (flags & RG_CYCLE_ISOLATED) != 0;
        const bool is_in_use = flags & RG_CYCLE_IN_USE;
        t.of_classes += is_in_use && flags & RG_CYCLE_OF_CLASS;
        t.in_use += is_in_use && !(flags & RG_CYCLE_OF_CLASS);
    }
    t.stuck = cycles->count - t.isolated - t.in_use - t.of_classes;
    return t;
}

static rg_status write_cycles(const writer *w, uint64_t count, const char *singular,
                              const char *plural)
{
    rg_status status = rg__write_number_of(w->out, count, "cycle ", "cycles ");
    return status ? status : rg__write(w->out, count == 1 ? singular : plural);
}

static rg_status write_headline(const writer *w)
{
    const totals t = add_up(w->cycles);
    const char *gap = "";
    rg_status status = RG_OK;
    if (!w->cycles->count)
        return rg__write(w->out, "No cycles.");
    if (t.isolated) {
        status = write_cycles(w, t.isolated, "is garbage (", "are garbage (");
        if (!status)
            status = rg__write_number_of(w->out, w->cycles->garbage_count, "object, ", "objects, ");
        if (!status)
            status = rg__write_bytes(w->out, w->cycles->garbage_size);
        if (!status)
            status = rg__write(w->out, " in all that gc.collect() finds).");
        gap = "\n";
    }
    if (t.stuck && !status) {
        status = rg__write(w->out, gap);
        if (!status)
            status = write_cycles(w, t.stuck, "is used by nobody and not freed by gc.collect().",
                                  "are used by nobody and not freed by gc.collect().");
        gap = "\n";
    }
    if (t.in_use && !status) {
        status = rg__write(w->out, gap);
        if (!status)
            status = write_cycles(w, t.in_use, "is in use.", "are in use.");
        gap = "\n";
    }
    if (t.of_classes && !status) {
        status = rg__write(w->out, gap);
        if (!status)
            status = rg__write_number_of(w->out, t.of_classes, "class is in a cycle with its",
                                         "classes are in cycles with their");
        if (!status)
            status = rg__write(w->out, " own functions, as usual.");
    }
    return status;
}

/* ---- a group ---- */

/* The characters from `text` up to the next space, and the bytes. */
static size_t word_at(const char *text, size_t size, size_t *characters)
{
    size_t bytes = 0;
    *characters = 0;
    for (; bytes < size && text[bytes] != ' '; bytes++)
        *characters += ((unsigned char)text[bytes] & 0xC0) != 0x80;
    return bytes;
}

/* Write a line that begins at a column, broken at spaces where it is too long. */
static rg_status write_wrapped(const writer *w, const rg_buffer *line, size_t indent)
{
    size_t column = indent;
    rg_status status = RG_OK;
    for (size_t i = 0; i < line->size && !status;) {
        size_t characters = 0;
        const size_t bytes = word_at(line->data + i, line->size - i, &characters);
        if (i && column + 1 + characters > WIDTH && column > indent + HANG) {
            column = indent + HANG;
            status = rg_buffer_add_format(w->out, "\n%*s", (int)column, "");
        } else if (i) {
            status = rg__write(w->out, " ");
            column++;
        }
        if (!status)
            status = rg_buffer_add(w->out, line->data + i, bytes);
        column += characters;
        i += bytes + 1;
    }
    return status;
}

/* Begin a line of a group. */
static rg_status write_indent(const writer *w)
{
    return rg_buffer_add_format(w->out, "\n%*s", w->width + 6, "");
}

/* A line of a group, `extra` further right, unless it is empty. Disposes of it. */
static rg_status write_line(const writer *w, rg_status status, rg_buffer *line, int extra)
{
    const int indent = w->width + 6 + extra;
    if (!status && line->size) {
        status = rg_buffer_add_format(w->out, "\n%*s", indent, "");
        if (!status)
            status = write_wrapped(w, line, (size_t)indent);
    }
    rg_buffer_dispose(line);
    return status;
}

static rg_status write_path(const writer *w, const rg_cycle_group *group)
{
    rg_cycle_path path = {0};
    rg_buffer number = {.allocator = w->out->allocator};
    rg_buffer line = {.allocator = w->out->allocator};
    rg_status status = rg_cycle_path_find(&path, w->graph, w->cycles, group->first, NULL);
    if (!status)
        status = rg__write_count(&number, group->count);
    if (!status)
        status = rg_buffer_add_format(w->out, "\n  %*s ×  ", w->width, number.data);
    if (!status)
        status = rg_cycle_path_write(&path, w->graph, &line);
    if (!status && !path.is_shortest)
        status = rg__write(&line, " (a shorter one may exist: the search was given up)");
    if (!status)
        status = write_wrapped(w, &line, (size_t)w->width + 6);
    rg_buffer_dispose(&line);
    rg_buffer_dispose(&number);
    rg_cycle_path_dispose(&path);
    return status;
}

/* "4 objects each, 2.1 KiB; 2.9 MiB with what only they keep." */
static rg_status write_size(const writer *w, const rg_cycle_group *group)
{
    const bool is_even =
        group->count > 1 && group->object_count % group->count == 0 &&
        w->cycles->items[group->first].count * (uint64_t)group->count == group->object_count;
    rg_status status = write_indent(w);
    if (!status)
        status = rg__write_number_of(
            w->out, is_even ? group->object_count / group->count : group->object_count, "object",
            "objects");
    if (!status)
        status = rg__write(w->out, is_even ? " each, " : ", ");
    if (!status)
        status = rg__write_bytes(w->out, group->size);
    if (!status && is_even)
        status = rg__write(w->out, " in all");
    if (!status && group->kept_count) {
        status = rg__write(w->out, "; with what only ");
        if (!status)
            status = rg__write(w->out, group->count == 1 ? "it keeps " : "they keep ");
        if (!status)
            status = rg__write_number_of(w->out, group->object_count + group->kept_count,
                                         "object, ", "objects, ");
        if (!status)
            status = rg__write_bytes(w->out, group->size + group->kept_size);
    }
    return status ? status : rg__write(w->out, ".");
}

static rg_status write_cut(const writer *w, const rg_cycle_group *group)
{
    rg_cut cut = {0};
    rg_buffer what = {.allocator = w->out->allocator};
    rg_buffer how = {.allocator = w->out->allocator};
    rg_status status = rg_cycle_cut_find(&cut, w->graph, w->cycles, group->first, NULL);
    if (!status)
        status = rg__write(&what, "Cut: ");
    if (!status)
        status = rg_cut_write(&cut, w->graph, &what);
    if (!status)
        status = rg_cut_write_advice(&cut, w->graph, &how);
    rg_cut_dispose(&cut);
    status = write_line(w, status, &what, 0);
    return write_line(w, status, &how, HANG + 1);
}

/* What holds a member of a cycle that is in use. */
static rg_status write_holder(const writer *w, const rg_cycle_group *group)
{
    const uint32_t nearest = rg_cycle_nearest(w->cycles, group->first, w->distances);
    rg_chains chains = {0};
    bool evaluable = false;
    rg_buffer line = {.allocator = w->out->allocator};
    rg_status status = rg_chains_find(&chains, w->graph, w->distances, nearest, 1, NULL);
    if (!status && chains.count) {
        status = rg__write(&line, "Held by ");
        if (!status)
            status = rg_chain_write_expression(&chains.items[0], w->graph, &line, &evaluable);
    }
    rg_chains_dispose(&chains);
    return write_line(w, status, &line, 0);
}

uint32_t rg_cycle_nearest(const rg_cycles *cycles, size_t cycle, const rg_distances *distances)
{
    const rg_cycle *c = &cycles->items[cycle];
    uint32_t nearest = cycles->members[c->first];
    for (uint32_t i = 1; i < c->count; i++) {
        const uint32_t node = cycles->members[c->first + i];
        if (distances->cost[node] < distances->cost[nearest])
            nearest = node;
    }
    return nearest;
}

static rg_status write_group(const writer *w, const rg_cycle_group *group)
{
    const bool is_in_use = group->verdict == RG_VERDICT_IN_USE;
    const bool is_told = is_in_use || group->verdict == RG_VERDICT_FROZEN ||
                         group->verdict == RG_VERDICT_GC_OFF; /* by the heading */
    rg_status status = write_path(w, group);
    if (!status)
        status = write_size(w, group);
    if (!status && !is_told) {
        rg_buffer fate = {.allocator = w->out->allocator};
        status = rg_cycle_write_fate(w->graph, w->cycles, group->first, &fate);
        status = write_line(w, status, &fate, 0);
    }
    if (!status)
        status = write_cut(w, group);
    if (!status && is_in_use && w->distances)
        status = write_holder(w, group);
    return status;
}

/* ---- the whole ---- */

/* Whether a group is one that every heap is full of. */
static bool is_usual(const rg_cycle_group *group)
{
    const uint32_t usual = RG_CYCLE_IN_USE | RG_CYCLE_OF_CLASS;
    return (group->flags & usual) == usual;
}

/* The groups of one verdict: groups[begin, end). */
static rg_status write_section(const writer *w, size_t begin, size_t end)
{
    size_t shown = 0;
    size_t more = 0;
    uint64_t rest = 0;
    rg_status status = RG_OK;
    for (size_t g = begin; g < end && !status; g++) {
        const rg_cycle_group *group = &w->cycles->groups[g];
        if (is_usual(group))
            continue;
        if (shown == w->limit) {
            rest += group->count;
            more++;
            continue;
        }
        status = shown++ ? RG_OK : rg_buffer_add_format(w->out, "\n\n%s", heading(group->verdict));
        if (!status)
            status = write_group(w, group);
    }
    if (status || !more)
        return status;
    status = rg__write(w->out, "\n  … ");
    if (!status)
        status = rg__write_number_of(w->out, more, "more group of ", "more groups of ");
    return status ? status : rg__write_number_of(w->out, rest, "cycle", "cycles");
}

static int digits_of(const rg_cycles *cycles)
{
    uint64_t most = 0;
    int width = 1;
    for (size_t g = 0; g < cycles->group_count; g++)
        most = cycles->groups[g].count > most ? cycles->groups[g].count : most;
    for (; most >= 10; most /= 10)
        width++;
    return width + (width - 1) / 3; /* with separators */
}

rg_status rg_cycles_write(const rg_cycles *self, const rg_graph *graph,
                          const rg_distances *distances, size_t limit, rg_buffer *out)
{
    rg_buffer text = {.allocator = out->allocator};
    const writer w = {
        .cycles = self,
        .graph = graph,
        .distances = distances,
        .limit = limit ? limit : LIMIT,
        .width = digits_of(self),
        .out = &text,
    };
    rg_status status = write_headline(&w);
    for (size_t begin = 0, end; begin < self->group_count && !status; begin = end) {
        for (end = begin;
             end < self->group_count && self->groups[end].verdict == self->groups[begin].verdict;)
            end++;
        status = write_section(&w, begin, end);
    }
    if (!status)
        status = rg_buffer_add(out, text.data, text.size);
    rg_buffer_dispose(&text);
    return status;
}
