/* Breadth first search on the live heap. The queue is the list of what was found, each with the place of the object
 * it was found from; it owns them, for a test may run any code. */
#include "capture/live_walk.h"

#include "base/memory.h"
#include "capture/pointer_map.h"

typedef struct search {
    const rg_live_search *asked;
    rg_allocator allocator;
    rg_live_objects queue; /* owned */
    uint32_t *from;        /* by place in the queue */
    size_t from_capacity;
    rg__pointer_map seen;
    rg_live_objects next; /* of the object that is being expanded; borrowed */
    bool has_expanded;
} search;

static rg_status enqueue(search *s, PyObject *object, uint32_t from)
{
    if (rg__pointer_map_get(&s->seen, object, 0))
        return RG_OK;
    if (s->queue.count >= UINT32_MAX - 1)
        return RG_ERR_LIMIT;
    rg_status status = rg__array_reserve(&s->allocator, &s->from, &s->from_capacity,
                                         s->queue.count + 1, sizeof *s->from);
    if (!status)
        status = rg__pointer_map_put(&s->seen, object, 1);
    if (!status)
        status = rg__live_objects_add(&s->queue, object);
    if (status)
        return status;
    Py_INCREF(object);
    s->from[s->queue.count - 1] = from;
    return RG_OK;
}

/* A second object asked for: an index pays from there on. */
static rg_status find_referrers(search *s, PyObject *object)
{
    rg_back_index **index = s->asked->index;
    rg_status status = RG_OK;
    if (index && !*index && s->has_expanded)
        status = rg_back_index_new(index, &s->allocator);
    s->has_expanded = true;
    return status ? status : rg_referrers_of(&s->next, index ? *index : NULL, object);
}

static rg_status expand(search *s, uint32_t place)
{
    PyObject *object = s->queue.items[place];
    s->next.count = 0;
    rg_status status =
        s->asked->is_forward ? rg_referents_of(&s->next, object) : find_referrers(s, object);
    for (size_t i = 0; i < s->next.count && !status; i++)
        status = enqueue(s, s->next.items[i], place);
    return status;
}

/* *found: the place of what the test accepts, or UINT32_MAX. */
static rg_status run(search *s, uint32_t *found)
{
    size_t level_end = s->queue.count; /* what lies before has the depth `depth` */
    uint32_t depth = 0;
    rg_status status = RG_OK;
    *found = UINT32_MAX;
    for (uint32_t i = 0; i < s->queue.count && !status; i++) {
        if (i == level_end) {
            depth++;
            level_end = s->queue.count;
        }
        const int answer = s->asked->test(s->asked->context, s->queue.items[i]);
        if (answer < 0)
            return RG_ERR_STATE;
        if (answer) {
            *found = i;
            return RG_OK;
        }
        if (depth < s->asked->max_depth)
            status = expand(s, i);
    }
    return status;
}

static rg_status write_chain(rg_live_objects *out, const search *s, uint32_t found)
{
    rg_live_objects chain = {.allocator = s->allocator};
    rg_status status = RG_OK;
    for (uint32_t i = found; !status; i = s->from[i]) {
        status = rg__live_objects_add(&chain, s->queue.items[i]);
        if (i == 0)
            break;
    }
    if (status) {
        chain.count = 0;
        rg_live_objects_dispose(&chain);
        return status;
    }
    for (size_t i = 0; i < chain.count / 2; i++) {
        void *item = chain.items[i];
        chain.items[i] = chain.items[chain.count - 1 - i];
        chain.items[chain.count - 1 - i] = item;
    }
    rg__live_objects_own(&chain);
    *out = chain;
    return RG_OK;
}

rg_status rg_live_find(rg_live_objects *out, void *start, const rg_live_search *asked,
                       const rg_allocator *allocator)
{
    const rg_allocator a = rg__allocator_or_default(allocator);
    search s = {.asked = asked, .allocator = a};
    uint32_t found = UINT32_MAX;
    s.queue.allocator = s.next.allocator = s.seen.allocator = a;
    rg_status status = enqueue(&s, start, 0);
    for (size_t i = 0; i < asked->ignored_count && !status; i++)
        if (asked->ignored[i])
            status = rg__pointer_map_put(&s.seen, (const void *)(uintptr_t)asked->ignored[i], 1);
    if (!status)
        status = run(&s, &found);
    if (!status) {
        if (found == UINT32_MAX)
            *out = (rg_live_objects){0};
        else
            status = write_chain(out, &s, found);
    }
    rg__pointer_map_dispose(&s.seen);
    rg__array_free(&a, s.from, s.from_capacity, sizeof *s.from);
    rg__array_free(&a, s.next.items, s.next.capacity, sizeof *s.next.items);
    rg_live_objects_dispose(&s.queue);
    return status;
}
