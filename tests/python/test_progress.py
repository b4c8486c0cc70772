"""Analyses can be stopped, and say how far they have come."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import threading
from typing import Any, Callable

import pytest

import refgraph
from refgraph import progress


class Link:
    """One of very many."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pair = [self, {"number": number}]


@pytest.fixture(scope="module")
def large() -> Any:
    """A snapshot whose analyses take long enough to be stopped, and one of the objects."""
    links = [Link(number) for number in range(150_000)]
    return refgraph.capture(), links[0]


def looks(ask: Callable[[], object]) -> list[tuple[str, int, int]]:
    """What the progress function of this thread is told meanwhile."""
    told: list[tuple[str, int, int]] = []
    with progress.progress_shown(lambda *step: told.append(step)):
        ask()
    return told


def test_a_progress_function_hears_of_phases_and_their_steps(large: Any) -> None:
    snapshot, _ = large
    told: list[tuple[str, int, int]] = []
    snapshot.cycles(progress=lambda *step: told.append(step))
    assert len({phase for phase, _, _ in told}) > 1
    assert all(phase and phase == phase.lower() for phase, _, _ in told)
    assert all(0 <= done <= total for _, done, total in told if total)
    for earlier, later in zip(told, told[1:]):
        assert earlier[0] != later[0] or earlier[1] <= later[1] or earlier[2] != later[2]


QUESTIONS = {
    "cycles": lambda snapshot, told: snapshot.cycles(progress=told),
    "retained": lambda snapshot, told: snapshot.retained("owner", progress=told),
    "suspects": lambda snapshot, told: snapshot.suspects(progress=told),
    "what_if": lambda snapshot, told: snapshot.what_if([], progress=told),
    "growth": lambda snapshot, told: snapshot.growth(since=snapshot, progress=told),
    "why_alive": lambda snapshot, told: snapshot.objects(Link).why_alive(progress=told),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_takes_a_progress_function_and_no_other_thing(
    large: Any, question: str
) -> None:
    snapshot, _ = large
    told: list[Any] = []
    if question == "growth":  # of two
        pytest.importorskip("refgraph")
        ask: Any = lambda told: refgraph.capture().growth(since=snapshot, progress=told)  # noqa: E731
    else:
        ask = lambda told: QUESTIONS[question](snapshot, told)  # noqa: E731
    with pytest.raises(TypeError, match="progress must be a bool, None or a function"):
        ask("yes")
    ask(lambda *step: told.append(step))
    ask(False)


def test_ctrl_c_stops_an_analysis_and_the_snapshot_stays_usable(large: Any) -> None:
    """A signal that comes after the first look is seen at the next one."""
    snapshot, link = large
    whole = looks(snapshot.cycles)
    assert len(whole) >= 3, "the analysis is too short to be stopped"
    expected = len(snapshot.cycles())
    may_kill = threading.Event()
    told: list[str] = []

    def interrupt() -> None:
        may_kill.wait()
        os.kill(os.getpid(), signal.SIGINT)

    def tell(phase: str, done: int, total: int) -> None:
        told.append(phase)
        may_kill.set()
        killer.join()  # the signal is there before the analysis goes on

    killer = threading.Thread(target=interrupt)
    killer.start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            snapshot.cycles(progress=tell)
    finally:
        signal.signal(signal.SIGINT, before)
        may_kill.set()
        killer.join()
    assert len(told) == 1  # neither the rest of that analysis nor of its looks
    assert len(snapshot.cycles()) == expected
    assert len(snapshot.node(link).why_alive()) > 0
    assert snapshot.node(link).retained_size > 0


class Unwelcome(Exception):
    """What a progress function raises here."""


def test_what_a_progress_function_raises_ends_the_analysis(large: Any) -> None:
    _, link = large
    snapshot = refgraph.capture()
    calls = []

    def tell(phase: str, done: int, total: int) -> None:
        calls.append(phase)
        raise Unwelcome(phase)

    for _ in range(2):  # what it had found so far is kept nowhere
        with pytest.raises(Unwelcome):
            snapshot.cycles(progress=tell)
        with pytest.raises(Unwelcome):
            snapshot.retained("type", progress=tell)
    assert len(calls) == 4
    assert snapshot.node(link).retained_size > 0
    assert len(snapshot.cycles()) > 0


def test_a_progress_function_cannot_ask_what_is_being_found(large: Any) -> None:
    _, link = large
    snapshot = refgraph.capture()
    with pytest.raises(RuntimeError, match="cannot ask the snapshot"):
        snapshot.retained(
            "type", progress=lambda *_: snapshot.node(link).retained_size or snapshot.roots()
        )
    assert snapshot.node(link).retained_size > 0


def test_verifying_a_file_can_be_stopped_and_begun_again(
    large: Any, tmp_path: pathlib.Path
) -> None:
    snapshot, _ = large
    told: list[str] = []
    snapshot.save(tmp_path / "heap.rg")
    loaded = refgraph.load(tmp_path / "heap.rg")

    def tell(phase: str, done: int, total: int) -> None:
        told.append(phase)
        raise Unwelcome(phase)

    for _ in range(2):
        with pytest.raises(Unwelcome), progress.progress_shown(tell):
            loaded.types()
    assert told == ["checksums", "checksums"]
    with (
        pytest.raises(RuntimeError, match="being verified"),
        progress.progress_shown(lambda *_: loaded.types()),
    ):
        loaded.types()
    assert len(loaded.types()) == len(snapshot.types())
    told.clear()
    refgraph.load(tmp_path / "heap.rg", verify=True, progress=lambda phase, *_: told.append(phase))
    assert told[0] == "checksums"


def test_threads_have_progress_functions_of_their_own(large: Any) -> None:
    snapshot, _ = large
    told: dict[str, list[int]] = {"one": [], "two": []}

    def ask(name: str) -> None:
        snapshot.cycles(progress=lambda *_: told[name].append(threading.get_ident()))

    threads = [threading.Thread(target=ask, args=(name,)) for name in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(told.values())
    assert all(len(set(idents)) == 1 for idents in told.values())
    assert set(told["one"]) != set(told["two"])


def test_nothing_of_a_progress_function_is_left(large: Any) -> None:
    snapshot, _ = large

    class Told:
        def __call__(self, phase: str, done: int, total: int) -> None:
            pass

    told = Told()
    count = sys.getrefcount(told)
    snapshot.cycles(progress=told)
    assert sys.getrefcount(told) == count
    assert not looks(lambda: snapshot.cycles(progress=False))


class Terminal:
    """A stderr that keeps what a bar draws."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    @staticmethod
    def isatty() -> bool:
        return True


def test_a_terminal_sees_a_bar_after_a_while_and_nothing_of_it_stays(
    large: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm")
    snapshot, _ = large
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 3600.0)
    snapshot.cycles()
    assert not terminal.text
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    snapshot.cycles()
    assert "%" in terminal.text
    assert not terminal.text.rpartition("\r")[0].rpartition("\r")[2].strip()  # wiped out
    shown = len(terminal.text)
    snapshot.cycles(progress=False)
    assert len(terminal.text) == shown


def test_without_tqdm_a_terminal_sees_no_bar_and_who_asks_is_told(
    large: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, _ = large
    terminal = Terminal()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    assert len(snapshot.cycles()) > 0
    assert not terminal.text
    with pytest.raises(ImportError, match="needs tqdm"):
        snapshot.cycles(progress=True)
