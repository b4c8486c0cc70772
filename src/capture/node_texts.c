/* The short text of a node: read from the object's own fields, cheap and safe; no repr. */
#include "capture/capture_private.h"
#include "capture/numbers.h"

#include <string.h>

enum { TEXT_LIMIT = RG__TEXT_LIMIT, KEY_TEXT_LIMIT = 4096 /* characters of a str that is a key */ };

/* Take what is in scratch as the node's text. */
static rg_status take(rg__capture *c, rg__raw_node *node, unsigned flags)
{
    node->flags |= (uint16_t)flags;
    return rg__texts_add(&c->texts, &node->text, (rg_string){c->scratch.data, c->scratch.size});
}

static rg_status str_text(rg__capture *c, PyObject *str, rg__raw_node *node)
{
    bool is_cut = false;
    if (!rg__str_is_ready(str))
        return RG_OK;
    const bool matters = c->options->no_texts || PyUnicode_GET_LENGTH(str) > TEXT_LIMIT;
    const bool is_key = matters && rg__addresses_is_marked(&c->addresses, (uintptr_t)str);
    if (c->options->no_texts && !is_key)
        return RG_OK;
    if (PyUnicode_CheckExact(str) && PyUnicode_IS_ASCII(str) &&
        PyUnicode_GET_LENGTH(str) <= TEXT_LIMIT) {
        const rg_string text = {PyUnicode_DATA(str), (size_t)PyUnicode_GET_LENGTH(str)};
        node->flags |= RG_NODE_TEXT_STR;
        return rg__texts_add(&c->texts, &node->text, text);
    }
    rg_status status =
        rg__str_encode(&c->scratch, str, is_key ? KEY_TEXT_LIMIT : TEXT_LIMIT, &is_cut);
    if (status)
        return status;
    /* a subclass may compare as it likes: its text is shown, but is no key to find it by */
    const unsigned kind = PyUnicode_CheckExact(str) ? RG_NODE_TEXT_STR : 0;
    return take(c, node, kind | (is_cut ? RG_NODE_TEXT_CUT : 0));
}

static rg_status bytes_text(rg__capture *c, PyObject *bytes, rg__raw_node *node)
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

/* Take a number as the node's text. */
static rg_status take_number(rg__capture *c, rg__raw_node *node, rg__text_form form,
                             const void *number)
{
    node->flags |= RG_NODE_TEXT_LITERAL;
    return rg__texts_add_number(&c->texts, &node->text, form, number);
}

static rg_status int_text(rg__capture *c, PyObject *number, rg__raw_node *node)
{
    int overflow = 0;
    const int64_t value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow ? RG_OK : take_number(c, node, RG__TEXT_INT, &value);
}

static rg_status bool_text(rg__capture *c, PyObject *value, rg__raw_node *node)
{
    rg_status status = rg_buffer_add_format(&c->scratch, "%s", value == Py_True ? "True" : "False");
    return status ? status : take(c, node, RG_NODE_TEXT_LITERAL);
}

static rg_status float_text(rg__capture *c, PyObject *number, rg__raw_node *node)
{
    const double value = PyFloat_AS_DOUBLE(number);
    const bool is_literal = value - value == 0; /* inf and nan are none */
    return is_literal ? take_number(c, node, RG__TEXT_FLOAT, &value) : RG_OK;
}

/* "3 items"; the texts of small counts are made once. */
static rg_status count_text(rg__capture *c, Py_ssize_t count, rg__raw_node *node)
{
    const bool is_small = count >= 0 && count < RG__COUNT_TEXTS;
    if (is_small && c->count_texts[count]) {
        node->text = c->count_texts[count] - 1;
        return RG_OK;
    }
    char number[RG__NUMBER_SIZE];
    rg_status status = rg_buffer_add(&c->scratch, number, rg__write_int(number, count));
    if (!status)
        status = rg_buffer_add(&c->scratch, " items", count == 1 ? 5 : 6);
    if (!status)
        status = take(c, node, 0);
    if (!status && is_small)
        c->count_texts[count] = node->text + 1;
    return status;
}

/* A name that is a str, or nothing. */
static rg_status name_text(rg__capture *c, PyObject *name, rg__raw_node *node)
{
    bool is_cut = false;
    if (!name || !PyUnicode_Check(name) || !rg__str_is_ready(name))
        return RG_OK;
    rg_status status = rg__str_encode(&c->scratch, name, TEXT_LIMIT * 2, &is_cut);
    return status ? status : take(c, node, is_cut ? RG_NODE_TEXT_CUT : 0);
}

static rg_status type_text(rg__capture *c, PyTypeObject *type, rg__raw_node *node)
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

static rg_status code_text(rg__capture *c, PyCodeObject *code, int line, rg__raw_node *node)
{
    rg_status status = rg__code_write(&c->scratch, code, line);
    return status ? status : take(c, node, 0);
}

static rg_status frame_text(rg__capture *c, PyObject *object, rg__raw_node *node)
{
    rg__frame frame;
    if (!rg__frame_of_object(&frame, object))
        return RG_OK;
    if (frame.is_running)
        node->flags |= RG_NODE_RUNNING;
    return code_text(c, frame.code, frame.line, node);
}

static rg_status traceback_text(rg__capture *c, PyObject *object, rg__raw_node *node)
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

static rg_status generator_text(rg__capture *c, PyObject *object, rg__raw_node *node)
{
    rg__frame frame;
    if (!rg__frame_of_generator(&frame, object))
        return name_text(c, rg__generator_qualname(object), node);
    if (frame.is_running)
        node->flags |= RG_NODE_RUNNING;
    return code_text(c, frame.code, frame.line, node);
}

static rg_status exception_text(rg__capture *c, PyObject *object, rg__raw_node *node)
{
    PyObject *args = ((PyBaseExceptionObject *)object)->args;
    if (c->options->no_texts || !args || !PyTuple_Check(args) || PyTuple_GET_SIZE(args) < 1)
        return RG_OK;
    return name_text(c, PyTuple_GET_ITEM(args, 0), node);
}

static rg_status special_text(rg__capture *c, PyObject *object, const rg__type_info *info,
                              rg__raw_node *node)
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

/* Values of which there may be millions, nearly all different. */
static bool is_datum(const PyTypeObject *type)
{
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyBytes_Type;
}

rg_status rg__capture_text(rg__capture *c, PyObject *object, const rg__type_info *info,
                           rg__raw_node *node)
{
    c->scratch.size = 0;
    node->text = RG_NONE;
    if (info->special)
        return special_text(c, object, info, node);
    const PyTypeObject *type = info->type;
    if (type == &PyUnicode_Type)
        return str_text(c, object, node);
    if (info->walk == RG__WALK_INSTANCE || (c->options->no_texts && is_datum(type)))
        return RG_OK;
    if (type == &PyLong_Type)
        return int_text(c, object, node);
    if (type == &PyFloat_Type)
        return float_text(c, object, node);
    if (PyUnicode_Check(object))
        return str_text(c, object, node);
    if (type == &PyBool_Type)
        return bool_text(c, object, node);
    if (type == &PyBytes_Type)
        return bytes_text(c, object, node);
    const char *literal = object == Py_None ? "None" : object == Py_Ellipsis ? "Ellipsis" : NULL;
    if (!literal)
        return RG_OK;
    rg_status status = rg_buffer_add(&c->scratch, literal, strlen(literal));
    return status ? status : take(c, node, RG_NODE_TEXT_LITERAL);
}
