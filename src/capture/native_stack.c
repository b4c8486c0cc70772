/* What C code holds for the time of a call: the argument tuples and keyword dicts that stand in the variables of
 * C functions, of the thread that captures. Nothing proves that a word of its stack owns a
 * reference: these are suspects, and only of the types that calls make.
 *
 * The stacks of other threads are not read: how far they are in use is not known, and reading all of one would
 * touch pages that it never used. */
#define _GNU_SOURCE
#include "capture/capture_private.h"

#include <pthread.h>

#include <string.h>

enum { LONGEST = 64 * 1024 * 1024 /* bytes of a stack that are read */ };

void rg__stack_find(rg__stack *out)
{
    *out = (rg__stack){0};
#ifdef __linux__
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes))
        return;
    if (!pthread_attr_getstack(&attributes, &lowest, &size))
        *out = (rg__stack){(uintptr_t)lowest, (uintptr_t)lowest + size};
    (void)pthread_attr_destroy(&attributes);
#endif
}

/* Words between the variables of other functions are read too, which a sanitizer must not mind. */
__attribute__((no_sanitize("address"))) static uintptr_t word_at(uintptr_t address)
{
    return *(const volatile uintptr_t *)address;
}

static __attribute__((noinline)) rg_status scan(rg__capture *c)
{
    const uintptr_t begin = (uintptr_t)__builtin_frame_address(0);
    const uintptr_t end = c->stack.end;
    uint32_t place = 0;
    if (begin < c->stack.begin || begin >= end || end - begin > LONGEST)
        return RG_OK; /* not known, or another stack, as that of a fibre */
    rg_status status =
        rg__texts_add_c(&c->texts, &place, "a call that C code is making, or has made");
    for (uintptr_t at = begin; at + sizeof at <= end && !status; at += sizeof at) {
        const uintptr_t word = word_at(at);
        if (word % sizeof(void *) || !rg__addresses_contains(&c->addresses, word))
            continue;
        status = rg__capture_add_suspect(c, (PyObject *)word, RG__C_STACK, place);
    }
    return status;
}

rg_status rg__capture_native_stack(rg__capture *c)
{
    __builtin_unwind_init(); /* saves the registers that belong to the callers on the stack */
    return scan(c);
}
