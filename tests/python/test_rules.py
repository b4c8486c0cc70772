"""Rules that give edges another strength, and those for the standard library."""

from __future__ import annotations

import collections
import fnmatch
import functools
import json
import linecache
import re
import subprocess
import sys
import types
import typing
import warnings
import weakref

import pytest

from refgraph import _core

OWN, FRAME, INFRASTRUCTURE, WEAK = range(4)


class Session:
    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.other = owner

    REGISTRY: typing.ClassVar[list[object]] = []


class Child(Session):
    pass


class Slots:
    __slots__ = ("owner",)


class Mapping(collections.UserDict):  # type: ignore[type-arg]
    pass


class Target:
    pass


HERE = __name__


def strengths(graph: _core.Graph, target: object) -> dict[str, int]:
    """The strength of each edge that leads to an object, by its name."""
    node = graph.find(id(target))
    assert node is not None
    return {edge[3]: edge[4] for edge in graph.referrers(node)}


# Up to 3.10 instances keep their attributes in a dict: it is its entry that has the name.
OWNER, OTHER = (".owner", ".other") if sys.version_info >= (3, 11) else ("['owner']", "['other']")


def test_a_rule_for_an_attribute_covers_instances_and_those_of_subclasses() -> None:
    targets = [Target() for _ in range(3)]
    sessions = [Session(targets[0]), Child(targets[1])]
    slots = Slots()
    slots.owner = targets[2]
    rules = [(f"{HERE}.Session.owner", WEAK), (f"{HERE}.Slots.owner", FRAME)]
    graph = _core.capture("refgraph", rules)
    for target in targets[:2]:
        assert strengths(graph, target)[OWNER] == WEAK
        assert strengths(graph, target)[OTHER] == OWN
    assert strengths(graph, targets[2])[".owner"] == FRAME
    assert graph.rule_matches == [2, 1]
    del sessions


def test_a_rule_for_an_attribute_covers_a_materialised_dict() -> None:
    target = Target()
    session = Session(target)
    vars(session)["more"] = 1
    graph = _core.capture("refgraph", [(f"{HERE}.Session.owner", WEAK)])
    owners = [edge for edge in graph.referrers(graph.find(id(target)) or 0) if "owner" in edge[3]]
    assert owners
    assert all(edge[4] == WEAK for edge in owners)


def test_a_rule_for_a_variable_covers_the_edge_from_its_module(root: types.ModuleType) -> None:
    target = Target()
    root.CACHE = {"k": target}  # type: ignore[attr-defined]
    root.OTHER = root.CACHE  # type: ignore[attr-defined]
    graph = _core.capture("refgraph", [(f"{root.__name__}.CACHE", INFRASTRUCTURE)])
    assert strengths(graph, root.CACHE)["['CACHE']"] == INFRASTRUCTURE  # type: ignore[attr-defined]
    assert strengths(graph, root.CACHE)["['OTHER']"] == OWN  # type: ignore[attr-defined]
    assert strengths(graph, target)["['k']"] == OWN
    assert graph.rule_matches == [1]


def test_a_star_in_brackets_covers_what_a_container_holds(root: types.ModuleType) -> None:
    targets = [Target() for _ in range(6)]

    @functools.lru_cache(maxsize=3)
    def cached(key: object) -> object:
        return targets[4]

    cached("k")
    root.D = {targets[0]: targets[1]}  # type: ignore[attr-defined]
    root.L = [targets[2]]  # type: ignore[attr-defined]
    root.S = {targets[3]}  # type: ignore[attr-defined]
    root.C = cached  # type: ignore[attr-defined]
    root.Q = collections.deque([targets[5]])  # type: ignore[attr-defined]
    name = root.__name__
    rules = [(f"{name}.{variable}[*]", WEAK) for variable in "DLSCQ"]
    graph = _core.capture("refgraph", rules)
    for target in targets:
        node = graph.find(id(target))
        assert node is not None
        assert WEAK in [edge[4] for edge in graph.referrers(node)]
    assert all(count >= 1 for count in graph.rule_matches)


def test_a_path_of_several_steps_is_followed(root: types.ModuleType) -> None:
    target = Target()
    root.POOL = Mapping({"a": [Session(target)]})  # type: ignore[attr-defined]
    rules = [(f"{root.__name__}.POOL.data[*][*].owner", WEAK)]
    graph = _core.capture("refgraph", rules)
    assert strengths(graph, target)[OWNER] == WEAK
    assert strengths(graph, target)[OTHER] == OWN
    assert graph.rule_matches == [1]


def test_the_variable_of_a_class_is_named_like_an_attribute() -> None:
    graph = _core.capture("refgraph", [(f"{HERE}.Session.REGISTRY", WEAK)])
    found = strengths(graph, Session.REGISTRY)
    assert set(found.values()) == {WEAK}
    assert graph.rule_matches == [1]


def test_a_star_stands_for_any_module(root: types.ModuleType) -> None:
    root.rule_test_variable = Target()  # type: ignore[attr-defined]
    graph = _core.capture("refgraph", [("*.rule_test_variable", WEAK)])
    assert WEAK in strengths(graph, root.rule_test_variable).values()  # type: ignore[attr-defined]
    assert graph.rule_matches == [1]


def test_the_later_of_two_rules_counts(root: types.ModuleType) -> None:
    root.X = Target()  # type: ignore[attr-defined]
    name = f"{root.__name__}.X"
    graph = _core.capture("refgraph", [(name, WEAK), (name, INFRASTRUCTURE)])
    assert INFRASTRUCTURE in strengths(graph, root.X).values()  # type: ignore[attr-defined]
    graph = _core.capture("refgraph", [(name, INFRASTRUCTURE), (name, WEAK)])
    assert WEAK in strengths(graph, root.X).values()  # type: ignore[attr-defined]


def test_a_rule_that_matches_nothing_is_counted_as_such() -> None:
    rules = [("nowhere.NOTHING", WEAK), ("nowhere.Type.attribute[*]", WEAK)]
    graph = _core.capture("refgraph", rules)
    assert graph.rule_matches == [0, 0]


def test_a_rule_changes_no_reference_count_and_leaves_none_unexplained(
    root: types.ModuleType,
) -> None:
    target = Target()
    root.X = [target]  # type: ignore[attr-defined]
    rules = [(f"{root.__name__}.X[*]", WEAK)]
    for graph in (_core.capture("refgraph"), _core.capture("refgraph", rules)):
        node = graph.find(id(target))
        assert node is not None
        assert not [r for r in graph.roots() if r[0] == "native" and r[1] == node]
    assert WEAK in strengths(graph, target).values()


def test_a_weak_reference_is_not_made_strong() -> None:
    target = Target()
    ref = weakref.ref(target)
    graph = _core.capture("refgraph", [("weakref.ReferenceType.weak", OWN)])
    assert strengths(graph, target)["weak"] == WEAK
    del ref


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "empty"),
        ("cache", "no dot"),
        (".cache", "before a dot"),
        ("app.", "behind the last dot"),
        ("app..x", "before a dot"),
        ("app.x[0]", "hold a star"),
        ("app.x[*", "hold a star"),
        ("app.x[*]y", 'behind "[*]"'),
        ("app[*]", "follows a name"),
        ("app.[*]", "follows a name"),
        ("app.x]", 'behind "[*]"'),
        ("app.x[*].", "behind the last dot"),
    ],
)
def test_a_bad_pattern_is_refused_with_what_is_wrong_and_a_right_one(
    pattern: str, words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        _core.capture("refgraph", [("app.x", WEAK), (pattern, WEAK)])
    assert "rule 1" in str(raised.value)
    assert "app.CACHE[*]" in str(raised.value)


@pytest.mark.parametrize("strength", [-1, 4, 1000])
def test_a_strength_that_is_none_is_refused(strength: int) -> None:
    with pytest.raises(ValueError, match="none of the four"):
        _core.capture("refgraph", [("app.x", strength)])


@pytest.mark.parametrize("rules", [["app.x"], [("app.x",)], [(1, 1)], 3, [("app.x", "weak")]])
def test_what_is_no_rule_is_refused(rules: object) -> None:
    with pytest.raises(TypeError):
        _core.capture("refgraph", rules)  # type: ignore[arg-type]


def test_names_with_any_character_are_compared_as_they_are(root: types.ModuleType) -> None:
    root.größe = Target()
    graph = _core.capture("refgraph", [(f"{root.__name__}.größe", WEAK)])
    assert graph.rule_matches == [1]


# ---- the standard library ----


def test_caches_of_the_standard_library_are_infrastructure_unless_asked() -> None:
    re.compile("a rule test")
    fnmatch.fnmatch("x", "rule*")
    linecache.getlines(__file__)
    caches = [re._cache, linecache.cache]  # type: ignore[attr-defined]
    for use_defaults in (True, False):
        graph = _core.capture("refgraph", (), use_defaults)
        for cache in caches:
            node = graph.find(id(cache))
            assert node is not None
            entries = [e for e in graph.referents(node) if e[3].startswith("[")]
            assert entries
            expected = INFRASTRUCTURE if use_defaults else OWN
            assert {e[4] for e in entries} == {expected}


def test_what_a_finalizer_waits_for_is_held_by_infrastructure() -> None:
    target = Target()
    subject = Session(None)
    finalizer = weakref.finalize(subject, print, target)
    graph = _core.capture("refgraph")
    info = weakref.finalize._registry[finalizer]  # type: ignore[attr-defined]
    found = strengths(graph, info)
    assert set(found.values()) <= {INFRASTRUCTURE, FRAME}
    finalizer.detach()


def test_warning_registries_are_infrastructure() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("a rule test", UserWarning, stacklevel=1)
    registry = globals()["__warningregistry__"]
    graph = _core.capture("refgraph")
    assert strengths(graph, registry)["['__warningregistry__']"] == INFRASTRUCTURE


PROGRAM = """
import fnmatch, functools, inspect, json, linecache, logging, re, sys, tokenize, typing
import weakref, copyreg, ctypes, warnings, urllib.parse, concurrent.futures
from refgraph import _core
re.compile("x1"); re.sub("a", r"\\\\g<0>", "a")
fnmatch.fnmatch("a", "b*"); linecache.getlines(re.__file__)
typing.Dict[str, int]; typing.Optional[int]; inspect.getmodule(sys._getframe())
logging.basicConfig(); handler = logging.StreamHandler(); handler.set_name("x")
ctypes.POINTER(ctypes.c_int)
ctypes.CFUNCTYPE(ctypes.c_int); urllib.parse.urlsplit("http://x/y")
pool = concurrent.futures.ThreadPoolExecutor(1); pool.submit(int).result()
class A: pass
a = A(); weakref.finalize(a, repr, 1)
patterns = json.loads(sys.argv[1])
graph = _core.capture("refgraph", [(p, 2) for p in patterns])
print(json.dumps(dict(zip(patterns, graph.rule_matches))))
pool.shutdown()
"""


def test_the_rules_for_the_standard_library_name_something() -> None:
    patterns = [
        "re._cache[*]",
        "fnmatch._compile_pattern[*]",
        "linecache.cache[*]",
        "typing._cleanups[*].__self__[*]",
        "weakref.finalize._registry[*]",
        "logging._handlers.data[*]",
        "logging._handlerList[*]",
        "copyreg.dispatch_table[*]",
        "encodings._cache[*]",
        "sys.path_importer_cache[*]",
        "inspect.modulesbyfile[*]",
        "concurrent.futures.thread._threads_queues.data[*]",
        "ctypes._c_functype_cache[*]",
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(patterns)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    matches = json.loads(done.stdout.splitlines()[-1])
    assert [pattern for pattern, count in matches.items() if not count] == []
