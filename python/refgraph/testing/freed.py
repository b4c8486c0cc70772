"""Whether an object is freed, or what still holds it."""

from __future__ import annotations

import types
import weakref
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NotInSnapshot
from ..growth import Growth
from .words import chain_lines, hints

if TYPE_CHECKING:
    from ..chains import Chain
    from ..node import Edge, Node
    from ..snapshot import Snapshot

__all__ = ["Freed", "Problem"]

_CHAINS = 5
_TEMPORARY = ("stack", "native", "probable")  # roots: references that no object holds


class Problem(NamedTuple):
    """What to say of an object that is alive."""

    text: str
    node: Node


class Freed:
    """Asks one snapshot about objects.

    The frame is that of the function that asks: of an object that it hands in, its variables say
    nothing.
    """

    __slots__ = ("_before", "_caller", "_new", "_snapshot")

    def __init__(self, snapshot: Snapshot, caller: types.FrameType, before: Snapshot) -> None:
        self._snapshot = snapshot
        self._before = before
        self._new: frozenset[int] | None = None
        try:
            self._caller: Node | None = snapshot.node(caller)
        except NotInSnapshot:
            self._caller = None

    def problem(self, asked: object) -> Problem | None:
        """None where it is freed."""
        is_weak = isinstance(asked, weakref.ref)
        target = asked() if isinstance(asked, weakref.ref) else asked
        if target is None:
            return None
        try:
            node = self._snapshot.node(target)
        except NotInSnapshot:
            return None  # another one in the place of a weak reference's: it was dead by then
        finally:
            del target
        chains = [chain for chain in node.why_alive(_CHAINS) if is_weak or not self._is_ours(chain)]
        if not chains or (not is_weak and self._is_held_by_caller_alone(node)):
            return None
        return Problem(self._text(node, chains), node)

    def _is_ours(self, chain: Chain) -> bool:
        """Whether a chain is a variable, or a temporary value, of the function that asks."""
        edges = chain.edges
        if not edges:
            return chain.root.kind in _TEMPORARY
        return len(edges) == 1 and edges[0].source == self._caller

    def _is_held_by_caller_alone(self, node: Node) -> bool:
        """Whether it would go with the variables of the function that asks."""
        if self._caller is None:
            return False
        edges = [edge for edge in node.referrers if edge.source == self._caller]
        return bool(edges) and node in list(self._snapshot.what_if(edges).nodes)

    def _text(self, node: Node, chains: list[Chain]) -> str:
        lines = [f"{node._label()} is still alive. It is held by"]
        lines += chain_lines(chains)
        local = [chain for chain in chains if chain.edges and self._is_ours(chain)]
        if local:
            name = local[0].edges[0].name.rpartition(" ")[2] or "…"
            lines.append(f"The test itself holds it, by a variable of its own: del {name} first.")
        lines += hints(chains)
        cut = [self._cut(chain) for chain in chains if chain.edges and chain not in local]
        lines += [f"Cut: {text}" for text in dict.fromkeys(cut)]
        return "\n".join(lines)

    def _cut(self, chain: Chain) -> str:
        """The reference of something that was there before to what was not; else the last."""
        edges = chain.edges
        new = self._new_ids()
        edge = next(
            (e for e in edges if e.target._id in new and e.source._id not in new), edges[-1]
        )
        return (
            f"{self._expression(edge)}, the reference of {edge.source.type} to {edge.target.type}"
        )

    def _expression(self, edge: Edge) -> str:
        [source] = self._snapshot._graph.expressions([edge.source._id])
        if not edge.name:
            return source
        return f"{source}{edge.name}" if edge.name[0] in ".[" else f"{source} {edge.name}"

    def _new_ids(self) -> frozenset[int]:
        """All that was not there when the fixture was set up."""
        if self._new is None:
            found: set[int] = set()
            for point in Growth(self._before, self._snapshot):
                if point.born:
                    found.update(point.nodes._ids)
            self._new = frozenset(found)
        return self._new
