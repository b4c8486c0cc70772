"""Growth as a directory: pictures of one new object of each growing type, a page, text, JSON."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .arguments import checked_text
from .drawing import Drawing, checked_formats, draw_together, require_graphviz
from .files import Path, safe_name, whole_directory, write_text
from .progress import progress_bar
from .words import count_text, cut_lines, error_text, printable, shortened

if TYPE_CHECKING:
    from .chains import Chains
    from .growth import Growth
    from .growth_rows import TypeGrowth
    from .growth_suspects import GrowthSuspect
    from .node import Node
    from .suspects import Suspects

__all__ = ["Example", "Picture", "Report", "write_growth"]

_MANIFEST = "report.json"
_FORMAT = "refgraph.growth"
_CHAINS = 3  # of an example
_TYPE = 200  # characters of a type's name in a text
_SHOWN = ("svg", "png")  # what a browser shows, the best first


class Picture(NamedTuple):
    """One picture of an example: its files, and what a page shows of it."""

    title: str
    files: list[str]
    suffix: str  # of `content`; empty where there is nothing to show
    content: bytes
    error: str  # why it is not there


class Example(NamedTuple):
    """One object of a growing type, and what is told of it."""

    row: TypeGrowth
    node: Node | None
    about: str  # which one it is, in a sentence
    chains: Chains | None
    error: str  # why there are no chains
    pictures: list[Picture]


class Report(NamedTuple):
    """All that a page, a text and a JSON file say."""

    growth: Growth
    rows: Sequence[tuple[TypeGrowth, str]]  # growing types; why one has no example, or ""
    examples: Sequence[Example]
    suspects: Suspects[GrowthSuspect]


def write_growth(
    growth: Growth,
    directory: Path,
    *,
    top: int,
    exclude: Iterable[str],
    max_count: int | None,
    formats: Iterable[str],
    isolate: bool,
    deadline: float,
    progress: bool | None,
) -> None:
    """`Growth.render`, its arguments checked but for `exclude` and `formats`."""
    from .growth_page import page_of

    if isinstance(exclude, str) or not isinstance(exclude, Iterable):
        raise TypeError(f"exclude must be patterns in a list, not '{type(exclude).__name__}'")
    patterns = [checked_text("exclude", pattern) for pattern in exclude]
    suffixes = checked_formats(formats)
    if suffixes:
        require_graphviz()
    rows = _selected(growth, top, patterns, max_count)
    chosen = [row for row, reason in rows if not reason]
    bar = progress_bar(len(chosen), "type", progress)
    with bar as begin, whole_directory(directory, _MANIFEST, _FORMAT) as folder:
        examples = []
        for number, row in enumerate(chosen, 1):
            begin(shortened(printable(row.type), 30))
            stem = f"{number:02d}-{safe_name(row.type)}"
            examples.append(_example(growth, row, folder, stem, suffixes, isolate, deadline))
        report = Report(growth, rows, examples, growth.suspects())
        write_text(os.path.join(folder, "index.html"), page_of(report))
        write_text(os.path.join(folder, "report.txt"), _text(report))
        content = json.dumps(_content(report), indent=2)
        write_text(os.path.join(folder, _MANIFEST), f"{content}\n")


def _selected(
    growth: Growth, top: int, patterns: Sequence[str], max_count: int | None
) -> list[tuple[TypeGrowth, str]]:
    """The growing types, and of each why it gets no pictures, or ""."""
    rows = []
    chosen = 0
    for row in growth.types():
        if not row.is_growing:
            continue
        reason = ""
        if any(row.type == one or fnmatch.fnmatchcase(row.type, one) for one in patterns):
            reason = "excluded"
        elif max_count is not None and row.count > max_count:
            reason = f"more than {count_text(max_count, 'object')}"
        elif chosen == top:
            reason = "not drawn"
        chosen += not reason
        rows.append((row, reason))
    return rows


# ---- an example ----------------------------------------------------------------------------------


def _example(
    growth: Growth,
    row: TypeGrowth,
    folder: str,
    stem: str,
    suffixes: Sequence[str],
    isolate: bool,
    deadline: float,
) -> Example:
    """Find one object of a type, draw it, and say why it is alive."""
    node, about = _representative(growth, row)
    if node is None:
        return Example(row, None, about, None, "", [])
    chains = None
    error = ""
    try:
        chains = node.why_alive(_CHAINS)
    except Exception as problem:  # whatever it is: the other types are worth having
        error = error_text(problem)
    how: dict[str, Any] = {"isolate": isolate, "deadline": deadline}
    views: list[tuple[str, str, Callable[[], Drawing]]] = [
        ("What refers to it", "back", lambda: node.backrefs(5, 5, max_nodes=60, **how)),
        ("What it refers to", "refs", lambda: node.refs(3, 8, max_nodes=60, **how)),
    ]
    pictures = []
    if suffixes:
        drawings = [_drawing(draw) for _, _, draw in views]
        draw_together([one for one in drawings if isinstance(one, Drawing)], suffixes)
        pictures = [
            _picture(title, drawing, folder, f"{stem}-{end}", suffixes)
            for (title, end, _), drawing in zip(views, drawings)
        ]
    return Example(row, node, about, chains, error, pictures)


def _drawing(draw: Callable[[], Drawing]) -> Drawing | Exception:
    """A drawing, or why there is none."""
    try:
        return draw()
    except Exception as problem:  # as above
        return problem


def _representative(growth: Growth, row: TypeGrowth) -> tuple[Node | None, str]:
    """A new object where most new ones of its type are, or else the largest; and which it is."""
    if row.example is not None:
        new = "the new one" if row.born == 1 else f"one of {row.born:,} new ones"
        return row.example, f"{shortened(row.example._label(), _TYPE)}, {new}"
    largest = max(growth.after.objects(row.type), key=lambda node: node.size, default=None)
    if largest is None:
        return None, "None is new, and none is there to be shown"
    label = shortened(largest._label(), _TYPE)
    return largest, f"{label}, the largest: none is new, they have grown"


def _picture(
    title: str, drawing: Drawing | Exception, folder: str, stem: str, suffixes: Sequence[str]
) -> Picture:
    """Write each format that was drawn; errors of drawing are told, those of the disk raised."""
    files: list[str] = []
    drawn: dict[str, bytes] = {}
    error = ""
    try:
        if isinstance(drawing, Exception):
            raise drawing
        for suffix in suffixes:
            drawn[suffix] = drawing._drawn(suffix)
    except Exception as problem:  # as above
        error = error_text(problem)
    for suffix, content in drawn.items():
        files.append(f"{stem}.{suffix}")
        with open(os.path.join(folder, files[-1]), "xb") as file:
            file.write(content)
    shown = next((suffix for suffix in _SHOWN if suffix in drawn), "")
    return Picture(title, files, shown, drawn.get(shown, b""), error)


# ---- for a terminal, and for a program -----------------------------------------------------------


def _text(report: Report) -> str:
    """The report as text: what grew, the suspects, an example of each type."""
    growth = report.growth
    parts = [growth._types_text(max(len(report.examples), 1))]
    parts.append(f"SUSPECTS\n{cut_lines(str(report.suspects))}")
    left_out = [
        f"  {shortened(printable(row.type), _TYPE)}: {reason}"
        for row, reason in report.rows
        if reason and reason != "not drawn"
    ]
    if left_out:
        parts.append("\n".join(["LEFT OUT", *left_out]))
    for number, example in enumerate(report.examples, 1):
        lines = [
            f"{number}  {shortened(printable(example.row.type), _TYPE)}",
            f"{printable(example.about)}.",
        ]
        if example.chains is not None:
            lines.append(cut_lines(example.chains._summary()))
        if example.error:
            lines.append(f"No chains: {example.error}")
        for picture in example.pictures:
            if picture.files:
                lines.append(f"{picture.title}: {', '.join(picture.files)}")
            if picture.error:
                lines.append(f"{picture.title}: no picture: {picture.error}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _content(report: Report) -> dict[str, Any]:
    """The report as JSON has it; sizes are bytes. It is the directory's manifest too."""
    growth = report.growth
    pictures = [picture for example in report.examples for picture in example.pictures]
    by_type = {example.row.type: example for example in report.examples}
    return {
        "format": _FORMAT,
        "files": ["index.html", "report.txt", *(file for one in pictures for file in one.files)],
        "before": growth.before.captured_at.isoformat(),
        "after": growth.after.captured_at.isoformat(),
        "rounds": growth.rounds,
        "delta": growth.delta,
        "delta_size": growth.delta_size,
        "suspects": [
            {
                "place": suspect.place.text,
                "id": suspect.place.id,
                "type": suspect.place.type,
                "gained": suspect.place.gained,
                "lost": suspect.place.lost,
                "delta": suspect.place.delta,
                "delta_size": suspect.place.delta_size,
                "holds": suspect.holds,
                "count": suspect.count,
                "chain": suspect.chain,
                "frees": suspect.frees._asdict(),
                "others": suspect.others,
                "is_steady": suspect.is_steady,
                "text": suspect.text,
            }
            for suspect in report.suspects
        ],
        "types": [
            {
                **{key: value for key, value in row._asdict().items() if key != "example"},
                "left_out": reason or None,
                "example": None if reason else _example_content(by_type[row.type]),
            }
            for row, reason in report.rows
        ],
    }


def _example_content(example: Example) -> dict[str, Any]:
    chains = example.chains
    errors = [picture.error for picture in example.pictures]
    return {
        "text": example.about,
        "is_new": example.row.example is not None,
        "chains": [
            {"expression": chain.expression, "evaluable": chain.evaluable}
            for chain in (chains if chains is not None else [])
        ],
        "pictures": [file for picture in example.pictures for file in picture.files],
        "errors": [error for error in [example.error, *errors] if error],
    }
