/* Preloaded: in a process other than the one that loaded it, as a child that was made without fork(), nobody may
 * allocate or take a lock. Such a child ends with status 99 at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static long loader;

__attribute__((constructor)) static void note_process(void)
{
    loader = syscall(SYS_getpid);
}

static void refuse_in_child(void)
{
    if (loader && syscall(SYS_getpid) != loader)
        syscall(SYS_exit_group, 99);
}

void *malloc(size_t size)
{
    refuse_in_child();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    refuse_in_child();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    refuse_in_child();
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size)
{
    refuse_in_child();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    refuse_in_child();
    return __libc_memalign(alignment, size);
}

void free(void *block)
{
    refuse_in_child();
    __libc_free(block);
}

typedef int (*lock_function)(pthread_mutex_t *);

static int call_next(const char *name, pthread_mutex_t *mutex)
{
    lock_function next;
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(&next, &found, sizeof next);
    return next(mutex);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    refuse_in_child();
    return call_next("pthread_mutex_lock", mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    refuse_in_child();
    return call_next("pthread_mutex_trylock", mutex);
}
