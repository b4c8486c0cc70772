"""A cycle report as a directory: text, JSON, a picture of each group's example."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .drawing import checked_formats
from .errors import RenderError
from .files import Path, safe_name, whole_directory, write_text

if TYPE_CHECKING:
    from .cycle import Cycle
    from .cycles import CycleGroup, CycleReport
    from .node import Edge

__all__ = ["write_report"]

_MANIFEST = "report.json"
_FORMAT = "refgraph.cycles"


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
    suffixes = checked_formats(formats)
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
            stem = f"cycle-{number:02d}-{safe_name(example.path[0].source.type)}"
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
        write_text(os.path.join(folder, "report.txt"), text + "\n")
        write_text(os.path.join(folder, _MANIFEST), json.dumps(content, indent=2) + "\n")


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
