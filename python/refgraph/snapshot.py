"""A captured heap and the objects in it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from . import _core
from .arguments import (
    checked_choice,
    checked_flag,
    checked_number,
)
from .collector import Collector, collector_of
from .display import Previewed
from .errors import NotInSnapshot
from .node import STRENGTHS, Edge, Node
from .objects import Objects
from .progress import Progress, progress_shown
from .roots import Root, UnexplainedRow, roots_of, unexplained_of
from .table import Table
from .type_rows import ModuleRow, TypeInfo, TypeRow, modules_table, rows_of, types_table
from .words import count_text, short_address, shortened

if TYPE_CHECKING:
    import datetime

    from .arrow import ArrowTables
    from .cycles import CycleReport
    from .files import Path
    from .growth import Growth
    from .origin import Origin
    from .overview import Overview
    from .retained import Owner, RetainedModule, RetainedObject, RetainedType, WhatIf
    from .suspects import Suspect, Suspects

__all__ = ["Cost", "Snapshot"]

_PACKAGE = __name__.partition(".")[0]


class Cost(NamedTuple):
    """What a capture cost: `seconds` in all, `pause` of them with every other thread waiting."""

    seconds: float
    pause: float


class Snapshot(Previewed):
    """The heap as it was at one moment. It holds no reference to any object that it describes.

    Made by `capture`, or by `load` out of a file. It never changes, and any thread may ask it.
    """

    __slots__ = (
        "__weakref__",
        "_captured",
        "_captured_at",
        "_file",
        "_known_types",
        "_origin",
        "_rules",
    )

    def __init__(
        self,
        graph: _core.Graph | None,
        captured_at: float,
        rules: Sequence[tuple[str, int]] = (),
        file: _core.File | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._captured = graph
        self._captured_at = captured_at
        self._rules = tuple(rules)
        self._known_types: list[TypeInfo] | None = None
        self._file = file
        self._origin = origin

    @property
    def _graph(self) -> _core.Graph:
        """What is asked. That of a file is verified by the first question."""
        if self._captured is None:
            assert self._file is not None
            self._captured = self._file.graph()
        return self._captured

    @property
    def node_count(self) -> int:
        """Number of objects."""
        return self._file.facts[0] if self._file is not None else self._graph.node_count

    @property
    def edge_count(self) -> int:
        """Number of references between them."""
        return self._file.facts[1] if self._file is not None else self._graph.edge_count

    @property
    def origin(self) -> Origin | None:
        """Where a loaded snapshot comes from; None for one that no file was between."""
        return self._origin

    def save(
        self,
        path: Path,
        *,
        text: Literal["none", "types", "all"] = "types",
        compress: Literal["zstd"] | None = None,
    ) -> None:
        """Write it to a file: `load` reads it in another process, elsewhere, under another CPython.

        The file appears whole or not at all; what it replaces keeps its permissions. It has 32
        bytes an object and 12 a reference, and its texts. The GIL is released meanwhile.

        Args:
            path: the file.
            text: what goes with it beside addresses, sizes, counts and line numbers.
                "types": the program and none of its data: names of types, modules, functions,
                attributes, variables and files, "3 items". Left out are contents of str, bytes,
                int and float, messages of exceptions, keys that are no attributes, and names of
                threads other than Python's own.
                "all": everything, passwords in strings too.
                "none": for a stranger. Names are numbers, the same wherever they stand, but for
                those of the language and its builtins.
            compress: "zstd": a fraction of the size, and slower. Such a file is unpacked into
                memory when it is loaded.

        Raises:
            OSError: of the fitting subclass, with `path` as its filename; nothing is left behind.
            FileError: `compress`, in a build without zstd.
            TypeError: an argument is not of the type that it must be.
            ValueError: an unknown `text` or `compress`.
        """
        from .saved import save

        save(self, path, text, compress)

    @property
    def captured_at(self) -> datetime.datetime:
        """When the capture began, in local time with its zone."""
        import datetime  # before 3.12 it leaves a hundred classes behind, as garbage

        return datetime.datetime.fromtimestamp(self._captured_at).astimezone()

    def _time_text(self, form: str) -> str:
        """When the capture began, in local time, as `time.strftime` writes it."""
        return time.strftime(form, time.localtime(self._captured_at))

    @property
    def cost(self) -> Cost:
        """What the capture cost, in seconds."""
        if self._file is not None:
            return Cost(*self._file.facts[5:7])
        return Cost(self._graph.seconds, self._graph.pause_seconds)

    @property
    def memory(self) -> int:
        """Bytes that the snapshot itself occupies."""
        return self._graph.memory

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

    @property
    def weak_edges(self) -> dict[str, int]:
        """How many references each pattern of ``capture(weak_edges=…)`` named.

        A file that was saved with ``text="none"`` has no patterns: "rule 1", "rule 2", … instead.
        """
        patterns = (pattern or f"rule {i}" for i, (pattern, _) in enumerate(self._rules, 1))
        return dict(zip(patterns, self._graph.rule_matches))

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

    def _hides_holders(self) -> bool:
        """Whether references that hold were called weak."""
        weak = STRENGTHS.index("weak")
        counts = self._graph.rule_matches
        return any(count for (_, strength), count in zip(self._rules, counts) if strength == weak)

    def _is_of_this_process(self) -> bool:
        """Whether its addresses are those of this process."""
        return self._origin is None or self._origin.is_here()

    def _types(self) -> list[TypeInfo]:
        if self._known_types is None:
            self._known_types = [TypeInfo(*row) for row in self._graph.types()]
        return self._known_types

    def _when(self) -> str:
        return f"when this snapshot was taken (captured {self._time_text('%H:%M:%S')})"

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
