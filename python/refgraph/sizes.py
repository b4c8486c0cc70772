"""How big objects are: themselves, with what they reach, with what only they keep."""

from __future__ import annotations

from typing import Literal

from . import _core
from .errors import NotInSnapshot
from .table import Table
from .type_rows import TypeInfo, TypeRow, rows_of, types_table

__all__ = ["Size", "sizeof"]

_PATIENCE = 1.0  # seconds that another thread's collection is given to end


class Size(int):
    """A number of bytes, which says of how many objects and of which types they are.

    It is an int in every respect, and holds none of the objects.
    """

    #: How many objects there are, each counted once.
    count: int
    _rows: tuple[TypeRow, ...]

    def __new__(cls, size: int, count: int, rows: tuple[TypeRow, ...]) -> Size:
        """`rows`: one a type; their sums are `size` and `count`."""
        self = super().__new__(cls, size)
        self.count = count
        self._rows = rows
        return self

    def types(self, *, limit: int | None = 20) -> Table[TypeRow]:
        """Count, size and largest of the objects of each type, as `Snapshot.types`."""
        return types_table(self._rows, limit)

    def __getnewargs__(self) -> tuple[int, int, tuple[TypeRow, ...]]:  # type: ignore[override]
        return int(self), self.count, self._rows


def sizeof(obj: object, /, *others: object, deep: bool | Literal["retained"] = True) -> Size:
    """How many bytes one object or several take, with all that they reach: an int.

    ``sizeof(cache)`` is the deep size: the object and what it reaches, each object counted once
    however often it is met; ``sizeof(a, b)`` counts what both reach once. ``.count`` says how many
    objects that is, ``.types()`` of which types.

    An object *reaches* what it owns, step by step: items, keys, attributes, slots, cells and
    defaults of functions made at run time, a generator's variables, buffers of arrays. Not counted,
    since they are not its data but the program's: modules, classes, code, descriptors, functions
    that a module or a class defines, a class's names of attributes; nor what a weak reference
    refers to, and the frames of running functions and of tracebacks. Asked for themselves these do
    count: ``sizeof(module)`` is the module with the values of its variables.

    No code of the objects runs, and nothing is changed about them: no ``__sizeof__`` in Python is
    asked, no ``__dict__`` is made. Sizes are those of `Node.size`. The rest of the heap is not
    looked at, unless `deep` is "retained". Other threads wait meanwhile.

    Args:
        obj: any object.
        others: more of them; equal ones may be among them.
        deep: False: the objects alone, as ``sys.getsizeof``. True: with what they reach, whether or
            not others hold it too. "retained": with what only they keep, which is what would go if
            they went, whoever holds them; it costs a capture of the whole heap and a search.

    Raises:
        CollectionRunning: with "retained", as `capture`.
        NotInSnapshot: with "retained", an object that no capture shows: one that only C code holds.
        MemoryError: not enough memory; nothing has changed.
        TypeError, ValueError: `deep` is none of these.
    """
    objects = (obj, *others)
    if isinstance(deep, bool):
        graph = _core.reached(objects, not deep)
        return _size(rows_of(TypeInfo(*row) for row in graph.types()))
    if not isinstance(deep, str) or deep != "retained":
        wrong = repr(deep) if isinstance(deep, str) else f"'{type(deep).__name__}'"
        kind = ValueError if isinstance(deep, str) else TypeError
        raise kind(f"deep must be True, False or 'retained', not {wrong}")
    return _retained(objects)


def _retained(objects: tuple[object, ...]) -> Size:
    """What would go if these went."""
    graph = _core.capture(None, (), True, _PATIENCE)  # nothing hidden: they may hold what is ours
    nodes = [graph.find_object(obj) for obj in objects]
    found = [node for node in nodes if node is not None]
    if len(found) < len(nodes):
        name = _core.type_name(objects[nodes.index(None)])
        raise NotInSnapshot(f"{name}: no capture shows this object, so that its size is not known.")
    ids, _ = graph.what_if(found, ())
    return _size(rows_of(TypeInfo(*row) for row in graph.types_among(memoryview(ids).cast("I"))))


def _size(rows: list[TypeRow]) -> Size:
    return Size(sum(row.size for row in rows), sum(row.count for row in rows), tuple(rows))
