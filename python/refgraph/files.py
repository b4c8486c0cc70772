"""Files appear whole or not at all: written beside, flushed, renamed.

What is replaced keeps its permission bits; a symbolic link stays one, and its target is replaced.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from typing import TYPE_CHECKING, BinaryIO, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "whole_file"]

Path = Union[str, "os.PathLike[str]"]


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Collect bytes that become the file `path` once the block ends without an exception.

    Whether the file can be written is known on entry, so that no work is done in vain. An
    exception of the block itself passes as it is.

    Raises:
        OSError: of the fitting subclass, with `path` as its filename.
    """
    given = os.fspath(path)
    with _named(given):
        permissions = _permissions(given)
        target = os.path.realpath(given)
        beside = os.path.join(os.path.dirname(target), f".refgraph-{secrets.token_hex(8)}")
        file = open(  # noqa: SIM115 (closed below, before the rename)
            beside, "xb", buffering=0, opener=None if permissions is None else _private
        )
    content = io.BytesIO()
    try:
        with file:
            yield content
            with _named(given):
                if permissions is not None:
                    os.fchmod(file.fileno(), permissions)
                # not getbuffer(): 3.12.1 crashes when a traceback that holds one is collected
                rest = memoryview(content.getvalue())
                while rest:  # unbuffered: nothing is left to fail again when it is closed
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
        with _named(given):
            os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Make errors of the system name the path that was asked for, and no other."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def _permissions(path: str) -> int | None:
    """The permission bits of the file at `path`; None where there is none yet."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    return stat.S_IMODE(mode) & 0o777


def _private(path: str, flags: int) -> int:
    """Open for nobody else, until the permission bits are those of what is replaced."""
    return os.open(path, flags, 0o600)
