"""One run of a test: its function and its function-scoped fixtures, as pytest does it.

A round sets up and tears down what has the scope of a function; fixtures of a wider scope are set
up by the first round and stay. pytest notes some things once a test, which it would keep once a
round here: these are taken back, so that they are nobody's leak.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from typing import TYPE_CHECKING, Any, Callable

import pytest
from _pytest.runner import check_interactive_exception

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Round", "Undo", "run_round"]


class Round:
    """The reports of one run, and how it ended."""

    __slots__ = ("is_whole", "reports", "seconds", "text")

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []
        self.is_whole = True  # nothing was raised: no failure, no skip, no expected failure
        self.text = ""  # what was raised, in one line
        self.seconds = 0.0

    def add(self, item: pytest.Item, when: Any, function: Callable[[], Any]) -> bool:
        """Run one phase; whether it raised nothing."""
        reraise: tuple[type[BaseException], ...] = (pytest.exit.Exception,)
        if not item.config.getoption("usepdb", False):
            reraise += (KeyboardInterrupt,)
        call = pytest.CallInfo.from_call(function, when=when, reraise=reraise)
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        self.reports.append(report)
        if check_interactive_exception(call, report):
            item.ihook.pytest_exception_interact(node=item, call=call, report=report)
        if call.excinfo is None:
            return True
        if self.is_whole:
            self.text = f"{when}: {call.excinfo.exconly(tryshort=True)}".splitlines()[0]
        self.is_whole = False
        return False


def run_round(
    item: pytest.Function, nextitem: pytest.Item | None, *, is_last: bool, is_first: bool
) -> Round:
    """Run a test once: set-up, call, tear-down; nothing is logged, but subtests of the first run.

    `is_last`: fixtures of a wider scope are torn down too, where `nextitem` does not need them. So
    they are where the test raises, for there is no round behind it then.
    """
    done = Round()
    start = time.perf_counter()
    if not item._request:
        item._initrequest()
    try:
        with _listening(item, done, is_silent=not is_first):
            _run_phases(item, nextitem, done, is_last)
    finally:
        item._request = False  # type: ignore[assignment]
        item.funcargs = None  # type: ignore[assignment]
    done.seconds = time.perf_counter() - start
    return done


def _run_phases(
    item: pytest.Function, nextitem: pytest.Item | None, done: Round, is_last: bool
) -> None:
    ihook = item.ihook
    if done.add(item, "setup", lambda: ihook.pytest_runtest_setup(item=item)):
        done.add(item, "call", lambda: ihook.pytest_runtest_call(item=item))
    following: Any = nextitem if is_last or not done.is_whole else item.parent
    if item.session.shouldfail or item.session.shouldstop:
        following = None
    was_whole = done.is_whole
    teardown = ihook.pytest_runtest_teardown
    is_torn_down = done.add(item, "teardown", lambda: teardown(item=item, nextitem=following))
    if was_whole and not is_torn_down and not is_last:  # there will be no other
        item.session._setupstate.teardown_exact(nextitem)


@contextlib.contextmanager
def _listening(item: pytest.Function, done: Round, is_silent: bool) -> Iterator[None]:
    """Hear what a test reports by itself, its subtests; of a silent round nobody else does."""
    relays: list[Any] = [item.config.hook]
    if item.ihook is not item.config.hook:
        relays.append(item.ihook)
    callers = [relay.pytest_runtest_logreport for relay in relays]

    def listener(caller: Any) -> Callable[..., Any]:
        def log(*, report: Any) -> Any:
            if report.failed:
                done.is_whole = False
                done.text = done.text or "a failure of a subtest"
            return [] if is_silent else caller(report=report)

        return log

    for relay, caller in zip(relays, callers):
        relay.pytest_runtest_logreport = listener(caller)
    try:
        yield
    finally:
        for relay, caller in zip(relays, callers):
            relay.pytest_runtest_logreport = caller


class Undo:
    """Takes back what pytest notes of a run that is not reported; a plugin of its own.

    That is captured output, recorded properties, warnings; and the calls that would finish fixtures
    of a wider scope, which pytest notes for each test anew and needs once.
    """

    def __init__(self) -> None:
        self._wide: dict[int, Any] = {}  # fixtures that are set up, of a wider scope
        self._changes = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> None:
        if fixturedef.scope != "function":
            self._wide[id(fixturedef)] = fixturedef
            self._changes += 1

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        if self._wide.pop(id(fixturedef), None) is not None:
            self._changes += 1

    @contextlib.contextmanager
    def undone(self, item: pytest.Function) -> Iterator[None]:
        """Take back what the block makes pytest note of `item`."""
        sections, properties = len(item._report_sections), len(item.user_properties)
        changes = self._changes
        lengths = [(finalizers, len(finalizers)) for finalizers in self._finalizers(item)]
        with warnings.catch_warnings(record=True):
            yield
        del item._report_sections[sections:]
        del item.user_properties[properties:]
        if changes != self._changes:
            return  # a fixture is new, or gone: what was noted is needed
        for finalizers, length in lengths:
            if len(finalizers) > length:
                finalizers[length:] = [f for f in finalizers[length:] if not _is_pytests(f)]

    def _finalizers(self, item: pytest.Function) -> Iterator[list[Any]]:
        for fixture in self._wide.values():
            yield fixture._finalizers
        for finalizers, _ in item.session._setupstate.stack.values():
            yield finalizers


def _is_pytests(finalizer: Any) -> bool:
    """Whether pytest made it, and no test: one that finishes a fixture."""
    function = getattr(finalizer, "func", finalizer)
    return getattr(function, "__module__", None) == "_pytest.fixtures"
