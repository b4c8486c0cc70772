/* See signature_groups.h. States that read the same (two names that are cut alike, say) become one group:
 *
 *   state ──► entry, one a state that a target has, with its text
 *   entries in the order of id and text ──► equal ones become a group ──► groups in the order of the answer
 *
 * and the states in group_of become groups by the same steps. */
#include "analysis/signature_groups.h"

#include "analysis/sort.h"
#include "graph/graph_private.h"

#include <string.h>

typedef struct entry {
    rg_signature_group group; /* text.data is set when all texts are written */
    size_t begin;             /* of the text */
    uint32_t state;
    uint32_t place; /* its number in the order of the targets; in order_entries: where it stood */
} entry;

/* FNV-1a (Fowler, Noll, Vo): any language has it, and it reads bytes, so byte order does not matter. */
uint64_t rg__signature_id(rg_string text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static int compare_texts(rg_string x, rg_string y)
{
    const int order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

static int by_text(const void *a, const void *b)
{
    const rg_signature_group *x = &((const entry *)a)->group;
    const rg_signature_group *y = &((const entry *)b)->group;
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : compare_texts(x->text, y->text);
}

static int by_weight(const void *a, const void *b)
{
    const rg_signature_group *x = &((const entry *)a)->group;
    const rg_signature_group *y = &((const entry *)b)->group;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return compare_texts(x->text, y->text);
}

/* Number the states that targets have in the order of the targets; group_of gets the numbers. */
static size_t number_states(rg_signatures *self, uint32_t *number_of, size_t states)
{
    size_t count = 0;
    for (size_t i = 0; i < states; i++)
        number_of[i] = RG_NONE;
    for (size_t i = 0; i < self->target_count; i++) {
        uint32_t *number = &number_of[self->group_of[i]];
        if (*number == RG_NONE)
            *number = (uint32_t)count++;
        self->group_of[i] = *number;
    }
    return count;
}

static rg_status write_texts(rg_signatures *self, entry *entries, size_t count,
                             const rg__trie *trie, rg__watch *watch)
{
    rg_buffer texts = {.allocator = self->allocator};
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        entries[i].begin = texts.size;
        status =
            rg__tick(watch, 8) ? RG_ERR_CANCELLED : rg__trie_write(trie, entries[i].state, &texts);
        entries[i].group.text.size = texts.size - entries[i].begin;
    }
    self->texts = texts.data; /* with all its room: text_size is what it is freed with */
    self->text_size = texts.capacity;
    for (size_t i = 0; i < count && !status; i++) {
        entries[i].group.text.data = self->texts + entries[i].begin;
        entries[i].group.id = rg__signature_id(entries[i].group.text);
    }
    return status;
}

/* Add the targets up, each into the entry of its state. */
static void add_targets(const rg_signatures *self, const rg_graph *g, const rg_distances *d,
                        const uint32_t *targets, entry *entries, rg__watch *watch)
{
    for (size_t i = 0; i < self->target_count && !rg__tick(watch, 2); i++) {
        const uint32_t node = targets ? targets[i] : (uint32_t)i;
        rg_signature_group *group = &entries[self->group_of[i]].group;
        const uint32_t example = group->count ? group->example : node;
        const bool is_better =
            d->cost[node] != d->cost[example] ? d->cost[node] < d->cost[example] : node < example;
        group->example = is_better ? node : example;
        group->is_reached = d->cost[node] != RG_UNREACHED;
        group->count++;
        group->size += rg__node_size(&g->tables, node);
    }
}

static void merge_into(rg_signature_group *into, const rg_signature_group *from,
                       const rg_distances *d)
{
    const uint64_t costs[] = {d->cost[into->example], d->cost[from->example]};
    if (costs[1] < costs[0] || (costs[1] == costs[0] && from->example < into->example))
        into->example = from->example;
    into->count += from->count;
    into->size += from->size;
}

/* Merge entries that read the same, and put them into the order of the answer: place_of gets, per number of an
 * entry, where its group stands. `rank` has room for as many. */
static rg_status order_entries(entry *entries, size_t *groups, size_t count, const rg_distances *d,
                               uint32_t *place_of, uint32_t *rank, rg__watch *watch,
                               const rg_allocator *a)
{
    size_t kept = 0;
    rg_status status = rg__sort_watched(entries, count, sizeof *entries, by_text, watch, a);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = entries[i].place;
        if (kept && !by_text(&entries[kept - 1], &entries[i]))
            merge_into(&entries[kept - 1].group, &entries[i].group, d);
        else
            entries[kept++] = entries[i];
        place_of[number] = (uint32_t)(kept - 1);
    }
    for (size_t i = 0; i < kept; i++)
        entries[i].place = (uint32_t)i;
    status = rg__sort_watched(entries, kept, sizeof *entries, by_weight, watch, a);
    if (status)
        return status;
    for (size_t i = 0; i < kept; i++)
        rank[entries[i].place] = (uint32_t)i;
    for (size_t i = 0; i < count; i++)
        place_of[i] = rank[place_of[i]];
    *groups = kept;
    return RG_OK;
}

/* Members by group: a counting sort, so they keep the order of the targets. */
static void list_members(rg_signatures *self, const uint32_t *targets, uint32_t *cursor,
                         rg__watch *watch)
{
    uint32_t next = 0;
    for (size_t g = 0; g < self->group_count; g++) {
        self->groups[g].first = cursor[g] = next;
        next += (uint32_t)self->groups[g].count;
    }
    for (size_t i = 0; i < self->target_count && !rg__tick(watch, 1); i++)
        self->members[cursor[self->group_of[i]]++] = targets ? targets[i] : (uint32_t)i;
}

static rg_status take_groups(rg_signatures *self, const entry *entries, size_t count,
                             const uint32_t *targets, uint32_t *cursor, rg__watch *watch)
{
    const rg_allocator *a = &self->allocator;
    self->group_count = count;
    self->groups = rg__array_new_raw(a, count, sizeof *self->groups);
    self->members = rg__array_new_raw(a, self->target_count, sizeof *self->members);
    if ((count && !self->groups) || (self->target_count && !self->members))
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        self->groups[i] = entries[i].group;
    list_members(self, targets, cursor, watch);
    return rg__watch_status(watch);
}

rg_status rg__signature_groups_make(rg_signatures *self, const rg_graph *graph,
                                    const rg_distances *distances, const uint32_t *targets,
                                    const rg__trie *trie)
{
    const rg_allocator *a = &self->allocator;
    const size_t states = trie->count;
    rg__watch watch = rg__watch_begin(graph, "groups", 5 * self->target_count);
    size_t count = 0;
    entry *entries = NULL;
    uint32_t *number_of = rg__array_new_raw(a, states, sizeof *number_of);
    uint32_t *rank = rg__array_new_raw(a, states, sizeof *rank);
    rg_status status = RG_ERR_NOMEM;
    if (states && (!number_of || !rank))
        goto done;
    count = number_states(self, number_of, states);
    entries = rg__array_new(a, count, sizeof *entries);
    if (count && !entries)
        goto done;
    for (size_t i = 0; i < states; i++)
        if (number_of[i] != RG_NONE)
            entries[number_of[i]] = (entry){.state = (uint32_t)i, .place = number_of[i]};
    status = write_texts(self, entries, count, trie, &watch);
    if (status)
        goto done;
    add_targets(self, graph, distances, targets, entries, &watch);
    size_t groups = 0;
    status = order_entries(entries, &groups, count, distances, number_of, rank, &watch, a);
    if (status)
        goto done;
    for (size_t i = 0; i < self->target_count && !rg__tick(&watch, 1); i++)
        self->group_of[i] = number_of[self->group_of[i]];
    status = take_groups(self, entries, groups, targets, rank, &watch);

done:
    rg__array_free(a, entries, count, sizeof *entries);
    rg__array_free(a, rank, states, sizeof *rank);
    rg__array_free(a, number_of, states, sizeof *number_of);
    return status;
}
