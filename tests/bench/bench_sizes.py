"""Deep sizes and type tables on a heap of a million objects, beside pympler and guppy3.

Each tool is asked in a process of its own, on a heap built there: pympler and guppy give instances
dicts, so that what comes after them would measure another heap. Prints times and their ratios; it
asserts nothing.

    python bench_sizes.py [--objects 1000000]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
import tracemalloc
from typing import Any, Callable

# seconds of the first call and of the best of three; a number that says whether the answers agree
Answer = tuple[float, float, float]


class Item:
    """Half of the objects of the structure."""

    def __init__(self, number: int) -> None:
        self.number = number + 10**6
        self.tags = [f"tag {number}"]


def make(objects: int) -> dict[str, Item]:
    """A structure: an instance, an int, a list and two str for each entry."""
    return {f"key {number}": Item(number) for number in range(objects // 5)}


def timed(work: Callable[[], Any]) -> Answer:
    """Seconds that `work` takes: the first time, the best of three; and its last result."""
    seconds, result = [], 0
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return seconds[0], min(seconds), result


# -- what each tool is asked -----------------------------------------------------------------------


def ask_refgraph(heap: dict[str, Item], small: Item) -> dict[str, Answer]:
    """Sizes without a snapshot, then with one."""
    import refgraph

    def table() -> int:
        return sum(row.count for row in refgraph.capture().types())

    answers = {
        "deep size of all": timed(lambda: int(refgraph.sizeof(heap))),
        "deep size of one": timed(lambda: int(refgraph.sizeof(small))),
        "what all alone keeps": timed(lambda: int(refgraph.sizeof(heap, deep="retained"))),
        "what one alone keeps": timed(lambda: int(refgraph.sizeof(small, deep="retained"))),
        "table of types": timed(table),
    }
    tracker = refgraph.Tracker()
    tracker.mark()
    with open("/dev/null", "w", encoding="utf-8") as null:
        answers["what came and went"] = timed(lambda: tracker.print_diff(file=null) or 0)
    return answers


def ask_pympler(heap: dict[str, Item], small: Item) -> dict[str, Answer]:
    """asizeof, muppy with summary, SummaryTracker."""
    from pympler import asizeof, muppy, summary, tracker

    def table() -> int:
        return sum(row[1] for row in summary.summarize(muppy.get_objects()))

    answers = {
        "table of types": timed(table),
        "deep size of one": timed(lambda: asizeof.asizeof(small)),
        "deep size of all": timed(lambda: asizeof.asizeof(heap)),
    }
    marks = tracker.SummaryTracker()
    answers["what came and went"] = timed(lambda: len(marks.diff()))
    return answers


def ask_guppy(heap: dict[str, Item], small: Item) -> dict[str, Answer]:
    """What dominators give; guppy has no size of all that is reached."""
    from guppy import hpy

    hp = hpy()
    answers = {
        "table of types": timed(lambda: hp.heap().count),
        "what all alone keeps": timed(lambda: hp.iso(heap).domisize),
        "what one alone keeps": timed(lambda: hp.iso(small).domisize),
    }
    hp.setref()
    answers["what came and went"] = timed(lambda: hp.heap().count)
    return answers


ASKED = {"refgraph": ask_refgraph, "pympler": ask_pympler, "guppy": ask_guppy}


def answer(tool: str, objects: int) -> None:
    """In a process of its own: every answer of a tool, and what it leaves behind, as JSON."""
    heap = make(objects)
    found = ASKED[tool](heap, heap["key 7"])
    few = [Item(number) for number in range(1000)]
    tracemalloc.start()
    if tool == "refgraph":
        import refgraph

        refgraph.sizeof(few)
    elif tool == "pympler":
        from pympler import asizeof

        asizeof.asizeof(few)
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(json.dumps({"answers": found, "left": left if tool != "guppy" else None}))


# -- the table -------------------------------------------------------------------------------------


def ask(tool: str, objects: int) -> dict[str, Any] | None:
    """What a tool answers, or None where it is not installed."""
    if importlib.util.find_spec(tool) is None:
        return None
    command = [sys.executable, __file__, "--tool", tool, "--objects", str(objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Ask each tool, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--tool", choices=list(ASKED), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.tool:
        answer(arguments.tool, arguments.objects)
        return
    found = {tool: ask(tool, arguments.objects) for tool in ASKED}
    ours = found["refgraph"]
    assert ours is not None
    print(
        f"a structure of {arguments.objects:,} objects; ms of the first call and of the best of "
        "three,\nand how many times ours:\n"
    )
    print(f"  {'':22}{'refgraph':>18}" + "".join(f"{tool:>34}" for tool in list(ASKED)[1:]))
    for what, (first, best, _) in ours["answers"].items():
        line = f"  {what:22}{1000 * first:9.2f}{1000 * best:9.2f}"
        for tool in list(ASKED)[1:]:
            theirs = found[tool]
            told = theirs["answers"].get(what) if theirs else None
            if told:
                line += f"{1000 * told[0]:10.2f}{1000 * told[1]:9.2f}"
                line += f"{told[0] / first:7.1f}×{told[1] / best:6.1f}×"
            else:
                line += f"{'–':>34}"
        print(line)
    for tool, told in found.items():
        if told and told["left"] is not None:
            print(f"\n{tool} leaves {told['left']:,} bytes behind a deep size of 1,000 instances")
    for what in ours["answers"]:
        numbers = {tool: told["answers"].get(what) for tool, told in found.items() if told}
        print(what, {tool: number[2] for tool, number in numbers.items() if number})


if __name__ == "__main__":
    main()
