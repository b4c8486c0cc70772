"""Why an object is alive: what is said, and that it is true."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from typing import Any, Callable
from xml.etree import ElementTree

import pytest

import refgraph


class Session:
    """The object that is asked for."""

    def __init__(self) -> None:
        self.payload = [1.5]


class Cache:
    """What holds it."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}


def chains_to(address: int, **options: Any) -> refgraph.Chains:
    """The chains to what lies at an address: an object in a variable here would have one more."""
    return refgraph.capture().node(address=address).why_alive(**options)


def held(root: types.ModuleType, **values: Any) -> None:
    vars(root).update(values)


def test_a_chain_prints_as_the_expression_that_gives_the_object(
    root: types.ModuleType, evaluate: Callable[[str], Any]
) -> None:
    cache = Cache()
    cache.entries["u1"] = [None, Session()]
    held(root, CACHE=cache)
    target = cache.entries["u1"][1]
    chains = [chain for chain in chains_to(id(target)) if chain.root.kind == "module"]
    assert chains[0].expression == "sys.modules['refgraph_test_root'].CACHE.entries['u1'][1]"
    assert str(chains[0]) == chains[0].expression
    assert chains[0].evaluable
    assert evaluate(chains[0].expression) is target


def test_edges_of_a_chain_join_end_to_end(root: types.ModuleType) -> None:
    target = Session()
    held(root, LIST=[[(target,)]])
    node = refgraph.capture().node(target)
    for chain in node.why_alive():
        ends = [chain.root.node, *(edge.target for edge in chain.edges)]
        assert [edge.source for edge in chain.edges] == ends[:-1]
        assert ends[-1] == node
        assert len(chain) == len(chain.edges)


def test_a_frame_holds_its_locals() -> None:
    target = Session()
    chains = chains_to(id(target))
    assert len(chains) == 1
    assert chains[0].root.kind == "frame"
    assert "test_a_frame_holds_its_locals" in chains[0].root.name
    assert not chains[0].evaluable
    assert "target" in chains[0].expression


def test_the_headline_names_object_size_and_number_of_chains(root: types.ModuleType) -> None:
    held(root, FIRST=[Session()])
    held(root, SECOND={"k": root.FIRST[0]})
    node = refgraph.capture().node(root.FIRST[0])
    first_line = str(node.why_alive()).split("\n")[0]
    assert first_line == f"{repr(node)[1:-1]} is held by 2 independent chains."


def test_one_chain_is_singular(root: types.ModuleType) -> None:
    held(root, ONLY=[Session()])
    text = str(chains_to(id(root.ONLY[0])))
    assert text.split("\n")[0].endswith("is held by 1 chain.")
    assert "1  sys.modules['refgraph_test_root'].ONLY[0]" in text


@pytest.mark.parametrize(
    ("lists", "passers", "held_by"),
    [
        (1, 1, "1 independent chain and 1 that shares objects with it."),
        (1, 2, "1 independent chain and 2 that share objects with it."),
        (2, 1, "2 independent chains and 1 that shares objects with them."),
    ],
)
def test_the_headline_tells_chains_that_share_from_those_that_do_not(
    root: types.ModuleType, lists: int, passers: int, held_by: str
) -> None:
    target = Session()
    address = id(target)
    kinds: list[Any] = [(target,), {"k": target}]
    for number in range(lists):
        held(root, **{f"LIST{number}": [target]})
    root.LIST0.extend(kinds[:passers])
    del target, kinds
    chains = chains_to(address)
    assert [chain.independent for chain in chains] == lists * [True] + passers * [False]
    first_line = str(chains).split("\n")[0]
    assert first_line.endswith(f" is held by {held_by}")


@pytest.mark.parametrize(
    ("times", "note"),
    [
        (2, "   and 1 more reference from the same object"),
        (3, "   and 2 more references from the same object"),
    ],
)
def test_further_references_from_the_same_object_are_said(
    root: types.ModuleType, times: int, note: str
) -> None:
    held(root, ONLY=[Session()] * times)
    chains = chains_to(id(root.ONLY[0]))
    lines = str(chains).split("\n")
    assert [chain.parallel for chain in chains] == [times - 1]
    assert lines[lines.index("1  sys.modules['refgraph_test_root'].ONLY[0]") + 1] == note
    assert "cut every chain, and each reference in it that is there more than once" in lines[-1]
    assert "this chain" not in str(chains)


def test_one_reference_is_not_said_to_have_others(root: types.ModuleType) -> None:
    held(root, ONLY=[Session()])
    chains = chains_to(id(root.ONLY[0]))
    assert [chain.parallel for chain in chains] == [0]
    assert "same object" not in str(chains)
    assert "cut this chain" in str(chains)


def test_what_c_code_holds_through_a_container_begins_outside_the_heap() -> None:
    import ctypes

    target = Session()
    target.payload.append(target)  # type: ignore[arg-type]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(target.payload))
    address = id(target)
    gone = weakref.ref(target)
    del target
    try:
        gc.collect()
        text = str(refgraph.capture().node(address=address).why_alive())
    finally:
        leaked = gone()
        assert leaked is not None
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(leaked.payload))
    outside = "1 reference from outside the Python heap (C code, or a leaked count)"
    assert f"1  {outside} · {{list}}[1]" in text.split("\n")
    assert "garbage" not in text


def test_independent_chains_share_nothing_but_their_root(root: types.ModuleType) -> None:
    target = Session()
    shared = [target, (target,)]
    held(root, A=[target], B={"k": target}, SHARED=shared)
    snap = refgraph.capture()
    roots = {entry.node for entry in snap.roots()}
    dicts = {edge.target for entry in roots for edge in entry.referents if edge.name == ".__dict__"}
    seen: set[refgraph.Node] = set()
    for chain in snap.node(target).why_alive(limit=10):
        inner = {edge.source for edge in chain.edges} - roots - dicts
        assert chain.independent == (not inner & seen)
        seen |= inner


def test_limit_is_the_number_of_chains_and_the_rest_is_said(root: types.ModuleType) -> None:
    target = Session()
    held(root, **{f"HOLDER{number}": Cache() for number in range(8)})
    for number in range(8):
        vars(root)[f"HOLDER{number}"].entries["k"] = target
    chains = chains_to(id(target), limit=3)
    assert len(chains) == 3
    assert chains.holder_count == 9  # eight dicts and this frame
    assert "at least 3 independent chains" in str(chains)
    assert "why_alive(limit=…) lists more" in str(chains)


def test_a_limit_below_one_is_refused() -> None:
    for limit in (0, -1):
        with pytest.raises(ValueError, match="limit"):
            chains_to(id(sys), limit=limit)


def test_a_limit_that_is_no_int_is_refused_by_name() -> None:
    for wrong in ("5", 2.0, None):
        with pytest.raises(TypeError) as caught:
            chains_to(id(sys), limit=wrong)
        assert str(caught.value) == f"limit must be an int, not '{type(wrong).__name__}'"


def test_a_limit_of_any_size_lists_all_chains(root: types.ModuleType) -> None:
    held(root, ONLY=[Session()])
    address = id(root.ONLY[0])
    for limit in (2**31, 2**32, 2**64, 2**200):
        assert len(chains_to(address, limit=limit)) == 1


def test_garbage_is_said_to_be_reached_by_nothing() -> None:
    def make() -> int:
        session = Session()
        session.payload.append(session)  # type: ignore[arg-type]
        return id(session)

    gc.disable()
    try:
        address = make()
        chains = refgraph.capture().node(address).why_alive()
        text = str(chains)
    finally:
        gc.enable()
    assert len(chains) == 0
    assert not chains
    assert "is garbage: no root reaches it" in text.split("\n")[0]
    assert "1 object refers to it, and is garbage too:" in text
    assert "   list [1]" in text.split("\n")
    assert "gc.collect() frees it" in text
    assert chains.tree() == text


def test_a_leaked_reference_is_told_with_the_count_it_is_part_of() -> None:
    import ctypes

    target = Session()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(target))
    address = id(target)
    gone = weakref.ref(target)
    del target
    try:
        text = str(refgraph.capture().node(address).why_alive())
    finally:
        leaked = gone()
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(leaked))
    outside = "1 reference from outside the Python heap (C code, or a leaked count)"
    assert f"1  {outside}\n   refcount 1 = 1 unexplained\n" in text
    assert "No Python object holds it" in text
    assert "garbage" not in text


def test_what_is_held_weakly_alone_says_so() -> None:
    class Cell:
        pass

    target = Cell()
    refs = [weakref.ref(target)]
    gc.disable()
    try:
        target.me = target  # type: ignore[attr-defined]
        address = id(target)
        del target
        text = str(refgraph.capture().node(address).why_alive())
    finally:
        gc.enable()
    assert refs[0]() is not None
    assert "is garbage" in text
    assert "weakref" not in text


def test_a_tree_has_one_object_a_line_and_ends_at_the_target(root: types.ModuleType) -> None:
    cache = Cache()
    cache.entries["u1"] = [Session()]
    held(root, CACHE=cache)
    tree = chains_to(id(cache.entries["u1"][0]))[0].tree()
    lines = tree.split("\n")
    assert "refgraph_test_root" in tree
    assert "Session" in lines[-1]
    assert any("CACHE" in line and "Cache" in line for line in lines)
    assert all(len(line) <= 100 for line in lines)


def test_all_trees_come_under_the_headline(root: types.ModuleType) -> None:
    held(root, A=[Session()])
    held(root, B=(root.A[0],))
    chains = chains_to(id(root.A[0]))
    text = chains.tree()
    assert text.split("\n")[0] == str(chains).split("\n")[0]
    assert text.count("test_chains.Session") >= 2


def test_a_module_is_its_own_root(root: types.ModuleType, evaluate: Callable[[str], Any]) -> None:
    chain = chains_to(id(sys.modules[root.__name__]))[0]
    assert chain.expression == "sys.modules['refgraph_test_root']"
    assert chain.edges == []
    assert len(chain) == 0
    assert chain
    assert evaluate(chain.expression) is root


def test_weak_references_hold_nothing(root: types.ModuleType) -> None:
    target = Session()
    held(root, WEAK=weakref.ref(target), STRONG=[target])
    chains = chains_to(id(target))
    assert not [chain for chain in chains if "WEAK" in chain.expression]


def test_chains_are_a_sequence(root: types.ModuleType) -> None:
    held(root, A=[Session()])
    held(root, B=(root.A[0],))
    chains = chains_to(id(root.A[0]))
    assert [str(chain) for chain in chains] == [str(chains[0]), str(chains[1])]
    assert str(chains[-1]) == str(chains[1])
    assert [str(chain) for chain in chains[:1]] == [str(chains[0])]
    with pytest.raises(IndexError):
        chains[2]


def nested(root: types.ModuleType, depth: int) -> int:
    """Lists in lists, so deep, in the root; the address of the innermost."""
    inner: list[Any] = []
    held(root, NESTED=inner)
    for _ in range(depth):
        inner.append([])
        inner = inner[0]
    return id(inner)


def test_a_chain_of_many_steps_is_printed_short_and_given_whole(
    root: types.ModuleType, evaluate: Callable[[str], Any]
) -> None:
    address = nested(root, 150)
    chains = chains_to(address)
    assert chains[0].expression == "sys.modules['refgraph_test_root'].NESTED" + 150 * "[0]"
    assert id(evaluate(chains[0].expression)) == address
    line = str(chains).split("\n")[2]
    assert len(line) <= 410
    assert line.startswith("1  sys.modules['refgraph_test_root'].NESTED[0]")
    assert line.endswith("[0]")
    assert "…" in line


def test_a_chain_of_very_many_steps_is_cut_and_no_longer_called_an_expression(
    root: types.ModuleType,
) -> None:
    chain = chains_to(nested(root, 100_000))[0]
    assert len(chain) > 100_000
    assert len(chain.expression) < 2000
    assert not chain.evaluable
    # Freed from the inside: a chain of lists would be freed by recursion in old interpreters.
    outer = root.NESTED
    while outer:
        outer[:] = outer[0]


def test_the_expression_of_a_key_with_quotes_evaluates(
    root: types.ModuleType, evaluate: Callable[[str], Any]
) -> None:
    mapping = {'it\'s "quoted"\n\\': [Session()], "ключ": [Session()], 7: [Session()]}
    held(root, MAP=mapping)
    for value in mapping.values():
        chain = next(chain for chain in chains_to(id(value)) if chain.root.kind == "module")
        assert chain.evaluable
        assert evaluate(chain.expression) is value


def test_render_draws_the_first_chain_into_a_file(root: types.ModuleType, tmp_path: Any) -> None:
    held(root, CACHE={"k": [Session()]})
    path = tmp_path / "why.svg"
    chains_to(id(root.CACHE["k"][0])).render(path)
    drawing = ElementTree.parse(path).getroot()
    text = " ".join(drawing.itertext())
    assert "Session" in text
    assert "refgraph_test_root" in text
    classes = {name for item in drawing.iter() for name in item.get("class", "").split()}
    assert {"target", "chain", "root"} <= classes


def test_chains_asked_from_many_threads_agree(root: types.ModuleType) -> None:
    held(root, CACHE={"k": [Session()]})
    node = refgraph.capture().node(root.CACHE["k"][0])
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(str(node.why_alive()))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
