/* What the two processes of a capture by fork share. */
#ifndef RG_CAPTURE_FORK_PRIVATE_H
#define RG_CAPTURE_FORK_PRIVATE_H

#include "capture/capture_private.h"

#include <refgraph/file.h>

/* What the child says at its end, through a pipe and in one write. */
typedef struct rg__fork_report {
    int32_t status, failure; /* rg_status, errno */
    double end;              /* on the clock of rg__clock */
    rg_error error;
} rg__fork_report;

/* A page that both have. */
typedef struct rg__fork_page {
    double pause_seconds; /* written by the parent when it has gone on */
} rg__fork_page;

typedef struct rg__fork_job {
    rg__capture *capture; /* prepared */
    const rg_save_options *save;
    double begin;
    int file;     /* where to write the graph */
    int pipe;     /* where to report */
    bool is_kept; /* the file is flushed to the disk */
    const rg__fork_page *page;
} rg__fork_job;

/* Seconds of the monotonic clock. */
double rg__clock(void);

/* The child's whole life. Signals are blocked when it begins. fork_child.c */
_Noreturn void rg__fork_child(const rg__fork_job *job);

#endif
