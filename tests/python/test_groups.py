"""What holds all objects of a type: groups, their signatures, what is said of them."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import refgraph

HEAP = Path(__file__).with_name("group_heap.py")


class Session:
    """The object that is asked for."""


class User:
    """What holds it."""

    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions


def held(root: types.ModuleType, **values: Any) -> None:
    vars(root).update(values)


def groups_of(of: str | type, *, collect: bool = True) -> refgraph.AliveGroups:
    return refgraph.capture(collect=collect).objects(of).why_alive()


def signatures(groups: refgraph.AliveGroups) -> dict[str, int]:
    return {group.signature: group.count for group in groups}


def folded(expression: str) -> str:
    """An expression with indices and keys as [*]: by a regular expression, without the library."""
    root, expression = re.match(
        r"(sys\.modules\['(?:[^'\\]|\\.)*'\]|[^\[]*)(.*)", expression, re.S
    ).groups()  # type: ignore[union-attr]
    expression = re.sub(r"\{?\.__dict__\}?\['(\w+)'\]", r".\1", expression)
    expression = re.sub(r"\{\.(\w+)\}", r".\1", expression)
    one = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\[\]'"]"""
    expression = re.sub(rf"(?<!f_locals)\{{?\[(?:{one})+\]\}}?", "[*]", expression)
    return root + re.sub(r"\{key [^{}]*\}", "[*]", expression)


def test_instances_are_grouped_by_what_holds_them(root: types.ModuleType) -> None:
    held(root, CACHE={f"u{i}": User([Session() for _ in range(10)]) for i in range(50)})
    held(root, ACTIVE=[(0, Session()) for _ in range(16)], LAST=Session())
    groups = groups_of(Session)
    assert signatures(groups) == {
        "sys.modules['refgraph_test_root'].CACHE[*].sessions[*]": 500,
        "sys.modules['refgraph_test_root'].ACTIVE[*][*]": 16,
        "sys.modules['refgraph_test_root'].LAST": 1,
    }
    assert [group.count for group in groups] == [500, 16, 1]
    assert groups.count == 517
    assert groups.size == sum(group.size for group in groups)


def test_each_instance_is_in_exactly_one_group(root: types.ModuleType) -> None:
    held(root, CACHE={i: Session() for i in range(100)}, LIST=[Session() for _ in range(10)])
    gc.collect()
    garbage = Session()
    garbage.self = garbage  # type: ignore[attr-defined]
    del garbage
    objects = refgraph.capture().objects(Session)
    groups = objects.why_alive()
    nodes = [node for group in groups for node in group.nodes]
    assert len(nodes) == len(set(nodes)) == len(objects) == 111
    assert set(nodes) == set(objects)
    for group in groups:
        assert len(group.nodes) == len(group) == group.count
        assert group.size == sum(node.size for node in group.nodes)
        assert group.example in group.nodes
        addresses = [node.address for node in group.nodes]
        assert addresses == sorted(addresses)


@pytest.mark.parametrize("of", ["dict", "list", "tuple", "function", "str", "type", "set", "cell"])
def test_the_folded_chain_of_the_example_is_the_signature(of: str) -> None:
    compared = 0
    for group in groups_of(of)[:300]:
        chains = group.chains(1)
        if not group.is_reached:
            assert not len(chains)
            assert group.signature.startswith("no root reaches it · ")
            continue
        expression = chains[0].expression
        is_plain = not re.search(r"getattr\(|type\(|more steps", expression)
        if expression.startswith("sys.modules[") and is_plain and " …}" not in group.signature:
            assert folded(expression) == group.signature
            compared += 1
    assert compared >= 5


def test_dicts_and_inline_attributes_read_the_same(root: types.ModuleType) -> None:
    first, second = User(Session()), User(Session())
    assert second.__dict__
    held(root, USERS=[first, second])
    del first, second
    groups = groups_of(Session)
    assert signatures(groups) == {"sys.modules['refgraph_test_root'].USERS[*].sessions": 2}


def test_lists_and_trees_do_not_make_a_group_for_each_depth(root: types.ModuleType) -> None:
    head = tree = None
    for _ in range(100):
        head = User(head)
    for _ in range(6):
        tree = User([tree, User([])])
    held(root, HEAD=head, TREE=tree)
    del head, tree
    assert signatures(groups_of(User)) == {
        "sys.modules['refgraph_test_root'].HEAD": 1,
        "sys.modules['refgraph_test_root'].HEAD{.sessions …}": 99,
        "sys.modules['refgraph_test_root'].TREE": 1,
        "sys.modules['refgraph_test_root'].TREE{.sessions[*] …}": 11,
    }


def test_garbage_is_told_by_what_holds_it() -> None:
    gc.collect()
    for _ in range(3):
        session = Session()
        user = User([session])
        session.owner = user  # type: ignore[attr-defined]
        del session, user
    groups = groups_of(Session, collect=False)
    assert signatures(groups) == {"no root reaches it · held by list[*]": 3}
    assert not groups[0].is_reached
    assert "held by no root" not in str(groups)
    assert not len(groups[0].chains())


def test_a_signature_is_the_same_in_every_run() -> None:
    runs = []
    for seed in range(3):
        done = subprocess.run(
            [sys.executable, str(HEAP), str(seed)],
            env={**os.environ, "PYTHONHASHSEED": str(1000 * seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        runs.append(sorted(json.loads(done.stdout)))
    assert runs[0] == runs[1] == runs[2]
    found = {signature: count for signature, _, count in runs[0]}
    assert found["sys.modules['state'].CACHE[*].sessions[*]"] == 2000
    assert found["sys.modules['state'].HEAD{.next …}"] == 999
    assert found["sys.modules['state'].TREE{.kids[*] …}.session"] == 126
    threads = [signature for signature in found if signature.startswith("thread Thread-*")]
    assert len(threads) == 1
    assert threads[0].endswith(" · serve (python/group_heap.py) · local 'last'")
    assert found[threads[0]] == 3


def test_ids_are_hashes_of_the_text(root: types.ModuleType) -> None:
    held(root, LIST=[Session()])
    group = groups_of(Session)[0]
    number = 0xCBF29CE484222325
    for byte in group.signature.encode():
        number = (number ^ byte) * 0x100000001B3 % 2**64
    assert group.id == f"{number:016x}"


def test_hostile_names_are_escaped_and_cut(root: types.ModuleType) -> None:
    namespace = types.SimpleNamespace()
    held(root, SPACE=namespace, DATA={"k" * 5000: Session(), "\x1b[31m\n": Session()})
    vars(namespace).update({"\x1b[31m\n": Session(), "a" * 5000: Session(), "b c": Session()})
    vars(namespace)[7] = Session()
    vars(namespace)["\ud800"] = Session()
    del namespace
    groups = groups_of(Session)
    start = "sys.modules['refgraph_test_root']."
    assert signatures(groups) == {
        f"{start}DATA[*]": 2,
        f"{start}SPACE{{.\\x1b[31m\\n}}": 1,
        f"{start}SPACE.{'a' * 120}…": 1,
        f"{start}SPACE{{.b c}}": 1,
        f"{start}SPACE.__dict__[*]": 1,
        f"{start}SPACE{{.\\ud800}}": 1,
    }
    text = f"{groups}\n{groups.table()}\n{groups!r}\n{groups[0]!r}\n{groups._repr_html_()}"
    assert all(char.isprintable() or char == "\n" for char in text)
    assert max(map(len, str(groups).split("\n"))) < 500


def test_many_names_that_no_program_has_do_not_stall(root: types.ModuleType) -> None:
    space = types.SimpleNamespace(**{f"name{i}": Session() for i in range(20_000)})
    held(root, SPACE=space)
    del space
    groups = groups_of(Session)
    assert len(groups) == 20_000
    assert len(str(groups).split("\n")) < 40


# ---- what is said ------------------------------------------------------------------------------


def test_the_answer_in_words(root: types.ModuleType) -> None:
    held(root, CACHE={"u1": [Session() for _ in range(1999)]}, LAST=Session())
    groups = groups_of(Session)
    first, empty, line, example, last, *rest = str(groups).split("\n")
    assert first.startswith("2,000 test_groups.Session (")
    assert first.endswith("), held in 2 ways.")
    assert not empty
    words = "held by sys.modules['refgraph_test_root'].CACHE[*][*]"
    assert re.fullmatch(rf"  1,999 of 2,000  > 99\.9 %  +\S+ KiB  {re.escape(words)}", line)
    assert (
        example.strip() == "e.g. sys.modules['refgraph_test_root'].CACHE['u1'][0]"
        or re.fullmatch(
            r" *e\.g\. sys\.modules\['refgraph_test_root'\]\.CACHE\['u1'\]\[\d+\]", example
        )
    )
    assert example.index("sys.") == line.index("held by")
    assert last.startswith("      1 of 2,000     0.1 %")
    assert last.endswith("held by sys.modules['refgraph_test_root'].LAST")
    assert rest[-1].startswith("The chains of an example: groups[0].chains()")


def test_one_object_and_none(root: types.ModuleType) -> None:
    assert str(groups_of("no.Such")) == "There is no no.Such."
    assert len(groups_of("no.Such")) == 0
    assert groups_of("no.Such").size == 0
    assert "There is no" in groups_of("no.Such")._repr_html_()
    assert len(groups_of("no.Such").table()) == 0
    held(root, LAST=Session())
    assert str(groups_of(Session)).split("\n")[0].endswith("), held in one way.")


def test_more_groups_than_are_listed(root: types.ModuleType) -> None:
    held(root, **{f"NAME_{i:02}": Session() for i in range(15)})
    groups = groups_of(Session)
    assert "… 5 more groups of 5 objects: .table(), or .text(limit=…)." in str(groups)
    assert "NAME_14" in groups.text(limit=15)
    with pytest.raises(ValueError, match="limit must be at least 1"):
        groups.text(limit=0)


def test_a_table_has_all_groups(root: types.ModuleType) -> None:
    held(root, LIST=[Session() for _ in range(3)], LAST=Session())
    groups = groups_of(Session)
    table = groups.table()
    assert [(row.count, row.signature, row.id) for row in table] == [
        (group.count, group.signature, group.id) for group in groups
    ]
    assert table[0].share == 0.75
    assert json.loads(table.to_json())[0]["signature"] == groups[0].signature


def test_a_notebook_shows_html(root: types.ModuleType) -> None:
    held(root, LIST=[Session()], **{"<script>": [Session()]})
    page = groups_of(Session)._repr_html_()
    ElementTree.fromstring(f"<div>{page}</div>")
    assert "<script>" not in page


def test_groups_are_a_sequence(root: types.ModuleType) -> None:
    held(root, LIST=[Session() for _ in range(3)], LAST=Session())
    groups = groups_of(Session)
    assert [group.id for group in groups] == [groups[0].id, groups[-1].id]
    assert [group.id for group in groups[1:]] == [groups[1].id]
    assert str(groups[1]) == groups[1].signature
    with pytest.raises(IndexError, match="there are only 2 groups"):
        groups[2]
    with pytest.raises(TypeError, match="index must be an int"):
        groups["a"]  # type: ignore[call-overload]


def test_the_core_refuses_what_is_no_group(root: types.ModuleType) -> None:
    held(root, LAST=Session())
    found = groups_of(Session)._found
    for index in (-1, 1):
        with pytest.raises(IndexError, match="among 1"):
            found.group(index)
        with pytest.raises(IndexError, match="among 1"):
            found.nodes(index)
    graph = refgraph.capture()._graph
    with pytest.raises(IndexError):
        graph.signatures([graph.node_count])
    with pytest.raises(TypeError):
        graph.signatures(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        type(found)()
