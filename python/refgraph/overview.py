"""A snapshot, an object, a tracker alone at a prompt or in a cell: no answer yet, but a look.

They print as one line, so that they can stand in a message; alone they show a little more, and the
questions that they answer.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from .markup import paragraph, strong
from .table import Column, Table
from .words import bytes_text, count_text, number_text, printable

if TYPE_CHECKING:
    from .node import Node
    from .nodes import Nodes
    from .snapshot import Snapshot
    from .tracker import Tracker

__all__ = ["Overview", "node_overview", "nodes_overview", "snapshot_overview", "tracker_overview"]

_ROWS = 10
_TEXT = 60  # characters of a text


class Overview(NamedTuple):
    """The first line, or a table that begins with one; lines below it; the next step."""

    headline: str
    table: Table[Any] | None
    lines: list[str]
    closer: str

    def text(self) -> str:
        """For a terminal."""
        rest = "\n".join(filter(None, [*self.lines, self.closer]))
        if self.table is None:
            return f"{self.headline}\n{rest}".rstrip()
        return f"{self.table}\n\n{rest}"

    def html(self) -> str:
        """For a notebook."""
        top = strong(self.headline) if self.table is None else self.table._repr_html_()
        return top + "".join(map(paragraph, [*self.lines, self.closer]))


def snapshot_overview(snapshot: Snapshot) -> Overview:
    """Its types, the biggest first, when it was captured and what that cost."""
    when = snapshot._time_text("%Y-%m-%d %H:%M:%S")
    return Overview(
        "",
        snapshot.types(limit=_ROWS),
        [f"Captured {when}, in {snapshot.cost.seconds:.2f} s."],
        "Objects of a type: .objects('app.Session'); one of yours: .node(object); "
        "cycles: .cycles().",
    )


def node_overview(node: Node) -> Overview:
    """What it is, what holds it in numbers, where it was allocated."""
    label = node._label()
    text = node.text or ""
    lines = [] if not text or text in label else [printable(text[:_TEXT])]
    lines.append(f"{node.references}.")
    lines += [f"Allocated at {place}." for place in node.allocation[:1]]
    return Overview(label, None, lines, "What holds it: .why_alive(); drawn: .backrefs(), .refs().")


def nodes_overview(nodes: Nodes) -> Overview:
    """The first of them."""
    rows = [
        (node.size, node.refcount, node.type, node.text or "")
        for node in itertools.islice(nodes, _ROWS)
    ]
    what = nodes._what(len(nodes))
    if not rows:
        return Overview(f"{what}.", None, [], "")
    first = f"; the first {len(rows)}:" if len(nodes) > len(rows) else "."
    table = Table(
        f"{what}{first}",
        (
            Column("size", bytes_text, is_number=True),
            Column("refcount", number_text, is_number=True),
            Column("type", is_type=True),
            Column("text", lambda text: text[:_TEXT]),
        ),
        rows,
        numbered=True,
    )
    one = "What holds one: [0].why_alive()"
    many = "; all of them: .why_alive()." if hasattr(nodes, "why_alive") else "."
    return Overview("", table, [], one + many)


def tracker_overview(tracker: Tracker) -> Overview:
    """What there was more of after every round."""
    marks = count_text(tracker.count, "mark")
    if tracker.rounds < 1:
        return Overview(f"{marks}.", None, [], "Growth lies between two marks: call .mark() again.")
    return Overview("", tracker.steady(limit=_ROWS), [], "What is likely a leak: .suspects().")
