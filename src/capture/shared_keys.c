/* Keys of shared key tables. Instances of a class, and dicts made of their attributes, share one table of
 * names (PEP 412); the table owns the names, and is no object. Each table is shown to be held once: by the
 * class that keeps it, else by the first dict met that uses it (its class is gone, or has another by now). */
#include "capture/capture_private.h"

static rg_status add_keys(rg__capture *c, const void *table, rg__raw_label label)
{
    const Py_ssize_t count = rg__key_table_count(table);
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i < count && !status; i++) {
        PyObject *key = rg__shared_key(table, i);
        if (key)
            status = rg__capture_add_edge(c, key, label);
    }
    return status;
}

/* The class has come: the dict that stood for the table holds nothing of it. */
static void release(rg__capture *c, const rg__key_holder *holder)
{
    for (uint64_t e = holder->begin; e < holder->end; e++)
        rg__raw_at(c, e)->label = rg__label_with(rg__raw_at(c, e)->label, RG_STRENGTH_WEAK);
}

rg_status rg__capture_class_keys(rg__capture *c, PyTypeObject *type)
{
    const void *table = rg__type_key_table(type);
    if (!table)
        return RG_OK;
    uint32_t name = 0;
    const uint32_t holder = rg__pointer_map_get(&c->key_tables, table, 0);
    if (holder)
        release(c, &c->key_holders[holder - 1]);
    rg_status status = rg__pointer_map_put(&c->key_tables, table, 0);
    if (!status)
        status = rg__capture_literal(c, &name, "shared keys");
    return status ? status : add_keys(c, table, rg__label(RG_NAME_SLOT, RG_STRENGTH_OWN, name));
}

rg_status rg__capture_dict_keys(rg__capture *c, PyObject *dict, rg_strength *strength)
{
    const void *table = rg__dict_shared_table(dict);
    *strength = table ? RG_STRENGTH_WEAK : RG_STRENGTH_OWN;
    if (!table || c->is_partial || /* there the class is not met, whose they are */
        rg__pointer_map_get(&c->key_tables, table, RG_NONE) != RG_NONE)
        return RG_OK;
    rg_status status = rg__array_reserve(&c->allocator, &c->key_holders, &c->key_holder_capacity,
                                         c->key_holder_count + 1, sizeof *c->key_holders);
    rg__key_holder holder = {.begin = c->edge_count};
    if (!status)
        status = add_keys(c, table, rg__label(RG_NAME_KEY_OF, RG_STRENGTH_OWN, 0));
    holder.end = c->edge_count;
    if (status)
        return status;
    c->key_holders[c->key_holder_count++] = holder;
    return rg__pointer_map_put(&c->key_tables, table, (uint32_t)c->key_holder_count);
}
