"""The package as a whole: its names, its stubs, its extension modules."""

from __future__ import annotations

import ast
import gc
import inspect
import pathlib
import subprocess
import sys
import types

import pytest

import refgraph
from refgraph import _core

PACKAGE = pathlib.Path(refgraph.__file__).parent


def test_every_public_name_exists_and_is_documented() -> None:
    for name in refgraph.__all__:
        obj = getattr(refgraph, name)
        assert inspect.getdoc(obj), name
        for member, value in vars(obj).items() if isinstance(obj, type) else ():
            is_code = isinstance(value, (types.FunctionType, property))
            if is_code and not member.startswith("_") and obj.__module__.startswith("refgraph"):
                assert inspect.getdoc(value), f"{name}.{member}"


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def stub_names(module: str) -> set[str]:
    """Names that a stub declares: functions, classes, and the members of classes."""
    names = set()
    for item in ast.parse((PACKAGE / f"{module}.pyi").read_text(encoding="utf-8")).body:
        if isinstance(item, (ast.FunctionDef, ast.ClassDef)):
            names.add(item.name)
        if isinstance(item, ast.ClassDef):
            names |= {
                f"{item.name}.{member.name}" for member in item.body if hasattr(member, "name")
            }
    return {name for name in names if not name.endswith("__")}


def runtime_names(module: types.ModuleType) -> set[str]:
    """The same, as the module that runs has them."""
    names = {name for name in dir(module) if not name.startswith("_")}
    for name in list(names):
        value = getattr(module, name)
        if isinstance(value, type):
            names |= {f"{name}.{member}" for member in vars(value) if not member.startswith("_")}
    return names


def test_the_stub_of_core_names_what_core_has() -> None:
    assert stub_names("_core") == runtime_names(_core)


def test_the_stub_of_render_names_what_render_has() -> None:
    render = pytest.importorskip("refgraph._render")
    assert stub_names("_render") == runtime_names(render)


def test_opaque_types_cannot_be_made_or_changed() -> None:
    for name in ("Graph", "Chains", "Subgraph"):
        with pytest.raises(TypeError):
            getattr(_core, name)()


def test_a_graph_is_unknown_to_the_collector() -> None:
    graph = _core.capture(None)
    assert not gc.is_tracked(graph)
    assert not gc.is_tracked(graph.chains(0, 1))
    assert not gc.is_tracked(graph.neighbourhood([0]))
    assert gc.get_referents(graph) == []


def test_wrong_arguments_of_core_are_errors_and_never_a_crash() -> None:
    graph = _core.capture(None)
    for wrong in (-1, graph.node_count, 2**40, 2**80):
        for question in (graph.node, graph.referents, graph.referrers, graph.text):
            with pytest.raises((IndexError, OverflowError)):
                question(wrong)
        with pytest.raises((IndexError, OverflowError)):
            graph.chains(wrong, 1)
        with pytest.raises((IndexError, OverflowError)):
            graph.neighbourhood([wrong])
        with pytest.raises((IndexError, OverflowError)):
            graph.nodes_of([wrong])
    for question in (graph.node, graph.chains, graph.neighbourhood, graph.nodes_of, graph.find):
        with pytest.raises(TypeError):
            question("a")  # type: ignore[operator]
    with pytest.raises(ValueError, match="argument"):
        graph.neighbourhood([])
    with pytest.raises(TypeError, match="chains"):
        graph.neighbourhood([0], chains=_core.capture(None).chains(0, 1))
    with pytest.raises(IndexError):
        graph.chains(0, 1).edges(10**6)


def test_render_refuses_what_is_no_graph() -> None:
    render = pytest.importorskip("refgraph._render")
    graph = _core.capture(None)
    sub = graph.neighbourhood([0], depth=1)
    with pytest.raises(ValueError, match="PyCapsule"):
        render.draw("svg", sub.capsule(), graph.capsule())
    with pytest.raises(ValueError, match="gif"):
        render.draw("gif", graph.capsule(), sub.capsule())


def test_capsules_keep_their_owner_alive() -> None:
    render = pytest.importorskip("refgraph._render")
    graph = _core.capture(None)
    node = graph.find_object(sys)
    assert node is not None
    sub = graph.neighbourhood([node], depth=1, weakest=2).capsule()
    chain = graph.chains(node, 1).capsule(0)
    lent = graph.capsule()
    del graph
    assert b"module" in render.draw("svg", lent, sub, chain=chain)


def test_importing_the_package_does_not_load_graphviz() -> None:
    code = "import refgraph, sys; refgraph.capture(); print('refgraph._render' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_each_import_of_the_extension_is_whole() -> None:
    code = (
        "import refgraph, sys\n"
        "first = refgraph._core\n"
        "for name in [name for name in sys.modules if name.startswith('refgraph')]:\n"
        "    del sys.modules[name]\n"
        "import refgraph as second\n"
        "assert second._core is not first\n"
        "held = [object()]\n"
        "assert second.capture().node(held[0]).why_alive()\n"
        "print(first.capture(None).node_count > 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
