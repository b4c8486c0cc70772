/* Where a saved graph comes from:
 *
 *     0 | captured at f64 | seconds f64 | pause seconds f64 | process u64 | run u64 |
 *    40 | rules u32 | 0 u32 |
 *    48 | python | implementation | platform | library | rules × (matches u64 | strength u32 | pattern)
 *
 * A text is its size u32 and its bytes. All of it is at most RG__ORIGIN_MOST. */
#include "graph/file_private.h"

#include <inttypes.h>
#include <string.h>

enum { FIXED = 48, RULE = 16 /* bytes of a rule without its pattern's */ };

static const double latest = 253370764800.0; /* the year 9999: what calendars of programs can say */

static bool is_time(double seconds)
{
    return seconds >= 0 && seconds <= latest; /* false for what is no number */
}

/* ---- writing ---- */

static rg_status add_text(rg_buffer *out, rg_string text)
{
    unsigned char size[4];
    if (text.size > RG__ORIGIN_MOST - sizeof size ||
        out->size > RG__ORIGIN_MOST - sizeof size - text.size)
        return RG_ERR_LIMIT;
    rg__put32(size, (uint32_t)text.size);
    rg_status status = rg_buffer_add(out, size, sizeof size);
    return status ? status : rg_buffer_add(out, text.data ? text.data : "", text.size);
}

static rg_status add_rule(rg_buffer *out, const rg_origin_rule *rule, rg_text_level text)
{
    unsigned char fixed[RULE - 4];
    if ((unsigned)rule->strength > RG_STRENGTH_WEAK)
        return RG_ERR_ARGUMENT;
    rg__put64(fixed, rule->matches);
    rg__put32(fixed + 8, (uint32_t)rule->strength);
    rg_status status = rg_buffer_add(out, fixed, sizeof fixed);
    return status ? status : add_text(out, text == RG_TEXT_NONE ? (rg_string){0} : rule->pattern);
}

rg_status rg__origin_encode(rg_buffer *out, const rg_origin *origin, rg_text_level text)
{
    unsigned char fixed[FIXED] = {0};
    if (!is_time(origin->captured_at) || !is_time(origin->seconds) ||
        !is_time(origin->pause_seconds))
        return RG_ERR_ARGUMENT;
    if (origin->rule_count > RG__ORIGIN_MOST / RULE)
        return RG_ERR_LIMIT;
    rg__put_double(fixed, origin->captured_at);
    rg__put_double(fixed + 8, origin->seconds);
    rg__put_double(fixed + 16, origin->pause_seconds);
    rg__put64(fixed + 24, origin->process);
    rg__put64(fixed + 32, origin->run);
    rg__put32(fixed + 40, (uint32_t)origin->rule_count);
    const rg_string texts[] = {origin->python, origin->implementation, origin->platform,
                               rg_string_of(RG_VERSION)};
    rg_status status = rg_buffer_add(out, fixed, sizeof fixed);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !status; i++)
        status = add_text(out, texts[i]);
    for (size_t i = 0; i < origin->rule_count && !status; i++)
        status = add_rule(out, &origin->rules[i], text);
    return status;
}

/* ---- reading ---- */

typedef struct cursor {
    const unsigned char *data;
    uint64_t size, at; /* at <= size */
} cursor;

/* The next `size` bytes, or NULL. */
static const unsigned char *take(cursor *c, uint64_t size)
{
    if (size > c->size - c->at)
        return NULL;
    c->at += size;
    return c->data + c->at - size;
}

static bool take_text(cursor *c, rg_string *text)
{
    const unsigned char *size = take(c, 4);
    const unsigned char *data = size ? take(c, rg__get32(size)) : NULL;
    if (data)
        *text = (rg_string){(const char *)data, rg__get32(size)};
    return data != NULL;
}

static bool take_rule(cursor *c, rg_origin_rule *rule)
{
    const unsigned char *fixed = take(c, RULE - 4);
    if (!fixed || rg__get32(fixed + 8) > RG_STRENGTH_WEAK)
        return false;
    rule->matches = rg__get64(fixed);
    rule->strength = (rg_strength)rg__get32(fixed + 8);
    return take_text(c, &rule->pattern);
}

static bool take_fixed(cursor *c, rg_origin *o)
{
    const unsigned char *fixed = take(c, FIXED);
    if (!fixed)
        return false;
    o->captured_at = rg__get_double(fixed);
    o->seconds = rg__get_double(fixed + 8);
    o->pause_seconds = rg__get_double(fixed + 16);
    o->process = rg__get64(fixed + 24);
    o->run = rg__get64(fixed + 32);
    o->rule_count = rg__get32(fixed + 40);
    return is_time(o->captured_at) && is_time(o->seconds) && is_time(o->pause_seconds) &&
           o->rule_count <= c->size / RULE && !rg__get32(fixed + 44);
}

rg_status rg__origin_decode(rg_origin *out, rg_origin_rule **rules, const rg_allocator *allocator,
                            const unsigned char *data, uint64_t size, uint64_t begin,
                            uint64_t *offset, rg_error *error)
{
    cursor c = {data, size, 0};
    rg_origin o = {0};
    rg_origin_rule *made = NULL;
    bool is_whole = take_fixed(&c, &o) && take_text(&c, &o.python) &&
                    take_text(&c, &o.implementation) && take_text(&c, &o.platform) &&
                    take_text(&c, &o.library);
    if (is_whole && o.rule_count) {
        made = rg__array_new(allocator, o.rule_count, sizeof *made);
        if (!made)
            return rg_error_set(error, RG_ERR_NOMEM, "no memory for %zu rules", o.rule_count);
    }
    for (size_t i = 0; i < o.rule_count && is_whole; i++)
        is_whole = take_rule(&c, &made[i]);
    if (!is_whole || c.at != size) {
        rg__array_free(allocator, made, o.rule_count, sizeof *made);
        return rg__file_wrong(offset, error, begin + c.at, "the origin of the snapshot is damaged");
    }
    o.rules = made;
    *rules = made;
    *out = o;
    return RG_OK;
}
