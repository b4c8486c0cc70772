/* What a child process that draws and its parent agree on, however the child was made. */
#ifndef RG_RENDER_CHILD_H
#define RG_RENDER_CHILD_H

#include <refgraph/base.h>

/* What a child sends when its work is done, then `size` bytes of a picture. */
typedef struct rg__report {
    int32_t status;
    uint64_t size;
    rg_error error;
} rg__report;

/* How a program ends that was given an order of another version. */
enum { RG__OTHER_VERSION = 113 };

/* False: errno says why. */
bool rg__write_all(int fd, const void *data, size_t size);
/* The report on a piece of work that ended so, and the picture; false: errno says why. */
bool rg__report_write(int fd, rg_status status, const rg_buffer *out, const rg_error *error);

/* In a child: cut it off from what the application set up: handlers, core files, its terminal. It dies with the thread
 * that made it. What it calls may be called in a child that shares its parent's memory. */
void rg__child_detach(void);
/* In a child: SIGPROF ends it when it has used so much processor time from now on; 0: no limit. */
void rg__child_limit_cpu(double seconds);

/* The words for a child that ended without a report, or not in time; `wait_status` < 0: not known. Other
 * statuses come back as they are. */
rg_status rg__child_explain(rg_status status, int wait_status, double seconds, rg_error *error);
/* The same for one that reported. */
rg_status rg__report_explain(rg__report *report, rg_error *error);

#endif
