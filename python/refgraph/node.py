"""One captured object and the references at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

from .allocation import Location
from .display import Previewed
from .words import bytes_text, printable, short_address, shortened

if TYPE_CHECKING:
    from .chains import Chains
    from .drawing import Drawing
    from .overview import Overview
    from .snapshot import Snapshot

__all__ = ["STRENGTHS", "Edge", "Node", "edges_of"]

#: How strongly a reference holds, strongest first; positions are those of the C library.
STRENGTHS = ("own", "frame", "infrastructure", "weak")

_TRACKED, _IMMORTAL, _FROZEN, _FINALIZER, _FINALIZED, _RUNNING, _SYNTHETIC = (
    1 << bit for bit in range(7)
)
_UNSEEN, _IN_TRY = 1 << 10, 1 << 11
_UNTRACKED_GENERATION = 4
_NAME = 200  # characters of a type's name
_NAMED_KINDS = ("module", "frame", "function", "type")  # whose text is a name or a place


class Edge(NamedTuple):
    """One reference.

    `name` is what a person reads: ``.x``, ``[3]``, ``['k']``, ``local x``, ``cell x``, …, or ""
    where nobody can name it. `strength` is one of "own", "frame", "infrastructure" and "weak".
    `index` is its place among all references of the snapshot, which tells two references from one
    object to another apart.
    """

    source: Node
    target: Node
    name: str
    strength: str
    index: int  # type: ignore[assignment]  # over tuple.index

    def __repr__(self) -> str:
        name = self.name or "?"
        return f"<{self.source._label()} {name} → {self.target._label()}, {self.strength}>"


class Node(Previewed):
    """A captured object: what it was at the time of the capture. It holds no reference to it.

    Nodes of one snapshot are equal when they are the same object; they can be keys of dicts.
    """

    __slots__ = ("_id", "_snapshot")

    def __init__(self, snapshot: Snapshot, node_id: int) -> None:
        self._snapshot = snapshot
        self._id = node_id

    # -- what it is ------------------------------------------------------------------------------

    @property
    def type(self) -> str:
        """Its type: module and qualified name (the latter alone for builtins)."""
        return self._snapshot._graph.type_of(self._id)[1]

    @property
    def kind(self) -> str:
        """ "module", "frame", "function", "instance", "container", "type" or "other"."""
        return self._snapshot._graph.type_of(self._id)[2]

    @property
    def text(self) -> str | None:
        """A short text where there is a cheap one: a name, a place, the beginning of a str."""
        return self._snapshot._graph.text(self._id)

    @property
    def size(self) -> int:
        """Its own size in bytes, as ``sys.getsizeof`` gives it for types of C."""
        return self._snapshot._graph.node(self._id)[2]

    @property
    def address(self) -> int:
        """Where it lay: its ``id()``."""
        return self._snapshot._graph.node(self._id)[1]

    @property
    def refcount(self) -> int:
        """Its reference count."""
        return self._snapshot._graph.node(self._id)[3]

    @property
    def unexplained_references(self) -> int:
        """How many of its references neither a captured object nor a root holds.

        They are held by C code, or a count was leaked. 0 for immortal objects and types of C.
        """
        return self._snapshot._graph.unexplained(self._id)

    @property
    def references(self) -> str:
        """What its reference count is made of: ``refcount 3 = 2 list items + 1 unexplained``."""
        return self._snapshot._graph.references_text(self._id)

    @property
    def allocation(self) -> list[Location]:
        """Where it was allocated: the line, and behind it the lines that called it.

        Empty where ``tracemalloc`` was not on when it was. How many lines there are says
        ``tracemalloc.start(frames)``.
        """
        return [Location(file, line) for file, line in self._snapshot._graph.site(self._id)]

    @property
    def generation(self) -> int | None:
        """Its generation in the collector: 0 to 2, 3 for frozen objects, None where untracked.

        What they mean on this version: `Snapshot.gc`.
        """
        generation = self._snapshot._graph.node(self._id)[4]
        return None if generation == _UNTRACKED_GENERATION else generation

    @property
    def is_tracked(self) -> bool:
        """Whether the collector tracks it."""
        return self._has(_TRACKED)

    @property
    def is_immortal(self) -> bool:
        """Whether its reference count never changes."""
        return self._has(_IMMORTAL)

    @property
    def is_frozen(self) -> bool:
        """Whether it is in the permanent generation (``gc.freeze``)."""
        return self._has(_FROZEN)

    @property
    def has_finalizer(self) -> bool:
        """Whether its class has a ``__del__`` written in Python."""
        return self._has(_FINALIZER)

    @property
    def is_finalized(self) -> bool:
        """Whether its finalizer has run: it was resurrected, and it will not run again."""
        return self._has(_FINALIZED)

    @property
    def is_running(self) -> bool:
        """Whether it is a frame that was executing."""
        return self._has(_RUNNING)

    @property
    def is_synthetic(self) -> bool:
        """Whether it stands for a running frame of which Python has made no object."""
        return self._has(_SYNTHETIC)

    @property
    def is_unseen(self) -> bool:
        """Whether the collector counts references to it that no object reports to it.

        While it has them, no collection frees it. Only of tracked objects.
        """
        return self._has(_UNSEEN)

    @property
    def is_in_try(self) -> bool:
        """Whether it is a generator or coroutine suspended inside ``try`` or ``with``.

        Closing it, as a collection does, then runs code of its own.
        """
        return self._has(_IN_TRY)

    # -- its neighbours --------------------------------------------------------------------------

    @property
    def referents(self) -> list[Edge]:
        """The references it has to others, each once, in the order in which it holds them."""
        return edges_of(self._snapshot, self._snapshot._graph.referents(self._id))

    @property
    def referrers(self) -> list[Edge]:
        """The references that others have to it, by ascending address of the other.

        Costs one pass over the references of those others.
        """
        return edges_of(self._snapshot, self._snapshot._graph.referrers(self._id))

    # -- what it reaches, and what goes with it --------------------------------------------------

    @property
    def reachable_size(self) -> int:
        """Bytes of all that it reaches, its own included: its deep size, each object once.

        Over references of strength "own", and without the program: modules, classes, code,
        functions that a module or a class defines (see `sizeof`). What others hold too is counted;
        `retained_size` is without it. Each question costs a pass over what is reached.
        """
        return self._snapshot._graph.reached((self._id,))[0]

    @property
    def reachable_count(self) -> int:
        """Objects that it reaches, itself included."""
        return self._snapshot._graph.reached((self._id,))[1]

    @property
    def retained_size(self) -> int:
        """Bytes that would go if it went, its own included: nothing else keeps them alive.

        The first of these questions to a snapshot costs a pass over all references, the next ones
        nothing. Garbage, which no root reaches, is taken as held at one object of each of its
        cycles that no other garbage leads to: an instance of a class, if there is one.
        """
        return self._snapshot._graph.retained(self._id)[0]

    @property
    def retained_count(self) -> int:
        """Objects that would go if it went, itself included."""
        return self._snapshot._graph.retained(self._id)[1]

    @property
    def dominator(self) -> Node | None:
        """The nearest object through which every way from a root to it leads.

        None where there is none: it is a root, or several ways lead to it that share no object.
        """
        dominator = self._snapshot._graph.retained(self._id)[2]
        return None if dominator is None else Node(self._snapshot, dominator)

    # -- questions -------------------------------------------------------------------------------

    def why_alive(self, limit: int = 5) -> Chains:
        """The chains of references that keep it alive, from modules and running frames.

        The first is a shortest one; then come those that share no object with the ones before,
        then the best through each further holder; `limit` in all. The first question to a
        snapshot costs one pass over all objects, the next ones next to nothing.

        Raises:
            TypeError: `limit` is no int.
            ValueError: it is below 1.
        """
        from .chains import Chains

        return Chains(self, limit)

    def backrefs(
        self,
        depth: int = 3,
        too_many: int = 10,
        *,
        weakest: str | None = None,
        fold_dicts: bool = True,
        max_nodes: int = 300,
        legend: bool = True,
        isolate: bool = True,
        deadline: float = 30.0,
    ) -> Drawing:
        """A picture of what refers to it, its cheapest chain from a root standing out.

        Args:
            depth: steps back; a ``__dict__`` shown inside its owner is no step.
            too_many: referrers shown of each object; the others become "+ n more".
            weakest: the weakest references followed: "own", "frame", "infrastructure" or "weak".
                By default "frame", and "infrastructure" for a module or a class, which little
                else holds.
            fold_dicts: show a ``__dict__`` inside its owner.
            max_nodes: objects in the picture; the least important others become one node.
            legend: explain the colours in a row.
            isolate: lay out in another process, so that neither a crash of Graphviz nor a layout
                that takes too long can harm this one.
            deadline: seconds until `RenderTimeout`; a layout that takes more than about one is
                given up for a simpler picture, whose title says so. Without `isolate` there is no
                limit.

        Raises:
            ImportError: Graphviz's libraries are missing.
            TypeError: a number is none.
            ValueError: a number below 1, or an unknown `weakest`.
        """
        from .drawing import neighbourhood

        return neighbourhood(
            self,
            referents=False,
            chains=self.why_alive(1),
            depth=depth,
            too_many=too_many,
            weakest=weakest,
            fold_dicts=fold_dicts,
            max_nodes=max_nodes,
            legend=legend,
            isolate=isolate,
            deadline=deadline,
        )

    def refs(
        self,
        depth: int = 3,
        too_many: int = 10,
        *,
        weakest: str | None = None,
        fold_dicts: bool = True,
        max_nodes: int = 300,
        legend: bool = True,
        isolate: bool = True,
        deadline: float = 30.0,
    ) -> Drawing:
        """A picture of what it refers to; arguments and errors as in `backrefs`."""
        from .drawing import neighbourhood

        return neighbourhood(
            self,
            referents=True,
            chains=None,
            depth=depth,
            too_many=too_many,
            weakest=weakest,
            fold_dicts=fold_dicts,
            max_nodes=max_nodes,
            legend=legend,
            isolate=isolate,
            deadline=deadline,
        )

    # -- as a value ------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return self._snapshot is other._snapshot and self._id == other._id

    def __hash__(self) -> int:
        return hash((id(self._snapshot), self._id))

    def __repr__(self) -> str:
        return f"<{self._label()}>"

    def _overview(self) -> Overview:
        from .overview import node_overview

        return node_overview(self)

    def _label(self, address_text: Callable[[int], str] = short_address) -> str:
        """The object in a sentence: ``Session at 0x7f3a…e10 (1.2 KiB)``, ``module app at …``."""
        name, _, kind = self._snapshot._graph.type_of(self._id)
        text = self._snapshot._graph.text(self._id, 60) if kind in _NAMED_KINDS else None
        words = [shortened(printable(part), _NAME) for part in (name, text) if part]
        if self.address:
            words += ["at", address_text(self.address)]
        return f"{' '.join(words)} ({bytes_text(self.size)})"

    def _data(self) -> str:
        """The same with the whole address, for a program that asks for it again."""
        return self._label(hex)

    def _has(self, flag: int) -> bool:
        return bool(self._snapshot._graph.node(self._id)[5] & flag)


def edges_of(snapshot: Snapshot, rows: list[tuple[int, int, int, str, int]]) -> list[Edge]:
    """Edges from the rows that `_core` gives."""
    return [
        Edge(Node(snapshot, source), Node(snapshot, target), name, STRENGTHS[strength], index)
        for source, target, index, name, strength in rows
    ]
