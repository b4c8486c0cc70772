/* The legend: a row of nodes below all others. That they share a rank is up to cgraph_build.c; that it is the
 * lowest is held by invisible references from what will stand lowest, since dot's rank=sink does nothing where
 * newrank is set. */
#include "render/picture_parts.h"

/* Invisible references to the first entry: node `nodes`, before edge `edges`. (Held by its middle, the row would
 * lose its order.) */
static rg_status hold_below(rg__picture *p, size_t nodes, size_t edges)
{
    uint32_t lowest[RG__LOWEST_MOST];
    size_t count = 0;
    rg_status status = rg__lowest_find(lowest, &count, p, nodes, edges);
    for (size_t i = 0; i < count && !status; i++)
        status = rg__picture_push_plain(p, lowest[i], (uint32_t)nodes, "l", p->edge_count, true);
    return status;
}

/* The rest of an entry that has its id: to the right of the one before it. */
static rg_status add_entry(rg__picture *p, rg__text_at id, const rg__look *look, const char *text)
{
    rg__picture_node node = {.id = id, .look = *look, .is_legend = true};
    const uint32_t index = (uint32_t)p->node_count;
    rg_status status = rg__text_add(p, &node.class, "legend");
    if (!status)
        status = rg__text_add(p, &node.label, text);
    node.tooltip = node.label;
    if (!status)
        status = rg__picture_push_node(p, &node);
    if (status || !p->nodes[index - 1].is_legend)
        return status;
    return rg__picture_push_plain(p, index - 1, index, "l", p->edge_count, true);
}

static rg_status add_kinds(rg__picture *p, unsigned kinds)
{
    rg_status status = RG_OK;
    for (unsigned k = 1; k <= RG_KIND_COUNT && !status; k++) {
        const rg_kind kind = (rg_kind)(k % RG_KIND_COUNT); /* "other" comes last */
        if (!(kinds >> kind & 1))
            continue;
        const rg__look look = rg__look_of_legend(kind);
        rg__text_at id = 0;
        status = rg__text_add_id(p, &id, "legend", kind);
        if (!status)
            status = add_entry(p, id, &look, rg__legend_text(kind));
    }
    return status;
}

rg_status rg__legend_add(rg__picture *self, unsigned kinds, unsigned roles)
{
    static const struct {
        unsigned role;
        const char *id, *text;
    } entries[] = {
        {RG__ROLE_CYCLE, "legend_cycle", "on the shortest cycle"},
        {RG__ROLE_CUT, "legend_cut", "cut here"},
        {RG__ROLE_FINALIZER, "legend_finalizer", "has a finalizer"},
    };
    const size_t nodes = self->node_count;
    const size_t edges = self->edge_count;
    rg_status status = add_kinds(self, kinds);
    for (size_t i = 0; i < sizeof entries / sizeof *entries && !status; i++) {
        if (!(roles & entries[i].role))
            continue;
        const rg__look look = rg__look_of_legend_role(entries[i].role);
        rg__text_at id = 0;
        status = rg__text_add(self, &id, entries[i].id);
        if (!status)
            status = add_entry(self, id, &look, entries[i].text);
    }
    if (status || self->node_count == nodes)
        return status;
    return hold_below(self, nodes, edges);
}
