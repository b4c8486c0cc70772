"""The cycles that a block of code leaves behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Literal

from .arguments import checked_flag
from .cycles import CycleReport, report_of
from .errors import CyclesFound
from .snapshot import capture
from .words import count_text

if TYPE_CHECKING:
    import types

    from .snapshot import Snapshot

__all__ = ["CycleWatch", "watch_cycles"]


class CycleWatch:
    """What `watch_cycles` gives: a context manager, and once the block has ended its `report`."""

    __slots__ = ("_before", "_disable", "_fail", "_known", "_report", "_was_enabled", "collected")

    #: How many objects collections freed while the block ran: cycles that the report cannot have.
    collected: int

    def __init__(self, disable_gc: bool, fail: bool) -> None:
        self._disable = disable_gc
        self._fail = fail
        self._report: CycleReport | None = None
        self._known: list[tuple[int, str]] = []
        self._before = 0
        self._was_enabled = False
        self.collected = 0

    @property
    def report(self) -> CycleReport:
        """The cycles that the block created and that nothing uses any more.

        Raises:
            RuntimeError: the block has not ended, or ended with an exception.
        """
        if self._report is None:
            raise RuntimeError("there is no report before the block has ended without an exception")
        return self._report

    def __enter__(self) -> CycleWatch:
        self._report = None  # of an earlier block
        self._was_enabled = gc.isenabled()
        if self._disable:
            gc.disable()
        try:
            self._known = _unused(capture())
        except BaseException:
            self._restore()
            raise
        self._before = _collected()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> Literal[False]:
        try:
            self.collected = _collected() - self._before
            if kind is None:
                self._report = _created(capture(), self._known)
        finally:
            self._restore()
        if kind is None and self._fail and self._report:
            raise CyclesFound(str(self))
        return False

    def _restore(self) -> None:
        if self._disable and self._was_enabled:
            gc.enable()

    def __str__(self) -> str:
        if self._report is None:
            return "The block has not ended."
        text = str(self._report) if self._report else "The block left no cycles."
        if self.collected:
            text += (
                f"\n\nCollections freed {count_text(self.collected, 'object')} while the block "
                "ran, which are not in this report: disable_gc=True keeps them."
            )
        return text

    def __repr__(self) -> str:
        return f"<CycleWatch: {str(self).splitlines()[0]}>"


def watch_cycles(*, disable_gc: bool = True, fail: bool = False) -> CycleWatch:
    """Report the cycles that a block of code creates and leaves behind, unused.

        with refgraph.watch_cycles() as watch:
            handle(request)
        print(watch.report)

    The heap is captured before and after the block; cycles that were there unused before are left
    out, by the addresses and types of their members. What a variable still holds is in use, and no
    such cycle: put the code into a function. No collection is run.

    As a pytest fixture, with the report as the failure's message::

        @pytest.fixture
        def no_cycles():
            with refgraph.watch_cycles(fail=True):
                yield

    Args:
        disable_gc: keep the collector from running by itself inside the block. With False a
            collection may free cycles before they are seen: `CycleWatch.collected` counts what it
            freed, and a new cycle in the place of an old one of the same types goes unseen.
        fail: raise `CyclesFound`, an AssertionError with the report, where there is a cycle.

    Raises:
        CaptureError: as `capture`, on entry and at the end.
    """
    return CycleWatch(checked_flag("disable_gc", disable_gc), checked_flag("fail", fail))


def _collected() -> int:
    return sum(int(generation["collected"]) for generation in gc.get_stats())


def _unused(snapshot: Snapshot) -> list[tuple[int, str]]:
    """Addresses and types of the members of all cycles that nothing uses."""
    report = report_of(snapshot, {"in_use": False}, None)
    return [(node.address, node.type) for cycle in report for node in cycle.members]


def _created(snapshot: Snapshot, known: list[tuple[int, str]]) -> CycleReport:
    """The unused cycles of a snapshot that have a member which is not known."""
    graph = snapshot._graph
    ids = []
    for address, name in known:
        found = graph.find(address)
        if found is not None and graph.type_of(found)[1] == name:
            ids.append(found)
    return report_of(snapshot, {"in_use": False}, None, sorted(ids))
