"""What has grown between two snapshots: by type, by place, by owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from .arguments import checked_flag, checked_number, checked_position, checked_seconds
from .display import Displayed
from .growth_point import GrowthPoint
from .growth_rows import OwnerGrowth, PlaceGrowth, Round, TypeGrowth
from .node import Node
from .nodes import Nodes
from .table import Column, Table
from .words import (
    bytes_text,
    count_text,
    number_text,
    only_text,
    signed_bytes_text,
    signed_number_text,
    wrapped_text,
)

if TYPE_CHECKING:
    from . import _core
    from .files import Path
    from .growth_suspects import GrowthSuspect
    from .snapshot import Snapshot
    from .suspects import Suspects

__all__ = ["Growth", "growth_of"]

_LISTED = 10  # rows of a summary


class Growth(Displayed, Sequence[GrowthPoint]):
    """What has changed between two snapshots of one process. ``print()`` it.

    A sequence of the places where objects came or went, steady growth first: what is replaced all
    the time comes behind what only grows.

    The places' deltas add up to `delta` and `delta_size`.

    An object is taken for the same where address and type are, its text, items that cannot change,
    and a generation that is not younger; and where of its neighbours (what it refers to, but for
    what many refer to, and what refers to it) one at least is the same. What that cannot tell: an
    object that died, and one of the same type that was born in its place, is as old by now, and is
    held by the same object or holds the same; nor an object and its list, both in the places of two
    such, which speak for each other. They are then neither born nor died, and the sums are
    right all the same. What was moved to another holder and refers to nothing known counts as new;
    so does, before CPython 3.14, a dict that was emptied, collected and filled again.
    """

    __slots__ = ("_found", "_wider", "after", "before", "rounds", "steady")

    #: The earlier snapshot, and the later one.
    before: Snapshot
    after: Snapshot
    #: How many rounds of a tracker lie between them, and what grew in each, by `GrowthPoint.id`.
    rounds: int
    steady: Mapping[str, Round]

    def __init__(
        self,
        before: Snapshot,
        after: Snapshot,
        rounds: int = 1,
        steady: Mapping[str, Round] | None = None,
        wider: Mapping[str, Round] | None = None,
    ) -> None:
        self.before = before
        self.after = after
        self.rounds = rounds
        self.steady = steady or {}
        self._wider = wider or {}  # by text: see `wider_places`
        self._found: _core.Growth = after._graph.growth(before._graph)

    # -- sums ------------------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """The time between the two captures."""
        return self.after._captured_at - self.before._captured_at

    @property
    def delta(self) -> int:
        """Objects more than before."""
        sums = self._found.sums()
        return sums[2] - sums[0]

    @property
    def delta_size(self) -> int:
        """Bytes more than before: of all objects, refgraph's own left out."""
        sums = self._found.sums()
        return sums[3] - sums[1]

    # -- tables ----------------------------------------------------------------------------------

    def types(self, *, limit: int | None = 20) -> Table[TypeGrowth]:
        """How each type has changed, the most bytes more first."""
        rows = [self._type_row(row) for row in self._found.types()]
        return Table(
            self._headline(),
            (
                Column("Δ size", signed_bytes_text, is_number=True),
                Column("Δ count", signed_number_text, is_number=True),
                Column("size", bytes_text, is_number=True),
                Column("count", number_text, is_number=True),
                Column("born", number_text, is_number=True),
                Column("died", number_text, is_number=True),
                Column("type", is_type=True),
                Column("gained by"),
            ),
            [row for row in rows if row.born or row.died or row.delta_size],
            limit,
            row=TypeGrowth,
        )

    def places(self, *, limit: int | None = 20) -> Table[PlaceGrowth]:
        """Where objects came and went, in the order of the sequence itself."""
        rows = [PlaceGrowth(p.delta_size, p.delta, p.gained, p.lost, p.type, p.text) for p in self]
        return Table(
            self._headline(),
            (
                Column("Δ size", signed_bytes_text, is_number=True),
                Column("Δ count", signed_number_text, is_number=True),
                Column("gained", number_text, is_number=True),
                Column("lost", number_text, is_number=True),
                Column("type", is_type=True),
                Column("place"),
            ),
            rows,
            limit,
            row=PlaceGrowth,
        )

    def owners(self, *, limit: int | None = 20) -> Table[OwnerGrowth]:
        """How much more each owner has, most bytes first; the rows add up to the growth."""
        sums: dict[str, list[int]] = {}
        for snapshot, sign in ((self.before, -1), (self.after, 1)):
            for owner in snapshot.retained(by="owner"):
                row = sums.setdefault(owner.owner, [0, 0, 0, 0])
                row[0] += sign * owner.size
                row[1] += sign * owner.count
                if sign > 0:
                    row[2] += owner.size
                    row[3] += owner.count
        rows = [OwnerGrowth(row[0], row[1], row[2], row[3], name) for name, row in sums.items()]
        rows.sort(key=lambda row: (-row.delta_size, -row.delta, row.owner))
        return Table(
            self._headline(),
            (
                Column("Δ size", signed_bytes_text, is_number=True),
                Column("Δ count", signed_number_text, is_number=True),
                Column("size", bytes_text, is_number=True),
                Column("count", number_text, is_number=True),
                Column("owner"),
            ),
            rows,
            limit,
            row=OwnerGrowth,
        )

    def suspects(self, *, limit: int = 3) -> Suspects[GrowthSuspect]:
        """The places that are most likely leaks, in words that can be pasted into a ticket.

        A suspect gained more than a hundredth of what has grown, and than 1 KiB, and lost at most
        half of what it gained; or it has grown in every round of a tracker: such places come first.
        Where there is none, but most of what is at some place is replaced all the time and more is
        there than before, that place is told, and that it is one of those. What is garbage by now
        and the modules that were imported are told last, each as one.

        Args:
            limit: how many are told.

        Raises:
            TypeError: `limit` is no int.
            ValueError: it is below 1.
        """
        from .growth_suspects import growth_suspects_of

        return growth_suspects_of(self, limit)

    def lasting(self, later: Snapshot) -> Nodes:
        """What is new in `after` and still there in a later snapshot: (after - before) ∩ later.

        What a span of time has left for good; objects of `later`, by ascending address.

        Raises:
            TypeError: `later` is no snapshot.
            ValueError: it was captured before `after`.
        """
        if not isinstance(later, type(self.after)):
            raise TypeError(f"later must be a Snapshot, not '{type(later).__name__}'")
        if later._captured_at < self.after._captured_at:
            raise ValueError("later must have been captured after the two snapshots compared")
        return Nodes(later, later._graph.lasting(self.before._graph, self.after._graph))

    # -- pictures --------------------------------------------------------------------------------

    def render(
        self,
        directory: Path,
        *,
        top: int = 10,
        exclude: Iterable[str] = (),
        max_count: int | None = None,
        formats: Iterable[str] = ("svg",),
        isolate: bool = True,
        deadline: float = 30.0,
        progress: bool | None = None,
    ) -> None:
        """Write index.html, report.txt, report.json and pictures of what grew into a directory.

        For each of the first growing types, a new object stands for the others, where most of them
        are (`TypeGrowth.example`): what refers to it, what it refers to, and why it is alive, in
        words. index.html opens from disk and needs no other file. What cannot be drawn is told
        there, and the rest is there.

        The directory appears whole or not at all: it must be new, empty, or one that this method
        has written, which is then replaced in one step.

        Args:
            directory: where to; its parent must exist.
            top: how many types, those with the most bytes more.
            exclude: types that are left out: shell patterns of names, such as ``"app.log.*"``.
            max_count: leave out types of which there are more objects than that: ``str``, ``tuple``
                and ``dict`` often say little.
            formats: suffixes of pictures: "svg", "png", "pdf", "dot". The page shows SVG, or else
                PNG; without any it has words alone, and Graphviz is not needed.
            isolate, deadline: as in `Node.backrefs`, for each picture.
            progress: show a bar on stderr; by default where that is a terminal and tqdm is
                installed.

        Raises:
            ImportError: Graphviz's libraries are missing, or tqdm where `progress` asks for it
                (``pip install 'refgraph[progress]'``).
            OSError: the directory cannot be written, or holds files of others (FileExistsError).
            RenderError: an unknown format.
            TypeError, ValueError: an argument is not what it must be.
        """
        from .growth_files import write_growth

        write_growth(
            self,
            directory,
            top=checked_number("top", top),
            exclude=exclude,
            max_count=None if max_count is None else checked_number("max_count", max_count),
            formats=formats,
            isolate=checked_flag("isolate", isolate),
            deadline=checked_seconds("deadline", deadline),
            progress=None if progress is None else checked_flag("progress", progress),
        )

    # -- a sequence ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> GrowthPoint: ...
    @overload
    def __getitem__(self, index: slice) -> list[GrowthPoint]: ...
    def __getitem__(self, index: int | slice) -> GrowthPoint | list[GrowthPoint]:
        if isinstance(index, slice):
            return [GrowthPoint(self, i) for i in range(len(self))[index]]
        return GrowthPoint(self, checked_position(index, len(self), only_text(len(self), "place")))

    # -- words -----------------------------------------------------------------------------------

    def text(self, limit: int = _LISTED) -> str:
        """The answer, with at most `limit` types."""
        from .growth_suspects import wrapped_lines

        text = self._types_text(limit)
        for suspect in self.suspects(limit=1):
            first, *rest = suspect.text.split("\n")
            start = "Likely leak: " if suspect.is_steady else "Most growth: "
            text += f"\n\n{wrapped_text(first, start, '  ')}\n{wrapped_lines(rest, '  ')}".rstrip()
        return text

    def _types_text(self, limit: int) -> str:
        grown = self._grown(limit)
        return str(grown) if len(grown) else f"{self._headline()}\n\nNo type has grown."

    def _grown(self, limit: int) -> Table[TypeGrowth]:
        """The types that have grown; `limit` of them are shown."""
        types = self.types()
        grown = [row for row in types if row.is_growing]
        return Table(self._headline(), types.columns, grown, limit, row=TypeGrowth)

    def _headline(self) -> str:
        more = count_text(abs(self.delta), "object")
        sign = "more" if self.delta >= 0 else "fewer"
        steady = ""
        if self.rounds > 1:
            places = count_text(len(self.steady), "place")
            steady = f"; {places} grew in every one of {self.rounds} rounds"
        return (
            f"{signed_bytes_text(self.delta_size)} in {_seconds_text(self.seconds)} "
            f"({more} {sign}{steady})"
        )

    def _type_row(self, row: _core.TypeRow) -> TypeGrowth:
        before, now, count_before, size_before, count, size, born, died, example, point = row
        return TypeGrowth(
            size - size_before,
            count - count_before,
            size,
            count,
            born,
            died,
            self._type_text(before, now if count or before is None else None),
            "" if point is None else self._found.point(point)[0],
            None if example is None else Node(self.after, example),
        )

    def _type_text(self, before: int | None, now: int | None) -> str:
        if now is not None:
            return self.after._types()[now].text
        return self.before._types()[before or 0].text

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Growth: {self._headline()}>"

    def _repr_html_(self) -> str:
        from .notebook import growth_html

        return growth_html(self)


def _seconds_text(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def growth_of(after: Snapshot, since: Snapshot) -> Growth:
    """What `Snapshot.growth` describes, its argument checked."""
    from .origin import check_comparable
    from .snapshot import Snapshot

    if not isinstance(since, Snapshot):
        raise TypeError(f"since must be an earlier Snapshot, not '{type(since).__name__}'")
    if since._captured_at > after._captured_at:
        raise ValueError("since must be the earlier snapshot: after.growth(since=before)")
    check_comparable(since, after)
    return Growth(since, after)
