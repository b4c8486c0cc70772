"""How far something has come that takes long: a bar on the terminal (tqdm's), or a function.

Analyses run in C with the GIL released, look for Ctrl-C fifty times a second, and then call what
their thread has said (`_core.set_progress`).
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Union

from . import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Progress", "progress_bar", "progress_shown"]

#: True, False, None: a bar where stderr is a terminal and tqdm is installed; or a function that is
#: called with what is being done, and how many of how many steps of it are done (0: nobody knows).
Progress = Union[bool, Callable[[str, int, int], object], None]

_NEEDED = "a progress bar needs tqdm: pip install 'refgraph[progress]'"
_PATIENCE = 0.5  # seconds of work before a bar appears


@contextlib.contextmanager
def progress_bar(total: int, unit: str, wanted: bool | None) -> Iterator[Callable[[str], None]]:
    """A function to call when one of `total` begins, with its name.

    Args:
        total: how many there are.
        unit: what they are.
        wanted: True, False, or None: where stderr is a terminal and tqdm is installed.

    Raises:
        ImportError: `wanted` is True, and tqdm is not installed.
    """
    if wanted is False or (wanted is None and not _is_terminal()):
        yield lambda name: None
        return
    try:
        Bar = _bar_class()  # noqa: N806  # a class
    except ImportError:
        if wanted:
            raise
        yield lambda name: None
        return

    with Bar(total=total, unit=unit, leave=False, file=sys.stderr) as bar:

        def begin(name: str) -> None:
            bar.update(begun[0])
            begun[0] = 1
            bar.set_postfix_str(name)

        begun = [0]
        yield begin


@contextlib.contextmanager
def progress_shown(progress: Progress) -> Iterator[None]:
    """Tell how far the analyses of this thread have come, while the block runs.

    Raises:
        ImportError: `progress` is True, and tqdm is not installed.
        TypeError: it is neither a bool nor None, and cannot be called.
    """
    if progress is None and not _is_terminal():
        yield  # a function of an outer block goes on being told
        return
    with contextlib.ExitStack() as stack:
        told: Callable[[str, int, int], object] | None
        if progress is None or progress is True:
            if progress:
                _bar_class()  # or ImportError, before any work
            bar = _AnalysisBar()
            stack.callback(bar.close)
            told = bar.tell
        elif progress is False:
            told = None
        elif callable(progress):
            told = progress
        else:
            raise TypeError(
                "progress must be a bool, None or a function of (phase, done, total), "
                f"not '{type(progress).__name__}'"
            )
        stack.callback(_core.set_progress, _core.set_progress(told))
        yield


class _AnalysisBar:
    """A bar for one analysis, which begins again with each of its phases."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._bar: Any = None
        self._phase = ""
        self._is_off = False

    def tell(self, phase: str, done: int, total: int) -> None:
        if self._is_off or time.monotonic() - self._begin < _PATIENCE:
            return
        try:
            self._show(phase, done, total)
        except (ImportError, OSError, ValueError):  # no tqdm, or stderr was closed
            self._is_off = True

    def _show(self, phase: str, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _bar_class()(total=total or None, leave=False, file=sys.stderr)
        if phase != self._phase:
            self._phase = phase
            self._bar.reset(total or None)
            self._bar.set_description_str(phase)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            with contextlib.suppress(OSError, ValueError):
                self._bar.close()


def _bar_class() -> Any:
    """tqdm's without its own thread and semaphore: pictures are laid out in forks.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import tqdm
    except ImportError as error:
        raise ImportError(_NEEDED) from error

    class Bar(tqdm.tqdm):  # type: ignore[misc]  # Any, where tqdm's types are not installed
        monitor_interval = 0
        _lock = threading.RLock()

    return Bar


def _is_terminal() -> bool:
    """Whether stderr is one; it may be closed, or not be there at all."""
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
