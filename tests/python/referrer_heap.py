"""A plain interpreter's heap with instances of many shapes: do gc.get_referrers and a graph agree?

Run as a program: prints one JSON object.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import types

import shapes

from refgraph import _core

WEAK = 3

# Fields that own a reference and that tp_traverse of some version leaves out (docs/capture.md).
UNREPORTED = {
    ".__name__",
    ".__qualname__",
    "slots",
    "subclasses",
    "cache entry",
    ".tzinfo",
    ("_local", "callback"),
    ("_RunningLoop", "callback"),  # asyncio's subclass of it
    ("BytesIO", "buffer"),
    ("generator", "code"),  # of one that has ended, 3.12 and early 3.13
    ("coroutine", "code"),
    ("async_generator", "code"),
}


class Plain:
    def __init__(self, *args: object) -> None:
        self.args = args
        self.me = self


class Slots:
    __slots__ = ("a", "b")


def build() -> list[object]:
    """Instances, containers, closures, generators and what they hold."""
    objects: list[object] = [make(shapes.Item(i)) for i in range(6) for make in shapes.SHAPES]
    for i in range(1500):
        one = Plain(i, str(i) + "x", [i + 0.5])
        two = Slots()
        two.a = one
        objects += [one, two, {"k": one, 1: two}, {one}, (one, [two]), lambda one=one: one]
    return objects


def reachable(objects: list[object]) -> list[object]:
    """Objects and what they refer to, each once."""
    found = {id(obj): obj for obj in objects}
    for obj in objects:
        for target in gc.get_referents(obj):
            found.setdefault(id(target), target)
    return list(found.values())


def kind_of(graph: _core.Graph, edge: tuple[int, int, int, str, int]) -> str:
    """Why gc.get_referrers does not tell of an edge; "" where it should."""
    source = graph.node(edge[0])
    holder = graph.type_of(edge[0])[0]
    name = edge[3]
    if edge[4] == WEAK:
        return "not owned"
    if holder == "frame" or name.startswith(("local ", "cell ")):
        return "running frame"
    if not source[5] & 1:
        return "not tracked"
    if source[4] == 3:  # the permanent generation
        return "frozen"
    if name == "type":
        return "class"
    if name in ("key", "shared keys", "order"):
        return "key"
    if name in UNREPORTED or (holder, name) in UNREPORTED:
        return "field that is not reported"
    if name == ".__dict__":  # of a static class, or forgotten by 3.13.0 - 3.13.12
        return "dict"
    return ""


def main() -> None:
    kept = build()
    gc.collect()
    gc.disable()
    candidates = [obj for obj in reachable(gc.get_objects()) if obj is not None]
    random.Random(11).shuffle(candidates)
    sample = candidates[:10_000]
    del candidates
    frame = sys._getframe()
    graph = _core.capture("refgraph")
    # nothing but this loop's own objects comes into being from here on
    born = {id(graph), id(frame), id(sample), id(kept)}
    missing: dict[str, int] = {}
    extra: dict[str, int] = {}
    too_many: dict[str, int] = {}
    agreed = hidden = 0
    for obj in sample:
        node = graph.find(id(obj))
        if node is None:
            hidden += 1
            continue
        edges = graph.referrers(node)
        by_address: dict[int, list[tuple[int, int, int, str, int]]] = {}
        for edge in edges:
            by_address.setdefault(graph.node(edge[0])[1], []).append(edge)
        expected = set()
        for referrer in gc.get_referrers(obj):
            if type(referrer) is not types.FrameType and graph.find(id(referrer)) is not None:
                expected.add(id(referrer))
        referrer = None
        expected -= born
        for address in expected - set(by_address):
            holder = graph.type_of(graph.find(address) or 0)[0]
            what = f"{holder} -> {type(obj).__name__}"
            missing[what] = missing.get(what, 0) + 1
        for address in set(by_address) - expected - born:
            kinds = {kind_of(graph, edge) for edge in by_address[address]}
            for kind in kinds:
                if not kind:
                    kind = f"? {graph.type_of(by_address[address][0][0])[0]} "
                    kind += f"{by_address[address][0][3]} -> {type(obj).__name__}"
                extra[kind] = extra.get(kind, 0) + 1
        agreed += len(expected & set(by_address))
    for node in range(graph.node_count):
        _type, _address, _size, refcount, _generation, flags = graph.node(node)
        owned = sum(1 for edge in graph.referrers(node) if edge[4] != WEAK)
        if owned > refcount and not flags & 2:
            what = graph.type_of(node)[0]
            too_many[what] = too_many.get(what, 0) + 1
    print(
        json.dumps(
            {
                "sampled": len(sample),
                "hidden": hidden,
                "agreed": agreed,
                "missing": missing,
                "extra": extra,
                "too_many": too_many,
            }
        )
    )


if __name__ == "__main__":
    main()
