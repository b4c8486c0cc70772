"""The objects of one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .allocation import SiteRow, sites_of
from .nodes import Nodes
from .progress import Progress, progress_shown
from .table import Table

if TYPE_CHECKING:
    from .groups import AliveGroups
    from .snapshot import Snapshot

__all__ = ["Objects"]


class Objects(Nodes):
    """The objects of one type: a sequence of nodes, which are made when looked at."""

    __slots__ = ("type",)

    #: The name of the type.
    type: str

    def __init__(self, snapshot: Snapshot, name: str, types: list[int]) -> None:
        self.type = name
        super().__init__(snapshot, snapshot._graph.nodes_of(types))

    def sites(self, *, limit: int | None = 20) -> Table[SiteRow]:
        """The lines that allocated them, biggest sum of sizes first, where ``tracemalloc`` was on.

        `limit` is the number of rows that are printed; the table has all.
        """
        return sites_of(self._snapshot, self.type, self._ids, limit)

    def why_alive(self, *, progress: Progress = None) -> AliveGroups:
        """What keeps them alive: each in one group, by the chain that holds it.

        Their first chains (`Node.why_alive`) with indices and keys folded to ``[*]``: the
        signature of a group, the same from run to run. The first question to a snapshot costs one
        pass over all objects, each next one what the chains to its objects are long together.
        `progress` as in `Snapshot.cycles`.
        """
        from .groups import AliveGroups

        with progress_shown(progress):
            return AliveGroups(self)

    def _what(self, count: int) -> str:
        return f"{super()._what(count)} of {self.type}"
