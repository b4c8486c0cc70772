"""A snapshot that a child process is at."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from .arguments import checked_timeout
from .saved import load
from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType

    from . import _core
    from .files import Path

__all__ = ["PendingSnapshot"]


class PendingSnapshot:
    """What ``capture(pause="fork")`` returns: the heap of that moment, ready a little later.

    A child process reads the heap, this one goes on. There is no thread: who waits for the result,
    or asks whether it is `done`, finds out. Any thread may, and so may an event loop::

        pending = refgraph.capture(pause="fork")
        ...
        snap = pending.result()        # or, in a coroutine: snap = await pending

    `result`, `exception`, `done` and `cancel` are as of ``concurrent.futures.Future``, but it is
    none: without a thread nobody would call a callback. asyncio makes a future of it, which has
    callbacks and may be waited for with a limit::

        future = asyncio.ensure_future(pending)
        future.add_done_callback(lambda future: print(future.result()))
        snap = await asyncio.wait_for(pending, 60)    # in time, or TimeoutError; it goes on

    Dropped, cancelled or left as a context manager before it is done, it ends its child and leaves
    nothing behind. The child ends with this process, unless a process that was forked from this one
    meanwhile lives on (then when it has captured). That process has no other part in it.
    """

    __slots__ = (
        "__weakref__",
        "_captured_at",
        "_fork",
        "_lock",
        "_path",
        "_pause",
        "_rules",
        "_snapshot",
    )

    def __init__(
        self,
        work: _core.Fork | Snapshot,
        captured_at: float,
        rules: Sequence[tuple[str, int]],
        path: Path | None,
    ) -> None:
        """`work`: a capture that a child is at, or where none could be made, what has been done."""
        self._fork: _core.Fork | None = None
        self._snapshot: Snapshot | None = None
        if isinstance(work, Snapshot):
            self._snapshot = work
            self._pause = work.cost.pause
        else:
            self._fork = work
            self._pause = work.pause_seconds
        self._captured_at = captured_at
        self._rules = rules
        self._path = path
        # held by who finishes it; a signal's handler or a finalizer may ask meanwhile
        self._lock = threading.RLock()

    @property
    def pause(self) -> float:
        """How long this process stood still, in seconds."""
        return self._pause

    def done(self) -> bool:
        """Whether `result` will not wait for the child."""
        return self._snapshot is not None or self._fork is None or self._fork.wait(0.0)

    def result(self, timeout: float | None = None) -> Snapshot:
        """The snapshot; with a path, the file is in its place.

        Waits without the GIL, and lets signals be handled meanwhile.

        Args:
            timeout: seconds to wait at most, below 0 as 0; None: as long as it takes.

        Raises:
            TimeoutError: it is not ready; ask again.
            CaptureError: the child died or was killed, or the capture was cancelled.
            MemoryError, OverflowError: as `capture` does, in the child.
            OSError: the file could not be written: no space, no permission, a limit of the process.
            TypeError, ValueError: `timeout` is no number.

        An exception of a signal's handler (KeyboardInterrupt) passes, and nothing is lost by it.
        """
        self._wait(timeout)
        with self._lock:
            if self._snapshot is None:
                self._finish()
        assert self._snapshot is not None
        return self._snapshot

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What `result` raises, or None. TimeoutError where it is not ready in time."""
        self._wait(timeout)
        try:
            self.result()
        except Exception as error:
            return error.with_traceback(None)
        return None

    def cancel(self) -> bool:
        """Give it up: the child is ended, no file is written. False: it was finished before."""
        with self._lock:
            return self._fork is not None and self._fork.cancel()

    def fileno(self) -> int:
        """A descriptor for select() and event loops: readable once done. -1: it is finished."""
        return -1 if self._fork is None else self._fork.fileno()

    def __await__(self) -> Generator[object, None, Snapshot]:
        import asyncio

        # one of its own for each that waits; none where another thread has just finished it
        fd = -1 if self._fork is None or self.done() else self._fork.duplicate()
        if fd >= 0:
            try:
                loop = asyncio.get_running_loop()
                ready = loop.create_future()
                loop.add_reader(fd, _set_ready, ready)
                try:
                    yield from ready
                finally:
                    loop.remove_reader(fd)
            finally:
                os.close(fd)
        return self.result()

    def __enter__(self) -> PendingSnapshot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def __repr__(self) -> str:
        if self._snapshot is not None:
            state = "finished"
        elif self._fork is not None and self._fork.has_failed:
            state = "failed"
        else:
            state = "ready" if self.done() else "pending"
        return f"<{type(self).__name__}: {state}, paused {self._pause * 1e3:.1f} ms>"

    def _wait(self, timeout: float | None) -> None:
        """Until it can be finished; TimeoutError."""
        seconds = None if timeout is None else checked_timeout("timeout", timeout)
        end = None if seconds is None else time.monotonic() + seconds
        fork = self._fork
        while fork is not None and not fork.wait(1.0 if end is None else end - time.monotonic()):
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"the child has not captured the heap within {seconds:g} s")

    def _finish(self) -> None:
        """The snapshot, or what the fork raises: anew each time it is asked.

        No error is kept here: its traceback would have this object, and so keep it.
        """
        assert self._fork is not None
        graph = self._fork.finish(self._path is None)
        if graph is not None:
            snapshot = Snapshot(graph, self._captured_at, self._rules)
        else:
            assert self._path is not None
            snapshot = load(self._path)
        if self._snapshot is None:  # no handler of a signal has asked meanwhile
            self._snapshot = snapshot


def _set_ready(ready: object) -> None:
    if not ready.done():  # type: ignore[attr-defined]
        ready.set_result(None)  # type: ignore[attr-defined]
