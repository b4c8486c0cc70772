"""Several objects of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from .arguments import checked_position
from .display import Previewed
from .node import Node
from .words import count_text

if TYPE_CHECKING:
    from .overview import Overview
    from .snapshot import Snapshot

__all__ = ["Nodes"]


class Nodes(Previewed, Sequence[Node]):
    """Objects of a snapshot, by ascending address: nodes, which are made when looked at."""

    __slots__ = ("_ids", "_snapshot")

    def __init__(self, snapshot: Snapshot, ids: bytes) -> None:
        self._snapshot = snapshot
        self._ids = memoryview(ids).cast("I")

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return [Node(self._snapshot, node_id) for node_id in self._ids[index]]
        position = checked_position(index, len(self), self._complaint())
        return Node(self._snapshot, self._ids[position])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._what(len(self))}>"

    def _overview(self) -> Overview:
        from .overview import nodes_overview

        return nodes_overview(self)

    def _what(self, count: int) -> str:
        return count_text(count, "object")

    def _complaint(self) -> str:
        count = len(self)
        there = "there is only" if count == 1 else "there are only" if count else "there are"
        return f"{there} {self._what(count)}"
