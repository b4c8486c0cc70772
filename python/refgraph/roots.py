"""What is alive by itself, and what nothing in the Python heap explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .node import Node
from .table import Column, Table
from .words import count_text, number_text

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Root", "UnexplainedRow", "root_at", "roots_of", "unexplained_of"]


class Root(NamedTuple):
    """An object that is alive by itself.

    `kind` says why:

    - "module": an entry of ``sys.modules``; `name` is its key.
    - "frame": a function that is running; `name` is thread, function, file and line.
    - "stack": a value that a running function has at hand (3.9 and 3.10; newer versions show it as
      held by the function's frame).
    - "thread": a field of a thread: its context, its thread-local state, a trace function, …
    - "interpreter": a field of the interpreter: an atexit callback, a signal handler, a codec, …
    - "type": a type written in C, or an immortal object, which live as long as the process.
    - "probable": memory holds its address, though nothing proves a reference; `name` says where.
    - "native": references from outside the Python heap: C code, or a leaked count.
    - "other": whatever built the graph said so.

    `references` says how many of the object's references it is; 0 where it only names what other
    objects hold, or where none is needed.
    """

    kind: str
    name: str
    node: Node
    references: int


class UnexplainedRow(NamedTuple):
    """An object, and how many of its references neither an object nor a root holds.

    `likely` is the place in memory that likely holds them, or "".
    """

    references: int
    type: str
    text: str
    node: Node
    likely: str


def root_at(snapshot: Snapshot, index: int) -> Root:
    """One root, by the position that a chain gives."""
    kind, node, name, references = snapshot._graph.root(index)
    return Root(kind, name, Node(snapshot, node), references)


def roots_of(snapshot: Snapshot, limit: int | None) -> Table[Root]:
    """Every root of a snapshot, in the order in which they were found."""
    rows = [
        Root(kind, name, Node(snapshot, node), references)
        for kind, node, name, references in snapshot._graph.roots()
    ]
    return Table(
        f"{count_text(len(rows), 'root')}.",
        (
            Column("kind"),
            Column("name"),
            Column("object", Node._label, data=Node._data),
            Column("references", number_text, is_number=True),
        ),
        rows,
        limit,
        numbered=True,
    )


def unexplained_of(
    snapshot: Snapshot, constants: bool, likely: bool, limit: int | None
) -> Table[UnexplainedRow]:
    """What has unexplained references, most of them first."""
    graph = snapshot._graph
    found, left_out = graph.unexplained_nodes(constants, likely)
    rows = []
    for node_id, references, place in found:
        node = Node(snapshot, node_id)
        text = graph.text(node_id, 60) or ""
        rows.append(UnexplainedRow(references, node.type, text, node, place))
    rows.sort(key=lambda row: (-row.references, row.type, row.text, row.node.address))
    have = "has" if len(rows) == 1 else "have"
    total = count_text(sum(row.references for row in rows), "reference")
    headline = f"{count_text(len(rows), 'object')} {have} {total} that nothing explains."
    if not rows:
        headline = "Every reference of every object is explained."
    if left_out:
        headline += f" {count_text(left_out, 'constant')} of C code not listed (constants=True)."
    return Table(
        headline,
        (
            Column("references", number_text, is_number=True),
            Column("type", is_type=True),
            Column("text"),
            Column("object", Node._label, data=Node._data),
            Column("likely"),
        ),
        rows,
        limit,
        numbered=True,
        row=UnexplainedRow,
    )
