/* The capture's strings: copied out of str objects while the GIL is held, interned by the builder later. */
#include "capture/capture_private.h"

#include <string.h>

enum { FORM_SHIFT = 62 };
static const uint64_t END_MASK = (UINT64_C(1) << FORM_SHIFT) - 1;

static rg_status reserve(rg__texts *self)
{
    if (self->count < self->capacity)
        return RG_OK;
    if (self->count >= RG_NONE - 1)
        return RG_ERR_LIMIT;
    return rg__array_reserve(&self->bytes.allocator, &self->ends, &self->capacity, self->count + 1,
                             sizeof *self->ends);
}

/* What has been written to the bytes is the next text. */
static void close_text(rg__texts *self, uint32_t *index)
{
    self->ends[self->count] = self->bytes.size;
    *index = (uint32_t)self->count++;
}

rg_status rg__texts_add(rg__texts *self, uint32_t *index, rg_string text)
{
    rg_buffer *bytes = &self->bytes;
    rg_status status = reserve(self);
    if (!status && bytes->capacity - bytes->size > text.size) {
        if (text.size)
            memcpy(bytes->data + bytes->size, text.data, text.size);
        bytes->size += text.size;
    } else if (!status) {
        status = rg_buffer_add(bytes, text.data, text.size);
    }
    if (!status)
        close_text(self, index);
    return status;
}

rg_status rg__texts_add_number(rg__texts *self, uint32_t *index, rg__text_form form,
                               const void *number)
{
    rg_status status =
        rg__texts_add(self, index, (rg_string){(const char *)number, sizeof(uint64_t)});
    if (!status)
        self->ends[*index] |= (uint64_t)form << FORM_SHIFT;
    return status;
}

rg_status rg__texts_add_c(rg__texts *self, uint32_t *index, const char *text)
{
    return rg__texts_add(self, index, rg_string_of(text));
}

rg_status rg__texts_add_name(rg__texts *self, uint32_t *index, PyObject *str)
{
    const uint32_t known = rg__pointer_map_get(&self->of_object, str, RG_NONE);
    if (known != RG_NONE) {
        *index = known;
        return RG_OK;
    }
    bool is_cut = false;
    rg_status status = reserve(self);
    if (!status)
        status = rg__str_encode(&self->bytes, str, 0, &is_cut);
    if (status)
        return status;
    close_text(self, index);
    return rg__pointer_map_put(&self->of_object, str, *index);
}

rg__text_form rg__texts_form(const rg__texts *self, uint32_t index)
{
    return (rg__text_form)(self->ends[index] >> FORM_SHIFT);
}

rg_string rg__texts_at(const rg__texts *self, uint32_t index)
{
    const uint64_t start = index ? self->ends[index - 1] & END_MASK : 0;
    return (rg_string){self->bytes.data + start, (size_t)((self->ends[index] & END_MASK) - start)};
}

void rg__texts_dispose(rg__texts *self)
{
    rg__array_free(&self->bytes.allocator, self->ends, self->capacity, sizeof *self->ends);
    rg_buffer_dispose(&self->bytes);
    rg__pointer_map_dispose(&self->of_object);
    self->ends = NULL;
    self->count = self->capacity = 0;
}

/* ---- str objects ---- */

static size_t encode_character(char *out, Py_UCS4 c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(leads[length] | c);
    return length;
}

rg_status rg__str_encode(rg_buffer *out, PyObject *str, size_t limit, bool *is_cut)
{
    enum { BATCH = 64 };
    *is_cut = false;
    if (!rg__str_is_ready(str))
        return RG_OK;
    const Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    const Py_ssize_t shown = limit && (size_t)length > limit ? (Py_ssize_t)limit : length;
    *is_cut = shown < length;
    if (PyUnicode_IS_ASCII(str))
        return rg_buffer_add(out, PyUnicode_DATA(str), (size_t)shown);
    const int kind = (int)PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    for (Py_ssize_t i = 0; i < shown;) {
        char batch[4 * BATCH];
        size_t size = 0;
        for (int n = 0; n < BATCH && i < shown; n++, i++)
            size += encode_character(batch + size, PyUnicode_READ(kind, data, i));
        rg_status status = rg_buffer_add(out, batch, size);
        if (status)
            return status;
    }
    return RG_OK;
}

bool rg__str_is(PyObject *str, const char *ascii)
{
    if (!str || !PyUnicode_Check(str) || !rg__str_is_ready(str) || !PyUnicode_IS_ASCII(str))
        return false;
    const size_t size = strlen(ascii);
    return (size_t)PyUnicode_GET_LENGTH(str) == size && !memcmp(PyUnicode_DATA(str), ascii, size);
}
