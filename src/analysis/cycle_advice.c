/* How to cut a reference, in code. What it leads to decides more than its name: a weak reference to a function or
 * a generator that nothing else keeps is dead at once, and many types have none. */
#include "analysis/cycle_kinds.h"

#include <string.h>

#include "analysis/spelling.h"

static const rg__type *type_of(const rg_graph *g, uint32_t node)
{
    return &g->tables.types[rg__node_type(&g->tables, node)];
}

static bool is_of(const rg_graph *g, uint32_t node, const char *module, const char *name)
{
    const rg__type *type = type_of(g, node);
    return rg__strings_are_equal(rg_graph_string(g, type->module), module) &&
           (!name || rg__strings_are_equal(rg_graph_string(g, type->name), name));
}

static bool has_no_weakrefs(const rg_graph *g, uint32_t node)
{
    return type_of(g, node)->flags & RG_TYPE_NO_WEAKREFS;
}

/* What objects of the standard library have for the purpose. */
static const char *known_advice(const rg_graph *g, uint32_t holder, uint32_t target)
{
    if (is_of(g, holder, "_asyncio", "Task") || is_of(g, holder, "asyncio.tasks", "Task"))
        return "await the task, or cancel() it";
    if (is_of(g, holder, "sqlite3", "Connection") || is_of(g, target, "sqlite3", "Connection"))
        return "close() the connection when it is done with";
    if (is_of(g, holder, "xml.dom.minidom", NULL) || is_of(g, target, "xml.dom.minidom", NULL))
        return "unlink() the document when it is done with";
    return NULL;
}

static const char *attribute_advice(const rg_graph *g, rg__cut_kind kind, uint32_t holder,
                                    uint32_t target)
{
    if (rg__node_is_generator(g, target))
        return is_of(g, target, "builtins", "async_generator")
                   ? "await its aclose() when it is done with, or set it to None"
                   : "close() it when it is done with, or set it to None";
    if (rg__node_is_method(g, target)) /* who calls a library's attribute does not call it twice */
        return rg__cut_is_standard(g, holder)
                   ? "set it to None when it is done with, or let it hold what it needs weakly"
                   : "hold it weakly, weakref.WeakMethod(…), and call that to get the method; or drop "
                     "it when it is done";
    if (type_of(g, target)->kind == RG_KIND_FUNCTION)
        return "drop it when it is done, or do not let it capture the object";
    if (rg__node_is_container(g, target))
        return "clear it, or set it to None, when it is done with";
    if (has_no_weakrefs(g, target))
        return type_of(g, target)->kind == RG_KIND_INSTANCE
                   ? "set it to None when it is done with (weak references need '__weakref__' among "
                     "its __slots__)"
                   : "set it to None when it is done with (its type has no weak references)";
    if (kind == RG__CUT_BACK)
        return "hold it weakly, weakref.ref(…), and call that to use it";
    return "set it to None when it is done with, or hold it weakly, weakref.ref(…), where "
           "something else keeps it";
}

/* The same for what is in a container. */
static const char *item_advice(const rg_graph *g, rg__cut_kind kind, uint32_t target)
{
    const bool is_kept_by_nothing = rg__node_is_container(g, target) ||
                                    rg__node_is_generator(g, target) ||
                                    type_of(g, target)->kind == RG_KIND_FUNCTION;
    const bool is_weak = !has_no_weakrefs(g, target) && !is_kept_by_nothing;
    switch (kind) {
    case RG__CUT_KEY:
        return is_weak ? "delete the entry when it is done with, or use a "
                         "weakref.WeakValueDictionary where something else keeps it"
                       : "delete the entry when it is done with";
    case RG__CUT_ITEM:
        if (rg__node_is_method(g, target))
            return "remove the item when it is done with, or hold it weakly, "
                   "weakref.WeakMethod(…), and call that to get the method";
        return is_weak ? "remove the item when it is done with, or hold it weakly, "
                         "weakref.ref(…), where something else keeps it"
                       : "remove the item when it is done with";
    default:
        return is_weak ? "discard it when it is done with, or use a weakref.WeakSet where "
                         "something else keeps it"
                       : "discard it when it is done with";
    }
}

const char *rg__cut_advice(const rg_graph *graph, rg__cut_kind kind, uint32_t holder,
                           uint32_t target)
{
    const char *known = kind < RG__CUT_FIXED ? known_advice(graph, holder, target) : NULL;
    if (known && kind != RG__CUT_EXCEPTION && kind != RG__CUT_LOCAL)
        return known;
    switch (kind) {
    case RG__CUT_BACK:
    case RG__CUT_CALLBACK:
    case RG__CUT_ATTRIBUTE:
    case RG__CUT_CONTAINER:
        return attribute_advice(graph, kind, holder, target);
    case RG__CUT_KEY:
    case RG__CUT_ITEM:
    case RG__CUT_ELEMENT:
        return item_advice(graph, kind, target);
    case RG__CUT_EXCEPTION:
        return " once the exception is handled (try … finally: del)";
    case RG__CUT_TRACEBACK:
        return "keep error.with_traceback(None), or traceback.clear_frames(error.__traceback__)";
    case RG__CUT_CONTEXT:
        return "raise … from None, or set it to None";
    case RG__CUT_LOCAL:
        return " before the function ends, or traceback.clear_frames(…)";
    case RG__CUT_CELL:
        return "set the captured variable to None when it is done with";
    case RG__CUT_GENERATOR:
        return is_of(graph, holder, "builtins", "async_generator")
                   ? "await the aclose() of the generator when it is done with"
                   : "close() the generator or coroutine when it is done with";
    case RG__CUT_VARIABLE:
        return "delete the attribute of the class";
    case RG__CUT_OTHER:
        return "set it to None where it can be set, or drop the object that holds it";
    default:
        return NULL;
    }
}
