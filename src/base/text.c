/* See text.h. Escapes are those of Python's unicode_repr (Objects/unicodeobject.c), with a smaller
 * idea of what is printable: the Unicode database is not at hand here. */
#include "base/text.h"

#include <string.h>

size_t rg__character_decode(const char *data, size_t size, uint32_t *character)
{
    const unsigned char *p = (const unsigned char *)data;
    const unsigned char lead = p[0];
    if (lead < 0x80) {
        *character = lead;
        return 1;
    }
    const size_t length = lead >= 0xF0 && lead < 0xF5   ? 4
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                                                        : 0;
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0 || length > size)
        goto invalid;
    uint32_t value = lead & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            goto invalid;
        value = value << 6 | (p[i] & 0x3FU);
    }
    if (value < smallest[length] || value > 0x10FFFF)
        goto invalid;
    *character = value;
    return length;

invalid:
    *character = RG__INVALID_BYTE + lead;
    return 1;
}

bool rg__character_is_printable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xD800, 0xDFFF},
        {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
    };
    if (c > 0x10FFFF || (c & 0xFFFE) == 0xFFFE)
        return false;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return false;
    return true;
}

static rg_status write_escape(rg_buffer *out, uint32_t c)
{
    switch (c) {
    case '\n':
        return rg_buffer_add(out, "\\n", 2);
    case '\r':
        return rg_buffer_add(out, "\\r", 2);
    case '\t':
        return rg_buffer_add(out, "\\t", 2);
    default:
        break;
    }
    if (c >= RG__INVALID_BYTE)
        return rg_buffer_add_format(out, "\\x%02x", (unsigned)(c - RG__INVALID_BYTE));
    return rg_buffer_add_format(out,
                                c < 0x100     ? "\\x%02x"
                                : c < 0x10000 ? "\\u%04x"
                                              : "\\U%08x",
                                (unsigned)c);
}

/* quote 0: no quoting, and a backslash stands for itself */
static rg_status write_characters(rg_buffer *out, rg_string text, size_t limit, char quote)
{
    size_t shown = 0;
    size_t i = 0;
    while (i < text.size) {
        if (limit && shown == limit)
            return rg_buffer_add(out, "…", strlen("…"));
        uint32_t c = 0;
        const size_t length = rg__character_decode(text.data + i, text.size - i, &c);
        rg_status status = RG_OK;
        if (quote && (c == (unsigned char)quote || c == '\\'))
            status = rg_buffer_add_format(out, "\\%c", (char)c);
        else if (rg__character_is_printable(c))
            status = rg_buffer_add(out, text.data + i, length);
        else
            status = write_escape(out, c);
        if (status)
            return status;
        i += length;
        shown++;
    }
    return RG_OK;
}

rg_status rg__write_plain(rg_buffer *out, rg_string text, size_t limit)
{
    return write_characters(out, text, limit, '\0');
}

rg_status rg__write_quoted(rg_buffer *out, rg_string text, size_t limit)
{
    const bool has_single = text.size && memchr(text.data, '\'', text.size);
    const bool has_double = text.size && memchr(text.data, '"', text.size);
    const char quote = has_single && !has_double ? '"' : '\'';
    rg_status status = rg_buffer_add(out, &quote, 1);
    if (!status)
        status = write_characters(out, text, limit, quote);
    if (!status)
        status = rg_buffer_add(out, &quote, 1);
    return status;
}

rg_status rg__write_utf8(rg_buffer *out, rg_string text)
{
    size_t written = 0; /* up to here */
    size_t i = 0;
    while (i < text.size) {
        uint32_t c = 0;
        const size_t length = rg__character_decode(text.data + i, text.size - i, &c);
        if (c >= RG__INVALID_BYTE || (c >= 0xD800 && c <= 0xDFFF)) {
            rg_status status = rg_buffer_add(out, text.data + written, i - written);
            if (!status)
                status = write_escape(out, c);
            if (status)
                return status;
            written = i + length;
        }
        i += length;
    }
    return written < i ? rg_buffer_add(out, text.data + written, i - written) : RG_OK;
}

rg_status rg__write_count(rg_buffer *out, uint64_t count)
{
    char digits[32];
    size_t at = sizeof digits;
    size_t written = 0;
    do {
        if (written && written % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + count % 10);
        count /= 10;
        written++;
    } while (count);
    return rg_buffer_add(out, digits + at, sizeof digits - at);
}

rg_status rg__write_bytes(rg_buffer *out, uint64_t size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    enum { UNITS = sizeof units / sizeof *units };
    double amount = (double)size;
    if (size < 1024)
        return rg_buffer_add_format(out, "%d B", (int)size);
    for (size_t i = 0;; i++) {
        amount /= 1024;
        if (amount < 99.95)
            return rg_buffer_add_format(out, "%.1f %s", amount, units[i]);
        if (amount < 1023.5 || i + 1 == UNITS)
            return rg_buffer_add_format(out, "%.0f %s", amount, units[i]);
    }
}

rg_status rg__write(rg_buffer *out, const char *text)
{
    return rg_buffer_add(out, text, strlen(text));
}

rg_string rg__path_tail(rg_string path)
{
    size_t slashes = 0;
    for (size_t i = path.size; i-- > 0;)
        if (path.data[i] == '/' && ++slashes == 2)
            return (rg_string){path.data + i + 1, path.size - i - 1};
    return path;
}
