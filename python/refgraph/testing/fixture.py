"""The fixture ``leaks``: questions to ask at a point of a test's own choosing."""

from __future__ import annotations

import contextlib
import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from ..capturing import capture
from ..cycles import report_of
from ..growth import Growth
from ..growth_choice import is_program
from ..watch import collections_run, created_cycles
from ..words import count_text
from .chosen import chosen_ids
from .freed import Freed, checked_objects, is_weak, target_of
from .judgement import Leak, Verdict
from .pictures import picture_line
from .settings import UsageProblem, checked_limit, checked_types
from .words import places_text, suspect_of_leak

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..drawing import Drawing
    from ..node import Node
    from ..snapshot import Snapshot

__all__ = ["Leaks"]

_TOLD = 3  # places


class Leaks:
    """What a test leaves behind. Each method fails the test, or says nothing.

    The heap is captured when the fixture is set up, and the collector does not begin by itself
    until it is torn down; it is then as it was.
    """

    __slots__ = ("_before", "_collections", "_config", "_nodeid", "_was_enabled", "_watched")

    def __init__(self, node: pytest.Item, config: pytest.Config) -> None:
        self._config = config
        self._nodeid = node.nodeid
        self._watched: list[weakref.ref[Any]] = []
        gc.collect()
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._before = capture()
        self._collections = collections_run()

    def close(self) -> None:
        """The collector as it was."""
        if self._was_enabled:
            gc.enable()
        self._watched.clear()

    # -- one object ------------------------------------------------------------------------------

    def watch(self, obj: object, /) -> weakref.ref[Any]:
        """A weak reference to an object, which `assert_freed` without arguments asks about too.

        Raises:
            TypeError: there are no weak references to such an object.
        """
        __tracebackhide__ = True
        try:
            ref = weakref.ref(obj)
        except TypeError:
            raise TypeError(
                f"there is no weak reference to a '{type(obj).__name__}': hand the object itself "
                "to assert_freed()"
            ) from None
        self._watched.append(ref)
        return ref

    def assert_freed(self, *objects: object) -> None:
        """Fail where an object is alive by more than the variables of the calling function.

        Args:
            objects: weak references, or objects. What a weak reference leads to must be gone: a
                variable of the test holds it too. An object itself is held by whoever hands it in:
                the variables of the calling function do not count for it, all else does. Without
                any: all that `watch` was told of.

        Garbage that the collector will free counts as freed; it is not run.
        """
        __tracebackhide__ = True
        asked = objects or tuple(self._watched)
        if not asked:
            raise UsageProblem(
                "assert_freed() needs an object or a weak reference, or watch() first"
            )
        checked_objects(asked)
        if all(is_weak(one) and target_of(one) is None for one in asked):
            return
        caller = sys._getframe(1)
        freed = Freed(capture(), caller, self._before, asked)
        for one in asked:
            problem = freed.problem(one)
            if problem is not None:
                self._fail(problem.text, problem.node)

    # -- all objects -----------------------------------------------------------------------------

    def assert_no_growth(self, *, types: Any = None, limit: int = 0) -> None:
        """Fail where more than `limit` new objects are there since the fixture was set up.

        Args:
            types: classes (with their subclasses) or names of types. By default all classes of
                programs and libraries: of builtins and of the standard library's types, a first
                call leaves many behind, in caches. A marker no_leaks tells these apart.
            limit: how many there may be.

        What a variable of a running function holds does not count: it goes with the function.
        """
        __tracebackhide__ = True
        self._assert_no_growth(
            self._before, checked_types("assert_no_growth", types), limit, "test"
        )

    @contextlib.contextmanager
    def no_growth(self, *, types: Any = None, limit: int = 0) -> Iterator[None]:
        """The same of a block: ``with leaks.no_growth(): …``; where it raises, nothing is asked."""
        __tracebackhide__ = True
        chosen = checked_types("no_growth", types)
        checked_limit("no_growth", limit)
        gc.collect()
        before = capture()
        yield
        self._assert_no_growth(before, chosen, limit, "block")

    def _assert_no_growth(self, before: Snapshot, types: Any, limit: int, what: str) -> None:
        __tracebackhide__ = True
        limit = checked_limit("assert_no_growth", limit)
        growth = Growth(before, capture())
        leaks = _grown(growth, types)
        more = sum(leak.more for leak in leaks)
        if more <= limit:
            return
        verdict = Verdict(growth, 1, leaks)
        suspects = [suspect_of_leak(verdict, leak) for leak in leaks[:_TOLD]]
        allowed = f", more than the {limit:,} allowed" if limit else ""
        text = f"The {what} left {count_text(more, 'object')} behind{allowed}."
        self._fail(f"{text}\n\n{places_text(verdict, suspects)}", suspects[0].example)

    # -- cycles ----------------------------------------------------------------------------------

    def assert_no_cycles(self) -> None:
        """Fail where cycles were left behind since the fixture was set up, which nothing uses.

        Those that a variable still holds are in use. Cycles of which a collection took care that
        the test itself ran cannot be seen.
        """
        __tracebackhide__ = True
        known = report_of(self._before, {}, None)
        report, collected = created_cycles(
            known, self._collections, assume_enabled=self._was_enabled
        )
        if not report:
            return
        text = f"The test left {count_text(len(report), 'cycle')} behind.\n\n{report}"
        if collected:
            text += f"\n\nCollections freed {count_text(collected, 'object')} before that."
        self._fail(text, _drawing(report[0]))

    def _fail(self, text: str, drawn: Node | Drawing | None) -> NoReturn:
        __tracebackhide__ = True
        picture = picture_line(self._config, self._nodeid, drawn)
        pytest.fail(f"{text}\n\n{picture}".rstrip(), pytrace=False)


def _drawing(cycle: Any) -> Drawing | None:
    try:
        found: Drawing = cycle.drawing()
    except ImportError:
        return None
    return found


def _grown(growth: Growth, types: Any) -> list[Leak]:
    """Places with new objects of some types, but for variables of running functions."""
    chosen = chosen_ids(growth.after, types) if types is not None else _of_programs(growth)
    new = frozenset(chosen) - _of_running_functions(growth.after)
    places: dict[str, Leak] = {}
    for point in growth:
        ids = new.intersection(point.nodes._ids) if point.born else None
        if ids:
            known = places.get(point.text, Leak([], point.text, 0, frozenset()))
            points = [*known.points, point]
            places[point.text] = Leak(points, point.text, known.more + len(ids), known.ids | ids)
    return sorted(places.values(), key=lambda leak: -leak.more)


def _of_running_functions(snapshot: Snapshot) -> frozenset[int]:
    """What would go if all running functions returned."""
    frames = [root.node for root in snapshot.roots() if root.kind == "frame"]
    return frozenset(snapshot.what_if(frames).nodes._ids)


def _of_programs(growth: Growth) -> frozenset[int]:
    """All instances of classes that are not the standard library's, nor pytest's own."""
    types = growth.after._types()
    chosen = [i for i, info in enumerate(types) if info.count and _is_users(growth, i)]
    return frozenset(memoryview(growth.after._graph.nodes_of(chosen)).cast("I"))


def _is_users(growth: Growth, type_id: int) -> bool:
    module = growth.after._types()[type_id].module
    return is_program(growth, type_id) and module.partition(".")[0] not in ("_pytest", "pluggy")
