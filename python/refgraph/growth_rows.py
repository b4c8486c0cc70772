"""The rows of what has grown: a type, a place, an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .node import Node

__all__ = ["OwnerGrowth", "PlaceGrowth", "Round", "SteadyPlace", "SteadyType", "TypeGrowth"]


class TypeGrowth(NamedTuple):
    """How the objects of one type have changed.

    `delta_size` and `delta` are now less then, bytes and objects; `born` and `died` how many are
    new and how many are gone; `gained_by` the place where most of the new ones are, and `example`
    one of those, None where none is new.
    """

    delta_size: int
    delta: int
    size: int
    count: int  # type: ignore[assignment]  # over tuple.count
    born: int
    died: int
    type: str
    gained_by: str
    example: Node | None

    @property
    def is_growing(self) -> bool:
        """Whether there is more of it than before: objects or bytes."""
        return self.delta > 0 or self.delta_size > 0


class PlaceGrowth(NamedTuple):
    """How many objects of one type a place has gained and lost.

    `gained` and `lost` are objects of `type` there; `delta` and `delta_size` count what hangs on
    them too, and by how much the containers themselves have grown.
    """

    delta_size: int
    delta: int
    gained: int
    lost: int
    type: str
    place: str


class OwnerGrowth(NamedTuple):
    """How much more an owner has: `Snapshot.retained(by="owner")` of both snapshots.

    The rows add up to the heap's growth.
    """

    delta_size: int
    delta: int
    size: int
    count: int  # type: ignore[assignment]  # over tuple.count
    owner: str


class SteadyType(NamedTuple):
    """A type of which there were more after each round: in all, and a round; objects and bytes."""

    delta_size: int
    delta: int
    rate: float
    count: int  # type: ignore[assignment]  # over tuple.count
    type: str


class SteadyPlace(NamedTuple):
    """A place that grew in each round: in all of them, and a round; objects and bytes.

    With what hangs on them, as in `PlaceGrowth`; `type` is that of most of the bytes which came
    there in the last round.
    """

    delta_size: int
    delta: int
    rate: float
    type: str
    place: str


class Round(NamedTuple):
    """What several rounds of a `Tracker` say of a place: it has grown in each of them."""

    rounds: int
    objects: int  # in all of them together
    bytes: int
