/* A graph that somebody else wrote in Graphviz's language, as a picture. */
#include "render/apart.h"
#include "render/engine.h"

#include <refgraph/render.h>

#include <string.h>

static rg_status draw(rg_buffer *out, const char *source, const char *format, double seconds,
                      rg_error *error)
{
    if (seconds > 0)
        return rg__apart_draw_source(out, source, format, rg__deadline_in(seconds), error);
    rg_status status = rg__engine_lock((rg__deadline){0}, error);
    if (status)
        return status;
    status = rg__engine_draw_source_alone(out, source, format, error);
    rg__engine_unlock();
    return status;
}

static bool has_nul(rg_string text)
{
    return text.size && memchr(text.data, 0, text.size);
}

rg_status rg_render_source(rg_buffer *out, rg_string text, rg_string format, double deadline,
                           const rg_allocator *allocator, rg_error *error)
{
    if (has_nul(text) || has_nul(format))
        return rg_error_set(error, RG_ERR_ARGUMENT,
                            "a graph's text and a format's name hold no NUL");
    if (!format.size)
        return rg_error_set(
            error, RG_ERR_GRAPHVIZ,
            "Graphviz could not write the picture without a format: a file's suffix says "
            "it, such as .svg, .png or .pdf");
    rg_buffer source = rg_buffer_empty(allocator);
    rg_buffer name = rg_buffer_empty(allocator);
    rg_status status = rg_buffer_add(&source, text.data, text.size);
    if (!status)
        status = rg_buffer_add(&name, format.data, format.size);
    status = status ? rg_error_set(error, status, "not enough memory to draw the picture")
                    : draw(out, source.data ? source.data : "", name.data, deadline, error);
    rg_buffer_dispose(&source);
    rg_buffer_dispose(&name);
    return status;
}
