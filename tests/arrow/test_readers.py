"""pyarrow, polars and DuckDB read a snapshot's tables.

A folder of its own: the three would be in every heap that the tests beside it capture. ./dev says
by REFGRAPH_ARROW that they are there: then no test may do without.
"""

from __future__ import annotations

import collections
import gc
import os
import pathlib
import subprocess
import sys
import threading
from typing import Any

import pytest
from arrow_reader import columns

import refgraph

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "python"
TABLES = ("nodes", "edges", "types", "roots", "owners")


def engine(name: str) -> Any:
    """The module, or the test is skipped."""
    if os.environ.get("REFGRAPH_ARROW"):
        __import__(name)
    return pytest.importorskip(name)


class Session:
    def __init__(self, number: int) -> None:
        self.user = f"user {number} ☃"


CACHE = {number: Session(number) for number in range(1000)}


@pytest.fixture(scope="module")
def snap() -> refgraph.Snapshot:
    return refgraph.capture()


@pytest.fixture(scope="module")
def tables(snap: refgraph.Snapshot) -> refgraph.ArrowTables:
    return snap.to_arrow(retained=True)


def some(table: Any) -> dict[str, list[Any]]:
    """The columns of a pyarrow.Table: of a large one, of rows that are spread over it."""
    rows = range(0, table.num_rows, step_of(table.num_rows))
    return table.take(list(rows)).to_pydict()


def step_of(rows: int) -> int:
    """From row to row, so that no test looks at more than ten thousand."""
    return max(1, rows // 10_000)


@pytest.mark.parametrize("name", TABLES)
def test_pyarrow_finds_every_table_valid_and_as_ctypes_reads_it(
    tables: refgraph.ArrowTables, name: str
) -> None:
    pyarrow = engine("pyarrow")
    source = getattr(tables, name)
    table = pyarrow.table(source)
    table.validate(full=True)
    step = step_of(table.num_rows)
    expected = columns(source)
    assert some(table) == {column: values[::step] for column, values in expected.items()}
    nulls = {field.name for field in table.schema if field.nullable}
    assert {name for name in expected if table[name].null_count} <= nulls


@pytest.mark.parametrize("name", TABLES)
def test_polars_reads_what_pyarrow_reads(tables: refgraph.ArrowTables, name: str) -> None:
    polars = engine("polars")
    pyarrow = engine("pyarrow")
    source = getattr(tables, name)
    frame = polars.DataFrame(source)
    table = pyarrow.table(source)
    assert frame.columns == table.column_names
    for column, expected in some(table).items():
        values = frame[column].gather_every(step_of(table.num_rows))
        if values.dtype in (polars.Categorical, polars.Enum):
            values = values.cast(polars.String)
        assert values.to_list() == expected, column


@pytest.mark.parametrize("name", TABLES)
def test_duckdb_reads_what_pyarrow_reads(tables: refgraph.ArrowTables, name: str) -> None:
    duckdb = engine("duckdb")
    pyarrow = engine("pyarrow")
    source = getattr(tables, name)  # DuckDB finds the variable
    table = pyarrow.table(source)
    relation = duckdb.sql("SELECT * FROM source")
    assert relation.columns == table.column_names
    rows = relation.fetchall()
    assert len(rows) == table.num_rows
    told = rows[:: step_of(len(rows))]
    assert told == list(zip(*some(table).values()))


def test_sums_in_duckdb_are_those_of_the_snapshot(
    snap: refgraph.Snapshot, tables: refgraph.ArrowTables
) -> None:
    duckdb = engine("duckdb")
    nodes, edges, owners = tables.nodes, tables.edges, tables.owners  # noqa: F841
    connection = duckdb.connect()
    told = {
        name: (count, size)
        for name, count, size in connection.execute(
            "SELECT type_name, count(*), sum(size) FROM nodes "
            "WHERE split_part(module, '.', 1) <> 'refgraph' GROUP BY type_name"
        ).fetchall()
    }
    assert told == {row.type: (row.count, row.size) for row in snap.types()}
    [(mine, size)] = connection.execute(
        "SELECT count(*), sum(size) FROM nodes "
        f"WHERE owner_name = 'sys.modules[''{__name__}''].CACHE'"
    ).fetchall()
    [owner] = [r for r in snap.retained(by="owner") if r.owner.endswith(f"{__name__}'].CACHE")]
    assert (mine, size) == (owner.count, owner.size)
    assert mine > 2000
    [(referrers,)] = connection.execute(
        "SELECT count(*) FROM edges JOIN nodes ON edges.source = nodes.id "
        f"WHERE edges.target = {snap.node(Session)._id}"
    ).fetchall()
    assert referrers == len(snap.node(Session).referrers)


def test_a_table_outlives_snapshot_and_stream_and_is_given_back_in_another_thread() -> None:
    pyarrow = engine("pyarrow")
    snapshot = refgraph.capture()
    memory_before = pyarrow.total_allocated_bytes()
    expected = [edge.target._id for edge in snapshot.node(CACHE).referents]
    mine = snapshot.node(CACHE)._id
    table = pyarrow.table(snapshot.to_arrow(retained=True).edges)
    del snapshot
    gc.collect()
    source, target = table["source"].to_pylist(), table["target"].to_pylist()
    assert [to for at, to in zip(source, target) if at == mine] == expected
    held = [table]
    del table, source, target
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    assert pyarrow.total_allocated_bytes() <= memory_before + 2**20


def test_eight_threads_read_one_table(tables: refgraph.ArrowTables) -> None:
    pyarrow = engine("pyarrow")
    sums: collections.Counter[int] = collections.Counter()
    lock = threading.Lock()

    def read() -> None:
        table = pyarrow.table(tables.nodes)
        with lock:
            sums[sum(table["size"].to_pylist())] += 1

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(sums.values()) == [8]


@pytest.mark.slow
def test_the_fleet_example_finds_the_owner_that_leaks_in_one_process(
    tmp_path: pathlib.Path,
) -> None:
    engine("duckdb")
    options = ["--processes", "4", "--requests", "300", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "fleet.py"), *options],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stderr == ""
    header, first, *others = done.stdout.splitlines()[3:]
    assert header.split()[0] == "process"
    process, objects, _, processes, *_ = first.split()
    assert first.endswith("  sys.modules['fleet_service'].RETRIES")
    assert (process, processes) == ("2", "1")
    assert int(objects.replace(",", "")) >= 300
    assert any(
        line.endswith("  sys.modules['fleet_service'].LATENCIES") and line.split()[3] == "4"
        for line in others
    ), others
    files = list(tmp_path.glob("nodes/process=*/round=*/nodes.parquet"))
    assert len(files) == 8
