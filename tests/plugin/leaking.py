"""Tests that leak, each in another way: each must fail. test_pytest_plugin.py runs them."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import functools
import logging
import sys
import threading
import types
import unittest
from typing import Any, Callable, ClassVar
from unittest import mock

import pytest

pytestmark = pytest.mark.no_leaks


class Request:
    def __init__(self) -> None:
        self.headers = {"host": "example"}

    def finished(self) -> None:
        pass


HANDLED: list[Request] = []


def test_request_in_a_module_list() -> None:
    HANDLED.append(Request())


class Signal:
    def __init__(self) -> None:
        self.receivers: dict[int, Callable[[], None]] = {}

    def connect(self, receiver: Callable[[], None]) -> None:
        self.receivers[len(self.receivers)] = receiver


request_finished = Signal()


def test_callback_on_a_signal() -> None:
    request_finished.connect(Request().finished)


LOOP = asyncio.new_event_loop()


def test_task_never_awaited() -> None:
    async def respond(request: Request) -> None:
        await asyncio.sleep(3600)

    LOOP.create_task(respond(Request()))  # noqa: RUF006 - that is the leak


class TestMocks(unittest.TestCase):
    patched: ClassVar[list[Any]] = []

    def test_mock_kept_by_the_class(self) -> None:
        with mock.patch("os.getcwd") as patched:
            self.patched.append(patched)
            patched(Request())


ERRORS: list[Exception] = []


def test_exception_kept_with_its_traceback() -> None:
    def parse(request: Request) -> None:
        raise ValueError(len(ERRORS))

    try:
        parse(Request())
    except ValueError as error:
        ERRORS.append(error)


class Account:
    @functools.cache  # noqa: B019 - that is the leak
    def balance(self) -> int:
        return 0


def test_lru_cache_on_a_method() -> None:
    Account().balance()


CALLBACKS: list[Callable[[], Any]] = []


def test_closure_in_a_registry() -> None:
    request = Request()
    CALLBACKS.append(lambda: request)


def test_logging_handler_added_again() -> None:
    handler = logging.NullHandler()
    handler.request = Request()  # type: ignore[attr-defined]
    logging.getLogger("leaking").addHandler(handler)


PER_THREAD = threading.local()


def test_thread_local_list() -> None:
    if not hasattr(PER_THREAD, "requests"):
        PER_THREAD.requests = []
    PER_THREAD.requests.append(Request())


CURRENT: contextvars.ContextVar[tuple[Request, ...]] = contextvars.ContextVar("CURRENT", default=())


def test_context_variable_that_only_grows() -> None:
    CURRENT.set((*CURRENT.get(), Request()))


RESURRECTED: list[Any] = []


class Immortal:
    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        RESURRECTED.append(self)


def test_cycle_whose_finalizer_resurrects() -> None:
    Immortal()


def test_atexit_callback() -> None:
    atexit.register(Request().finished)


class Pool:
    def __init__(self) -> None:
        self.connections: list[Request] = []


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool()


@pytest.fixture
def connection(pool: Pool) -> Request:
    pool.connections.append(Request())
    return pool.connections[-1]


def test_a_fixture_that_leaks_into_a_wider_one(connection: Request) -> None:
    assert connection.headers


def test_new_attribute_of_a_module_each_time() -> None:
    setattr(logging, f"leaking_{len(vars(logging))}", Request())


def test_one_more_large_buffer_in_a_list(pool: Pool) -> None:
    pool.connections.append(bytes(100_000))  # type: ignore[arg-type]


def test_new_module_each_time() -> None:
    name = f"leaking_{len(sys.modules)}"
    sys.modules[name] = types.ModuleType(name)
