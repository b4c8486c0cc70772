/* What dot will place lowest. */
#include "render/layers.h"
#include "render/picture_parts.h"

/* Whether nothing leads down from a node. */
static bool is_bottom(const rg__layers *l, uint32_t node)
{
    for (uint32_t i = l->offsets[node]; i < l->offsets[node + 1]; i++)
        if (l->finish[l->targets[i]] < l->finish[node])
            return false;
    return true;
}

rg_status rg__lowest_find(uint32_t *lowest, size_t *count, const rg__picture *picture, size_t nodes,
                          size_t edges)
{
    rg__layers layers = {0};
    const rg_status status = rg__layers_find(&layers, picture, nodes, edges);
    if (status)
        return status;
    size_t found = 0;
    for (size_t i = nodes; i-- > 0;) {
        const uint32_t node = layers.finished[i];
        if (!is_bottom(&layers, node))
            continue;
        size_t at = found < RG__LOWEST_MOST ? found++ : RG__LOWEST_MOST;
        for (; at && layers.depth[lowest[at - 1]] < layers.depth[node]; at--)
            if (at < RG__LOWEST_MOST)
                lowest[at] = lowest[at - 1];
        if (at < RG__LOWEST_MOST)
            lowest[at] = node;
    }
    *count = found;
    rg__layers_dispose(&layers);
    return RG_OK;
}
