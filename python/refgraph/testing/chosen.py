"""The objects of a snapshot that are of chosen types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotInSnapshot
from .settings import UsageProblem

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .settings import Types

__all__ = ["chosen_ids", "chosen_type_ids"]


def chosen_type_ids(snapshot: Snapshot, types: Types) -> list[int]:
    """The ids of chosen types: a class stands for its subclasses too.

    Raises:
        UsageProblem: no type of the snapshot has such a name.
    """
    found: set[int] = set()
    for one in types or ():
        if isinstance(one, str):
            named = _named(snapshot, one)
            if not named:
                raise UsageProblem(
                    f"types: there is no class '{one}' in this process once the test has run; "
                    "write it as refgraph.capture().types() does, 'app.models.Session', or name "
                    "the class itself"
                )
            found.update(named)
        else:
            for part in _with_subclasses(one):
                try:
                    found.update(snapshot._types_of(part)[0])
                except NotInSnapshot:  # a subclass that was born since
                    continue
    return sorted(found)


def chosen_ids(snapshot: Snapshot, types: Types) -> frozenset[int]:
    """The ids of all objects of chosen types."""
    chosen = chosen_type_ids(snapshot, types)
    return frozenset(memoryview(snapshot._graph.nodes_of(chosen)).cast("I"))


def _named(snapshot: Snapshot, name: str) -> list[int]:
    """All types of a name: those without an instance too."""
    types = snapshot._types()
    return [i for i, info in enumerate(types) if info.text == name] or [
        i for i, info in enumerate(types) if info.name == name
    ]


def _with_subclasses(one: type) -> list[type]:
    found = [one]
    for part in found:
        below: list[type] = type.__subclasses__(part)
        found.extend(sub for sub in below if sub not in found)
    return found
