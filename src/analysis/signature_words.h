/* The words of a signature: a root, and the steps from there, with whatever tells one of many equal holders
 * from another left out. */
#ifndef RG_ANALYSIS_SIGNATURE_WORDS_H
#define RG_ANALYSIS_SIGNATURE_WORDS_H

#include <refgraph/graph.h>

typedef enum rg__step_kind {
    RG__STEP_ROOT =
        1, /* the beginning                        value: the root        sys.modules['m'] */
    RG__STEP_HELD, /* what a root is that has no name      –                      · {app.Session} */
    RG__STEP_NO_ROOT, /* the beginning where no root reaches  –                      */
    RG__STEP_HOLDER, /* the type of what holds it then       –                      app.Session */
    RG__STEP_NOTHING, /* there is no such thing               –                      */
    RG__STEP_ITEM,    /* an index, or a key of data           –                      [*] */
    RG__STEP_NAME,    /* an attribute, however it is stored   string id              .x */
    RG__STEP_TOP,     /* a variable of the frame that is the root, string id         · local 'x' */
    RG__STEP_FRAME, /* a variable of a frame object         string id              .f_locals['x'] */
    RG__STEP_GENERATOR,
    RG__STEP_COROUTINE,
    RG__STEP_ASYNC_GENERATOR,
    RG__STEP_LOCAL,    /* one that no expression reaches       string id              {local x} */
    RG__STEP_CELL,     /* the cell of a captured variable      string id              {cell x} */
    RG__STEP_SLOT,     /*                                      string id              {x} */
    RG__STEP_CLASS,    /*                                      –                      {type} */
    RG__STEP_REFERENT, /*                                      –                      () */
    RG__STEP_KEY,      /*                                      –                      {key} */
    RG__STEP_ELEMENT,  /*                                      –                      {element} */
    RG__STEP_UNNAMED   /*                                      –                      {unnamed} */
} rg__step_kind;

typedef struct rg__step {
    rg__step_kind kind;
    uint32_t value; /* 0 where the kind has none */
} rg__step;

/* The step that an edge is by itself. */
rg__step rg__step_of(const rg_graph *graph, const rg_edge *edge);
/* The step to a variable of `owner`, a frame, a generator or a function. */
rg__step rg__step_to_local(const rg_graph *graph, uint32_t owner, uint32_t name,
                           bool is_root_frame);

/* Append a step; `node` is what HELD and HOLDER speak of. Valid UTF-8, on one line. RG_OK, RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__step_write(rg_buffer *out, const rg_graph *graph, rg__step step,
                                    uint32_t node);
/* Whether a root says nothing about what it is. */
bool rg__root_is_placeless(const rg_graph *graph, uint32_t root);

#endif
