/* Ids in the place of the addresses that edges lead to. */
#ifndef RG_CAPTURE_COMPACT_H
#define RG_CAPTURE_COMPACT_H

#include "capture/capture_private.h"

#include "capture/counters.h"

#include <stdatomic.h>

/* What edges say of the nodes that they lead to, by id. */
typedef struct rg__incoming {
    rg__ref_tally explained; /* references that they own */
    rg__counters unseen;     /* see rg__account */
} rg__incoming;

/* Units of work, which several threads may take until there are none left. */
typedef struct rg__compaction {
    rg__capture *capture;
    size_t units;
    atomic_size_t taken, done;
} rg__compaction;

/* Make ready to translate the edges; addresses are ranked. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__compact_open(rg__compaction *self, rg__capture *c);
/* Translate units until all are taken, and count into *found, which belongs to the calling thread and is opened with
 * the first unit that it gets. Reads no Python memory. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__compact_run(rg__compaction *self, rg__incoming *found);
/* Whether all units are translated: then what was counted may be read by any thread. */
bool rg__compact_is_done(rg__compaction *self);
/* Whether several threads may run: no name needs a table beside its edge. */
bool rg__compact_is_shareable(const rg__capture *c);
/* Nothing yet, for all ids. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__incoming_open(rg__incoming *self, const rg__capture *c);
/* Add what another thread counted, and dispose of it. RG_OK or RG_ERR_NOMEM. */
RG_CHECKED rg_status rg__incoming_join(rg__incoming *self, rg__incoming *other);
void rg__incoming_dispose(rg__incoming *self);

#endif
