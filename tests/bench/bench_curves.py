"""Time and memory of each operation from 10^5 nodes on, beside other tools: tables and pictures.

    bench_curves.py [--largest 1000000] [--seconds 10] [--gigabytes 4] [--pictures FOLDER] [--again]

refgraph's operations on a heap are measured in one process, each of another tool in a process of
its own (curves_points.py), and kept in --results: what was measured is not measured again, but with
--again. A peer is given --seconds of CPU time for an operation, twice as much to prepare, and
--gigabytes of address space; where it does not finish, it is not asked about larger heaps. All of
it, up to 2 * 10^7 nodes, takes about a quarter of an hour on two cores, and 8 GB:

    bench_curves.py --largest 20000000 --pictures docs/pictures

Prints tables in Markdown; it asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import queue
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

from curves_points import ASKED
from curves_table import print_tables

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 20_000_000)
_POINTS = pathlib.Path(__file__).with_name("curves_points.py")
_PATIENCE = 120  # seconds of wall time besides four times the CPU time: a machine does other things
_RUNS = 3  # of refgraph on heaps of up to a million nodes: the best is kept


class Results:
    """What was measured: a line of JSON each, in a file."""

    def __init__(self, file: pathlib.Path) -> None:
        self._file = file
        self.rows: list[dict[str, Any]] = []
        if file.exists():
            self.rows = [json.loads(line) for line in file.read_text().splitlines()]

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row at once."""
        self.rows.append(row)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as out:
            out.write(json.dumps(row) + "\n")

    def has(self, tool: str, operation: str, size: int) -> bool:
        """Whether that was measured, or tried."""
        return any(
            (row["tool"], row["operation"], row["size"]) == (tool, operation, size)
            for row in self.rows
        )

    def gave_up(self, tool: str, operation: str, size: int) -> bool:
        """Whether the tool did not finish on a smaller heap."""
        return any(
            row["tool"] == tool
            and row["operation"] == operation
            and row["size"] < size
            and row["status"] != "ok"
            for row in self.rows
        )


def run(
    tool: str,
    size: int,
    folder: pathlib.Path,
    operations: tuple[str, ...],
    limits: tuple[float, float],
) -> tuple[list[dict[str, Any]], str, str]:
    """What a process tells, how it ended (ok, time, memory, missing, failed), and at what."""
    seconds, gigabytes = limits  # 0: as many as it takes

    def limit() -> None:
        if gigabytes:
            most = int(gigabytes * 2**30)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

    process = subprocess.Popen(
        [sys.executable, str(_POINTS), tool, str(size), str(folder), str(seconds), *operations],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout
    reader = threading.Thread(
        target=lambda out: [lines.put(x) for x in out] + [lines.put("")], args=(process.stdout,)
    )
    reader.start()
    told: list[dict[str, Any]] = []
    doing, status = "prepare", "ok"
    while True:
        try:
            line = lines.get(timeout=_PATIENCE + 4 * seconds)
        except queue.Empty:
            process.kill()
            status = "time"
            break
        if not line:
            break
        row = json.loads(line)
        doing = row.get("begin", doing)
        if "missing" in row or "memory" in row:
            status = "missing" if "missing" in row else "memory"
        else:
            told.append(row)
    _, errors = process.communicate()
    reader.join()
    if process.returncode == -signal.SIGPROF:
        status = "time"
    if status == "ok" and process.returncode:
        status = "memory" if process.returncode in (-6, -9, -11) or "emory" in errors else "failed"
        print(f"{tool} at {size:,}, {doing or 'prepare'}: {status} {errors.strip()[-300:]}")
    return told, status, doing


def measure_refgraph(results: Results, size: int, folder: pathlib.Path) -> None:
    """All of refgraph's own points of one size; leaves the references in the folder."""
    told, status, doing = run("refgraph", size, folder, (), (0, 0))
    for _ in range(_RUNS - 1 if size <= 10**6 else 0):
        for row, again in zip(told, run("refgraph", size, folder, (), (0, 0))[0]):
            for field in ("seconds", "wall", "bytes"):
                if row.get(field):
                    row[field] = min(row[field], again[field])
    nodes = next((row["size"] for row in told if "size" in row), size)
    edges = next((row["edges"] for row in told if "edges" in row), 0)
    about = {"status": "ok", "size": size, "nodes": nodes, "edges": edges}
    for row in told:
        tool = row.get("tool", "refgraph")
        if "operation" in row and not results.has(tool, row["operation"], size):
            results.add({"tool": tool, **row, **about})
    if status != "ok":
        print(f"refgraph at {size:,}: {status} at {doing}")


def measure_peers(
    results: Results, size: int, folder: pathlib.Path, limits: tuple[float, float]
) -> None:
    """What the others take for the same."""
    seen = next((r for r in results.rows if r["size"] == size and r["tool"] == "refgraph"), None)
    if seen is None:
        return
    for tool, operations in ASKED.items():
        for operation in operations:
            if results.has(tool, operation, size) or results.gave_up(tool, operation, size):
                continue
            told, status, _ = run(tool, size, folder, (operation,), limits)
            row = next((r for r in told if r.get("operation") == operation), {})
            if status == "missing":
                print(f"skipped: {tool} is not installed")
                break
            if not row and status == "ok":
                status = "failed"
            results.add(
                {
                    "seconds": None,
                    "bytes": None,
                    **row,
                    "tool": tool,
                    "operation": operation,
                    "status": "ok" if row else status,
                    "size": size,
                    "nodes": seen["nodes"],
                    "edges": seen["edges"],
                }
            )


def main() -> None:
    """Measure what is missing, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, default=1_000_000, help="nodes, about")
    parser.add_argument("--seconds", type=float, default=10, help="a peer's, of CPU time")
    parser.add_argument("--gigabytes", type=float, default=4, help="a peer's address space")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("build/curves.jsonl"))
    parser.add_argument("--pictures", type=pathlib.Path, help="folder for the pictures")
    parser.add_argument("--again", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    if options.again:
        options.results.unlink(missing_ok=True)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    results = Results(options.results)
    begin = time.perf_counter()
    for size in SIZES:
        peers = {(tool, what) for tool, operations in ASKED.items() for what in operations}
        if size > options.largest or all(
            results.has(tool, what, size) or results.gave_up(tool, what, size)
            for tool, what in peers | {("refgraph", "growth")}
        ):
            continue
        with tempfile.TemporaryDirectory(dir=options.results.parent) as folder:
            measure_refgraph(results, size, pathlib.Path(folder))
            limits = (options.seconds, options.gigabytes)
            measure_peers(results, size, pathlib.Path(folder), limits)
        print(f"{size:,} nodes: {time.perf_counter() - begin:.0f} s so far", flush=True)
    print_tables(results.rows, options.seconds, options.gigabytes)
    if options.pictures:
        from curves_plot import draw

        options.pictures.mkdir(parents=True, exist_ok=True)
        draw(results.rows, options.pictures)


if __name__ == "__main__":
    main()
