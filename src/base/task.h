/* A piece of work that may be done by another thread while this one goes on. */
#ifndef RG_BASE_TASK_H
#define RG_BASE_TASK_H

#include <stdbool.h>

#include <pthread.h>

typedef struct rg__task {
    pthread_t thread;
    bool is_running;
} rg__task;

/* Do run(context) in a thread of its own, to which no signal is delivered; or, not `in_thread`, or where no thread can
 * be made, at once. `run` must not allocate what another thread might free at the same time through the same allocator,
 * unless that is the default one. */
void rg__task_start(rg__task *self, void (*run)(void *), void *context, bool in_thread);
/* Do it in a thread of its own, or not at all: false, where no thread can be made. */
bool rg__task_try(rg__task *self, void (*run)(void *), void *context);
/* Wait until it is done. The thread is gone then. */
void rg__task_end(rg__task *self);
/* Whether a second thread would have a processor. */
bool rg__has_processors(void);

#endif
