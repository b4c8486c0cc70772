"""Every kind of objgraph call on one heap of a million tracked objects, beside objgraph's own.

Seconds are the best of a few calls in one process. Memory is what a call added to the process at
its peak (VmHWM), the result included: in a forked child of its own, so that nothing is left to it.
The seconds of gc.collect(), which the contract of some calls demands, are said apart: the last
ratio is without them. objgraph's hundred chains are ten, times ten. It asserts nothing.

    python bench_objgraph.py [--objects 1000000]
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import os
import sys
import time
import types
from typing import Any, Callable

import refgraph.objgraph

MODULE = types.ModuleType("bench_objgraph_state")


class User:
    """A member of the heap."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.friends: list[User] = []
        self.properties = {"address": ["a street", [number]], number: (self, number)}


def make_heap(objects: int) -> tuple[list[User], list[Any]]:
    """Users in pages in shards of a module's registry, each a friend of three others; and what no
    module holds.
    """
    users = [User(number) for number in range(objects // 6)]
    for number, user in enumerate(users):
        user.friends.extend(users[(number * 7 + step * 7919) % len(users)] for step in (1, 2, 3))
    sys.modules[MODULE.__name__] = MODULE
    shards: dict[int, dict[int, list[User]]] = {}
    for page in range(0, len(users), 50):
        shards.setdefault(page // 5000, {})[page] = users[page : page + 50]
    MODULE.REGISTRY = shards  # type: ignore[attr-defined]
    target = object()
    return users[1000:101000:1000], [target, [[target, number] for number in range(200)]]


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """The least that `work` takes."""
    least = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        least = min(least, time.perf_counter() - start)
        del result
    return least


def added(work: Callable[[], Any], is_primed: bool) -> float:
    """The most MiB that `work` adds (`is_primed`: its second call), in a child, which ends then."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            if is_primed:
                work()
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # the peak begins here
            before = memory("VmRSS")
            result = work()
            os.write(write_end, str(max(0, memory("VmHWM") - before)).encode())
            del result
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        number = int(answer.read() or -1)
    os.waitpid(child, 0)
    return number / 2**20


def memory(field: str) -> int:
    """Bytes, from /proc/self/status."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field):
                return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")


Ask = Callable[[Any], Callable[[], Any]]


def questions(targets: list[User], lonely: Any) -> list[tuple[str, bool, int, Ask]]:
    """What is asked: title, whether the call collects, repeats, and how a module is asked."""
    nobody = object()

    def chain(tool: Any, start: Any) -> Any:
        return tool.find_backref_chain(start, tool.is_proper_module)

    def hundred(tool: Any) -> None:
        if tool is refgraph.objgraph:
            with tool.one_capture():
                for user in targets:
                    chain(tool, user)
        else:
            for user in targets[:10]:
                chain(tool, user)

    def picture(tool: Any) -> None:
        tool.show_backrefs([targets[3]], max_depth=5, output=io.StringIO())

    def forwards(tool: Any) -> Any:
        ignored = [id(User)]  # which leads everywhere
        return tool.find_ref_chain(targets[3], lambda o: o is nobody, 40, ignored)

    return [
        ("type table", False, 3, lambda t: lambda: t.most_common_types(10)),
        ("count", False, 3, lambda t: lambda: t.count("User")),
        ("by_type", False, 3, lambda t: lambda: t.by_type("User")),
        ("at", False, 3, lambda t: lambda: t.at(id(targets[50]))),
        ("growth", True, 3, lambda t: lambda: t.growth(10, {})),
        ("new ids, first call", True, 1, lambda t: lambda: t.get_new_ids(limit=0, _state={})),
        ("new ids, later calls", True, 3, lambda t: lambda: t.get_new_ids(limit=0)),
        ("back-references, depth 5", False, 1, lambda t: lambda: picture(t)),
        ("one chain", True, 2, lambda t: lambda: chain(t, targets[3])),
        ("100 chains", True, 1, lambda t: lambda: hundred(t)),
        ("no chain, 200 referrers", True, 1, lambda t: lambda: chain(t, lonely)),
        ("no chain forwards", True, 1, lambda t: lambda: forwards(t)),
        ("leaking objects", True, 2, lambda t: lambda: t.get_leaking_objects()),
    ]


def compare(
    title: str, collects: bool, repeats: int, ask: Ask, other: Any, collect: float, mib: list[float]
) -> str:
    """One line of the table; `mib`: what ours adds, and theirs."""
    if "later" in title:
        ask(refgraph.objgraph)()
    ours = seconds(ask(refgraph.objgraph), repeats)
    line = f"{title:26}{ours:9.3f}"
    memories = "".join(f"{number:10.1f}" for number in mib)
    if other is None:
        return f"{line}{'':31}{memories}"
    if "later" in title:
        ask(other)()
    times, calls = (10, 100) if title == "100 chains" else (1, 1)
    theirs = times * seconds(ask(other), repeats)
    line += f"{theirs:11.3f}{theirs / ours:8.1f} ×"
    own = ours - collect
    bare = f"{(theirs - calls * collect) / own:6.1f} ×" if collects and own > 0 else ""
    return f"{line}{bare:>10}{memories}"


def main() -> None:
    """Make the heap, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    arguments = parser.parse_args()
    targets, unreachable = make_heap(arguments.objects)
    other = peer()
    gc.collect()
    collect = seconds(gc.collect, 3)
    print(
        f"{len(gc.get_objects()):,} tracked objects; gc.collect() {collect:.3f} s; Python "
        f"{sys.version.split()[0]}; {os.cpu_count()} cores\n\n"
        f"{'':26}{'seconds':>9}{'seconds':>11}{'':10}{'without':>10}{'MiB':>10}{'MiB':>10}\n"
        f"{'':26}{'refgraph':>9}{'objgraph':>11}{'ratio':>10}{'collect':>10}"
        f"{'refgraph':>10}{'objgraph':>10}"
    )
    asked = questions(targets, unreachable[0])
    tools = [refgraph.objgraph, *([other] if other is not None else [])]
    # first: what later calls free would be used again, and not be seen
    memories = [[added(ask(t), "later" in title) for t in tools] for title, _, _, ask in asked]
    for mib, (title, collects, repeats, ask) in zip(memories, asked):
        print(compare(title, collects, repeats, ask, other, collect, mib), flush=True)


def peer() -> Any:
    """objgraph, or None."""
    try:
        return importlib.import_module("objgraph")
    except ImportError:
        return None


if __name__ == "__main__":
    main()
