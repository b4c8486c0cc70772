"""Time series in a CSV: rows stay whole, whoever else writes, and whatever went wrong before."""

from __future__ import annotations

import csv
import datetime
import os
import pathlib
import signal
import stat
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgraph import series
from refgraph.series import SeriesRow, append_csv, read_csv

HEADER = "time,pid,type,count,bytes"
NOON = datetime.datetime(2026, 1, 2, 12, 0, 0, 1, tzinfo=datetime.timezone.utc)


def row(name: str = "app.Session", count: int = 1, size: int = 2, pid: int = 3) -> SeriesRow:
    return SeriesRow(NOON, pid, name, count, size)


def lines_of(path: pathlib.Path) -> list[str]:
    return path.read_bytes().decode().split("\n")


def test_rows_are_appended_under_one_header(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"
    append_csv(path, [row(), row('a,"b"', 5, 6)])
    append_csv(path, iter([row("third")]))
    assert lines_of(path) == [
        HEADER,
        "2026-01-02T12:00:00.000001+00:00,3,app.Session,1,2",
        '2026-01-02T12:00:00.000001+00:00,3,"a,""b""",5,6',
        "2026-01-02T12:00:00.000001+00:00,3,third,1,2",
        "",
    ]
    assert list(read_csv(path)) == [row(), row('a,"b"', 5, 6), row("third")]


def test_times_are_written_in_utc(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"
    zone = datetime.timezone(datetime.timedelta(hours=2))
    append_csv(path, [row()._replace(time=NOON.astimezone(zone).replace(microsecond=0))])
    assert lines_of(path)[1].startswith("2026-01-02T12:00:00.000000+00:00,")
    with pytest.raises(ValueError, match="no zone"):
        append_csv(path, [row(), row()._replace(time=datetime.datetime(2026, 1, 2))])
    assert len(lines_of(path)) == 3


def test_no_rows_make_a_file_with_its_header(tmp_path: pathlib.Path) -> None:
    append_csv(tmp_path / "s.csv", [])
    append_csv(tmp_path / "s.csv", [])
    assert (tmp_path / "s.csv").read_text() == HEADER + "\n"
    assert list(read_csv(tmp_path / "s.csv")) == []


def test_rows_that_cannot_be_made_leave_the_file_alone(tmp_path: pathlib.Path) -> None:
    def rows() -> Any:
        yield row()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append_csv(tmp_path / "s.csv", rows())
    assert not os.listdir(tmp_path)


texts = st.text(st.one_of(st.characters(), st.sampled_from('\n\r\0\x1b,"=字\udc80')))


@given(st.lists(st.builds(row, texts, st.integers(0, 10**9), st.integers(0, 10**15))))
def test_any_name_is_one_line_that_reads_back(rows: list[SeriesRow]) -> None:
    written = series._lines_of(rows)
    lines = written.decode().splitlines(keepends=True)
    assert len(lines) == len(rows)
    read = [series._row_of(line, {}) for line in lines]
    assert [item and item[1:2] + item[3:] for item in read] == [
        item[1:2] + item[3:] for item in rows
    ]
    assert [item and item.type for item in read] == [series.printable(item.type) for item in rows]


# -- what went wrong before ----------------------------------------------------------------------

NAME = '字, 🙂 अ ß "x"'
WHOLE = (
    f"{HEADER}\n{NOON.isoformat()},3,app.One,10,2048\n"
    + f'{NOON.isoformat()},3,"字, 🙂 अ ß ""x""",5,678\n'
)


def test_wherever_a_writer_was_stopped_later_rows_are_whole(tmp_path: pathlib.Path) -> None:
    for stopped_at in range(len(WHOLE.encode()) + 1):
        path = tmp_path / f"{stopped_at}.csv"
        torn = WHOLE.encode()[:stopped_at]
        path.write_bytes(torn)
        append_csv(path, [row("next", 7, 8)])
        append_csv(path, [row('"after"', 9, 10)])
        assert path.read_bytes().startswith(torn)  # nothing is truncated or written over
        text = path.read_bytes().decode()  # valid UTF-8 again
        assert text.startswith(HEADER + "\n")
        assert text.count(HEADER) == 1
        before = [row("app.One", 10, 2048), row(NAME, 5, 678)][: max(0, torn.count(b"\n") - 1)]
        assert list(read_csv(path)) == [*before, row("next", 7, 8), row('"after"', 9, 10)]
        records = list(csv.reader(text.splitlines(keepends=True)))  # any other reader's view
        assert records[-2][2:] == ["next", "7", "8"]
        assert records[-1][2:] == ['"after"', "9", "10"]
        unfinished = torn.rpartition(b"\n")[2]
        assert ("torn" in text) == bool(unfinished and torn.count(b"\n"))


def test_a_line_that_is_not_whole_yet_is_not_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"
    for size in (len(HEADER) // 2, len(WHOLE.encode()) - 2):
        path.write_bytes(WHOLE.encode()[:size])
        rows = list(read_csv(path))
        assert rows == [row("app.One", 10, 2048)] * (size > len(HEADER))


def test_a_full_disk_is_an_error_and_the_next_row_is_whole(tmp_path: pathlib.Path) -> None:
    """Where a limit on the size of files stands in for the end of a disk."""
    path = tmp_path / "s.csv"
    program = (
        "import resource, signal, sys\n"
        "from refgraph.series import append_csv\n"
        "from test_series import row\n"
        "append_csv(sys.argv[1], [row()])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    append_csv(sys.argv[1], [row('b' * 50)])\n"
        "except OSError as error:\n"
        "    print(error.filename)\n"
    )
    done = run(program, path)
    assert done == str(path)
    assert path.stat().st_size == 100
    append_csv(path, [row("next")])
    assert list(read_csv(path)) == [row(), row("next")]


# -- files that are none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", ["name,size\r\n", "x", HEADER + ",more\n", HEADER.upper() + "\n", "\n", "\0" * 99]
)
def test_a_file_with_something_else_is_left_alone(content: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content.encode())
    with pytest.raises(FileExistsError, match="something else") as caught:
        append_csv(path, [row()])
    assert caught.value.filename == str(path)
    assert path.read_bytes() == content.encode()
    with pytest.raises(ValueError, match="no time series"):
        list(read_csv(path))


def test_what_cannot_be_appended_to_is_an_os_error_with_its_path(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    expected = {
        tmp_path / "folder": IsADirectoryError,
        tmp_path / "missing" / "s.csv": FileNotFoundError,
        tmp_path / "fifo": OSError,
        tmp_path / "loop": OSError,
        pathlib.Path("/dev/full"): OSError,
    }
    for path, error in expected.items():
        with pytest.raises(error) as caught:
            append_csv(path, [row()])
        assert caught.value.filename == str(path)
        assert caught.value.errno
    assert not (tmp_path / "missing").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_not_be_written_is_a_permission_error(tmp_path: pathlib.Path) -> None:
    append_csv(tmp_path / "s.csv", [row()])
    (tmp_path / "s.csv").chmod(0o444)
    with pytest.raises(PermissionError):
        append_csv(tmp_path / "s.csv", [row()])


def test_a_symbolic_link_is_followed_and_permissions_stay(tmp_path: pathlib.Path) -> None:
    (tmp_path / "link.csv").symlink_to("s.csv")
    append_csv(tmp_path / "link.csv", [row()])
    (tmp_path / "s.csv").chmod(0o640)
    append_csv(tmp_path / "link.csv", [row("next")])
    assert (tmp_path / "link.csv").is_symlink()
    assert stat.S_IMODE((tmp_path / "s.csv").stat().st_mode) == 0o640
    assert list(read_csv(tmp_path / "s.csv")) == [row(), row("next")]


# -- several writers -----------------------------------------------------------------------------

TESTS = pathlib.Path(__file__).parent


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), environment.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(program: str, *arguments: object) -> str:
    process = start(program, *arguments)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return output.strip()


WRITER = """
import datetime, os, sys, time
from refgraph.series import SeriesRow, append_csv

path, seconds = sys.argv[1], float(sys.argv[2])
end, mark = time.monotonic() + seconds, 0
while time.monotonic() < end:
    now = datetime.datetime.now(datetime.timezone.utc)
    append_csv(path, [
        SeriesRow(now, os.getpid(), name * (1 + mark % 9), mark, index)
        for index, name in enumerate(["app.Session", 'a,"b"', "字", "x\\n", "m" * 900])
    ])
    mark += 1
print(os.getpid(), mark)
"""


def assert_every_row_is_whole(path: pathlib.Path, marks: dict[int, int]) -> None:
    """`marks`: how many each process wrote; five rows each, in order and together."""
    lines = lines_of(path)
    assert lines.count(HEADER) == 1
    assert lines[0] == HEADER
    assert lines[-1] == ""
    records = list(csv.reader(lines[1:-1]))
    assert {len(record) for record in records} == {5}
    assert len(records) == 5 * sum(marks.values())
    seen = dict.fromkeys(marks, 0)
    for first in range(0, len(records), 5):
        pid, mark = int(records[first][1]), int(records[first][3])
        assert mark == seen[pid]
        seen[pid] += 1
        for index, name in enumerate(["app.Session", 'a,"b"', "字", r"x\n", "m" * 900]):
            moment, *values = records[first + index]
            assert values == [str(pid), name * (1 + mark % 9), str(mark), str(index)]
            assert datetime.datetime.fromisoformat(moment).tzinfo is not None
    assert seen == marks


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(2, 2.0), (4, 3.0), pytest.param(2, 60.0, marks=[pytest.mark.slow, pytest.mark.once])],
)
def test_processes_append_to_one_file(count: int, seconds: float, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"
    writers = [start(WRITER, path, seconds) for _ in range(count)]
    outputs = [writer.communicate(timeout=seconds + 60)[0].split() for writer in writers]
    marks = {int(pid): int(mark) for pid, mark in outputs}
    assert len(marks) == count
    assert min(marks.values()) > 10
    assert_every_row_is_whole(path, marks)


def test_killed_writers_harm_no_other_row(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"
    lasting = start(WRITER, path, 4.0)
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        victim = start(WRITER, path, 60.0)
        time.sleep(0.4)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    pid, mark = lasting.communicate(timeout=60)[0].split()
    rows = [item for item in read_csv(path) if item.pid == int(pid)]
    assert len(rows) == 5 * int(mark)
    assert lines_of(path).count(HEADER) == 1


def test_threads_append_to_one_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.csv"

    def work(number: int) -> None:
        for count in range(50):
            append_csv(path, [row(f"thread {number}", count)] * 3)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = list(read_csv(path))
    assert len(rows) == 600
    assert all(rows[i] == rows[i + 1] == rows[i + 2] for i in range(0, 600, 3))
    assert lines_of(path).count(HEADER) == 1


def test_a_lock_that_is_kept_is_a_timeout(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "_PATIENCE", 0.05)
    path = tmp_path / "s.csv"
    append_csv(path, [row()])
    with series._locked(str(path)), pytest.raises(TimeoutError, match="locked") as caught:
        append_csv(path, [row()])
    assert caught.value.filename == str(path)
    append_csv(path, [row()])
    assert len(list(read_csv(path))) == 2


def test_a_child_that_was_forked_meanwhile_keeps_no_lock(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "_PATIENCE", 1.0)
    path = tmp_path / "s.csv"
    with series._locked(str(path)) as descriptor:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[descriptor])
    try:
        append_csv(path, [row()])
    finally:
        child.kill()
        child.wait()


def test_a_file_that_was_renamed_meanwhile_is_made_again(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.csv"
    append_csv(path, [row("old")])
    lock, renamed = series._lock, []

    def rotate(descriptor: int, deadline: float) -> None:
        lock(descriptor, deadline)
        if not renamed:
            renamed.append(path.rename(tmp_path / "s.csv.1"))

    monkeypatch.setattr(series, "_lock", rotate)
    append_csv(path, [row("new")])
    assert list(read_csv(path)) == [row("new")]
    assert list(read_csv(tmp_path / "s.csv.1")) == [row("old")]


def test_without_locks_rows_are_still_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "fcntl", None)
    append_csv(tmp_path / "s.csv", [row()])
    append_csv(tmp_path / "s.csv", [row()])
    assert len(list(read_csv(tmp_path / "s.csv"))) == 2


def test_a_line_of_somebody_who_does_not_lock_is_not_written_over(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.csv"
    append_csv(path, [row()])
    write, other = os.write, lines_of(path)[1] + "\n"

    def interrupted(descriptor: int, data: Any) -> int:
        with path.open("ab") as file:
            file.write(other.encode())
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", interrupted)
    append_csv(path, [row("next")])
    assert list(read_csv(path)) == [row(), row(), row("next")]
