"""What people type today, on one heap of a million tracked objects: objgraph's calls and the
drop-in's, and refgraph's own beside pympler's and guppy's.

Each tool answers in a forked child of its own: some make dicts of instances, or keep what they
found. Seconds are the best of a few calls; a ratio is theirs over ours. gc.collect(), which the
contract of some calls demands, is said apart: "bare" is the ratio to objgraph without it. Memory is
what one call added to a child at its peak (VmHWM), the result included. A hundred chains of
objgraph's and guppy's are ten, times ten. It asserts nothing.

    python bench_habits.py [--objects 1000000] [--only "one chain"]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
import types
from typing import Any, Callable

from habits_tools import Heap, Question, tools

MODULE = types.ModuleType("bench_habits_state")

#: Of each question: seconds, MiB added, gc.collect()s in one call.
Answers = dict[str, tuple[float, float, int]]


class User:
    """A member of the heap."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.friends: list[User] = []
        self.properties = {"address": ["a street", [number]], number: (self, number)}


def make_heap(objects: int) -> tuple[Heap, list[Any]]:
    """Users in pages in shards of a module's registry, each a friend of three others; and what no
    module holds, in a list that the caller keeps.
    """
    users = [User(number) for number in range(objects // 6)]
    for number, user in enumerate(users):
        user.friends.extend(users[(number * 7 + step * 7919) % len(users)] for step in (1, 2, 3))
    sys.modules[MODULE.__name__] = MODULE
    shards: dict[int, dict[int, list[User]]] = {}
    for page in range(0, len(users), 50):
        shards.setdefault(page // 5000, {})[page] = users[page : page + 50]
    MODULE.REGISTRY = shards  # type: ignore[attr-defined]
    lonely: list[Any] = [object()]
    lonely.append([[lonely[0], number] for number in range(200)])
    return Heap(shards, users[1 : len(users) : len(users) // 100][:100], lonely[0]), lonely


# ---- measuring -----------------------------------------------------------------------------------


def in_child(work: Callable[[], Any]) -> Any:
    """What `work` answers in a forked child, as JSON has it; None where the child ended."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write_end, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """The least that `work` takes."""
    least = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        least = min(least, time.perf_counter() - start)
        del result
    return least


def added(work: Callable[[], Any]) -> float:
    """The most MiB that `work` adds."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins here
    before = memory("VmRSS")
    result = work()
    more = memory("VmHWM") - before
    del result
    return max(0, more) / 2**20


def memory(field: str) -> int:
    """Bytes, from /proc/self/status."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field):
                return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")


def one_answer(make: Callable[[], dict[str, Question]], title: str) -> tuple[float, float, int]:
    """Seconds, MiB and collections of one question."""
    gc.collect()  # copies the pages that a child shares with its parent until somebody writes
    question = make()[title]
    if question.is_primed:
        question.work()
    mib = added(question.work)  # first: what a call has freed is used again, and not seen
    least = seconds(question.work, question.repeats)
    return question.stands_for * least, mib, question.collections


def answers_of(make: Callable[[], dict[str, Question]], only: str | None) -> Answers:
    """What a tool answers: each question, or one, in a child of its own."""
    titles = [title for title in in_child(lambda: list(make())) or [] if only in (None, title)]
    found = {title: in_child(lambda t=title: one_answer(make, t)) for title in titles}
    return {title: tuple(answer) for title, answer in found.items() if answer}


# ---- the table -----------------------------------------------------------------------------------


def ratio(theirs: float, ours: float) -> str:
    """How many times ours."""
    return f"{theirs / ours:.1f} ×" if ours > 0 else "–"


def line(title: str, found: dict[str, Answers], collect: float) -> str:
    """One row: seconds, ratios, the ratio to objgraph without collections, MiB."""
    ours = found["refgraph"][title]
    cells = [f"{title:26}{ours[0]:9.4f}"]
    bare = ""
    for tool in ("objgraph", "pympler", "guppy"):
        theirs = found.get(tool, {}).get(title)
        cells.append(f"{ratio(theirs[0], ours[0]) if theirs else '–':>11}")
        if theirs and tool == "objgraph" and ours[2]:
            bare = ratio(theirs[0] - theirs[2] * collect, ours[0] - ours[2] * collect)
    cells.append(f"{bare:>11}{ours[1]:10.1f}")
    for tool in ("objgraph", "pympler", "guppy"):
        theirs = found.get(tool, {}).get(title)
        cells.append(f"{format(theirs[1], '.1f') if theirs else '–':>10}")
    return "".join(cells)


def main() -> None:
    """Make the heap, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--only", metavar="TITLE", help="one row of the table")
    arguments = parser.parse_args()
    heap, _lonely = make_heap(arguments.objects)
    asked = tools(heap)
    gc.collect()
    collect = seconds(gc.collect, 3)
    print(
        f"{len(gc.get_objects()):,} tracked objects; gc.collect() {collect:.3f} s; Python "
        f"{sys.version.split()[0]}; {os.cpu_count()} cores\n"
    )
    found = {tool: answers_of(make, arguments.only) for tool, make in asked.items()}
    print(f"{'':26}{'seconds':>9}{'times ours':>33}{'objgraph':>11}{'MiB added':>40}")
    heads = "".join(f"{tool:>11}" for tool in ("objgraph", "pympler", "guppy"))
    print(f"{'':26}{'refgraph':>9}{heads}{'bare':>11}", end="")
    print("".join(f"{tool:>10}" for tool in ("refgraph", "objgraph", "pympler", "guppy")))
    for title in found["refgraph"]:
        print(line(title, found, collect), flush=True)


if __name__ == "__main__":
    main()
