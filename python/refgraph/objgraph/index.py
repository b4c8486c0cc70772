"""Who refers to an object: one pass over the heap for the first that is asked about, an index from
the second on; and the index that the calls inside `one_capture()` share.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from .. import _core

__all__ = ["Referrers", "new_index", "one_capture"]


class _Shared:
    """What the calls of one `one_capture()` share."""

    def __init__(self) -> None:
        self.index: _core.Index | None = None  # made when it is needed first
        #: The block has ended. Tasks and callbacks begun inside it keep a copy of its context.
        self.is_over = False
        #: Lists of roots that calls were given: alive in the index, and never shown.
        self.arguments: set[int] = set()

    def keep(self, index: _core.Index) -> None:
        """Share it, unless another thread ended the block meanwhile."""
        self.index = index
        if self.is_over:
            self.index = None


_shared: ContextVar[_Shared | None] = ContextVar("refgraph.objgraph.one_capture", default=None)


@contextmanager
def one_capture() -> Iterator[None]:
    """Answer everything inside from one moment: the back-references are read once, at the first
    need.

    `find_backref_chain`, `show_backrefs` and `show_chain` collect garbage and read the heap once
    for all of them. The index keeps every object alive until the end of the block, 15 to 30 bytes
    each and 4 a reference; what is born meanwhile has the referrers that were there at that moment.
    Counts, growth, leaking objects and references forwards are asked of the heap as it is. Each
    thread has its own; a task begun inside shares it until the block ends.

    Example:

        >>> with objgraph.one_capture():
        ...     chains = [find_backref_chain(obj, is_proper_module) for obj in by_type("Session")]
    """
    if _current() is not None:
        yield
        return
    shared = _Shared()
    token = _shared.set(shared)
    try:
        yield
    finally:
        # the index holds every object, `shared` too, and no collector sees that; calls nothing, so
        # that it cannot fail
        shared.is_over = True
        shared.index = None
        # a generator may be closed in another context: what is over there counts no more
        with suppress(ValueError):
            _shared.reset(token)


def _current() -> _Shared | None:
    """That of the block that runs."""
    shared = _shared.get()
    return None if shared is None or shared.is_over else shared


def new_index(collect: bool) -> _core.Index:
    """That of `one_capture()`, or an empty one of the call's own.

    An index holds whatever there was when it was made. Who holds an index must be younger, or let
    go of it in every case: no collector sees a cycle through it.
    """
    shared = _current()
    index = None if shared is None else shared.index
    if index is not None:
        return index
    if collect or shared is not None:
        gc.collect()
    index = _core.index()
    if shared is not None:
        # now, before the call makes objects of its own; whatever is asked about makes it
        _core.referrers(_Shared, index)
        shared.keep(index)
    return index


class Referrers:
    """The referrers of objects, for one call.

    Whoever makes one sets its `index` to None at the end: the index may hold this object.
    """

    def __init__(self, index: _core.Index, roots: object) -> None:
        """`roots`: the list that the call was given."""
        shared = _current()
        self._asked = int(index.count > 0)
        self.index: _core.Index | None = index
        #: Ids that are not to be shown whoever asks.
        self.ignored: set[int] = set()
        if shared is not None:
            shared.arguments.add(id(roots))
            self.ignored = shared.arguments

    def holds(self, obj: object) -> bool:
        """Whether the index owns a reference to it."""
        return self.index is not None and self.index.has(obj)

    def of(self, obj: object) -> list[Any]:
        """As `gc.get_referrers(obj)`. A method: calling this object would put `obj` in a tuple."""
        self._asked += 1
        return _core.referrers(obj, None if self._asked == 1 else self.index)
