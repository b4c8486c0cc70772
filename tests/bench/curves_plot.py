"""The pictures of bench_curves.py: logarithmic on both axes, each curve named at its end."""

from __future__ import annotations

import io
import math
import pathlib
import re
from typing import Any

from curves_table import COMPARED

Row = dict[str, Any]
Point = tuple[float, float]

_COLORS = (
    "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#e07b00", "#8c564b",
    "#c2459b", "#555555", "#8a8a00", "#008c9e", "#004488", "#b06060",
    "#3b7d4f", "#7a4fb5",
)  # fmt: skip
_TOOLS = {
    "refgraph": "#d62728", "scipy": "#1f77b4", "igraph": "#2ca02c", "networkx": "#9467bd",
    "objgraph": "#e07b00", "guppy3": "#8c564b", "refcycle": "#008c9e",
}  # fmt: skip
_TIMES = [(1e-6, "1 µs"), (1e-5, "10 µs"), (1e-4, "100 µs"), (1e-3, "1 ms"), (1e-2, "10 ms"),
          (0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (100.0, "100 s")]  # fmt: skip
_SIZES = [(2.0**20, "1 MiB"), (10 * 2.0**20, "10 MiB"), (100 * 2.0**20, "100 MiB"),
          (2.0**30, "1 GiB"), (10 * 2.0**30, "10 GiB")]  # fmt: skip
_LONG = re.compile(r"(\d\.\d)\d+")  # a tenth of a point is enough
_NODES = [(1e5, "10⁵"), (1e6, "10⁶"), (1e7, "10⁷")]


def draw(rows: list[Row], folder: pathlib.Path) -> None:
    """curves-time.svg, curves-memory.svg, curves-peers.svg."""
    import matplotlib

    settings = {"svg.hashsalt": "refgraph", "svg.fonttype": "none", "font.size": 9}
    with matplotlib.rc_context(settings):
        _draw_one(
            rows,
            "seconds",
            folder / "curves-time.svg",
            _TIMES,
            "Time of each operation on one heap",
            "CPU time",
        )
        _draw_one(
            rows,
            "bytes",
            folder / "curves-memory.svg",
            _SIZES,
            "Memory of each operation, beside the snapshot",
            "peak above what was there before",
        )
        _draw_peers(rows, folder / "curves-peers.svg")


def curve(rows: list[Row], tool: str, operation: str, field: str, least: float) -> list[Point]:
    """The points of a curve, by nodes; what is too small to be told from nothing is left out."""
    return sorted(
        (row["nodes"], row[field])
        for row in rows
        if row["tool"] == tool
        and row["operation"] == operation
        and row["status"] == "ok"
        and (row.get(field) or 0) > least
    )


def spaced(values: list[float], gap: float) -> list[float]:
    """Positions as near to the values as they can be at `gap` from each other, in their order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    groups: list[list[int]] = []
    for i in order:
        groups.append([i])
        while (
            len(groups) > 1
            and _middle(values, groups[-1]) - _middle(values, groups[-2])
            < gap * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            last = groups.pop()
            groups[-1] += last
    places = [0.0] * len(values)
    for group in groups:
        begin = _middle(values, group) - gap * (len(group) - 1) / 2
        for position, i in enumerate(group):
            places[i] = begin + gap * position
    return places


def _middle(values: list[float], group: list[int]) -> float:
    return sum(values[i] for i in group) / len(group)


def _prepare_axes(axes: Any, ticks: list[tuple[float, str]], curves: list[list[Point]]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = [y for points in curves for _, y in points]
    nodes = [x for points in curves for x, _ in points]
    axes.set_ylim(min(values) / 1.6, max(values) * 1.8)
    axes.set_xlim(min(nodes) / 1.1, max(nodes) * 1.1)
    for axis, marks in ((axes.yaxis, ticks), (axes.xaxis, _NODES)):
        low, high = axis.get_view_interval()
        shown = [(at, text) for at, text in marks if low <= at <= high]
        axis.set_ticks([at for at, _ in shown], [text for _, text in shown])
        axis.set_minor_locator(_no_ticks())
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _label_ends(axes: Any, labels: list[tuple[str, str, Point]], lines: float) -> None:
    """Each curve's name to the right of its end; `lines` of text fit on the height of the axes."""
    low, high = (math.log10(y) for y in axes.get_ylim())
    left, right = (math.log10(x) for x in axes.get_xlim())
    heights = [(math.log10(end[1]) - low) / (high - low) for _, _, end in labels]
    for (text, color, end), height in zip(labels, spaced(heights, 1 / lines)):
        at = (math.log10(end[0]) - left) / (right - left)
        axes.annotate(
            text, end, xytext=(max(1.02, at + 0.03), height), textcoords="axes fraction",
            color=color, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5, "alpha": 0.6,
                        "shrinkA": 1, "shrinkB": 2},
        )  # fmt: skip


def _save(figure: Any, file: pathlib.Path) -> None:
    metadata = {"Creator": "refgraph", "Date": None}
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=metadata, facecolor="#ffffff")
    figure.clear()
    short = re.sub(r"\n +", "\n", _LONG.sub(r"\1", text.getvalue()))
    file.write_text(short, encoding="utf-8")


def _draw_one(
    rows: list[Row], field: str, file: pathlib.Path, ticks: list[tuple[float, str]],
    title: str, axis: str,
) -> None:  # fmt: skip
    from matplotlib.figure import Figure

    least = 2.0**20 if field == "bytes" else 0
    names = list(dict.fromkeys(
        (row["tool"], row["operation"]) for row in rows
        if row["tool"] in ("refgraph", "CPython") and row["operation"] != "prepare"
    ))  # fmt: skip
    curves = [
        (name, "--" if tool == "CPython" else "-",
         "#000000" if tool == "CPython" else _COLORS[number % len(_COLORS)],
         curve(rows, tool, name, field, least))
        for number, (tool, name) in enumerate(names)
    ]  # fmt: skip
    curves = [entry for entry in curves if entry[-1]]
    figure = Figure(figsize=(9.2, 5.4))
    axes = figure.add_axes((0.095, 0.09, 0.64, 0.82))
    _prepare_axes(axes, ticks, [points for *_, points in curves])
    labels = []
    for name, style, color, points in curves:
        axes.plot(*zip(*points), style, color=color, marker="o", markersize=3, linewidth=1.5)
        labels.append((name, color, points[-1]))
    _label_ends(axes, labels, 27)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("nodes of the snapshot")
    axes.set_ylabel(axis)
    _save(figure, file)


def _draw_peers(rows: list[Row], file: pathlib.Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 6.2))
    tools = [tool for tool in _TOOLS if any(row["tool"] == tool for row in rows)]
    for number, operation in enumerate(COMPARED):
        axes = figure.add_subplot(2, 3, number + 1)
        curves = [(tool, curve(rows, tool, operation, "seconds", 0)) for tool in tools]
        curves = [(tool, points) for tool, points in curves if points]
        if not curves:
            continue
        _prepare_axes(axes, _TIMES, [points for _, points in curves])
        sizes = [row["nodes"] for row in rows]
        axes.set_xlim(min(sizes) / 1.2, max(sizes) * 1.2)
        for tool, points in curves:
            width = 2.2 if tool == "refgraph" else 1.3
            axes.plot(*zip(*points), color=_TOOLS[tool], marker="o", markersize=3, linewidth=width)
        _label_ends(axes, [(tool, _TOOLS[tool], points[-1]) for tool, points in curves], 15)
        axes.set_title(operation, loc="left", fontsize=9.5)
        if number >= 3:
            axes.set_xlabel("nodes")
        if number % 3 == 0:
            axes.set_ylabel("CPU time")
    figure.suptitle("The same question to other tools; a curve ends where it did not finish",
                    x=0.01, ha="left", fontsize=11)  # fmt: skip
    figure.subplots_adjust(left=0.075, right=0.93, top=0.89, bottom=0.08, wspace=0.62, hspace=0.32)
    _save(figure, file)
