"""What keeps how much of the heap alive, and what would go with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .arguments import MOST, checked_choice, checked_number
from .display import Displayed
from .node import Edge, Node
from .nodes import Nodes
from .table import Column, Table
from .words import bytes_text, count_text, number_text, percent_text

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = [
    "Owner",
    "RetainedModule",
    "RetainedObject",
    "RetainedType",
    "WhatIf",
    "retained_of",
    "what_if",
]

_PACKAGE = __name__.partition(".")[0]
_GROUPINGS = ("object", "type", "module", "owner")
# positions are those of the C library
_KINDS = ("variable", "module", "frame", "root", "static", "outside", "shared", "garbage")
_FIRST_OF_MANY = _KINDS.index("static")  # from here on an owner is no one object


class RetainedObject(NamedTuple):
    """What one object keeps alive.

    `object` is the cheapest chain to it, an expression where there is one, or its type and text
    where no root reaches it; `size` its own bytes; `kept` and `retained` the objects and bytes that
    would go with it, itself included; `share` what part of the heap's bytes that is, 0 to 1.
    """

    object: str
    type: str
    size: int
    kept: int
    retained: int
    share: float
    node: Node


class RetainedType(NamedTuple):
    """What the objects of one type keep alive, each of them and each of what they keep once.

    `count` and `size` are their own, `kept` and `retained` those of all that goes with them,
    themselves included, `share` the part of the heap's bytes, 0 to 1.
    """

    type: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    kept: int
    retained: int
    share: float


class RetainedModule(NamedTuple):
    """What the objects of the types of one module keep alive: fields as in `RetainedType`."""

    module: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    kept: int
    retained: int
    share: float


class Owner(NamedTuple):
    """An owner, and all objects that are its own: each object of the heap has one owner.

    `kind` says what it is:

    - "variable": the value of a variable of a module in ``sys.modules``, or of a running function,
      with all that it alone keeps;
    - "module", "frame": a module or a running function itself, and what its variables share;
    - "root": what a thread or the interpreter has in a field (an atexit callback, …);
    - and objects of one type, with what they alone keep: "static" (types of C, immortal objects),
      "outside" (C code holds them, or a count was leaked), "shared" (several owners hold them, and
      none alone), "garbage" (no root reaches them).

    `node` is the object, None for many objects of one type; `share` the part of the heap's bytes,
    0 to 1. `owner` is what a person calls it: the name from one snapshot to the next.
    """

    owner: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    share: float
    kind: str
    node: Node | None


class WhatIf(Displayed):
    """What would go if some objects or references went. ``print()`` it."""

    __slots__ = ("_asked", "nodes", "size")

    #: All that would go, by ascending address: the objects asked about are among them.
    nodes: Nodes
    #: The sum of their sizes, in bytes.
    size: int

    def __init__(self, nodes: Nodes, size: int, asked: int) -> None:
        self.nodes = nodes
        self.size = size
        self._asked = asked

    @property
    def count(self) -> int:
        """How many objects would go."""
        return len(self.nodes)

    def __str__(self) -> str:
        if not self._asked:
            return "Nothing was asked about: no object and no reference."
        if not self.count:
            return "Nothing would go: something else holds all that it leads to."
        return f"{count_text(self.count, 'object')}, {bytes_text(self.size)} would go."

    def __repr__(self) -> str:
        return f"<WhatIf: {self}>"


# -- tables --------------------------------------------------------------------------------------


def retained_of(
    snapshot: Snapshot, by: str, limit: int | None
) -> Table[RetainedObject] | Table[RetainedType] | Table[RetainedModule] | Table[Owner]:
    """The table that `Snapshot.retained` describes."""
    grouping = _GROUPINGS[checked_choice("by", by, _GROUPINGS)]
    if limit is not None:
        limit = checked_number("limit", limit)
    if grouping == "object":
        return _by_object(snapshot, limit)
    if grouping == "type":
        return _by_type(snapshot, limit)
    if grouping == "module":
        return _by_module(snapshot, limit)
    return _by_owner(snapshot, limit)


_SIZES = (
    Column("size", bytes_text, is_number=True),
    Column("kept", number_text, is_number=True),
    Column("retained", bytes_text, is_number=True),
    Column("share", percent_text, is_number=True),
)
_COUNT = Column("count", number_text, is_number=True)


def _heap_size(snapshot: Snapshot) -> int:
    return sum(info.size for info in snapshot._types())


def _headline(snapshot: Snapshot) -> str:
    return f"{count_text(snapshot.node_count, 'object')}, {bytes_text(_heap_size(snapshot))}"


def _share(size: int, whole: int) -> float:
    return size / whole if whole else 0.0


def _by_object(snapshot: Snapshot, limit: int | None) -> Table[RetainedObject]:
    graph = snapshot._graph
    whole = _heap_size(snapshot)
    rows = []
    ids = memoryview(graph.retained_top(MOST if limit is None else limit)).cast("I")
    for node_id, text in zip(ids, graph.expressions(ids)):
        node = Node(snapshot, node_id)
        size, kept, _ = graph.retained(node_id)
        share = _share(size, whole)
        rows.append(RetainedObject(text, node.type, node.size, kept, size, share, node))
    return Table(
        f"{_headline(snapshot)}; what each of the largest alone keeps alive, itself included.",
        (Column("object"), Column("type", is_type=True), *_SIZES),
        rows,
        limit,
    )


def _by_type(snapshot: Snapshot, limit: int | None) -> Table[RetainedType]:
    whole = _heap_size(snapshot)
    types = snapshot._types()
    rows = [
        RetainedType(types[i].text, count, size, kept, retained, _share(retained, whole))
        for i, count, size, kept, retained in snapshot._graph.retained_totals(0)
        if not _is_ours(types[i].module)
    ]
    return Table(
        f"{_headline(snapshot)}; what the objects of each type keep alive, themselves included.",
        (Column("type", is_type=True), _COUNT, *_SIZES),
        rows,
        limit,
    )


def _by_module(snapshot: Snapshot, limit: int | None) -> Table[RetainedModule]:
    whole = _heap_size(snapshot)
    types = snapshot._types()
    rows = [
        RetainedModule(
            types[i].module or "builtins", count, size, kept, retained, _share(retained, whole)
        )
        for i, count, size, kept, retained in snapshot._graph.retained_totals(1)
        if not _is_ours(types[i].module)
    ]
    return Table(
        f"{_headline(snapshot)}; what the objects of each module's types keep alive, "
        "themselves included.",
        (Column("module"), _COUNT, *_SIZES),
        rows,
        limit,
    )


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE


def _by_owner(snapshot: Snapshot, limit: int | None) -> Table[Owner]:
    whole = _heap_size(snapshot)
    rows = [
        Owner(
            text,
            count,
            size,
            _share(size, whole),
            _KINDS[kind],
            Node(snapshot, node) if kind < _FIRST_OF_MANY else None,
        )
        for text, kind, node, count, size in snapshot._graph.owners()
    ]
    return Table(
        f"{_headline(snapshot)}, of {count_text(len(rows), 'owner')}: each object has one.",
        (
            Column("owner"),
            _COUNT,
            Column("size", bytes_text, is_number=True),
            Column("share", percent_text, is_number=True),
        ),
        rows,
        limit,
    )


# -- what if -------------------------------------------------------------------------------------


def what_if(snapshot: Snapshot, what: Node | Edge | Iterable[Node | Edge]) -> WhatIf:
    """The answer that `Snapshot.what_if` describes."""
    if isinstance(what, Nodes):
        if len(what):
            _check_snapshot(snapshot, what[0], "node")
        nodes: Sequence[int] = what._ids
        edges: list[int] = []
    else:
        nodes, edges = _removal(snapshot, what)
    ids, size = snapshot._graph.what_if(nodes, edges)
    return WhatIf(Nodes(snapshot, ids), size, len(nodes) + len(edges))


def _removal(
    snapshot: Snapshot, what: Node | Edge | Iterable[Node | Edge]
) -> tuple[list[int], list[int]]:
    """Ids of nodes and indices of edges."""
    nodes: list[int] = []
    edges: list[int] = []
    if isinstance(what, (Node, Edge)):
        what = (what,)
    elif isinstance(what, str) or not isinstance(what, Iterable):
        raise TypeError(_complaint(what))
    for item in what:
        if isinstance(item, Node):
            _check_snapshot(snapshot, item, "node")
            nodes.append(item._id)
        elif isinstance(item, Edge):
            _check_snapshot(snapshot, item.source, "edge")
            edges.append(_checked_index(item))
        else:
            raise TypeError(_complaint(item))
    return nodes, edges


def _complaint(what: object) -> str:
    return (
        f"what_if() takes a Node, an Edge, or several of them, not '{type(what).__name__}'; "
        "snapshot.node(object) gives the node of an object"
    )


def _check_snapshot(snapshot: Snapshot, node: Node, noun: str) -> None:
    if node._snapshot is not snapshot:
        raise ValueError(
            f"{noun} of another snapshot "
            f"(captured {node._snapshot._time_text('%H:%M:%S')}, this one "
            f"{snapshot._time_text('%H:%M:%S')}): ask that one"
        )


def _checked_index(edge: Edge) -> int:
    """The index of an edge that is one: somebody may have made it."""
    graph = edge.source._snapshot._graph
    if isinstance(edge.index, int) and 0 <= edge.index < graph.edge_count:
        row = graph.edge(edge.source._id, edge.index)
        if row is not None and row[1] == edge.target._id:
            return edge.index
    raise ValueError(f"{edge!r} is no reference of the snapshot: take one of Node.referents")
