/* Status phrases, error text, buffers, the default allocator, and text made safe to show. */
#include "base/memory.h"
#include "base/text.h"
#include "oom.h"
#include "test.h"

/* ---- status and error ---- */

static void every_status_has_its_own_phrase(void **state)
{
    (void)state;
    for (int i = RG_OK; i <= RG_ERR_TIMEOUT; i++) {
        const char *text = rg_status_text((rg_status)i);
        assert_true(strlen(text) > 0);
        assert_string_not_equal(text, rg_status_text((rg_status)(RG_ERR_TIMEOUT + 1)));
        for (int k = RG_OK; k < i; k++)
            assert_string_not_equal(text, rg_status_text((rg_status)k));
    }
}

static void an_error_returns_its_status_and_keeps_the_text(void **state)
{
    (void)state;
    rg_error error = {""};
    assert_int_equal(rg_error_set(&error, RG_ERR_IO, "cannot write %s: %d", "a.svg", 7), RG_ERR_IO);
    assert_string_equal(error.text, "cannot write a.svg: 7");
    assert_int_equal(rg_error_set(NULL, RG_ERR_LIMIT, "unwanted"), RG_ERR_LIMIT);
}

/* Every place where the cut can fall within a character of 1, 2, 3, 4 bytes. */
static void a_long_error_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x80\xa6", "\xf0\x9f\x90\x8d"};
    for (size_t kind = 0; kind < COUNT_OF(characters); kind++) {
        const size_t size = strlen(characters[kind]);
        for (size_t shift = 0; shift < 8; shift++) {
            char text[1200] = "";
            memset(text, 'a', shift);
            for (size_t at = shift; at + size < sizeof text; at += size)
                memcpy(text + at, characters[kind], size + 1);
            rg_error error;
            assert_int_equal(rg_error_set(&error, RG_ERR_IO, "%s", text), RG_ERR_IO);
            const size_t kept = strlen(error.text);
            assert_memory_equal(error.text, text, kept);
            assert_int_equal((kept - shift) % size, 0);
            assert_true(kept + size >= sizeof error.text);
        }
    }
}

/* ---- buffers ---- */

static void a_buffer_holds_what_was_added_and_a_terminator(void **state)
{
    (void)state;
    rg_buffer buffer = rg_buffer_empty(NULL);
    assert_int_equal(rg_buffer_add(&buffer, "a\0b", 3), RG_OK);
    assert_int_equal(rg_buffer_add(&buffer, NULL, 0), RG_OK);
    assert_int_equal(rg_buffer_add_format(&buffer, "<%d|%s>", 42, "x"), RG_OK);
    assert_int_equal(buffer.size, 9);
    assert_memory_equal(buffer.data, "a\0b<42|x>", 10);
    rg_buffer_dispose(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    rg_buffer_dispose(&buffer);
}

static void a_zeroed_buffer_works(void **state)
{
    (void)state;
    rg_buffer buffer = {0};
    for (int i = 0; i < 100000; i++)
        assert_int_equal(rg_buffer_add_format(&buffer, "%d,", i % 10), RG_OK);
    assert_int_equal(buffer.size, 200000);
    assert_int_equal(strlen(buffer.data), 200000);
    rg_buffer_dispose(&buffer);
}

static void a_buffer_out_of_memory_is_as_before(void **state)
{
    (void)state;
    oom memory = oom_failing_at(1);
    const rg_allocator allocator = oom_allocator(&memory);
    rg_buffer buffer = rg_buffer_empty(&allocator);
    char large[100];
    memset(large, 'x', sizeof large);
    assert_int_equal(rg_buffer_add(&buffer, "abc", 3), RG_OK);
    assert_int_equal(rg_buffer_add(&buffer, large, sizeof large), RG_ERR_NOMEM);
    assert_int_equal(rg_buffer_add_format(&buffer, "%100d", 1), RG_ERR_NOMEM);
    assert_int_equal(rg_buffer_add(&buffer, large, SIZE_MAX), RG_ERR_NOMEM);
    assert_string_equal(buffer.data, "abc");
    assert_int_equal(buffer.size, 3);
    rg_buffer_dispose(&buffer);
    assert_int_equal(memory.live_bytes, 0);
    assert_int_equal(memory.wrong_sizes, 0);
}

/* ---- memory ---- */

static void the_default_allocator_grows_and_keeps_bytes(void **state)
{
    (void)state;
    const rg_allocator a = rg_allocator_default();
    unsigned char *block = a.resize(a.context, NULL, 0, 10);
    assert_non_null(block);
    memset(block, 7, 10);
    block = a.resize(a.context, block, 10, 16 << 20);
    assert_non_null(block);
    for (int i = 0; i < 10; i++)
        assert_int_equal(block[i], 7);
    memset(block, 1, 16 << 20);
    assert_null(a.resize(a.context, block, 16 << 20, 0));
}

/* Where blocks stop being malloc's and where a mapping is outgrown, there and back. */
static void a_large_block_keeps_its_bytes_when_it_grows_and_shrinks(void **state)
{
    (void)state;
    const rg_allocator a = rg_allocator_default();
    const size_t mib = 1 << 20;
    const size_t sizes[] = {1,        4 * mib - 1, 4 * mib,  4 * mib + 1, 15 * mib, 16 * mib,
                            17 * mib, 64 * mib,    70 * mib, 16 * mib,    5 * mib,  70 * mib,
                            4 * mib,  4 * mib - 1, 100,      20 * mib,    7};
    unsigned char *block = NULL;
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        block = a.resize(a.context, block, size, sizes[i]);
        assert_non_null(block);
        const size_t kept = size < sizes[i] ? size : sizes[i];
        for (size_t at = 0; at < kept; at += 4093)
            assert_int_equal(block[at], (unsigned char)(at / 4093 * 7));
        size = sizes[i];
        for (size_t at = 0; at < size; at += 4093)
            block[at] = (unsigned char)(at / 4093 * 7);
        block[size - 1] ^= 0; /* the last byte is ours */
    }
    assert_null(a.resize(a.context, block, size, 0));
}

static void array_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    const rg_allocator a = rg_allocator_default();
    uint64_t *array = NULL;
    size_t capacity = 0;
    assert_null(rg__array_new(&a, SIZE_MAX / 4, 8));
    assert_null(rg__array_new(&a, 0, 8));
    assert_int_equal(rg__array_reserve(&a, &array, &capacity, SIZE_MAX / 4, 8), RG_ERR_NOMEM);
    assert_null(array);
    assert_int_equal(capacity, 0);
}

/* ---- text ---- */

static void assert_quoted(const char *text, size_t size, size_t limit, const char *expected)
{
    rg_buffer out = {0};
    assert_int_equal(rg__write_quoted(&out, (rg_string){text, size}, limit), RG_OK);
    assert_string_equal(out.data, expected);
    rg_buffer_dispose(&out);
}

static void a_str_is_quoted_as_python_does(void **state)
{
    (void)state;
    assert_quoted("plain", 5, 0, "'plain'");
    assert_quoted("it's", 4, 0, "\"it's\"");
    assert_quoted("'\"", 2, 0, "'\\'\"'");
    assert_quoted("a\\b\n\t\r\0\x1b\x7f", 9, 0, "'a\\\\b\\n\\t\\r\\x00\\x1b\\x7f'");
    assert_quoted("gr\xc3\xbc\xc3\x9f", 6, 0, "'gr\xc3\xbc\xc3\x9f'");
    assert_quoted("", 0, 0, "''");
    assert_quoted("abcdef", 6, 3, "'abc\xe2\x80\xa6'");
    assert_quoted("abc", 3, 3, "'abc'");
}

/* Right-to-left override, zero-width space, line separator, soft hyphen, C1, surrogate, tag, bad bytes. */
static void what_reorders_or_hides_text_is_escaped(void **state)
{
    (void)state;
    assert_quoted("\xe2\x80\xae", 3, 0, "'\\u202e'");
    assert_quoted("\xe2\x80\x8b", 3, 0, "'\\u200b'");
    assert_quoted("\xe2\x80\xa8", 3, 0, "'\\u2028'");
    assert_quoted("\xc2\xad", 2, 0, "'\\xad'");
    assert_quoted("\xc2\x9b", 2, 0, "'\\x9b'");
    assert_quoted("\xed\xa0\x80", 3, 0, "'\\ud800'");
    assert_quoted("\xf3\xa0\x80\x81", 4, 0, "'\\U000e0001'");
    assert_quoted("\xff\xc3(", 3, 0, "'\\xff\\xc3('");
    assert_quoted("\xc0\x80", 2, 0, "'\\xc0\\x80'"); /* overlong */
    assert_quoted("\xe0\x80\x80", 3, 0, "'\\xe0\\x80\\x80'");
    assert_quoted("\xf4\x90\x80\x80", 4, 0, "'\\xf4\\x90\\x80\\x80'"); /* above U+10FFFF */
    assert_quoted("\xe2\x82", 2, 0, "'\\xe2\\x82'");                   /* cut */
}

static bool is_utf8_without_controls(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size) {
        uint32_t c = 0;
        i += rg__character_decode(text + i, size - i, &c);
        if (!rg__character_is_printable(c))
            return false;
    }
    return true;
}

static void every_byte_string_becomes_printable_text(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const char bytes[4] = {(char)a, (char)b, (char)0x80, (char)0xAE};
            rg_buffer out = {0};
            assert_int_equal(rg__write_plain(&out, (rg_string){bytes, 4}, 0), RG_OK);
            assert_true(is_utf8_without_controls(out.data, out.size));
            rg_buffer_dispose(&out);
        }
    }
}

static rg_status write_story(const rg_allocator *allocator, void *context)
{
    (void)context;
    rg_buffer out = rg_buffer_empty(allocator);
    rg_status status = RG_OK;
    for (int i = 0; i < 20 && !status; i++)
        status = rg__write_quoted(&out, rg_string_of("some\ntext 'with' \"quotes\""), 0);
    rg_buffer_dispose(&out);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(oom_torture(write_story, NULL) > 3);
}

/* ---- numbers ---- */

static void assert_number(rg_status (*write)(rg_buffer *, uint64_t), uint64_t number,
                          const char *expected)
{
    rg_buffer out = {0};
    assert_int_equal(rg_buffer_add(&out, ">", 1), RG_OK);
    assert_int_equal(write(&out, number), RG_OK);
    assert_string_equal(out.data + 1, expected);
    rg_buffer_dispose(&out);
}

static void bytes_keep_three_digits_or_four(void **state)
{
    (void)state;
    static const uint64_t kib = 1024;
    const uint64_t mib = kib * 1024;
    const struct {
        uint64_t size;
        const char *expected;
    } cases[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1075, "1.0 KiB"},
        {1076, "1.1 KiB"},
        {99 * kib + 972, "99.9 KiB"},
        {99 * kib + 973, "100 KiB"},
        {1023 * kib + 511, "1023 KiB"},
        {1023 * kib + 512, "1.0 MiB"},
        {468 * mib, "468 MiB"},
        {mib * kib, "1.0 GiB"},
        {mib * mib, "1.0 TiB"},
        {2048 * mib * mib, "2048 TiB"},
        {UINT64_MAX, "16777216 TiB"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_number(rg__write_bytes, cases[i].size, cases[i].expected);
}

static void counts_have_separators(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        const char *expected;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {1204, "1,204"},
        {12345, "12,345"},
        {999999, "999,999"},
        {1000000, "1,000,000"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_number(rg__write_count, cases[i].count, cases[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_phrase),
        cmocka_unit_test(an_error_returns_its_status_and_keeps_the_text),
        cmocka_unit_test(a_long_error_is_cut_between_characters),
        cmocka_unit_test(a_buffer_holds_what_was_added_and_a_terminator),
        cmocka_unit_test(a_zeroed_buffer_works),
        cmocka_unit_test(a_buffer_out_of_memory_is_as_before),
        cmocka_unit_test(the_default_allocator_grows_and_keeps_bytes),
        cmocka_unit_test(a_large_block_keeps_its_bytes_when_it_grows_and_shrinks),
        cmocka_unit_test(array_sizes_that_overflow_are_refused),
        cmocka_unit_test(a_str_is_quoted_as_python_does),
        cmocka_unit_test(what_reorders_or_hides_text_is_escaped),
        cmocka_unit_test(every_byte_string_becomes_printable_text),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(bytes_keep_three_digits_or_four),
        cmocka_unit_test(counts_have_separators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
