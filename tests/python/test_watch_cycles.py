"""watch_cycles: what a block leaves behind, and nothing else; the collector is as it was."""

from __future__ import annotations

import gc
import os
import pathlib
import subprocess
import sys
import types
import weakref
from typing import TYPE_CHECKING, Any, Callable

import pytest

import refgraph

if TYPE_CHECKING:
    from collections.abc import Iterator


class Before:
    def __init__(self) -> None:
        self.me = self


class Plain:
    other: Plain


class Inside:
    def __init__(self) -> None:
        self.me = self


class Held:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector_is_on() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(10**8, 10, 10)  # it does not begin by itself
    yield
    gc.enable()
    gc.set_threshold(*thresholds)


def types_in(report: refgraph.CycleReport) -> list[str]:
    """Types of this file's classes in a report, one a member."""
    names = [node.type for cycle in report for node in cycle.members]
    return sorted(name.rpartition(".")[2] for name in names if name.startswith(__name__))


def leak(count: int = 1) -> None:
    for _ in range(count):
        Inside()


def leak_and_raise(error: BaseException) -> None:
    leak()
    raise error


# ---- what is reported ----------------------------------------------------------------------------


def test_what_the_block_creates_is_reported_and_what_was_there_is_not() -> None:
    Before()
    with refgraph.watch_cycles() as watch:
        leak(3)
    assert types_in(watch.report) == ["Inside"] * 3
    assert len(watch.report) == 3
    assert watch.collected == 0
    assert not any(cycle.in_use for cycle in watch.report)
    [group] = watch.report.groups
    assert group.count == 3
    assert str(watch) == str(watch.report)


def test_a_block_without_cycles_leaves_an_empty_report() -> None:
    with refgraph.watch_cycles() as watch:
        list(range(10))
    assert len(watch.report) == 0
    assert str(watch) == "The block left no cycles."
    assert repr(watch) == "<CycleWatch: The block left no cycles.>"


def test_what_is_still_in_use_is_no_leak(root: types.ModuleType) -> None:
    with refgraph.watch_cycles() as watch:
        root.held = Held()  # type: ignore[attr-defined]
    assert types_in(watch.report) == []


def test_what_was_a_cycle_before_and_is_dropped_inside_was_not_made_there(
    root: types.ModuleType,
) -> None:
    root.held = Held()  # type: ignore[attr-defined]
    with refgraph.watch_cycles() as watch:
        root.held = None  # type: ignore[attr-defined]
    assert types_in(watch.report) == []


def test_old_objects_that_the_block_ties_together_are_reported(root: types.ModuleType) -> None:
    root.pair = [Plain(), Plain()]  # type: ignore[attr-defined]
    with refgraph.watch_cycles() as watch:
        one, other = root.pair.pop(), root.pair.pop()
        one.other, other.other = other, one
        del one, other
    assert types_in(watch.report) == ["Plain"] * 2


def test_new_cycles_in_the_place_of_old_ones_are_reported() -> None:
    gc.collect()
    gc.disable()
    leak(50)
    with refgraph.watch_cycles() as watch:
        gc.collect()
        leak(50)
    gc.enable()
    assert types_in(watch.report) == ["Inside"] * 50
    assert "The block collected" in str(watch)


def test_verdicts_are_those_of_the_collector_that_was_on() -> None:
    with refgraph.watch_cycles() as watch:
        leak(1)
    assert [cycle.verdict for cycle in watch.report] == ["isolated"]
    assert "GC IS OFF" not in str(watch)


def test_a_watch_that_is_running_cannot_be_entered_again() -> None:
    watch = refgraph.watch_cycles()
    with watch, pytest.raises(RuntimeError, match="running already"):
        watch.__enter__()
    assert gc.isenabled()


def test_the_garbage_of_a_report_is_its_own() -> None:
    gc.collect()
    gc.disable()
    leak(100)
    with refgraph.watch_cycles() as watch:
        leak(1)
    gc.enable()
    members = {node.address for cycle in watch.report for node in cycle.members}
    garbage = {node.address for node in watch.report.garbage}
    assert members <= garbage
    assert len(garbage) < 10
    assert str(watch).startswith(f"1 cycle is garbage ({len(garbage)} object")


def test_an_old_cycle_that_grows_is_reported() -> None:
    old = Before()
    weak = weakref.ref(old)
    gc.disable()  # nothing may free it before
    del old
    with refgraph.watch_cycles() as watch:
        weak().child = Inside()  # type: ignore[union-attr]
        weak().child.parent = weak()  # type: ignore[union-attr]
    assert types_in(watch.report) == ["Before", "Inside"]


def test_any_number_of_cycles_from_before_is_left_out() -> None:
    leak(300)
    snapshot = refgraph.capture()
    old = list(snapshot.cycles(type=Inside, isolated=True))
    everything = snapshot._graph.cycles(False)
    for count in range(len(old)):
        known = sorted(node._id for cycle in old[:count] for node in cycle.members)
        assert len(everything.select(0, 0, None, known)) == len(everything) - count


def test_watches_nest() -> None:
    with refgraph.watch_cycles() as outer:
        leak(1)
        with refgraph.watch_cycles() as inner:
            leak(2)
        assert not gc.isenabled()
        leak(4)
    assert types_in(inner.report) == ["Inside"] * 2
    assert types_in(outer.report) == ["Inside"] * 7
    assert gc.isenabled()


def test_one_watch_can_be_used_again() -> None:
    watch = refgraph.watch_cycles()
    for count in 1, 2:
        with watch:
            leak(count)
        assert types_in(watch.report) == ["Inside"] * count


# ---- collections inside --------------------------------------------------------------------------


def test_with_gc_on_what_a_collection_frees_is_counted_and_not_reported() -> None:
    with refgraph.watch_cycles(disable_gc=False) as watch:
        assert gc.isenabled()
        leak(5)
        gc.collect()
        leak(2)
    assert types_in(watch.report) == ["Inside"] * 2
    assert watch.collected >= 5
    assert f"Collections freed {watch.collected} objects while it ran" in str(watch)
    assert "disable_gc=True keeps the collector from running by itself" in str(watch)


def test_with_gc_off_it_does_not_begin_by_itself() -> None:
    gc.set_threshold(50, 2, 2)
    with refgraph.watch_cycles() as watch:
        leak(500)
    assert types_in(watch.report) == ["Inside"] * 500
    assert watch.collected == 0


def test_a_collection_that_is_asked_for_is_counted_with_gc_off_too() -> None:
    with refgraph.watch_cycles() as watch:
        leak(3)
        gc.collect()
    assert types_in(watch.report) == []
    assert watch.collected >= 3


# ---- the state of the collector, and exceptions --------------------------------------------------


@pytest.mark.parametrize("disable", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_the_collector_is_as_it_was(disable: bool, before: bool) -> None:
    (gc.enable if before else gc.disable)()
    with refgraph.watch_cycles(disable_gc=disable):
        assert gc.isenabled() == (before and not disable)
    assert gc.isenabled() == before
    with pytest.raises(KeyError), refgraph.watch_cycles(disable_gc=disable):
        raise KeyError
    assert gc.isenabled() == before


def test_an_exception_of_the_block_passes_and_there_is_no_report() -> None:
    error = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught, refgraph.watch_cycles() as watch:
        leak_and_raise(error)
    assert caught.value is error
    assert gc.isenabled()
    with pytest.raises(RuntimeError, match="there is no report"):
        watch.report  # noqa: B018


def test_an_exception_passes_where_cycles_are_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), refgraph.watch_cycles(fail=True):
        leak_and_raise(ZeroDivisionError())


def test_a_second_block_that_raises_has_no_report_of_the_first() -> None:
    watch = refgraph.watch_cycles()
    with watch:
        leak()
    with pytest.raises(KeyError), watch:
        leak_and_raise(KeyError())
    with pytest.raises(RuntimeError, match="there is no report"):
        watch.report  # noqa: B018


def test_there_is_no_report_inside_the_block() -> None:
    watch = refgraph.watch_cycles()
    with pytest.raises(RuntimeError, match="before the block has ended"):
        watch.report  # noqa: B018
    with watch, pytest.raises(RuntimeError, match="before the block has ended"):
        watch.report  # noqa: B018
    assert len(watch.report) == 0
    with watch, pytest.raises(RuntimeError, match="before the block has ended"):
        watch.report  # noqa: B018  # nor of the block before


def test_before_its_end_a_watch_says_so() -> None:
    watch = refgraph.watch_cycles()
    assert str(watch) == "The block has not ended."
    assert repr(watch) == "<CycleWatch: The block has not ended.>"


def test_a_capture_that_fails_on_entry_leaves_the_collector_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails() -> Any:
        raise refgraph.CaptureError("no")

    monkeypatch.setattr(refgraph.watch, "capture", fails)
    with pytest.raises(refgraph.CaptureError), refgraph.watch_cycles():
        pytest.fail("entered")
    assert gc.isenabled()


# ---- as a failure --------------------------------------------------------------------------------


def test_a_leaking_block_fails_with_the_report() -> None:
    with pytest.raises(AssertionError) as caught, refgraph.watch_cycles(fail=True) as watch:
        leak(2)
    assert type(caught.value) is refgraph.CyclesFound
    assert str(caught.value) == str(watch) == str(watch.report)
    assert f"2 ×  {__name__}.Inside.me" in str(caught.value)
    assert gc.isenabled()


def test_a_clean_block_does_not_fail() -> None:
    Before()
    with refgraph.watch_cycles(fail=True) as watch:
        list(range(10))
    assert len(watch.report) == 0


FIXTURE = """
import pytest
import refgraph

class Session:
    pass

@pytest.fixture
def no_cycles():
    with refgraph.watch_cycles(fail=True):
        yield

def test_clean(no_cycles):
    session = Session()
    session.other = Session()

def test_leaking(no_cycles):
    session = Session()
    session.me = session

def test_clean_again(no_cycles):
    Session()
"""


def test_as_a_fixture_it_fails_the_leaking_test_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "test_tiny.py").write_text(FIXTURE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_tiny.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_tiny.py::test_clean PASSED" in done.stdout
    assert "test_tiny.py::test_clean_again PASSED" in done.stdout
    assert "ERROR at teardown of test_leaking" in done.stdout
    assert "3 passed, 1 error" in done.stdout
    assert "CyclesFound: 1 cycle is garbage" in done.stdout
    assert "test_tiny.Session.me → test_tiny.Session" in done.stdout
    assert "Cut: test_tiny.Session.me" in done.stdout


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["disable_gc", "fail"])
@pytest.mark.parametrize("value", [1, None, "yes"])
def test_a_flag_that_is_no_bool_is_refused(name: str, value: Any) -> None:
    watch: Callable[..., Any] = refgraph.watch_cycles
    with pytest.raises(TypeError, match=f"{name} must be a bool"):
        watch(**{name: value})
    assert gc.isenabled()


def test_arguments_have_names() -> None:
    with pytest.raises(TypeError):
        refgraph.watch_cycles(True)  # type: ignore[misc]
