/* Status phrases and the one-line error text. */
#include <refgraph/base.h>

#include <stdio.h>
#include <string.h>

const char *rg_status_text(rg_status status)
{
    switch (status) {
    case RG_OK:
        return "ok";
    case RG_ERR_NOMEM:
        return "out of memory";
    case RG_ERR_ARGUMENT:
        return "invalid argument";
    case RG_ERR_LIMIT:
        return "a limit of the format is exceeded";
    case RG_ERR_STATE:
        return "not possible in this state";
    case RG_ERR_IO:
        return "input/output error";
    case RG_ERR_UNSUPPORTED:
        return "not supported here";
    case RG_ERR_GRAPHVIZ:
        return "Graphviz failed";
    case RG_ERR_TIMEOUT:
        return "the deadline passed";
    case RG_ERR_FILE:
        return "damaged, or no refgraph file";
    case RG_ERR_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

rg_status rg_error_set(rg_error *error, rg_status status, const char *format, ...)
{
    if (!error)
        return status;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (written < 0)
        error->text[0] = '\0';
    if (written >= (int)sizeof error->text) { /* do not leave half a character at the cut */
        size_t end = sizeof error->text - 1;
        size_t start = end;
        while (start > 0 && ((unsigned char)error->text[start - 1] & 0xC0) == 0x80)
            start--;
        if (start > 0 && (unsigned char)error->text[start - 1] >= 0xC0) {
            const unsigned char lead = (unsigned char)error->text[start - 1];
            const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
            if (end - (start - 1) < length)
                error->text[start - 1] = '\0';
        }
    }
    return status;
}
