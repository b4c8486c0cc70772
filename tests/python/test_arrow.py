"""Snapshot.to_arrow, read by ctypes alone: tests/arrow has the engines."""

from __future__ import annotations

import collections
import gc
import pathlib
import re
import threading
import weakref
from typing import Any

import pytest
from arrow_reader import columns, lengths, schema_of

import refgraph

PROJECT = pathlib.Path(__file__).parents[2]
DOCS = PROJECT / "docs" / "arrow.md"


class Item:
    def __init__(self, text: str) -> None:
        self.text = text


KEPT = [Item("a\nb"), Item("lone \udc80 surrogate"), Item("naïve ☃")]


@pytest.fixture(scope="module")
def snap() -> refgraph.Snapshot:
    return refgraph.capture()


@pytest.fixture(scope="module")
def nodes(snap: refgraph.Snapshot) -> dict[str, list[Any]]:
    return columns(snap.to_arrow(retained=True).nodes)


@pytest.fixture(scope="module")
def edges(snap: refgraph.Snapshot) -> dict[str, list[Any]]:
    return columns(snap.to_arrow().edges)


def test_nodes_are_what_the_snapshot_says_of_each_object(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]]
) -> None:
    assert nodes["id"] == list(range(snap.node_count))
    step = max(1, snap.node_count // 5000)
    for i in range(0, snap.node_count, step):
        node = snap.node(address=nodes["address"][i]) if nodes["address"][i] else None
        if node is None:
            assert nodes["is_synthetic"][i]
            continue
        assert node.type == nodes["type_name"][i]
        assert node.size == nodes["size"][i]
        assert node.refcount == nodes["refcount"][i]
        assert node.kind == nodes["kind"][i]
        assert node.generation == nodes["generation"][i]
        assert node.retained_size == nodes["retained_size"][i]
        assert node.retained_count == nodes["retained_count"][i]
        dominator = nodes["dominator"][i]
        assert (node.dominator is None) == (dominator is None)
        if node.dominator is not None:
            assert node.dominator.address == nodes["address"][dominator]


def test_sums_by_type_are_those_of_types(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]]
) -> None:
    sums: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for name, module, size in zip(nodes["type_name"], nodes["module"], nodes["size"]):
        if module.partition(".")[0] != "refgraph":  # types() leaves refgraph's own out
            sums[name][0] += 1
            sums[name][1] += size
    assert {row.type: [row.count, row.size] for row in snap.types()} == sums
    types = columns(snap.to_arrow().types)
    assert sum(types["count"]) == snap.node_count
    assert sum(types["size"]) == sum(nodes["size"])
    assert all(
        nodes["type_name"][i] == types["type_name"][nodes["type"][i]]
        for i in range(0, snap.node_count, 101)
    )


def test_edges_are_the_references_of_each_object(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]], edges: dict[str, list[Any]]
) -> None:
    assert len(edges["source"]) == snap.edge_count
    assert edges["source"] == sorted(edges["source"])
    for item in KEPT:
        node = snap.node(item)
        i = nodes["address"].index(node.address)
        told = [
            (nodes["address"][target], name or "", strength)
            for source, target, name, strength in zip(
                edges["source"], edges["target"], edges["name"], edges["strength"]
            )
            if source == i
        ]
        assert told == [(e.target.address, e.name, e.strength) for e in node.referents]
        assert told


def test_texts_are_raw_but_for_what_is_not_utf8(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]]
) -> None:
    for item, text in zip(KEPT, ["a\nb", "lone \\udc80 surrogate", "naïve ☃"]):
        i = nodes["address"].index(snap.node(item.text).address)
        assert nodes["text"][i] == text
        assert nodes["text_form"][i] == "str"


def test_roots_are_those_of_the_snapshot(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]]
) -> None:
    roots = columns(snap.to_arrow().roots)
    told = collections.Counter(
        zip(roots["kind"], (nodes["address"][i] for i in roots["node"]), roots["references"])
    )
    rows = snap._graph.roots()
    assert told == collections.Counter(
        (kind, nodes["address"][node], references) for kind, node, _, references in rows
    )
    assert [name or "" for name in roots["name"]] == [name for _, _, name, _ in rows]


def test_owners_add_up_to_the_heap_and_are_named_as_retained_names_them(
    snap: refgraph.Snapshot, nodes: dict[str, list[Any]]
) -> None:
    owners = columns(snap.to_arrow(retained=True).owners)
    told = list(zip(owners["owner_name"], owners["count"], owners["size"], owners["owner_kind"]))
    assert told == [(r.owner, r.count, r.size, r.kind) for r in snap.retained(by="owner")]
    sizes: dict[int, int] = collections.defaultdict(int)
    for owner, size, name in zip(nodes["owner"], nodes["size"], nodes["owner_name"]):
        sizes[owner] += size
        assert name == owners["owner_name"][owner]
    assert [sizes[i] for i in owners["id"]] == owners["size"]
    mine = nodes["address"].index(snap.node(KEPT[0]).address)
    assert nodes["owner_name"][mine] == f"sys.modules[{__name__!r}].KEPT"


def test_nodes_without_retained_have_neither_sizes_nor_owners(snap: refgraph.Snapshot) -> None:
    tables = snap.to_arrow()
    names = {name for name, _ in schema_of(tables.nodes)}
    assert not names & {"retained_size", "dominator", "owner", "owner_name"}
    with pytest.raises(ValueError, match="retained=True"):
        tables.owners  # noqa: B018


def test_a_table_is_read_any_number_of_times(snap: refgraph.Snapshot) -> None:
    types = snap.to_arrow().types
    assert columns(types) == columns(types)
    assert [name for name, _ in schema_of(types)] == list(columns(types))


def test_a_large_heap_comes_in_batches() -> None:
    kept = [[] for _ in range(140_000)]  # type: ignore[var-annotated]
    snap = refgraph.capture()
    sizes = lengths(snap.to_arrow().nodes)
    assert len(sizes) > 1
    assert set(sizes[:-1]) == {131_072}
    assert sum(sizes) == snap.node_count > len(kept)


def test_a_snapshot_that_was_loaded_hands_over_the_same_tables(
    snap: refgraph.Snapshot, edges: dict[str, list[Any]], tmp_path: pathlib.Path
) -> None:
    snap.save(tmp_path / "heap.refgraph", text="all")
    loaded = refgraph.load(tmp_path / "heap.refgraph").to_arrow(retained=True)
    assert columns(loaded.edges) == edges
    told = snap.to_arrow(retained=True)
    assert columns(loaded.types) == columns(told.types)
    assert columns(loaded.roots) == columns(told.roots)
    assert columns(loaded.owners) == columns(told.owners)


def test_a_stream_keeps_the_graph_and_gives_it_back_from_any_thread() -> None:
    snap = refgraph.capture()
    snapshot = weakref.ref(snap)
    expected = snap.node_count
    capsule = snap.to_arrow().nodes.__arrow_c_stream__()
    del snap
    gc.collect()
    assert snapshot() is None
    counts: list[int] = []

    class Held:
        def __arrow_c_stream__(self) -> object:
            return held.pop()

    held = [capsule]
    del capsule
    thread = threading.Thread(target=lambda: counts.append(sum(lengths(Held()))))
    thread.start()
    thread.join()
    assert counts == [expected]


def test_reading_leaves_nothing_behind() -> None:
    snap = refgraph.capture()
    tables = snap.to_arrow(retained=True)

    def read() -> None:
        for table in (tables.types, tables.roots, tables.owners):
            columns(table)
        tables.nodes.__arrow_c_stream__()  # released without being read
        tables.nodes.__arrow_c_schema__()

    read()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(3):
        read()
    gc.collect()
    assert len(gc.get_objects()) <= before + 5


def test_bad_arguments_are_refused(snap: refgraph.Snapshot) -> None:
    with pytest.raises(TypeError, match="retained must be a bool, not 'int'"):
        snap.to_arrow(retained=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no table 9"):
        snap._graph.arrow_stream(9, False)


def test_the_documentation_lists_every_column_with_its_type(snap: refgraph.Snapshot) -> None:
    types = {
        "I": "uint32",
        "L": "uint64",
        "C": "uint8",
        "b": "bool",
        "U": "large_utf8",
        "i": "dictionary",
        "c": "dictionary",
    }
    text = DOCS.read_text(encoding="utf-8")
    tables = snap.to_arrow(retained=True)
    for name in ("nodes", "edges", "types", "roots", "owners"):
        section = text.partition(f"\n### {name}\n")[2].partition("\n##")[0]
        rows = re.findall(r"^\| `(\w+)` \| (\w+)", section, re.M)
        assert rows == [
            (column, types[form]) for column, form in schema_of(getattr(tables, name))
        ], name


def test_the_documentation_has_the_query_of_the_example() -> None:
    example = (PROJECT / "examples" / "python" / "fleet.py").read_text(encoding="utf-8")
    query = example.partition('GROWTH = """')[2].partition('"""')[0]
    assert f"```sql{query}```" in DOCS.read_text(encoding="utf-8")


def test_a_table_says_what_it_is(snap: refgraph.Snapshot) -> None:
    tables = snap.to_arrow()
    assert repr(tables).startswith("<ArrowTables nodes, edges, types, roots: ")
    assert repr(tables.nodes).startswith("<ArrowTable nodes of <Snapshot of ")
