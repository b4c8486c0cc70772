/* Owners: what a person knows an object as a part of. Modules, their dicts, running frames and the cells of their
 * variables are looked through: all of a program is in them. What they dominate belongs to the variable
 * over which it is reached; what no variable alone dominates, to the module or frame itself.
 *
 *     virtual ──► module app ──► dict ──┬─['CACHE']─► {…}        owner: the variable CACHE
 *     root   │                          └──────► a Session that CACHE and ACTIVE hold   owner: module app
 *            └──► a list that app.X and lib.Y hold               owner: none alone, so lists held by several
 *
 * Going down the flat tree, a node's dominator has its owner before the node is looked at. */
#include <refgraph/analysis.h>

#include "analysis/links.h"
#include "analysis/reach.h"
#include "analysis/sort.h"

#include <assert.h>

/* What a node is, besides an object: bits. */
enum { SEEN_THROUGH = 1, VARIABLE = 2, FIELD = 4, LASTING = 8, OUTSIDE = 16 };

typedef struct assigner {
    const rg_graph *graph;
    const rg_retained *retained;
    rg_owners found;
    rg__links links;
    uint8_t *role;     /* per node */
    uint64_t *reached; /* by the roots, a bit set by node */
    uint32_t *shared;  /* per type, for each kind from RG_OWNER_LASTING on: its owner, or RG_NONE */
} assigner;

enum { TYPED_KINDS = RG_OWNER_KIND_COUNT - RG_OWNER_LASTING };

/* ---- making owners ---- */

static rg_status add_owner(assigner *s, uint32_t *index, rg_owner_kind kind, uint32_t node)
{
    rg_owners *o = &s->found;
    const rg_status status =
        rg__array_reserve(&o->allocator, &o->items, &o->capacity, o->count + 1, sizeof *o->items);
    if (status)
        return status;
    *index = (uint32_t)o->count;
    o->items[o->count++] = (rg_owner){.kind = kind, .node = node};
    return RG_OK;
}

/* The owner of the kind for all objects of the node's type. */
static rg_status share_owner(assigner *s, uint32_t *index, rg_owner_kind kind, uint32_t node)
{
    const uint32_t type = rg__node_type(&s->graph->tables, node);
    uint32_t *shared = &s->shared[(size_t)type * TYPED_KINDS + (kind - RG_OWNER_LASTING)];
    const rg_status status = *shared == RG_NONE ? add_owner(s, shared, kind, node) : RG_OK;
    *index = *shared;
    return status;
}

/* ---- roles ---- */

static bool is_named(const rg_graph *g, uint64_t edge, rg_name_kind wanted)
{
    return rg__edge_kind(g, edge) == wanted && rg__edge_strength(g, edge) != RG_STRENGTH_WEAK;
}

static void mark_values(const assigner *s, uint32_t from, rg_name_kind wanted)
{
    const rg_graph *g = s->graph;
    for (uint64_t e = rg__edges_begin(g, from); e < rg__edges_end(g, from); e++)
        if (is_named(g, e, wanted))
            s->role[g->targets[e]] |= VARIABLE;
}

/* See through a node: it has an owner of its own. */
static rg_status open_node(assigner *s, rg_owner_kind kind, uint32_t node)
{
    if (s->role[node] & SEEN_THROUGH)
        return RG_OK;
    s->role[node] |= SEEN_THROUGH;
    return add_owner(s, &s->found.owner_of[node], kind, node);
}

/* The same for a part of a node, which only it names: its owner is the node's. */
static bool open_part(const assigner *s, uint32_t part, uint32_t node)
{
    if (s->role[part] & SEEN_THROUGH)
        return false;
    s->role[part] |= SEEN_THROUGH;
    s->found.owner_of[part] = s->found.owner_of[node];
    return true;
}

static rg_status open_module(assigner *s, uint32_t module)
{
    uint32_t dict = RG_NONE;
    rg_status status = open_node(s, RG_OWNER_MODULE, module);
    if (!status)
        status = rg__links_dict(&s->links, &dict, module);
    if (!status && dict != RG_NONE && open_part(s, dict, module))
        mark_values(s, dict, RG_NAME_KEY);
    return status;
}

/* A variable that a function shares with those inside it is in a cell. */
static rg_status open_frame(assigner *s, uint32_t frame)
{
    const rg_graph *g = s->graph;
    const rg_status status = open_node(s, RG_OWNER_FRAME, frame);
    if (status)
        return status;
    mark_values(s, frame, RG_NAME_LOCAL);
    for (uint64_t e = rg__edges_begin(g, frame); e < rg__edges_end(g, frame); e++)
        if (is_named(g, e, RG_NAME_CELL) && open_part(s, g->targets[e], frame))
            mark_values(s, g->targets[e], RG_NAME_ATTRIBUTE);
    return RG_OK;
}

static rg_status set_roles(assigner *s)
{
    const rg__tables *t = &s->graph->tables;
    rg_status status = RG_OK;
    for (size_t r = 0; r < t->root_count && !status; r++) {
        const uint32_t node = t->roots[r].node;
        switch (t->roots[r].kind) {
        case RG_ROOT_MODULE:
            status = open_module(s, node);
            break;
        case RG_ROOT_FRAME:
            status = open_frame(s, node);
            break;
        case RG_ROOT_TYPE:
            s->role[node] |= LASTING;
            break;
        case RG_ROOT_PROBABLE:
        case RG_ROOT_NATIVE:
            s->role[node] |= OUTSIDE;
            break;
        default:
            s->role[node] |= FIELD;
        }
    }
    return status;
}

/* ---- assigning ---- */

/* The owner of a node that the virtual root dominates, and nothing else. */
static rg_status own_topmost(assigner *s, uint32_t *owner, uint32_t node)
{
    const uint8_t role = s->role[node];
    if (role & LASTING)
        return share_owner(s, owner, RG_OWNER_LASTING, node);
    if (role & VARIABLE)
        return add_owner(s, owner, RG_OWNER_VARIABLE, node);
    if (role & FIELD)
        return add_owner(s, owner, RG_OWNER_ROOT, node);
    if (role & OUTSIDE)
        return share_owner(s, owner, RG_OWNER_OUTSIDE, node);
    return share_owner(s, owner, rg__bit(s->reached, node) ? RG_OWNER_SHARED : RG_OWNER_GARBAGE,
                       node);
}

static rg_status assign(assigner *s)
{
    const rg_retained *r = s->retained;
    uint32_t *owner_of = s->found.owner_of;
    for (uint32_t i = 0; i < r->node_count; i++) {
        const uint32_t node = r->order[i];
        const uint32_t above = r->dominator[node];
        rg_status status = rg__tick(&s->links.watch, 2) ? RG_ERR_CANCELLED : RG_OK;
        if (status || s->role[node] & SEEN_THROUGH)
            ; /* it has one */
        else if (above == RG_NONE)
            status = own_topmost(s, &owner_of[node], node);
        else if (s->role[node] & VARIABLE) /* then all above it is seen through */
            status = add_owner(s, &owner_of[node], RG_OWNER_VARIABLE, node);
        else
            owner_of[node] = owner_of[above];
        if (status)
            return status;
        assert(s->found.items && owner_of[node] < s->found.count);
        s->found.items[owner_of[node]].count++;
        s->found.items[owner_of[node]].size += rg__node_size(&s->graph->tables, node);
    }
    return RG_OK;
}

/* ---- order ---- */

typedef struct place {
    rg_owner owner;
    uint32_t index;
} place;

static int by_size(const void *a, const void *b)
{
    const place *left = a;
    const place *right = b;
    if (left->owner.size != right->owner.size)
        return left->owner.size > right->owner.size ? -1 : 1;
    if (left->owner.count != right->owner.count)
        return left->owner.count > right->owner.count ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static rg_status sort_owners(rg_owners *o, rg__watch *watch)
{
    const size_t room = o->count + 1; /* never zero elements */
    place *places = rg__array_new_raw(&o->allocator, room, sizeof *places);
    uint32_t *moved = rg__array_new_raw(&o->allocator, room, sizeof *moved);
    rg_status status = places && moved ? RG_OK : RG_ERR_NOMEM;
    if (!status) {
        for (uint32_t i = 0; i < o->count; i++)
            places[i] = (place){o->items[i], i};
        status = rg__sort_watched(places, o->count, sizeof *places, by_size, watch, &o->allocator);
    }
    if (!status) {
        for (uint32_t i = 0; i < o->count; i++) {
            o->items[i] = places[i].owner;
            moved[places[i].index] = i;
        }
        for (uint32_t n = 0; n < o->node_count && !rg__tick(watch, 1); n++)
            o->owner_of[n] = moved[o->owner_of[n]];
    }
    if (!status)
        status = rg__watch_status(watch);
    rg__array_free(&o->allocator, moved, room, sizeof *moved);
    rg__array_free(&o->allocator, places, room, sizeof *places);
    return status;
}

rg_status rg_owners_find(rg_owners *out, const rg_graph *graph, const rg_retained *retained,
                         const rg_allocator *allocator)
{
    const rg__tables *t = &graph->tables;
    const size_t room = t->node_count + 1; /* never zero elements */
    const size_t words = rg__bit_words(graph);
    const size_t shared_count = (t->type_count + 1) * TYPED_KINDS;
    assigner s = {.graph = graph, .retained = retained};
    s.found.node_count = (uint32_t)t->node_count;
    s.found.allocator = allocator ? *allocator : graph->allocator;
    const rg_allocator a = s.found.allocator;
    if (retained->node_count != t->node_count)
        return RG_ERR_ARGUMENT;
    s.links = rg__links_of(graph, "owners", &a);
    rg_status status = RG_ERR_NOMEM;
    s.found.owner_of = rg__array_new_raw(&a, room, sizeof *s.found.owner_of);
    s.role = rg__array_new(&a, room, sizeof *s.role);
    s.reached = rg__array_new(&a, words, sizeof *s.reached);
    s.shared = rg__array_new_raw(&a, shared_count, sizeof *s.shared);
    if (!s.found.owner_of || !s.role || !s.reached || !s.shared)
        goto done;
    for (size_t i = 0; i < shared_count; i++)
        s.shared[i] = RG_NONE;
    status = rg__reach_roots(s.reached, graph, RG__ALL_ROOTS, &a);
    if (!status)
        status = set_roles(&s);
    if (!status)
        status = assign(&s);
    if (!status)
        status = sort_owners(&s.found, &s.links.watch);
    if (!status)
        status = rg__watch_status(&s.links.watch);
    if (!status) {
        *out = s.found;
        s.found = (rg_owners){.allocator = a};
    }

done:
    rg__array_free(&a, s.shared, shared_count, sizeof *s.shared);
    rg__array_free(&a, s.reached, words, sizeof *s.reached);
    rg__array_free(&a, s.role, room, sizeof *s.role);
    rg__links_dispose(&s.links);
    rg_owners_dispose(&s.found);
    return status;
}

void rg_owners_dispose(rg_owners *self)
{
    const size_t room = (size_t)self->node_count + 1;
    rg__array_free(&self->allocator, self->owner_of, room, sizeof *self->owner_of);
    rg__array_free(&self->allocator, self->items, self->capacity, sizeof *self->items);
    *self = (rg_owners){0};
}
