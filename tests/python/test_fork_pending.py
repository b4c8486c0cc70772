"""PendingSnapshot: nothing is lost to a signal or a thread; what cannot be is refused first."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
import pathlib
import signal
import sys
import threading
import time
import warnings
import weakref
from typing import Callable

import pytest

import refgraph
from refgraph import _core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a child captures on Linux only")


def at_return_of(name: str, action: Callable[[], None], event: str = "c_return") -> None:
    """Do something when a C function of that name comes back: before its caller has what it gave.

    That is where a signal's handler runs that came while the function did.
    """

    def look(_frame: object, what: str, function: object) -> None:
        if what == event and getattr(function, "__name__", "") == name:
            sys.setprofile(None)
            action()

    sys.setprofile(look)


def interrupt() -> None:
    raise KeyboardInterrupt


def stop(pending: refgraph.PendingSnapshot) -> int:
    """Hold its child, which then does not end; its process id."""
    process = pending._fork.process  # type: ignore[union-attr]
    os.kill(process, signal.SIGSTOP)
    return process


def in_time(action: Callable[[], object]) -> bool:
    """Whether it ends; in a thread, for one that hangs must not hang the tests."""
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    thread.join(60)
    return not thread.is_alive()


# ---- signals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "name"), [("finish", None), ("finish", "heap.rg"), ("open_file", "heap.rg")]
)
def test_an_interrupt_at_the_last_moment_loses_nothing(
    function: str, name: str | None, tmp_path: pathlib.Path
) -> None:
    pending = refgraph.capture(pause="fork", path=None if name is None else tmp_path / name)
    at_return_of(function, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            pending.result()
    finally:
        sys.setprofile(None)
    assert pending.done()
    assert pending.fileno() == -1
    assert not pending.cancel()
    snap = pending.result(timeout=0)
    assert snap.node_count > 1000
    assert pending.result() is snap


def test_an_error_that_an_interrupt_hid_is_told_when_asked_again() -> None:
    pending = refgraph.capture(pause="fork")
    os.kill(stop(pending), signal.SIGKILL)
    at_return_of("finish", interrupt, "c_exception")
    try:
        with pytest.raises(KeyboardInterrupt):
            pending.result()
    finally:
        sys.setprofile(None)
    for _ in range(2):
        with pytest.raises(refgraph.CaptureError, match=r"was killed \(signal 9\)"):
            pending.result()
    assert "failed" in repr(pending)


def test_a_handler_may_cancel_what_is_just_being_finished() -> None:
    got: list[object] = []

    def finish() -> None:
        pending = refgraph.capture(pause="fork")
        at_return_of("finish", lambda: got.append(pending.cancel()))
        got.append(pending.result().node_count > 1000)

    assert in_time(finish)
    assert got == [False, True]  # it was too late to cancel


def test_a_handler_may_ask_for_what_is_just_being_finished() -> None:
    got: list[object] = []

    def finish() -> None:
        pending = refgraph.capture(pause="fork")
        at_return_of("finish", lambda: got.append(pending.result()))
        got.append(pending.result())
        got.append(pending.result())

    assert in_time(finish)
    assert got[0] is got[1] is got[2]


# ---- other threads, and limits ------------------------------------------------------------------


def test_what_another_thread_has_finished_meanwhile_can_be_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pending = refgraph.capture(pause="fork")
    snap = pending.result()
    monkeypatch.setattr(refgraph.PendingSnapshot, "done", lambda _: False)  # as it was just before

    async def wait() -> refgraph.Snapshot:
        return await pending

    assert asyncio.run(wait()) is snap
    assert pending.fileno() == -1


def test_a_thread_that_waits_hears_that_it_was_cancelled() -> None:
    pending = refgraph.capture(pause="fork")
    stop(pending)
    errors: list[BaseException | None] = []
    thread = threading.Thread(target=lambda: errors.append(pending.exception()))
    thread.start()
    time.sleep(0.1)
    assert pending.cancel()
    thread.join(60)
    assert [str(error) for error in errors] == ["this capture was cancelled"]
    assert not pending.cancel()


def test_a_descriptor_is_not_looked_at_for_long() -> None:
    with refgraph.capture(pause="fork") as pending:
        stop(pending)
        fork = pending._fork
        assert fork is not None
        started = time.monotonic()
        assert not fork.wait(20.0)  # its number may be another file's by then
        assert 0.9 < time.monotonic() - started < 15
        started = time.monotonic()
        with pytest.raises(TimeoutError):  # whoever wants to wait longer does
            pending.result(timeout=1.5)
        assert time.monotonic() - started >= 1.5


def test_a_timeout_is_a_number_of_seconds() -> None:
    with refgraph.capture(pause="fork") as pending:
        process = stop(pending)
        for ask in (pending.result, pending.exception):
            with pytest.raises(ValueError, match="timeout must be a number of seconds, not nan"):
                ask(timeout=math.nan)
            with pytest.raises(TypeError, match="timeout must be a number of seconds, not 'str'"):
                ask(timeout="1")  # type: ignore[arg-type]
            with pytest.raises(TimeoutError, match="within 0 s"):  # a deadline that has passed
                ask(timeout=-5)
        os.kill(process, signal.SIGCONT)
        assert pending.result(timeout=math.inf).node_count > 1000


def test_asyncio_makes_a_future_of_it() -> None:
    called: list[refgraph.Snapshot] = []

    async def wait() -> refgraph.Snapshot:
        with refgraph.capture(pause="fork") as pending:
            process = stop(pending)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pending, 0.05)
            os.kill(process, signal.SIGCONT)
            future = asyncio.ensure_future(pending)
            future.add_done_callback(lambda future: called.append(future.result()))
            return await asyncio.wait_for(pending, 120)

    assert called == [asyncio.run(wait())]


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancelled", "killed", "load"])
def test_a_failed_capture_is_no_garbage(how: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "heap.rg"
    pending = refgraph.capture(pause="fork", path=path)
    if how == "cancelled":
        pending.cancel()
    elif how == "killed":
        os.kill(stop(pending), signal.SIGKILL)

    def ask(pending: refgraph.PendingSnapshot) -> None:
        if how == "load":  # here: a frame that is profiled keeps its variables, before 3.13
            at_return_of("finish", path.unlink)
        with contextlib.suppress(refgraph.CaptureError, OSError):
            pending.result()
            pytest.fail("it has not failed")
        assert pending.exception() is not None

    gc.collect()
    gc.disable()
    try:
        ask(pending)
        seen = weakref.ref(pending)
        del pending
        assert seen() is None
    finally:
        sys.setprofile(None)
        gc.enable()


# ---- what is asked for --------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::refgraph.CaptureWarning")
@pytest.mark.parametrize("is_refused", [False, True])
def test_the_file_stays_where_the_path_led(
    is_refused: bool, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    if is_refused:
        monkeypatch.setattr(_core, "capture_fork", lambda *_: "not today")
    pending = refgraph.capture(pause="fork", path="heap.rg")
    monkeypatch.chdir(tmp_path / "there")
    snap = pending.result()
    assert snap.node_count > 1000
    assert os.listdir(tmp_path / "there") == []
    assert os.listdir(tmp_path / "here") == ["heap.rg"]
    assert snap.origin is not None
    assert snap.origin.path == str(tmp_path / "here" / "heap.rg")
    with pytest.raises(FileNotFoundError) as caught:
        refgraph.capture(pause="fork", path="no/heap.rg")
    assert caught.value.filename == "no/heap.rg"


@pytest.mark.parametrize("pause", ["gil", "fork"])
@pytest.mark.parametrize("options", [{"text": "none"}, {"text": "types"}, {"compress": "zstd"}])
def test_text_and_compress_without_a_path_are_refused(
    pause: str, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "collect", lambda: pytest.fail("it has begun"))
    with pytest.raises(ValueError, match="text and compress are for path"):
        refgraph.capture(pause=pause, collect=True, **options)  # type: ignore[call-overload]


def test_compression_that_cannot_be_is_refused_before(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "heap.rg"
    try:
        refgraph.capture().save(path, compress="zstd")
    except refgraph.FileError as error:
        refused = error
    else:
        pytest.skip("this build has zstd")
    monkeypatch.setattr(gc, "collect", lambda: pytest.fail("it has begun"))
    with pytest.raises(refgraph.FileError, match="built without zstd") as caught:
        refgraph.capture(pause="fork", collect=True, path=path, compress="zstd")
    assert str(caught.value) == str(refused)
    assert caught.value.path == path
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_captured_at_all_is_an_error_and_no_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise refgraph.CaptureError("a free-threaded interpreter")

    monkeypatch.setattr(_core, "capture_fork", lambda *_: "a free-threaded interpreter")
    monkeypatch.setattr(_core, "capture", refuse)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(refgraph.CaptureError, match="a free-threaded interpreter"):
            refgraph.capture(pause="fork")
    assert caught == []
