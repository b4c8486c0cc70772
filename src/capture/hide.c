/* What is refgraph's own is not shown: with the GIL its instances, classes, modules, functions and frames are
 * noted; without it, whatever only they hold falls, as if their references were dropped one by one. A cycle
 * among them is cut because each of them is where the fall begins.
 *
 * What stays is shown without their references: neither an edge nor a part of its refcount. */
#include "capture/account.h"

#include <string.h>

/* ---- with the GIL ---- */

bool rg__is_own_name(const rg__capture *c, const char *text, size_t size)
{
    const size_t package = c->hidden_package ? strlen(c->hidden_package) : 0;
    if (!package || size < package || memcmp(text, c->hidden_package, package) != 0)
        return false;
    return size == package || text[package] == '.';
}

static bool is_own_str(const rg__capture *c, PyObject *name)
{
    if (!name || !PyUnicode_Check(name) || !rg__str_is_ready(name) || !PyUnicode_IS_ASCII(name))
        return false;
    return rg__is_own_name(c, PyUnicode_DATA(name), (size_t)PyUnicode_GET_LENGTH(name));
}

/* What another module's decorator made of a function of ours: it says our module's name, and so does what a
 * user wraps to look like ours; ours is what our module has as a variable. */
static bool is_variable_of_ours(const rg__capture *c, PyObject *function)
{
    PyObject *name = ((PyFunctionObject *)function)->func_module;
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    if (!is_own_str(c, name))
        return false;
    PyObject *module = rg__dict_entry(c->modules, PyUnicode_DATA(name));
    PyObject *dict = rg__dict_of_module(module);
    while (dict && PyDict_Next(dict, &position, &key, &value))
        if (value == function)
            return true;
    return false;
}

/* Whether a module of this dict is ours; remembered, since many functions share one. */
rg_status rg__hide_is_own_dict(rg__capture *c, PyObject *dict, bool *is_own)
{
    *is_own = false;
    if (!dict || !PyDict_Check(dict))
        return RG_OK;
    const uint32_t known = rg__pointer_map_get(&c->own_dicts, dict, RG_NONE);
    *is_own = known == 1;
    if (known != RG_NONE)
        return RG_OK;
    *is_own = is_own_str(c, rg__dict_entry(dict, "__name__"));
    return rg__pointer_map_put(&c->own_dicts, dict, *is_own);
}

static bool is_own_class(const rg__capture *c, PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return false;
    PyObject *dict = rg__type_dict(type);
    return is_own_str(c, rg__dict_entry(dict, "__module__"));
}

static rg_status is_own(rg__capture *c, PyObject *object, const rg__type_info *info, bool *out)
{
    *out = true;
    if (info->is_own)
        return RG_OK;
    switch (info->special) {
    case RG__SPECIAL_TYPE:
        *out = is_own_class(c, (PyTypeObject *)object);
        return RG_OK;
    case RG__SPECIAL_MODULE:
        return rg__hide_is_own_dict(c, rg__dict_of_module(object), out);
    case RG__SPECIAL_FUNCTION:
        *out = is_variable_of_ours(c, object);
        return *out ? RG_OK
                    : rg__hide_is_own_dict(c, ((PyFunctionObject *)object)->func_globals, out);
    case RG__SPECIAL_FRAME:
    case RG__SPECIAL_GENERATOR:
        return rg__hide_is_own_dict(c, rg__frame_globals(object), out);
    default:
        *out = false;
        return RG_OK;
    }
}

static rg_status append(rg__capture *c, size_t i, bool is_sure)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->own, &c->own_capacity, c->own_count + 1,
                                         sizeof *c->own);
    if (!status)
        c->own[c->own_count++] = (rg__own){(uint32_t)i, is_sure};
    return status;
}

rg_status rg__hide_note(rg__capture *c, size_t i, const rg__type_info *info)
{
    PyObject *object = c->objects[i];
    bool is = false;
    rg_status status = is_own(c, object, info, &is);
    if (status || is)
        return status ? status : append(c, i, true);
    const bool depends = info->special == RG__SPECIAL_METHOD ||
                         info->special == RG__SPECIAL_BUILTIN ||
                         (info->special == RG__SPECIAL_WEAKREF && info->kind != RG_KIND_INSTANCE);
    return depends ? append(c, i, false) : RG_OK;
}

rg_status rg__hide_note_frame(rg__capture *c, size_t i, PyObject *globals)
{
    bool is = false;
    if (!c->hidden_package)
        return RG_OK;
    rg_status status = rg__hide_is_own_dict(c, globals, &is);
    return status || !is ? status : append(c, i, true);
}

/* ---- without it ---- */

typedef struct fall {
    rg__account *account;
    rg__capture *capture;
    const uint32_t *order;
    uint32_t *list; /* ids that are hidden, those behind `next` not yet walked */
    size_t count, capacity, next;
} fall;

static rg_status hide(fall *self, uint32_t id)
{
    if (rg__account_is_hidden(self->account, id))
        return RG_OK;
    rg_status status = rg__array_reserve(&self->capture->allocator, &self->list, &self->capacity,
                                         self->count + 1, sizeof *self->list);
    if (status)
        return status;
    self->list[self->count++] = id;
    self->account->hidden[id / 64] |= UINT64_C(1) << (id % 64);
    return RG_OK;
}

/* The object's edges: [*begin, *end). */
static void edges_of(const rg__capture *c, size_t i, uint64_t *begin, uint64_t *end)
{
    *begin = rg__first_edge(c, i);
    *end = rg__edge_end(c, i);
}

/* A method of ours, or a weak reference to what is ours. */
static bool belongs_to_hidden(const fall *self, size_t i)
{
    const rg__capture *c = self->capture;
    const bool is_weak = c->types.items[c->nodes[i].type].special == RG__SPECIAL_WEAKREF;
    uint64_t e;
    uint64_t end;
    edges_of(c, i, &e, &end);
    for (; e < end; e++) {
        const rg__edge *edge = rg__edge_at(&c->edges, e);
        const bool counts = !is_weak || rg__edge_name(&c->edges, edge).kind == RG_NAME_REFERENT;
        if (counts && rg__account_is_hidden(self->account, edge->to))
            return true;
    }
    return false;
}

static rg_status hide_noted(fall *self, bool is_sure)
{
    rg__capture *c = self->capture;
    rg_status status = RG_OK;
    for (size_t k = 0; k < c->own_count && !status; k++) {
        const size_t i = c->own[k].index;
        if (c->own[k].is_sure == is_sure && (is_sure || belongs_to_hidden(self, i)))
            status = hide(self, rg__account_id(c, c->objects[i]));
    }
    return status;
}

/* Whether all that holds an object is hidden. Of an immortal one only the edges can tell; of one that refers to
 * nothing, such as a name, they are enough: what else holds it is C code, a cache of names as a rule. */
static bool has_fallen(const fall *self, uint32_t id)
{
    const rg__account *account = self->account;
    const rg__raw_node *node = &self->capture->nodes[self->order[id]];
    if (node->flags & RG__NODE_STATIC)
        return false;
    const bool is_leaf = self->capture->types.items[node->type].walk == RG__WALK_LEAF;
    if (is_leaf || node->flags & RG_NODE_IMMORTAL)
        return rg__counter(&account->from_hidden, id) == rg__ref_tally_of(&account->explained, id);
    return rg__counter(&account->from_hidden, id) == node->refcount;
}

static rg_status drop_references(fall *self, uint32_t id)
{
    const rg__capture *c = self->capture;
    rg_status status = RG_OK;
    uint64_t e;
    uint64_t end;
    edges_of(c, self->order[id], &e, &end);
    for (; e < end && !status; e++) {
        const rg__edge *edge = rg__edge_at(&c->edges, e);
        const uint32_t to = edge->to;
        const bool owns = rg__edge_strength(edge) != RG_STRENGTH_WEAK;
        const uint32_t unseen = rg__unseen_part(owns, rg__edge_is_unreported(&c->edges, e));
        if (unseen)
            status = rg__counter_add(&self->account->unseen, to, 0 - unseen);
        if (!status && owns)
            status = rg__counter_add(&self->account->from_hidden, to, 1);
        if (!status && owns && has_fallen(self, to))
            status = hide(self, to);
    }
    return status;
}

rg_status rg__account_hide(rg__account *self, rg__capture *c, const uint32_t *order)
{
    fall f = {.account = self, .capture = c, .order = order};
    rg_status status = hide_noted(&f, true);
    if (!status)
        status = hide_noted(&f, false);
    while (f.next < f.count && !status)
        status = drop_references(&f, f.list[f.next++]);
    rg__array_free(&c->allocator, f.list, f.capacity, sizeof *f.list);
    return status;
}
