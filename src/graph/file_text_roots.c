/* Names of roots in a file. A module's is its key in sys.modules; those of frames and threads tell the thread, whose
 * name may say for whom it works: but for the names that Python gives by itself, it is told by a number.
 *
 *     thread MainThread · serve (app.py:88)                     stays
 *     thread for alice · context                                thread 1 · context
 *     the evaluation stack of serve (app.py:88), thread Bob     the evaluation stack of serve (app.py:88), thread 2 */
#include "graph/file_text.h"

#include <string.h>

#define MADE (UINT32_C(1) << 31) /* in `names`, until ids are known: number of an extra string */

static void keep(uint64_t *kept, uint32_t id)
{
    kept[id >> 6] |= UINT64_C(1) << (id & 63);
}

/* Where `part` is the first time; text.size: nowhere. */
static size_t first_of(rg_string text, const char *part)
{
    const size_t size = strlen(part);
    for (size_t i = 0; i + size <= text.size; i++)
        if (!memcmp(text.data + i, part, size))
            return i;
    return text.size;
}

/* The same, the last time. */
static size_t last_of(rg_string text, const char *part)
{
    const size_t size = strlen(part);
    for (size_t i = text.size + 1 - (text.size < size ? text.size : size); i-- > 0;)
        if (size <= text.size - i && !memcmp(text.data + i, part, size))
            return i;
    return text.size;
}

static size_t digits_at(rg_string text, size_t i)
{
    const size_t begin = i;
    while (i < text.size && ((text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '_'))
        i++;
    return i - begin;
}

/* "MainThread", "Thread-7", "Thread-7 (serve)", "ThreadPoolExecutor-0_3". A number alone may be a customer's. */
static bool is_given_by_python(rg_string name)
{
    static const char *const kinds[] = {"Thread-", "Dummy-", "ThreadPoolExecutor-", "asyncio_"};
    static const char main_thread[] = "MainThread";
    if (name.size == strlen(main_thread) && !memcmp(name.data, main_thread, name.size))
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t size = strlen(kinds[i]);
        const bool is_kind = name.size > size && !memcmp(name.data, kinds[i], size);
        const size_t digits = is_kind ? digits_at(name, size) : 0;
        if (digits && (size + digits == name.size ||
                       (name.data[size + digits] == ' ' && name.data[name.size - 1] == ')')))
            return true;
    }
    return false;
}

/* The part of a root's name that is a thread's, and rather more of it than less, since a thread's name may hold what
 * stands between the parts; size 0: there is none. */
static rg_string thread_in(rg_string text)
{
    static const char first[] = "thread ";
    static const char behind[] = ", thread ";
    size_t begin = strlen(first);
    size_t end = text.size;
    if (text.size >= begin && !memcmp(text.data, first, begin)) {
        end = last_of(text, " · ");
    } else {
        begin = first_of(text, behind) + strlen(behind);
    }
    return begin < end ? (rg_string){text.data + begin, end - begin} : (rg_string){0};
}

/* Give a root a name of its own, in which the thread is a number. */
static rg_status rename_root(rg__text_choice *c, size_t root, rg_string text, rg_string thread)
{
    uint32_t number = 0;
    uint32_t id = 0;
    rg_buffer name = rg_buffer_empty(&c->allocator);
    const size_t before = (size_t)(thread.data - text.data);
    rg_status status = rg__strings_add(&c->threads, &number, thread);
    if (!status)
        status = rg_buffer_add(&name, text.data, before);
    if (!status)
        status = rg_buffer_add_format(&name, "%lu", (unsigned long)number + 1);
    if (!status)
        status = rg_buffer_add(&name, text.data + before + thread.size,
                               text.size - before - thread.size);
    if (!status)
        status = rg__strings_add(&c->extra, &id, (rg_string){name.data, name.size});
    rg_buffer_dispose(&name);
    if (!status && id >= MADE)
        status = RG_ERR_LIMIT;
    if (!status)
        c->names[root] = MADE | id;
    return status;
}

rg_status rg__text_choose_roots(rg__text_choice *self, uint64_t *kept)
{
    const rg__tables *t = &self->graph->tables;
    rg_status status = RG_OK;
    for (size_t i = 0; i < t->root_count && !status; i++) {
        const rg_root_kind kind = t->roots[i].kind;
        const bool may_tell_thread = kind == RG_ROOT_FRAME || kind == RG_ROOT_THREAD ||
                                     kind == RG_ROOT_STACK || kind == RG_ROOT_PROBABLE;
        const rg_string text = rg__strings_at(&t->strings, t->roots[i].name);
        const rg_string thread = may_tell_thread ? thread_in(text) : (rg_string){0};
        if (self->level == RG_TEXT_TYPES && thread.size && !is_given_by_python(thread))
            status = rename_root(self, i, text, thread);
        else
            keep(kept, t->roots[i].name);
    }
    return status;
}
