/* The short text of a node: read from the object's own fields, cheap and safe; no repr. */
#include "capture/capture_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_LIMIT = 60,
    KEY_TEXT_LIMIT = 4096 /* characters of a str; more where it is a dict's key */
};

/* Take what is in scratch as the node's text. */
static rg_status take(rg__capture *c, rg_node *node, unsigned flags)
{
    node->flags |= (uint16_t)flags;
    return rg__texts_add(&c->texts, &node->text, (rg_string){c->scratch.data, c->scratch.size});
}

static rg_status str_text(rg__capture *c, PyObject *str, rg_node *node)
{
    bool is_cut = false;
    const bool is_key = rg__addresses_is_marked(&c->addresses, (uintptr_t)str);
    if (!rg__str_is_ready(str))
        return RG_OK;
    rg_status status =
        rg__str_encode(&c->scratch, str, is_key ? KEY_TEXT_LIMIT : TEXT_LIMIT, &is_cut);
    if (status)
        return status;
    /* a subclass may compare as it likes: its text is shown, but is no key to find it by */
    const unsigned kind = PyUnicode_CheckExact(str) ? RG_NODE_TEXT_STR : 0;
    return take(c, node, kind | (is_cut ? RG_NODE_TEXT_CUT : 0));
}

static rg_status bytes_text(rg__capture *c, PyObject *bytes, rg_node *node)
{
    const unsigned char *data = (const unsigned char *)PyBytes_AS_STRING(bytes);
    const Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    const bool is_cut = size > TEXT_LIMIT;
    rg_status status = rg_buffer_add(&c->scratch, "b'", 2);
    for (Py_ssize_t i = 0; i < size && i < TEXT_LIMIT && !status; i++) {
        const bool is_plain =
            data[i] >= 0x20 && data[i] < 0x7F && data[i] != '\'' && data[i] != '\\';
        status = is_plain ? rg_buffer_add(&c->scratch, &data[i], 1)
                          : rg_buffer_add_format(&c->scratch, "\\x%02x", data[i]);
    }
    if (!status)
        status = rg_buffer_add(&c->scratch, "'", 1);
    return status ? status : take(c, node, is_cut ? RG_NODE_TEXT_CUT : RG_NODE_TEXT_LITERAL);
}

/* Append a decimal number: this runs for every int and every container, so no printf. */
static rg_status write_number(rg_buffer *out, long long value)
{
    char digits[24];
    size_t i = sizeof digits;
    unsigned long long rest =
        value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    do {
        digits[--i] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--i] = '-';
    return rg_buffer_add(out, digits + i, sizeof digits - i);
}

static rg_status int_text(rg__capture *c, PyObject *number, rg_node *node)
{
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow)
        return RG_OK;
    rg_status status = PyBool_Check(number)
                           ? rg_buffer_add_format(&c->scratch, "%s", value ? "True" : "False")
                           : write_number(&c->scratch, value);
    return status ? status : take(c, node, RG_NODE_TEXT_LITERAL);
}

/* The shortest of 15, 16 or 17 digits that reads back as the same double. */
static rg_status float_text(rg__capture *c, PyObject *number, rg_node *node)
{
    const double value = PyFloat_AS_DOUBLE(number);
    char text[40];
    if (!(value - value == 0)) /* inf, nan: no literal */
        return RG_OK;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (char *p = text; *p; p++) /* another locale may have made it a comma */
        if (*p == ',')
            *p = '.';
    const char *tail = strpbrk(text, ".e") ? "" : ".0";
    rg_status status = rg_buffer_add_format(&c->scratch, "%s%s", text, tail);
    return status ? status : take(c, node, RG_NODE_TEXT_LITERAL);
}

/* "3 items"; the texts of small counts are made once. */
static rg_status count_text(rg__capture *c, Py_ssize_t count, rg_node *node)
{
    const bool is_small = count >= 0 && count < RG__COUNT_TEXTS;
    if (is_small && c->count_texts[count]) {
        node->text = c->count_texts[count] - 1;
        return RG_OK;
    }
    rg_status status = write_number(&c->scratch, count);
    if (!status)
        status = rg_buffer_add(&c->scratch, " items", count == 1 ? 5 : 6);
    if (!status)
        status = take(c, node, 0);
    if (!status && is_small)
        c->count_texts[count] = node->text + 1;
    return status;
}

/* A name that is a str, or nothing. */
static rg_status name_text(rg__capture *c, PyObject *name, rg_node *node)
{
    bool is_cut = false;
    if (!name || !PyUnicode_Check(name) || !rg__str_is_ready(name))
        return RG_OK;
    rg_status status = rg__str_encode(&c->scratch, name, TEXT_LIMIT * 2, &is_cut);
    return status ? status : take(c, node, is_cut ? RG_NODE_TEXT_CUT : 0);
}

static rg_status type_text(rg__capture *c, PyTypeObject *type, rg_node *node)
{
    uint32_t index = 0;
    rg_status status = rg__capture_type(c, &index, type);
    if (status)
        return status;
    const rg_string module = rg__texts_at(&c->texts, c->types.items[index].module);
    const rg_string name = rg__texts_at(&c->texts, c->types.items[index].name);
    const bool is_builtin = module.size == 8 && !memcmp(module.data, "builtins", 8);
    if (module.size && !is_builtin) {
        status = rg_buffer_add(&c->scratch, module.data, module.size);
        if (!status)
            status = rg_buffer_add(&c->scratch, ".", 1);
    }
    if (!status)
        status = rg_buffer_add(&c->scratch, name.data, name.size);
    return status ? status : take(c, node, 0);
}

static rg_status code_text(rg__capture *c, PyCodeObject *code, int line, rg_node *node)
{
    rg_status status = rg__code_write(&c->scratch, code, line);
    return status ? status : take(c, node, 0);
}

static rg_status frame_text(rg__capture *c, PyObject *object, rg_node *node)
{
    rg__frame frame;
    if (!rg__frame_of_object(&frame, object))
        return RG_OK;
    if (frame.is_running)
        node->flags |= RG_NODE_RUNNING;
    return code_text(c, frame.code, frame.line, node);
}

static rg_status traceback_text(rg__capture *c, PyObject *object, rg_node *node)
{
    rg__frame frame;
    PyObject *frame_object = (PyObject *)((PyTracebackObject *)object)->tb_frame;
    if (!frame_object || !PyFrame_Check(frame_object) || !rg__frame_of_object(&frame, frame_object))
        return RG_OK;
    const PyTracebackObject *t = (const PyTracebackObject *)object;
    /* the line may be worked out only when it is asked for; the instruction (bytes) is always there */
    const int line = t->tb_lineno > 0 ? t->tb_lineno : PyCode_Addr2Line(frame.code, t->tb_lasti);
    return code_text(c, frame.code, line, node);
}

static rg_status generator_text(rg__capture *c, PyObject *object, rg_node *node)
{
    rg__frame frame;
    if (!rg__frame_of_generator(&frame, object))
        return name_text(c, rg__generator_qualname(object), node);
    if (frame.is_running)
        node->flags |= RG_NODE_RUNNING;
    return code_text(c, frame.code, frame.line, node);
}

static rg_status exception_text(rg__capture *c, PyObject *object, rg_node *node)
{
    PyObject *args = ((PyBaseExceptionObject *)object)->args;
    if (!args || !PyTuple_Check(args) || PyTuple_GET_SIZE(args) < 1)
        return RG_OK;
    return name_text(c, PyTuple_GET_ITEM(args, 0), node);
}

static rg_status special_text(rg__capture *c, PyObject *object, const rg__type_info *info,
                              rg_node *node)
{
    PyObject *function = object;
    switch (info->special) {
    case RG__SPECIAL_MODULE:
        return name_text(c, rg__dict_entry(rg__dict_of_module(object), "__name__"), node);
    case RG__SPECIAL_TYPE:
        return type_text(c, (PyTypeObject *)object, node);
    case RG__SPECIAL_METHOD:
        function = ((PyMethodObject *)object)->im_func;
        if (!function || !PyFunction_Check(function))
            return RG_OK;
        return name_text(c, ((PyFunctionObject *)function)->func_qualname, node);
    case RG__SPECIAL_FUNCTION:
        return name_text(c, ((PyFunctionObject *)object)->func_qualname, node);
    case RG__SPECIAL_BUILTIN: {
        rg_status status =
            rg_buffer_add_format(&c->scratch, "%s", ((PyCFunctionObject *)object)->m_ml->ml_name);
        return status ? status : take(c, node, 0);
    }
    case RG__SPECIAL_DESCRIPTOR:
        return name_text(c, ((PyDescrObject *)object)->d_name, node);
    case RG__SPECIAL_CODE:
        return code_text(c, (PyCodeObject *)object, ((PyCodeObject *)object)->co_firstlineno, node);
    case RG__SPECIAL_FRAME:
        return frame_text(c, object, node);
    case RG__SPECIAL_TRACEBACK:
        return traceback_text(c, object, node);
    case RG__SPECIAL_GENERATOR:
        return generator_text(c, object, node);
    case RG__SPECIAL_EXCEPTION:
        return exception_text(c, object, node);
    case RG__SPECIAL_LRU_CACHE:
        return name_text(c, rg__instance_attribute(object, "__qualname__"), node);
    case RG__SPECIAL_CELL:
        node->text = rg__pointer_map_get(&c->cell_names, object, RG_NONE);
        return RG_OK;
    case RG__SPECIAL_LIST:
    case RG__SPECIAL_TUPLE:
    case RG__SPECIAL_DEQUE:
        return count_text(c, Py_SIZE(object), node);
    case RG__SPECIAL_DICT:
        return count_text(c, ((PyDictObject *)object)->ma_used, node);
    case RG__SPECIAL_SET:
        return count_text(c, ((PySetObject *)object)->used, node);
    default:
        return RG_OK;
    }
}

rg_status rg__capture_text(rg__capture *c, PyObject *object, const rg__type_info *info,
                           rg_node *node)
{
    c->scratch.size = 0;
    node->text = RG_NONE;
    if (info->special)
        return special_text(c, object, info, node);
    if (PyUnicode_Check(object))
        return str_text(c, object, node);
    if (PyLong_CheckExact(object) || PyBool_Check(object))
        return int_text(c, object, node);
    if (PyFloat_CheckExact(object))
        return float_text(c, object, node);
    if (PyBytes_CheckExact(object))
        return bytes_text(c, object, node);
    const char *literal = object == Py_None ? "None" : object == Py_Ellipsis ? "Ellipsis" : NULL;
    if (!literal)
        return RG_OK;
    rg_status status = rg_buffer_add(&c->scratch, literal, strlen(literal));
    return status ? status : take(c, node, RG_NODE_TEXT_LITERAL);
}
