/* What a capture knows of each type. */
#ifndef RG_CAPTURE_TYPES_H
#define RG_CAPTURE_TYPES_H

#include "capture/compat.h" /* Python.h stands first */

#include <refgraph/graph.h>

#include "capture/pointer_map.h"

/* How the edges of an instance are found. */
typedef enum rg__walk {
    RG__WALK_LEAF = 0, /* owns nothing */
    RG__WALK_LIST,     /* exact list: its items */
    RG__WALK_TUPLE,
    RG__WALK_DICT,
    RG__WALK_SET,
    RG__WALK_INSTANCE, /* of a class written in Python and nothing else: its attributes, its class */
    RG__WALK_TRAVERSE, /* tp_traverse, then names matched to what it reports */
    RG__WALK_FIELDS    /* not a gc type: the object members that the type declares */
} rg__walk;

/* What else a type is, for names, texts and sizes. */
typedef enum rg__special {
    RG__SPECIAL_NONE = 0,
    RG__SPECIAL_FUNCTION,
    RG__SPECIAL_METHOD,
    RG__SPECIAL_BUILTIN,
    RG__SPECIAL_CELL,
    RG__SPECIAL_EXCEPTION,
    RG__SPECIAL_TRACEBACK,
    RG__SPECIAL_WEAKREF,
    RG__SPECIAL_MODULE,
    RG__SPECIAL_TYPE,
    RG__SPECIAL_FRAME,
    RG__SPECIAL_GENERATOR,
    RG__SPECIAL_DEQUE,
    RG__SPECIAL_LRU_CACHE,
    RG__SPECIAL_DESCRIPTOR,
    RG__SPECIAL_CODE,
    RG__SPECIAL_HAMT, /* the nodes of a context's variables that hold keys and values */
    RG__SPECIAL_ELEMENT,
    RG__SPECIAL_QUEUE,
    RG__SPECIAL_DATETIME, /* these: foreign.c */
    RG__SPECIAL_TIME,
    RG__SPECIAL_ARRAY,
    RG__SPECIAL_OPAQUE, /* not a gc type, and nobody knows what its struct holds */
    RG__SPECIAL_LIST,   /* these four: the type or a subclass of it */
    RG__SPECIAL_TUPLE,
    RG__SPECIAL_DICT,
    RG__SPECIAL_SET
} rg__special;

/* How the size of an instance is found (sizes.c). */
typedef enum rg__sizing {
    RG__SIZE_FIXED = 0, /* fixed_size */
    RG__SIZE_ITEMS,     /* tp_basicsize + tp_itemsize × |ob_size| */
    RG__SIZE_LIST,
    RG__SIZE_DICT,
    RG__SIZE_STR,
    RG__SIZE_INT,
    RG__SIZE_SET,
    RG__SIZE_BYTEARRAY,
    RG__SIZE_TYPE,
    RG__SIZE_CODE,
    RG__SIZE_FRAME,
    RG__SIZE_GENERATOR,
    RG__SIZE_DEQUE,
    RG__SIZE_ORDERED_DICT,
    RG__SIZE_ARRAY, /* array.array */
    RG__SIZE_BUFFERED,
    RG__SIZE_DECIMAL,
    RG__SIZE_STORAGE_DICT, /* of ctypes (≤ 3.12) */
    RG__SIZE_NUMPY_ARRAY
} rg__sizing;

/* An object field of instances: a __slots__ entry, a C member, or one that compat_names.c knows. */
typedef struct rg__member {
    uint32_t name;     /* text index */
    rg_name_kind kind; /* ATTRIBUTE, or SLOT where no attribute or another one reads it */
    rg_strength strength;
    Py_ssize_t offset;
    bool is_unreported; /* owned, whatever tp_traverse says */
    bool is_tagged;     /* the word's lowest bit is a flag; set, it is no attribute */
} rg__member;

typedef struct rg__type_info {
    PyTypeObject *type;
    uint32_t module, name; /* text indices */
    uint32_t flags;        /* RG_TYPE_… */
    rg_kind kind;
    rg__walk walk;
    rg__special special;
    rg__sizing sizing;
    bool is_own;         /* refgraph's: not shown */
    bool is_plain;       /* nothing but the object itself is needed to describe it */
    uint16_t node_flags; /* of every instance */
    bool has_finalizer;
    bool has_dict;                      /* instance attributes beside members */
    bool hides_values;                  /* see rg__type_shadows */
    uint32_t hidden_fields;             /* bit i: x.name does not read field i of its layout */
    Py_ssize_t fixed_size;              /* for RG__SIZE_FIXED, without the head */
    Py_ssize_t head;                    /* bytes in front of the object */
    size_t members_begin, member_count; /* into rg__types.members */
    size_t shadows_begin, shadow_count; /* into rg__types.shadows */
    size_t labels_begin; /* into rg__types.labels: of RG__WALK_INSTANCE, by value slot */
    uint64_t dict_label;
} rg__type_info;

/* Where a type was found last, by its address. */
typedef struct rg__recent_type {
    const PyTypeObject *type;
    uint32_t index;
} rg__recent_type;

enum { RG__RECENT_TYPES = 256 };

typedef struct rg__types {
    rg__type_info *items;
    size_t count, capacity;
    rg__member *members;
    size_t member_count, member_capacity;
    uint32_t *shadows; /* text indices */
    size_t shadow_count, shadow_capacity;
    uint64_t *labels; /* raw labels of attributes */
    size_t label_count, label_capacity;
    rg__recent_type recent[RG__RECENT_TYPES];
    rg__pointer_map of_type;
    rg__pointer_map genuine; /* type that must be proved → 1: is the one meant, 0: is not */
} rg__types;

static inline rg__recent_type *rg__recent_of(rg__types *self, const PyTypeObject *type)
{
    return &self->recent[((uintptr_t)type >> 4 ^ (uintptr_t)type >> 12) % RG__RECENT_TYPES];
}

#endif
