"""Reference cycles: which survive, why, and which reference to cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from .arguments import checked_flag, checked_number, checked_position, checked_seconds
from .node import Edge, Node, Nodes, edges_of
from .snapshot import TypeRow, types_table
from .words import count_text, shortened

if TYPE_CHECKING:
    from . import _core
    from .chains import Chains
    from .drawing import Drawing
    from .files import Path
    from .snapshot import Snapshot
    from .table import Table

__all__ = [
    "Cut",
    "Cycle",
    "CycleGroup",
    "CyclePath",
    "CycleReport",
    "Finalizer",
    "report_of",
]

# flags of the C library
_ISOLATED, _CROSS_GENERATION, _FINALIZER = (1 << bit for bit in range(3))
_FINALIZED, _FROZEN = 1 << 7, 1 << 8
IN_USE = 1 << 11
_OF_CLASS = 1 << 12
_FILTERS = {
    "isolated": _ISOLATED,
    "finalizers": _FINALIZER,
    "cross_generation": _CROSS_GENERATION,
    "in_use": IN_USE,
}
_NO_COLLECTION = 4
_NAME = 60  # characters of a type in a title


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


def _only(count: int, noun: str) -> str:
    """``there are only 3 cycles``."""
    if not count:
        return f"there are no {noun}s"
    return f"there {'is' if count == 1 else 'are'} only {count_text(count, noun)}"


class _Edges(Sequence[Edge]):
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
        return self._edges[checked_position(index, len(self), _only(len(self), "reference"))]

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
    one other reference that is enough, then the smallest set that was found. Empty where nothing
    can be cut. ``str()`` says which.
    """

    __slots__ = ("advice", "is_bounded", "is_enough")

    #: How, in code: ``weakref.ref(…)``, ``del err``, …
    advice: str
    #: Whether no cycle is left without them, but what nobody can cut (a class's own).
    is_enough: bool
    #: Whether the search for fewer was given up: the cycle has too many references.
    is_bounded: bool

    def __init__(
        self, edges: list[Edge], text: str, advice: str, is_enough: bool, is_bounded: bool
    ) -> None:
        super().__init__(edges, text)
        self.advice = advice
        self.is_enough = is_enough
        self.is_bounded = is_bounded


class Cycle:
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
        return bool(self._flags & _ISOLATED)

    @property
    def cross_generation(self) -> bool:
        """Whether it is garbage, but a collection of its youngest generation cannot free it."""
        return bool(self._flags & _CROSS_GENERATION)

    @property
    def in_use(self) -> bool:
        """Whether a root reaches it."""
        return bool(self._flags & IN_USE)

    @property
    def frozen(self) -> bool:
        """Whether ``gc.freeze()`` has put it, or garbage that holds it, aside."""
        return bool(self._flags & _FROZEN)

    @property
    def resurrected(self) -> bool:
        """Whether the ``__del__`` of a member has run already: it will not run again."""
        return bool(self._flags & _FINALIZED)

    @property
    def generations(self) -> tuple[int, ...]:
        """The generations that its members are in, ascending; 3 is the permanent one."""
        return tuple(g for g in range(4) if self._generations >> g & 1)

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
        edges, text, advice, is_enough, is_bounded = self._cycles.cut(self._index)
        return Cut(edges_of(self._snapshot, edges), text, advice, is_enough, is_bounded)

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
                f"{self.verdict} · captured {self._snapshot.captured_at:%Y-%m-%d %H:%M:%S}"
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


class CycleGroup(Sequence[Cycle]):
    """Cycles of one shape: types, names and verdict are the same, positions and keys may differ.

    Sums are over all of them.
    """

    __slots__ = (
        "_cycles",
        "_first",
        "_flags",
        "_generations",
        "_length",
        "_snapshot",
        "object_count",
        "reachable_only_count",
        "reachable_only_size",
        "size",
        "verdict",
    )

    #: What becomes of them.
    verdict: str
    #: How many members they have.
    object_count: int
    #: The sum of their members' sizes, in bytes.
    size: int
    #: How many objects only one of them reaches, and the sum of their sizes in bytes.
    reachable_only_count: int
    reachable_only_size: int

    def __init__(self, snapshot: Snapshot, cycles: _core.Cycles, index: int) -> None:
        self._snapshot = snapshot
        self._cycles = cycles
        self._first, self._length, self.verdict, *rest = cycles.group(index)
        self._flags, self._generations, self.object_count, self.size = rest[:4]
        self.reachable_only_count, self.reachable_only_size = rest[4:]

    @property
    def count(self) -> int:  # type: ignore[override]  # over Sequence.count
        """How many cycles there are."""
        return self._length

    @property
    def example(self) -> Cycle:
        """The one with the fewest members."""
        return Cycle(self._snapshot, self._cycles, self._first)

    @property
    def generations(self) -> tuple[int, ...]:
        """The generations that members are in, ascending; 3 is the permanent one."""
        return tuple(g for g in range(4) if self._generations >> g & 1)

    @property
    def of_class(self) -> bool:
        """Whether they are classes and their own functions, as every heap has them."""
        return bool(self._flags & _OF_CLASS)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Cycle: ...
    @overload
    def __getitem__(self, index: slice) -> list[Cycle]: ...
    def __getitem__(self, index: int | slice) -> Cycle | list[Cycle]:
        if isinstance(index, slice):
            positions = range(self._first, self._first + self._length)[index]
            return [Cycle(self._snapshot, self._cycles, position) for position in positions]
        position = checked_position(index, self._length, _only(self._length, "cycle"))
        return Cycle(self._snapshot, self._cycles, self._first + position)

    def __repr__(self) -> str:
        return f"<CycleGroup: {self._length:,} × {self.example.path}, {self.verdict}>"


class CycleReport(Sequence[Cycle]):
    """The cycles of a heap, by group, the worst fate first. ``print()`` it."""

    __slots__ = ("_cycles", "_snapshot")

    def __init__(self, snapshot: Snapshot, cycles: _core.Cycles) -> None:
        self._snapshot = snapshot
        self._cycles = cycles

    @property
    def groups(self) -> list[CycleGroup]:
        """Cycles of equal shape, worst verdict first, then the most memory."""
        return [
            CycleGroup(self._snapshot, self._cycles, i) for i in range(self._cycles.group_count)
        ]

    @property
    def garbage(self) -> Nodes:
        """What a full collection frees of them: the isolated cycles, and all that they reach."""
        return Nodes(self._snapshot, self._cycles.garbage())

    @property
    def garbage_size(self) -> int:
        """The sum of their sizes, in bytes."""
        return self._cycles.garbage_size

    def text(self, limit: int = 10) -> str:
        """The report with at most `limit` groups of each verdict."""
        return self._cycles.report(checked_number("limit", limit))

    def render(
        self,
        directory: Path,
        *,
        limit: int = 20,
        formats: Sequence[str] = ("svg",),
        isolate: bool = True,
        deadline: float = 30.0,
    ) -> None:
        """Write report.txt, report.json and a picture of each group's example into a directory.

        The directory appears whole or not at all: it must be new, empty, or one that this method
        has written, which is then replaced in one step. Where a picture cannot be drawn, the report
        says why, and the others are there.

        Args:
            directory: where to; its parent must exist.
            limit: groups that get a picture, the first ones; classes in use with their own
                functions, which every heap is full of, get none.
            formats: suffixes of pictures: "svg", "png", "pdf", "dot".
            isolate, deadline: as in `Node.backrefs`, for each picture.

        Raises:
            ImportError: Graphviz's libraries are missing.
            OSError: the directory cannot be written, or holds files of others (FileExistsError).
            RenderError: an unknown format.
            TypeError, ValueError: an argument is not what it must be.
        """
        from .cycle_files import write_report

        write_report(
            self,
            directory,
            limit=checked_number("limit", limit),
            formats=formats,
            isolate=checked_flag("isolate", isolate),
            deadline=checked_seconds("deadline", deadline),
        )

    def __len__(self) -> int:
        return len(self._cycles)

    @overload
    def __getitem__(self, index: int) -> Cycle: ...
    @overload
    def __getitem__(self, index: slice) -> list[Cycle]: ...
    def __getitem__(self, index: int | slice) -> Cycle | list[Cycle]:
        if isinstance(index, slice):
            positions = range(len(self))[index]
            return [Cycle(self._snapshot, self._cycles, position) for position in positions]
        position = checked_position(index, len(self), _only(len(self), "cycle"))
        return Cycle(self._snapshot, self._cycles, position)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        headline = self._cycles.report(1).split("\n\n", 1)[0]
        return f"<CycleReport: {' '.join(headline.split())}>"


def report_of(
    snapshot: Snapshot,
    wanted: Mapping[str, bool | None],
    types: Sequence[int] | None,
    known: Sequence[int] | None = None,
    *,
    assume_enabled: bool = False,
) -> CycleReport:
    """The report of a snapshot, or what filters leave of it.

    `known` are the ids of nodes, ascending: cycles of these alone are left out. `assume_enabled`
    judges as if the collector were on.
    """
    with_flags = without_flags = 0
    for name, value in wanted.items():
        if value is None:
            continue
        if checked_flag(name, value):
            with_flags |= _FILTERS[name]
        else:
            without_flags |= _FILTERS[name]
    cycles = snapshot._graph.cycles(assume_enabled)
    if with_flags or without_flags or types is not None or known:
        cycles = cycles.select(with_flags, without_flags, types, known)
    return CycleReport(snapshot, cycles)
