"""A picture of a time series: the types that grew most, drawn by matplotlib where it is installed.

Only figures of our own are made, without pyplot, which keeps every figure and chooses a backend for
the whole process.
"""

from __future__ import annotations

import bisect
import datetime
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, NamedTuple

from .arguments import checked_choice, checked_number
from .errors import RenderError
from .files import Path, whole_file
from .series import SeriesRow, read_csv
from .width import fitted
from .words import count_text, printable, signed_bytes_text, signed_number_text

__all__ = ["plot_series"]

_SUFFIXES = (".svg", ".png")
_NO_MATPLOTLIB = (
    "drawing a time series needs matplotlib: pip install 'refgraph[plot]'. "
    "The CSV and all other answers work without."
)
_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "bytes"))
_FEW = 40  # marks that are drawn as points too
_STYLES = ("-", "--", "-.", ":")  # with colours that are hard to tell apart, or in grey

_Time = datetime.datetime
_Source = Callable[[], Iterable[SeriesRow]]
_Measure = Callable[[SeriesRow], int]

_MEASURES: dict[str, _Measure] = {"bytes": lambda row: row.bytes, "count": lambda row: row.count}


class _Process(NamedTuple):
    """When a process made its marks."""

    marks: list[_Time]  # ascending
    until: _Time  # its last mark counts until then


class _Line(NamedTuple):
    """One type: what all processes had of it at each time, and how much they gained."""

    type: str
    growth: int
    values: list[int]


def plot_series(
    source: Path | Iterable[SeriesRow], path: Path, *, top: int = 10, by: str = "bytes"
) -> None:
    """Draw the types that grew most over time, in the format of the suffix: .svg or .png.

    Several processes are added up. Each counts from its first to its last mark, and then for as
    long as its longest pause between two; what it has no row of at a mark, it has none of. A type's
    growth is what processes had of it at their last marks less what they had at their first.
    Processes of several machines with one id cannot be told apart: give each machine its own file.

    Args:
        source: the rows, or the CSV that `append_csv` wrote.
        path: the picture; it appears whole or not at all.
        top: how many types; those that did not grow are drawn only if none did.
        by: "bytes" or "count".

    Raises:
        ImportError: matplotlib is not installed.
        OSError: a file cannot be read or written.
        RenderError: an unknown suffix.
        ValueError: there is no row, or the CSV is no time series.
    """
    top = checked_number("top", top)
    value_of = _MEASURES[tuple(_MEASURES)[checked_choice("by", by, tuple(_MEASURES))]]
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in _SUFFIXES:
        raise RenderError(
            f"cannot write a time series as '{suffix}'; use one of {' '.join(_SUFFIXES)}"
        )
    _require_matplotlib()
    with whole_file(path) as file:
        rows = _source_of(source)
        processes, ranking = _survey(rows, value_of)
        if not processes:
            raise ValueError("there is nothing to draw: the time series has no row")
        growing = [entry for entry in ranking if entry[0] > 0]
        times = sorted({mark for process in processes.values() for mark in process.marks})
        lines = _lines(rows, value_of, times, processes, (growing or ranking)[:top])
        title = _title(len(lines), bool(growing), by, len(processes), times)
        _draw(file, suffix[1:], times, lines, title, by)


# -- numbers -------------------------------------------------------------------------------------


def _source_of(source: Path | Iterable[SeriesRow]) -> _Source:
    """Something that gives the rows as often as it is asked."""
    if isinstance(source, (str, os.PathLike)):
        return lambda: read_csv(source)
    rows = tuple(source)
    return lambda: rows


def _survey(
    rows: _Source, value_of: _Measure
) -> tuple[dict[int, _Process], list[tuple[int, int, str]]]:
    """The processes, and (growth, last value, type) of every type, the most growth first."""
    marks: dict[int, set[_Time]] = {}
    ends: dict[tuple[int, str], tuple[_Time, int, _Time, int]] = {}
    for row in rows():
        marks.setdefault(row.pid, set()).add(row.time)
        value = value_of(row)
        first, first_value, last, last_value = ends.get(
            (row.pid, row.type), (row.time, value, row.time, value)
        )
        if row.time < first:
            first, first_value = row.time, value
        if row.time >= last:
            last, last_value = row.time, value
        ends[row.pid, row.type] = first, first_value, last, last_value
    processes = _processes(marks)
    sums: dict[str, list[int]] = {}
    for (pid, name), (first, first_value, last, last_value) in ends.items():
        of_process = processes[pid].marks
        begin = first_value if first == of_process[0] else 0
        end = last_value if last == of_process[-1] else 0
        entry = sums.setdefault(name, [0, 0])
        entry[0] += end - begin
        entry[1] += end
    ranking = [(growth, last, name) for name, (growth, last) in sums.items()]
    return processes, sorted(ranking, key=lambda entry: (-entry[0], -entry[1], entry[2]))


def _processes(marks: dict[int, set[_Time]]) -> dict[int, _Process]:
    ordered = {pid: sorted(times) for pid, times in marks.items()}
    pauses = {
        pid: max(after - before for before, after in zip(times, times[1:]))
        for pid, times in ordered.items()
        if len(times) > 1
    }
    longest = max(pauses.values(), default=datetime.timedelta())
    return {
        pid: _Process(times, times[-1] + pauses.get(pid, longest)) for pid, times in ordered.items()
    }


def _lines(
    rows: _Source,
    value_of: _Measure,
    times: Sequence[_Time],
    processes: dict[int, _Process],
    chosen: Sequence[tuple[int, int, str]],
) -> list[_Line]:
    """The chosen types, in their order."""
    known: dict[str, dict[tuple[int, _Time], int]] = {name: {} for _, _, name in chosen}
    for row in rows():
        if row.type in known:
            known[row.type][row.pid, row.time] = value_of(row)
    lines = []
    for growth, _, name in chosen:
        values = [0] * len(times)
        for pid, process in processes.items():
            for i, mark in _marks_at(times, process):
                values[i] += known[name].get((pid, mark), 0)
        lines.append(_Line(name, growth, values))
    return lines


def _marks_at(times: Sequence[_Time], process: _Process) -> Iterator[tuple[int, _Time]]:
    """The positions of times at which a process counts, with the mark that it made last."""
    begin = bisect.bisect_left(times, process.marks[0])
    end = bisect.bisect_right(times, process.until)
    mark = 0
    for i in range(begin, end):
        while mark + 1 < len(process.marks) and process.marks[mark + 1] <= times[i]:
            mark += 1
        yield i, process.marks[mark]


# -- the picture ---------------------------------------------------------------------------------


def _title(count: int, is_growing: bool, by: str, processes: int, times: Sequence[_Time]) -> str:
    what = (
        f"The {count} types that grew most" if is_growing else f"No type grew: the {count} largest"
    )
    if count == 1:
        what = "The type that grew most" if is_growing else "No type grew: the largest"
    begin, end = (time.astimezone(datetime.timezone.utc) for time in (times[0], times[-1]))
    until = f" – {end:%H:%M:%S}" if begin.date() == end.date() else f" – {end:%Y-%m-%d %H:%M:%S}"
    if begin == end:
        until = ""
    measure = "size" if by == "bytes" else "number of objects"
    return (
        f"{what}, by {measure} · {count_text(processes, 'process', 'processes')} · "
        f"{begin:%Y-%m-%d %H:%M:%S}{until} UTC"
    )


def _require_matplotlib() -> None:
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(_NO_MATPLOTLIB) from error


def _draw(
    file: Any, form: str, times: Sequence[_Time], lines: Sequence[_Line], title: str, by: str
) -> None:
    from matplotlib.figure import Figure

    unit, unit_name = 1, "objects"
    if by == "bytes":
        most = max(max(line.values) for line in lines)
        unit, unit_name = next(entry for entry in _UNITS if most >= entry[0] or entry[0] == 1)
    figure = Figure(figsize=(11, 5), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    drawn = []
    for number, line in enumerate(lines):
        values = [value / unit for value in line.values]
        style = _STYLES[number // 10 % len(_STYLES)]
        marker = "o" if len(times) <= _FEW else ""
        drawn += axes.plot(
            times, values, style, color=f"C{number % 10}", marker=marker, markersize=3
        )
    axes.set_title(title, fontsize=10, loc="left", pad=12)
    axes.set_ylabel(unit_name)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:g}" if by == "bytes" else "{x:,.0f}")
    axes.yaxis.get_major_locator().set_params(integer=unit == 1)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    _label_times(axes, times)
    _label_lines(axes, lines, drawn, by)
    figure.savefig(file, format=form, metadata=_metadata(form, title, lines, by))
    figure.clear()  # its parts refer to one another: nothing is left for the collector


def _label_times(axes: Any, times: Sequence[_Time]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if len(times) == 1:
        around = datetime.timedelta(minutes=1)
        axes.set_xlim(times[0] - around, times[0] + around)
    locator = AutoDateLocator(tz=datetime.timezone.utc)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=datetime.timezone.utc))


def _label_lines(axes: Any, lines: Sequence[_Line], drawn: Sequence[Any], by: str) -> None:
    """A legend in the order in which the lines end, so that it can be read beside them."""
    order = sorted(range(len(lines)), key=lambda i: -lines[i].values[-1])
    legend = axes.legend(
        [drawn[i] for i in order],
        [str(i) for i in order],  # not the names: matplotlib leaves out those that begin with "_"
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=9,
    )
    for text, i in zip(legend.get_texts(), order):
        text.set_parse_math(False)  # a name may have dollar signs
        text.set_text(_drawable(_line_text(lines[i], by, 36)))


def _drawable(text: str) -> str:
    """Text with what matplotlib's font lacks escaped; it would warn, and draw a box."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return "".join(
        c if font.get_char_index(ord(c)) else c.encode("unicode_escape").decode() for c in text
    )


def _line_text(line: _Line, by: str, width: int) -> str:
    growth = signed_bytes_text(line.growth) if by == "bytes" else signed_number_text(line.growth)
    return f"{fitted(printable(line.type), width)}   {growth}"


def _metadata(form: str, title: str, lines: Sequence[_Line], by: str) -> dict[str, Any]:
    """The title and the legend as text, which a picture of a text is not."""
    described = {
        "Title": title,
        "Description": "\n".join(_line_text(line, by, 200) for line in lines),
    }
    return {**described, "Creator": "refgraph", "Date": None} if form == "svg" else described
