"""Time series: how much there was of each type, and when, in a CSV that processes share.

    time,pid,type,count,bytes
    2026-01-02T03:04:05.678901+00:00,4711,app.web.Session,9983,488636928

- A row is a line, whatever a type is called: what cannot be shown is escaped.
- Lines are appended by one write to a file that is open for appending, under an advisory lock
  (flock). Nothing is ever truncated or written over.
- Whoever finds the file empty writes the header, under that lock.
- A line that a full disk or a dying machine left unfinished gets " (torn)" behind it from the next
  writer: the part of a number that is there must not be taken for the number.
"""

from __future__ import annotations

import csv
import datetime
import errno
import io
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from .files import Path, _named, _permissions
from .words import printable

if TYPE_CHECKING:
    from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without advisory locks
    fcntl = None

__all__ = ["SeriesRow", "append_csv", "read_csv"]

_COLUMNS = ("time", "pid", "type", "count", "bytes")
_HEADER = ",".join(_COLUMNS).encode() + b"\n"
_TORN = b" (torn)"
_PATIENCE = 10.0  # seconds; others hold the lock for one write
_PAUSE = 0.0005  # seconds between two tries to lock
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


class SeriesRow(NamedTuple):
    """How many objects of a type a process had at a time, and their sizes in bytes."""

    time: datetime.datetime  # with its zone
    pid: int
    type: str
    count: int  # type: ignore[assignment]  # over tuple.count
    bytes: int


def append_csv(path: Path, rows: Iterable[SeriesRow]) -> None:
    """Append rows to a time series, which is made where there is none; whole, or with an error.

    Any number of processes and threads may do so at once. A symbolic link is followed. The rows are
    handed to the system, which writes them to the disk in its own time.

    Raises:
        FileExistsError: the file holds something else; it is as it was.
        TimeoutError: another process has kept the file locked for ten seconds.
        OSError: of the fitting subclass, with `path` as its filename.
        ValueError: a time has no zone.
    """
    lines = _lines_of(rows)
    given = os.fspath(path)
    with _named(given), _locked(given) as descriptor:
        rest = memoryview(_missing(descriptor) + lines)
        while rest:  # once, but where the disk is nearly full
            rest = rest[os.write(descriptor, rest) :]


def read_csv(path: Path) -> Iterator[SeriesRow]:
    """The rows of a time series in the order of the file; what is torn is left out.

    Other processes may go on appending: a line that is not whole yet is left out too.

    Raises:
        OSError: of the fitting subclass.
        ValueError: the file is no time series.
    """
    times: dict[str, datetime.datetime] = {}
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        header = file.readline()
        if not _HEADER.decode().startswith(header):  # a part of it: somebody begins to write
            expected = ",".join(_COLUMNS)
            raise ValueError(f"{os.fspath(path)} is no time series: it does not begin {expected}")
        for line in file:
            row = _row_of(line, times)
            if row is not None:
                yield row


# -- lines ---------------------------------------------------------------------------------------


def _lines_of(rows: Iterable[SeriesRow]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    for moment, pid, name, count, size in rows:
        if moment.tzinfo is None:
            raise ValueError(f"the time {moment} has no zone")
        moment = moment.astimezone(datetime.timezone.utc)
        text = moment.isoformat(timespec="microseconds")
        writer.writerow((text, int(pid), printable(name), int(count), int(size)))
    return buffer.getvalue().encode()


def _row_of(line: str, times: dict[str, datetime.datetime]) -> SeriesRow | None:
    """The row of a line, or None where it is none. `times` has what was read before."""
    if not line.endswith("\n"):
        return None
    try:
        (fields,) = csv.reader([line])
        text, pid, name, count, size = fields
        if text not in times:
            times[text] = datetime.datetime.fromisoformat(text)
        return SeriesRow(times[text], int(pid), name, int(count), int(size))
    except (ValueError, csv.Error):
        return None


# -- the file ------------------------------------------------------------------------------------


@contextmanager
def _locked(path: str) -> Iterator[int]:
    """The file at `path`, open for appending and locked, until the block ends."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        _permissions(path)  # refuses what is no regular file, before it is opened
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            _lock(descriptor, deadline)
            if _is_at(path, descriptor):
                yield descriptor
                return
        finally:
            _unlock(descriptor)
            os.close(descriptor)


def _lock(descriptor: int, deadline: float) -> None:
    while fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    errno.ETIMEDOUT, "Another process keeps the file locked"
                ) from None
        except OSError as error:
            if error.errno in _NO_LOCKS:  # a file system without: one write is still whole
                return
            raise
        time.sleep(_PAUSE)


def _unlock(descriptor: int) -> None:
    """Give the lock back; closing would not, where another thread has forked meanwhile."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise


def _is_at(path: str, descriptor: int) -> bool:
    """Whether `path` still means the file: it may have been renamed while it was locked."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _missing(descriptor: int) -> bytes:
    """What the file needs before the next line: the header, or the end of the last line."""
    size = os.fstat(descriptor).st_size
    head = _read(descriptor, 0, len(_HEADER))
    if size < len(_HEADER) and _HEADER.startswith(head):
        return _HEADER[size:]
    if head != _HEADER:
        raise OSError(
            errno.EEXIST, "File holds something else than a time series: name a new or an empty one"
        )
    last = _last_line(descriptor, size)
    return _end_of(last) if last else b""


def _last_line(descriptor: int, size: int) -> bytes:
    """What stands behind the last end of a line."""
    line = b""
    while size and b"\n" not in line:
        start = max(0, size - 4096)
        line = _read(descriptor, start, size - start) + line
        size = start
    return line.rpartition(b"\n")[2]


def _end_of(torn: bytes) -> bytes:
    """How an unfinished line is ended: as valid UTF-8, with its quote closed, and marked."""
    rests = [bytes([first]) + b"\x80" * more for more in range(3) for first in (0x80, 0xA0)]
    rest = next((rest for rest in (b"", *rests) if _is_utf8(torn + rest)), b"")
    return rest + _TORN + b'"' * (torn.count(b'"') % 2) + b"\n"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(descriptor: int, start: int, count: int) -> bytes:
    """Up to `count` bytes; less at the end of the file."""
    os.lseek(descriptor, start, os.SEEK_SET)
    data = b""
    while len(data) < count:
        more = os.read(descriptor, count - len(data))
        if not more:
            break
        data += more
    return data
