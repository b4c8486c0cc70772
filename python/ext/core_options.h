/* Arguments of Python that say how to capture. */
#ifndef RG_EXT_CORE_OPTIONS_H
#define RG_EXT_CORE_OPTIONS_H

#include "core.h"

/* Rules in memory of their own: a capture must not see objects that are made for it. */
typedef struct rule_list {
    rg_edge_rule *items;
    char *texts;
    size_t count;
} rule_list;

void rule_list_dispose(rule_list *self);

/* (hidden_package or None, rules, default_rules, wait), the last three optional. False with an exception. *rules is to
 * be disposed in any case. */
bool core_options_parse(rg_capture_options *options, rule_list *rules, PyObject *const *args,
                        Py_ssize_t count);

#endif
