"""The suggested cut, done by hand: reference counting alone then frees every member.

Who does it (cutting.py) knows no more than ends and names of the references to cut.
"""

from __future__ import annotations

import gc
import json
import os
import pathlib
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any, Callable

import cutting
import pytest

import refgraph

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = pathlib.Path(__file__).parent
SEED = 1


class Node:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def method(self) -> Node:
        return self


class Slotted:
    __slots__ = ("__weakref__", "back", "next")


@pytest.fixture(autouse=True)
def no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# ---- graphs made by hand, and the most references that are to be cut -----------------------------


def parent_and_child() -> list[Any]:
    parent, child = Node(), Node()
    parent.children = {"x": child}  # type: ignore[attr-defined]
    child.parent = parent  # type: ignore[attr-defined]
    return [parent, child]


def tree() -> list[Any]:
    made = [Node(children=[], parent=None)]
    for number in range(1, 15):
        parent = made[(number - 1) // 2]
        made.append(Node(children=[], parent=parent))
        parent.children.append(made[-1])  # type: ignore[attr-defined]
    return made


def doubly_linked_list() -> list[Any]:
    made = [Slotted() for _ in range(8)]
    for one, two in zip(made, made[1:]):
        one.next, two.back = two, one
    return made


def ring_of_10() -> list[Any]:
    made = [Node() for _ in range(10)]
    for one, two in zip(made, [*made[1:], made[0]]):
        one.next = two  # type: ignore[attr-defined]
    return made


def self_reference() -> list[Any]:
    made = Node()
    made.me = made  # type: ignore[attr-defined]
    return [made]


def list_in_itself() -> list[Any]:
    made: list[Any] = [1]
    made.append(made)
    return [made]


def bound_method() -> list[Any]:
    made = Node()
    made.callback = made.method  # type: ignore[attr-defined]
    return [made]


def method_in_a_list() -> list[Any]:
    made = Node(callbacks=[])
    made.callbacks.append(made.method)  # type: ignore[attr-defined]
    return [made]


def dict_of_lists() -> list[Any]:
    made: dict[str, list[Any]] = {"a": [], "b": []}
    made["a"].append(made)
    return [made, made["a"]]


def set_members() -> list[Any]:
    one, two = Node(friends=set()), Node(friends=set())
    one.friends.add(two)  # type: ignore[attr-defined]
    two.friends.add(one)  # type: ignore[attr-defined]
    return [one, two]


def recursive_closure() -> list[Any]:
    def countdown(n: int) -> int:
        return countdown(n - 1) if n else 0

    return [countdown]


def nonlocal_cells() -> list[Any]:
    holder = None

    def keep(obj: Any) -> None:
        nonlocal holder
        holder = obj

    made = Node(keep=keep)
    keep(made)
    return [made, keep]


def exception_with_local() -> list[Any]:
    caught = None
    made = Node()
    try:
        raise ValueError(made)
    except ValueError as error:
        caught = error
    return [made, caught]


def exceptions_in_context() -> list[Any]:
    def inner() -> ValueError:
        try:
            raise KeyError
        except KeyError as first:
            try:
                raise ValueError
            except ValueError as second:
                first.later = second  # type: ignore[attr-defined]
                traceback.clear_frames(second.__traceback__)
                return second.with_traceback(None)

    return [inner()]


def generator_that_holds_its_holder() -> list[Any]:
    def numbers(owner: Node) -> Any:
        while owner:
            yield

    made = Node()
    made.numbers = numbers(made)  # type: ignore[attr-defined]
    next(made.numbers)  # type: ignore[attr-defined]
    return [made, made.numbers]  # type: ignore[attr-defined]


def interlocking() -> list[Any]:
    """Two cycles that share one reference, and a third that shares another."""
    a, b, c, d = (Node() for _ in range(4))
    a.next = b  # type: ignore[attr-defined]
    b.left, b.right = c, d  # type: ignore[attr-defined]
    c.out = a  # type: ignore[attr-defined]
    d.out, d.back = a, b  # type: ignore[attr-defined]
    return [a, b, c, d]


def everybody_knows_everybody() -> list[Any]:
    made = [Node() for _ in range(4)]
    for one in made:
        one.others = [two for two in made if two is not one]  # type: ignore[attr-defined]
    return made


def attribute_of_a_function() -> list[Any]:
    def wrapper() -> None:
        pass

    wrapper.original = wrapper  # type: ignore[attr-defined]
    return [wrapper]


def at_most(count: int) -> Callable[[Any], Any]:
    return lambda build: pytest.param(build, count, id=build.__name__)


GRAPHS: list[Any] = [
    *map(
        at_most(1),
        [
            parent_and_child,
            ring_of_10,
            self_reference,
            list_in_itself,
            bound_method,
            method_in_a_list,
            dict_of_lists,
            set_members,
            recursive_closure,
            nonlocal_cells,
            exception_with_local,
            exceptions_in_context,
            generator_that_holds_its_holder,
            attribute_of_a_function,
        ],
    ),
    at_most(3)(interlocking),
    at_most(4)(everybody_knows_everybody),
    at_most(7)(doubly_linked_list),
    at_most(14)(tree),
]


@pytest.mark.parametrize(("build", "most"), GRAPHS)
def test_the_cut_frees_every_member_without_a_collection(
    build: Callable[[], list[Any]], most: int
) -> None:
    watched = cutting.Watched(build())
    here = set(watched.addresses)
    cycles = [
        cutting.isolated(cycle)
        for cycle in refgraph.capture().cycles(isolated=True)
        if here.intersection(node.address for node in cycle.members)
    ]
    assert len(cycles) == 1
    assert here & set(cycles[0].members)
    assert all(weak() is not None for weak in watched.weak.values())
    assert cycles[0].is_enough
    assert 1 <= len(cycles[0].cut) <= most, cycles[0].text
    assert cutting.needs_fewer(cycles[0]) is None
    assert cutting.left_after_cuts(cycles, watched) == []
    assert all(weak() is None for weak in watched.weak.values())


def test_back_references_are_preferred() -> None:
    parent_and_child()
    doubly_linked_list()
    report = refgraph.capture().cycles(isolated=True)
    cuts = [str(report.groups[i].example.cut) for i in range(len(report.groups))]
    name = f"{__name__}.Node.parent"
    assert name in cuts
    assert f"every {__name__}.Slotted.back (7 references)" in cuts


# ---- random graphs -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "cut_heap.py"), str(SEED)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_cuts_of_400_random_graphs_are_enough_and_no_larger_than_they_must_be(
    seen: dict[str, Any],
) -> None:
    assert seen["graphs"] == 400
    assert seen["wrong"] == []


def test_the_random_graphs_have_cuts_of_every_kind(seen: dict[str, Any]) -> None:
    assert seen["cycles"] > 300
    assert seen["cut 1"] > 100
    assert seen["cut 2"] > 100  # two references or more
    assert seen["small"] > 100
    assert seen["small, cut 2"] > 20
    assert seen["members"] > 3000
    assert seen["seen weakly"] > 1000
