"""A test judged: rounds that warm up, rounds that are looked at, and one that is reported."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from array import array
from typing import TYPE_CHECKING, NamedTuple

from ..capturing import capture
from ..errors import CaptureError
from .judgement import Verdict, judged
from .rounds import Round, Undo, run_round
from .settings import UsageProblem

if TYPE_CHECKING:
    import pytest

    from ..snapshot import Snapshot
    from .settings import Settings

__all__ = ["Result", "run_series"]

_WARM_UP = 2  # rounds before the first look: first calls import, compile, fill caches
_AGAIN = 600  # rounds at most before a place is accused: more than the caches of re and typing hold
_SECONDS = 1.0  # … in so much time of the processor, but as many as were looked at,
_WAITED = 5.0  # … in so much time in all
_BYTES = 64 << 20  # … and in so much memory
_SCARCE = 64  # … and with so many threads and open files more


class Result(NamedTuple):
    """What became of a test."""

    reported: Round
    verdict: Verdict | None  # None: not judged, or nothing to look at
    problem: str  # why it could not be judged
    failed_again: Round | None  # the round that raised, though the first had not
    rounds: int  # that were run
    seconds: float  # that the others took than the one that is reported


class _Broken(Exception):
    """A round raised: there is no further one."""


class _Runner:
    """Runs rounds of one test until one of them raises."""

    __slots__ = ("count", "first", "item", "last", "nextitem", "undo")

    def __init__(self, item: pytest.Function, nextitem: pytest.Item | None, undo: Undo) -> None:
        self.item = item
        self.undo = undo
        self.nextitem = nextitem
        self.count = 0
        self.first: Round | None = None
        self.last: Round | None = None

    def run(self, *, is_last: bool = False) -> None:
        """One round, of which nothing remains but its reports, if it is the first or raised."""
        self.count += 1
        if self.first is None:
            done = run_round(self.item, self.nextitem, is_last=is_last, is_first=True)
            self.first = done
        else:
            with self.undo.undone(self.item):
                done = run_round(self.item, self.nextitem, is_last=is_last, is_first=False)
        if is_last or not done.is_whole:
            self.last = done
        if not done.is_whole:
            raise _Broken


def run_series(
    item: pytest.Function, nextitem: pytest.Item | None, settings: Settings, undo: Undo
) -> Result:
    """Run a test as often as it takes to judge it."""
    start = time.perf_counter()
    runner = _Runner(item, nextitem, undo)
    verdict: Verdict | None = None
    problem = ""
    try:
        try:
            verdict = _verdict(runner, settings)
        except (CaptureError, UsageProblem) as error:
            problem = str(error)
        runner.run(is_last=True)
    except _Broken:
        pass  # what was found before stays found
    first, last = runner.first, runner.last
    assert first is not None
    assert last is not None
    again = last if not last.is_whole and runner.count > 1 else None
    reported = last if again is None else first
    seconds = time.perf_counter() - start - reported.seconds
    return Result(reported, verdict, problem, again, runner.count, seconds)


def _verdict(runner: _Runner, settings: Settings) -> Verdict | None:
    """What the rounds left behind; None: there is not even more than before."""
    for _ in range(_WARM_UP):
        runner.run()
    if not settings.is_asked_for:
        return _looked_at(runner, settings, None) if _counts_more(runner, settings) else None
    before = capture(collect=True)
    for _ in range(settings.rounds):
        runner.run()
    start = capture(collect=True)
    may_leak = judged([before, start], start, settings.rounds, settings).leaks
    return _looked_at(runner, settings, start) if may_leak else None


def _looked_at(runner: _Runner, settings: Settings, start: Snapshot | None) -> Verdict:
    """Look at each round, and at what is left once the test has run much more often."""
    series = [start or capture(collect=True)]
    for _ in range(settings.rounds):
        runner.run()
        series.append(capture(collect=True))
    verdict = judged(series, series[-1], settings.rounds, settings)
    if not verdict.leaks:
        return verdict
    size = max(verdict.growth.delta_size // settings.rounds, 1)
    try:
        more = _more_rounds(runner, settings.rounds, size)
    except _Broken:  # it has used up what it leaks
        return verdict
    rounds = settings.rounds + more
    return judged(series, capture(collect=True), rounds, settings, verdict.rates)


def _counts_more(runner: _Runner, settings: Settings) -> bool:
    """Whether there is more after the rounds: objects that the collector knows, or memory blocks.

    That costs next to nothing, and nothing remains unseen but single texts and bytes that are too
    large for Python's own allocator. Another allocator (PYTHONMALLOC) counts no blocks, and more
    would remain unseen: there is no answer without a look then.
    """
    if not sys.getallocatedblocks():
        return True
    counts = array("q", bytes(4 * 8))  # numbers that are no objects
    least = settings.rounds // 2  # a leak is twice as much: something else may have gone
    _count(counts, 2)
    for _ in range(2):  # once may be by chance
        counts[0], counts[1] = counts[2], counts[3]
        for _ in range(settings.rounds):
            runner.run()
        _count(counts, 2)
        if all(counts[i + 2] - counts[i] <= least for i in range(2)):
            return False
    return True


def _count(counts: array[int], position: int) -> None:
    gc.collect()
    counts[position] = len(gc.get_objects())
    counts[position + 1] = sys.getallocatedblocks()


def _more_rounds(runner: _Runner, least: int, size: int) -> int:
    """Run the test again and again: what lets go of objects by then is no leak.

    Not longer than is reasonable: `size` is what a round adds, and threads and open files may
    remain too.
    """
    most = max(least, min(_AGAIN, _BYTES // size))
    end, deadline = time.process_time() + _SECONDS, time.perf_counter() + _WAITED
    others = _scarce()
    for count in range(1, most + 1):
        runner.run()
        is_late = time.process_time() > end or time.perf_counter() > deadline
        is_late = is_late or _scarce() > others + _SCARCE
        if count >= least and is_late:
            return count
    return most


def _scarce() -> int:
    """Threads and open files, of which a process has few."""
    try:
        return threading.active_count() + len(os.listdir("/proc/self/fd"))
    except OSError:
        return threading.active_count()
