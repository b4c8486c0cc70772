"""Who refers to an object: one pass over the heap for the first that is asked about, an index from
the second on; and the index that the calls inside `one_capture()` share.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .. import _core

__all__ = ["Referrers", "one_capture"]


class _Shared:
    """What the calls of one `one_capture()` share."""

    def __init__(self) -> None:
        self.index: _core.Index | None = None  # made when it is needed first
        #: Lists of roots that calls were given: alive in the index, and never shown.
        self.arguments: set[int] = set()


_shared: ContextVar[_Shared | None] = ContextVar("refgraph.objgraph.one_capture", default=None)


@contextmanager
def one_capture() -> Iterator[None]:
    """Answer everything inside from one moment: the back-references are read once, at the first
    need.

    `find_backref_chain`, `show_backrefs` and `show_chain` collect garbage and read the heap once
    for all of them. The index keeps every object alive until the end of the block, about 30 bytes
    each and 4 a reference; what is born meanwhile has the referrers that were there at that moment.
    Counts, growth, leaking objects and references forwards are asked of the heap as it is. Each
    thread and task has its own.

    Example:

        >>> with objgraph.one_capture():
        ...     chains = [find_backref_chain(obj, is_proper_module) for obj in by_type("Session")]
    """
    if _shared.get() is not None:
        yield
        return
    token = _shared.set(_Shared())
    try:
        yield
    finally:
        _shared.reset(token)


class Referrers:
    """The referrers of objects, for one call."""

    def __init__(self, roots: object = None, *, collect: bool = False) -> None:
        shared = _shared.get()
        self._asked = 0
        #: Ids that are not to be shown whoever asks.
        self.ignored: set[int] = set()
        if shared is None:
            if collect:
                gc.collect()
            self.index = _core.index()
            return
        if shared.index is None:
            gc.collect()
            index = _core.index()
            _core.referrers(None, index)  # now, before this call makes objects of its own
            shared.index = index
        self.index = shared.index
        self._asked = 1
        shared.arguments.add(id(roots))
        self.ignored = shared.arguments

    def of(self, obj: object) -> list[Any]:
        """As `gc.get_referrers(obj)`. A method, since a call of the object itself would put `obj`
        into a tuple.
        """
        self._asked += 1
        return _core.referrers(obj, None if self._asked == 1 else self.index)
