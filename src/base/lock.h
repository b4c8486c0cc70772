/* A lock for what threads share, and can do without for once: nobody waits for it. */
#ifndef RG_BASE_LOCK_H
#define RG_BASE_LOCK_H

#include <stdbool.h>

#include <pthread.h>

typedef struct rg__lock {
    pthread_mutex_t mutex;
} rg__lock;

/* False where the system has none left. To be disposed of in the other case, by the last who knows it. */
static inline bool rg__lock_start(rg__lock *self)
{
    return pthread_mutex_init(&self->mutex, NULL) == 0;
}

static inline void rg__lock_dispose(rg__lock *self)
{
    (void)pthread_mutex_destroy(&self->mutex);
}

/* False at once where another thread has it, be it one that was not copied by fork(). */
static inline bool rg__lock_try(rg__lock *self)
{
    return pthread_mutex_trylock(&self->mutex) == 0;
}

static inline void rg__lock_release(rg__lock *self)
{
    (void)pthread_mutex_unlock(&self->mutex);
}

#endif
