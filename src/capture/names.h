/* Offers of names, by topic, for names.c. Each offers what it knows of self->object; none makes an edge that
 * does not exist. */
#ifndef RG_CAPTURE_NAMES_H
#define RG_CAPTURE_NAMES_H

#include "capture/capture_private.h"

#include <string.h>

/* A matching of names to the edges that tp_traverse reported for one object. Names are offered in any
 * order; the k-th offer of a target names its k-th report. matching.c */
typedef struct rg__naming {
    rg__capture *capture;
    PyObject *object;
    size_t begin, reported; /* the reported edges: [begin, reported) */
    size_t unnamed;         /* reported edges without a name */
    size_t cursor;          /* where the next one is likely to be */
    bool is_sorted;         /* capture->sorted is filled */
} rg__naming;

/* Offer a name. `extra`: the reference exists even where tp_traverse does not report it, so an offer that
 * matches no report becomes an edge of its own. */
RG_CHECKED rg_status rg__naming_offer(rg__naming *self, PyObject *target, rg__raw_label label,
                                      bool extra);

/* Offer the locals and the stack of a frame, its function and code. frames.c */
RG_CHECKED rg_status rg__name_frame(rg__naming *naming, const rg__frame *frame);

/* The word at an offset of an object's body. */
static inline PyObject *rg__read_field(PyObject *object, Py_ssize_t offset)
{
    PyObject *target = NULL;
    memcpy(&target, (const char *)object + offset, sizeof target);
    return target;
}

/* Offer a literal as a name; see rg__naming_offer. names.c */
RG_CHECKED rg_status rg__naming_offer_named(rg__naming *self, PyObject *target, rg_name_kind kind,
                                            rg_strength strength, const char *name, bool extra);

/* Fields of CPython's own structs, declared members, attributes of instances. names_fields.c */
RG_CHECKED rg_status rg__offer_fields(rg__naming *self, const rg__type_info *info);
RG_CHECKED rg_status rg__offer_members(rg__naming *self, const rg__type_info *info, bool extra);
/* Whether the word at an offset has been offered as a member. */
bool rg__has_member_at(const rg__capture *c, const rg__type_info *info, Py_ssize_t offset);
RG_CHECKED rg_status rg__offer_attributes(rg__naming *self, const rg__type_info *info);

/* Containers. names_containers.c */
RG_CHECKED rg_status rg__offer_dict(rg__naming *self);
RG_CHECKED rg_status rg__offer_items(rg__naming *self, PyObject *const *items, Py_ssize_t count);
RG_CHECKED rg_status rg__offer_elements(rg__naming *self);
RG_CHECKED rg_status rg__offer_cache(rg__naming *self);
/* A node of a context's variables: pairs of variable and value. */
RG_CHECKED rg_status rg__offer_variables(rg__naming *self);
/* The attributes and children of an element tree's element. */
RG_CHECKED rg_status rg__offer_element(rg__naming *self);
/* References of types outside the collector. foreign.c */
RG_CHECKED rg_status rg__offer_tzinfo(rg__naming *self, const rg__type_info *info);
RG_CHECKED rg_status rg__offer_array(rg__naming *self);
/* What is left of the reports, by what only one kind of thing can be left. */
void rg__name_rest_as_items(rg__naming *self);
RG_CHECKED rg_status rg__name_rest_as(rg__naming *self, const char *name);
RG_CHECKED rg_status rg__name_rest_as_cache(rg__naming *self);

#endif
