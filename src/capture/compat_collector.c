/* The collector's settings and counts (struct _gc_runtime_state, see compat.c for where it is). From the head H
 * of generation 0, GIL builds of 3.9 – 3.14:
 *
 *   H - 12  int enabled · H - 8  int debug · H + 24 g + 16  int threshold, count of generation g
 *   H + 184 (3.14: H + 176)  the lists garbage, callbacks */
#include "capture/compat.h"

#include <string.h>

enum { ENABLED_AT = -12, DEBUG_AT = -8, THRESHOLD_AT = 16, COUNT_AT = 20, GENERATION_SIZE = 24 };
#if PY_VERSION_HEX >= 0x030E0000
enum { GARBAGE_AT = 176 };
#else
enum { GARBAGE_AT = 184 };
#endif

static bool is_incremental(void)
{
#if PY_VERSION_HEX >= 0x030E0000
    return Py_Version < 0x030E0500; /* of the interpreter that runs, not of the headers */
#else
    return false;
#endif
}

static int int_at(uintptr_t address)
{
    int value = 0;
    memcpy(&value, (const void *)address, sizeof value);
    return value;
}

bool rg__collector_facts_read(rg__collector_facts *out, const rg__collector *collector)
{
    const uintptr_t h = collector->heads[0];
    *out = (rg__collector_facts){.is_incremental = is_incremental()};
#if PY_VERSION_HEX >= 0x030A0000
    out->is_enabled = PyGC_IsEnabled();
    const bool agrees = h && int_at(h + (uintptr_t)ENABLED_AT) == out->is_enabled;
#else
    const bool agrees = h && (unsigned)int_at(h + (uintptr_t)ENABLED_AT) <= 1;
    out->is_enabled = agrees && int_at(h + (uintptr_t)ENABLED_AT);
#endif
    if (!agrees || out->is_incremental)
        return false;
    for (int i = 0; i < 3; i++) {
        out->thresholds[i] = int_at(h + (uintptr_t)(i * GENERATION_SIZE + THRESHOLD_AT));
        out->counts[i] = int_at(h + (uintptr_t)(i * GENERATION_SIZE + COUNT_AT));
    }
    out->debug_flags = int_at(h + (uintptr_t)DEBUG_AT);
    return true;
}

void rg__collector_own_lists(const rg__collector *collector, PyObject **garbage,
                             PyObject **callbacks)
{
    *garbage = NULL;
    *callbacks = NULL;
    if (!collector->heads[0])
        return;
    memcpy(garbage, (const void *)(collector->heads[0] + GARBAGE_AT), sizeof *garbage);
    memcpy(callbacks, (const void *)(collector->heads[0] + GARBAGE_AT + sizeof(void *)),
           sizeof *callbacks);
}
