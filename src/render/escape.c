/* Any bytes as an attribute value that Graphviz gives back as that text: backslashes and ampersands are its
 * only magic in a plain label; what is not printable, or not UTF-8, becomes U+FFFD, because it would make the
 * SVG ill-formed or send Pango's warnings to stderr. */
#include "base/text.h"
#include "render/picture.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define NO_BREAK_SPACE "\xC2\xA0"
#define ELLIPSIS "\xE2\x80\xA6"

static rg_status escape(rg_buffer *out, rg_string text, size_t limit, const char *backslash)
{
    size_t shown = 0;
    rg_status status = RG_OK;
    for (size_t i = 0; i < text.size && !status; shown++) {
        if (limit && shown == limit)
            return rg_buffer_add(out, ELLIPSIS, strlen(ELLIPSIS));
        uint32_t c = 0;
        const size_t length = rg__character_decode(text.data + i, text.size - i, &c);
        if (c == '\\')
            status = rg_buffer_add(out, backslash, strlen(backslash));
        else if (c == '&')
            status = rg_buffer_add(out, "&amp;", strlen("&amp;"));
        else if (rg__character_is_printable(c))
            status = rg_buffer_add(out, text.data + i, length);
        else
            status = rg_buffer_add(out, REPLACEMENT, strlen(REPLACEMENT));
        i += length;
    }
    return status;
}

rg_status rg__escape_label(rg_buffer *out, rg_string text, size_t limit)
{
    if (text.size == 0)
        return rg_buffer_add(out, NO_BREAK_SPACE, strlen(NO_BREAK_SPACE));
    return escape(out, text, limit, "\\\\");
}

rg_status rg__escape_tooltip(rg_buffer *out, rg_string text, size_t limit)
{
    return escape(out, text, limit, "\\\\\\\\");
}
