"""Which owner grew in which process of a fleet: snapshots of many processes, compared in DuckDB.

    fleet.py [--processes 50] [--requests 2000] [--out out/fleet]

Each process runs fleet_service.py, and captures its heap twice: warm, and after more requests. The
objects of a snapshot, each with its owner, go through Arrow into DuckDB, which writes them as
Parquet to <out>/nodes/process=<n>/round=<0 or 1>/. A forked child does that, so that DuckDB is not
in the heap that the next snapshot describes. Then one query reads all files.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import fleet_service
import refgraph

# Standard SQL: the same text runs in Spark (docs/arrow.md). A row of `nodes` is an object.
GROWTH = """
WITH owned AS (
    SELECT process, round, owner_name, count(*) AS objects, sum(CAST(size AS BIGINT)) AS bytes
    FROM nodes
    GROUP BY process, round, owner_name
),
growth AS (
    SELECT later.process, later.owner_name,
           later.objects - coalesce(earlier.objects, 0) AS objects,
           later.bytes - coalesce(earlier.bytes, 0) AS bytes
    FROM owned AS later
    LEFT JOIN owned AS earlier
        ON earlier.process = later.process
        AND earlier.owner_name = later.owner_name
        AND earlier.round = 0
    WHERE later.round = 1
),
placed AS (
    SELECT process, owner_name, objects, bytes,
           row_number() OVER (PARTITION BY owner_name ORDER BY bytes DESC, process) AS place,
           count(*) OVER (PARTITION BY owner_name) AS processes,
           sum(bytes) OVER (PARTITION BY owner_name) AS bytes_in_all
    FROM growth
    WHERE bytes > 0
)
SELECT process, owner_name, objects, bytes, processes, bytes_in_all
FROM placed
WHERE place = 1
ORDER BY bytes DESC, owner_name
LIMIT 10
"""


# -- one process of the fleet ----------------------------------------------------------------------


def hand_over(folder: pathlib.Path) -> None:
    """Capture this process, and write the objects with their owners to a file in `folder`."""
    snapshot = refgraph.capture(collect=True)
    folder.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(Exception):
            write(snapshot, folder)
            status = 0
        os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError(f"nothing was written to {folder}")


def write(snapshot: refgraph.Snapshot, folder: pathlib.Path) -> None:
    """Write a snapshot's nodes as Parquet: DuckDB reads the variable `nodes` as a table."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    nodes = snapshot.to_arrow(retained=True).nodes  # noqa: F841
    connection.execute(
        f"COPY (SELECT * FROM nodes) TO '{folder / 'nodes.parquet'}' (FORMAT parquet)"
    )


def work(process: int, requests: int, upstream_is_down: bool, out: pathlib.Path) -> None:
    """Serve requests, and hand over a snapshot at each line that comes in."""
    served = 0
    for round_number, _ in enumerate(sys.stdin):
        for number in range(served, served + requests):
            fleet_service.handle(number, upstream_is_down and round_number > 0)
        served += requests
        hand_over(out / "nodes" / f"process={process}" / f"round={round_number}")
        print("done", flush=True)


# -- the fleet -------------------------------------------------------------------------------------


def start(process: int, options: argparse.Namespace) -> subprocess.Popen[str]:
    """Start a process of the fleet; the upstream of the one in the middle is down."""
    command = [sys.executable, __file__, "--work", str(process), "--out", str(options.out)]
    command += ["--requests", str(options.requests)]
    if process == options.processes // 2:
        command.append("--down")
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def next_round(worker: subprocess.Popen[str]) -> None:
    """Let a process serve its requests and capture itself."""
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write("go\n")
    worker.stdin.flush()
    if worker.stdout.readline() != "done\n":
        raise RuntimeError("a process of the fleet has failed; see above")


def run_fleet(options: argparse.Namespace) -> None:
    """Two rounds of snapshots; as many processes at a time as there are cores."""
    workers = [start(process, options) for process in range(options.processes)]
    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in range(2):
                list(pool.map(next_round, workers))
    finally:
        for worker in workers:
            worker.communicate()


def report(out: pathlib.Path) -> None:
    """Ask which owner grew in which process, and print the answer."""
    import duckdb

    connection = duckdb.connect()
    files = out / "nodes" / "*" / "*" / "*.parquet"
    connection.execute(
        f"CREATE VIEW nodes AS FROM read_parquet('{files}', hive_partitioning = true)"
    )
    [(objects, snapshots)] = connection.execute(
        "SELECT count(*), count(DISTINCT (process, round)) FROM nodes"
    ).fetchall()
    print(f"{objects:,} objects in {snapshots} snapshots. Each owner that grew between the rounds,")
    print("in the process where it grew most, and in how many it did:\n")
    print(
        f"{'process':>7} {'objects':>9} {'bytes':>12} {'processes':>9} {'bytes in all':>12}  owner"
    )
    for process, owner, grown, size, processes, in_all in connection.execute(GROWTH).fetchall():
        print(f"{process:>7} {grown:>+9,} {size:>+12,} {processes:>9} {in_all:>+12,}  {owner}")


def main() -> None:
    """Run the fleet, or be a process of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--requests", type=int, default=2000, help="of a process, in a round")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/fleet"))
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--down", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work, options.requests, options.down, options.out)
        return
    if importlib.util.find_spec("duckdb") is None:
        sys.exit("this example needs DuckDB: pip install duckdb")
    shutil.rmtree(options.out / "nodes", ignore_errors=True)
    run_fleet(options)
    report(options.out)


if __name__ == "__main__":
    main()
