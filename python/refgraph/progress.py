"""A bar on the terminal while something takes long: tqdm's, an extra."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["progress_bar"]

_NEEDED = "a progress bar needs tqdm: pip install 'refgraph[progress]'"


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
        import tqdm
    except ImportError as error:
        if wanted:
            raise ImportError(_NEEDED) from error
        yield lambda name: None
        return

    class Bar(tqdm.tqdm):  # type: ignore[misc]  # Any, where tqdm's types are not installed
        """One without tqdm's own thread and semaphore: pictures are laid out in forks."""

        monitor_interval = 0
        _lock = threading.RLock()

    with Bar(total=total, unit=unit, leave=False, file=sys.stderr) as bar:

        def begin(name: str) -> None:
            bar.update(begun[0])
            begun[0] = 1
            bar.set_postfix_str(name)

        begun = [0]
        yield begin


def _is_terminal() -> bool:
    """Whether stderr is one; it may be closed, or not be there at all."""
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
