/* See growth_fold.h. Sorted by holder and what stands before the last dot, then by name, the names of one object
 * are a range:
 *
 *     holder 7  app.STATE  .f1    born          ┐
 *     holder 7  app.STATE  .f2    born          ├─ so many that only came: app.STATE.*
 *     holder 7  app.STATE  …                    ┘
 *     holder 7  app.STATE  .last  born, gone    ─── a variable that has another value: as it is */
#include "analysis/growth_fold.h"

#include <stdlib.h>
#include <string.h>

#include "graph/graph_private.h"

/* So many names of one object are more than a person has written down. */
enum { MANY = 16 };

typedef struct named {
    rg__beginning *item;
    size_t stem;     /* bytes of its text before the last dot */
    uint32_t holder; /* of `after` */
    bool is_alone;   /* nothing has come to the name of what is gone, or the other way round */
} named;

/* Bytes before `.name` at the end of a text; 0 where it does not end so. */
static size_t stem_of(rg_string text)
{
    size_t i = text.size;
    while (i > 0) {
        const unsigned char c = (unsigned char)text.data[i - 1];
        const bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
        if (!is_name)
            break;
        i--;
    }
    return i > 0 && i < text.size && text.data[i - 1] == '.' ? i - 1 : 0;
}

static uint32_t holder_of(const rg__beginning *item, const rg__pairs *pairs,
                          const rg__growth_side *before, const rg__growth_side *after)
{
    const bool is_gone = item->change == RG__GONE;
    const uint32_t holder = (is_gone ? before : after)->distances->via[item->node];
    return is_gone && holder != RG_NONE ? pairs->after_of[holder] : holder;
}

/* The items that are attributes; counted only where `out` is NULL. */
static size_t list_named(named *out, rg__beginning *items, size_t count, const rg__pairs *pairs,
                         const rg__growth_side *before, const rg__growth_side *after)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].change == RG__RESIZED)
            continue;
        const size_t stem = stem_of(items[i].text);
        const uint32_t holder = holder_of(&items[i], pairs, before, after);
        if (!stem || holder == RG_NONE)
            continue;
        if (out)
            out[found] = (named){.item = &items[i], .stem = stem, .holder = holder};
        found++;
    }
    return found;
}

static int compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_object(const void *a, const void *b)
{
    const named *x = a;
    const named *y = b;
    if (x->holder != y->holder)
        return x->holder < y->holder ? -1 : 1;
    return compare(x->item->text.data, x->stem, y->item->text.data, y->stem);
}

static int by_name(const void *a, const void *b)
{
    const named *x = a;
    const named *y = b;
    const int order = by_object(a, b);
    if (order)
        return order;
    return compare(x->item->text.data + x->stem, x->item->text.size - x->stem,
                   y->item->text.data + y->stem, y->item->text.size - y->stem);
}

/* Find which of the names of one object are alone; whether there are many that only came, or only went. */
static bool has_many(named *names, size_t count)
{
    size_t counts[2] = {0, 0};
    for (size_t begin = 0, end; begin < count; begin = end) {
        bool has[2] = {false, false};
        for (end = begin; end < count && !by_name(&names[begin], &names[end]); end++)
            has[names[end].item->change == RG__GONE] = true;
        for (size_t i = begin; i < end; i++)
            names[i].is_alone = has[0] != has[1];
        counts[0] += has[0] && !has[1];
        counts[1] += has[1] && !has[0];
    }
    return counts[0] >= MANY || counts[1] >= MANY;
}

/* Give those that are alone one text. */
static rg_status fold(named *names, size_t count, rg_buffer *folded)
{
    const size_t begin = folded->size;
    rg_status status = rg_buffer_add(folded, names[0].item->text.data, names[0].stem);
    if (!status)
        status = rg_buffer_add(folded, ".*", 2);
    for (size_t i = 0; i < count && !status; i++) {
        if (!names[i].is_alone)
            continue;
        names[i].item->composed = begin;
        names[i].item->text.size = names[i].stem + 2;
    }
    return status;
}

rg_status rg__growth_fold(rg__beginning *items, size_t count, const rg__pairs *pairs,
                          const rg__growth_side *before, const rg__growth_side *after,
                          rg_buffer *folded)
{
    const rg_allocator *a = &folded->allocator;
    const size_t named_count = list_named(NULL, items, count, pairs, before, after);
    if (!named_count)
        return RG_OK;
    named *names = rg__array_new_raw(a, named_count, sizeof *names);
    rg_status status = names ? RG_OK : RG_ERR_NOMEM;
    if (status)
        return status;
    list_named(names, items, count, pairs, before, after);
    qsort(names, named_count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++)
        items[i].composed = SIZE_MAX; /* from here on: in `folded` */
    for (size_t begin = 0, end; begin < named_count && !status; begin = end) {
        for (end = begin; end < named_count && !by_object(&names[begin], &names[end]);)
            end++;
        if (has_many(names + begin, end - begin))
            status = fold(names + begin, end - begin, folded);
    }
    for (size_t i = 0; i < count && !status; i++)
        if (items[i].composed != SIZE_MAX)
            items[i].text.data = folded->data + items[i].composed;
    rg__array_free(a, names, named_count, sizeof *names);
    return status;
}
