"""One reference cycle: its members, its fate, its shortest path, and the references to cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from .arguments import checked_flag, checked_number, checked_position, checked_seconds
from .display import Displayed
from .node import Edge, Node, edges_of
from .nodes import Nodes
from .type_rows import TypeRow, types_table
from .words import count_text, only_text, shortened

if TYPE_CHECKING:
    from . import _core
    from .chains import Chains
    from .drawing import Drawing
    from .snapshot import Snapshot
    from .table import Table

__all__ = ["FLAGS", "Cut", "Cycle", "CyclePath", "Finalizer", "generations_of"]

#: Flags of the C library, by the attribute of a cycle that says the same.
FLAGS = {
    "isolated": 1 << 0,
    "cross_generation": 1 << 1,
    "finalizers": 1 << 2,
    "resurrected": 1 << 7,
    "frozen": 1 << 8,
    "in_use": 1 << 11,
    "of_class": 1 << 12,
}
_NO_COLLECTION = 4
_NAME = 60  # characters of a type in a title


def generations_of(bits: int) -> tuple[int, ...]:
    """The generations whose bits are set, ascending."""
    return tuple(g for g in range(4) if bits >> g & 1)


class Finalizer(NamedTuple):
    """Why freeing an object runs code, or fails.

    `kind` is one of

    - "__del__": its class has one, written in Python; `has_run`: it ran already, the object was
      resurrected, and it will not run again;
    - "suspended in try": a generator or coroutine that stopped inside ``try`` or ``with``;
    - "tp_del": a finalizer of C's old protocol: the collector frees no cycle with one, and puts the
      object into ``gc.garbage``;
    - "weakref callback": a weak reference to it, which is not garbage itself, has one. Those of
      `weakref`'s own containers, which only drop an entry, do not count.
    """

    node: Node
    kind: str
    has_run: bool


class _Edges(Displayed, Sequence[Edge]):
    """Some references, and a line that says which."""

    __slots__ = ("_edges", "_text")

    def __init__(self, edges: list[Edge], text: str) -> None:
        self._edges = edges
        self._text = text

    def __len__(self) -> int:
        return len(self._edges)

    @overload
    def __getitem__(self, index: int) -> Edge: ...
    @overload
    def __getitem__(self, index: slice) -> list[Edge]: ...
    def __getitem__(self, index: int | slice) -> Edge | list[Edge]:
        if isinstance(index, slice):
            return self._edges[index]
        return self._edges[checked_position(index, len(self), only_text(len(self), "reference"))]

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


class CyclePath(_Edges):
    """One shortest cycle: references, each from where the one before leads; ``str()`` is a line."""

    __slots__ = ("is_shortest",)

    #: False where the search was given up: a shorter one may exist.
    is_shortest: bool

    def __init__(self, edges: list[Edge], text: str, is_shortest: bool) -> None:
        super().__init__(edges, text)
        self.is_shortest = is_shortest


class Cut(_Edges):
    """The references to cut, so that reference counting alone frees a cycle's members.

    References that lead back are preferred: one, or all of one shape (every ``Node.parent``); then
    other attributes likewise, then any one, two, or the smallest set that was found. Empty where
    nothing can be cut. ``str()`` says which.
    """

    __slots__ = ("advice", "is_bounded", "is_enough", "leaves_cycle")

    #: How, in code: ``weakref.ref(…)``, ``del err``, …
    advice: str
    #: Whether no cycle is left without them, but what nobody can cut (a class's own).
    is_enough: bool
    #: Whether the search for fewer was given up: the cycle has too many references.
    is_bounded: bool
    #: Whether one is left that nobody can cut, of a class and its functions, a tuple or a module in
    #: itself: members that it holds wait for the collector.
    leaves_cycle: bool

    def __init__(
        self,
        edges: list[Edge],
        text: str,
        advice: str,
        is_enough: bool,
        is_bounded: bool,
        leaves_cycle: bool,
    ) -> None:
        super().__init__(edges, text)
        self.advice = advice
        self.is_enough = is_enough
        self.is_bounded = is_bounded
        self.leaves_cycle = leaves_cycle


class Cycle(Displayed):
    """The objects of one cycle: each is reached from each of the others."""

    __slots__ = (
        "_cycles",
        "_flags",
        "_freed_by",
        "_generations",
        "_index",
        "_kept",
        "_snapshot",
        "size",
        "verdict",
    )

    #: What becomes of it: "isolated", "isolated, cross-generation", "with a finalizer",
    #: "gc is off", "frozen", "held from outside the heap" or "in use"; `fate` says it in words.
    verdict: str
    #: The sum of its members' own sizes, in bytes.
    size: int

    def __init__(self, snapshot: Snapshot, cycles: _core.Cycles, index: int) -> None:
        self._snapshot = snapshot
        self._cycles = cycles
        self._index = index
        row = cycles.cycle(index)
        self._flags = row[2]
        self.verdict = row[3]
        self._generations, self._freed_by = row[4], row[5]
        self.size = row[6]
        self._kept = row[7], row[8]

    @property
    def members(self) -> Nodes:
        """Its objects, by ascending address."""
        return Nodes(self._snapshot, self._cycles.members(self._index))

    @property
    def types(self) -> Table[TypeRow]:
        """Its members by type."""
        types = self._snapshot._types()
        return types_table(
            [
                TypeRow(types[i].text, count, size, largest)
                for i, count, size, largest in self._cycles.types(self._index)
            ],
            None,
        )

    # -- its fate --------------------------------------------------------------------------------

    @property
    def isolated(self) -> bool:
        """Whether it is garbage that a full collection frees."""
        return bool(self._flags & FLAGS["isolated"])

    @property
    def cross_generation(self) -> bool:
        """Whether it is garbage, but a collection of its youngest generation cannot free it."""
        return bool(self._flags & FLAGS["cross_generation"])

    @property
    def in_use(self) -> bool:
        """Whether a root reaches it."""
        return bool(self._flags & FLAGS["in_use"])

    @property
    def frozen(self) -> bool:
        """Whether ``gc.freeze()`` has put it, or garbage that holds it, aside."""
        return bool(self._flags & FLAGS["frozen"])

    @property
    def resurrected(self) -> bool:
        """Whether the ``__del__`` of a member has run already: it will not run again."""
        return bool(self._flags & FLAGS["resurrected"])

    @property
    def generations(self) -> tuple[int, ...]:
        """The generations that its members are in, ascending; 3 is the permanent one."""
        return generations_of(self._generations)

    @property
    def freed_by(self) -> int | None:
        """The youngest collection, ``gc.collect(0)`` to ``(2)``, that frees it; None: none does."""
        return None if self._freed_by == _NO_COLLECTION else self._freed_by

    def survives(self, generation: int) -> bool:
        """Whether it would still be there after ``gc.collect(generation)``.

        Raises:
            ValueError: the generation is none of 0, 1 and 2.
        """
        if generation not in (0, 1, 2):
            raise ValueError(f"generation must be 0, 1 or 2, not {generation!r}")
        return self._freed_by > generation

    @property
    def fate(self) -> str:
        """What becomes of it, why, and what it would need, in a sentence or more."""
        return self._cycles.fate(self._index)

    @property
    def finalizers(self) -> list[Finalizer]:
        """What makes freeing it run code, or fail, by ascending address."""
        return [
            Finalizer(Node(self._snapshot, node), kind, has_run)
            for node, kind, has_run in self._cycles.finalizers(self._index)
        ]

    # -- what to do ------------------------------------------------------------------------------

    @property
    def path(self) -> CyclePath:
        """One shortest cycle through its members."""
        edges, text, is_shortest = self._cycles.path(self._index)
        return CyclePath(edges_of(self._snapshot, edges), text, is_shortest)

    @property
    def cut(self) -> Cut:
        """The references to cut. Found anew each time it is asked for."""
        edges, text, advice, enough, bounded, leaves = self._cycles.cut(self._index)
        return Cut(edges_of(self._snapshot, edges), text, advice, enough, bounded, leaves)

    def why_alive(self, limit: int = 5) -> Chains:
        """What holds it: the chains to the member that is nearest to a root."""
        return Node(self._snapshot, self._cycles.nearest(self._index)).why_alive(limit)

    # -- what goes with it -----------------------------------------------------------------------

    @property
    def reachable_only(self) -> Nodes:
        """What only it reaches, beside its members, and goes with it. A pass over the heap."""
        return Nodes(self._snapshot, self._cycles.kept(self._index))

    @property
    def reachable_only_count(self) -> int:
        """How many objects those are."""
        return self._kept[0]

    @property
    def reachable_only_size(self) -> int:
        """The sum of their sizes, in bytes."""
        return self._kept[1]

    # -- pictures and words ----------------------------------------------------------------------

    def drawing(
        self,
        *,
        max_nodes: int = 40,
        legend: bool = True,
        isolate: bool = True,
        deadline: float = 30.0,
    ) -> Drawing:
        """A picture of it: the shortest cycle strong, what to cut dashed and marked.

        Args:
            max_nodes: members shown; those of the shortest cycle and of the cut come first.
            legend, isolate, deadline: as in `Node.backrefs`.

        Raises:
            ImportError: Graphviz's libraries are missing.
            TypeError: a number is none.
            ValueError: a number below 1.
        """
        from .drawing import Drawing, require_graphviz

        require_graphviz()
        max_nodes = checked_number("max_nodes", max_nodes)
        deadline = checked_seconds("deadline", deadline)
        checked_flag("legend", legend)
        checked_flag("isolate", isolate)
        sub, path, cut = self._cycles.picture(self._index, max_nodes)
        objects = count_text(self._cycles.cycle(self._index)[0], "object")
        return Drawing(
            self._snapshot._graph,
            sub,
            chains=None,
            cycle=path,
            cut=cut,
            show_collector=True,
            title=(
                f"{shortened(self.path[0].source.type, _NAME)} · cycle of {objects} · "
                f"{self.verdict} · captured {self._snapshot._time_text('%Y-%m-%d %H:%M:%S')}"
            ),
            max_nodes=max_nodes,
            legend=legend,
            deadline=deadline if isolate else None,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cycle):
            return NotImplemented
        return self.members[0] == other.members[0] and len(self.members) == len(other.members)

    def __hash__(self) -> int:
        return hash(self.members[0])

    def __str__(self) -> str:
        cut = self.cut
        lines = [f"{self.path}", f"   {self.fate}", f"   Cut: {cut}"]
        return "\n".join([*lines, f"        {cut.advice}"] if cut.advice else lines)

    def __repr__(self) -> str:
        return f"<Cycle of {count_text(len(self.members), 'object')}, {self.verdict}: {self.path}>"

    def _repr_html_(self) -> str:
        from .notebook import cycle_html

        return cycle_html(self)
