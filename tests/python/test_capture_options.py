"""How a capture may be asked for: waiting for a collection, and references that count less."""

from __future__ import annotations

import gc
import threading
import time
import types
from typing import TYPE_CHECKING, Any

import pytest

import refgraph

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = __name__


class Session:
    pass


class Cache:
    def __init__(self) -> None:
        self.entries: dict[str, Session] = {}


@pytest.fixture
def cache(root: types.ModuleType) -> Cache:
    """A cache under a module, with one session in it."""
    cache = Cache()
    cache.entries["u1"] = Session()
    root.CACHE = cache  # type: ignore[attr-defined]
    return cache


@pytest.fixture
def collecting() -> Iterator[threading.Thread]:
    """A thread inside a garbage collection, for a third of a second."""
    begun = threading.Event()

    def linger(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and threading.current_thread() is thread:
            begun.set()
            time.sleep(0.35)

    thread = threading.Thread(target=gc.collect)
    gc.callbacks.append(linger)
    try:
        thread.start()
        assert begun.wait(10)
        yield thread
    finally:
        thread.join()
        gc.callbacks.remove(linger)


# ---- waiting ---------------------------------------------------------------------------------


def test_a_capture_waits_for_the_collection_of_another_thread(
    collecting: threading.Thread,
) -> None:
    assert refgraph.capture(wait=True).node_count > 1000
    assert refgraph.capture(wait=30).node_count > 1000


def test_a_capture_does_not_wait_longer_than_asked(collecting: threading.Thread) -> None:
    begin = time.monotonic()
    with pytest.raises(refgraph.CollectionRunning, match="a garbage collection is running"):
        refgraph.capture(wait=False)
    with pytest.raises(refgraph.CollectionRunning):
        refgraph.capture(wait=0.05)
    assert time.monotonic() - begin < 0.3
    assert collecting.is_alive()


def test_a_collection_does_not_wait_for_itself() -> None:
    caught: list[BaseException] = []

    def ask(phase: str, info: dict[str, int]) -> None:
        try:
            refgraph.capture(wait=0.1)
        except refgraph.CollectionRunning as error:
            caught.append(error)

    gc.callbacks.append(ask)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(ask)
    assert caught
    assert "__del__" in str(caught[0])


@pytest.mark.parametrize("wait", [-1, -0.5, float("nan")])
def test_a_time_that_is_none_is_refused(wait: float) -> None:
    with pytest.raises(ValueError, match="wait must be more than 0 seconds"):
        refgraph.capture(wait=wait)


def test_a_wait_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="wait must be a number of seconds, not 'str'"):
        refgraph.capture(wait="long")  # type: ignore[arg-type]


# ---- references that count less ----------------------------------------------------------------


def test_no_chain_leads_through_a_weak_edge(root: types.ModuleType, cache: Cache) -> None:
    session = cache.entries["u1"]
    plain = refgraph.capture().node(session).why_alive()
    assert plain[0].expression == f"sys.modules['{root.__name__}'].CACHE.entries['u1']"
    for pattern in (
        f"{HERE}.Cache.entries",
        f"{HERE}.Cache.entries[*]",
        f"{root.__name__}.CACHE",
        f"{root.__name__}.CACHE.entries[*]",
    ):
        node = refgraph.capture(weak_edges=[pattern]).node(session)
        assert not any("CACHE" in chain.expression for chain in node.why_alive()), pattern
        assert node.unexplained_references == 0


def test_a_weaker_edge_comes_after_a_better_one(root: types.ModuleType, cache: Cache) -> None:
    session = cache.entries["u1"]
    root.LONG = [[[[session]]]]  # type: ignore[attr-defined]
    name = root.__name__
    assert ".CACHE" in refgraph.capture().node(session).why_alive()[0].expression
    rules = {f"{name}.CACHE": "infrastructure"}
    chains = refgraph.capture(weak_edges=rules).node(session).why_alive()
    assert chains[0].expression == f"sys.modules['{name}'].LONG[0][0][0][0]"
    assert chains.holder_count >= 2


def test_what_a_rule_hides_is_not_called_garbage(root: types.ModuleType) -> None:
    root.KEPT = [[Session()]]  # type: ignore[attr-defined]
    pattern = f"{root.__name__}.KEPT"
    snap = refgraph.capture(weak_edges=[pattern, "nowhere.x"])
    [session] = snap.objects(Session)
    text = str(session.why_alive())
    assert "no root reaches it" in text
    assert "weak_edges hides references" in text
    assert "   list [0]" in text.split("\n")
    assert "garbage" not in text
    assert snap.weak_edges == {pattern: 1, "nowhere.x": 0}
    assert refgraph.capture().weak_edges == {}


def test_a_rule_of_many_steps_costs_each_object_once(root: types.ModuleType) -> None:
    shared = [Session() for _ in range(3_000)]
    root.MANY = [shared] * 3_000  # type: ignore[attr-defined]
    pattern = f"{root.__name__}.MANY[*][*]"
    assert refgraph.capture(weak_edges=[pattern]).weak_edges == {pattern: 3_000}


def test_a_pattern_that_names_nothing_changes_nothing(cache: Cache) -> None:
    session = cache.entries["u1"]
    patterns = {"nowhere.at.all": "weak", "nowhere.x[*]": "weak"}
    assert refgraph.capture(weak_edges=patterns).node(session).why_alive()


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ("app.Cache.entries", TypeError, "not one str"),
        ([1], TypeError, "weak_edges must be str, not 'int'"),
        ({"app.x": "feeble"}, ValueError, "'feeble' is none of own, frame, infrastructure, weak"),
        ({"app.x": 3}, TypeError, "weak_edges must be str, not 'int'"),
        (["entries"], ValueError, "a pattern is a module or type and a name"),
        ([""], ValueError, "app.Session.owner"),
        (["app.x[3]"], ValueError, "app.CACHE"),
        (["\0.x\ud800"], ValueError, ""),
    ],
)
def test_what_is_no_rule_is_refused_before_anything_is_done(
    value: Any, error: type[Exception], words: str
) -> None:
    collections = gc.get_stats()[2]["collections"]
    with pytest.raises(error, match=words):
        refgraph.capture(weak_edges=value, collect=True)
    if error is TypeError:
        assert gc.get_stats()[2]["collections"] == collections


def test_default_rules_may_be_left_out() -> None:
    with pytest.raises(TypeError, match="default_rules must be a bool"):
        refgraph.capture(default_rules=1)  # type: ignore[arg-type]
    assert refgraph.capture(default_rules=False).node_count > 1000


# ---- the collector as it was -------------------------------------------------------------------


def test_the_collector_is_described_as_gc_describes_it() -> None:
    refgraph.capture()  # what is made once is made
    gc.disable()
    try:
        gc.set_threshold(701, 11, 12)
        counts = gc.get_count()
        collector = refgraph.capture().gc
        assert collector.enabled is False
        assert collector.thresholds == gc.get_threshold()
        assert abs(collector.counts[0] - counts[0]) < 50
        assert collector.counts[1:] == counts[1:]
        assert collector.debug == gc.get_debug()
        assert collector.frozen == gc.get_freeze_count()
        assert collector.kind in ("generational", "incremental")
        assert collector.generations.startswith("0: young")
    finally:
        gc.set_threshold(700, 10, 10)
        gc.enable()


def test_the_frozen_are_counted() -> None:
    gc.freeze()
    try:
        collector = refgraph.capture().gc
        assert collector.frozen == gc.get_freeze_count() > 1000
        assert collector.enabled is True
    finally:
        gc.unfreeze()
