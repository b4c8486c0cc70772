/* Signatures of random graphs. The oracle asks for the exact chain of each node and folds its text piece
 * by piece, in a list of strings; groups are compared with equal texts. */
#include <refgraph/analysis.h>

#include <stdio.h>

#include "oracle.h"
#include "samples.h"
#include "test.h"
#include "zoo.h"

enum { SMALL = 40, PIECES = 48, TEXT = 1200, CONTAINERS = 3, STEPS = 40 };

typedef struct piece {
    char text[TEXT];
    uint32_t type;
    bool is_container, folds, is_round;
} piece;

typedef struct fold {
    const rg_graph *g;
    piece pieces[PIECES];
    size_t count;
} fold;

/* ---- one text ---- */

static const char *string_at(const rg_graph *g, uint32_t id)
{
    static char text[2][64];
    static int next;
    const rg_string s = rg_graph_string(g, id);
    next = !next;
    snprintf(text[next], sizeof *text, "%.*s", (int)s.size, s.data);
    return text[next];
}

static void write_type(const rg_graph *g, uint32_t node, char *out)
{
    rg_buffer text = {0};
    assert_int_equal(rg_graph_write_type(g, node, &text), RG_OK);
    snprintf(out, TEXT, "%.*s", (int)text.size, text.data);
    rg_buffer_dispose(&text);
}

static piece piece_of(const fold *f, uint32_t node)
{
    const rg_kind kind = rg_graph_type(f->g, rg_graph_node(f->g, node).type).kind;
    return (piece){.type = rg_graph_node(f->g, node).type,
                   .is_container = kind == RG_KIND_CONTAINER,
                   .folds = kind != RG_KIND_TYPE && kind != RG_KIND_MODULE};
}

/* How many pieces at the end are containers; a round of them stands for all that are told. */
static size_t containers_at_end(const fold *f)
{
    size_t run = 0;
    while (run < f->count && f->pieces[f->count - 1 - run].is_container)
        if (f->pieces[f->count - 1 - run++].is_round)
            return CONTAINERS;
    return run;
}

/* Drop the pieces behind number `base`, and write all behind number `last` and the new one as a round. */
static void go_round(fold *f, piece *new, size_t last)
{
    char text[TEXT] = "{";
    size_t size = 0;
    bool is_full = false;
    for (size_t i = last + 1; i <= f->count && !is_full; i++) {
        const char *step = i < f->count ? f->pieces[i].text : new->text;
        is_full = size + strlen(step) > 300;
        strcat(text, is_full ? "…" : step);
        size += strlen(step);
    }
    strcat(text, " …}");
    strcpy(new->text, text);
    new->is_round = true;
    f->count = f->pieces[last].is_round ? last : last + 1;
}

static void add(fold *f, piece new)
{
    size_t last = f->count;
    if (new.is_container && containers_at_end(f) >= CONTAINERS) {
        go_round(f, &new, f->count - 1);
    } else if (!new.is_container &&new.folds) {
        while (last > 0 &&
               (f->pieces[last - 1].is_container || f->pieces[last - 1].type != new.type))
            last--;
        if (last > 0)
            go_round(f, &new, last - 1);
    }
    if (f->count > STEPS) {
        char text[TEXT];
        snprintf(text, sizeof text, "{… %.1000s}", new.text);
        strcpy(new.text, text);
        f->count = STEPS + 1;
    }
    f->pieces[f->count++] = new;
}

static bool is_named(const rg_graph *g, const rg_edge *edge, const char *name)
{
    return edge->name.kind == RG_NAME_ATTRIBUTE &&
           oracle_string_is(rg_graph_string(g, edge->name.value), name);
}

static void write_local(const fold *f, uint32_t owner, uint32_t name, bool is_root, char *out)
{
    const rg_node n = rg_graph_node(f->g, owner);
    const rg_type type = rg_graph_type(f->g, n.type);
    const bool is_generator = oracle_string_is(type.name, "generator");
    if (is_root)
        sprintf(out, " · local '%s'", string_at(f->g, name));
    else if (type.kind != RG_KIND_FRAME || n.flags & RG_NODE_RUNNING)
        sprintf(out, "{local %s}", string_at(f->g, name));
    else
        sprintf(out, "%s.f_locals['%s']", is_generator ? ".gi_frame" : "", string_at(f->g, name));
}

static void write_step(const fold *f, const rg_edge *edge, bool is_root, char *out)
{
    const rg_graph *g = f->g;
    switch (edge->name.kind) {
    case RG_NAME_ATTRIBUTE:
    case RG_NAME_HIDDEN:
        sprintf(out, strchr(string_at(g, edge->name.value), ' ') ? "{.%s}" : ".%s",
                string_at(g, edge->name.value));
        return;
    case RG_NAME_LOCAL:
        write_local(f, edge->from, edge->name.value, is_root, out);
        return;
    case RG_NAME_CELL:
        sprintf(out, "{cell %s}", string_at(g, edge->name.value));
        return;
    case RG_NAME_SLOT:
        sprintf(out, "{%s}", string_at(g, edge->name.value));
        return;
    default:
        strcpy(out, edge->name.kind == RG_NAME_INDEX || edge->name.kind == RG_NAME_KEY ? "[*]"
                    : edge->name.kind == RG_NAME_KEY_OF                                ? "{key}"
                    : edge->name.kind == RG_NAME_ELEMENT                               ? "{element}"
                                                         : "{unnamed}");
    }
}

/* Names of roots hold nothing to fold here, but for the line of a frame. */
static void write_root(const rg_graph *g, uint32_t root, char *out)
{
    const rg_root r = rg_graph_root(g, root);
    char type[TEXT];
    write_type(g, r.node, type);
    switch (r.kind) {
    case RG_ROOT_MODULE:
        sprintf(out, "sys.modules['r']");
        return;
    case RG_ROOT_NATIVE:
        strcpy(out, "references from outside the Python heap (C code, or a leaked count)");
        return;
    case RG_ROOT_TYPE:
        sprintf(out, "r %s", type);
        return;
    default:
        strcpy(out, r.kind == RG_ROOT_PROBABLE ? "probably r" : "r");
    }
}

/* The text of a chain, folded; how many edges a step takes is decided as the expression does. */
static void fold_chain(fold *f, const rg_chain *chain)
{
    const rg_root root = rg_graph_root(f->g, chain->root);
    const bool is_placeless = root.kind == RG_ROOT_NATIVE || root.kind == RG_ROOT_PROBABLE;
    piece first = piece_of(f, root.node);
    f->count = 0;
    write_root(f->g, chain->root, first.text);
    if (is_placeless) {
        f->pieces[f->count++] = (piece){.type = RG_NONE};
        strcpy(f->pieces[0].text, first.text);
    }
    if (is_placeless && chain->edge_count) {
        char type[TEXT];
        write_type(f->g, root.node, type);
        snprintf(first.text, sizeof first.text, " · {%.200s}", type);
    }
    if (!is_placeless || chain->edge_count)
        f->pieces[f->count++] = first;
    for (size_t i = 0; i < chain->edge_count;) {
        const rg_edge *edge = &chain->edges[i];
        const rg_edge *next = i + 1 < chain->edge_count ? edge + 1 : NULL;
        const bool is_root = i == 0 && root.kind == RG_ROOT_FRAME;
        const uint32_t key = next && next->name.kind == RG_NAME_KEY ? next->name.value : RG_NONE;
        size_t used = 2;
        char text[TEXT];
        if (is_named(f->g, edge, "__dict__") && key != RG_NONE &&
            rg_graph_node(f->g, key).flags & RG_NODE_TEXT_STR) {
            sprintf(text, ".%s", string_at(f->g, rg_graph_node(f->g, key).text));
        } else {
            used = 1;
            write_step(f, edge, is_root, text);
            if (edge->name.kind == RG_NAME_CELL && next && is_named(f->g, next, "cell_contents")) {
                char local[TEXT];
                write_local(f, edge->from, edge->name.value, is_root, local);
                if (strncmp(local, "{local", 6) != 0) {
                    used = 2;
                    strcpy(text, local);
                }
            }
        }
        piece p = piece_of(f, chain->edges[i + used - 1].to);
        strcpy(p.text, text);
        add(f, p);
        i += used;
    }
}

/* ---- garbage ---- */

static int rank_of(rg_name_kind kind)
{
    switch (kind) {
    case RG_NAME_CELL:
        return 1;
    case RG_NAME_KEY_OF:
    case RG_NAME_ELEMENT:
    case RG_NAME_SLOT:
        return 2;
    default:
        return kind == RG_NAME_NONE ? 3 : 0;
    }
}

/* The strongest, best named, first edge between two nodes. */
static bool best_edge(const rg_graph *g, uint32_t from, uint32_t to, rg_edge *best)
{
    bool is_found = false;
    for (uint64_t e = rg_graph_edges_begin(g, from); e < rg_graph_edges_end(g, from); e++) {
        const rg_edge edge = rg_graph_edge(g, from, e);
        if (edge.to != to || edge.strength == RG_STRENGTH_WEAK)
            continue;
        if (!is_found || edge.strength < best->strength ||
            (edge.strength == best->strength && rank_of(edge.name.kind) < rank_of(best->name.kind)))
            *best = edge;
        is_found = true;
    }
    return is_found;
}

static void fold_garbage(fold *f, uint32_t node)
{
    char best[2][TEXT] = {" · no object refers to it", ""};
    int strength = RG_STRENGTH_WEAK;
    f->count = 1;
    for (uint32_t u = 0; u < rg_graph_node_count(f->g); u++) {
        rg_edge edge;
        char text[2][TEXT];
        uint32_t holder = u;
        if (!best_edge(f->g, u, node, &edge) || (int)edge.strength > strength)
            continue;
        write_step(f, &edge, false, text[1]);
        if (edge.name.kind == RG_NAME_KEY &&
            rg_graph_node(f->g, edge.name.value).flags & RG_NODE_TEXT_STR)
            for (uint32_t o = rg_graph_node_count(f->g); o-- > 0;)
                if (oracle_is_dict_of(f->g, u, o))
                    holder = o;
        if (holder != u || (edge.name.kind == RG_NAME_KEY && oracle_is_dict_of(f->g, u, u) &&
                            rg_graph_node(f->g, edge.name.value).flags & RG_NODE_TEXT_STR))
            sprintf(text[1], ".%s", string_at(f->g, rg_graph_node(f->g, edge.name.value).text));
        char type[TEXT];
        write_type(f->g, holder, type);
        snprintf(text[0], sizeof text[0], " · held by %.200s", type);
        const int order =
            strcmp(text[0], best[0]) ? strcmp(text[0], best[0]) : strcmp(text[1], best[1]);
        if ((int)edge.strength < strength || order < 0)
            memcpy(best, text, sizeof best);
        strength = (int)edge.strength;
    }
    snprintf(f->pieces[0].text, TEXT, "no root reaches it%.300s%.300s", best[0], best[1]);
}

static void oracle_text(const rg_graph *g, const rg_distances *d, uint32_t node, char *out)
{
    static fold f;
    rg_chains chains = {0};
    f.g = g;
    assert_int_equal(rg_chains_find(&chains, g, d, node, 1, NULL), RG_OK);
    if (chains.count)
        fold_chain(&f, &chains.items[0]);
    else
        fold_garbage(&f, node);
    rg_chains_dispose(&chains);
    out[0] = '\0';
    for (size_t i = 0; i < f.count; i++)
        strcat(out, f.pieces[i].text);
}

/* ---- graphs ---- */

static const char *const names[] = {
    ".x",      ".y",      ".a b",   "hidden x",       "[0]",    "[@0]",      "[@1]", "key",
    "element", "local v", "cell v", ".cell_contents", "slot s", ".__dict__", ""};

static rg_graph *random_graph(randomness *random)
{
    zoo z = zoo_new(NULL);
    const uint32_t types[] = {z.module, z.dict, z.list,  z.instance,  z.odd,
                              z.type,   z.cell, z.frame, z.generator, z.function};
    const uint32_t kinds = 1 + random_below(random, COUNT_OF(types));
    const uint32_t nodes = 2 + random_below(random, SMALL - 2);
    const uint32_t edges = random_below(random, 2 * nodes + 1);
    const uint32_t roots = random_below(random, 4);
    drawing_node(&z.d, z.str, "k", RG_NODE_TEXT_STR);
    drawing_node(&z.d, z.str, "7", RG_NODE_TEXT_LITERAL);
    for (uint32_t i = 2; i < nodes; i++)
        drawing_node(&z.d, types[random_below(random, kinds)], NULL,
                     random_below(random, 4) ? 0 : RG_NODE_RUNNING);
    for (uint32_t i = 1; i < nodes && random_below(random, 8); i++) /* long ways */
        drawing_own(&z.d, i - 1, i, names[random_below(random, COUNT_OF(names))]);
    for (uint32_t i = 0; i < edges; i++)
        drawing_edge(
            &z.d, random_below(random, nodes), random_below(random, nodes),
            names[random_below(random, COUNT_OF(names))],
            (rg_strength)(random_below(random, 6) / 2 * (random_below(random, 2) + 1) % 4));
    for (uint32_t i = 0; i < roots; i++)
        drawing_root(&z.d, (rg_root_kind)random_below(random, RG_ROOT_KIND_COUNT - (i > 0)),
                     random_below(random, nodes), "r");
    return sample_drawn(&z.d);
}

static void check_groups(const rg_graph *g, const rg_signatures *found, const rg_distances *d)
{
    uint32_t first = 0;
    for (size_t i = 0; i < found->group_count; i++) {
        const rg_signature_group *group = &found->groups[i];
        assert_int_equal(group->first, first);
        assert_true(group->count > 0);
        first += (uint32_t)group->count;
        uint32_t example = found->members[group->first];
        for (uint64_t m = 0; m < group->count; m++) {
            const uint32_t node = found->members[group->first + m];
            assert_int_equal(found->group_of[node], i);
            if (d->cost[node] < d->cost[example])
                example = node;
        }
        assert_int_equal(group->example, example);
        assert_int_equal(group->is_reached, d->cost[example] != RG_UNREACHED);
        for (size_t k = 0; k < i; k++)
            assert_true(found->groups[k].id != group->id);
        if (i)
            assert_true(group[-1].count >= group->count); /* all nodes are of size 0 */
    }
    assert_int_equal(first, rg_graph_node_count(g));
}

static void random_graphs_agree_with_folded_chains(void **state)
{
    (void)state;
    randomness random = {5};
    for (int i = 0; i < 20000; i++) {
        rg_graph *g = random_graph(&random);
        rg_distances d = sample_distances(g, RG_STRENGTH_INFRASTRUCTURE);
        rg_signatures found = sample_signatures(g, NULL, 0);
        check_groups(g, &found, &d);
        for (uint32_t n = 0; n < rg_graph_node_count(g); n++) {
            char text[PIECES * 400];
            oracle_text(g, &d, n, text);
            sample_assert_text(&found.groups[found.group_of[n]], text);
        }
        rg_signatures_dispose(&found);
        rg_distances_dispose(&d);
        rg_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_graphs_agree_with_folded_chains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
