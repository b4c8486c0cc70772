"""Whether an object is freed, or what still holds it."""

from __future__ import annotations

import contextlib
import types
import weakref
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NotInSnapshot
from ..growth import Growth
from .settings import UsageProblem
from .words import chain_lines, hints

if TYPE_CHECKING:
    from ..chains import Chain
    from ..node import Edge, Node
    from ..snapshot import Snapshot

__all__ = ["Freed", "Problem", "checked_objects", "is_weak", "target_of"]

_CHAINS = 5
_FRAMES = ("coroutine", "generator", "async_generator")  # they hold the variables of their frame
_TEMPORARY_VALUE = "evaluation stack"  # what a frame calls its edge to one
_TEMPORARY = ("stack", "native", "probable")  # roots: references that no object holds


class Problem(NamedTuple):
    """What to say of an object that is alive."""

    text: str
    node: Node


def is_weak(asked: object) -> bool:
    """Whether it is a weak reference; no code of `asked` runs, as isinstance() may have it run."""
    return issubclass(type(asked), weakref.ref)


def target_of(asked: object) -> object:
    """What a weak reference leads to, None where that is gone; of a `WeakMethod` the instance."""
    if not is_weak(asked):
        return asked
    found: object = weakref.ref.__call__(asked)  # type: ignore[arg-type]
    return found


def checked_objects(objects: tuple[object, ...]) -> None:
    """Refuse what would be asked about in place of what is meant.

    Raises:
        UsageProblem: a proxy, or a container of weak references.
    """
    __tracebackhide__ = True
    for one in objects:
        if type(one) in weakref.ProxyTypes:
            raise UsageProblem(
                "assert_freed() needs an object or a weakref.ref: what a weakref.proxy leads to "
                "is not to be seen"
            )
        if type(one) in (list, tuple, set, frozenset) and any(map(is_weak, one)):  # type: ignore[call-overload]
            name = type(one).__name__
            raise UsageProblem(
                f"assert_freed() was handed a {name} of weak references; "
                "hand them one by one: assert_freed(*refs)"
            )


class Freed:
    """Asks one snapshot about objects.

    The frame is that of the function that asks: of an object that it hands in, its variables say
    nothing.
    """

    __slots__ = ("_asked", "_before", "_new", "_owners", "_snapshot")

    def __init__(
        self,
        snapshot: Snapshot,
        caller: types.FrameType,
        before: Snapshot,
        asked: tuple[object, ...],
    ) -> None:
        self._snapshot = snapshot
        self._before = before
        self._asked: set[int] = set()  # the nodes of all that is handed in
        for one in asked:
            with contextlib.suppress(NotInSnapshot):
                self._asked.add(snapshot.node(one)._id)
        self._new: frozenset[int] | None = None
        self._owners: list[Node] = []  # what holds the variables of the function that asks
        with contextlib.suppress(NotInSnapshot):
            frame = snapshot.node(caller)
            self._owners.append(frame)
            for edge in frame.referrers:
                if edge.source.type in _FRAMES:
                    self._owners.append(edge.source)

    def problem(self, asked: object) -> Problem | None:
        """None where it is freed."""
        is_reference = is_weak(asked)
        target = target_of(asked)
        if target is None:
            return None
        try:
            node = self._snapshot.node(target)
        except NotInSnapshot:
            return None  # another one in the place of a weak reference's: it was dead by then
        finally:
            del target
        chains = list(node.why_alive(_CHAINS))
        if not is_reference:
            chains = self._of_others(chains)
        if not chains or (not is_reference and self._is_held_by_caller_alone(node)):
            return None
        return Problem(self._text(node, chains), node)

    def _is_ours(self, chain: Chain) -> bool:
        """Whether a chain is a variable, or a temporary value, of the function that asks."""
        edges = chain.edges
        if not edges:
            return chain.root.kind in _TEMPORARY
        return edges[-1].source in self._owners or self._is_arguments(edges[-1].source)

    def _is_arguments(self, node: Node) -> bool:
        """Whether it is the tuple of ``assert_freed(*objects)``, which the call itself holds.

        From Python 3.14 on the caller has another one among its temporary values.
        """
        return (
            node.type == "tuple"
            and {edge.target._id for edge in node.referents} == self._asked
            and all(
                edge.source in self._owners and edge.name == _TEMPORARY_VALUE
                for edge in node.referrers
            )
        )

    def _is_our_cell(self, chain: Chain) -> bool:
        """Whether a chain is a variable of the function that asks, which a closure may share."""
        edges = chain.edges
        return (
            len(edges) > 1 and edges[-1].source.type == "cell" and edges[-2].source in self._owners
        )

    def _is_held_by_caller_alone(self, node: Node) -> bool:
        """Whether it would go with the variables of the function that asks."""
        edges = []
        for edge in node.referrers:
            if edge.source in self._owners or self._is_arguments(edge.source):
                edges.append(edge)
            elif edge.source.type == "cell":
                edges += [e for e in edge.source.referrers if e.source in self._owners]
        return bool(edges) and node in list(self._snapshot.what_if(edges).nodes)

    def _of_others(self, chains: list[Chain]) -> list[Chain]:
        """Those that are not ours; of a variable that closures share, the chains to these."""
        found: list[Chain] = []
        for chain in chains:
            if self._is_our_cell(chain):
                cell = chain.edges[-1].source
                found += [c for c in cell.why_alive(_CHAINS) if not self._is_ours(c)]
            elif not self._is_ours(chain):
                found.append(chain)
        return found

    def _text(self, node: Node, chains: list[Chain]) -> str:
        lines = [f"{node._label()} is still alive. It is held by"]
        lines += chain_lines(chains)
        local = [
            chain
            for chain in chains
            if chain.edges and (self._is_ours(chain) or self._is_our_cell(chain))
        ]
        if local:
            variable = local[0].edges[-1 if self._is_ours(local[0]) else -2]
            name = variable.name.rpartition(" ")[2] or "…"
            lines.append(f"The test itself holds it, by a variable of its own: del {name} first.")
        lines += hints(chain for chain in chains if chain not in local)
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
