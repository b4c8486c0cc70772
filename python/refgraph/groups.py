"""What keeps many objects alive: grouped by the chain that holds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from .arguments import checked_number, checked_position
from .display import Displayed
from .node import Node
from .nodes import Nodes
from .table import Column, Table
from .words import bytes_text, count_text, number_text, percent_text, shortened

if TYPE_CHECKING:
    from . import _core
    from .chains import Chains
    from .objects import Objects

__all__ = ["AliveGroup", "AliveGroups", "AliveRow"]

_LINE = 400  # characters of a signature or an expression in a summary
_CELL = 100  # of a signature in a table
_LISTED = 10  # groups of a summary


class AliveRow(NamedTuple):
    """A group as a row: what holds the objects, how many, the sum of their own sizes in bytes.

    `id` is a hash of the signature in hexadecimal: equal in every run and on every machine.
    """

    count: int  # type: ignore[assignment]  # over tuple.count
    share: float
    size: int
    signature: str
    id: str


class AliveGroup(Displayed):
    """Objects that are held alike: their first chains differ in indices and keys at most."""

    __slots__ = ("_groups", "_index", "count", "example", "id", "is_reached", "signature", "size")

    #: The chain in words: ``sys.modules['app'].CACHE[*].sessions[*]``.
    signature: str
    #: A hash of the signature, 16 hexadecimal digits: equal in every run and on every machine.
    id: str
    #: How many objects there are.
    count: int
    #: The sum of their own sizes, in bytes.
    size: int
    #: The object among them that is nearest to a root.
    example: Node
    #: Whether a root reaches them; where none does, the signature says what refers to them.
    is_reached: bool

    def __init__(self, groups: AliveGroups, index: int) -> None:
        self._groups = groups
        self._index = index
        self.signature, number, self.count, self.size, example, self.is_reached = (
            groups._found.group(index)
        )
        self.id = f"{number:016x}"
        self.example = Node(groups.objects._snapshot, example)

    @property
    def nodes(self) -> Nodes:
        """The objects, by ascending address."""
        return Nodes(self._groups.objects._snapshot, self._groups._found.nodes(self._index))

    def chains(self, limit: int = 5) -> Chains:
        """What holds the example, link by link: `Node.why_alive`."""
        return self.example.why_alive(limit)

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return self.signature

    def __repr__(self) -> str:
        return f"<AliveGroup: {self.count:,} held by {shortened(self.signature, 80)}>"

    def _repr_html_(self) -> str:
        from .notebook import group_html

        return group_html(self)

    def _held(self) -> str:
        """The signature in a sentence."""
        signature = shortened(self.signature, _LINE)
        return f"held by {signature}" if self.is_reached else signature

    def _example_text(self) -> str:
        """The example's chain, where it says more than the signature."""
        chains = self.chains(1)
        expression = chains[0].expression if len(chains) else self.signature
        return "" if expression == self.signature else shortened(expression, _LINE)


class AliveGroups(Displayed, Sequence[AliveGroup]):
    """What keeps objects alive, the biggest group first; each object is in one. ``print()`` it."""

    __slots__ = ("_found", "objects")

    #: The objects that were asked for.
    objects: Objects

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._found: _core.Signatures = objects._snapshot._graph.signatures(objects._ids)

    @property
    def count(self) -> int:  # type: ignore[override]  # over Sequence.count
        """How many objects there are in all groups."""
        return len(self.objects)

    @property
    def size(self) -> int:
        """The sum of their own sizes, in bytes."""
        return sum(self._found.group(i)[3] for i in range(len(self)))

    def table(self, *, limit: int | None = 20) -> Table[AliveRow]:
        """The groups as a table, biggest first.

        `limit` is the number of rows that are printed; the table has all.
        """
        return Table(
            self._headline(),
            (
                Column("count", number_text, is_number=True),
                Column("share", percent_text, is_number=True),
                Column("size", bytes_text, is_number=True),
                Column("signature", lambda text: shortened(text, _CELL)),
                Column("id"),
            ),
            [AliveRow(g.count, g.count / self.count, g.size, g.signature, g.id) for g in self],
            limit,
        )

    def text(self, limit: int = _LISTED) -> str:
        """The answer with at most `limit` groups."""
        shown = self._first(checked_number("limit", limit))
        if not shown:
            return self._headline()
        total = f" of {self.count:,}"
        rows = [(f"{g.count:,}{total}", percent_text(g.count / self.count), g) for g in shown]
        sizes = [bytes_text(g.size) for g in shown]
        widths = [max(len(row[i]) for row in rows) for i in range(2)], max(map(len, sizes))
        lines = [self._headline(), ""]
        for (count, share, group), size in zip(rows, sizes):
            start = f"{count:>{widths[0][0]}}  {share:>{widths[0][1]}}  {size:>{widths[1]}}  "
            lines.append(f"  {start}{group._held()}")
            example = group._example_text()
            if example:
                lines.append(f"  {'e.g. ':>{len(start)}}{example}")
        return "\n".join([*lines, *self._rest(len(shown))])

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> AliveGroup: ...
    @overload
    def __getitem__(self, index: slice) -> list[AliveGroup]: ...
    def __getitem__(self, index: int | slice) -> AliveGroup | list[AliveGroup]:
        if isinstance(index, slice):
            return [AliveGroup(self, position) for position in range(len(self))[index]]
        groups = count_text(len(self), "group")
        there = "there is only" if len(self) == 1 else "there are only"
        return AliveGroup(self, checked_position(index, len(self), f"{there} {groups}"))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<AliveGroups: {self._headline()}>"

    def _repr_html_(self) -> str:
        from .notebook import groups_html

        return groups_html(self)

    def _first(self, limit: int) -> list[AliveGroup]:
        return self[: min(limit, len(self))]

    def _headline(self) -> str:
        of = shortened(self.objects.type, _CELL)
        if not self.count:
            return f"There is no {of}."
        held = "held in one way" if len(self) == 1 else f"held in {len(self):,} ways"
        return f"{self.count:,} {of} ({bytes_text(self.size)}), {held}."

    def _rest(self, shown: int) -> list[str]:
        """What the listed groups leave unsaid, and the next step."""
        lines = []
        left = len(self) - shown
        if left > 0:
            objects = self.count - sum(self._found.group(i)[2] for i in range(shown))
            lines.append(
                f"  … {count_text(left, 'more group')} of {count_text(objects, 'object')}: "
                ".table(), or .text(limit=…)."
            )
        if shown:
            lines += [
                "",
                "The chains of an example: groups[0].chains(); all of a group: groups[0].nodes.",
            ]
        return lines
