/* See apart.h. */
#include "render/apart.h"

#include "render/child.h"
#include "render/engine.h"
#include "render/isolate.h"
#include "render/spawn.h"
#include "render/wire.h"

enum { PATH_SIZE = 4096 };

/* Only while no other thread draws may this process be copied. */
static const rg__fork_guard guard = {rg__engine_lock, rg__engine_unlock};

static rg_status draw_by_program(bool *is_done, bool *is_cpu_over, const rg_buffer *order,
                                 rg__deadline deadline, rg_buffer *out, rg_error *error)
{
    char program[PATH_SIZE];
    *is_done = *is_cpu_over = false;
    if (!rg__spawn_find(program, sizeof program))
        return RG_OK;
    return rg__spawn(is_done, is_cpu_over, program, order, deadline, out, error);
}

/* ---- pictures ---- */

typedef struct job {
    const rg__picture *picture;
    rg_format format;
    double cpu_seconds;
} job;

static rg_status draw_job(void *context, rg_buffer *out, rg_error *error)
{
    const job *j = context;
    rg__child_limit_cpu(j->cpu_seconds);
    return rg__engine_draw_alone(out, j->picture, j->format, error);
}

rg_status rg__apart_draw(bool *is_cpu_over, rg_buffer *out, const rg__picture *picture,
                         rg_format format, double cpu_seconds, rg__deadline deadline,
                         rg_error *error)
{
    bool is_done = false;
    *is_cpu_over = false;
    rg_buffer order = rg_buffer_empty(&picture->allocator);
    rg_status status = rg__wire_write_picture(&order, picture, format, cpu_seconds);
    if (!status)
        status = draw_by_program(&is_done, is_cpu_over, &order, deadline, out, error);
    rg_buffer_dispose(&order);
    if (is_done || status)
        return status;
    status = rg__engine_load(format, deadline, error);
    if (status)
        return status;
    job j = {picture, format, cpu_seconds};
    return rg__isolate(is_cpu_over, draw_job, &j, &guard, deadline, out, error);
}

/* ---- text of an application ---- */

typedef struct source_job {
    const char *source, *format;
} source_job;

static rg_status draw_source_job(void *context, rg_buffer *out, rg_error *error)
{
    const source_job *j = context;
    return rg__engine_draw_source_alone(out, j->source, j->format, error);
}

rg_status rg__apart_draw_source(rg_buffer *out, const char *source, const char *format,
                                rg__deadline deadline, rg_error *error)
{
    bool is_done = false;
    bool is_cpu_over = false;
    rg_buffer order = rg_buffer_empty(&out->allocator);
    rg_status status = rg__wire_write_source(&order, format, source);
    if (!status)
        status = draw_by_program(&is_done, &is_cpu_over, &order, deadline, out, error);
    rg_buffer_dispose(&order);
    if (is_done || status)
        return status;
    status = rg__engine_load_source(format, deadline, error);
    if (status)
        return status;
    source_job j = {source, format};
    return rg__isolate(&is_cpu_over, draw_source_job, &j, &guard, deadline, out, error);
}
