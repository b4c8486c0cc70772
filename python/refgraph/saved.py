"""Snapshots in files: what `Snapshot.save` and `load` do."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from . import _core
from .arguments import checked_choice, checked_flag
from .origin import TEXTS, Origin, run_number
from .progress import Progress, progress_shown
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .captured import Captured
    from .files import Path

__all__ = ["load", "origin_here", "save"]

_COMPRESSIONS = ("zstd",)


def save(snapshot: Captured, path: Path, text: str, compress: str | None) -> None:
    """See `Snapshot.save`."""
    level = checked_choice("text", text, TEXTS)
    packed = compress is not None and checked_choice("compress", compress, _COMPRESSIONS) == 0
    origin = snapshot._origin or origin_here()
    snapshot._graph.save(
        os.fspath(path),
        text=level,
        packed=packed,
        captured_at=snapshot._captured_at,
        process=origin.process,
        run=origin.run,
        python=origin.python,
        implementation=origin.implementation,
        platform=origin.platform,
        rules=snapshot._rules,
    )


def load(
    path: Path, *, copy: bool = False, verify: bool = False, progress: Progress = None
) -> Snapshot:
    """Open a snapshot that `Snapshot.save` has written: by any CPython, on any machine.

    It answers every question as it did where it was captured, but for those that need an object:
    another process's are known by address or type. `Snapshot.origin` says where it comes from.

    Opening reads the header: well under 0.1 s for any size. The first question then verifies the
    whole file, in less than a second a gigabyte, without the GIL: checksums, and every length,
    offset and id, so that a file may come from anybody. The file is mapped, not read: processes
    share its memory. What `save` replaces or somebody deletes harms nobody who has it open; a
    program that cuts it short in place ends the process that reads it (SIGBUS).

    Args:
        path: the file.
        copy: read it into memory instead: where others may write to it, or where it is to be
            removed with its disk.
        verify: verify it now. Ctrl-C stops that, and any first question.
        progress: with `verify`: as of `Snapshot.cycles`.

    Raises:
        FileError: it is no snapshot, of another version, cut short or altered: with `path`, and
            `offset`, the byte at which it is wrong. The first question raises it too.
        OSError: it cannot be read: of the fitting subclass, with `path` as its filename.
        MemoryError: it does not fit into memory.
        TypeError: an argument is not of the type that it must be.
        ImportError: `progress` is True, and tqdm is not installed.
    """
    checked_flag("copy", copy)
    checked_flag("verify", verify)
    given = os.fsdecode(path)
    file = _core.open_file(given, copy)
    facts = file.facts
    size, level, captured_at = facts[2:5]
    origin = Origin(given, size, TEXTS[level], *facts[7:13])
    snapshot = Snapshot(None, captured_at, facts[13], file, origin)
    if verify:
        with progress_shown(progress):
            file.graph()
    return snapshot


def origin_here() -> Origin:
    """This process, as where a snapshot comes from."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    machine = os.uname().machine if hasattr(os, "uname") else ""
    return Origin(
        path="",
        size=0,
        text="all",
        process=os.getpid(),
        run=run_number(),
        python=version,
        implementation=sys.implementation.name,
        platform=f"{sys.platform} {machine}".strip(),
        refgraph="",
    )
