"""`refgraph.objgraph`: the text of its pictures. Where objgraph is installed, beside it."""

from __future__ import annotations

import collections
import functools
import gc
import io
import re
import sys
import types
import weakref
from typing import Any, Callable

import pytest

import refgraph.objgraph as objgraph


class Session:
    """What the tests draw."""

    def __init__(self, **attributes: object) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def method(self) -> None:
        """For bound methods."""


def dot(show: Callable[..., Any], *args: Any, **keywords: Any) -> str:
    """The text of a picture."""
    out = io.StringIO()
    assert show(*args, output=out, **keywords) is None
    return out.getvalue()


def edges(text: str) -> dict[tuple[int, int], list[str]]:
    """Labels by the ids of source and target, "" for none."""
    found: dict[tuple[int, int], list[str]] = {}
    attributes = r'(?: \[label="((?:[^"\\]|\\.)*)".*\])?'
    for source, target, label in re.findall(rf"(?m)^  o(\d+) -> o(\d+){attributes};$", text):
        found.setdefault((int(source), int(target)), []).append(label)
    return found


def label_of(source: object, target: object, **keywords: Any) -> str:
    """The labels between two objects in the picture of what the source refers to."""
    found = edges(dot(objgraph.show_refs, [source], max_depth=1, too_many=100, **keywords))
    return " | ".join(found[id(source), id(target)])


# ---- the text ----


def test_text_is_that_of_objgraph_byte_for_byte():
    leaf: tuple[object, ...] = (5, 6, "x")
    holder = {"leaf": leaf}
    name, child = f"o{id(holder)}", f"o{id(leaf)}"
    text = dot(objgraph.show_refs, [holder], max_depth=2, too_many=2, filter=lambda o: o is leaf)
    assert text == (
        "digraph ObjectGraph {\n"
        "  node[shape=box, style=filled, fillcolor=white];\n"
        f"  {name}[fontcolor=red];\n"
        f'  {name}[label="dict\\n1 items"];\n'
        f'  {name}[fillcolor="0,0,1"];\n'
        f'  {name} -> {child} [label="leaf",weight=2];\n'
        f'  {child}[label="tuple\\n3 items"];\n'
        f'  {child}[fillcolor="0,0,0.65"];\n'
        "}\n"
    )


def test_too_many_become_one_node_on_either_side():
    moo = "a text that nothing else has"
    holders = [[moo] for _ in range(42)]
    text = dot(objgraph.show_backrefs, [moo], max_depth=1, too_many=5)
    stub = f"too_many_o{id(moo)}"
    assert f"  {stub}->o{id(moo)}[color=red,style=dotted,len=0.25,weight=10];\n" in text
    assert re.search(
        rf'  {stub}\[label="\d+ more backreferences",shape=box,height=0.25,color=red,'
        r'fillcolor="0,1,0.3",fontsize=6\];\n' + rf"  {stub}\[fontcolor=white\];\n",
        text,
    )
    assert len(edges(text)) == 5
    text = dot(objgraph.show_refs, [holders[0] * 9], max_depth=3, too_many=0)
    assert '"9 more references"' in text
    assert not edges(text)


def test_depth_nothing_is_the_roots_alone():
    text = dot(objgraph.show_refs, [[1], (2,)], max_depth=0)
    assert not edges(text)
    assert text.count("[fontcolor=red]") == 2
    single = dot(objgraph.show_refs, Session(), max_depth=0)
    assert 'label="Session\\n' in single


def test_a_module_is_green_and_not_followed_backwards(root):
    root.held = target = Session()
    text = dot(objgraph.show_backrefs, [target], max_depth=9)
    assert f'  o{id(root)}[fillcolor="0.3,1,' in text
    assert not [pair for pair in edges(text) if pair[1] == id(root)]


def test_highlight_extra_info_and_attributes_are_written():
    target = Session()
    text = dot(
        objgraph.show_refs,
        [target],
        max_depth=0,
        highlight=lambda o: o is target,
        extra_info=lambda o: 'line "one"\nand \\ two\0',
        extra_node_attrs=lambda o: {"url": "http://e.com", "shape": "diamond", "no": None, "n": 3},
        shortnames=False,
    )
    assert f'[label="{__name__}.Session\\n<' in text
    assert r'\nline \"one\"\nand \\ two\\0", n="3", shape="diamond", url="http://e.com"];' in text
    assert f'  o{id(target)}[fillcolor="0.6,0.6,1"];\n' in text


def test_a_finalizer_is_marked_on_instances_only():
    class Closing:
        def __del__(self) -> None:
            pass

    target = Closing()
    text = dot(objgraph.show_refs, [target, Closing], max_depth=0)
    name = f"o{id(target)}"
    assert (
        f"  {name}->{name}_has_a_del[color=red,style=dotted,len=0.25,weight=10];\n"
        f'  {name}_has_a_del[label="__del__",shape=doublecircle,height=0.25,color=red,'
        'fillcolor="0,.5,1",fontsize=6];\n'
    ) in text
    assert text.count("_has_a_del[label") == 1


def test_refcounts_are_without_those_of_the_picture():
    target = object()
    holders = [[target] for _ in range(3)]

    def is_shown(show: Any, given: object, count: int) -> None:
        out = io.StringIO()
        show(given, max_depth=2, refcounts=True, output=out)
        assert f'[label="object [{count}]\\n' in out.getvalue()
        assert (
            show is objgraph.show_refs or f'o{id(holders[0])}[label="list [1]\\n' in out.getvalue()
        )

    for show in (objgraph.show_backrefs, objgraph.show_refs):
        is_shown(show, [target], 5)  # the local, three lists, the list given
        out = io.StringIO()
        show(target, max_depth=2, refcounts=True, output=out)
        assert '[label="object [4]\\n' in out.getvalue()
    with objgraph.one_capture():
        roots = [target]
        for _ in range(2):
            is_shown(objgraph.show_backrefs, roots, 5)
    roots.clear()
    for backrefs in (True, False):
        out = io.StringIO()
        chain = [target]
        objgraph.show_chain(chain, chain, backrefs=backrefs, refcounts=True, output=out)
        assert '[label="object [5]\\n' in out.getvalue()  # with the chain


# ---- names of references ----


def test_attributes_items_keys_slots_and_cells_have_names():
    class Slotted:
        __slots__ = ("one", "two")

    leaf = [1]
    slotted = Slotted()
    slotted.two = leaf

    def outer() -> Callable[[], object]:
        return lambda: leaf

    closure = outer()
    assert closure.__closure__
    kept = frozenset([7, "seven"])
    queue = collections.deque([0, leaf])
    attributes = Session(name=leaf)
    if sys.version_info >= (3, 11):
        assert label_of(attributes, leaf) == "name"
    else:
        assert label_of(attributes, vars(attributes)) == "__dict__"
        assert label_of(vars(attributes), leaf) == "name"
    items = [0, leaf, 2]
    assert label_of(items, leaf) == "[1]"
    pair = (leaf, leaf)
    assert label_of(pair, leaf) == "[0] | [1]"
    keyed = {kept: leaf}
    assert label_of(keyed, kept) == "key"
    assert label_of(keyed, leaf).startswith("frozenset\\nfrozenset({")
    assert label_of(slotted, leaf) == "two"
    assert label_of(closure.__closure__[0], leaf) == "cell_contents"
    assert label_of(queue, leaf) == "[1]"
    partial = functools.partial(print, leaf)
    assert label_of(partial, partial.args) == "args"


def test_locals_of_generators_and_tracebacks_have_names():
    leaf = [1]

    def generator() -> Any:
        local = leaf
        yield local

    running = generator()
    next(running)
    if sys.version_info >= (3, 11):
        assert label_of(running, leaf) == "local local"
    else:
        assert label_of(running, running.gi_frame) == "gi_frame"
        assert label_of(running.gi_frame, leaf) == "local local"
    try:
        raise LookupError
    except LookupError as caught:
        error = caught
    traceback = error.__traceback__
    assert traceback is not None
    assert label_of(error, traceback) == "__traceback__"
    assert label_of(traceback, traceback.tb_frame) == "tb_frame"
    del error, traceback


def test_each_of_several_keys_has_its_edge_and_backwards_one_edge_has_all():
    leaf = Session()
    holder = {"a": leaf, "b": leaf, "c d": leaf, 4: leaf, 5: leaf}
    labels = label_of(holder, leaf).split(" | ")
    assert labels == ["a", "b", "str\\n'c d'", "int\\n4", "int\\n5"]
    found = edges(dot(objgraph.show_backrefs, [leaf], max_depth=1))
    assert found[id(holder), id(leaf)] == ["a, b, str\\n'c d' … 2 more"]


def test_names_that_are_not_written_are_not_made():
    class Key:
        asked = 0

        def __repr__(self) -> str:
            Key.asked += 1
            return "key"

    leaf = Session()
    for holder in ({Key(): leaf for _ in range(500)}, [leaf] * 500):
        found = edges(dot(objgraph.show_backrefs, [leaf], max_depth=1, too_many=100))
        (label,) = found[id(holder), id(leaf)]
        assert label.count(", ") == 2
        assert label.endswith(" … 497 more")
        found = edges(dot(objgraph.show_refs, [holder], max_depth=1, too_many=8))
        labels = found[id(holder), id(leaf)]
        assert len(labels) >= 4
        assert all(labels)
    assert Key.asked < 40


def test_labels_that_objgraph_has_are_its_own():
    frame = sys._getframe()
    bound = Session().method
    assert objgraph._edge_label(frame, frame.f_globals) == ' [label="f_globals",weight=10]'
    assert objgraph._edge_label(bound, bound.__func__) == ' [label="__func__",weight=10]'
    assert objgraph._edge_label(bound, bound.__self__) == ' [label="__self__",weight=10]'
    assert objgraph._edge_label(dot, dot.__code__) == ' [label="__code__",weight=10]'
    assert objgraph._edge_label({"x": frame}, frame) == ' [label="x",weight=2]'
    assert objgraph._edge_label({1: 2}, 2) == ' [label="int\\n1"]'
    assert objgraph._edge_label({1: 2}, 3) == ""
    same = "a text that is key and value"
    assert objgraph._edge_label({"other": 1, same: 2, "a": same}, same) == ' [label="a",weight=2]'
    assert label_of({"other": 1, same: 2, "a": same}, same) == "a"
    assert label_of({same: 1, 1: 2}, same) == "key"
    assert objgraph._edge_label(1, 2) == ""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="instances have a dict of their own before")
def test_no_dict_is_made_for_an_instance():
    kept = [Session() for _ in range(50)]
    for session in kept:
        session.name = session  # type: ignore[attr-defined]
    fresh = [types.SimpleNamespace]

    class Plain:
        def __init__(self) -> None:
            self.name = fresh

    plain = [Plain() for _ in range(50)]
    gc.collect()
    before = objgraph.count("dict")
    dot(objgraph.show_refs, [plain], too_many=100)
    dot(objgraph.show_backrefs, [fresh], too_many=100)
    assert objgraph.count("dict") <= before + 3


# ---- hostile objects ----


class NoAttributes:
    """Every attribute raises."""

    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)


class NoClass:
    """Does not say what it is."""

    @property
    def __class__(self) -> Any:
        raise ValueError("class")


class NoRepr:
    """Ends the program when it is shown."""

    def __repr__(self) -> str:
        raise SystemExit(3)


class NoBool(list):  # type: ignore[type-arg]
    """Is neither true nor of a length."""

    def __bool__(self) -> bool:
        raise ValueError("bool")

    def __len__(self) -> int:
        raise ValueError("len")

    def __iter__(self) -> Any:
        raise ValueError("iter")

    def __eq__(self, other: object) -> bool:
        raise ValueError("eq")

    def __hash__(self) -> int:
        raise ValueError("hash")


class OddText(str):
    """A text that is no sequence of texts."""

    def __getitem__(self, index: Any) -> Any:
        raise ValueError("getitem")

    def __format__(self, how: str) -> str:
        raise ValueError("format")


class HasOddText:
    def __repr__(self) -> str:
        return OddText("odd text")


class OddMeta(type):
    """A class whose attributes raise."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("__mro__", "__dict__", "__name__", "__module__"):
            raise ValueError(name)
        return super().__getattribute__(name)


def test_hostile_objects_are_drawn():
    referent = Session()
    proxy = weakref.proxy(referent)
    del referent
    odd = OddMeta("Odd", (), {})
    objects = [NoAttributes(), NoClass(), NoRepr(), NoBool([1]), proxy, odd(), odd, "\udc80"]
    objects.append(HasOddText())
    holder = [objects, {"key": objects[2], objects[2]: 1, objects[-1]: objects[0]}]
    for show in (objgraph.show_refs, objgraph.show_backrefs):
        text = dot(show, [holder, *objects], max_depth=3, too_many=50, refcounts=True)
        assert text.endswith("}\n")
        assert '\\n(unrepresentable)"]' in text
        for obj in objects:
            assert f"  o{id(obj)}[label=" in text
        assert "HasOddText\\nodd text" in text
    assert 'label="NoBool' in text
    assert "\\n1 items" in text


def test_ctrl_c_in_a_repr_passes():
    class Interrupting:
        def __repr__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dot(objgraph.show_refs, [Interrupting()])


def test_nothing_of_the_call_itself_is_drawn():
    place = vars(sys.modules[objgraph.show_backrefs.__module__])
    assert sys.modules["builtins"].__dict__ is place["__builtins__"]
    for target in (place, place["__builtins__"], place["_walk"].__code__):
        gc.collect()
        known = gc.get_objects()
        known_ids = {id(target), *map(id, known)}
        out = io.StringIO()  # passed on by nothing: arguments in a tuple would be a referrer
        objgraph.show_backrefs(target, 1, [id(known)], None, sys.maxsize, output=out)
        found = re.findall(r"(?m)^  o(\d+)\[label=\"(.*)$", out.getvalue())
        assert len(found) > 1
        assert [text for number, text in found if int(number) not in known_ids] == []


def test_a_picture_leaves_nothing_alive(tmp_path):
    target = Session(child=Session())
    died = weakref.ref(target)
    holder = [[target]]
    dot(objgraph.show_backrefs, [target], max_depth=4)
    with pytest.raises(ZeroDivisionError):
        dot(objgraph.show_backrefs, [target], max_depth=4, highlight=lambda o: 1 // 0)
    objgraph.show_refs(target, filename=str(tmp_path / "x.dot"))
    del holder, target
    gc.collect()
    assert died() is None


# ---- chains ----


def test_a_chain_is_drawn_with_every_reference_between_its_members(root):
    target = Session()
    root.holder = [target, root]
    chain = objgraph.find_backref_chain(target, objgraph.is_proper_module)
    found = edges(dot(objgraph.show_chain, chain, [], chain))
    wanted = {(id(a), id(b)) for a, b in zip(chain, chain[1:])}
    assert wanted <= set(found)
    assert {node for pair in found for node in pair} == set(map(id, chain))
    forwards = edges(dot(objgraph.show_chain, chain, backrefs=False))
    assert wanted <= set(forwards)


def test_chains_without_members_and_keywords_of_its_own_are_refused():
    for chains in ((), ([],)):
        with pytest.raises(ValueError, match="members"):
            objgraph.show_chain(*chains)
    for name in ("max_depth", "filter"):
        with pytest.raises(TypeError, match=name):
            objgraph.show_chain([1], **{name: None})


# ---- beside objgraph ----


def test_pictures_are_objgraphs_but_for_the_labels_that_it_leaves_out(root, request):
    peer = pytest.importorskip("objgraph")
    leaf, key = Session(), (1, 2)
    root.holder = {"a": [leaf, (leaf, [leaf])], key: Session(x=leaf), "long name": leaf}
    for session in (leaf, root.holder[key]):
        vars(session)  # objgraph makes these dicts when it draws, from 3.11 on
    chain = peer.find_backref_chain(leaf, peer.is_proper_module)
    gc.collect()  # which changes the order of objects: not between two pictures
    gc.disable()
    request.addfinalizer(gc.enable)
    for name, args, keywords in (
        ("show_refs", ([root.holder, leaf],), {"max_depth": 3, "too_many": 4}),
        ("show_backrefs", ([leaf],), {"max_depth": 4, "too_many": 30}),
        ("show_backrefs", (leaf,), {"extra_ignore": [id(root.holder)], "shortnames": False}),
        ("show_backrefs", ([leaf, key],), {"filter": lambda o: type(o) is not list}),
        ("show_refs", ([leaf.method, len, Session, lambda: 0, sys],), {"max_depth": 1}),
        ("show_refs", ([root.holder],), {"highlight": lambda o: o is leaf, "extra_info": id}),
        ("show_chain", (chain,), {}),
        ("show_chain", (chain, chain[1:]), {"backrefs": False}),
    ):
        # which of many are drawn depends on their order; objgraph ignores what it ignores with
        keywords = {"too_many": 100, "extra_ignore": [], **keywords}
        ours = sorted(dot(getattr(objgraph, name), *args, **keywords).splitlines())
        theirs = sorted(dot(getattr(peer, name), *args, **keywords).splitlines())
        assert len(ours) == len(theirs)
        for own, other in zip(ours, theirs):
            # of several references to one object each has a name of its own here
            ends = own.partition(" [")[0].rstrip(";")
            named = " -> " in other and " [" in own and ends == other.partition(" [")[0].rstrip(";")
            assert own == other or named
