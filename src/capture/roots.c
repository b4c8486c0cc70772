/* Roots: what is alive by itself. The interpreter's own state first (roots_interpreter.c), then every thread
 * (roots_threads.c), then the names that sys.modules gives its modules. Nothing of the application is called. */
#include "capture/capture_private.h"

PyObject *rg__dict_entry(PyObject *dict, const char *name)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    if (!dict || !PyDict_Check(dict))
        return NULL;
    while (PyDict_Next(dict, &position, &key, &value))
        if (rg__str_is(key, name))
            return value;
    return NULL;
}

PyObject *rg__instance_attribute(PyObject *object, const char *name)
{
    const rg__instance instance = rg__instance_read(object);
    for (Py_ssize_t i = 0; i < instance.value_count; i++)
        if (instance.values[i] && rg__str_is(rg__shared_key(instance.keys, i), name))
            return instance.values[i];
    return rg__dict_entry(instance.dict, name);
}

PyObject *rg__dict_of_module(PyObject *module)
{
    return module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
}

PyObject *rg__module_dict(const rg__capture *c, const char *name)
{
    return rg__dict_of_module(rg__dict_entry(c->modules, name));
}

rg_status rg__capture_add_suspect(rg__capture *c, PyObject *target, rg__suspicion suspicion,
                                  uint32_t place)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->suspects, &c->suspect_capacity,
                                         c->suspect_count + 1, sizeof *c->suspects);
    if (!status)
        c->suspects[c->suspect_count++] =
            (rg__suspect){.target = target, .suspicion = suspicion, .place = place};
    return status;
}

rg_status rg__capture_add_root(rg__capture *c, rg_root_kind kind, PyObject *node,
                               uint32_t references, uint32_t name)
{
    rg_status status = rg__array_reserve(&c->allocator, &c->roots, &c->root_capacity,
                                         c->root_count + 1, sizeof *c->roots);
    if (!status)
        status = rg__capture_enqueue(c, node);
    if (status)
        return status;
    c->roots[c->root_count++] = (rg__raw_root){kind, node, references, name};
    return RG_OK;
}

rg_status rg__capture_add_literal_root(rg__capture *c, rg_root_kind kind, PyObject *node,
                                       uint32_t references, const char *name)
{
    uint32_t text = 0;
    if (!node)
        return RG_OK;
    rg_status status = rg__capture_literal(c, &text, name);
    return status ? status : rg__capture_add_root(c, kind, node, references, text);
}

/* They only name what the dict sys.modules holds already. */
static rg_status add_modules(rg__capture *c)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    uint32_t name = 0;
    if (!c->modules || !PyDict_Check(c->modules))
        return RG_OK;
    while (PyDict_Next(c->modules, &position, &key, &value)) {
        if (!key || !value || value == Py_None || !PyUnicode_CheckExact(key))
            continue;
        rg_status status = rg__texts_add_name(&c->texts, &name, key);
        if (!status)
            status = rg__capture_add_root(c, RG_ROOT_MODULE, value, 0, name);
        if (status)
            return status;
    }
    return RG_OK;
}

/* The C function that runs a script or -c holds __main__ while it does; nothing says whether it does. */
static rg_status suspect_main(rg__capture *c)
{
    uint32_t place = 0;
    PyObject *module = rg__dict_entry(c->modules, "__main__");
    if (!module)
        return RG_OK;
    rg_status status = rg__capture_literal(c, &place, "the C function that runs the program");
    return status ? status : rg__capture_add_suspect(c, module, RG__PROBABLE, place);
}

rg_status rg__capture_roots(rg__capture *c)
{
    rg_status status = rg__capture_interpreter_roots(c);
    if (!status)
        status = rg__capture_thread_roots(c);
    if (!status)
        status = suspect_main(c);
    return status ? status : add_modules(c);
}
