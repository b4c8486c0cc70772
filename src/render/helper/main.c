/* refgraph-draw: the program that draws for a process that is not to be harmed. Reads one order (wire.h) from its
 * input, writes one report and the picture (child.h) to its output. Started by spawn.c only. */
#include "render/child.h"
#include "render/engine.h"
#include "render/wire.h"

#include <locale.h>
#include <unistd.h>

static rg_status read_all(rg_buffer *out)
{
    enum { CHUNK = 65536 };
    static char chunk[CHUNK];
    for (;;) {
        const ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
        if (got <= 0)
            return got ? RG_ERR_IO : RG_OK;
        const rg_status status = rg_buffer_add(out, chunk, (size_t)got);
        if (status)
            return status;
    }
}

int main(void)
{
    rg_buffer bytes = rg_buffer_empty(NULL);
    rg_buffer picture = rg_buffer_empty(NULL);
    rg_error error = {{0}};
    rg__order order = {0};
    rg__engine_is_last();
    rg_status status = read_all(&bytes);
    if (!status)
        status = rg__wire_read(&order, &bytes);
    if (status == RG_ERR_ARGUMENT)
        _exit(RG__OTHER_VERSION);
    rg__child_limit_cpu(order.cpu_seconds);
    if (order.is_source || order.format == RG_FORMAT_PNG || order.format == RG_FORMAT_PDF)
        (void)setlocale(LC_CTYPE, ""); /* Pango chooses fonts by it */
    if (!status && order.is_source)
        status = rg__engine_draw_source_alone(&picture, order.source, order.format_name, &error);
    else if (!status)
        status = rg__engine_draw_alone(&picture, &order.picture, order.format, &error);
    _exit(rg__report_write(STDOUT_FILENO, status, &picture, &error) ? 0 : 1);
}
