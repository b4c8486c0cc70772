"""Pictures of time series: what is drawn, and that nothing of it stays in the process."""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Svg, read_png

import refgraph
from refgraph import series_plot
from refgraph.series import SeriesRow, append_csv
from refgraph.series_plot import plot_series

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.timezone.utc)


@pytest.fixture
def _matplotlib() -> None:
    if "REFGRAPH_LIBRARIES" not in os.environ:
        pytest.importorskip("matplotlib")


needs_matplotlib = pytest.mark.usefixtures("_matplotlib")


def at(minute: float) -> datetime.datetime:
    return NOON + datetime.timedelta(minutes=minute)


def rows(name: str, counts: dict[int, int], pid: int = 1) -> list[SeriesRow]:
    return [SeriesRow(at(minute), pid, name, n, n << 10) for minute, n in counts.items()]


def drawn(
    source: list[SeriesRow], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, **options: Any
) -> tuple[dict[str, tuple[int, list[int]]], list[float], str]:
    """What reaches the picture: (growth, values) of each type, minutes after noon, the title."""
    seen: list[Any] = []
    monkeypatch.setattr(series_plot, "_require_matplotlib", lambda: None)
    monkeypatch.setattr(series_plot, "_draw", lambda *arguments: seen.append(arguments))
    plot_series(source, tmp_path / "x.svg", **options)
    ((_, form, times, lines, title, _),) = seen
    assert form == "svg"
    minutes = [(time - NOON).total_seconds() / 60 for time in times]
    return {line.type: (line.growth, line.values) for line in lines}, minutes, title


# -- what is drawn -------------------------------------------------------------------------------


def test_the_types_that_grew_most_are_drawn_most_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    source = [
        *rows("big but steady", {0: 10**6, 1: 10**6, 2: 10**6}),
        *rows("shrinking", {0: 9, 1: 5, 2: 1}),
        *rows("new", {2: 5}),
        *rows("growing", {0: 1, 1: 5, 2: 9}),
        *rows("came and went", {1: 100}),
    ]
    lines, minutes, title = drawn(source, monkeypatch, tmp_path, by="count")
    assert minutes == [0, 1, 2]
    assert list(lines.items()) == [("growing", (8, [1, 5, 9])), ("new", (5, [0, 0, 5]))]
    assert title == (
        "The 2 types that grew most, by number of objects · 1 process · "
        "2026-01-02 12:00:00 – 12:02:00 UTC"
    )
    lines, _, title = drawn(source, monkeypatch, tmp_path, top=1)
    assert lines == {"growing": (8 << 10, [1 << 10, 5 << 10, 9 << 10])}
    assert title.startswith("The type that grew most, by size · ")


def test_where_nothing_grew_the_largest_are_drawn_and_the_title_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    source = [*rows("a", {0: 1}), *rows("b", {0: 3}), *rows("c", {0: 2})]
    lines, _, title = drawn(source, monkeypatch, tmp_path, top=2)
    assert list(lines) == ["b", "c"]
    assert title.startswith("No type grew: the 2 largest, by size · 1 process · 2026-01-02 12:00")
    assert title.endswith("12:00:00 UTC")
    assert "–" not in title


def test_processes_are_added_up_and_one_that_ended_no_longer_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    source = [
        *rows("a", {0: 1, 2: 2, 4: 3}, pid=1),  # ends: its longest pause is two minutes
        *rows("a", {1: 10, 5: 20, 9: 30, 13: 40}, pid=2),
    ]
    lines, minutes, title = drawn(source, monkeypatch, tmp_path, by="count")
    assert minutes == [0, 1, 2, 4, 5, 9, 13]
    assert lines == {"a": (2 + 30, [1, 11, 12, 13, 23, 30, 40])}
    assert " · 2 processes · " in title


def test_a_process_that_began_later_did_not_grow_by_all_it_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    source = [*rows("a", {0: 1, 3: 2}), *rows("b", {2: 100, 3: 100}, pid=2)]
    lines, _, _ = drawn(source, monkeypatch, tmp_path, by="count")
    assert lines == {"a": (1, [1, 1, 2])}


marks = st.dictionaries(st.integers(0, 20), st.integers(0, 50), min_size=1, max_size=6)
heaps = st.dictionaries(st.sampled_from("abcd"), marks, min_size=1)


@given(st.dictionaries(st.integers(1, 3), heaps, min_size=1), st.randoms())
def test_lines_equal_a_literal_reading_in_any_order(
    heaps_of: dict[int, dict[str, dict[int, int]]], random: Any
) -> None:
    source = [
        row
        for pid, heap in heaps_of.items()
        for name, counts in heap.items()
        for row in rows(name, counts, pid)
    ]
    random.shuffle(source)
    processes, ranking = series_plot._survey(lambda: source, lambda row: row.count)
    times = sorted({row.time for row in source})
    lines = series_plot._lines(lambda: source, lambda row: row.count, times, processes, ranking)

    def value(pid: int, name: str, time: datetime.datetime) -> int:
        """Of one process: what its last mark until then has."""
        known = sorted({row.time for row in source if row.pid == pid})
        if not known[0] <= time <= processes[pid].until:
            return 0
        mark = max(t for t in known if t <= time)
        return heaps_of[pid].get(name, {}).get(int((mark - NOON).total_seconds()) // 60, 0)

    for line in lines:
        assert line.values == [sum(value(pid, line.type, t) for pid in heaps_of) for t in times]
        ends = [
            value(pid, line.type, p.marks[-1]) - value(pid, line.type, p.marks[0])
            for pid, p in processes.items()
        ]
        assert line.growth == sum(ends)
    assert [line.growth for line in lines] == sorted((n.growth for n in lines), reverse=True)


# -- pictures ------------------------------------------------------------------------------------

NAMES = [
    "app.web.Session",
    "_thread.lock",
    "$\\no{$.Money",
    "<script>--&",
    "字.数",
    "n" * 5000,
    "a\nb",
]


def hostile() -> list[SeriesRow]:
    return [row for i, name in enumerate(NAMES) for row in rows(name, {0: 1, 1: 20 - i})]


@needs_matplotlib
@pytest.mark.filterwarnings("error:Glyph")
def test_a_picture_names_the_types_whatever_they_are_called(tmp_path: pathlib.Path) -> None:
    append_csv(tmp_path / "s.csv", hostile())
    plot_series(tmp_path / "s.csv", tmp_path / "s.svg")
    text = (tmp_path / "s.svg").read_text(encoding="utf-8")
    svg = Svg(text)
    description = next(item for item in svg.root.iter() if item.tag.endswith("}description"))
    described = (description.text or "").splitlines()
    assert [line.rpartition("   ")[0] for line in described] == [
        *NAMES[:5], "n" * 99 + "…" + "n" * 100, r"a\nb",
    ]  # fmt: skip
    assert described[0] == "app.web.Session   +19.0 KiB"
    shown = re.findall(r"<!-- (.*?) -->", text)
    for name in ("app.web.Session", "_thread.lock", "$\\no{$.Money", r"\u5b57.\u6570", r"a\nb"):
        assert any(line.startswith(f"{name}   +") for line in shown), name
    assert "<script" not in text
    assert any(line.startswith("The 7 types that grew most, by size") for line in shown)


@needs_matplotlib
@pytest.mark.filterwarnings("error:Glyph")
def test_a_png_is_whole_and_replaces_what_was_there(tmp_path: pathlib.Path) -> None:
    (tmp_path / "s.PNG").write_text("old")
    plot_series(hostile(), tmp_path / "s.PNG", by="count", top=3)
    picture = read_png((tmp_path / "s.PNG").read_bytes())
    assert (picture.width, picture.height) == (1100, 500)
    assert os.listdir(tmp_path) == ["s.PNG"]


@needs_matplotlib
@pytest.mark.parametrize("counts", [{0: 0}, {0: 0, 1: 0}, {0: 5}, {0: 0, 60 * 24 * 400: 10**14}])
@pytest.mark.filterwarnings("error:Glyph")
def test_short_empty_and_long_series_are_drawn(
    counts: dict[int, int], tmp_path: pathlib.Path
) -> None:
    for by in ("bytes", "count"):
        plot_series(rows("a", counts), tmp_path / "s.svg", by=by)
        assert Svg((tmp_path / "s.svg").read_text()).root is not None


@needs_matplotlib
def test_nothing_of_a_picture_stays_in_the_process(tmp_path: pathlib.Path) -> None:
    code = (
        "import gc, sys\n"
        "from refgraph.series_plot import plot_series\n"
        "from test_series_plot import hostile\n"
        "plot_series(hostile(), sys.argv[1])\n"
        "import matplotlib\n"
        "before = matplotlib.rcParams.copy()  # looking at its backend would import pyplot\n"
        "plot_series(hostile(), sys.argv[1])\n"
        "assert dict.__eq__(matplotlib.rcParams, before)\n"
        "print('matplotlib.pyplot' in sys.modules)\n"
        "gc.collect()\n"
        "from matplotlib.artist import Artist\n"
        "print([o for o in gc.get_objects() if issubclass(type(o), Artist)])\n"
    )
    path = os.pathsep.join([str(pathlib.Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.svg")],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["False", "[]"]


@needs_matplotlib
def test_threads_draw_at_once(tmp_path: pathlib.Path) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            plot_series(hostile(), tmp_path / f"{number}.png")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


# -- errors --------------------------------------------------------------------------------------


def test_without_matplotlib_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=re.escape("pip install 'refgraph[plot]'")):
        plot_series(hostile(), tmp_path / "s.svg")
    assert not os.listdir(tmp_path)


def test_importing_the_package_does_not_load_matplotlib() -> None:
    code = "import refgraph, refgraph.series_plot, sys; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["s.gif", "s", "s.csv", ".svg"])
def test_an_unknown_suffix_is_refused_before_anything_is_read(
    name: str, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(refgraph.RenderError, match=r"use one of \.svg \.png"):
        plot_series(tmp_path / "missing.csv", tmp_path / name)


def test_wrong_arguments_are_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="by: 'size' is none of bytes, count"):
        plot_series([], tmp_path / "s.svg", by="size")
    with pytest.raises(ValueError, match="top"):
        plot_series([], tmp_path / "s.svg", top=0)


def test_what_cannot_be_drawn_leaves_what_was_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(series_plot, "_require_matplotlib", lambda: None)
    (tmp_path / "s.svg").write_text("old")
    with pytest.raises(ValueError, match="no row"):
        plot_series([], tmp_path / "s.svg")
    with pytest.raises(FileNotFoundError):
        plot_series(tmp_path / "missing.csv", tmp_path / "s.svg")
    (tmp_path / "other.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match="no time series"):
        plot_series(tmp_path / "other.csv", tmp_path / "s.svg")
    with pytest.raises(FileNotFoundError) as caught:
        plot_series(hostile(), tmp_path / "missing" / "s.svg")
    assert caught.value.filename == str(tmp_path / "missing" / "s.svg")
    assert (tmp_path / "s.svg").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["other.csv", "s.svg"]
