"""The cycles of a heap by shape: which survive, why, and what to cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, overload

from .arguments import checked_flag, checked_number, checked_position, checked_seconds
from .cycle import FLAGS, Cycle, generations_of
from .display import Displayed
from .nodes import Nodes
from .words import only_text

if TYPE_CHECKING:
    from . import _core
    from .files import Path
    from .snapshot import Snapshot

__all__ = ["CycleGroup", "CycleReport", "report_of"]


class CycleGroup(Displayed, Sequence[Cycle]):
    """Cycles of one shape: types, names and verdict are the same, positions and keys may differ.

    Which functions, frames, classes and modules are in them is the same too.

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
        return generations_of(self._generations)

    @property
    def in_use(self) -> bool:
        """Whether a root reaches them."""
        return bool(self._flags & FLAGS["in_use"])

    @property
    def of_class(self) -> bool:
        """Whether they are classes and their own functions, as every heap has them."""
        return bool(self._flags & FLAGS["of_class"])

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
        position = checked_position(index, self._length, only_text(self._length, "cycle"))
        return Cycle(self._snapshot, self._cycles, self._first + position)

    def __str__(self) -> str:
        return f"{self._length:,} × {self.example}"

    def __repr__(self) -> str:
        return f"<CycleGroup: {self._length:,} × {self.example.path}, {self.verdict}>"

    def _repr_html_(self) -> str:
        from .notebook import cycle_group_html

        return cycle_group_html(self)


class CycleReport(Displayed, Sequence[Cycle]):
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
        """What a full collection finds: the isolated cycles, and what they reach and it can see."""
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
        position = checked_position(index, len(self), only_text(len(self), "cycle"))
        return Cycle(self._snapshot, self._cycles, position)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<CycleReport: {' '.join(self._headline().split())}>"

    def _repr_html_(self) -> str:
        from .notebook import cycle_report_html

        return cycle_report_html(self)

    def _headline(self) -> str:
        return self._cycles.report(1).split("\n\n", 1)[0]


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
            with_flags |= FLAGS[name]
        else:
            without_flags |= FLAGS[name]
    cycles = snapshot._graph.cycles(assume_enabled)
    if with_flags or without_flags or types is not None or known:
        cycles = cycles.select(with_flags, without_flags, types, known)
    return CycleReport(snapshot, cycles)
