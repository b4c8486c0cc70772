/* Text from a hostile heap, made safe to show: always valid UTF-8, no control characters, no
 * characters that reorder or hide what stands around them. */
#ifndef RG_BASE_TEXT_H
#define RG_BASE_TEXT_H

#include <refgraph/base.h>

enum { RG__INVALID_BYTE = 0x110000 };

/* Decode one character at `data`; *character is RG__INVALID_BYTE + byte for a byte that is not part of
 * UTF-8. Lone surrogates (as Python strings hold, encoded in three bytes) are given as they are.
 * Returns the bytes consumed, at least 1; `size` must be at least 1. */
size_t rg__character_decode(const char *data, size_t size, uint32_t *character);

/* Whether a character can be shown as it is: no control, surrogate, noncharacter, bidi control,
 * zero-width or line separator. */
bool rg__character_is_printable(uint32_t character);

/* Append text as Python's repr of a str writes it, quotes included; `limit` characters at most (0: all),
 * then "…" before the closing quote. */
RG_CHECKED rg_status rg__write_quoted(rg_buffer *out, rg_string text, size_t limit);
/* Append text as it is, what cannot be shown escaped as Python's repr does; `limit` as above. */
RG_CHECKED rg_status rg__write_plain(rg_buffer *out, rg_string text, size_t limit);
/* Append text as data, not to be shown: as it is, but for what is not UTF-8, which is escaped as above (`\xff` a
 * byte, `\udc80` a lone surrogate). The result is valid UTF-8. */
RG_CHECKED rg_status rg__write_utf8(rg_buffer *out, rg_string text);
/* Append a count with separators: 1,204,113. */
RG_CHECKED rg_status rg__write_count(rg_buffer *out, uint64_t count);
/* Append bytes in the unit that keeps three digits: `148 B`, `1.2 KiB`, `468 MiB`. */
RG_CHECKED rg_status rg__write_bytes(rg_buffer *out, uint64_t size);
/* Append a terminated string. */
RG_CHECKED rg_status rg__write(rg_buffer *out, const char *text);

/* The last two parts of a path: enough to find the file, short enough to read. Borrowed from `path`. */
rg_string rg__path_tail(rg_string path);

#endif
