"""Captures without the texts of values, and what many values in one capture are called."""

from __future__ import annotations

import math
import random
import re
import struct
from typing import TYPE_CHECKING, Any

import pytest

import refgraph
from refgraph import _core

if TYPE_CHECKING:
    import types

TEXT_FLAGS = 7 << 7  # RG_NODE_TEXT_STR, _LITERAL, _CUT
MANY = 120_000  # more than a block of edges, and enough for a second thread


class Plain:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"a name of {number}"


class Slotted:
    __slots__ = ("first", "second")

    def __init__(self) -> None:
        self.first = [1.5, 2**40, b"bytes of a slot"]
        self.second = {"key": "value of a key", 77: "value of a number"}


class Derived(Slotted):
    __slots__ = ("__dict__", "third")

    def __init__(self) -> None:
        super().__init__()
        self.third = frozenset({"an element"})
        self.extra = (self.first, "x" * 100)


def _everything(start: object) -> list[Any]:
    """The objects of a small heap, each once."""
    found: list[Any] = [start]
    seen = {id(start)}
    for item in found:
        for child in _children(item):
            if id(child) not in seen:
                seen.add(id(child))
                found.append(child)
    return found


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    if isinstance(item, (list, tuple, frozenset)):
        return list(item)
    names = ("number", "name", "first", "second", "third", "extra")
    return [getattr(item, name) for name in names if hasattr(item, name)]


def _described(graph: _core.Graph, objects: list[Any]) -> list[Any]:
    """What a graph says of objects, but for texts and where they are numbered."""
    described = []
    for item in objects:
        node = graph.find(id(item))
        assert node is not None
        _, address, size, refcount, generation, flags = graph.node(node)
        edges = [(graph.node(to)[1], held) for _, to, _, _, held in graph.referents(node)]
        row = (address, size, refcount, generation, flags & ~TEXT_FLAGS)
        described.append((graph.type_of(node), row, edges))
    return described


def test_without_names_objects_references_and_strengths_are_the_same(
    root: types.ModuleType,
) -> None:
    root.HEAP = heap = [Plain(1), Slotted(), Derived(), {"a": [Plain(2)]}]  # type: ignore[attr-defined]
    objects = _everything(heap)
    named = _core.capture(None, (), True, 1.0, True)
    bare = _core.capture(None, (), True, 1.0, False)
    assert _described(bare, objects) == _described(named, objects)
    assert bare.unexplained(bare.find(id(heap)) or 0) == 0


def test_without_names_values_have_no_text_and_keys_have(root: types.ModuleType) -> None:
    number = random.getrandbits(50)
    root.HEAP = heap = {"a key of the heap": "".join(["a ", "value"]), "number": number}  # type: ignore[attr-defined]
    graph = _core.capture(None, (), True, 1.0, False)
    assert graph.text(graph.find(id(heap["a key of the heap"])) or 0) is None
    assert graph.text(graph.find(id(next(iter(heap)))) or 0) == repr("a key of the heap")
    assert graph.text(graph.find(id(number)) or 0) is None
    assert graph.text(graph.find(id(Plain)) or 0) == f"{__name__}.Plain"


def test_without_names_an_exception_has_no_message(root: types.ModuleType) -> None:
    root.HEAP = error = KeyError("".join(["the message ", "of an error"]))  # type: ignore[attr-defined]
    named = _core.capture(None, (), True, 1.0, True)
    bare = _core.capture(None, (), True, 1.0, False)
    assert named.text(named.find(id(error)) or 0) == "the message of an error"
    assert bare.text(bare.find(id(error)) or 0) is None


def test_without_names_a_chain_is_an_expression(root: types.ModuleType) -> None:
    plain = Plain(1)
    root.HEAP = {"key": [plain]}  # type: ignore[attr-defined]
    chains = refgraph.capture(names=False).node(plain).why_alive()
    assert re.search(r"HEAP\['key'\]\[0\]", str(chains))


def test_names_must_be_a_flag() -> None:
    with pytest.raises(TypeError, match="names"):
        refgraph.capture(names="no")  # type: ignore[arg-type]


def test_each_of_many_values_has_its_own_text(root: types.ModuleType) -> None:
    root.HEAP = heap = [Plain(1_000_000 + i) for i in range(MANY)]  # type: ignore[attr-defined]
    graph = _core.capture(None, (), True, 1.0, True)
    for i in [*range(0, MANY, 501), MANY - 1]:
        number, name = heap[i].number, heap[i].name
        assert graph.text(graph.find(id(number)) or 0) == str(number)
        assert graph.text(graph.find(id(name)) or 0) == repr(name)
        node = graph.find(id(heap[i]))
        assert node is not None
        names = {name for _, _, _, name, _ in graph.referents(node)}
        named = {re.sub(r"^\.", "", name) for name in names}
        assert {"number", "name"} <= named or "__dict__" in named  # before 3.11: in a dict
    node = graph.find(id(heap))
    assert node is not None
    targets = [graph.node(to)[1] for _, to, _, _, _ in graph.referents(node)]
    assert targets == [id(item) for item in heap]


def _floats() -> list[float]:
    """Numbers of every size and length, and those where an exponent begins."""
    generator = random.Random(5)
    found = [0.0, -0.0, 0.1, -2.5, 1e-4, 9.999e-5, 1e15, 999999999999999.9, 1e16, 1e22, 5e-324]
    found += [0.1 + 0.2, 1 / 3, 2 / 3, 123456789012345.0, 1234567890123456.0, 100.0, 1e14, 0.5e-4]
    for _ in range(3000):
        found.append(round(generator.uniform(-1e6, 1e6), generator.randrange(12)))
        found.append(generator.random() * 10.0 ** generator.randrange(-8, 18))
        found.append(struct.unpack("d", generator.getrandbits(64).to_bytes(8, "little"))[0])
    return [value for value in found if math.isfinite(value)]


def _shortest(value: float) -> str:
    text = next(t for t in (f"{value:.{n}g}" for n in (15, 16, 17)) if float(t) == value)
    return text if re.search(r"[.e]", text) else text + ".0"


def test_a_float_is_written_with_as_many_digits_as_it_needs(root: types.ModuleType) -> None:
    root.HEAP = values = _floats()  # type: ignore[attr-defined]
    graph = _core.capture(None, (), True, 1.0, True)
    for value in values:
        assert graph.text(graph.find(id(value)) or 0) == _shortest(value)


def test_ints_are_written_whole(root: types.ModuleType) -> None:
    root.HEAP = values = [  # type: ignore[attr-defined]
        sign * (2**bits + offset)
        for bits in (0, 1, 29, 30, 31, 59, 60, 61, 62)
        for offset in (-1, 0, 1)
        for sign in (1, -1)
    ]
    values += [2**63 - 1, -(2**63)]
    graph = _core.capture(None, (), True, 1.0, True)
    for value in values:
        assert graph.text(graph.find(id(value)) or 0) == str(value)


def test_each_of_many_keys_has_its_text_with_names_and_without(root: types.ModuleType) -> None:
    keys = [f"key {i} {'of many' * 10}" for i in range(2 * MANY)]  # longer than a value's text
    # the lists make the dicts the collector's
    root.HEAP = heap = [{key: [f"a value, {key}"]} for key in keys]  # type: ignore[attr-defined]
    for names in (True, False):
        graph = _core.capture(None, (), True, 1.0, names)
        for i in [*range(0, len(keys), 1501), len(keys) - 1]:
            assert graph.text(graph.find(id(keys[i])) or 0) == repr(keys[i])
            (text,) = heap[i][keys[i]]
            value = graph.find(id(text))
            assert value is not None
            assert (graph.text(value) is not None) == names
            assert graph.text(value) != repr(text)
            assert graph.unexplained(value) == 0
