/* See svg.h. A plain label has one font; a style sheet tells the type line from the text below it. */
#include "render/svg.h"

#include <string.h>

/* Put in place of the end of "<svg …>". Where the picture stands in a page's own text, rules for all of
 * that page would change its other pictures. */
static const char style[] =
    " class=\"refgraph\">\n"
    "<style>\n"
    ".refgraph text{font-family:Arial,Helvetica,'Liberation Sans',sans-serif}\n"
    ".refgraph .node text:first-of-type{font-weight:600}\n"
    ".refgraph .node text~text{font-size:10px;fill:#475467}\n"
    ".refgraph .edge text{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}\n"
    ".refgraph .more text,.refgraph .legend text{font-weight:400!important}\n"
    "</style>";

static const char *find(const char *data, const char *end, const char *text)
{
    const size_t size = strlen(text);
    while (data < end) {
        data = memchr(data, text[0], (size_t)(end - data));
        if (!data || (size_t)(end - data) < size)
            return NULL;
        if (!memcmp(data, text, size))
            return data;
        data++;
    }
    return NULL;
}

/* Copy [data, end), "transparent" as a colour replaced. */
static rg_status copy(rg_buffer *out, const char *data, const char *end)
{
    static const char *const attributes[] = {"fill=\"transparent\"", "stroke=\"transparent\""};
    rg_status status = RG_OK;
    while (data < end && !status) {
        const char *next = end;
        const char *attribute = NULL;
        for (size_t i = 0; i < 2; i++) {
            const char *found = find(data, next, attributes[i]);
            if (found) {
                next = found;
                attribute = attributes[i];
            }
        }
        status = rg_buffer_add(out, data, (size_t)(next - data));
        data = next;
        if (!attribute || status)
            continue;
        const size_t name = (size_t)(strchr(attribute, '=') - attribute);
        status = rg_buffer_add(out, attribute, name);
        if (!status)
            status = rg_buffer_add(out, "=\"none\"", strlen("=\"none\""));
        data += strlen(attribute);
    }
    return status;
}

rg_status rg__svg_finish(rg_buffer *out, const char *data, size_t size)
{
    const char *end = data + size;
    const char *svg = find(data, end, "<svg");
    const char *tag_end = svg ? find(svg, end, ">") : NULL;
    const size_t before = out->size;
    rg_status status = RG_OK;
    if (tag_end) {
        status = rg_buffer_add(out, data, (size_t)(tag_end - data));
        if (!status)
            status = rg_buffer_add(out, style, strlen(style));
    }
    if (!status)
        status = copy(out, tag_end ? tag_end + 1 : data, end);
    if (status && out->data) { /* only whole pictures */
        out->size = before;
        out->data[before] = '\0';
    }
    return status;
}
