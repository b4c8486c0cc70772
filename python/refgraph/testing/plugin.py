"""The hooks of the plugin: registered once a test is marked."""

from __future__ import annotations

import pytest

from .pictures import picture_line
from .rounds import Undo
from .series import Result, run_series
from .settings import NOT_JUDGED, Settings, UsageProblem, settings_of
from .words import leak_text, suspect_of_leak

__all__ = ["register"]

_NAME = "refgraph-rounds"
_TOLD = 3  # places of a test's leaks


def register(config: pytest.Config, *, marks_all: bool) -> None:
    """Have the tests of a session judged, once."""
    if not config.pluginmanager.hasplugin(_NAME):
        undo = Undo()
        config.pluginmanager.register(undo, f"{_NAME}-undo")
        config.pluginmanager.register(Plugin(config, marks_all, undo), _NAME)


class Plugin:
    """Judges marked tests, and leaves all others to pytest."""

    def __init__(self, config: pytest.Config, marks_all: bool, undo: Undo) -> None:
        self._marks_all = marks_all
        self._undo = undo
        only = ("setuponly", "setupshow", "setupplan")
        self._is_on = not any(config.getoption(name, False) for name in only)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A marker that cannot be understood is an error of set-up."""
        try:
            settings = settings_of(item, self._marks_all)
        except UsageProblem as problem:
            pytest.fail(str(problem), pytrace=False)
        if settings is not None and settings.is_asked_for and not isinstance(item, pytest.Function):
            pytest.fail("no_leaks: only test functions and methods can be judged", pytrace=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run the test several times, and report it once."""
        if not self._is_on or not isinstance(item, pytest.Function):
            return None
        try:
            settings = settings_of(item, self._marks_all)
        except UsageProblem:
            return None
        if settings is None:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in _reports(item, run_series(item, nextitem, settings, self._undo), settings):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


def _reports(item: pytest.Function, result: Result, settings: Settings) -> list[pytest.TestReport]:
    """What is logged: the last run, with the verdict as what came of its call."""
    reports = result.reported.reports
    message = result.problem
    if result.verdict is not None and result.verdict.leaks:
        suspects = [suspect_of_leak(result.verdict, leak) for leak in result.verdict.leaks[:_TOLD]]
        message = leak_text(item.name, result.verdict, settings, suspects)
        picture = picture_line(item.config, item.nodeid, suspects[0].example)
        message = f"{message}\n\n{picture}"
    elif result.failed_again is not None:
        message, reports = "", _failed_again(result, settings)
    for i, report in enumerate(reports):
        if report.when == "call":
            if message:
                reports[i] = report = _failed(item, report, message)
            report.duration += result.seconds
    return reports


def _failed(item: pytest.Function, report: pytest.TestReport, message: str) -> pytest.TestReport:
    """The report of a call that fails with a message alone; where it is expected, as expected."""
    call = pytest.CallInfo.from_call(lambda: pytest.fail(message, pytrace=False), when="call")
    failed: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    failed.duration = report.duration
    return failed


def _failed_again(result: Result, settings: Settings) -> list[pytest.TestReport]:
    """A test that passed, and raised when it was run again.

    Who marked it is told so by its failure; with --no-leaks it counts as what it was the first
    time, and as not judged.
    """
    again = result.failed_again
    assert again is not None
    text = f"It passed the first time, and in round {result.rounds} raised {again.text}"
    first = result.reported.reports
    if settings.is_asked_for:
        for report in again.reports:
            if report.failed or report.skipped:
                report.sections.append(
                    (
                        "refgraph",
                        f"{text}\nA test that is marked no_leaks is run several times, with new "
                        "function-scoped fixtures in each round: what it changes for good must be "
                        "undone.",
                    )
                )
                report.outcome = "failed"
        return again.reports
    for report in first:
        if report.when == "call":
            report.user_properties.append((NOT_JUDGED, text))
    teardown = again.reports[-1]
    return [*first[:-1], teardown] if teardown.failed else first
