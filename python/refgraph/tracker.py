"""Growth over many rounds: a mark once a request, then what grew in every one."""

from __future__ import annotations

import contextlib
import os
from array import array
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from .arguments import checked_choice, checked_flag, checked_number
from .capturing import capture
from .display import Previewed
from .growth import Growth
from .growth_point import GrowthPoint, wider_places
from .growth_rows import Round, SteadyPlace, SteadyType
from .snapshot import Snapshot
from .table import Column, Table
from .words import (
    count_text,
    number_text,
    signed_bytes_text,
    signed_number_text,
    wrapped_text,
)

if TYPE_CHECKING:
    from typing import TextIO

    from .files import Path
    from .growth_suspects import GrowthSuspect
    from .overview import Overview
    from .series import SeriesRow
    from .suspects import Suspects

__all__ = ["Tracker"]

_DELTAS = (
    Column("Δ size", signed_bytes_text, is_number=True),
    Column("Δ count", signed_number_text, is_number=True),
    Column("a round", lambda rate: f"{rate:+,.1f}", is_number=True),
)


class _Mark(NamedTuple):
    """What is kept of each snapshot."""

    at: float
    pid: int  # a tracker may be inherited by a child
    numbers: array[int]  # counts and bytes by number of the type's name


class Tracker(Previewed):
    """Marks of one process: what lies between the first and the last, and what grew each time.

        tracker = refgraph.Tracker()
        for request in requests:
            handle(request)
            tracker.mark()
        print(tracker.suspects())

    The first and the last snapshot are kept, of the others numbers and the places that grew in
    every round. All state is in the object. A tracker is for one thread at a time.

    What answers need is imported when a tracker is made, so that it has not grown since.
    """

    __slots__ = (
        "_collect",
        "_first",
        "_last",
        "_marks",
        "_names",
        "_places",
        "_printed",
        "_steady",
        "_wider",
        "_written",
    )

    def __init__(self, *, collect: bool = False) -> None:
        """`collect`: run ``gc.collect()`` before each mark; none is run otherwise.

        Raises:
            TypeError: `collect` is no bool.
        """
        _import_all()
        self._collect = checked_flag("collect", collect)
        self._first: Snapshot | None = None
        self._last: Snapshot | None = None
        self._names: dict[str, int] = {}  # of types, in the order in which they were met
        self._marks: list[_Mark] = []
        self._steady: dict[str, Round] = {}
        self._wider: dict[str, Round] = {}  # by text: what several places are part of
        self._places: dict[str, tuple[str, str]] = {}  # of those: text and type
        self._written = 0
        self._printed: Snapshot | None = None  # at the last print_diff

    @property
    def count(self) -> int:
        """How many marks there are."""
        return len(self._marks)

    @property
    def rounds(self) -> int:
        """How many rounds lie between them."""
        return max(len(self._marks) - 1, 0)

    def mark(self) -> Snapshot:
        """Capture the heap, and compare it with the last mark.

        Raises:
            CaptureError: as `capture`; there is no mark then.
        """
        snapshot = capture(collect=self._collect)
        if self._last is not None:
            self._narrow(Growth(self._last, snapshot))
        else:
            self._first = snapshot
        self._last = snapshot
        numbers = array("Q", bytes(16 * len(self._names)))
        for row in snapshot.types():
            position = 2 * self._names.setdefault(row.type, len(self._names))
            if position == len(numbers):
                numbers.extend((0, 0))
            numbers[position] += row.count
            numbers[position + 1] += row.size
        self._marks.append(_Mark(snapshot._captured_at, os.getpid(), numbers))
        return snapshot

    def _narrow(self, growth: Growth) -> None:
        """Keep those places that have grown in this round too."""
        grown: dict[str, Round] = {}
        wider: dict[str, Round] = {}
        largest: dict[str, GrowthPoint] = {}  # a place has a point for each type
        for point in growth:
            if point.delta_size <= 0:
                break  # those that have grown stand first
            _add(grown, point.id, point)
            for place in wider_places(point.text):
                _add(wider, place, point)
            first = largest.setdefault(point.id, point)
            if point.delta_size > first.delta_size:
                largest[point.id] = point
        if len(self._marks) > 1:
            grown = _both_of(self._steady, grown)
            wider = _both_of(self._wider, wider)
        self._steady = grown
        self._wider = wider
        self._places = {key: (largest[key].text, largest[key].type) for key in grown}

    def print_diff(self, *, limit: int | None = 20, file: TextIO | None = None) -> None:
        """Print what came and went, by type, since this was last called: objects and bytes.

        The first call compares with the first mark. Where there is none either, it prints what
        there is now, by type, and the next call compares with that.

        It captures the heap for itself: that is no mark, so that neither `steady` nor `growth` nor
        `to_csv` knows of it. The biggest change comes first, whether more or fewer. A snapshot is
        kept until the next call.

        Args:
            limit: how many types are printed (None: all).
            file: where to; ``sys.stdout`` by default.

        Raises:
            CaptureError: as `capture`.
            OSError: `file` could not be written. As after every error, nothing is lost: the next
                call compares with the last one that printed.
            TypeError: `limit` is no int, `file` has no ``write``.
            ValueError: `limit` is below 1.
        """
        if limit is not None:
            limit = checked_number("limit", limit)
        if file is not None and not hasattr(file, "write"):
            raise TypeError(f"file must be a text file, not '{type(file).__name__}'")
        before = self._printed or self._first
        now = capture(collect=self._collect)
        text = _changes_text(Growth(before, now), limit) if before else _beginning_text(now, limit)
        print(text, file=file)
        self._printed = now

    def growth(self) -> Growth:
        """What has changed from the first mark to the last.

        Raises:
            ValueError: there are fewer than two marks.
        """
        first, last = self._both()
        return Growth(first, last, self.rounds, self._steady, self._wider)

    def suspects(self, *, limit: int = 3) -> Suspects[GrowthSuspect]:
        """The places that are most likely leaks: first those that grew in every round.

        Raises:
            TypeError: `limit` is no int.
            ValueError: it is below 1, or there are fewer than two marks.
        """
        return self.growth().suspects(limit=limit)

    @overload
    def steady(
        self, by: Literal["type"] = "type", *, limit: int | None = 20
    ) -> Table[SteadyType]: ...
    @overload
    def steady(self, by: Literal["place"], *, limit: int | None = 20) -> Table[SteadyPlace]: ...
    def steady(
        self, by: str = "type", *, limit: int | None = 20
    ) -> Table[SteadyType] | Table[SteadyPlace]:
        """What there was more of after every round, with its rate a round, most bytes first.

        Args:
            by: "type", or "place": the reference of an object that was there before to new ones.
            limit: the number of rows that are printed; the table has all.

        Raises:
            TypeError: an argument is not of the type that it must be.
            ValueError: there are fewer than two marks; `by` or `limit` is not what it must be.
        """
        grouping = checked_choice("by", by, ("type", "place"))
        self._both()
        return self._steady_places(limit) if grouping else self._steady_types(limit)

    def _steady_places(self, limit: int | None) -> Table[SteadyPlace]:
        rows = []
        for key, (rounds, delta, size) in self._steady.items():
            place, type_ = self._places[key]
            rows.append(SteadyPlace(size, delta, delta / rounds, type_, place))
        rows.sort(key=lambda row: (-row.delta_size, -row.delta, row.place))
        return Table(
            f"{count_text(len(rows), 'place')} grew in every one of {self.rounds:,} rounds.",
            (*_DELTAS, Column("type", is_type=True), Column("place")),
            rows,
            limit,
            row=SteadyPlace,
        )

    def _steady_types(self, limit: int | None) -> Table[SteadyType]:
        rows = []
        for name, number in self._names.items():
            counts = [_at(mark.numbers, 2 * number) for mark in self._marks]
            if all(one < other for one, other in zip(counts, counts[1:])):
                delta = counts[-1] - counts[0]
                sizes = [_at(self._marks[i].numbers, 2 * number + 1) for i in (0, -1)]
                rows.append(
                    SteadyType(sizes[1] - sizes[0], delta, delta / self.rounds, counts[-1], name)
                )
        rows.sort(key=lambda row: (-row.delta_size, -row.delta, row.type))
        return Table(
            f"{len(rows):,} of {len(self._names):,} types grew in every one of "
            f"{self.rounds:,} rounds.",
            (*_DELTAS, Column("count", number_text, is_number=True), Column("type", is_type=True)),
            rows,
            limit,
            row=SteadyType,
        )

    def _both(self) -> tuple[Snapshot, Snapshot]:
        if self._first is None or self._last is None or self._first is self._last:
            raise ValueError(
                f"growth lies between two marks, and there {'is one' if self._last else 'is none'}:"
                " call mark() once more"
            )
        return self._first, self._last

    # -- over time -------------------------------------------------------------------------------

    def to_csv(self, path: Path) -> None:
        """Append the marks that this method has not written yet: a row per type and mark.

        The columns are time, pid, type, count and bytes. Several processes may append to one file;
        a child writes the marks that it made itself.

        Raises:
            OSError: of the fitting subclass; what was not written is written the next time.
        """
        from .series import append_csv

        marks = self._marks[self._written :]
        append_csv(path, self._rows([mark for mark in marks if mark.pid == os.getpid()]))
        self._written = len(self._marks)

    def plot(self, path: Path, *, top: int = 10, by: str = "bytes") -> None:
        """Draw the `top` types that grew most over time, as .svg or .png.

        Once there are all marks: what matplotlib brings, when it is imported here, has grown for
        those that come after.

        Raises:
            ImportError: matplotlib is not installed: ``pip install 'refgraph[plot]'``.
            ValueError: there is no mark.
        """
        from .series_plot import plot_series

        top = checked_number("top", top)
        if not self._marks:
            raise ValueError("there is nothing to draw yet: call mark() first")
        plot_series(self._rows(self._marks), path, top=top, by=by)

    def _rows(self, marks: list[_Mark]) -> list[SeriesRow]:
        import datetime

        from .series import SeriesRow

        names = list(self._names)
        return [
            SeriesRow(
                datetime.datetime.fromtimestamp(mark.at, datetime.timezone.utc),
                mark.pid,
                names[i],
                mark.numbers[2 * i],
                mark.numbers[2 * i + 1],
            )
            for mark in marks
            for i in range(len(mark.numbers) // 2)
        ]

    def __repr__(self) -> str:
        return f"<Tracker: {count_text(self.count, 'mark')}>"

    def _overview(self) -> Overview:
        from .overview import tracker_overview

        return tracker_overview(self)


def _import_all() -> None:
    """What to_csv, render and hostile names need: before the first mark, so that it has not grown.

    But for extras (matplotlib, tqdm): a program that draws nothing shall not pay for them.
    """
    import codecs
    import shutil  # noqa: F401 - for files.py

    from . import (  # noqa: F401
        cycle_files,
        growth_files,
        growth_page,
        notebook,
        overview,
        series,
        snapshot_suspects,
    )
    from .drawing import checked_formats
    from .files import rename_function

    for codec in ("unicode_escape", "utf-8-sig"):
        codecs.lookup(codec)
    rename_function()
    list(iter(memoryview(b"")))  # with the first its class becomes known (3.10)
    wrapped_text("")  # with its first instance a class gets a table of names
    with contextlib.suppress(ImportError):
        checked_formats([])  # an ABC notes of what classes it was asked
        checked_formats(("svg",))  # … and the module that draws


def _beginning_text(now: Snapshot, limit: int | None) -> str:
    return f"{now.types(limit=limit)}\nThe next call prints what has come and gone since this one."


def _changes_text(growth: Growth, limit: int | None) -> str:
    """The types of a growth, the biggest change first, more or fewer."""
    table = growth.types()
    if not table:
        return f"{table.headline}\n\nNo type has changed."
    rows = sorted(table, key=lambda row: (-abs(row.delta_size), -abs(row.delta), row.type))
    return str(Table(table.headline, table.columns, rows, limit))


def _add(rounds: dict[str, Round], key: str, point: GrowthPoint) -> None:
    known = rounds.get(key, Round(0, 0, 0))
    rounds[key] = Round(1, known.objects + point.delta, known.bytes + point.delta_size)


def _both_of(old: dict[str, Round], new: dict[str, Round]) -> dict[str, Round]:
    """Those that have grown before and now."""
    return {
        key: Round(known.rounds + 1, known.objects + new[key].objects, known.bytes + new[key].bytes)
        for key, known in old.items()
        if key in new
    }


def _at(numbers: array[int], position: int) -> int:
    """A number of a mark; 0 of a type that was met later."""
    return numbers[position] if position < len(numbers) else 0
