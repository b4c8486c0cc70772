/* What objects are there for. A hundred dicts in a dict are there for the sessions in them, ten
 * thousand bound methods for the objects to which they are bound:
 *
 *   level 0   100 dict                     the children of the accumulation point
 *   level 1   10,000 app.Session           more than half of what level 0 keeps beside itself
 *   level 2   …
 *
 * All objects of a level have one type. From level to level goes what keeps more than half; the
 * level told in the end is the first that is no container and no function, and not of a few
 * objects where a next one has ten times as many. */
#include "analysis/accumulations.h"

enum { DEPTH = 8 /* levels: method → partial → __dict__ → list → tuple → … */ };

/* ---- sums by type ---- */

rg_status rg__tally_start(rg__tally *self, const rg_graph *graph, const rg_allocator *allocator)
{
    const size_t room = graph->tables.type_count + 1; /* never zero elements */
    *self = (rg__tally){.type_count = room, .allocator = *allocator};
    self->sums = rg__array_new(allocator, room, sizeof *self->sums);
    self->touched = rg__array_new_raw(allocator, room, sizeof *self->touched);
    return self->sums && self->touched ? RG_OK : RG_ERR_NOMEM;
}

void rg__tally_dispose(rg__tally *self)
{
    rg__array_free(&self->allocator, self->touched, self->type_count, sizeof *self->touched);
    rg__array_free(&self->allocator, self->sums, self->type_count, sizeof *self->sums);
    *self = (rg__tally){0};
}

void rg__tally_add(rg__tally *self, uint32_t type, uint64_t size, uint64_t bound)
{
    rg__sum *sum = &self->sums[type];
    if (!sum->count++)
        self->touched[self->touched_count++] = type;
    sum->size += size;
    if (sum->largest < size)
        sum->largest = size;
    if (size < bound) {
        sum->small_count++;
        sum->small_size += size;
    }
}

void rg__tally_clear(rg__tally *self)
{
    for (size_t i = 0; i < self->touched_count; i++)
        self->sums[self->touched[i]] = (rg__sum){0};
    self->touched_count = 0;
}

/* ---- levels ---- */

void rg__level_dispose(rg__level *self)
{
    rg__array_free(&self->allocator, self->places, self->capacity, sizeof *self->places);
    *self = (rg__level){.allocator = self->allocator};
}

rg_status rg__level_add(rg__level *self, const rg__tree *tree, uint64_t place)
{
    const rg_status status = rg__array_reserve(&self->allocator, &self->places, &self->capacity,
                                               self->count + 1, sizeof *self->places);
    if (status)
        return status;
    self->places[self->count++] = (uint32_t)place;
    self->type = rg__tree_type(tree, place);
    self->size += rg__tree_size(tree, place);
    return RG_OK;
}

/* Whether objects of a type are there for the sake of others. */
static bool is_means(const rg__tree *tree, uint32_t type)
{
    const rg_kind kind = tree->graph->tables.types[type].kind;
    return kind == RG_KIND_CONTAINER || kind == RG_KIND_FUNCTION;
}

/* The type that keeps most of what a level keeps beside itself, RG_NONE: none more than half of
 * it, or so little that the level is more itself. */
static uint32_t main_type(const rg__level *level, const rg__tree *tree, rg__tally *tally)
{
    uint64_t own = 0;
    uint32_t best = RG_NONE;
    for (size_t i = 0; i < level->count; i++) {
        const uint64_t end = rg__tree_end(tree, level->places[i]);
        own += rg__node_size(&tree->graph->tables, rg__tree_node(tree, level->places[i]));
        for (uint64_t p = rg__tree_begin(level->places[i]); p < end; p = rg__tree_end(tree, p))
            rg__tally_add(tally, rg__tree_type(tree, p), rg__tree_size(tree, p), 0);
    }
    for (size_t i = 0; i < tally->touched_count; i++) {
        const uint32_t type = tally->touched[i];
        const uint64_t size = tally->sums[type].size;
        if (size > (level->size - own) / 2 && size >= level->size / 4)
            best = type;
    }
    rg__tally_clear(tally);
    return best;
}

/* The objects of a type right below a level. To be disposed of in either case. RG_OK or
 * RG_ERR_NOMEM. */
static rg_status next_level(rg__level *next, const rg__level *level, const rg__tree *tree,
                            uint32_t type)
{
    *next = (rg__level){.allocator = level->allocator};
    for (size_t i = 0; i < level->count; i++) {
        const uint64_t end = rg__tree_end(tree, level->places[i]);
        for (uint64_t p = rg__tree_begin(level->places[i]); p < end; p = rg__tree_end(tree, p)) {
            const rg_status status =
                rg__tree_type(tree, p) == type ? rg__level_add(next, tree, p) : RG_OK;
            if (status)
                return status;
        }
    }
    return RG_OK;
}

/* Whether `next` says more than what is told so far. */
static bool is_better(const rg__level *told, const rg__level *next, const rg__tree *tree)
{
    if (is_means(tree, told->type) && !is_means(tree, next->type))
        return true;
    return (is_means(tree, told->type) || told->count < RG__FEW) &&
           next->count / RG__FEW >= told->count;
}

rg_status rg__level_descend(rg__level *self, const rg__tree *tree, rg__tally *tally)
{
    rg__level at = {.allocator = self->allocator}; /* behind the level told, where it has places */
    rg_status status = RG_OK;
    for (int depth = 0; depth < DEPTH && !status; depth++) {
        const rg__level *level = at.count ? &at : self;
        if (!is_means(tree, self->type) && self->count >= RG__FEW)
            break;
        const uint32_t type = main_type(level, tree, tally);
        if (type == RG_NONE)
            break;
        rg__level next;
        status = next_level(&next, level, tree, type);
        rg__level_dispose(&at);
        if (!status && is_better(self, &next, tree)) {
            rg__level_dispose(self);
            *self = next;
        } else {
            at = next;
        }
    }
    rg__level_dispose(&at);
    return status;
}
