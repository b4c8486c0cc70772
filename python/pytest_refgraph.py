"""What pytest loads of refgraph: options, a marker, a fixture. The package is not imported.

It is once a test is marked ``no_leaks``, asks for the fixture ``leaks``, or all tests are marked by
``--no-leaks``: a test-suite that uses none of these pays for this file alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter

    from refgraph.testing.fixture import Leaks

_MARKER = (
    "no_leaks(types=None, rounds=3, limit=0): run the test several times, and fail where objects "
    "remain after every round: more than `limit` a round of `types` (classes or names of types; "
    "all). limit=None: do not look at this test."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("refgraph", "leaks (refgraph)")
    group.addoption(
        "--no-leaks",
        action="store_true",
        default=False,
        help="judge every test as if it were marked no_leaks: each is run several times.",
    )
    group.addoption(
        "--refgraph-dir",
        metavar="DIR",
        default=None,
        help="where pictures of leaks go (default: refgraph/ in pytest's base temporary folder).",
    )
    parser.addini("no_leaks", "as --no-leaks.", type="bool", default=False)
    parser.addini("refgraph_dir", "as --refgraph-dir, relative to the root folder.", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _marks_all(config) or any(item.get_closest_marker("no_leaks") for item in items):
        from refgraph.testing.plugin import register

        register(config, marks_all=_marks_all(config))


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    if _marks_all(config):
        from refgraph.testing.summary import write_summary

        write_summary(terminalreporter)


def _marks_all(config: pytest.Config) -> bool:
    return bool(config.getoption("no_leaks") or config.getini("no_leaks"))


@pytest.fixture
def leaks(request: pytest.FixtureRequest) -> Iterator[Leaks]:
    """What this test leaves behind: assert_freed(), assert_no_growth(), assert_no_cycles()."""
    from refgraph.testing.fixture import Leaks

    found = Leaks(request.node, request.config)
    try:
        yield found
    finally:
        found.close()
