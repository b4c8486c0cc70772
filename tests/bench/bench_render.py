"""What a picture costs, beside writing DOT and spawning `dot`; the worst pictures at the limit.

Prints times from one run in one process; it asserts nothing.

    python bench_render.py
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import refgraph


class Item:
    """A node of a made-up graph."""


def tree(count: int, seed: int = 5) -> Item:
    """A random tree of `count` objects with as many references across it; its root."""
    choice = random.Random(seed)
    items = [Item() for _ in range(count)]
    for number in range(1, count):
        setattr(items[choice.randrange(number)], f"child_{number}", items[number])
    for number in range(count):
        setattr(choice.choice(items), f"other_{number}", items[number])
    return items[0]


def chain(count: int) -> Item:
    """Objects in a row; the first."""
    first = item = Item()
    for _ in range(count - 1):
        item.next = Item()  # type: ignore[attr-defined]
        item = item.next  # type: ignore[attr-defined]
    return first


def star(count: int) -> Item:
    """One object that holds all the others."""
    center = Item()
    for number in range(count - 1):
        setattr(center, f"leaf_{number}", Item())
    return center


def seconds(work: Callable[[], Any], times: int) -> float:
    """The shortest of `times` runs, after one to warm up."""
    work()
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def line(label: str, spent: float, note: str = "") -> None:
    """One row of the table."""
    print(f"  {label:<46}{spent * 1e3:10.1f} ms   {note}".rstrip())


def through_dot(text: str, folder: Path) -> None:
    """Write a file, spawn `dot`, read the picture: what other tools do."""
    (folder / "a.dot").write_text(text)
    subprocess.run(["dot", "-Tsvg", "a.dot", "-o", "a.svg"], cwd=folder, check=True)
    assert "</svg>" in (folder / "a.svg").read_text()


def main() -> None:
    """Draw and print; every time holds the choice of what is drawn, but no capture."""
    roots = {
        "50 objects, 100 references": tree(50),
        "a chain of 300": chain(300),
        "a star of 300": star(300),
        "300 objects, 600 random references": tree(300),
        "1,000 objects, reduced to 300": tree(1000),
    }
    snapshot = refgraph.capture()

    def fresh(label: str, deadline: float | None = None) -> Any:
        return snapshot.node(roots[label]).refs(depth=1000, too_many=10_000, deadline=deadline)

    small, *large = roots
    inside = seconds(lambda: fresh(small).svg, 20)
    line(f"{small}, SVG", inside)
    line("  laid out in a child process", seconds(lambda: fresh(small, 30.0).svg, 20))
    line("  PNG", seconds(lambda: fresh(small).png, 5))
    if shutil.which("dot"):
        with tempfile.TemporaryDirectory() as folder:
            text = fresh(small).dot
            spawned = seconds(lambda: through_dot(text, Path(folder)), 10)
        line("  DOT file and `dot -Tsvg`", spawned, f"/ in the process: {spawned / inside:.2f}")
    for label in large:
        line(f"{label}, SVG", seconds(lambda label=label: fresh(label).svg, 2))


if __name__ == "__main__":
    main()
