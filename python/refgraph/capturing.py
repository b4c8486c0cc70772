"""From the live heap to a snapshot."""

from __future__ import annotations

import gc
import os
import time
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, overload

from . import _core
from .arguments import checked_choice, checked_flag, checked_seconds, checked_text
from .errors import CaptureWarning
from .node import STRENGTHS
from .origin import TEXTS
from .pending import PendingSnapshot
from .saved import load, origin_here, save
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .files import Path

__all__ = ["capture"]

_PACKAGE = __name__.partition(".")[0]
_PATIENCE = 60.0  # seconds, with wait=True


@overload
def capture(
    *,
    collect: bool = False,
    wait: bool | float = 1.0,
    weak_edges: Iterable[str] | Mapping[str, str] = (),
    default_rules: bool = True,
    names: bool = True,
    pause: Literal["gil"] = "gil",
) -> Snapshot: ...
@overload
def capture(
    *,
    collect: bool = False,
    wait: bool | float = 1.0,
    weak_edges: Iterable[str] | Mapping[str, str] = (),
    default_rules: bool = True,
    names: bool = True,
    pause: Literal["fork"],
    path: None = None,
) -> PendingSnapshot: ...
@overload
def capture(
    *,
    collect: bool = False,
    wait: bool | float = 1.0,
    weak_edges: Iterable[str] | Mapping[str, str] = (),
    default_rules: bool = True,
    names: bool = True,
    pause: Literal["fork"],
    path: Path,
    text: Literal["none", "types", "all"] | None = None,
    compress: Literal["zstd"] | None = None,
) -> PendingSnapshot: ...
def capture(
    *,
    collect: bool = False,
    wait: bool | float = 1.0,
    weak_edges: Iterable[str] | Mapping[str, str] = (),
    default_rules: bool = True,
    names: bool = True,
    pause: str = "gil",
    path: Path | None = None,
    text: str | None = None,
    compress: str | None = None,
) -> Snapshot | PendingSnapshot:
    """Capture the heap of this interpreter: every object, every reference, every root.

    Runs no code of the captured objects and changes nothing about them. Other threads wait for a
    part of the time (`Snapshot.cost`), which grows with the number of objects: a half to
    about one full ``gc.collect()`` on the heaps that were measured. With ``pause="fork"``
    they wait as long as the system takes to fork the process, tens of milliseconds a GB.

    Args:
        collect: run ``gc.collect()`` first, so that garbage is not in the answer.
        wait: seconds that another thread's collection is given to end; True: a minute. Code that a
            collection itself runs (``__del__``, a weakref callback, ``gc.callbacks``) cannot wait
            for it.
        weak_edges: references that do not count as holding, or count less: patterns such as
            ``"app.cache.Cache.entries[*]"`` (what is in the container that is an attribute of a
            class and its subclasses), ``"app.state.REGISTRY[*]"`` (in a variable of a module), or
            the same without ``[*]``: the reference to the container itself. A mapping says how
            strongly each holds: "own", "frame", "infrastructure" or "weak". They change which
            chains are found, not what is unexplained; `Snapshot.weak_edges` tells what each named.
        default_rules: treat caches and registries of the standard library (``lru_cache`` of
            `typing`, ``weakref.finalize``, …) as infrastructure: chains through them come last.
        names: False leaves out what tells one value from another: the texts of numbers, of bytes,
            of exceptions, and of every str that is no key of a dict. The capture is shorter and
            the snapshot smaller. Objects, references and how strongly they hold are the same, and
            so are chains, but a value is shown by its type alone (``<str>``), and an entry of a
            dict whose key is a number has no name.
        pause: what the other threads wait for. "gil": until the heap has been read. "fork": until
            a child process exists, which then reads it; a `PendingSnapshot` is returned. Its
            snapshot says nothing of where objects were allocated (`tracemalloc`). Where no child
            can be made (a system other than Linux, a limit, a filter of system calls), it is done
            here and now, with a `CaptureWarning`.
        path: with "fork", the file that the child writes, instead of memory: then this process
            need not hold the snapshot, which is opened from there (`load`). It appears whole, when
            the result is asked for, or not at all; where the path leads now, wherever the process
            has gone meanwhile.
        text: with `path`, what goes into the file, see `Snapshot.save`; None: "types".
        compress: with `path`, likewise.

    Raises:
        CollectionRunning: a garbage collection is running, and did not end in time.
        CaptureError: the layout of this interpreter is not one that refgraph knows.
        FileError: `compress`, in a build without zstd.
        MemoryError: not enough memory; nothing has changed.
        OSError: a file cannot be written at `path`: of the fitting subclass.
        OverflowError: more than 2³² − 2 objects.
        TypeError: an argument is not of the type that it must be.
        ValueError: a pattern cannot be read, or a strength is unknown; `path` without a fork;
            `text` or `compress` without a path.
    """
    checked_flag("collect", collect)
    checked_flag("default_rules", default_rules)
    checked_flag("names", names)
    is_forked = checked_choice("pause", pause, ("gil", "fork")) == 1
    if path is not None and not is_forked:
        raise ValueError("path is for pause='fork'; without it, save() what capture() returns")
    if path is None and not (text is None and compress is None):
        raise ValueError("text and compress are for path: they say what goes into its file")
    kept = "types" if text is None else text
    level = checked_choice("text", kept, TEXTS)
    is_packed = compress is not None and checked_choice("compress", compress, ("zstd",)) == 0
    if path is not None:
        _core.check_save(path, level, is_packed)
    place = None if path is None else _absolute(path)
    seconds = _PATIENCE if wait is True else checked_seconds("wait", wait) if wait else 0.0
    rules = _rules(weak_edges)
    if collect:
        gc.collect()
    captured_at = time.time()
    if is_forked:
        origin = origin_here()[3:8]
        fork = _core.capture_fork(
            _PACKAGE,
            rules,
            default_rules,
            seconds,
            captured_at,
            path,
            place,
            level,
            is_packed,
            origin,
            names,
        )
        if not isinstance(fork, str):
            return PendingSnapshot(fork, captured_at, rules, place)
    graph = _core.capture(_PACKAGE, rules, default_rules, seconds, names)
    snapshot = Snapshot(graph, captured_at, rules)
    if not is_forked:
        return snapshot
    warnings.warn(
        f"captured without a fork, other threads waited: {fork}", CaptureWarning, stacklevel=2
    )
    if path is not None and place is not None:
        save(snapshot, path, kept, compress)
        snapshot = load(place)
    return PendingSnapshot(snapshot, captured_at, rules, place)


def _absolute(path: Path) -> str:
    """Where a path leads now; links and ".." are left to the system."""
    given = os.fsdecode(path)
    return given if os.path.isabs(given) else os.path.join(os.getcwd(), given)


def _rules(weak_edges: Iterable[str] | Mapping[str, str]) -> list[tuple[str, int]]:
    """Patterns and strengths as `_core` takes them."""
    if isinstance(weak_edges, str):
        raise TypeError("weak_edges must be a collection of patterns, not one str")
    strengths = weak_edges if isinstance(weak_edges, Mapping) else dict.fromkeys(weak_edges, "weak")
    return [
        (checked_text("weak_edges", pattern), checked_choice("weak_edges", strength, STRENGTHS))
        for pattern, strength in strengths.items()
    ]
