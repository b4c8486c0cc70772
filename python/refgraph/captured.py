"""What was captured: a graph, when and where, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from .display import Previewed
from .node import STRENGTHS
from .type_rows import TypeInfo

if TYPE_CHECKING:
    import datetime

    from . import _core
    from .files import Path
    from .origin import Origin

__all__ = ["Captured", "Cost"]


class Cost(NamedTuple):
    """What a capture cost: `seconds` in all, `pause` of them with every other thread waiting."""

    seconds: float
    pause: float


class Captured(Previewed):
    """A graph of the heap at one moment, in memory or in a file: what a `Snapshot` asks."""

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

    @property
    def weak_edges(self) -> dict[str, int]:
        """How many references each pattern of ``capture(weak_edges=…)`` named.

        A file that was saved with ``text="none"`` has no patterns: "rule 1", "rule 2", … instead.
        """
        patterns = (pattern or f"rule {i}" for i, (pattern, _) in enumerate(self._rules, 1))
        return dict(zip(patterns, self._graph.rule_matches))

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
