"""The garbage collector as it was when the heap was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Collector", "collector_of"]

_MEANING = {
    "generational": (
        "0: young, not yet seen by a collection; 1: survived one; 2: old; 3: permanent (gc.freeze)"
    ),
    "incremental": (
        "0: young; 1 and 2: the two halves of the old, one of which is being visited; "
        "3: permanent (gc.freeze)"
    ),
    "unknown": "the collector of this interpreter is not known",
}


class Collector(NamedTuple):
    """The collector: how it works on this version, and how it was set up.

    `kind` is "generational" (3.9 to 3.13, 3.14.5 and newer), "incremental" (3.14.0 to 3.14.4) or
    "unknown". `thresholds`, `counts`, `enabled` and `debug` are what ``gc.get_threshold()``,
    ``gc.get_count()``, ``gc.isenabled()`` and ``gc.get_debug()`` would have said; `frozen` is
    ``gc.get_freeze_count()`` (3.12 and 3.13 count immortal objects among them).
    """

    kind: str
    enabled: bool
    thresholds: tuple[int, int, int]
    counts: tuple[int, int, int]
    frozen: int
    debug: int

    @property
    def generations(self) -> str:
        """What `Node.generation` means here."""
        return _MEANING[self.kind]


def collector_of(snapshot: Snapshot) -> Collector:
    """The collector's state in a snapshot."""
    return Collector(*snapshot._graph.collector())
