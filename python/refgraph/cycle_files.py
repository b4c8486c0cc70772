"""A cycle report as a directory: text, JSON, a picture of each group's example."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .arguments import checked_text
from .drawing import check_format
from .errors import RenderError
from .files import Path, whole_directory

if TYPE_CHECKING:
    from .cycle import Cycle
    from .cycles import CycleGroup, CycleReport
    from .node import Edge

__all__ = ["write_report"]

_MANIFEST = "report.json"
_FORMAT = "refgraph.cycles"
_NAME = 60  # characters of a type in a file's name


def write_report(
    report: CycleReport,
    directory: Path,
    *,
    limit: int,
    formats: Sequence[str],
    isolate: bool,
    deadline: float,
) -> None:
    """`CycleReport.render`, its arguments checked but for `formats`."""
    if isinstance(formats, str) or not isinstance(formats, Iterable):
        raise TypeError(f"formats must be suffixes in a list, not '{type(formats).__name__}'")
    suffixes = [_checked_suffix(suffix) for suffix in formats]
    snapshot = report._snapshot
    with whole_directory(directory, _MANIFEST, _FORMAT) as folder:
        files = ["report.txt"]
        groups = []
        problems = []
        for number, group in enumerate(report.groups, 1):
            entry = _group(group)
            groups.append(entry)
            if number > limit or (group.of_class and group.verdict == "in use"):
                continue
            example = group.example
            stem = f"cycle-{number:02d}-{_safe(example.path[0].source.type)}"
            try:
                drawing = example.drawing(isolate=isolate, deadline=deadline)
                for suffix in suffixes:
                    drawing.save(os.path.join(folder, f"{stem}.{suffix}"))
                    entry["pictures"].append(f"{stem}.{suffix}")
            except (RenderError, MemoryError) as error:
                entry["picture_error"] = f"{type(error).__name__}: {error}"
                problems.append(f"No picture of group {number}: {entry['picture_error']}")
            files += entry["pictures"]
        content = {
            "format": _FORMAT,
            "files": files,
            "captured_at": snapshot.captured_at.isoformat(),
            "collector": snapshot.gc._asdict(),
            "cycles": len(report),
            "garbage": {"objects": len(report.garbage), "bytes": report.garbage_size},
            "groups": groups,
        }
        text = "\n\n".join([f"{report.text(max(limit, 1))}", *problems])
        _write(os.path.join(folder, "report.txt"), text + "\n")
        _write(os.path.join(folder, _MANIFEST), json.dumps(content, indent=2) + "\n")


def _checked_suffix(suffix: str) -> str:
    """A format; what is more than letters could lead out of the directory."""
    picture_format = check_format(checked_text("formats", suffix))
    if not suffix.isalpha():
        raise RenderError(f"{suffix!r} is no suffix: write {picture_format!r}")
    return picture_format


def _group(group: CycleGroup) -> dict[str, Any]:
    """A group and its example as JSON has them; sizes are bytes."""
    example = group.example
    path = example.path
    cut = example.cut
    return {
        "verdict": group.verdict,
        "cycles": group.count,
        "objects": group.object_count,
        "bytes": group.size,
        "reachable_only": {
            "objects": group.reachable_only_count,
            "bytes": group.reachable_only_size,
        },
        "generations": group.generations,
        "freed_by": example.freed_by,
        "fate": example.fate,
        "types": [row._asdict() for row in example.types],
        "path": {
            "text": str(path),
            "is_shortest": path.is_shortest,
            "references": [_reference(edge) for edge in path],
        },
        "cut": {
            "text": str(cut),
            "advice": cut.advice,
            "is_enough": cut.is_enough,
            "is_bounded": cut.is_bounded,
            "leaves_cycle": cut.leaves_cycle,
            "references": [_reference(edge) for edge in cut],
        },
        "finalizers": _finalizers(example),
        "pictures": [],
    }


def _finalizers(cycle: Cycle) -> list[dict[str, Any]]:
    return [
        {"type": found.node.type, "kind": found.kind, "has_run": found.has_run}
        for found in cycle.finalizers
    ]


def _reference(edge: Edge) -> dict[str, str]:
    return {"from": edge.source.type, "name": edge.name, "to": edge.target.type}


def _safe(name: str) -> str:
    """A type's name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_NAME].strip(".") or "type"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
