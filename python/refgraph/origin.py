"""Where a loaded snapshot comes from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["TEXTS", "Origin", "check_comparable", "run_number"]

TEXTS = ("types", "all", "none")  # in the order of the library

_run: tuple[int, int] | None = None  # this process's id and number


class Origin(NamedTuple):
    """The process that was captured, and the file.

    `process` was its id; `python` and `implementation` what ran in it, "3.11.7" and "cpython";
    `platform` where, "linux x86_64"; `refgraph` the version that saved it. `text` is what the file
    holds of its texts, see `Snapshot.save`; `size` are its bytes.
    """

    path: str
    size: int
    text: str
    process: int
    run: int
    python: str
    implementation: str
    platform: str
    refgraph: str

    def is_here(self) -> bool:
        """Whether it is of this process, so that its addresses are."""
        return self.run != 0 and self.run == run_number()


def run_number() -> int:
    """A number that this process has and no other, whatever its id: never 0."""
    global _run
    process = os.getpid()
    if _run is None or _run[0] != process:
        _run = process, int.from_bytes(os.urandom(8), "little") | 1
    return _run[1]


def check_comparable(before: Snapshot, after: Snapshot) -> None:
    """Refuse what cannot be told apart by address and name.

    Raises:
        ValueError: two processes, or names that were replaced by numbers.
    """
    origins = [snapshot._origin for snapshot in (before, after)]
    if any(origin is not None and origin.text == "none" for origin in origins):
        raise ValueError(
            "a snapshot saved with text='none' cannot be compared: its names are numbers of "
            "that file alone"
        )
    runs = [run_number() if origin is None else origin.run for origin in origins]
    if runs[0] != runs[1] and 0 not in runs:
        processes = [os.getpid() if origin is None else origin.process for origin in origins]
        raise ValueError(
            "since must be a snapshot of the same process: objects are known by their addresses, "
            f"and these are of processes {processes[0]} and {processes[1]}; compare what types() "
            "gives"
        )
