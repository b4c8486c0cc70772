/* Frames: names of locals, and edges of the running ones that no object stands for. */
#include "capture/names.h"

#include "base/text.h"

#include <string.h>

/* Offer a local: `local x`, or `cell x` where the slot holds the cell of a captured variable. */
static rg_status offer_local(rg__naming *naming, const rg__frame *frame, Py_ssize_t i,
                             rg_strength strength)
{
    rg__capture *c = naming->capture;
    bool is_borrowed = false;
    bool is_cell = false;
    PyObject *target = rg__frame_slot(frame, i, &is_borrowed);
    PyObject *name = rg__frame_local_name(frame->code, i, &is_cell);
    if (is_borrowed)
        strength = RG_STRENGTH_WEAK;
    if (!target || !name || !PyUnicode_Check(name))
        return RG_OK;
    uint32_t text = 0;
    rg_status status = rg__texts_add_name(&c->texts, &text, name);
    if (status)
        return status;
    if (is_cell && PyCell_Check(target)) {
        status = rg__pointer_map_put(&c->cell_names, target, text);
        if (status)
            return status;
        return rg__naming_offer(naming, target, rg__label(RG_NAME_CELL, strength, text),
                                !is_borrowed);
    }
    return rg__naming_offer(naming, target, rg__label(RG_NAME_LOCAL, strength, text), !is_borrowed);
}

/* What is borrowed is no edge, unless tp_traverse reports it (3.14): then one that owns nothing. */
static rg_status offer_slot(rg__naming *naming, PyObject *target, rg_strength strength,
                            const char *name, bool is_owned)
{
    const rg_strength kept = is_owned ? strength : RG_STRENGTH_WEAK;
    uint32_t text = 0;
    if (!target)
        return RG_OK;
    rg_status status = rg__capture_literal(naming->capture, &text, name);
    if (status)
        return status;
    return rg__naming_offer(naming, target, rg__label(RG_NAME_SLOT, kept, text), is_owned);
}

rg_status rg__name_frame(rg__naming *naming, const rg__frame *frame)
{
    const rg_strength strength = frame->is_running ? RG_STRENGTH_FRAME : RG_STRENGTH_OWN;
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i < frame->local_count && !status; i++)
        status = offer_local(naming, frame, i, strength);
    for (Py_ssize_t i = frame->local_count; i < frame->slot_count && !status; i++) {
        bool is_borrowed = false;
        PyObject *target = rg__frame_slot(frame, i, &is_borrowed);
        status = offer_slot(naming, target, strength, "evaluation stack", !is_borrowed);
    }
    const bool owns_parts = frame->object != frame->address; /* ≤ 3.10 the frame object's fields */
    if (!status && owns_parts)
        status = offer_slot(naming, (PyObject *)frame->code, RG_STRENGTH_INFRASTRUCTURE, "code",
                            !frame->is_code_borrowed);
    if (!status && owns_parts)
        status = offer_slot(naming, frame->function, RG_STRENGTH_INFRASTRUCTURE, "function",
                            !frame->is_function_borrowed);
    /* of a module's code the namespace is its globals: no better way to its variables than the module */
    const bool is_globals = frame->locals == frame->globals;
    if (!status && owns_parts)
        status = offer_slot(naming, frame->locals,
                            is_globals ? RG_STRENGTH_INFRASTRUCTURE : strength, "namespace", true);
    if (!status && owns_parts && frame->object != naming->object)
        status = offer_slot(naming, frame->object, strength, "frame", true);
    return status;
}

rg_status rg__capture_frame_edges(rg__capture *c, const rg__frame *frame)
{
    rg__naming naming = {
        .capture = c, .begin = c->edge_count, .reported = c->edge_count, .cursor = c->edge_count};
    return rg__name_frame(&naming, frame);
}

rg_status rg__code_write(rg_buffer *out, PyCodeObject *code, int line)
{
    PyObject *name = rg__code_qualname(code);
    bool is_cut = false;
    rg_status status = RG_OK;
    if (name && PyUnicode_Check(name))
        status = rg__str_encode(out, name, 0, &is_cut);
    if (!status)
        status = rg_buffer_add(out, " (", 2);
    if (!status && code->co_filename && PyUnicode_Check(code->co_filename)) {
        rg_buffer path = rg_buffer_empty(&out->allocator);
        status = rg__str_encode(&path, code->co_filename, 0, &is_cut);
        const rg_string tail = rg__path_tail((rg_string){path.data, path.size});
        if (!status)
            status = rg_buffer_add(out, tail.data, tail.size);
        rg_buffer_dispose(&path);
    }
    if (!status && line > 0)
        return rg_buffer_add_format(out, ":%d)", line);
    return status ? status : rg_buffer_add(out, ")", 1);
}
