"""A captured heap and the objects in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, overload

from . import _core
from .arguments import (
    checked_choice,
    checked_flag,
    checked_number,
)
from .captured import Captured, Cost
from .collector import Collector, collector_of
from .errors import NotInSnapshot
from .node import Edge, Node
from .objects import Objects
from .progress import Progress, progress_shown
from .roots import Root, UnexplainedRow, roots_of, unexplained_of
from .table import Table
from .type_rows import ModuleRow, TypeRow, modules_table, rows_of, types_table
from .words import count_text, short_address, shortened

if TYPE_CHECKING:
    from .arrow import ArrowTables
    from .cycles import CycleReport
    from .growth import Growth
    from .overview import Overview
    from .retained import Owner, RetainedModule, RetainedObject, RetainedType, WhatIf
    from .suspects import Suspect, Suspects

__all__ = ["Cost", "Snapshot"]

_PACKAGE = __name__.partition(".")[0]


class Snapshot(Captured):
    """The heap as it was at one moment. It holds no reference to any object that it describes.

    Made by `capture`, or by `load` out of a file. It never changes, and any thread may ask it.
    """

    __slots__ = ()

    @overload
    def types(self, by: Literal["type"] = "type", *, limit: int | None = 20) -> Table[TypeRow]: ...
    @overload
    def types(self, by: Literal["module"], *, limit: int | None = 20) -> Table[ModuleRow]: ...
    def types(
        self, by: str = "type", *, limit: int | None = 20
    ) -> Table[TypeRow] | Table[ModuleRow]:
        """Count, size and largest of the objects of each type, biggest sum of sizes first.

        Sizes are bytes, as `sys.getsizeof` gives them: their own, without what they refer to.
        Different types of one name share a row; refgraph's own are left out.

        Args:
            by: "type", or "module": the types of a module are one row.
            limit: the number of rows that are printed; the table has all.

        Raises:
            TypeError: an argument is not of the type that it must be.
            ValueError: an unknown `by`, or `limit` below 1.
        """
        shown = (info for info in self._types() if info.module.partition(".")[0] != _PACKAGE)
        if checked_choice("by", by, ("type", "module")):
            return modules_table(shown, limit)
        return types_table(rows_of(shown), limit)

    def objects(self, of: str | type) -> Objects:
        """The objects of one type (not of its subclasses), by ascending address.

        Args:
            of: a class, or the name of a type: ``"app.Session"``, as `types` prints it, or
                ``"Session"`` alone, which means all types of that name in any module. A name that
                no object's type has gives an empty sequence.

        Raises:
            NotInSnapshot: the class was created after the capture.
            TypeError: `of` is neither.
        """
        types, name = self._types_of(of)
        return Objects(self, name, types)

    @overload
    def node(self, obj_or_address: object, /) -> Node: ...
    @overload
    def node(self, /, *, address: int) -> Node: ...
    def node(self, /, *objects: object, address: int | None = None) -> Node:
        """The node of an object.

        An ``int`` at whose value, as an address, a captured object lies means that object; any
        other int means itself. ``address=`` leaves no doubt.

        An object is known by its address and type, for a snapshot holds no object: one that was
        born after the capture in the place of a captured one of the same type is taken for it.

        Of a snapshot of another process (`load`) only addresses have nodes.

        Raises:
            NotInSnapshot: the object was created after the capture, or is of another process;
                nothing was at the address.
        """
        if len(objects) != (address is None):
            del objects  # no traceback must keep them
            raise TypeError("node() takes an object, or address=")
        if address is not None:
            address = checked_number("address", address, least=None)
            found = self._graph.find(address)
            if found is None:
                raise NotInSnapshot(f"nothing lay at {_hexadecimal(address)} {self._when()}.")
            return Node(self, found)
        found = self._graph.find(objects[0]) if type(objects[0]) is int else None
        if found is None and self._is_of_this_process():
            found = self._graph.find_object(objects[0])
        if found is None:
            complaint = self._complaint(objects[0])
            del objects  # no traceback must keep it
            raise NotInSnapshot(complaint)
        return Node(self, found)

    def cycles(
        self,
        *,
        isolated: bool | None = None,
        finalizers: bool | None = None,
        cross_generation: bool | None = None,
        in_use: bool | None = None,
        type: str | type | None = None,
        progress: Progress = None,
    ) -> CycleReport:
        """The reference cycles of the heap: which survive, why, and which reference to cut.

        Nothing is freed or touched, and no collection runs. Cycles are strongly connected
        components over references that own, and those of frames; among objects that no root
        reaches, over all that are not weak.

        Args:
            isolated: only (False: only others than) garbage that ``gc.collect()`` frees.
            finalizers: with (without) a ``__del__``, a generator suspended inside ``try`` or
                ``with``, a ``tp_del``, a weak reference with a callback.
            cross_generation: isolated, but a collection of its youngest member's generation cannot
                free it.
            in_use: a root reaches it.
            type: with a member of this type: a class, or a name as for `objects`.
            progress: a bar on stderr while it takes long (by default where that is a terminal and
                tqdm is installed), or a function of (phase, done, total) that is told.

        Raises:
            NotInSnapshot: the class was created after the capture.
            TypeError: an argument is not of the type that it must be.
        """
        from .cycles import report_of

        types = None if type is None else self._types_of(type)[0]
        wanted = {
            "isolated": isolated,
            "finalizers": finalizers,
            "cross_generation": cross_generation,
            "in_use": in_use,
        }
        with progress_shown(progress):
            return report_of(self, wanted, types)

    def growth(self, *, since: Snapshot, progress: Progress = None) -> Growth:
        """What has changed since an earlier snapshot: ``after.growth(since=before)``.

        By type, by the place that gained objects, by owner. No collection is run. `progress` as in
        `cycles`.

        Raises:
            TypeError: `since` is no snapshot.
            ValueError: it is the later one.
        """
        from .growth import growth_of

        with progress_shown(progress):
            return growth_of(self, since)

    @overload
    def retained(
        self,
        by: Literal["object"] = "object",
        *,
        limit: int | None = 20,
        progress: Progress = None,
    ) -> Table[RetainedObject]: ...
    @overload
    def retained(
        self, by: Literal["type"], *, limit: int | None = 20, progress: Progress = None
    ) -> Table[RetainedType]: ...
    @overload
    def retained(
        self, by: Literal["module"], *, limit: int | None = 20, progress: Progress = None
    ) -> Table[RetainedModule]: ...
    @overload
    def retained(
        self, by: Literal["owner"], *, limit: int | None = 20, progress: Progress = None
    ) -> Table[Owner]: ...
    def retained(
        self, by: str = "object", *, limit: int | None = 20, progress: Progress = None
    ) -> Table[RetainedObject] | Table[RetainedType] | Table[RetainedModule] | Table[Owner]:
        """What keeps how much of the heap alive, most first.

        An object *retains* itself and all that only it keeps alive: every way from a root to that
        leads through it. References of every strength count, but weak ones.

        Args:
            by: "object": the objects that retain most; a ``__dict__`` is told by its owner.
                "type", "module": what the objects of a type, or of the types of a module, retain,
                each object counted once; refgraph's own are left out. What only several of them
                together keep is not in it: `what_if` tells that.
                "owner": every object belongs to one owner, so that the rows add up to the heap:
                the variable of a module or of a running function that alone keeps it, else the
                module or function whose variables share it, else what has no such owner, by type.
            limit: the number of rows that are printed. By object the table has no more than these
                (None: one for each object of the heap), else it has all.
            progress: as in `cycles`.

        Raises:
            TypeError: an argument is not of the type that it must be.
            ValueError: an unknown `by`, or `limit` below 1.
        """
        from .retained import retained_of

        with progress_shown(progress):
            return retained_of(self, by, limit)

    def what_if(
        self, what: Node | Edge | Iterable[Node | Edge], /, *, progress: Progress = None
    ) -> WhatIf:
        """What would go if some objects, or some references, went: each object counted once.

        A search from the roots that avoids them, so that the answer is exact also for several that
        share something. An object goes itself, with every reference to and from it; a reference
        goes alone: another one beside it still holds.

        Args:
            what: a node (`Node.why_alive` says what holds it), an edge (of `Node.referrers` or
                `Chain.edges`), or several of them: ``snap.objects("app.Session")``.
            progress: as in `cycles`.

        Raises:
            TypeError: `what` is, or has in it, something else.
            ValueError: a node or an edge of another snapshot.
        """
        from .retained import what_if

        with progress_shown(progress):
            return what_if(self, what)

    def suspects(self, *, limit: int = 3, progress: Progress = None) -> Suspects[Suspect]:
        """Where the bytes of the heap come together, in words for a ticket, most first.

        An *accumulation point* keeps many objects of one type, which nothing else keeps: a cache,
        a list of callbacks, the first of a linked list; or it is one object that is so big itself.
        Only what holds a twentieth of the heap or more is told, each byte once. That much memory
        is in one place need not be a leak: what grows from one snapshot to the next may be.

        Args:
            limit: how many are told.
            progress: as in `cycles`.

        Raises:
            TypeError: `limit` is no int.
            ValueError: it is below 1.
        """
        from .snapshot_suspects import suspects_of

        with progress_shown(progress):
            return suspects_of(self, limit)

    def roots(self, *, limit: int | None = 20) -> Table[Root]:
        """What is alive by itself: modules, running frames, what threads and the interpreter hold.

        The kinds are those of `Root`. `limit` is the number of rows that are printed; the table has
        all.
        """
        return roots_of(self, limit)

    def unexplained(
        self, *, constants: bool = False, likely: bool = False, limit: int | None = 20
    ) -> Table[UnexplainedRow]:
        """The objects with references that neither a captured object nor a root holds.

        Such a reference is held by C code, or somebody forgot to give it back. Objects that live as
        long as the process (immortal ones, types of C) are never among them.

        Args:
            constants: list objects of C types that refer to nothing too: the strings and numbers
                that C code keeps for its own use.
            likely: list those too whose reference some place in memory is likely to be, and say
                which; nothing proves that it is.
            limit: the number of rows that are printed; the table has all.
        """
        checked_flag("constants", constants)
        return unexplained_of(self, constants, checked_flag("likely", likely), limit)

    def to_arrow(self, *, retained: bool = False) -> ArrowTables:
        """The snapshot as tables that pyarrow, polars, DuckDB and others read: ``docs/arrow.md``.

        ``tables.nodes``, ``.edges``, ``.types``, ``.roots`` have ``__arrow_c_stream__``:
        ``pyarrow.table(tables.nodes)``, ``polars.DataFrame(tables.edges)``; DuckDB reads a variable
        ``nodes = tables.nodes`` as a table of that name. Nothing is converted before it is read,
        then a batch of 131,072 rows at a time.

        Args:
            retained: nodes with what each retains and with its owner, and ``tables.owners``: as
                `retained` tells them, found once a snapshot.

        Raises:
            TypeError: `retained` is no bool.
        """
        from .arrow import ArrowTables

        return ArrowTables(self, checked_flag("retained", retained))

    @property
    def gc(self) -> Collector:
        """The collector as it was: thresholds, counts, what generations mean on this version."""
        return collector_of(self)

    def __repr__(self) -> str:
        return (
            f"<Snapshot of {count_text(self.node_count, 'object')}, "
            f"captured {self._time_text('%H:%M:%S')}>"
        )

    def _overview(self) -> Overview:
        from .overview import snapshot_overview

        return snapshot_overview(self)

    def _types_of(self, of: str | type) -> tuple[list[int], str]:
        """The types that a class or a name means, by id, and their name."""
        types = self._types()
        if isinstance(of, str):
            alive = [(i, info) for i, info in enumerate(types) if info.count]
            found = [i for i, info in alive if info.text == of]
            return found or [i for i, info in alive if info.name == of], of
        if not isinstance(of, type):
            raise TypeError(f"a type or its name is needed, not {_core.type_name(of)}")
        class_id = self.node(of)._id
        found = [i for i, info in enumerate(types) if info.node == class_id]
        return found, types[found[0]].text if found else of.__qualname__

    def _complaint(self, obj: object) -> str:
        """Why there is no node of an object."""
        if type(obj) is int:
            return f"nothing lay at {_hexadecimal(obj)} {self._when()}, and this int is not in it."
        if self._origin is not None and not self._origin.is_here():
            return (
                f"{_core.type_name(obj)} at {short_address(_core.address(obj))}: this snapshot was "
                "loaded from a file and shows another process; ask it by address=, or by the name "
                "of a type."
            )
        return (
            f"{_core.type_name(obj)} at {short_address(_core.address(obj))} was created after this "
            f"snapshot (captured {self._time_text('%H:%M:%S')}); capture again to see it."
        )


def _hexadecimal(number: int) -> str:
    return shortened(f"{number:#x}", 40)
