"""Tests that leave nothing behind, though they look like it: none may fail."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import functools
import gc
import importlib
import logging
import random
import re
import sys
import threading
import typing
import unittest
import warnings
import weakref
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

pytestmark = pytest.mark.no_leaks


class Request:
    def __init__(self) -> None:
        self.headers = {"host": "example"}


@functools.cache
def parsed(text: str) -> list[str]:
    return text.split()


def test_first_calls_fill_caches() -> None:
    import wsgiref.headers  # noqa: F401

    parsed("a b c")
    assert re.match(r"first(ly)?\s+of\s+all", "first of all")


LAST: list[Request] = []


def test_the_last_one_is_kept_and_replaced() -> None:
    LAST[:] = [Request()]


QUEUE: collections.deque[Request] = collections.deque(maxlen=3)


def test_a_bounded_queue() -> None:
    QUEUE.append(Request())


TABLE: dict[int, Request] = {}


def test_a_table_of_fixed_size_whose_entries_change() -> None:
    TABLE[random.randrange(5)] = Request()


LIVE: weakref.WeakSet[Request] = weakref.WeakSet()


def test_weak_registry_and_a_cycle() -> None:
    request = Request()
    request.me = request  # type: ignore[attr-defined]
    LIVE.add(request)


def test_exception_that_is_caught() -> None:
    with pytest.raises(ValueError, match="no") as caught:
        raise ValueError("no")
    assert caught.value


def test_classes_made_in_the_test() -> None:
    @dataclasses.dataclass
    class Point:
        x: int
        y: int = 0

    class Child(Point, collections.abc.Hashable):
        def __hash__(self) -> int:
            return 0

    assert isinstance(Child(1), collections.abc.Hashable)


class Client:
    def __init__(self) -> None:
        self.calls: list[Any] = []


@pytest.fixture(scope="session")
def session_client() -> Client:
    return Client()


@pytest.fixture(scope="module")
def module_client(session_client: Client) -> Client:
    return session_client


@pytest.fixture
def client(module_client: Client, tmp_path: Path) -> typing.Iterator[Client]:
    module_client.calls.append(tmp_path)
    yield module_client
    module_client.calls.clear()


@pytest.mark.parametrize("number", [1, 2])
def test_fixtures_of_every_scope(client: Client, number: int, request: Any) -> None:
    client.calls.append(number)
    request.addfinalizer(lambda: None)
    request.getfixturevalue("session_client")


def test_what_pytest_keeps_until_teardown(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    record_property: Any,
) -> None:
    monkeypatch.setenv("REQUEST", "1")
    record_property("request", object.__repr__(Request()))
    logging.getLogger("clean").warning("%s", Request())
    print(Request())
    warnings.warn(str(Request()), DeprecationWarning, stacklevel=1)
    with pytest.warns(UserWarning, match="expected"):
        warnings.warn("expected", stacklevel=1)


class TestMocks(unittest.TestCase):
    def setUp(self) -> None:
        self.request = Request()
        patcher = mock.patch("os.getcwd")
        self.patched = patcher.start()
        self.addCleanup(patcher.stop)

    def test_mock_that_is_stopped(self) -> None:
        self.patched(self.request)
        self.patched.assert_called_once()

    def test_subtests(self) -> None:
        for i in range(3):
            with self.subTest(i=i):
                assert i < 3


def test_event_loop_that_is_closed() -> None:
    async def respond(request: Request) -> int:
        await asyncio.sleep(0)
        return len(request.headers)

    assert asyncio.run(respond(Request())) == 1


def test_thread_that_ends() -> None:
    local = threading.local()
    thread = threading.Thread(target=lambda: setattr(local, "request", Request()))
    thread.start()
    thread.join()


def test_collector_switched_off() -> None:
    gc.disable()
    try:
        request = Request()
        request.me = request  # type: ignore[attr-defined]
    finally:
        gc.enable()


def test_import_from_a_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_here.py").write_text("answer = 42\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("made_here")
    del sys.modules["made_here"]
    assert module.answer == 42
