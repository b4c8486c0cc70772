"""A plain interpreter's heap with instances of many shapes: which objects does a collection not see
all references of? What a graph says, beside what tp_traverse and the reference counts say.

Run as a program: prints one JSON object.
"""

from __future__ import annotations

import gc
import json
import random
import sys
from typing import Any

import shapes

from refgraph import _core

TRACKED, IMMORTAL, UNSEEN = 1 << 0, 1 << 1, 1 << 10


class Plain:
    pass


class Slots:
    __slots__ = ("__weakref__", "a", "b")


class Name(str):
    """Owns a reference to its class; before 3.11 not tracked, so that nobody reports it."""

    __slots__ = ()


def numbers(held: Any) -> Any:
    local = held
    while True:
        yield local


def random_heap(count: int) -> list[Any]:
    """Objects that hold earlier ones at random, some in ways that are not reported."""
    choose = random.Random(11)
    made: list[Any] = [Plain()]
    for number in range(count):
        one = choose.choice(made)
        two = choose.choice(made)
        plain, slots = Plain(), Slots()
        plain.x, slots.a, slots.b = one, two, plain  # type: ignore[attr-defined]
        generator = numbers(two)
        if number % 2:
            next(generator)
        if number % 3 == 0:
            vars(plain)["y"] = two  # a dict of its own
        if number % 5 == 0:
            plain.__dict__ = {"a": one, 2: two}
        made += [
            plain,
            slots,
            generator,
            [one, two, one],
            {"a": one, number: two},
            (one, slots),
            lambda one=one, two=two: (one, two),
            type(f"Class{number}", (Plain,), {"held": one}),
            # reported by nobody: untracked tuples and what shapes.neighbours makes
            (Name(number), number),
            choose.choice(shapes.SHAPES)(shapes.Item(number)),
        ]
        if number % 7 == 0:
            made.append(made[-3]())
    return made


def word_of(obj: Any) -> str:
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


def main() -> None:
    """The running frame's own locals are held by nobody that reports, before and after."""
    getrefcount, referents, collected = sys.getrefcount, gc.get_referents, gc.get_objects
    capture = _core.capture  # a call would hold it for its time
    heap = random_heap(400) + [make(shapes.Item(i)) for i in range(20) for make in shapes.SHAPES]
    first = capture(None)  # from now on its class has an instance, and what is learned is known
    gc.collect()
    gc.disable()
    gc.unfreeze()  # 3.12 and 3.13 have put the immortal ones aside: collected() is to give them
    probe = [object()]  # one reference
    no_reference = getrefcount(probe[0]) - 1
    i = n = obj = target = None
    tracked = collected()
    graph = capture(None)

    counts = [0] * len(tracked)
    for i in range(len(tracked)):
        counts[i] = getrefcount(tracked[i]) - no_reference
    index = {id(obj): n for n, obj in enumerate(tracked)}
    del obj
    reported = [1] * len(tracked)  # by the list itself, which is tracked
    for obj in tracked:
        for target in referents(obj):
            n = index.get(id(target))
            if n is not None:
                reported[n] += 1
    wrong: dict[str, int] = {}
    seen = unseen = 0
    for obj, count, told in zip(tracked, counts, reported):
        node = graph.find(id(obj))
        flags = graph.node(node)[5] if node is not None else 0
        if node is None or not flags & TRACKED:
            wrong[f"{word_of(obj)}: is no tracked node"] = 1
        elif not flags & IMMORTAL:
            expected = count > told
            seen += not expected
            unseen += expected
            if bool(flags & UNSEEN) != expected:
                word = f"{word_of(obj)}: {count} references, {told} reported"
                wrong[word] = wrong.get(word, 0) + 1
    print(json.dumps({"seen": seen, "unseen": unseen, "wrong": wrong}))
    assert heap
    assert first


if __name__ == "__main__":
    main()
