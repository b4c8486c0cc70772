"""What --no-leaks says at the end of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..words import count_text
from .settings import NOT_JUDGED

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

__all__ = ["write_summary"]


def write_summary(terminal: TerminalReporter) -> None:
    """The tests that were not judged, and why."""
    found = [
        (report.nodeid, value)
        for reports in terminal.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == NOT_JUDGED and getattr(report, "when", None) == "call"
    ]
    if not found:
        return
    terminal.section("no-leaks")
    terminal.line(f"{count_text(len(found), 'test')} could not be judged:")
    for nodeid, value in sorted(found):
        terminal.line(f"{nodeid}: {value}")
