/* See answers.h. */
#include "answers.h"

#include <inttypes.h>
#include <string.h>

enum { CHAINS = 3, TOP = 5 };

typedef struct asked {
    const rg_graph *g;
    rg_buffer *out;
    rg_distances distances;
    rg_retained retained;
    rg_cycles cycles;
} asked;

static rg_status number(rg_buffer *out, uint64_t value)
{
    return rg_buffer_add_format(out, " %" PRIu64, value);
}

static rg_status line(rg_buffer *out, const char *what)
{
    return rg_buffer_add_format(out, "\n%s", what);
}

static rg_status raw(rg_buffer *out, rg_string text)
{
    rg_status status = number(out, text.size);
    return status ? status : rg_buffer_add(out, text.size ? text.data : "", text.size);
}

/* ---- what is there ---- */

static rg_status write_edges(const asked *a, uint32_t node)
{
    rg_edge_list in = {0};
    rg_status status = RG_OK;
    for (uint64_t e = rg_graph_edges_begin(a->g, node);
         e < rg_graph_edges_end(a->g, node) && !status; e++) {
        const rg_edge edge = rg_graph_edge(a->g, node, e);
        status = number(a->out, edge.to);
        if (!status)
            status = number(a->out, (uint64_t)edge.strength);
        if (!status)
            status = rg_graph_write_name(a->g, &edge, 0, a->out);
    }
    if (!status)
        status = rg_referrers_find(&in, a->g, node, RG_STRENGTH_WEAK, NULL);
    for (size_t i = 0; i < in.count && !status; i++)
        status = number(a->out, in.items[i].index);
    rg_edge_list_dispose(&in);
    return status;
}

static rg_status write_node(const asked *a, uint32_t node)
{
    const rg_node n = rg_graph_node(a->g, node);
    const uint64_t numbers[] = {n.address,
                                n.size,
                                n.type,
                                n.refcount,
                                n.flags,
                                n.generation,
                                rg_graph_unexplained(a->g, node)};
    rg_status status = line(a->out, "node");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
        status = number(a->out, numbers[i]);
    if (!status)
        status = rg_graph_write_type(a->g, node, a->out);
    if (!status)
        status = rg_graph_write_text(a->g, node, 0, a->out);
    if (!status)
        status = rg_graph_write_site(a->g, node, a->out);
    if (!status)
        status = rg_references_write(a->g, node, a->out);
    return status ? status : write_edges(a, node);
}

static rg_status write_types(const asked *a)
{
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < rg_graph_type_count(a->g) && !status; i++) {
        const rg_type t = rg_graph_type(a->g, i);
        status = line(a->out, "type");
        if (!status)
            status = raw(a->out, t.module);
        if (!status)
            status = raw(a->out, t.name);
        if (!status)
            status = number(a->out, (uint64_t)t.kind << 32 | t.flags);
        if (!status)
            status = number(a->out, t.node);
        if (!status)
            status = number(a->out, rg_graph_type_shadows(a->g, i, rg_string_of("__dict__")));
    }
    return status;
}

static rg_status write_roots(const asked *a)
{
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < rg_graph_root_count(a->g) && !status; i++) {
        const rg_root r = rg_graph_root(a->g, i);
        status = line(a->out, "root");
        if (!status)
            status = number(a->out, r.node);
        if (!status)
            status = number(a->out, r.references);
        if (!status)
            status = raw(a->out, r.name);
        if (!status)
            status = rg_graph_write_root(a->g, i, 0, a->out);
    }
    return status;
}

static rg_status write_collector(const asked *a)
{
    const rg_collector_state c = rg_graph_collector(a->g);
    return rg_buffer_add_format(a->out, "\ncollector %d %d %d %d %d %d %d %d %" PRIu64 " %d",
                                (int)c.kind, c.is_enabled, c.thresholds[0], c.thresholds[1],
                                c.thresholds[2], c.counts[0], c.counts[1], c.counts[2], c.frozen,
                                c.debug_flags);
}

/* ---- totals ---- */

static rg_status write_totals(const asked *a)
{
    rg_type_totals types = {0};
    rg_site_totals sites = {0};
    uint32_t first = 0;
    rg_status status = rg_type_totals_find(&types, a->g, NULL);
    for (uint32_t i = 0; i < types.count && !status; i++) {
        status = number(a->out, types.items[i].count);
        if (!status)
            status = number(a->out, types.items[i].size);
        if (!status)
            status = number(a->out, types.items[i].largest);
    }
    if (!status && rg_graph_node_count(a->g))
        status = rg_site_totals_find(&sites, a->g, &first, 1, NULL);
    for (size_t i = 0; i < sites.count && !status; i++)
        status = number(a->out, sites.items[i].place.line);
    rg_type_totals_dispose(&types);
    rg_site_totals_dispose(&sites);
    return status;
}

static rg_status write_retained(const asked *a)
{
    const rg_retained *r = &a->retained;
    rg_node_list top = {0};
    rg_status status = line(a->out, "retained");
    for (uint32_t i = 0; i < r->node_count && !status; i++) {
        status = number(a->out, r->dominator[i]);
        if (!status)
            status = number(a->out, r->size[i]);
    }
    if (!status)
        status = rg_retained_top_find(&top, a->g, r, TOP, NULL);
    for (size_t i = 0; i < top.count && !status; i++)
        status = number(a->out, top.items[i]);
    rg_node_list_dispose(&top);
    for (int by = RG_BY_TYPE; by <= RG_BY_MODULE && !status; by++) {
        rg_retained_totals totals = {0};
        status = rg_retained_totals_find(&totals, a->g, r, (rg_grouping)by, NULL);
        for (size_t i = 0; i < totals.count && !status; i++)
            status = number(a->out, totals.items[i].kept_size);
        rg_retained_totals_dispose(&totals);
    }
    return status;
}

static rg_status write_owners(const asked *a)
{
    rg_owners owners = {0};
    rg_accumulations points = {0};
    rg_status status = rg_owners_find(&owners, a->g, &a->retained, NULL);
    for (size_t i = 0; i < owners.count && !status; i++) {
        status = number(a->out, owners.items[i].node);
        if (!status)
            status = number(a->out, owners.items[i].size);
        if (!status)
            status = rg_owner_write(&owners.items[i], a->g, &a->distances, a->out);
    }
    if (!status)
        status = rg_accumulations_find(&points, a->g, &a->retained, 1, TOP, NULL);
    for (size_t i = 0; i < points.count && !status; i++) {
        status = number(a->out, points.items[i].point);
        if (!status)
            status = number(a->out, points.items[i].size);
    }
    rg_owners_dispose(&owners);
    rg_accumulations_dispose(&points);
    return status;
}

/* ---- cycles ---- */

static rg_status write_cycle(const asked *a, size_t i)
{
    rg_cycle_path path = {0};
    rg_cut cut = {0};
    rg_finalizers finalizers = {0};
    rg_node_list kept = {0};
    rg_status status = rg_cycle_path_find(&path, a->g, &a->cycles, i, NULL);
    if (!status)
        status = rg_cycle_path_write(&path, a->g, a->out);
    if (!status)
        status = rg_cycle_cut_find(&cut, a->g, &a->cycles, i, NULL);
    if (!status)
        status = rg_cut_write(&cut, a->g, a->out);
    if (!status)
        status = rg_cut_write_advice(&cut, a->g, a->out);
    if (!status)
        status = rg_cycle_write_fate(a->g, &a->cycles, i, a->out);
    if (!status)
        status = rg_cycle_finalizers_find(&finalizers, a->g, &a->cycles, i, NULL);
    if (!status)
        status = number(a->out, finalizers.count);
    if (!status)
        status = rg_cycle_kept_find(&kept, a->g, &a->cycles, i, NULL);
    if (!status)
        status = number(a->out, kept.count);
    rg_cycle_path_dispose(&path);
    rg_cut_dispose(&cut);
    rg_finalizers_dispose(&finalizers);
    rg_node_list_dispose(&kept);
    return status;
}

static rg_status write_cycles(const asked *a)
{
    rg_scc scc = {0};
    rg_status status = rg_scc_find(&scc, a->g, RG_STRENGTH_FRAME, NULL);
    for (uint32_t i = 0; i < scc.node_count && !status; i++)
        status = number(a->out, scc.component[i]);
    rg_scc_dispose(&scc);
    if (!status)
        status = rg_cycles_write(&a->cycles, a->g, &a->distances, TOP, a->out);
    for (size_t i = 0; i < a->cycles.count && i < TOP && !status; i++)
        status = write_cycle(a, i);
    return status;
}

/* ---- one node ---- */

static rg_status write_chains(const asked *a, uint32_t node)
{
    rg_chains chains = {0};
    rg_status status = rg_chains_find(&chains, a->g, &a->distances, node, CHAINS, NULL);
    for (size_t i = 0; i < chains.count && !status; i++) {
        bool evaluable = false;
        status = rg_chain_write_expression(&chains.items[i], a->g, a->out, &evaluable);
        if (!status)
            status = number(a->out, evaluable);
        if (!status)
            status = rg_chain_write_tree(&chains.items[i], a->g, node, a->out);
    }
    rg_chains_dispose(&chains);
    return status;
}

static rg_status write_around(const asked *a, uint32_t node)
{
    rg_subgraph sub = {0};
    rg_reached reached = {0};
    rg_what_if gone = {0};
    const rg_removal removal = {.nodes = &node, .node_count = 1};
    rg_status status = rg_neighbourhood_find(&sub, a->g, &node, 1, NULL, NULL);
    for (size_t i = 0; i < sub.edge_count && !status; i++)
        status = number(a->out, sub.edges[i].index);
    rg_subgraph_dispose(&sub);
    if (!status)
        status = rg_shortest_dag_find(&sub, a->g, &a->distances, node, 50, NULL);
    if (!status)
        status = number(a->out, sub.edge_count);
    rg_subgraph_dispose(&sub);
    if (!status)
        status = rg_reached_find(&reached, a->g, &node, 1, NULL);
    if (!status)
        status = number(a->out, reached.size);
    if (!status)
        status = rg_what_if_find(&gone, a->g, &removal, NULL);
    if (!status)
        status = number(a->out, gone.size);
    rg_what_if_dispose(&gone);
    return status;
}

static rg_status write_signatures(const asked *a)
{
    rg_signatures found = {0};
    rg_growth growth = {0};
    rg_status status = rg_signatures_find(&found, a->g, &a->distances, NULL, 0, NULL);
    for (size_t i = 0; i < found.group_count && !status; i++)
        status = raw(a->out, found.groups[i].text);
    rg_signatures_dispose(&found);
    if (!status)
        status = rg_growth_find(&growth, a->g, &a->distances, a->g, &a->distances, NULL);
    for (size_t i = 0; i < growth.type_count && !status; i++)
        status = number(a->out, growth.types[i].count);
    rg_growth_dispose(&growth);
    return status;
}

/* ---- all ---- */

static rg_status write_all(const asked *a, uint32_t nodes)
{
    static rg_status (*const questions[])(const asked *) = {
        write_types,  write_roots,  write_collector, write_totals,
        write_owners, write_cycles, write_retained,  write_signatures,
    };
    rg_status status = rg_buffer_add_format(a->out, "%" PRIu32 " nodes %" PRIu64 " edges",
                                            rg_graph_node_count(a->g), rg_graph_edge_count(a->g));
    for (size_t i = 0; i < sizeof questions / sizeof *questions && !status; i++)
        status = questions[i](a);
    for (uint32_t i = 0; i < nodes && !status; i++) {
        status = write_node(a, i);
        if (!status)
            status = write_chains(a, i);
        if (!status)
            status = write_around(a, i);
        if (!status)
            status = number(a->out, rg_graph_find(a->g, rg_graph_node(a->g, i).address));
    }
    return status;
}

rg_status answers_write(rg_buffer *out, const rg_graph *graph, uint32_t nodes_most)
{
    const uint32_t count = rg_graph_node_count(graph);
    asked a = {.g = graph, .out = out};
    rg_status status = rg_distances_find(&a.distances, graph, RG_STRENGTH_INFRASTRUCTURE, NULL);
    if (!status)
        status = rg_retained_find(&a.retained, graph, NULL);
    if (!status)
        status = rg_cycles_find(&a.cycles, graph, NULL, NULL);
    if (!status)
        status = write_all(&a, count < nodes_most ? count : nodes_most);
    rg_distances_dispose(&a.distances);
    rg_retained_dispose(&a.retained);
    rg_cycles_dispose(&a.cycles);
    return status;
}
