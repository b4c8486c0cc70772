"""Marks of one process: what grew in every round, at what rate, and over time."""

from __future__ import annotations

import gc
import inspect
import io
import itertools
import multiprocessing
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from leaks import Leaked, Record

import refgraph
from refgraph.series import read_csv

ROOT = "sys.modules['refgraph_test_root']"


class Fleeting:
    """Of which there are more for a while."""


def tracked(rounds: int, step: Any) -> refgraph.Tracker:
    tracker = refgraph.Tracker(collect=True)
    tracker.mark()
    for i in range(rounds):
        step(i)
        tracker.mark()
    return tracker


# ---- rounds ------------------------------------------------------------------------------------


def test_what_grows_in_every_round_has_a_rate(root: Any) -> None:
    root.CACHE = []
    tracker = tracked(4, lambda i: root.CACHE.extend(Leaked() for _ in range(100 * (i + 1))))
    assert (tracker.count, tracker.rounds) == (5, 4)
    (row,) = [row for row in tracker.steady(limit=None) if row.type == "leaks.Leaked"]
    assert (row.delta, row.rate) == (1000, 250.0)
    assert row.count == sum(type(x) is Leaked for x in gc.get_objects())
    assert "a round" in str(tracker.steady())
    assert " types grew in every one of 4 rounds." in str(tracker.steady())


def test_a_type_that_stops_growing_drops_out(root: Any) -> None:
    root.CACHE, root.FLEETING = [], []

    def step(i: int) -> None:
        root.CACHE.extend(Leaked() for _ in range(100))
        if i < 2:
            root.FLEETING.extend(Fleeting() for _ in range(5000))

    tracker = refgraph.Tracker(collect=True)
    tracker.mark()
    seen = []
    for i in range(4):
        step(i)
        tracker.mark()
        types_now = {row.type for row in tracker.steady(limit=None)}
        places = {p.text for p in tracker.growth() if p.id in tracker.growth().steady}
        seen.append(
            (
                "leaks.Leaked" in types_now,
                f"{__name__}.Fleeting" in types_now,
                f"{ROOT}.CACHE[*]" in places,
                f"{ROOT}.FLEETING[*]" in places,
            )
        )
    assert seen == [(True, True, True, True)] * 2 + [(True, False, True, False)] * 2
    first = tracker.suspects()[0].text
    assert f"{ROOT}.CACHE[*] gained 400 leaks.Leaked and lost none" in first
    assert re.search(r"It grew in each of 4 rounds, by [12]00 objects a round\.", first)
    assert "It did not grow in each of 4 rounds." in str(tracker.suspects(limit=5))
    assert " grew in every one of 4 rounds)" in str(tracker.growth())


def test_what_shrinks_in_one_round_drops_out_though_it_grew_in_all(root: Any) -> None:
    root.CACHE = []

    def step(i: int) -> None:
        root.CACHE.extend([Fleeting() for _ in range(1000)])
        if i == 1:
            del root.CACHE[:1500]

    tracker = tracked(3, step)
    assert f"{__name__}.Fleeting" not in {row.type for row in tracker.steady(limit=None)}
    place = next(p for p in tracker.growth() if p.text == f"{ROOT}.CACHE[*]")
    assert place.delta > 0
    assert place.id not in tracker.growth().steady


def test_a_place_that_grows_in_every_round_has_a_rate(root: Any) -> None:
    root.CACHE, root.BIG, root.ONCE = [], [], []

    def step(i: int) -> None:
        root.CACHE.extend(Leaked() for _ in range(100 * (i + 1)))
        root.CACHE.append(Fleeting())  # less of another type, which makes no row of its own
        root.BIG.append(bytes(10**6))
        if i < 2:
            root.ONCE.extend(Fleeting() for _ in range(5000))

    tracker = tracked(4, step)
    places = tracker.steady(by="place", limit=None)
    assert places.headline == f"{len(places)} places grew in every one of 4 rounds."
    assert list(places) == sorted(places, key=lambda row: -row.delta_size)
    rows = {row.place: row for row in places}
    assert len(rows) == len(places) == len(tracker.growth().steady)
    assert f"{ROOT}.ONCE[*]" not in rows
    cache, big = rows[f"{ROOT}.CACHE[*]"], rows[f"{ROOT}.BIG[*]"]
    assert places[0] == big
    assert (big.type, big.delta, big.rate) == ("bytes", 4, 1.0)
    assert 4 * 10**6 < big.delta_size < 4 * 10**6 + 1000
    assert cache.type == "leaks.Leaked"
    added = sum(p.delta for p in tracker.growth() if p.text == cache.place)
    assert cache.delta == added >= 1004
    assert cache.rate == added / 4
    kept = tracker.growth().steady
    for point in tracker.growth():
        if point.id in kept:
            row = rows[point.text]
            assert (row.delta, row.delta_size) == (kept[point.id].objects, kept[point.id].bytes)
    text = str(places.filter(lambda row: row.place.startswith(ROOT)))
    assert re.search(r"\n +Δ size +Δ count +a round +type +place\n", text)
    assert re.search(r"\n +\+3\.8 MiB +\+4 +\+1\.0 +bytes +sys\.modules", text)


def test_steady_is_asked_by_type_or_by_place(root: Any) -> None:
    root.CACHE = []
    tracker = tracked(2, lambda i: root.CACHE.append(Leaked()))
    assert list(tracker.steady("type")) == list(tracker.steady(by="type")) == list(tracker.steady())
    assert isinstance(tracker.steady()[0], refgraph.SteadyType)
    assert isinstance(tracker.steady(by="place")[0], refgraph.SteadyPlace)
    ask: Any = tracker.steady
    with pytest.raises(ValueError, match="by: 'owner' is none of type, place"):
        ask(by="owner")
    with pytest.raises(TypeError, match="by must be str, not 'NoneType'"):
        ask(by=None)
    for by in ("type", "place"):
        with pytest.raises(ValueError, match="limit must be at least 1"):
            ask(by=by, limit=0)
        with pytest.raises(ValueError, match="growth lies between two marks"):
            refgraph.Tracker().steady(by=by)
        assert len(ask(by=by, limit=1).text(1).splitlines()) <= 5


def test_a_type_that_is_met_later_counts_from_nothing(root: Any) -> None:
    root.CLASSES = []

    def step(i: int) -> None:
        root.CLASSES.append(type(f"Late{i}", (), {})())

    tracker = tracked(3, step)
    names = {row.type.rpartition(".")[2]: row for row in tracker.steady(limit=None)}
    assert not {"Late0", "Late1", "Late2"} & set(names)  # each grew once
    assert names["type"].delta == 3


def test_two_trackers_are_independent(root: Any) -> None:
    root.CACHE = []
    one, other = refgraph.Tracker(), refgraph.Tracker()
    one.mark()
    root.CACHE.extend(Leaked() for _ in range(100))
    one.mark()
    assert (one.count, other.count) == (2, 0)
    other.mark()
    other.mark()
    assert (one.count, other.count) == (2, 2)
    assert "leaks.Leaked" in {row.type for row in one.steady(limit=None)}
    assert "leaks.Leaked" not in {row.type for row in other.steady(limit=None)}


def test_no_state_is_in_default_arguments_or_the_class() -> None:
    for name, function in inspect.getmembers(refgraph.Tracker, inspect.isfunction):
        for parameter in inspect.signature(function).parameters.values():
            default = parameter.default
            assert default is inspect.Parameter.empty or type(default) in (
                bool,
                int,
                str,
                type(None),
            ), name
    kept = [
        value for value in vars(refgraph.Tracker).values() if isinstance(value, (dict, list, set))
    ]
    assert not kept
    assert not hasattr(refgraph.Tracker(), "__dict__")


def test_marks_between_the_first_and_the_last_are_let_go(root: Any) -> None:
    tracker = refgraph.Tracker()
    marks = [tracker.mark() for _ in range(4)]
    assert [tracker.growth().before, tracker.growth().after] == [marks[0], marks[-1]]
    import weakref

    references = [weakref.ref(mark) for mark in marks]
    del marks
    assert [reference() is not None for reference in references] == [True, False, False, True]


# ---- the collector -----------------------------------------------------------------------------


@pytest.mark.parametrize("collect", [False, True])
def test_a_collection_is_run_only_when_asked_for(collect: bool) -> None:
    seen: list[str] = []

    def spy(phase: str, info: dict[str, int]) -> None:
        seen.append(phase)

    tracker = refgraph.Tracker(collect=collect)
    gc.disable()
    gc.callbacks.append(spy)
    try:
        tracker.mark()
        tracker.mark()
        str(tracker.suspects())
    finally:
        gc.callbacks.remove(spy)
        gc.enable()
    assert seen.count("start") == (2 if collect else 0)


# ---- over time ---------------------------------------------------------------------------------


def test_rows_of_a_csv_are_the_types_of_each_mark(root: Any, tmp_path: Path) -> None:
    path = tmp_path / "heap.csv"
    tracker = refgraph.Tracker()
    root.CACHE = []
    marks = []
    for _ in range(3):
        root.CACHE.extend(Leaked() for _ in range(10))
        marks.append(tracker.mark())
        tracker.to_csv(path)
        tracker.to_csv(path)  # nothing new
    rows = list(read_csv(path))
    times = sorted({row.time for row in rows})
    assert times == [mark.captured_at for mark in marks]
    assert {row.pid for row in rows} == {os.getpid()}
    for at, mark in zip(times, marks):
        expected: dict[str, tuple[int, int]] = {}
        for one in mark.types():
            count, size = expected.get(one.type, (0, 0))
            expected[one.type] = count + one.count, size + one.size
        found = {row.type: (row.count, row.bytes) for row in rows if row.time == at}
        assert {name: of for name, of in found.items() if of != (0, 0)} == expected
        assert len(found) == sum(row.time == at for row in rows)


def test_what_could_not_be_written_is_written_the_next_time(tmp_path: Path) -> None:
    tracker = refgraph.Tracker()
    tracker.mark()
    with pytest.raises(FileNotFoundError):
        tracker.to_csv(tmp_path / "missing" / "heap.csv")
    path = tmp_path / "heap.csv"
    tracker.to_csv(path)
    assert len({row.time for row in read_csv(path)}) == 1


PROGRAM = """
import sys, refgraph
tracker = refgraph.Tracker()
for _ in range(5):
    tracker.mark()
    tracker.to_csv(sys.argv[1])
"""


def test_two_processes_append_to_one_csv(tmp_path: Path) -> None:
    path = tmp_path / "heap.csv"
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    rows = list(read_csv(path))
    assert len(rows) == len(path.read_text().splitlines()) - 1
    assert {row.pid for row in rows} == {process.pid for process in running}
    for process in running:
        assert len({row.time for row in rows if row.pid == process.pid}) == 5


def mark_and_write(tracker: refgraph.Tracker, path: Path) -> None:
    tracker.mark()
    tracker.to_csv(path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_writes_its_own_marks_alone(tmp_path: Path) -> None:
    path = tmp_path / "heap.csv"
    tracker = refgraph.Tracker()
    tracker.mark()
    child = multiprocessing.get_context("fork").Process(target=mark_and_write, args=(tracker, path))
    child.start()
    child.join()
    assert child.exitcode == 0
    tracker.to_csv(path)
    by_pid: dict[int, set[Any]] = {}
    for row in read_csv(path):
        by_pid.setdefault(row.pid, set()).add(row.time)
    assert {pid: len(times) for pid, times in by_pid.items()} == {os.getpid(): 1, child.pid: 1}


def test_a_picture_over_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    tracker = refgraph.Tracker()
    with pytest.raises(ValueError, match="nothing to draw yet"):
        tracker.plot(tmp_path / "heap.svg")
    tracker.mark()
    tracker.mark()
    tracker.plot(tmp_path / "heap.svg", top=3)
    tracker.plot(tmp_path / "heap.png", by="count")
    assert (tmp_path / "heap.svg").read_text().lstrip().startswith("<?xml")
    assert (tmp_path / "heap.png").read_bytes().startswith(b"\x89PNG")


# ---- what a caller may do wrong ----------------------------------------------------------------


def test_growth_needs_two_marks() -> None:
    tracker = refgraph.Tracker()
    for words in ("there is none", "there is one"):
        for ask in (tracker.growth, tracker.suspects, tracker.steady):
            with pytest.raises(ValueError, match=f"growth lies between two marks, and {words}"):
                ask()
        tracker.mark()
    tracker.growth()
    assert repr(tracker) == "<Tracker: 2 marks>"


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="collect"):
        refgraph.Tracker(collect=1)  # type: ignore[arg-type]
    tracker = refgraph.Tracker()
    tracker.mark()
    tracker.mark()
    with pytest.raises(ValueError, match="limit"):
        tracker.suspects(limit=0)
    with pytest.raises(TypeError):
        tracker.to_csv(None)  # type: ignore[arg-type]
    assert isinstance(tracker.growth(), refgraph.Growth)


def test_what_is_forgotten_in_a_table_that_is_replaced_is_a_suspect(root: Any) -> None:
    root.running = {}
    tracker = refgraph.Tracker()
    for turn in range(6):
        kept = {key: value for key, value in root.running.items() if key[0] == "leak"}
        root.running.update({("request", turn, i): Leaked() for i in range(1000)})
        for key in [key for key in root.running if key[0] == "request" and key[1] != turn]:
            del root.running[key]
        root.running.update({("leak", turn, i): Leaked() for i in range(100)})
        assert len(kept) == 100 * turn
        tracker.mark()
    suspects = tracker.suspects()
    assert f"sys.modules['{root.__name__}'].running[*] gained" in suspects[0].text
    assert "It grew in each of 5 rounds" in suspects[0].text


def test_a_buffer_that_grows_in_every_round_hides_no_other_place(root: Any) -> None:
    root.BUFFER, root.LEAK, root.BIG = bytearray(), [], []

    def step(i: int) -> None:
        root.BUFFER.extend(bytes(200_000))
        root.LEAK.extend(Leaked(i) for i in range(100))
        if i == 2:
            root.BIG.extend(Leaked(i) for i in range(2000))

    suspects = tracked(5, step).suspects()
    buffer, leak, big = (suspect.text for suspect in suspects)
    assert buffer.startswith(f"{ROOT}.BUFFER (bytearray) has grown by ")
    assert re.search(r"It grew in each of 5 rounds, by [12]\d\d KiB a round\.", buffer)
    assert leak.startswith(f"{ROOT}.LEAK[*] gained 500 ")
    assert re.search(r"It grew in each of 5 rounds, by [12]00 objects a round\.", leak)
    assert big.startswith(f"{ROOT}.BIG[*] gained 2,000 ")
    assert "It did not grow in each of 5 rounds." in big


def test_lists_that_come_by_and_by_grow_in_every_round(root: Any) -> None:
    root.DAYS = {}
    numbers = itertools.count()

    def step(_: int) -> None:
        for _ in range(100):
            number = next(numbers)
            root.DAYS.setdefault(number // 150, []).append(Leaked(number + 10**6))

    suspect = tracked(6, step).suspects()[0]
    assert (suspect.holds, suspect.count) == ("leaks.Leaked", 600)
    assert re.search(rf"\n{re.escape(ROOT)}\.DAYS grew in each of 6 rounds, by [23]0", suspect.text)


@pytest.mark.parametrize("make", [types.SimpleNamespace, Leaked], ids=["SimpleNamespace", "class"])
def test_attributes_under_new_names_grow_in_every_round(make: Any, root: Any) -> None:
    """Names of attributes that instances share are no place to be told."""
    root.STATE = make()

    def step(i: int) -> None:
        for k in range(5):
            setattr(root.STATE, f"job_{i}_{k}", Record(i))

    suspects = tracked(5, step).suspects()
    assert (suspects[0].holds, suspects[0].count) == ("leaks.Record", 25)
    assert suspects[0].text.startswith(f"{ROOT}.STATE.")
    assert "\nIt grew in each of 5 rounds, by " in suspects[0].text
    assert not any("{shared keys}" in suspect.place.text for suspect in suspects)


def test_a_small_place_that_grows_in_every_round_is_before_many_that_grew_once(root: Any) -> None:
    for i in range(60):
        setattr(root, f"CACHE_{i}", [])
    root.LEAK = []

    def step(i: int) -> None:
        root.LEAK.extend(Leaked(i + 10**6) for _ in range(12))
        for k in range(60 if i == 2 else 0):
            getattr(root, f"CACHE_{k}").extend(Leaked(n + 10**6) for n in range(30))

    suspect = tracked(5, step).suspects()[0]
    assert suspect.place.text == f"{ROOT}.LEAK[*]"


# ---- what came and went --------------------------------------------------------------------------


def printed(tracker: refgraph.Tracker, limit: int | None = None) -> str:
    file = io.StringIO()
    tracker.print_diff(limit=limit, file=file)
    return file.getvalue()


def changed(text: str) -> dict[str, list[str]]:
    """The rows of what was printed, by type: Δ size, Δ count, size, count, born, died."""
    rows = {}
    for line in text.splitlines()[3:]:
        found = re.match(
            r" +([+-]?[\d.,]+ \w+) +(\S+) +([\d.,]+ \w+) +(\S+) +(\S+) +(\S+) +(\S+)", line
        )
        if found:
            *numbers, name = found.groups()
            rows[name] = numbers
    return rows


def test_print_diff_tells_what_came_and_went_since_the_call_before(root: Any) -> None:
    tracker = refgraph.Tracker(collect=True)
    first = printed(tracker)
    objects = sum(row.count for row in refgraph.capture(collect=True).types())
    assert abs(int(first.split(" ")[0].replace(",", "")) - objects) < 1000
    assert first.endswith("\nThe next call prints what has come and gone since this one.\n")
    root.CACHE = [Leaked() for _ in range(1000)]
    root.OTHER = [Fleeting() for _ in range(300)]
    rows = changed(printed(tracker))
    assert rows["leaks.Leaked"][1:] == ["+1,000", rows["leaks.Leaked"][2], "1,000", "1,000", "0"]
    del root.CACHE[:], root.OTHER[100:]
    root.OTHER.extend(Fleeting() for _ in range(50))
    rows = changed(printed(tracker))
    assert rows["leaks.Leaked"][1:] == ["-1,000", "0 B", "0", "0", "1,000"]
    assert rows["leaks.Leaked"][0].startswith("-")
    assert rows[f"{__name__}.Fleeting"][1] == "-150"
    now, born, died = map(int, rows[f"{__name__}.Fleeting"][3:])
    assert (now, born - died) == (150, -150)  # one born in the place of a dead one is neither
    assert "leaks.Leaked" not in changed(printed(tracker))


def test_print_diff_prints_the_biggest_change_first_and_no_more_than_asked(root: Any) -> None:
    tracker = refgraph.Tracker(collect=True)
    root.CACHE = [Leaked() for _ in range(2000)]
    printed(tracker)
    root.OTHER = [Fleeting() for _ in range(300)]
    del root.CACHE
    text = printed(tracker, limit=1)
    assert list(changed(text)) in (["leaks.Leaked"], ["dict"])  # theirs, up to 3.10
    assert re.search(r"\n… \d+ more rows\n$", text)


def test_print_diff_begins_at_the_first_mark(root: Any) -> None:
    tracker = refgraph.Tracker(collect=True)
    tracker.mark()
    root.CACHE = [Leaked() for _ in range(100)]
    tracker.mark()
    root.OTHER = [Leaked() for _ in range(50)]
    assert changed(printed(tracker))["leaks.Leaked"][1] == "+150"


def test_print_diff_is_no_mark(root: Any) -> None:
    root.CACHE = []

    def step(i: int) -> None:
        root.CACHE.extend(Leaked() for _ in range(100))
        printed(tracker)  # nothing has grown since, and that breaks no row of rounds

    tracker = refgraph.Tracker(collect=True)
    tracker.mark()
    for i in range(3):
        step(i)
        tracker.mark()
        printed(tracker)
    assert (tracker.count, tracker.rounds) == (4, 3)
    assert "leaks.Leaked" in {row.type for row in tracker.steady(limit=None)}
    assert f"{ROOT}.CACHE[*]" in {row.place for row in tracker.steady(by="place", limit=None)}
    assert len(list(tracker._rows(tracker._marks))) == sum(
        len(mark.numbers) // 2 for mark in tracker._marks
    )


def test_print_diff_prints_to_stdout_and_refuses_what_is_no_file(capsys: Any) -> None:
    tracker = refgraph.Tracker()
    tracker.print_diff(limit=2)
    assert "… " in capsys.readouterr().out
    with pytest.raises(TypeError, match="file must be a text file, not 'int'"):
        tracker.print_diff(file=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit must be at least 1"):
        tracker.print_diff(limit=0)


def test_print_diff_that_could_not_be_written_loses_nothing(root: Any, tmp_path: Any) -> None:
    tracker = refgraph.Tracker()
    tracker.mark()
    root.KEPT = [Record(number) for number in range(5000)]
    with open(tmp_path / "f", "w") as closed:
        pass
    with pytest.raises(ValueError, match="closed"):
        tracker.print_diff(file=closed)
    file = io.StringIO()
    tracker.print_diff(file=file)
    assert "Record" in file.getvalue()


NOTHING = """
import io, refgraph
tracker = refgraph.Tracker(collect=True)
file = io.StringIO()
for _ in range(4):
    file.seek(0), file.truncate()
    tracker.print_diff(file=file)
print(file.getvalue())
"""


def test_print_diff_says_that_nothing_has_changed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTHING], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\n\nNo type has changed.\n\n")


OWN = """
import sys
import refgraph
folder, formats = sys.argv[1], sys.argv[2:]
tracker = refgraph.Tracker()
first = tracker.mark()
tracker.mark()
for _ in range(3):
    tracker.to_csv(folder + "/heap.csv")
    print(tracker.growth(), tracker.steady(by="place"), file=sys.stderr)
    tracker.growth().render(folder + "/growth", top=3, formats=formats)
    first.retained(by="owner").to_csv(), first.types().to_json(), str(first.suspects()), repr(first)
    first.types().to_csv(folder + "/types.csv", spreadsheet=True)
    refgraph.Table("an escape: \\0", (), ()).text()
    tracker.mark()
growing = [p for p in tracker.growth() if p.text.startswith("sys.modules") and p.delta_size > 0]
if sys.version_info < (3, 11):  # code that has run 1,024 times gets a cache of what it looks up
    growing = [p for p in growing if p.gained or p.type != "code"]
print([p.text for p in growing if not p.text.startswith("sys.modules['__main__']")])
"""


@pytest.mark.parametrize("formats", [(), ("svg",)])
def test_what_refgraph_imports_for_an_answer_has_not_grown(
    formats: tuple[str, ...], tmp_path: Path
) -> None:
    if formats:
        pytest.importorskip("refgraph._render")
    done = subprocess.run(
        [sys.executable, "-c", OWN, str(tmp_path), *formats],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
