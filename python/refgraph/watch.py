"""The cycles that a block of code leaves behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Literal

from .arguments import checked_flag
from .capturing import capture
from .cycles import CycleReport, report_of
from .display import Displayed
from .errors import CyclesFound
from .words import count_text

if TYPE_CHECKING:
    import types

__all__ = ["CycleWatch", "collections_run", "created_cycles", "watch_cycles"]


class CycleWatch(Displayed):
    """What `watch_cycles` gives: a context manager, and once the block has ended its `report`."""

    __slots__ = (
        "_before",
        "_cycles",
        "_disable",
        "_fail",
        "_has_ended",
        "_report",
        "_was_enabled",
        "collected",
    )

    #: How many objects collections freed while the block ran: cycles that the report cannot have.
    collected: int

    def __init__(self, disable_gc: bool, fail: bool) -> None:
        self._disable = disable_gc
        self._fail = fail
        self._report: CycleReport | None = None
        self._cycles: CycleReport | None = None  # those of before
        self._before: list[tuple[int, int]] = []
        self._was_enabled = False
        self._has_ended = False
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
        if self._cycles is not None:
            raise RuntimeError("this watch is running already: make another one")
        self._report = None  # of an earlier block
        self._has_ended = False
        self._was_enabled = gc.isenabled()
        if self._disable:
            gc.disable()
        try:
            self._cycles = report_of(capture(), {}, None)
        except BaseException:
            self._restore()
            raise
        self._before = collections_run()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> Literal[False]:
        try:
            self._has_ended = True
            if kind is None and self._cycles is not None:
                is_off_for_us = self._disable and self._was_enabled
                self._report, self.collected = created_cycles(
                    self._cycles, self._before, assume_enabled=is_off_for_us
                )
            else:
                self.collected = _freed(self._before, collections_run())[0]
        finally:
            self._cycles = None
            self._restore()
        if kind is None and self._fail and self._report:
            raise CyclesFound(str(self))
        return False

    def _restore(self) -> None:
        if self._disable and self._was_enabled:
            gc.enable()

    def __str__(self) -> str:
        if self._report is None:
            return (
                "The block ended with an exception: its cycles were not looked for."
                if self._has_ended
                else "The block has not ended."
            )
        text = str(self._report) if self._report else "The block left no cycles."
        return "\n\n".join(filter(None, [text, self._collected_text()]))

    def _collected_text(self) -> str:
        """What collections took from the report."""
        if not self.collected:
            return ""
        who = "The block collected" if self._disable else "Collections freed"
        text = (
            f"{who} {count_text(self.collected, 'object')} while it ran, which are not "
            "in this report."
        )
        if not self._disable:
            text += " disable_gc=True keeps the collector from running by itself."
        return text

    def __repr__(self) -> str:
        return f"<CycleWatch: {str(self).splitlines()[0]}>"

    def _repr_html_(self) -> str:
        from .notebook import cycle_watch_html

        return cycle_watch_html(self)


def watch_cycles(*, disable_gc: bool = True, fail: bool = False) -> CycleWatch:
    """Report the cycles that a block of code creates and leaves behind, unused.

        with refgraph.watch_cycles() as watch:
            handle(request)
        print(watch.report)

    The heap is captured before and after the block. Cycles that were there before, in use or not,
    are left out, by the addresses, types and generations of their members. What a variable still
    holds is in use, and no such cycle: put the code into a function. Other threads' cycles count
    too. No collection is run. Where the collector was on, verdicts are as if it still were.

    As a pytest fixture, with the report as the failure's message::

        @pytest.fixture
        def no_cycles():
            with refgraph.watch_cycles(fail=True):
                yield

    Cycles that libraries leave behind count too: those of a first import, or of a first call that
    fills a cache; run the code once before. ``with pytest.raises(E) as info:`` makes one: the
    error's traceback holds the frame whose variable `info` is. So does ``pytest.skip()``.

    Args:
        disable_gc: keep the collector from running by itself inside the block. With False, or where
            the block calls ``gc.collect()``, cycles may be freed before they are seen:
            `CycleWatch.collected` counts what was.
        fail: raise `CyclesFound`, an AssertionError with the report, where there is a cycle.

    Raises:
        CaptureError: as `capture`, on entry and at the end.
    """
    return CycleWatch(checked_flag("disable_gc", disable_gc), checked_flag("fail", fail))


def created_cycles(
    before: CycleReport, runs_before: list[tuple[int, int]], *, assume_enabled: bool
) -> tuple[CycleReport, int]:
    """The unused cycles that were not there before, used or unused, and what was freed since.

    `before` has all cycles of then, and `runs_before` is what `collections_run` gave.
    """
    collected, oldest = _freed(runs_before, collections_run())
    after = capture()
    known = memoryview(before._cycles.known_in(after._graph, oldest)).cast("I").tolist()
    report = report_of(after, {"in_use": False}, None, known, assume_enabled=assume_enabled)
    return report, collected


def _freed(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> tuple[int, int]:
    """How many objects collections freed, and the oldest generation that was collected, or -1."""
    runs = [(now[0] - then[0], now[1] - then[1]) for then, now in zip(before, after)]
    oldest = max((g for g, (count, _) in enumerate(runs) if count), default=-1)
    return sum(freed for _, freed in runs), oldest


def collections_run() -> list[tuple[int, int]]:
    """Of each generation: how often it was collected, and how many objects that freed."""
    return [(int(g["collections"]), int(g["collected"])) for g in gc.get_stats()]
