/* The components that cycles are found among, and what only one of the cycles reaches. */
#include "analysis/cycles_private.h"
#include "analysis/retained.h"
#include "analysis/scc.h"

rg_status rg__cycle_components(rg_scc *out, const rg_graph *graph, const uint64_t *reached,
                               const rg_allocator *allocator)
{
    const size_t words = rg__bit_words(graph);
    uint64_t *unreached = rg__array_new_raw(allocator, words, sizeof *unreached);
    if (!unreached)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < words; i++)
        unreached[i] = ~reached[i];
    rg_status status = rg__scc_find(out, graph, RG_STRENGTH_FRAME, unreached, allocator);
    rg__array_free(allocator, unreached, words, sizeof *unreached);
    return status;
}

rg_status rg_cycle_kept_find(rg_node_list *out, const rg_graph *graph, const rg_cycles *cycles,
                             size_t cycle, const rg_allocator *allocator)
{
    const rg_allocator a = allocator ? *allocator : graph->allocator;
    const size_t words = rg__bit_words(graph);
    rg_scc scc = {0};
    if (cycle >= cycles->count)
        return RG_ERR_ARGUMENT;
    uint64_t *reached = rg__array_new(&a, words, sizeof *reached);
    if (!reached)
        return RG_ERR_NOMEM;
    rg_status status = rg__reach_roots(reached, graph, (1U << RG_ROOT_KIND_COUNT) - 1, &a);
    if (!status)
        status = rg__cycle_components(&scc, graph, reached, &a);
    if (!status) {
        const uint32_t member = cycles->members[cycles->items[cycle].first];
        status = rg__kept_nodes(out, graph, scc.component, scc.count, scc.component[member], &a);
    }
    rg_scc_dispose(&scc);
    rg__array_free(&a, reached, words, sizeof *reached);
    return status;
}
