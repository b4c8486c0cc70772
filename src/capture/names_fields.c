/* Names for the fields of an object: C structs whose layout is known, the members that its type declares,
 * and the attributes that an instance keeps in its dict or in values of its own. */
#include "capture/classify.h"
#include "capture/names.h"

#include <string.h>

/* gi_code of a coroutine is cr_code, of an async generator ag_code. */
static const char *generator_field(PyObject *object, const char *name)
{
    static const char *const names[][3] = {{"gi_code", "cr_code", "ag_code"},
                                           {"gi_frame", "cr_frame", "ag_frame"}};
    const int flavour = PyCoro_CheckExact(object) ? 1 : PyAsyncGen_CheckExact(object) ? 2 : 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i][0]))
            return names[i][flavour];
    return name;
}

rg_status rg__offer_fields(rg__naming *self, const rg__type_info *info)
{
    size_t count = 0;
    rg__layout layout;
    if (!rg__layout_of(info->special, &layout))
        return RG_OK;
    const rg__field *fields = rg__fields(layout, &count);
    rg_status status = RG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        const rg__field *f = &fields[i];
        PyObject *target = rg__read_field(self->object, f->offset);
        rg_name_kind kind = (rg_name_kind)f->kind;
        const char *name = f->name;
        if (layout == RG__LAYOUT_GENERATOR)
            name = generator_field(self->object, name);
        if (layout == RG__LAYOUT_FUNCTION && target && PyTuple_Check(target) &&
            !strcmp(name, "__annotations__"))
            kind = RG_NAME_SLOT; /* a tuple until somebody asks: then a dict takes its place */
        if (info->hidden_fields >> i & 1)
            kind = RG_NAME_SLOT;
        status =
            rg__naming_offer_named(self, target, kind, (rg_strength)f->strength, name, f->extra);
    }
    return status;
}

rg_status rg__offer_members(rg__naming *self, const rg__type_info *info, bool extra)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < info->member_count && !status; i++) {
        const rg__member m = self->capture->types.members[info->members_begin + i];
        uintptr_t word = (uintptr_t)rg__read_field(self->object, m.offset);
        rg_name_kind kind = m.kind;
        if (m.is_tagged && word & 1) {
            word &= ~(uintptr_t)1;
            kind = RG_NAME_SLOT;
        }
        status = rg__naming_offer(self, (PyObject *)word, rg__label(kind, m.strength, m.name),
                                  extra || m.is_unreported);
    }
    return status;
}

bool rg__has_member_at(const rg__capture *c, const rg__type_info *info, Py_ssize_t offset)
{
    for (size_t i = 0; i < info->member_count; i++)
        if (c->types.members[info->members_begin + i].offset == offset)
            return true;
    return false;
}

/* ---- attributes and items ---- */

rg_status rg__offer_attributes(rg__naming *self, const rg__type_info *info)
{
    const rg__instance instance = rg__instance_read(self->object);
    rg_status status = RG_OK;
    for (Py_ssize_t i = 0; i < instance.value_count && !status; i++) {
        if (!instance.values[i])
            continue;
        PyObject *name = rg__shared_key(instance.keys, i);
        uint32_t text = 0;
        if (!name)
            continue;
        status = rg__texts_add_name(&self->capture->texts, &text, name);
        if (status)
            return status;
        const bool is_hidden = info->hides_values && rg__type_shadows(self->capture, info, text);
        const rg_name_kind kind = is_hidden ? RG_NAME_HIDDEN : RG_NAME_ATTRIBUTE;
        status = rg__naming_offer(self, instance.values[i], rg__label(kind, RG_STRENGTH_OWN, text),
                                  false);
    }
    if (status || !instance.dict)
        return status;
    return rg__naming_offer_named(self, instance.dict, RG_NAME_ATTRIBUTE, RG_STRENGTH_OWN,
                                  "__dict__", true);
}
