/* Every string of a capture, by index. */
#ifndef RG_CAPTURE_TEXTS_H
#define RG_CAPTURE_TEXTS_H

#include "capture/compat.h" /* Python.h stands first */

#include "base/memory.h"
#include "capture/pointer_map.h"

/* A number is written as text when no Python memory is needed any more; its 8 bytes stand for it until then. */
typedef enum rg__text_form { RG__TEXT = 0, RG__TEXT_INT, RG__TEXT_FLOAT } rg__text_form;

typedef struct rg__texts {
    rg_buffer bytes;
    uint64_t *ends; /* and the form in the upper two bits */
    size_t count, capacity;
    rg__pointer_map of_object; /* str object → index */
} rg__texts;

RG_CHECKED rg_status rg__texts_add(rg__texts *self, uint32_t *index, rg_string text);
RG_CHECKED rg_status rg__texts_add_c(rg__texts *self, uint32_t *index, const char *text);
/* A str object's whole text, remembered by its address (for names, which are few and shared). */
RG_CHECKED rg_status rg__texts_add_name(rg__texts *self, uint32_t *index, PyObject *str);
RG_CHECKED rg_status rg__texts_add_number(rg__texts *self, uint32_t *index, rg__text_form form,
                                          const void *number);
rg__text_form rg__texts_form(const rg__texts *self, uint32_t index);
/* What is stored of a text. */
rg_string rg__texts_at(const rg__texts *self, uint32_t index);
void rg__texts_dispose(rg__texts *self);

/* Append at most `limit` characters (0: all) of a str as UTF-8, lone surrogates in three bytes. */
RG_CHECKED rg_status rg__str_encode(rg_buffer *out, PyObject *str, size_t limit, bool *is_cut);
/* Whether a str has exactly this ASCII text. */
bool rg__str_is(PyObject *str, const char *ascii);

#endif
