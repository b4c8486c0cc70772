/* See signature_trie.h. */
#include "analysis/signature_trie.h"

#include "base/text.h"

#include <string.h>

enum {
    CONTAINERS_MAX = 3, /* in each other; deeper ones fold */
    ROUND_LIMIT = 300,  /* bytes of what is written between `{` and ` …}` */
    FIRST_SLOTS = 64
};

/* What a state's last step arrives at. */
#define CONTAINER RG_NONE     /* any container, where a type is meant */
#define NO_TYPE (RG_NONE - 1) /* never met again */

struct rg__trie_state {
    uint32_t before; /* RG_NONE: the beginning */
    uint32_t text;   /* of the step, in texts */
    uint32_t type;   /* index into the graph's types, CONTAINER or NO_TYPE */
    uint8_t depth;   /* steps from the beginning; RG__STEPS_MAX + 1: deeper */
    uint8_t run;     /* containers in each other, this one the last */
    bool is_round;   /* stands for one or more ways round behind `before` */
};

struct rg__trie_slot {
    uint32_t before, value, type;
    uint32_t kind; /* rg__step_kind, WRITTEN, or 0: free */
    uint32_t state;
};

enum { WRITTEN = 255 /* value: the step's text, by which states are interned */ };

rg__trie rg__trie_of(const rg_graph *graph, const rg_allocator *allocator)
{
    return (rg__trie){
        .graph = graph,
        .allocator = *allocator,
        .texts.allocator = *allocator,
        .scratch.allocator = *allocator,
    };
}

void rg__trie_dispose(rg__trie *self)
{
    rg_buffer_dispose(&self->scratch);
    rg__array_free(&self->allocator, self->slots, self->slot_count, sizeof *self->slots);
    rg__array_free(&self->allocator, self->states, self->capacity, sizeof *self->states);
    rg__strings_dispose(&self->texts);
}

/* ---- the table ---- */

static uint64_t hash_of(const rg__trie_slot *key)
{
    uint64_t z = ((uint64_t)key->before << 32 | key->value) * UINT64_C(0x9E3779B97F4A7C15);
    z ^= ((uint64_t)key->type << 8 | key->kind) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 30) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* The slot with a key, or the free one where it belongs. */
static rg__trie_slot *slot_of(rg__trie_slot *slots, size_t count, const rg__trie_slot *key)
{
    size_t i = (size_t)hash_of(key) & (count - 1);
    while (slots[i].kind && (slots[i].before != key->before || slots[i].value != key->value ||
                             slots[i].type != key->type || slots[i].kind != key->kind))
        i = (i + 1) & (count - 1);
    return &slots[i];
}

static uint32_t find(const rg__trie *self, const rg__trie_slot *key)
{
    if (!self->slot_count)
        return RG_NONE;
    const rg__trie_slot *slot = slot_of(self->slots, self->slot_count, key);
    return slot->kind ? slot->state : RG_NONE;
}

static rg_status grow(rg__trie *self)
{
    const size_t count = self->slot_count ? 2 * self->slot_count : FIRST_SLOTS;
    rg__trie_slot *slots = rg__array_new(&self->allocator, count, sizeof *slots);
    if (!slots)
        return RG_ERR_NOMEM;
    for (size_t i = 0; i < self->slot_count; i++)
        if (self->slots[i].kind)
            *slot_of(slots, count, &self->slots[i]) = self->slots[i];
    rg__array_free(&self->allocator, self->slots, self->slot_count, sizeof *self->slots);
    self->slots = slots;
    self->slot_count = count;
    return RG_OK;
}

static rg_status put(rg__trie *self, const rg__trie_slot *key)
{
    rg_status status = 2 * (self->used + 1) > self->slot_count ? grow(self) : RG_OK;
    if (status)
        return status;
    *slot_of(self->slots, self->slot_count, key) = *key;
    self->used++;
    return RG_OK;
}

/* The state behind `s->before` with what stands in the scratch buffer for its step. */
static rg_status intern(rg__trie *self, uint32_t *state, rg__trie_state *s)
{
    const rg_string text = {self->scratch.data, self->scratch.size};
    rg_status status = rg__strings_add(&self->texts, &s->text, text);
    if (status)
        return status;
    rg__trie_slot key = {s->before, s->text, s->type, WRITTEN, 0};
    *state = find(self, &key);
    if (*state != RG_NONE)
        return RG_OK;
    if (self->count >= RG_NONE)
        return RG_ERR_LIMIT;
    status = rg__array_reserve(&self->allocator, &self->states, &self->capacity, self->count + 1,
                               sizeof *self->states);
    key.state = (uint32_t)self->count;
    if (!status)
        status = put(self, &key);
    if (status)
        return status;
    self->states[self->count] = *s;
    *state = (uint32_t)self->count++;
    return RG_OK;
}

/* ---- folding ---- */

static bool is_landmark(rg__step step)
{
    return step.kind == RG__STEP_ROOT || step.kind == RG__STEP_HELD ||
           step.kind == RG__STEP_NO_ROOT || step.kind == RG__STEP_HOLDER ||
           step.kind == RG__STEP_NOTHING;
}

/* The type that a state is compared by. */
static uint32_t type_of(const rg__trie *self, rg__step step, uint32_t node)
{
    const rg__tables *t = &self->graph->tables;
    if (node == RG_NONE ||
        (step.kind == RG__STEP_ROOT && rg__root_is_placeless(self->graph, step.value)))
        return NO_TYPE;
    const uint32_t type = rg__node_type(t, node);
    return t->types[type].kind == RG_KIND_CONTAINER ? CONTAINER : type;
}

/* Whether a way that comes back to the type goes round. */
static bool goes_round(const rg__trie *self, uint32_t type)
{
    if (type == CONTAINER || type == NO_TYPE)
        return false;
    const rg_kind kind = self->graph->tables.types[type].kind;
    return kind != RG_KIND_TYPE && kind != RG_KIND_MODULE;
}

/* The last state of a type on the way to `state`, or RG_NONE; *way: the states behind it. */
static uint32_t last_of_type(const rg__trie *self, uint32_t state, uint32_t type, uint32_t *way,
                             size_t *count)
{
    *count = 0;
    while (state != RG_NONE && self->states[state].type != type) {
        way[(*count)++] = state;
        state = self->states[state].before;
    }
    return state;
}

/* Append a step to a round that begins at `begin`, or "…" and nothing more where it does not fit. */
static rg_status add_to_round(rg__trie *self, size_t begin, rg_string text, bool *is_full)
{
    if (*is_full)
        return RG_OK;
    *is_full = self->scratch.size - begin + text.size > ROUND_LIMIT;
    return *is_full ? rg__write(&self->scratch, "…")
                    : rg_buffer_add(&self->scratch, text.data, text.size);
}

/* Put `{`, the steps way[count - 1] … way[0] and the one in the scratch buffer, and ` …}` in its place. */
static rg_status write_round(rg__trie *self, const uint32_t *way, size_t count)
{
    const size_t end = self->scratch.size; /* behind the step, until it is moved to the front */
    bool is_full = false;
    rg_status status = rg__write(&self->scratch, "{");
    for (size_t i = count; i-- > 0 && !status;)
        status = add_to_round(self, end + 1,
                              rg__strings_at(&self->texts, self->states[way[i]].text), &is_full);
    rg_buffer step = {.allocator = self->allocator};
    if (!status)
        status = rg_buffer_add(&step, self->scratch.data, end);
    if (!status)
        status = add_to_round(self, end + 1, (rg_string){step.data, step.size}, &is_full);
    if (!status)
        status = rg__write(&self->scratch, " …}");
    rg_buffer_dispose(&step);
    if (status)
        return status;
    self->scratch.size -= end;
    memmove(self->scratch.data, self->scratch.data + end, self->scratch.size);
    return RG_OK;
}

/* The first two rules: where the step leads to a place that was told already, s->before becomes that. */
static rg_status fold_round(rg__trie *self, rg__trie_state *s)
{
    uint32_t way[RG__STEPS_MAX + 2];
    size_t count = 0;
    uint32_t last = RG_NONE;
    if (s->type == CONTAINER && self->states[s->before].run >= CONTAINERS_MAX)
        last = s->before;
    else if (goes_round(self, s->type))
        last = last_of_type(self, s->before, s->type, way, &count);
    if (last == RG_NONE)
        return RG_OK;
    s->before = self->states[last].is_round ? self->states[last].before : last;
    s->is_round = true;
    return write_round(self, way, count);
}

/* The third. */
static rg_status fold_depth(rg__trie *self, rg__trie_state *s)
{
    const rg__trie_state *before = &self->states[s->before];
    if (before->depth < RG__STEPS_MAX)
        return RG_OK;
    if (before->depth > RG__STEPS_MAX)
        s->before = before->before;
    rg_buffer deep = {.allocator = self->allocator};
    rg_status status = rg__write(&deep, "{… ");
    if (!status)
        status = rg_buffer_add(&deep, self->scratch.data, self->scratch.size);
    if (!status)
        status = rg__write(&deep, "}");
    self->scratch.size = 0;
    if (!status)
        status = rg_buffer_add(&self->scratch, deep.data, deep.size);
    rg_buffer_dispose(&deep);
    return status;
}

static rg_status make_state(rg__trie *self, uint32_t *state, uint32_t before, rg__step step,
                            uint32_t node, uint32_t type)
{
    rg__trie_state s = {.before = before, .type = step.kind == RG__STEP_HOLDER ? NO_TYPE : type};
    self->scratch.size = 0;
    rg_status status = rg__step_write(&self->scratch, self->graph, step, node);
    if (!status && !is_landmark(step))
        status = fold_round(self, &s);
    if (!status && !is_landmark(step))
        status = fold_depth(self, &s);
    if (status)
        return status;
    if (s.before != RG_NONE)
        s.depth = (uint8_t)(self->states[s.before].depth + 1);
    if (s.type == CONTAINER)
        s.run = (uint8_t)(s.before == RG_NONE ? 1
                          : s.is_round        ? CONTAINERS_MAX
                                              : self->states[s.before].run + 1);
    return intern(self, state, &s);
}

/* ---- for others ---- */

rg_status rg__trie_step(rg__trie *self, uint32_t *state, uint32_t before, rg__step step,
                        uint32_t node)
{
    const uint32_t type = type_of(self, step, node);
    /* what holds garbage is written by its type, be it a container or not */
    const bool is_named = step.kind == RG__STEP_HELD || step.kind == RG__STEP_HOLDER;
    rg__trie_slot key = {before, step.value, type, (uint32_t)step.kind, 0};
    if (is_named)
        key.type = rg__node_type(&self->graph->tables, node);
    *state = find(self, &key);
    if (*state != RG_NONE)
        return RG_OK;
    rg_status status = make_state(self, &key.state, before, step, node, type);
    if (!status)
        status = put(self, &key);
    *state = key.state;
    return status;
}

rg_status rg__trie_write(const rg__trie *self, uint32_t state, rg_buffer *out)
{
    uint32_t way[RG__STEPS_MAX + 2];
    size_t count = 0;
    rg_status status = RG_OK;
    for (uint32_t s = state; s != RG_NONE; s = self->states[s].before)
        way[count++] = s;
    while (count && !status) {
        const rg_string text = rg__strings_at(&self->texts, self->states[way[--count]].text);
        status = rg_buffer_add(out, text.data, text.size);
    }
    return status;
}

static int compare_steps(const rg__trie *self, uint32_t a, uint32_t b)
{
    const rg_string x = rg__strings_at(&self->texts, self->states[a].text);
    const rg_string y = rg__strings_at(&self->texts, self->states[b].text);
    const int order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

int rg__trie_compare_ends(const rg__trie *self, uint32_t a, uint32_t b)
{
    const int order = compare_steps(self, self->states[a].before, self->states[b].before);
    return order ? order : compare_steps(self, a, b);
}
