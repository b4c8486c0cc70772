"""What bench_habits.py asks each tool, by title: calls that mean the same, or nearly."""

from __future__ import annotations

import importlib
import io
from typing import Any, Callable, NamedTuple

import refgraph
import refgraph.objgraph


class Question(NamedTuple):
    """One row of a tool: the call; how often it is timed; how many calls one stands for."""

    work: Callable[[], Any]
    repeats: int = 3
    stands_for: int = 1
    collections: int = 0  # that it runs by its contract, in all
    is_primed: bool = False  # its second call is meant


class Heap(NamedTuple):
    """The heap that is asked about."""

    registry: object  # what holds nearly all of it
    targets: list[Any]  # a hundred objects in it, of one class
    lonely: object  # two hundred lists hold it, and no module holds those


def objgraph_calls(tool: Any, heap: Heap) -> dict[str, Question]:
    """objgraph's functions, or the drop-in's."""
    nobody = object()
    user = type(heap.targets[0])

    def chain(start: object) -> Any:
        return tool.find_backref_chain(start, tool.is_proper_module)

    def hundred() -> None:
        with tool.one_capture():
            for target in heap.targets:
                chain(target)

    def ten() -> None:
        for target in heap.targets[:10]:
            chain(target)

    is_ours = hasattr(tool, "one_capture")
    one = Question(lambda: chain(heap.targets[3]), 2, collections=1)
    many = Question(hundred, 1, 1, 1) if is_ours else Question(ten, 1, 10, 100)

    def forwards() -> Any:
        ignored = [id(user)]  # which leads everywhere
        return tool.find_ref_chain(heap.targets[3], lambda obj: obj is nobody, 40, ignored)

    def picture() -> None:
        tool.show_backrefs([heap.targets[3]], max_depth=5, output=io.StringIO())

    return {
        "type table": Question(lambda: tool.most_common_types(10)),
        "count": Question(lambda: tool.count(user.__name__)),
        "by_type": Question(lambda: tool.by_type(user.__name__)),
        "at": Question(lambda: tool.at(id(heap.targets[50]))),
        "growth": Question(lambda: tool.growth(10, {}), collections=1),
        "new ids, first call": Question(
            lambda: tool.get_new_ids(limit=0, _state={}), 1, collections=1
        ),
        "new ids, later calls": Question(
            lambda: tool.get_new_ids(limit=0), collections=1, is_primed=True
        ),
        "back-references, depth 5": Question(picture, 1),
        "one chain": one,
        "100 chains": many,
        "no chain, 200 referrers": Question(lambda: chain(heap.lonely), 1, collections=1),
        "no chain forwards": Question(forwards, 1, collections=1),
        "leaking objects": Question(tool.get_leaking_objects, 2, collections=1),
        "one chain, own API": one,
        "100 chains, own API": many,
    }


def own_calls(heap: Heap) -> dict[str, Question]:
    """refgraph's own API."""
    before = refgraph.capture()

    def chains(count: int) -> None:
        snap = refgraph.capture()
        for target in heap.targets[:count]:
            snap.node(target).why_alive(1)

    return {
        "types with sizes": Question(lambda: refgraph.capture().types()),
        "growth with sizes": Question(lambda: refgraph.capture().growth(since=before).types()),
        "deep size": Question(lambda: refgraph.sizeof(heap.registry)),
        "what only it keeps": Question(lambda: refgraph.sizeof(heap.registry, deep="retained"), 2),
        "one chain, own API": Question(lambda: chains(1), 2),
        "100 chains, own API": Question(lambda: chains(100), 2),
    }


def pympler_calls(heap: Heap) -> dict[str, Question]:
    """muppy with summary, SummaryTracker, asizeof."""
    from pympler import asizeof, muppy, summary, tracker

    marks: list[Any] = []

    def diff() -> Any:
        if not marks:
            marks.append(tracker.SummaryTracker())
        return marks[0].diff()

    return {
        "types with sizes": Question(lambda: summary.summarize(muppy.get_objects()), 1),
        "growth with sizes": Question(diff, 1, is_primed=True),
        "deep size": Question(lambda: asizeof.asizeof(heap.registry), 1),
    }


def guppy_calls(heap: Heap) -> dict[str, Question]:
    """heap, setref, domisize, shortest paths, what is not reachable."""
    from guppy import hpy

    hp = hpy()

    def relative() -> int:
        hp.setref()
        return int(hp.heap().count)

    def chains(count: int) -> None:
        for target in heap.targets[:count]:
            str(hp.iso(target).sp)

    return {
        "types with sizes": Question(lambda: hp.heap().count, 2),
        "growth with sizes": Question(relative, 1),
        "what only it keeps": Question(lambda: hp.iso(heap.registry).domisize, 1),
        "one chain, own API": Question(lambda: chains(1), 1),
        "100 chains, own API": Question(lambda: chains(10), 1, 10),
    }


def tools(heap: Heap) -> dict[str, Callable[[], dict[str, Question]]]:
    """Those that are installed, and what each is asked; made when it is."""
    found: dict[str, Callable[[], dict[str, Question]]] = {
        "refgraph": lambda: {**objgraph_calls(refgraph.objgraph, heap), **own_calls(heap)}
    }
    objgraph = _module("objgraph")
    if objgraph is not None:
        found["objgraph"] = lambda: objgraph_calls(objgraph, heap)
    if _module("pympler") is not None:
        found["pympler"] = lambda: pympler_calls(heap)
    if _module("guppy") is not None:
        found["guppy"] = lambda: guppy_calls(heap)
    return found


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
