/* Edges as a capture meets them, before their targets have ids. */
#ifndef RG_CAPTURE_RAW_EDGES_H
#define RG_CAPTURE_RAW_EDGES_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/graph.h>

/*  bits 63, 62 | 61 … 58   | 57         | 56 … 0
 *  strength    | name kind | unreported | value: a text index, a position, or (KEY) the key's address
 *
 * An edge owns one reference to its target exactly if its strength is not WEAK. The collector is told of it
 * exactly if it is not unreported: tp_traverse of an object in its lists reports it. */
typedef uint64_t rg__raw_label;

typedef struct rg__raw_edge {
    union {
        PyObject *target;
        uint32_t to; /* its id, once build.c has resolved it */
    };
    rg__raw_label label;
} rg__raw_edge;

static const rg__raw_label RG__UNREPORTED = UINT64_C(1) << 57;
static const rg__raw_label RG__LABEL_VALUE = (UINT64_C(1) << 57) - 1;

static inline rg__raw_label rg__label(rg_name_kind kind, rg_strength strength, uint64_t value)
{
    return (uint64_t)strength << 62 | (uint64_t)kind << 58 | (value & RG__LABEL_VALUE);
}
static inline rg_name_kind rg__raw_kind(rg__raw_label label)
{
    return (rg_name_kind)(label >> 58 & 15);
}
static inline rg_strength rg__raw_strength(rg__raw_label label)
{
    return (rg_strength)(label >> 62);
}
static inline uint64_t rg__raw_value(rg__raw_label label)
{
    return label & RG__LABEL_VALUE;
}
static inline bool rg__raw_is_unreported(rg__raw_label label)
{
    return label & RG__UNREPORTED;
}
static inline rg__raw_label rg__label_with(rg__raw_label label, rg_strength strength)
{
    return (label & UINT64_MAX >> 2) | (uint64_t)strength << 62;
}

#endif
