"""Files and directories appear whole or not at all: written beside, flushed, renamed.

What is replaced keeps its permission bits; a symbolic link stays one, and its target is replaced.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import stat
from typing import TYPE_CHECKING, BinaryIO, Callable, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "rename_function", "safe_name", "whole_directory", "whole_file", "write_text"]

Path = Union[str, "os.PathLike[str]"]

_NAME = 60  # characters of a type in a file's name
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def safe_name(type_name: str, longest: int = _NAME) -> str:
    """A type's name as a part of a file's name: letters, digits, dots, not long; never empty."""
    return _UNSAFE.sub("_", type_name)[:longest].strip(".") or "type"


def write_text(path: str, text: str) -> None:
    """A file of UTF-8; what has no place in it, a lone surrogate, is written in ASCII."""
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Collect bytes that become the file `path` once the block ends without an exception.

    Whether the file can be written is known on entry, so that no work is done in vain. An
    exception of the block itself passes as it is.

    Raises:
        OSError: of the fitting subclass, with `path` as its filename.
    """
    given = os.fsdecode(path)
    with _named(given):
        permissions = _permissions(given)
        target = os.path.realpath(given)
        beside = os.path.join(os.path.dirname(target), f".refgraph-{os.urandom(8).hex()}")
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
def whole_directory(path: Path, manifest: str, mark: str) -> Iterator[str]:
    """A folder beside `path`, which becomes `path` once the block ends without an exception.

    The block must write a JSON file `manifest` whose key "format" is `mark`, and whose key "files"
    lists every other file. A directory that is there already is replaced only if it is empty or
    holds nothing but such a manifest and what that lists; on Linux in one step. Whether it can be
    written is known on entry.

    Raises:
        FileExistsError: it holds other files.
        OSError: of the fitting subclass, with `path` as its filename.
    """
    given = os.fsdecode(path)
    target = os.path.realpath(given)
    beside = os.path.join(os.path.dirname(target), f".refgraph-{os.urandom(8).hex()}")
    with _named(given):
        _check_replaceable(target, manifest, mark)
        os.mkdir(beside)
    try:
        yield beside
        with _named(given):
            for name in os.listdir(beside):
                _flush(os.path.join(beside, name))
            _flush(beside)
            if os.path.isdir(target):
                os.chmod(beside, stat.S_IMODE(os.stat(target).st_mode))
                _exchange(beside, target)
            else:
                os.rename(beside, target)
    finally:  # what was replaced, or what was not finished
        import shutil  # not before it is needed: it brings every compression library

        shutil.rmtree(beside, ignore_errors=True)


def _check_replaceable(path: str, manifest: str, mark: str) -> None:
    try:
        names = set(os.listdir(path))
    except FileNotFoundError:
        return
    if os.path.samefile(path, os.curdir):
        raise OSError(errno.EBUSY, "The current directory cannot be replaced: name another one")
    if names and names != _listed(path, manifest, mark, names):
        raise OSError(
            errno.EEXIST,
            "Directory holds files that refgraph has not written: name a new or an empty one",
        )


def _listed(path: str, manifest: str, mark: str, names: set[str]) -> set[str]:
    """What of a directory its manifest lists, and the manifest; nothing where it is not ours."""
    if manifest not in names or not all(_is_file(os.path.join(path, name)) for name in names):
        return set()
    try:
        with open(os.path.join(path, manifest), "rb") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return set()
    if not isinstance(content, dict) or content.get("format") != mark:
        return set()
    files = content.get("files")
    return {manifest, *(files if isinstance(files, list) else [])} & names


def _is_file(path: str) -> bool:
    """Whether it is a regular file, and no link."""
    return stat.S_ISREG(os.lstat(path).st_mode)


def rename_function() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """renameat2(2) of Linux, or None: kept by ctypes, for a function that is let go is garbage."""
    import ctypes

    return getattr(ctypes.pythonapi, "renameat2", None)


def _exchange(one: str, other: str) -> None:
    """Give each of two directories the name of the other: in one step where the system can."""
    current_directory, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    rename = rename_function()
    names = os.fsencode(one), os.fsencode(other)
    if rename and not rename(current_directory, names[0], current_directory, names[1], exchange):
        return
    away = f"{one}-old"
    os.rename(other, away)
    os.rename(one, other)
    os.rename(away, one)


def _flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
