/* See core_options.h. Arguments come as an array, not as a tuple: that would be in the capture. */
#include "core_options.h"

void rule_list_dispose(rule_list *self)
{
    PyMem_RawFree(self->items);
    PyMem_RawFree(self->texts);
}

/* The UTF-8 text of a rule (pattern, strength), or NULL with an exception. */
static const char *rule_text(PyObject *rule, Py_ssize_t *size, int *strength)
{
    PyObject *pattern;
    if (!PyTuple_Check(rule)) {
        PyErr_SetString(PyExc_TypeError, "a rule is a tuple (pattern, strength)");
        return NULL;
    }
    if (!PyArg_ParseTuple(rule, "Ui:rule", &pattern, strength))
        return NULL;
    return PyUnicode_AsUTF8AndSize(pattern, size);
}

static bool rule_list_fill(rule_list *self, PyObject *rules)
{
    self->count = (size_t)PyTuple_GET_SIZE(rules);
    self->items = PyMem_RawCalloc(self->count + 1, sizeof *self->items);
    for (int pass = 0; pass < 2; pass++) { /* sizes first, then the texts */
        size_t used = 0;
        for (size_t i = 0; i < self->count && self->items; i++) {
            Py_ssize_t size = 0;
            int strength = 0;
            const char *text = rule_text(PyTuple_GET_ITEM(rules, (Py_ssize_t)i), &size, &strength);
            if (!text)
                return false;
            if (pass) {
                memcpy(self->texts + used, text, (size_t)size);
                self->items[i] =
                    (rg_edge_rule){{self->texts + used, (size_t)size}, (rg_strength)strength};
            }
            used += (size_t)size;
        }
        if (!pass)
            self->texts = PyMem_RawMalloc(used + 1);
        if (!self->items || !self->texts) {
            PyErr_NoMemory();
            return false;
        }
    }
    return true;
}

bool core_options_parse(rg_capture_options *options, rule_list *rules, PyObject *const *args,
                        Py_ssize_t count)
{
    *options = (rg_capture_options){0};
    if (args[0] != Py_None)
        options->hidden_package = PyUnicode_AsUTF8(args[0]);
    const int use_defaults = count > 2 ? PyObject_IsTrue(args[2]) : 1;
    options->wait_seconds = count > 3 ? PyFloat_AsDouble(args[3]) : 0;
    options->no_texts = count > 4 && !PyObject_IsTrue(args[4]);
    if (PyErr_Occurred())
        return false;
    PyObject *copy = count > 1 ? PySequence_Tuple(args[1]) : PyTuple_New(0);
    const bool is_filled = copy && rule_list_fill(rules, copy);
    Py_XDECREF(copy);
    options->rules = rules->items;
    options->rule_count = rules->count;
    options->no_default_rules = !use_defaults;
    return is_filled;
}
