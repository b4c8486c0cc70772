"""The tables of bench_curves.py, in Markdown."""

from __future__ import annotations

import platform
from typing import Any

Row = dict[str, Any]

# What is compared with peers: the operation, and what is said of how the sides differ.
COMPARED = {
    "count by type": "refgraph in a snapshot, the others in the live heap",
    "distances, first chain": "objgraph: one chain in the live heap, no capture needed",
    "cycles": "refgraph also says whether each is garbage and what is equal",
    "dominators, retained sizes": "refgraph with the sums, the others without",
    "group all chains of a type": "guppy3: `heap().byrcs`, which looks one step back",
    "capture": "of the whole heap; refcycle: of what the collector tracks",
}


def nodes_text(nodes: int) -> str:
    """A number of nodes, to two places."""
    for unit, letter in ((10**6, "M"), (10**3, "k")):
        if nodes >= unit:
            return (
                f"{nodes / unit:.2g} {letter}"
                if nodes < 100 * unit
                else f"{nodes / unit:.0f} {letter}"
            )
    return str(nodes)


def seconds_text(seconds: float) -> str:
    """A time, to two or three places."""
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit or name == "µs":
            return f"{seconds / unit:.3g} {name}" if seconds < 1000 * unit else f"{seconds:.0f} s"
    return ""


def bytes_text(size: int) -> str:
    """A size, to two or three places."""
    if size < 2**20:
        return "< 1 MiB"
    if size < 1000 * 2**20:
        return f"{size / 2**20:.3g} MiB"
    return f"{size / 2**30:.3g} GiB"


def cell_of(row: Row | None) -> str:
    """Time and memory, or why there is none."""
    if row is None:
        return ""
    if row["status"] != "ok":
        return {"time": "over time", "memory": "over memory"}.get(row["status"], "failed")
    size = row.get("bytes")
    return seconds_text(row["seconds"]) + ("" if size is None else f" · {bytes_text(size)}")


def find(rows: list[Row], tool: str, operation: str, size: int) -> Row | None:
    """The row of a point."""
    for row in rows:
        if (row["tool"], row["operation"], row["size"]) == (tool, operation, size):
            return row
    return None


def operations_of(rows: list[Row], tool: str) -> list[str]:
    """In the order of measuring."""
    names = dict.fromkeys(row["operation"] for row in rows if row["tool"] == tool)
    return [name for name in names if name != "prepare"]


def print_tables(rows: list[Row], seconds: float, gigabytes: float) -> None:
    """refgraph's own operations by size, then those that others have too."""
    sizes = sorted({row["size"] for row in rows})
    if not sizes:
        return
    first = {size: next(row for row in rows if row["size"] == size) for size in sizes}
    head = [
        f"{nodes_text(first[s]['nodes'])} nodes, {nodes_text(first[s]['edges'])} edges"
        for s in sizes
    ]
    version = platform.python_version()
    print(f"\nCPython {version}; CPU time, and peak memory above what was there before:\n")
    print_table(
        ["", *head],
        [
            [name, *(cell_of(find(rows, tool, name, size)) for size in sizes)]
            for tool in ("CPython", "refgraph")
            for name in operations_of(rows, tool)
        ],
    )
    kept = [find(rows, "refgraph", "capture", size) for size in sizes]
    print(
        "\nA snapshot keeps",
        ", ".join(
            f"{row['kept'] / row['nodes']:.1f} B a node in all"
            for row in kept
            if row and "kept" in row
        ),
    )
    print(
        f"\nBeside others ({seconds:g} s and {gigabytes:g} GB for each operation of theirs; making "
        "their form of the graph is not counted):\n"
    )
    lines = []
    for operation, remark in COMPARED.items():
        for tool in ("refgraph", *sorted({row["tool"] for row in rows} - {"refgraph", "CPython"})):
            cells = [cell_of(find(rows, tool, operation, size)) for size in sizes]
            if any(cells):
                what = f"**{operation}** ({remark})" if tool == "refgraph" else ""
                lines.append([what, tool, *cells])
    print_table(["", "", *head], lines)
    print_extrapolation(rows)


def print_extrapolation(rows: list[Row]) -> None:
    """What the largest heap cost a node, and 10^9 nodes if that stayed so."""
    size = max(row["size"] for row in rows)
    lines = []
    for name in operations_of(rows, "refgraph"):
        row = find(rows, "refgraph", name, size)
        if row is None or row["seconds"] < 0.1:  # it does not grow with the heap, or too little
            continue
        nanoseconds = 1e9 * row["seconds"] / row["nodes"]
        line = [name, f"{nanoseconds:,.0f} ns", f"{nanoseconds:,.0f} s", "", ""]
        if (row.get("bytes") or 0) > 2**24:  # less is not the graph's
            line[3] = f"{row['bytes'] / row['nodes']:.3g} B"
            line[4] = f"{row['bytes'] / row['nodes']:.0f} GB"
        lines.append(line)
    print(
        f"\nA node of the largest heap measured ({nodes_text(row_nodes(rows, size))}), and 10⁹:\n"
    )
    print_table(["", "time a node", "10⁹ nodes", "memory a node", "10⁹ nodes"], lines)


def row_nodes(rows: list[Row], size: int) -> int:
    """The nodes of the heap of a size."""
    return int(next(row["nodes"] for row in rows if row["size"] == size))


def print_table(head: list[str], lines: list[list[str]]) -> None:
    """Cells between bars."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
