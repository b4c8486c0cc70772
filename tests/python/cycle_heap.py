"""Random object graphs of a plain interpreter: what a report says of their cycles, beside what the
collector does to them.

    cycle_heap.py [seed [first round [rounds [graphs of a round]]]]

prints one JSON object: counts, and what went wrong, each with the arguments that show it again.

A round builds some graphs, which share nothing, with collections in between, drops most of what
holds them, and captures. The collector's own answer is `gc.garbage` after `gc.collect()` under
DEBUG_SAVEALL; every third round asks instead, for each generation, what a collection really leaves.
"""

from __future__ import annotations

import collections
import datetime
import functools
import gc
import itertools
import json
import random
import sys
import types
import weakref
from typing import Any, Callable

import refgraph

KEPT: list[Any] = []  # what is in use
WEAK: list[Any] = []  # weak references from elsewhere, with callbacks

Ids = dict[int, list[int]]


# ---- what graphs are made of ---------------------------------------------------------------------


class Plain:
    pass


class Slotted:
    __slots__ = ("__weakref__", "a", "b", "c")


class Finalized(Plain):
    def __del__(self) -> None:
        self.note = 1


class Dropping(Plain):
    """Its finalizer makes no object: a new dict that holds something would be a resurrection."""

    def __del__(self) -> None:
        self.a = None


class ListChild(list):  # type: ignore[type-arg]
    pass


class Zone(datetime.tzinfo):
    """A datetime refers to it, and does not tell the collector."""


def plain_generator(a: Any) -> Any:
    while True:
        a = yield  # noqa: F841 (a local that holds)


def careful_generator(a: Any) -> Any:
    b = None
    try:
        while True:
            b = yield
    finally:
        a = [a, b]


def idle_generator(a: Any) -> Any:
    yield a


@types.coroutine
def pause() -> Any:
    return (yield)


async def coroutine(a: Any) -> Any:
    while True:
        a = await pause()  # noqa: F841


def started(suspended: Any) -> Any:
    suspended.send(None)
    return suspended


def closure(a: Any) -> Any:
    def inner() -> Any:
        return a

    return inner


def failure(a: Any) -> Any:
    """An exception with the frame of this function, which holds `a`."""
    try:
        raise ValueError
    except ValueError as error:
        return error


def shown(a: Any) -> Any:
    """An instance whose dict somebody has asked for."""
    made = Plain()
    made.a = a  # type: ignore[attr-defined]
    vars(made)
    return made


def with_dict(a: Any) -> Any:
    made = Plain()
    made.__dict__ = {"a": a}
    return made


def local_class(a: Any) -> Any:
    class Local(Plain):
        held = a

        def again(self) -> Any:
            return super().__init__()

    return Local()


def timed(a: Any) -> Any:
    zone = Zone()
    zone.a = a  # type: ignore[attr-defined]
    zone.when = datetime.datetime(2020, 1, 1, tzinfo=zone)  # type: ignore[attr-defined]
    return zone


def weakly(a: Any) -> Any:
    target = Plain()
    return [target, weakref.ref(target, closure(a)), weakref.WeakSet([target])]


def weak_keys(a: Any) -> Any:
    target = Plain()
    return [target, weakref.WeakKeyDictionary({target: a})]


def instance(class_: type) -> Callable[[Any], Any]:
    def make(a: Any) -> Any:
        made = class_()
        made.a = a
        return made

    return make


def bare(class_: type) -> Callable[[Any], Any]:
    return lambda a: class_()


MAKERS: list[tuple[int, Callable[[Any], Any]]] = [
    (12, instance(Plain)),
    (4, instance(Slotted)),
    (3, instance(Finalized)),
    (3, instance(Dropping)),
    (3, shown),
    (2, with_dict),
    (5, lambda a: [a]),
    (5, lambda a: {"a": a}),
    (3, lambda a: (a, [a])),
    (2, bare(set)),
    (1, lambda a: ListChild([a])),
    (1, lambda a: collections.deque([a])),
    (1, lambda a: collections.OrderedDict(a=a)),
    (1, lambda a: types.SimpleNamespace(a=a)),
    (3, types.CellType),
    (3, closure),
    (2, lambda a: functools.partial(closure, a)),
    (2, lambda a: types.MethodType(closure, a)),
    (2, lambda a: started(plain_generator(a))),
    (2, lambda a: started(careful_generator(a))),
    (1, idle_generator),
    (1, lambda a: started(coroutine(a))),
    (1, failure),
    (1, weakly),
    (1, weak_keys),
    (1, lambda a: itertools.chain([a], [a])),
    (1, local_class),
    (0, timed),  # in some rounds
]
LINKS = ("a", "b", "c")


def link(choose: random.Random, holder: Any, target: Any) -> None:
    """Let one refer to the other, if it can."""
    if isinstance(holder, (ListChild, list, collections.deque)):
        holder.append(target)
    elif isinstance(holder, dict):
        holder[choose.choice(LINKS)] = target
    elif isinstance(holder, set):
        if isinstance(target, (Plain, Slotted, types.FunctionType)):
            holder.add(target)
    elif isinstance(holder, types.CellType):
        holder.cell_contents = target
    elif isinstance(holder, types.FunctionType):
        if holder.__closure__ and choose.random() < 0.7:
            holder.__closure__[0].cell_contents = target
        else:
            holder.a = target  # type: ignore[attr-defined]
    elif isinstance(holder, (types.GeneratorType, types.CoroutineType)):
        if getattr(holder, "gi_code", None) is not idle_generator.__code__:
            holder.send(target)
    elif isinstance(
        holder, (Plain, Slotted, Zone, types.SimpleNamespace, BaseException, functools.partial)
    ):
        setattr(holder, choose.choice(LINKS), target)


def build(choose: random.Random, makers: list[Callable[[Any], Any]]) -> list[Any]:
    """One graph: its objects; those that are to stay in use are in KEPT."""
    made: list[Any] = [Plain()]
    density = choose.choice((0.3, 0.6, 1))
    for _ in range(choose.choice((2, 3, 5, 8, 13, 25, 40))):
        made.append(choose.choice(makers)(choose.choice(made)))
        if choose.random() < density:
            link(choose, choose.choice(made), made[-1])
        if choose.random() < 0.03:
            gc.collect(choose.randrange(3))
    for _ in range(choose.randrange(2 * len(made))):
        link(choose, choose.choice(made), choose.choice(made))
    for obj in made:
        if choose.random() < 0.05 and isinstance(obj, Plain):
            vars(obj)
    if choose.random() < 0.3:
        KEPT.extend(obj for obj in made if choose.random() < 0.15)
    if choose.random() < 0.3:
        WEAK.extend(weakref.ref(obj, id) for obj in made if isinstance(obj, (Plain, Slotted)))
    return made


def build_all(choose: random.Random, graphs: int) -> None:
    freezes = choose.randrange(graphs) if choose.random() < 0.2 else None
    has_zones = choose.random() < 0.2
    makers = [make for weight, make in MAKERS for _ in range(weight or has_zones)]
    for number in range(graphs):
        build(choose, makers)
        if choose.random() < 0.15:
            gc.collect(choose.randrange(3))
        while KEPT and choose.random() < 0.2:
            KEPT.pop(choose.randrange(len(KEPT)))
        if number == freezes:
            gc.freeze()


# ---- what is said, and what the collector does ---------------------------------------------------


class Said:
    """A report in addresses alone, so that it stays true when objects die."""

    def __init__(self, snapshot: refgraph.Snapshot) -> None:
        report = snapshot.cycles(in_use=False)
        self.garbage = {node.address for node in report.garbage if node.is_tracked}
        self.cycles = [Cycle(cycle) for cycle in report]
        self.isolated = [cycle for cycle in self.cycles if cycle.isolated]
        self.others = {a for cycle in self.cycles if not cycle.isolated for a in cycle.members}
        in_use = snapshot.cycles(in_use=True)
        self.in_use = {node.address for cycle in in_use for node in cycle.members}
        self.forgotten: dict[int, int] = {}  # dicts that garbage instances do not report, of whom
        self.referrers: Ids = {}
        self.closing: set[int] = set()
        for node in report.garbage:
            for edge in node.referents:
                if edge.name == ".__dict__" and edge.target.is_unseen:
                    self.forgotten[edge.target.address] = node.address
            if node.type in ("generator", "coroutine") or node.type.endswith(".Dropping"):
                self.closing.add(node.address)
                self.closing |= {e.target.address for e in node.referents if e.name == ".__dict__"}
            self.referrers[node.address] = [
                edge.source.address for edge in node.referrers if edge.strength != "weak"
            ]


class Cycle:
    def __init__(self, cycle: refgraph.Cycle) -> None:
        self.text = str(cycle)
        self.isolated = cycle.isolated
        self.cross_generation = cycle.cross_generation
        self.frozen = cycle.frozen
        self.members = {node.address for node in cycle.members if node.is_tracked}
        self.survives = [cycle.survives(generation) for generation in (0, 1, 2)]


def referents(wanted: set[int]) -> Ids:
    """What tracked objects report, by address, among the wanted ones."""
    return {
        id(obj): [id(to) for to in gc.get_referents(obj) if id(to) in wanted]
        for obj in gc.get_objects()
        if id(obj) in wanted
    }


def components(graph: Ids) -> set[frozenset[int]]:
    """Strongly connected components with an edge: Kosaraju's algorithm."""
    order: list[int] = []
    seen: set[int] = set()
    for start in graph:
        stack = [(start, iter([start]))]
        while stack:
            node, rest = stack[-1]
            for to in rest:
                if to not in seen:
                    seen.add(to)
                    stack.append((to, iter(graph[to])))
                    break
            else:
                stack.pop()
                if stack:
                    order.append(node)
    back: Ids = {node: [] for node in graph}
    for node, targets in graph.items():
        for to in targets:
            back[to].append(node)
    found: set[frozenset[int]] = set()
    placed: set[int] = set()
    for start in reversed(order):
        if start in placed:
            continue
        placed.add(start)
        members, left = [start], [start]
        while left:
            for to in back[left.pop()]:
                if to not in placed:
                    placed.add(to)
                    members.append(to)
                    left.append(to)
        if len(members) > 1 or start in graph[start]:
            found.add(frozenset(members))
    return found


def collect(generation: int) -> tuple[set[int], set[int]]:
    """Addresses of what is in gc.garbage, and of what is alive, after a collection."""
    found: set[int] = set()  # before, or they would lie where something has died
    alive: set[int] = set()
    gc.collect(generation)
    found.update(map(id, gc.garbage))
    gc.unfreeze()  # or gc.get_objects() would not give it all
    alive.update(map(id, gc.get_objects()))
    return found, alive


def save_all() -> tuple[set[int], set[int]]:
    """What a full collection finds, by its own word, and what is alive after it."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        return collect(2)
    finally:
        gc.set_debug(0)


def release() -> None:
    """Free what DEBUG_SAVEALL has kept: finalizers have run, callbacks are gone."""
    gc.garbage.clear()
    gc.collect()


# ---- rounds --------------------------------------------------------------------------------------

Count = collections.Counter


def check_garbage(count: Count[str], wrong: list[str]) -> None:
    """The set is exact, and so is its partition into cycles."""
    said = Said(refgraph.capture())
    edges = referents(said.garbage)
    found, alive = save_all()
    if set(edges) != said.garbage:
        wrong.append("garbage that the collector does not track")
    if found - said.garbage:
        wrong.append(f"not said to be garbage: {words(found - said.garbage)}")
    dropped = said.garbage - found
    for address in dropped:
        # it died while finalizers ran: each holder was closed, or died so itself
        holders = said.referrers[address]
        if address in alive:
            wrong.append(f"said to be garbage: {words({address})}")
        elif not holders or not set(holders) <= said.closing | dropped:
            wrong.append("an object died that no finalizer can have dropped")
    for forgotten, owner in said.forgotten.items():
        if forgotten in found | said.garbage or (owner in found and forgotten not in alive):
            wrong.append("a dict that its instance forgets is collected")
    members: list[int] = [address for cycle in said.isolated for address in cycle.members]
    if not set(members) <= said.garbage:
        wrong.append("a member of an isolated cycle is no garbage")
    if len(members) != len(set(members)):
        wrong.append("an object is in two cycles")
    if {frozenset(cycle.members) for cycle in said.isolated} != components(edges):
        wrong.append("the cycles are not the components of what objects report")
    if found & (said.others | said.in_use):
        wrong.append(f"not isolated: {words(found & (said.others | said.in_use))}")
    count["garbage"] += len(found)
    count["dropped by finalizers"] += len(dropped)
    count["isolated cycles"] += len(said.isolated)
    count["other cycles"] += len(said.cycles) - len(said.isolated)
    count["frozen cycles"] += sum(cycle.frozen for cycle in said.cycles)
    count["forgotten dicts"] += len(said.forgotten)
    frozen = {a for cycle in said.cycles if cycle.frozen for a in cycle.members}
    gc.garbage.clear()
    if frozen:
        check_thawed(frozen, wrong)


def check_thawed(frozen: set[int], wrong: list[str]) -> None:
    """What was frozen garbage is garbage like any other, and gc.collect() frees it."""
    said = Said(refgraph.capture())
    if not frozen <= said.garbage:
        wrong.append("frozen garbage is none after gc.unfreeze()")
    _, alive = collect(2)
    if frozen & alive:
        wrong.append("gc.collect() does not free what was frozen garbage")


def check_survivors(count: Count[str], wrong: list[str], generations: tuple[int, ...]) -> None:
    """Collections leave what they are said to leave."""
    for generation in generations:
        said = Said(refgraph.capture())
        _, alive = collect(generation)
        for cycle in said.cycles:
            left = len(cycle.members & alive)
            stays = cycle.survives[generation]
            if left != (len(cycle.members) if stays else 0):
                of = f"{left} of {len(cycle.members)}"
                wrong.append(f"{of} survive gc.collect({generation}):\n{cycle.text}")
            word = "survive" if stays else "do not survive"
            count[f"{word} gc.collect({generation})"] += 1
            count["cross-generation"] += cycle.cross_generation


def words(objects: set[int]) -> str:
    """The types of tracked objects, where they are alive."""
    return ", ".join(
        sorted(type(obj).__name__ for obj in gc.get_objects() if id(obj) in objects)[:10]
    )


def one_round(choose: random.Random, graphs: int, count: Count[str]) -> list[str]:
    wrong: list[str] = []
    gc.collect()
    build_all(choose, graphs)
    kind = choose.randrange(3)
    if kind:
        check_garbage(count, wrong)
    else:
        check_survivors(count, wrong, choose.choice(((0, 1, 2), (1, 2), (2,), (0, 0, 1))))
    KEPT.clear()
    WEAK.clear()
    for obj in gc.get_objects():
        if type(obj) is Zone:
            vars(obj).clear()
    release()
    return wrong


def main(seed: int = 1, first: int = 0, rounds: int = 200, graphs: int = 10) -> None:
    gc.disable()
    count: Count[str] = Count()
    wrong: list[str] = []
    Said(refgraph.capture())  # so that whatever is imported or cached the first time is there
    for number in range(first, first + rounds):
        seen = one_round(random.Random(seed * 1_000_003 + number), graphs, count)
        wrong += [f"cycle_heap.py {seed} {number} 1 {graphs}: {line}" for line in seen]
    print(json.dumps({"graphs": rounds * graphs, "wrong": wrong, **count}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
