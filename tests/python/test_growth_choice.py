"""Which places of growth are suspects, together or apart, and which class is named."""

from __future__ import annotations

import collections
import concurrent.futures
import functools
import gc
import re
import subprocess
import sys
import types
import weakref
from pathlib import Path
from typing import Any, Callable

import pytest
from leaks import ROOT, Leaked, Record, grown

import refgraph
from refgraph.words import wrapped_text

Evaluate = Callable[[str], Any]

RECORD = "leaks.Record"

# ---- several places -----------------------------------------------------------------------------


def test_two_leaks_of_one_object_are_both_told(root: Any) -> None:
    root.APP = types.SimpleNamespace(rows=[], events=())

    def leak() -> None:
        for i in range(800):
            root.APP.rows = [*root.APP.rows, Record(i)]
        for i in range(500):
            root.APP.events = (*root.APP.events, Leaked(i + 10**6))

    suspects = grown(root, leak).suspects()
    assert [(suspect.holds, suspect.count) for suspect in suspects[:2]] == [
        (RECORD, 800),
        ("leaks.Leaked", 500),
    ]


def test_lists_that_share_what_they_hold_let_go_together(root: Any) -> None:
    root.TOPICS = {f"topic {i}": [] for i in range(10)}

    def leak() -> None:
        for i in range(1000):
            job = Record(i)
            root.TOPICS[f"topic {i % 10}"].append(job)
            root.TOPICS[f"topic {(i + 1) % 10}"].append(job)

    suspect = grown(root, leak).suspects()[0]
    lines = suspect.text.split("\n")
    assert lines[1] == "10 objects gained them."
    frees = f"{suspect.frees.count:,} objects, "  # before Python 3.11 an instance has a dict
    assert lines[2].startswith(f"Nothing else holds them: removing them there frees {frees}")
    assert (suspect.holds, suspect.count) == (RECORD, 1000)
    assert suspect.frees.count == suspect.place.born >= 4000


def test_an_index_in_the_same_object_is_named_as_the_other_holder(
    root: Any, evaluate: Evaluate
) -> None:
    root.APP = types.SimpleNamespace(jobs=[], by_name={})

    def leak() -> None:
        for i in range(300):
            root.APP.jobs.append(Record(i))
            root.APP.by_name[root.APP.jobs[-1].name] = root.APP.jobs[-1]

    growth = grown(root, leak)
    (suspect,) = [s for s in growth.suspects() if s.holds == RECORD]
    other = ".by_name" if ".jobs[*]" in suspect.place.text else ".jobs"
    assert "All of them are held elsewhere too: removing them there frees " in suspect.text
    assert suspect.others[0].startswith(f"{ROOT}.APP{other}[")
    assert isinstance(evaluate(suspect.others[0]), Record)


def test_a_list_of_what_others_hold_has_only_grown(root: Any) -> None:
    root.FIRST, root.SECOND = [], []

    def leak() -> None:
        root.FIRST.extend(Record(i) for i in range(3000))
        root.SECOND.extend(root.FIRST)

    texts = [suspect.text for suspect in grown(root, leak).suspects()]
    (text,) = [text for text in texts if text.startswith(f"{ROOT}.SECOND ")]
    assert re.fullmatch(
        re.escape(f"{ROOT}.SECOND (list)") + r" has grown by \S+ KiB: \S+ % of all growth\.", text
    )


def test_lists_in_a_list_are_one_place(root: Any) -> None:
    root.DAYS = {0: []}

    def leak() -> None:
        root.DAYS[0].extend(Record(i) for i in range(200))
        root.DAYS.update({i + 1: [Record(k) for k in range(100)] for i in range(20)})

    suspects = grown(root, leak).suspects()
    assert [suspect.place.text for suspect in suspects] == [f"{ROOT}.DAYS[*]"]
    assert [point.text for point in suspects[0].companions] == [f"{ROOT}.DAYS[*][*]"]


# ---- what is no leak ----------------------------------------------------------------------------


def test_weak_references_come_behind_what_holds(root: Any) -> None:
    root.POOL, root.REGISTRY = [], weakref.WeakValueDictionary()

    def leak() -> None:
        root.POOL.extend(Record(i) for i in range(300))
        root.REGISTRY.update((f"record {i}", one) for i, one in enumerate(root.POOL))

    pool, registry = grown(root, leak).suspects()
    assert (pool.place.text, pool.holds) == (f"{ROOT}.POOL[*]", RECORD)
    assert pool.is_steady
    assert registry.place.text.startswith(f"{ROOT}.REGISTRY.data")
    assert "They are weak references: what they refer to is held elsewhere." in registry.text
    assert not registry.is_steady


def test_what_is_held_by_a_root_of_its_own_goes_with_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import atexit, functools, refgraph\n"
        "class Job: pass\n"
        "before = refgraph.capture()\n"
        "for _ in range(100):\n"
        "    atexit.register(functools.partial(str, Job()))\n"
        "suspect = refgraph.capture().growth(since=before).suspects()[0]\n"
        "is_root = suspect.point is None\n"  # before Python 3.10 the module tells what it holds
        "print(suspect.holds, suspect.count, not is_root or suspect.frees.count >= 200, suspect)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("__main__.Job 100 True ")
    # before Python 3.14 atexit keeps what it calls and what it passes apart
    kept = "tuple" if sys.version_info >= (3, 14) else "functools.partial"
    assert f" gained 100 {kept} and lost none" in " ".join(done.stdout.split())


def test_garbage_is_told_as_such_and_once(root: Any) -> None:
    gc.collect()
    gc.disable()
    try:
        before = refgraph.capture()
        for i in range(500):
            job = Record(i)
            job.after = job
        del job
        growth = refgraph.capture().growth(since=before)
    finally:
        gc.enable()
    (suspect,) = [s for s in growth.suspects(limit=9) if "garbage" in s.text]
    assert not suspect.is_steady
    first, second = suspect.text.split("\n")
    assert re.match(r"2,\d+ objects, \S+ KiB, are garbage that only garbage holds, among ", first)
    assert f" {RECORD} (" in first
    assert second.startswith("The next full collection frees them; capture(collect=True) leaves")
    assert suspect.frees.count == sum(
        point.born for point in growth if point.text.startswith("no root reaches it")
    )


def test_modules_that_were_imported_are_told_last_and_once(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import refgraph\n"
        "class Job: pass\n"
        "CACHE = []\n"
        "before = refgraph.capture()\n"
        "import xml.dom.minidom, sqlite3, wave, mailbox\n"
        "CACHE += [Job() for _ in range(9999)]\n"
        "growth = refgraph.capture().growth(since=before)\n"
        "for suspect in growth.suspects(limit=9):\n"
        "    print(suspect.is_steady, suspect)\n"
        "new = [node for part in [suspect.place, *suspect.companions] for node in part.nodes]\n"
        "gone = growth.after.what_if(new)\n"
        "assert suspect.frees == (gone.count, gone.size)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.split("\n")
    assert lines[0].startswith("True sys.modules['__main__'].CACHE[*] gained 9,999 __main__.Job")
    imported = [line for line in lines if " modules were imported, " in line]
    assert len(imported) == 1
    assert imported[0].startswith("False ")
    assert "call what is to be measured once before the first capture." in done.stdout


def test_names_of_attributes_are_no_leak_of_their_own(root: Any) -> None:
    root.STATE = types.SimpleNamespace()
    growth = grown(root, lambda: [setattr(root.STATE, f"job_{i}", Record(i)) for i in range(25)])
    assert [suspect.place.text for suspect in growth.suspects()] == [f"{ROOT}.STATE.*"]


# ---- which class --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [
        lambda job: functools.partial(print, job),
        lambda job: collections.OrderedDict(job=job),
        lambda job: collections.deque([job]),
        lambda job: {"job": job},
        lambda job: concurrent_future(job),
    ],
    ids=["partial", "OrderedDict", "deque", "dict", "Future"],
)
def test_wrappers_of_the_standard_library_do_not_hide_a_class(root: Any, wrap: Any) -> None:
    wrap(Record(0))  # what is made once
    root.CALLBACKS = []
    growth = grown(root, lambda: root.CALLBACKS.extend(wrap(Record(i)) for i in range(100)))
    suspect = growth.suspects()[0]
    assert (suspect.holds, suspect.count) == (RECORD, 100)
    assert f"{ROOT}.CALLBACKS[*] gained 100 " in suspect.text
    assert f"among them 100 {RECORD} at {ROOT}.CALLBACKS[*]" in suspect.text


def concurrent_future(job: Record) -> Any:
    future: concurrent.futures.Future[Record] = concurrent.futures.Future()
    future.set_result(job)
    return future


def test_a_few_large_ones_are_named(root: Any) -> None:
    root.MODELS = []
    leak = lambda: root.MODELS.extend({"model": Record(i), "data": bytes(10**5)} for i in range(5))  # noqa: E731
    suspect = grown(root, leak).suspects()[0]
    assert (suspect.holds, suspect.count) == (RECORD, 5)


def test_classes_of_one_name_count_as_one(root: Any) -> None:
    root.KEEP = []

    def leak() -> None:
        for i in range(60):
            point = collections.namedtuple("Point", "x y")
            root.KEEP.append(point(i, i))

    suspects = grown(root, leak).suspects()
    (suspect,) = [s for s in suspects if s.place.text == f"{ROOT}.KEEP[*]"]
    assert suspect.holds.endswith(".Point")
    assert suspect.count == len(suspect.objects) == 60


# ---- in words -----------------------------------------------------------------------------------


def test_an_expression_is_on_one_line_or_not_there(root: Any, evaluate: Evaluate) -> None:
    root.CACHE = {}

    def leak() -> None:
        for i in range(200):
            key = f"SELECT id, name FROM products WHERE owner = {i} " + "AND TRUE " * 9
            root.CACHE[key] = Record(i)

    lines = str(grown(root, leak).suspects()[0]).split("\n")
    (line,) = [line for line in lines if line.startswith(f"One {RECORD}: ")]
    assert len(line) > 100
    assert isinstance(evaluate(line.partition(": ")[2]), Record)
    root.CACHE.clear()
    long = grown(root, lambda: root.CACHE.update((f"{i:0400}", Record(i)) for i in range(99)))
    assert "\nOne " not in long.suspects()[0].text


def test_a_number_and_its_unit_stay_together() -> None:
    for width in range(80, 99):
        lines = wrapped_text(f"{'x' * width} 97.7 KiB, > 99 % of 5 B").split("\n")
        assert any("97.7 KiB," in line for line in lines)
        assert any("> 99 %" in line for line in lines)
