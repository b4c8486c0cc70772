"""Files appear whole or not at all: written beside, flushed, renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from typing import TYPE_CHECKING, BinaryIO, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "whole_file"]

Path = Union[str, "os.PathLike[str]"]


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for bytes that replace it once the block ends without an exception.

    Whether the file can be written is known on entry, so that no work is done in vain.

    Raises:
        OSError: of the fitting subclass, with `path` as its filename.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    beside = os.path.join(os.path.dirname(target), f".refgraph-{secrets.token_hex(8)}")
    try:
        file = open(beside, "xb")  # noqa: SIM115 (closed below, before the rename)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
