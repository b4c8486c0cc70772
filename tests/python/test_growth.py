"""Growth between two snapshots: leaks are found among what churns, and sums are exact."""

from __future__ import annotations

import gc
import os
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from leaks import LEAKED, PLANTS, ROOT, Churn, Leaked, grown

import refgraph
from refgraph.growth import Growth

#: AddressSanitizer keeps freed memory aside.
REUSES_ADDRESSES = "libasan" not in os.environ.get("LD_PRELOAD", "")


@pytest.fixture
def churn() -> Iterator[Churn]:
    module: Any = types.ModuleType("refgraph_test_churn")
    sys.modules[module.__name__] = module
    module.churn = Churn()
    yield module.churn
    module.churn.jobs = None
    del sys.modules[module.__name__]


def points_of(growth: Growth, place: str) -> list[refgraph.GrowthPoint]:
    return [p for p in growth if p.text == f"{ROOT}{place}"]


def assert_adds_up(growth: Growth) -> None:
    """All that is summed, by type, by place and by owner, against the sums of both snapshots."""
    sums = [
        (sum(row.count for row in snapshot.types()), sum(row.size for row in snapshot.types()))
        for snapshot in (growth.before, growth.after)
    ]
    delta, delta_size = (after - before for before, after in zip(*sums))
    assert (growth.delta, growth.delta_size) == (delta, delta_size)
    for rows in (growth.types(), growth.owners(), growth.places(), growth):
        assert sum(row.delta for row in rows) == delta
        assert sum(row.delta_size for row in rows) == delta_size
    for row in growth.types():
        assert row.born - row.died == row.delta
        assert min(row.born, row.died, row.count, row.size) >= 0
    assert sum(row.size for row in growth.owners()) == sums[1][1]
    assert sum(row.count for row in growth.owners()) == sums[1][0]


# ---- planted leaks -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTS)
def test_a_leak_of_500_among_200_000_that_churn_is_named_first(
    name: str, root: types.ModuleType, churn: Churn
) -> None:
    plant, place = PLANTS[name]
    leak = plant(root)
    before = refgraph.capture()
    churn.turn()
    leak()
    churn.turn()
    growth = refgraph.capture().growth(since=before)
    getattr(root, "stop", lambda: None)()
    suspect = growth.suspects()[0]
    first = suspect.text.split("\n")[0]
    expected = re.escape(place).replace("…", ".*").replace("M", re.escape(ROOT), 1)
    assert re.match(rf"{expected} (gained|\(\w+\) has grown by) ", first), first
    assert first.startswith(f"{suspect.place.text} ")
    assert str(growth.suspects()).split()[:9] == first.split()[:9]
    assert_churn_is_in_balance(growth)
    assert_adds_up(growth)


def assert_churn_is_in_balance(growth: Growth) -> None:
    for suspect in growth.suspects(limit=100):
        assert "refgraph_test_churn" not in suspect.place.text, growth.places()
    churned = [row for row in growth.types() if row.type == "leaks.Job"]
    assert sum(row.delta for row in churned) == 0
    assert sum(row.born for row in churned) > 20_000


def test_what_only_churns_is_no_suspect(root: types.ModuleType, churn: Churn) -> None:
    before = refgraph.capture()
    for _ in range(3):
        churn.turn()
    growth = refgraph.capture().growth(since=before)
    said = ("No place has gained more than ", "Nearly all that came is gone: ")
    assert str(growth.suspects()).startswith(said)
    assert len(growth.suspects()) == 0
    assert "Likely leak" not in str(growth)
    assert_adds_up(growth)


# ---- places ------------------------------------------------------------------------------------


def test_a_place_tells_what_came_and_what_hangs_on_it(root: Any) -> None:
    root.CACHE = {0: Leaked()}
    growth = grown(root, lambda: root.CACHE.update({i: [Leaked()] for i in range(-50, 0)}))
    assert_adds_up(growth)
    (point,) = [p for p in points_of(growth, ".CACHE[*]") if p.type == "list"]
    assert (point.gained, point.lost, point.holder_count) == (50, 0, 1)
    assert point.born >= 100  # lists, what is in them, numbers that are new
    assert point.delta == point.born - point.died
    assert point.holder == growth.after.node(root.CACHE)
    assert point.example is not None
    assert point.example.type == "list"
    assert any(point.example == growth.after.node(value) for value in root.CACHE.values())
    assert len(point.nodes) == point.born
    assert sum(node.size for node in point.nodes) == point.born_size
    assert point.delta_size == point.born_size + point.resized
    assert sum(node.type == "leaks.Leaked" for node in point.nodes) == 50
    assert re.fullmatch("[0-9a-f]{16}", point.id)


def test_what_a_place_lost_is_told(root: Any) -> None:
    root.CACHE = {i: Leaked() for i in range(100)}
    growth = grown(root, lambda: [root.CACHE.pop(i) for i in range(60)])
    (point,) = [p for p in points_of(growth, ".CACHE[*]") if p.type == "leaks.Leaked"]
    assert (point.gained, point.lost, point.example, point.holder) == (0, 60, None, None)
    assert point.delta_size < 0
    assert growth.delta < 0
    assert "fewer" in str(growth)
    assert_adds_up(growth)


def test_each_new_object_is_in_one_place(root: Any) -> None:
    root.LIST = []
    growth = grown(root, lambda: root.LIST.extend([Leaked(), (i, [i])] for i in range(50)))
    nodes = [node for point in growth for node in point.nodes]
    assert len(nodes) == len(set(nodes)) == sum(p.born for p in growth)
    assert len(nodes) == sum(row.born for row in growth.types())


def test_growth_by_type_says_where(root: Any) -> None:
    root.CACHE = {}
    growth = grown(root, lambda: root.CACHE.update({i: Leaked() for i in range(500)}))
    (row,) = [row for row in growth.types() if row.type == "leaks.Leaked"]
    assert (row.delta, row.born, row.died) == (500, 500, 0)
    assert row.gained_by == f"{ROOT}.CACHE[*]"
    assert "leaks.Leaked" in str(growth)
    assert f"Likely leak: {ROOT}.CACHE[*] gained 500 leaks.Leaked and lost none" in str(growth)
    deltas = [row.delta_size for row in growth.types()]
    assert deltas == sorted(deltas, reverse=True)


def test_growth_by_owner_adds_up_and_names_it(root: Any) -> None:
    root.CACHE = {}
    growth = grown(root, lambda: root.CACHE.update({i: Leaked() for i in range(500)}))
    assert_adds_up(growth)
    first = growth.owners()[0]
    assert first.owner == f"{ROOT}.CACHE"
    assert first.delta >= LEAKED


def test_steady_growth_is_before_what_is_replaced(root: Any) -> None:
    root.QUEUE = [bytes([i % 256]) * 99 for i in range(5000)]
    root.CACHE = []

    def run() -> None:
        root.QUEUE = [bytes([i % 256]) * 99 for i in range(5200)]
        root.CACHE.extend(bytes(50) for _ in range(100))

    growth = grown(root, run)
    texts = [point.text for point in growth]
    (cache,) = points_of(growth, ".CACHE[*]")
    (queue,) = points_of(growth, ".QUEUE")
    assert 0 < cache.delta_size < queue.delta_size
    assert texts.index(cache.text) < texts.index(queue.text)
    assert [suspect.place.text for suspect in growth.suspects()] == [cache.text]


# ---- the same object or another ----------------------------------------------------------------


@pytest.mark.parametrize("collect", [False, True])
def test_objects_of_one_type_at_reused_addresses_are_born(root: Any, collect: bool) -> None:
    """All are as old as each other where collect is true; then what is around them tells."""
    root.JOBS = [Leaked(10**6 + i) for i in range(5000)]
    root.DONE = []
    before = refgraph.capture(collect=collect)
    addresses = {id(job) for job in root.JOBS}
    root.JOBS = None
    reused = 0
    while not root.DONE or (reused <= 100 and REUSES_ADDRESSES and len(root.DONE) < 10**6):
        batch = [[Leaked(10**9 + i)] for i in range(5000)]  # other free memory may come first
        reused += sum(id(job[0]) in addresses for job in batch)
        root.DONE += batch
    batch = None
    assert reused > 100 or not REUSES_ADDRESSES
    growth = refgraph.capture(collect=collect).growth(since=before)
    (row,) = [row for row in growth.types() if row.type == "leaks.Leaked"]
    assert (row.born, row.died) == (len(root.DONE), 5000)
    assert_adds_up(growth)


def moved_and_changed(root: Any, make: Any) -> Growth:
    """Growth while 1,000 objects go from a list to a dict, and get an attribute more."""
    root.A = [make(10**6 + i) for i in range(1000)]
    root.B = {}

    def move() -> None:
        root.B.update(enumerate(root.A))
        root.A = None
        for value in root.B.values():
            value.more = "more"

    return grown(root, move)


def test_an_object_that_stays_is_not_born(root: Any) -> None:
    growth = moved_and_changed(root, Leaked)
    assert "leaks.Leaked" not in [row.type for row in growth.types() if row.born or row.died]


def test_an_object_that_was_given_a_dict_is_not_born(root: Any) -> None:
    """Where a class has many attributes, the next one is in a dict, and all that it had."""

    class Wide:
        def __init__(self, number: int) -> None:
            self.number = number

    first = Wide(0)
    for i in range(40):
        setattr(first, f"attribute_{i}", i)
    growth = moved_and_changed(root, Wide)
    assert not [row for row in growth.types() if ".Wide" in row.type and (row.born or row.died)]


def test_texts_and_items_tell_new_values(root: Any) -> None:
    root.VALUES = [(f"before {i}", i + 10**6) for i in range(3000)]
    before = refgraph.capture(collect=True)
    root.VALUES.clear()
    root.VALUES.extend((f"after {i}", i + 10**7) for i in range(3000))
    growth = refgraph.capture(collect=True).growth(since=before)
    rows = {row.type: row for row in growth.types()}
    for name in ("str", "int", "tuple"):
        assert rows[name].born >= 3000
        assert rows[name].died >= 3000


def test_what_still_fools_it_is_as_documented(root: Any) -> None:
    """The same type, age, place and holder: neither born nor died, and the sums are right."""
    root.ITEMS = [Leaked(1) for _ in range(1000)]
    before = refgraph.capture(collect=True)
    addresses = {id(item) for item in root.ITEMS}
    for i in range(1000):
        root.ITEMS[i] = None
        root.ITEMS[i] = Leaked(1)
    kept = sum(id(item) in addresses for item in root.ITEMS)
    growth = refgraph.capture(collect=True).growth(since=before)
    if REUSES_ADDRESSES:
        assert kept > 900
    rows = [row for row in growth.types() if row.type == "leaks.Leaked"]
    assert sum(row.born for row in rows) <= 1000 - kept + 10
    assert_adds_up(growth)
    assert "in its place, is as old by now, and is" in str(Growth.__doc__)


def test_lasting_is_after_minus_before_and_later(root: Any) -> None:
    root.OLD = [Leaked() for _ in range(10)]
    before = refgraph.capture(collect=True)
    root.NEW = [Leaked() for _ in range(100)]
    gone = [Leaked() for _ in range(50)]
    after = refgraph.capture(collect=True)
    del gone
    root.OLD.pop()
    root.LATER = [Leaked() for _ in range(70)]
    later = refgraph.capture(collect=True)
    lasting = after.growth(since=before).lasting(later)
    leaked = {node for node in lasting if node.type == "leaks.Leaked"}
    expected = {later.node(item) for item in root.NEW}
    assert leaked >= expected
    assert len(leaked - expected) <= 50 + 10  # of `gone`, at addresses that were used again
    assert not leaked & {later.node(item) for item in root.OLD}
    with pytest.raises(ValueError, match="later must have been captured after"):
        later.growth(since=after).lasting(before)


# ---- what a caller may do wrong ----------------------------------------------------------------


def test_bad_arguments_are_refused(root: Any) -> None:
    before = refgraph.capture()
    after = refgraph.capture()
    with pytest.raises(ValueError, match="since must be the earlier snapshot"):
        before.growth(since=after)
    for wrong in (None, 7, "before", before._graph):
        with pytest.raises(TypeError, match="since must be an earlier Snapshot"):
            after.growth(since=wrong)  # type: ignore[arg-type]
    growth = after.growth(since=before)
    for limit in (0, -1):
        with pytest.raises(ValueError, match="limit must be at least 1"):
            growth.suspects(limit=limit)
    with pytest.raises(TypeError, match="limit"):
        growth.suspects(limit="3")  # type: ignore[arg-type]
    with pytest.raises(IndexError):
        growth[len(growth)]
    with pytest.raises(IndexError):
        growth.suspects()[3]
    with pytest.raises(TypeError, match="before must be a Graph"):
        after._graph.growth(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        after._graph.lasting(before._graph, None)  # type: ignore[arg-type]
    for index in (-1, len(growth)):
        with pytest.raises(IndexError, match="no point"):
            growth._found.point(index)
        with pytest.raises(IndexError, match="no point"):
            growth._found.nodes(index)
    with pytest.raises(TypeError):
        type(growth._found)()


def test_a_snapshot_has_not_grown_since_itself() -> None:
    snapshot = refgraph.capture()
    growth = snapshot.growth(since=snapshot)
    assert len(growth) == 0
    assert (growth.delta, growth.delta_size, growth.seconds) == (0, 0, 0)
    assert len(growth.types()) == 0
    assert len(growth.suspects()) == 0
    assert len(growth.lasting(snapshot)) == 0
    assert str(growth).startswith("0 B in 0.00 s (0 objects more)")


def test_tables_and_words_hold_what_they_say(root: Any) -> None:
    root.CACHE = {}
    growth = grown(root, lambda: root.CACHE.update({i: Leaked() for i in range(500)}))
    assert growth._repr_html_().count("<table") == 1
    assert repr(growth).startswith("<Growth: +")
    assert repr(growth[0]).startswith("<GrowthPoint: sys.modules['refgraph_test_root'].CACHE")
    assert repr(growth.suspects()[0]).startswith("<GrowthSuspect: ")
    assert repr(growth.suspects(limit=1)).startswith("<Suspects: 1 suspect")
    assert [p.id for p in growth[:2]] == [growth[0].id, growth[1].id]
    assert growth.suspects()[0].share > 0.5
    for table in (growth.types(), growth.places(), growth.owners()):
        assert max(map(len, str(table).split("\n"))) <= 100


def test_growth_does_not_force_a_collection() -> None:
    seen: list[str] = []

    def spy(phase: str, info: dict[str, int]) -> None:
        seen.append(phase)

    gc.disable()
    gc.callbacks.append(spy)
    try:
        before = refgraph.capture()
        str(refgraph.capture().growth(since=before).suspects())
    finally:
        gc.callbacks.remove(spy)
        gc.enable()
    assert not seen


def test_later_must_be_a_snapshot(root: Any) -> None:
    before = refgraph.capture()
    growth = refgraph.capture().growth(since=before)
    with pytest.raises(TypeError, match="later must be a Snapshot, not 'NoneType'"):
        growth.lasting(None)  # type: ignore[arg-type]


def test_that_no_type_has_grown_is_told(root: Any) -> None:
    root.items = [Leaked() for _ in range(100)]
    snap = refgraph.capture()
    growth = Growth(snap, snap)
    assert (growth.delta, growth.delta_size) == (0, 0)
    assert str(growth) == f"{growth._headline()}\n\nNo type has grown."
    root.items += [Leaked() for _ in range(100)]
    assert "No type has grown." not in str(refgraph.capture().growth(since=snap))
