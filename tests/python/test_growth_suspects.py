"""Suspects of growth: what is named first, what of it is told, and that it is true."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Callable

import pytest
from leaks import ROOT, Leaked, Record, grown

import refgraph
from refgraph.growth import Growth

Evaluate = Callable[[str], Any]


RECORD = "leaks.Record"

# ---- a container that is new hides what is in it ------------------------------------------------


def replaced_list(root: Any) -> tuple[Any, str]:
    root.LIST = [Record(i) for i in range(1000)]
    return lambda: setattr(root, "LIST", root.LIST + [Record(i) for i in range(400)]), ".LIST[*]"


def replaced_dict(root: Any) -> tuple[Any, str]:
    root.DICT = {i: Record(i) for i in range(1000)}
    new = ((i + 2000, Record(i)) for i in range(400))
    return lambda: setattr(root, "DICT", {**root.DICT, **dict(new)}), ".DICT[*]"


def replaced_tuple(root: Any) -> tuple[Any, str]:
    root.TUPLE = tuple(Record(i) for i in range(1000))
    return lambda: setattr(root, "TUPLE", (*root.TUPLE, *map(Record, range(400)))), ".TUPLE[*]"


def new_variable(root: Any) -> tuple[Any, str]:
    return lambda: setattr(root, "NEW", {i: Record(i) for i in range(400)}), ".NEW[*]"


def dicts_of_requests(root: Any) -> tuple[Any, str]:
    root.LOG = []
    return (
        lambda: root.LOG.extend({"job": Record(i), "number": i} for i in range(400)),
        ".LOG[*][*]",
    )


def few_lists_of_many(root: Any) -> tuple[Any, str]:
    root.PAGES = {}
    return (
        lambda: root.PAGES.update({i: [Record(k) for k in range(20)] for i in range(20)}),
        ".PAGES[*][*]",
    )


def linked_list(root: Any) -> tuple[Any, str]:
    root.HEAD = None

    def leak() -> None:
        for i in range(400):
            root.HEAD = Record(i, root.HEAD)

    return leak, ".HEAD"


def dict_of_an_instance(root: Any) -> tuple[Any, str]:
    """Python 3.11 and later make it when it is asked for."""
    root.OWNER = Leaked()
    return lambda: vars(root.OWNER).update(jobs=[Record(i) for i in range(400)]), ".OWNER.jobs[*]"


def ever_new_names(root: Any) -> tuple[Any, str]:
    root.STATE = types.SimpleNamespace(first=None)
    return lambda: [setattr(root.STATE, f"job_{i}", Record(i)) for i in range(400)], ".STATE.*"


def ever_new_variables(root: Any) -> tuple[Any, str]:
    return lambda: [setattr(root, f"job_{i}", Record(i)) for i in range(400)], ".*"


HIDDEN = (
    replaced_list,
    replaced_dict,
    replaced_tuple,
    new_variable,
    dicts_of_requests,
    few_lists_of_many,
    linked_list,
    dict_of_an_instance,
    ever_new_names,
    ever_new_variables,
)


@pytest.mark.parametrize("plant", HIDDEN, ids=lambda plant: plant.__name__)
def test_the_class_that_was_leaked_is_named(plant: Any, root: Any) -> None:
    leak, place = plant(root)
    suspect = grown(root, leak).suspects()[0]
    assert suspect.is_steady
    assert (suspect.holds, suspect.count) == (RECORD, 400)
    assert len(suspect.objects) >= 400
    assert {node.type for node in suspect.objects} == {RECORD}
    assert suspect.example in suspect.objects
    first = suspect.text.split("\n")[0]
    assert first.startswith(f"{ROOT}.")
    assert f"400 {RECORD}" in first
    assert suspect.chain == f"{ROOT}{place}"
    assert suspect.share > 0.5


def test_what_begins_there_is_told_where_no_class_is_behind_it(root: Any) -> None:
    root.ROWS = []
    leak = lambda: root.ROWS.extend([i + 10**6, f"row {i + 10**6}"] for i in range(300))  # noqa: E731
    suspect = grown(root, leak).suspects()[0]
    assert (suspect.holds, suspect.count) == ("list", 300)
    assert "among them" not in suspect.text


# ---- most of what is there is replaced ----------------------------------------------------------


def churned(root: Any, more: int) -> Growth:
    root.RUNNING = {i + 3000: Record(i) for i in range(1000)}
    before = refgraph.capture()
    root.RUNNING = {i + 5000: Record(i + 5000) for i in range(1000 + more)}
    return refgraph.capture().growth(since=before)


def test_a_place_where_most_is_replaced_is_told_as_such(root: Any) -> None:
    growth = churned(root, 200)
    (suspect,) = growth.suspects()
    assert not suspect.is_steady
    assert suspect.text.startswith(f"{ROOT}.RUNNING")
    assert "Most of what was there is replaced" in suspect.text
    assert "A Tracker with a mark each round tells whether it lasts." in " ".join(
        str(suspect).split()
    )
    assert "\n\nMost growth: sys.modules" in str(growth)
    assert "Likely leak" not in str(growth)


def test_where_as_much_goes_as_comes_nothing_is_told(root: Any) -> None:
    growth = churned(root, 0)
    assert len(growth.suspects()) == 0
    assert str(growth.suspects()).startswith("No place has gained more than ")
    assert str(growth.suspects()).endswith(growth._headline())


def test_where_nearly_all_is_gone_that_is_said(root: Any) -> None:
    root.QUEUE = [Record(i) for i in range(30_000)]
    before = refgraph.capture()
    root.QUEUE = [Record(i + 10**6) for i in range(30_200)]
    growth = refgraph.capture().growth(since=before)
    assert len(growth.suspects()) == 0
    place = re.escape(f"{ROOT}.QUEUE")
    assert re.match(
        rf"Nearly all that came is gone: most is left at {place}\S*, \+\S+ KiB of \S+ MiB that",
        str(growth.suspects()),
    )


def test_it_is_not_told_where_a_place_is_steady(root: Any) -> None:
    root.CACHE = []
    root.RUNNING = {i + 3000: Record(i) for i in range(1000)}
    before = refgraph.capture()
    root.RUNNING = {i + 5000: Record(i + 5000) for i in range(1200)}
    root.CACHE.extend(Leaked(i + 9000) for i in range(300))  # in no place of a record
    suspects = refgraph.capture().growth(since=before).suspects()
    assert [suspect.place.text for suspect in suspects] == [f"{ROOT}.CACHE[*]"]


# ---- what is told of one ------------------------------------------------------------------------


def test_who_else_holds_them_is_told(root: Any, evaluate: Evaluate) -> None:
    root.CACHE, root.INDEX, root.LOOP = [], {}, []

    def run(kept: int) -> None:
        new = [Leaked() for _ in range(100)]
        root.CACHE.extend(new)
        root.INDEX.update((id(one), types.SimpleNamespace(one=one)) for one in new[:kept])

    for kept, words in ((0, "Nothing else holds"), (1, "One of"), (40, "40 of"), (100, "All of")):
        growth = grown(root, functools.partial(run, kept))
        (suspect,) = [s for s in growth.suspects() if s.place.text == f"{ROOT}.CACHE[*]"]
        line = suspect.text.split("\n")[1]
        assert line.startswith(f"{words} them")
        assert len(suspect.others) == (kept > 0)
        for other in suspect.others:
            assert evaluate(other) in root.CACHE
            assert f"\n  also by {other}\n" in suspect.text
        assert suspect.frees.count == suspect.place.born // 100 * (100 - kept)
        assert ("frees nothing." in line) == (kept == 100)


def test_what_a_suspect_frees_goes_if_the_place_is_cleared(root: Any) -> None:
    """All goes that is behind those references, and nothing else."""
    root.CACHE, root.SHARED = {}, [Leaked(10**6)]

    def leak() -> None:
        for i in range(300):
            root.CACHE["key", i] = [Leaked(10**7 + i), root.SHARED[0]]

    growth = grown(root, leak)
    suspect = growth.suspects()[0]
    before = refgraph.capture(collect=True)
    count, size = before.node_count, sum(row.size for row in before.types())
    table = sys.getsizeof(root.CACHE)
    root.CACHE.clear()
    after = refgraph.capture(collect=True)
    shrunk = table - sys.getsizeof(root.CACHE)
    assert suspect.frees.count == pytest.approx(count - after.node_count, abs=3)
    assert suspect.frees.size == pytest.approx(
        size - shrunk - sum(row.size for row in after.types()), abs=400
    )


def test_the_line_that_allocated_them_is_told(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import tracemalloc, refgraph\n"
        "class Job: pass\n"
        "tracemalloc.start()\n"
        "CACHE = []\n"
        "before = refgraph.capture()\n"
        "for i in range(500):\n"
        "    CACHE.append(Job())\n"
        "suspect = refgraph.capture().growth(since=before).suspects()[0]\n"
        "print(suspect)\n"
        "print(suspect.site)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=True
    )
    assert "CACHE[*] gained 500 __main__.Job and lost none" in done.stdout
    assert re.search(r"Allocated at \S*program\.py:7 \(tracemalloc, \d{3} of them\)\.", done.stdout)


def test_a_hostile_type_name_stays_on_its_line(root: Any) -> None:
    hostile = type("Bad\n\x1b[31m" + "x" * 5000, (), {})
    root.items = []
    before = refgraph.capture()
    root.items += [hostile() for _ in range(100)]
    suspects = refgraph.capture().growth(since=before).suspects()
    assert "gained 100" in suspects[0].text
    for line in str(suspects).split("\n"):
        assert line.isprintable()
        assert len(line) < 1000


def test_next_to_nothing_is_no_suspect(root: Any) -> None:
    root.number = 10**6
    before = refgraph.capture()
    root.number = 10**7
    suspects = refgraph.capture().growth(since=before).suspects()
    assert all(root.__name__ not in suspect.text for suspect in suspects)


def test_big_keys_are_told_with_small_values(root: Any) -> None:
    root.PER_JOB = {}

    def leak() -> None:
        for i in range(300):
            root.PER_JOB[Leaked(10**6 + i)] = float(i)

    growth = grown(root, leak)
    suspect = growth.suspects()[0]
    place = f"{ROOT}.PER_JOB"
    assert suspect.text.startswith(f"{place}[*] gained 300 float and lost none")
    assert "and 300 leaks.Leaked as keys (" in suspect.text
    total = sum(p.delta_size for p in growth if p.text.startswith(place) and p.delta_size > 0)
    grown_in_all = sum(max(p.delta_size, 0) for p in growth)
    assert suspect.share == pytest.approx(total / grown_in_all)


def test_small_keys_are_told_with_big_values(root: Any) -> None:
    root.CACHE = {}

    def leak() -> None:
        for i in range(300):
            root.CACHE["key", i] = [Leaked(10**6 + i) for _ in range(5)]

    text = grown(root, leak).suspects()[0].text
    assert text.startswith(f"{ROOT}.CACHE[*] gained 300 list and lost none")
    assert "and 300 tuple as keys (" in text


def test_the_example_is_an_expression_that_python_takes(root: Any, evaluate: Evaluate) -> None:
    root.CACHE = {}
    suspect = grown(root, lambda: root.CACHE.update({i: Record(i) for i in range(99)})).suspects()[
        0
    ]
    (line,) = [line for line in suspect.text.split("\n") if line.startswith(f"One {RECORD}: ")]
    assert evaluate(line.partition(": ")[2]) in root.CACHE.values()
    assert id(evaluate(line.partition(": ")[2])) == suspect.example.address


def test_suspects_are_a_table_too(root: Any) -> None:
    root.CACHE, root.BUFFER = {}, bytearray(10)

    def leak() -> None:
        root.CACHE.update({i: Record(i) for i in range(99)})
        root.BUFFER.extend(bytes(10**5))

    growth = grown(root, leak)
    suspects = growth.suspects()
    buffer, cache = suspects
    assert [row.where for row in suspects.table()] == [buffer.chain, cache.chain]
    assert (buffer.holds, buffer.count, buffer.point) == ("bytearray", 0, buffer.example)
    assert buffer.text.startswith(f"{ROOT}.BUFFER (bytearray) has grown by ")
    assert (cache.holds, cache.count) == (RECORD, 99)
    assert cache.point == growth.after.node(root.CACHE)
    rows = json.loads(suspects.table().to_json())
    assert [row["holds"] for row in rows] == ["bytearray", RECORD]
    text = str(suspects)
    assert text.startswith(str(buffer))
    assert f"{cache!s}\n\n2 suspects, " in text
    assert max(map(len, text.split("\n"))) <= 100
    assert repr(suspects).startswith("<Suspects: 2 suspects, ")
    assert "<table" in suspects._repr_html_()
    assert len(growth.suspects(limit=1)) == 1
