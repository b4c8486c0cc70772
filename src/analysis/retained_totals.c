/* Retained sizes of groups, and the nodes that retain most. In the flat tree of dominators a node's own lie right
 * behind it, so one pass tells the topmost nodes of each group: those that do not stand within the reach of an
 * earlier one of their group. */
#include <refgraph/analysis.h>

#include "graph/graph_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- groups of types ---- */

/* A type by what it is grouped by: string ids are equal where strings are. */
typedef struct label {
    uint32_t module, name;
    uint32_t type;
} label;

static int by_label(const void *a, const void *b)
{
    const label *left = a;
    const label *right = b;
    if (left->module != right->module)
        return left->module < right->module ? -1 : 1;
    if (left->name != right->name)
        return left->name < right->name ? -1 : 1;
    return (left->type > right->type) - (left->type < right->type);
}

static label label_of(const rg_graph *graph, uint32_t type, rg_grouping grouping)
{
    static const char builtins[] = "builtins";
    const rg__type *t = &graph->tables.types[type];
    const rg_string module = rg_graph_string(graph, t->module);
    const bool is_builtin = !module.size || (module.size == sizeof builtins - 1 &&
                                             !memcmp(module.data, builtins, module.size));
    return (label){
        .module = is_builtin ? RG_NONE : t->module,
        .name = grouping == RG_BY_TYPE ? t->name : 0,
        .type = type,
    };
}

/* A total for each group, still zero, and the group of each type. RG_OK or RG_ERR_NOMEM. */
static rg_status make_groups(rg_retained_totals *out, uint32_t *group, const rg_graph *graph,
                             rg_grouping grouping)
{
    const size_t count = graph->tables.type_count;
    const rg_allocator *a = &out->allocator;
    label *labels = rg__array_new_raw(a, count, sizeof *labels);
    rg_status status = count && !labels ? RG_ERR_NOMEM : RG_OK;
    for (uint32_t t = 0; t < count && !status; t++)
        labels[t] = label_of(graph, t, grouping);
    if (labels)
        qsort(labels, count, sizeof *labels, by_label);
    for (size_t i = 0; i < count && !status; i++) {
        if (!i || labels[i].module != labels[i - 1].module ||
            labels[i].name != labels[i - 1].name) {
            status = rg__array_reserve(a, &out->items, &out->capacity, out->count + 1,
                                       sizeof *out->items);
            if (status)
                break;
            out->items[out->count++] = (rg_retained_total){.type = labels[i].type};
        }
        group[labels[i].type] = (uint32_t)(out->count - 1);
    }
    rg__array_free(a, labels, count, sizeof *labels);
    return status;
}

/* ---- totals ---- */

/* `until`, per group and zeroed: where the reach of its latest topmost node ends. */
static void add_up(rg_retained_totals *totals, uint32_t *until, const uint32_t *group,
                   const rg_graph *graph, const rg_retained *retained, rg__watch *watch)
{
    for (uint32_t i = 0; i < retained->node_count && !rg__tick(watch, 2); i++) {
        const uint32_t node = retained->order[i];
        const rg_node n = rg__node_at(&graph->tables, node);
        const uint32_t g = group[n.type];
        rg_retained_total *total = &totals->items[g];
        if (!total->count++)
            total->type = n.type;
        total->size += n.size;
        if (i < until[g])
            continue;
        until[g] = i + retained->count[node];
        total->kept_count += retained->count[node];
        total->kept_size += retained->size[node];
    }
}

static int by_kept_size(const void *a, const void *b)
{
    const rg_retained_total *left = a;
    const rg_retained_total *right = b;
    if (left->kept_size != right->kept_size)
        return left->kept_size > right->kept_size ? -1 : 1;
    if (left->kept_count != right->kept_count)
        return left->kept_count > right->kept_count ? -1 : 1;
    return (left->type > right->type) - (left->type < right->type);
}

rg_status rg_retained_totals_find(rg_retained_totals *out, const rg_graph *graph,
                                  const rg_retained *retained, rg_grouping grouping,
                                  const rg_allocator *allocator)
{
    const size_t room = graph->tables.type_count + 1; /* never zero elements */
    rg_retained_totals found = {.allocator = allocator ? *allocator : graph->allocator};
    const rg_allocator *a = &found.allocator;
    if (retained->node_count != graph->tables.node_count ||
        (grouping != RG_BY_TYPE && grouping != RG_BY_MODULE))
        return RG_ERR_ARGUMENT;
    rg_status status = RG_ERR_NOMEM;
    uint32_t *group = rg__array_new_raw(a, room, sizeof *group);
    uint32_t *until = rg__array_new(a, room, sizeof *until);
    if (!group || !until)
        goto done;
    status = make_groups(&found, group, graph, grouping);
    if (status)
        goto done;
    rg__watch watch = rg__watch_begin(graph, "totals", 2 * (uint64_t)retained->node_count);
    add_up(&found, until, group, graph, retained, &watch);
    status = rg__watch_status(&watch);
    if (status)
        goto done;
    size_t kept = 0;
    for (size_t i = 0; i < found.count; i++)
        if (found.items[i].count)
            found.items[kept++] = found.items[i];
    found.count = kept;
    if (kept)
        qsort(found.items, kept, sizeof *found.items, by_kept_size);
    *out = found;
    found = (rg_retained_totals){.allocator = *a};

done:
    rg__array_free(a, until, room, sizeof *until);
    rg__array_free(a, group, room, sizeof *group);
    rg_retained_totals_dispose(&found);
    return status;
}

void rg_retained_totals_dispose(rg_retained_totals *self)
{
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_retained_totals){0};
}
