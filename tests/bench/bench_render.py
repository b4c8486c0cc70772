"""What a picture costs, beside writing DOT and spawning `dot`; the worst at the limit; a batch.

Prints times from one run; it asserts nothing. A row is wall time, the shortest of several runs,
and the processor time of this thread and of the processes that it waited for.

    python bench_render.py [megabytes of the large process]
"""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import refgraph
from refgraph.drawing import draw_together

SMALL = 50
LARGE = 300


class Item:
    """A node of a made-up graph."""


Pairs = list[tuple[int, int]]


def built(count: int, pairs: Pairs) -> Item:
    """`count` objects that refer to each other so, in a random order of attributes; the first."""
    items = [Item() for _ in range(count)]
    for number, (source, target) in enumerate(pairs):
        setattr(items[source], f"attribute_{number}", items[target])
    return items[0]


def tree(count: int) -> Pairs:
    """A random tree."""
    choice = random.Random(5)
    return [(choice.randrange(number), number) for number in range(1, count)]


def tree_and_others(count: int) -> Pairs:
    """A random tree with as many references across it."""
    choice = random.Random(6)
    return tree(count) + [(choice.randrange(count), choice.randrange(count)) for _ in range(count)]


def chain(count: int) -> Pairs:
    """Objects in a row."""
    return [(number, number + 1) for number in range(count - 1)]


def chain_and_back(count: int) -> Pairs:
    """A row with as many references back."""
    choice = random.Random(7)
    ends = [(choice.randrange(1, count), choice.random()) for _ in range(count)]
    return chain(count) + [(end, int(end * part)) for end, part in ends]


def fan(count: int) -> Pairs:
    """A row that the first object holds all of, and that all of hold the last."""
    last = count - 1
    return [
        *chain(count),
        *((0, number) for number in range(2, count)),
        *((number, last) for number in range(1, last - 1)),
    ]


def star(count: int) -> Pairs:
    """One object that holds all the others."""
    return [(0, number) for number in range(1, count)]


def layers(count: int) -> Pairs:
    """Thirty in a layer, each held by four above it."""
    choice = random.Random(8)
    below = [(max(0, n - 30 - n % 30 + choice.randrange(30)), n) for n in range(1, count)] * 4
    return [(choice.choice([a, max(0, b - 30)]), b) for a, b in below]


def dense(count: int) -> Pairs:
    """Ten references an object."""
    choice = random.Random(9)
    others = [(choice.randrange(count), choice.randrange(count)) for _ in range(10 * count)]
    return tree(count) + others


def two_sides(_: int) -> Pairs:
    """Each of 24 holds each of 24."""
    return [(0, a) for a in range(1, 25)] + [(a, b) for a in range(1, 25) for b in range(25, 49)]


SHAPES: dict[str, Callable[[int], Pairs]] = {
    "tree": tree,
    "tree, as many references across": tree_and_others,
    "star": star,
    "row": chain,
    "row, as many references back": chain_and_back,
    "row, held by one, holding one": fan,
    "layers of 30": layers,
    "each of 24 holds each of 24": two_sides,
    "3,000 random references": dense,
}


def spent(work: Callable[[], Any], times: int, *, warm: bool = True) -> tuple[float, float]:
    """Seconds of the shortest of `times` runs, and the least processor seconds of one."""
    if warm:
        work()
    walls, processors = [], []
    for _ in range(times):
        begin, processor = time.perf_counter(), processor_time()
        work()
        walls.append(time.perf_counter() - begin)
        processors.append(processor_time() - processor)
    return min(walls), min(processors)


def processor_time() -> float:
    """Seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def line(label: str, times: tuple[float, float], note: str = "") -> None:
    """One row of the table."""
    wall, processor = (1e3 * one for one in times)
    print(f"  {label:<52}{wall:10.1f} ms {processor:10.1f} ms   {note}".rstrip(), flush=True)


def through_dot(text: str, folder: Path) -> None:
    """Write a file, spawn `dot`, read the picture: what other tools do."""
    (folder / "a.dot").write_text(text)
    subprocess.run(["dot", "-Tsvg", "a.dot", "-o", "a.svg"], cwd=folder, check=True)
    assert "</svg>" in (folder / "a.svg").read_text()


Fresh = Callable[..., Any]


def drawings(roots: dict[str, Item]) -> Fresh:
    """A function that makes a new drawing of a graph by its name; one capture for all."""
    snapshot = refgraph.capture()

    def fresh(label: str, *, isolate: bool) -> Any:
        return snapshot.node(roots[label]).refs(depth=1000, too_many=10_000, isolate=isolate)

    return fresh


SMALL_SHAPES = ["tree", "tree, as many references across", "row, as many references back"]


def small_pictures(megabytes: int) -> None:
    """Fifty objects: in this process and apart, beside `dot`; then apart from a large process."""
    fresh = drawings({label: built(SMALL, SHAPES[label](SMALL)) for label in SMALL_SHAPES})
    print(f"\n{SMALL} objects, SVG; the first row is the first picture of the process")
    line("tree, in this process", spent(lambda: fresh("tree", isolate=False).svg, 1, warm=False))
    for label in SMALL_SHAPES:
        text = fresh(label, isolate=False).dot
        with tempfile.TemporaryDirectory() as folder:
            there = Path(folder)
            spawned = None
            if shutil.which("dot"):
                spawned = spent(lambda there=there, text=text: through_dot(text, there), 10)  # type: ignore[misc]
                line(f"{label}, DOT file and `dot -Tsvg`", spawned)
        for isolate, where in [(False, "in this process"), (True, "apart (the default)")]:
            times = small_picture(fresh, label, isolate=isolate)
            line(f"  {where}", times, beside(times, spawned))
    ballast = [b"%d" % number + bytes(1000) for number in range(megabytes * 1000)]
    for label in SMALL_SHAPES:
        times = small_picture(fresh, label, isolate=True)
        line(f"{label}, apart from {megabytes:,} MB", times)
    line("  tree, PNG", spent(lambda: fresh("tree", isolate=True).png, 3))
    del ballast


def small_picture(fresh: Fresh, label: str, *, isolate: bool) -> tuple[float, float]:
    """What the least of thirty costs."""
    return spent(lambda: fresh(label, isolate=isolate).svg, 30)


def beside(times: tuple[float, float], spawned: tuple[float, float] | None) -> str:
    """How many times as long the other way takes, by the clock and in processor time."""
    if spawned is None:
        return ""
    wall, processor = (other / own for own, other in zip(times, spawned))
    return f"dot takes {wall:.1f} x by the clock, {processor:.1f} x in processor time"


def large_pictures() -> None:
    """The limit of a picture."""
    fresh = drawings({label: built(LARGE, shape(LARGE)) for label, shape in SHAPES.items()})
    print(f"\n{LARGE} objects, SVG, apart")
    for label in SHAPES:
        drawn = fresh(label, isolate=True)
        times = spent(lambda drawn=drawn: drawn.svg, 1, warm=False)  # type: ignore[misc]
        shown = drawn.svg.count('class="edge reference')
        line(label, times, f"{shown} references, {len(drawn.svg) // 1024} KiB")


def batch() -> None:
    """Twenty pictures, one by one and several at once."""
    label = "tree, as many references across"
    fresh = drawings({label: built(SMALL, SHAPES[label](SMALL))})
    print("\n20 pictures of 50 objects, apart")
    for one in ("svg", "png"):

        def alone(one: str = one) -> None:
            for _ in range(20):
                fresh(label, isolate=True)._drawn(one)

        def together(one: str = one) -> None:
            draw_together([fresh(label, isolate=True) for _ in range(20)], [one])

        line(f"{one.upper()}, one by one", spent(alone, 1))
        line("  together", spent(together, 1))


def main() -> None:
    """Draw and print; every time holds the choice of what is drawn, but no capture."""
    print(f"{'':54}{'wall':>10}    {'processor':>10}")
    small_pictures(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    large_pictures()
    batch()


if __name__ == "__main__":
    main()
