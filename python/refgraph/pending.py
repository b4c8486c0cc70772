"""A snapshot that a child process is at."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from .errors import CaptureError
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

    Dropped, cancelled or left as a context manager before it is done, it ends its child and leaves
    nothing behind. The child ends with this process; a process forked from this one has no part in
    it.
    """

    __slots__ = (
        "__weakref__",
        "_captured_at",
        "_error",
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
        self._error: BaseException | None = None
        self._captured_at = captured_at
        self._rules = rules
        self._path = path
        self._lock = threading.Lock()  # held by who finishes it

    @property
    def pause(self) -> float:
        """How long this process stood still, in seconds."""
        return self._pause

    def done(self) -> bool:
        """Whether `result` will not wait for the child."""
        fork = self._fork
        return fork is None or self._is_ready(fork, 0.0)

    def result(self, timeout: float | None = None) -> Snapshot:
        """The snapshot; with a path, the file is in its place.

        Waits without the GIL, and lets signals be handled meanwhile.

        Args:
            timeout: seconds to wait at most; None: as long as it takes.

        Raises:
            TimeoutError: it is not ready; ask again.
            CaptureError: the child died or was killed, or the capture was cancelled.
            MemoryError, OverflowError: as `capture` does, in the child.
            OSError: the file could not be written: no space, no permission, a limit of the process.
        """
        self._wait(timeout)
        with self._lock:
            if self._fork is not None:
                self._finish(self._fork)
        if self._error is not None:
            raise self._error
        assert self._snapshot is not None
        return self._snapshot

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What `result` raises, or None. TimeoutError where it is not ready in time."""
        self._wait(timeout)
        try:
            self.result()
        except Exception as error:
            return error
        return None

    def cancel(self) -> bool:
        """Give it up: the child is ended, no file is written. False: it was finished before."""
        with self._lock:
            fork, self._fork = self._fork, None
            if fork is None:
                return False
            self._error = CaptureError("this capture was cancelled")
            fork.cancel()
            return True

    def fileno(self) -> int:
        """A descriptor for select() and event loops: readable once done. -1: it is finished."""
        fork = self._fork
        return -1 if fork is None else fork.fileno()

    def __await__(self) -> Generator[object, None, Snapshot]:
        import asyncio

        if not self.done():
            loop = asyncio.get_running_loop()
            ready = loop.create_future()
            fd = os.dup(self.fileno())  # one of its own for each that waits
            try:
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
        if self._error is not None:
            state = "failed"
        elif self._snapshot is not None:
            state = "finished"
        else:
            state = "ready" if self.done() else "pending"
        return f"<{type(self).__name__}: {state}, paused {self._pause * 1e3:.1f} ms>"

    def _wait(self, timeout: float | None) -> None:
        """Until it can be finished; TimeoutError."""
        end = None if timeout is None else time.monotonic() + timeout
        fork = self._fork
        while fork is not None:
            rest = -1.0 if end is None else max(0.0, end - time.monotonic())
            if self._is_ready(fork, rest):
                return
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"the child has not captured the heap within {timeout:g} s")
            fork = self._fork

    def _is_ready(self, fork: _core.Fork, seconds: float) -> bool:
        try:
            return fork.wait(seconds)
        except CaptureError:  # another thread has finished or cancelled it meanwhile
            if self._fork is fork:
                raise
            return True

    def _finish(self, fork: _core.Fork) -> None:
        try:
            graph = fork.finish(self._path is None)
            if graph is not None:
                self._snapshot = Snapshot(graph, self._captured_at, self._rules)
            elif self._path is not None:
                self._snapshot = load(self._path)
        except Exception as error:
            self._error = error
        self._fork = None


def _set_ready(ready: object) -> None:
    if not ready.done():  # type: ignore[attr-defined]
        ready.set_result(None)  # type: ignore[attr-defined]
