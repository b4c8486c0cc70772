"""References of types outside the collector, with reference counts as the oracle."""

from __future__ import annotations

import datetime
import functools
import gc
import io
import operator
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import zlib
from pathlib import Path
from typing import Any, Callable

import pytest

from refgraph import _core

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

needs_numpy = pytest.mark.skipif(numpy is None, reason="numpy is not installed")


class Zone(datetime.tzinfo):
    pass


class Target:
    pass


class Stamp(datetime.datetime):
    pass


def owned_edges(graph: _core.Graph, holder: object, target: object) -> list[str]:
    """The names of the holder's owning edges to the target."""
    node = graph.find(id(holder))
    assert node is not None
    return [
        edge[3]
        for edge in graph.referents(node)
        if graph.node(edge[1])[1] == id(target) and edge[4] != 3
    ]


def assert_owns(make: Callable[[Any], object], target: object, names: list[str]) -> None:
    """What ``make(target)`` returns owns as many references as its edges say."""
    before = sys.getrefcount(target)
    holder = make(target)
    owned = sys.getrefcount(target) - before
    graph = _core.capture("refgraph")
    assert owned_edges(graph, holder, target) == names
    assert owned == len(names)


def test_datetimes_hold_their_time_zone() -> None:
    zone = Zone()
    assert_owns(lambda z: datetime.datetime(2020, 1, 1, tzinfo=z), zone, [".tzinfo"])
    assert_owns(lambda z: datetime.time(1, tzinfo=z), zone, [".tzinfo"])
    assert_owns(lambda z: Stamp(2020, 1, 1, tzinfo=z), zone, [".tzinfo"])


def test_datetimes_without_a_time_zone_hold_nothing() -> None:
    plain = [datetime.datetime(2020, 1, 1), datetime.time(1), datetime.date(2020, 1, 1)]
    graph = _core.capture("refgraph")
    for obj in plain:
        node = graph.find(id(obj))
        assert node is not None
        assert not graph.referents(node)


def test_a_cycle_through_a_datetime_is_in_the_graph() -> None:
    zone = Zone()
    zone.now = datetime.datetime(2020, 1, 1, tzinfo=zone)  # type: ignore[attr-defined]
    graph = _core.capture("refgraph")
    assert owned_edges(graph, zone.now, zone) == [".tzinfo"]  # type: ignore[attr-defined]


def test_other_types_of_the_standard_library_own_what_they_show() -> None:
    text = f"text {os.getpid()}"
    assert_owns(lambda t: re.compile("t").match(t), text, [".string"])
    zone = datetime.timedelta(hours=1)
    assert_owns(lambda d: datetime.timezone(d, "x"), zone, ["offset"])
    number = 10**30 + os.getpid()
    assert_owns(lambda n: range(n, n + 5), number, [".start"])
    data = bytearray(b"abc")
    holder = memoryview(data)
    graph = _core.capture("refgraph")
    node = graph.find(id(holder))
    assert node is not None
    managed = [e[1] for e in graph.referents(node) if e[3] == "managed buffer"]
    assert [graph.node(e[1])[1] for e in graph.referents(managed[0]) if e[3] == "exporter"] == [
        id(data)
    ]


def test_a_database_connection_owns_its_factory_but_no_exception_classes() -> None:
    connection = sqlite3.connect(":memory:")
    factory = Target()
    before = sys.getrefcount(factory)
    connection.row_factory = factory  # type: ignore[assignment]
    graph = _core.capture("refgraph")
    assert owned_edges(graph, connection, factory) == [".row_factory"]
    assert sys.getrefcount(factory) - before == 1
    assert not owned_edges(graph, connection, sqlite3.Error)
    connection.close()


@needs_numpy
def test_arrays_of_objects_hold_their_items() -> None:
    target = Target()
    assert_owns(lambda t: numpy.array([None, t, t], dtype=object), target, ["[1]", "[2]"])

    def in_two_dimensions(t: Any, order: str = "C") -> Any:
        array = numpy.empty((2, 3), dtype=object, order=order)  # type: ignore[call-overload]
        array[1, 2] = t
        array[0, 1] = t
        return array

    assert_owns(in_two_dimensions, target, ["[0, 1]", "[1, 2]"])
    assert_owns(lambda t: in_two_dimensions(t, "F"), target, ["[0, 1]", "[1, 2]"])

    def without_dimensions(t: Any) -> Any:
        array = numpy.empty((), dtype=object)
        array[()] = t
        return array

    assert_owns(without_dimensions, target, ["[]"])

    class Array(numpy.ndarray):  # type: ignore[type-arg]
        pass

    def in_a_subclass(t: Any) -> Any:
        array = Array((2,), dtype=object)
        array[:] = [None, t]
        return array

    assert_owns(in_a_subclass, target, ["[1]"])


@needs_numpy
def test_an_array_of_three_dimensions_in_any_order_has_its_items_where_they_are() -> None:
    target = Target()
    plain = numpy.empty((2, 3, 4), dtype=object)
    plain[1, 2, 3] = target
    turned = numpy.array(plain.transpose(1, 0, 2), order="K", copy=True)  # neither C nor Fortran
    assert turned.flags.owndata
    assert turned[2, 1, 3] is target
    graph = _core.capture("refgraph")
    assert owned_edges(graph, turned, target) == ["[2, 1, 3]"]


@needs_numpy
def test_views_hold_their_base_and_no_items() -> None:
    target = Target()
    array = numpy.array([target, None, target], dtype=object)
    graph_names: dict[str, list[str]] = {}
    for name, make in {
        "slice": lambda a: a[1:],
        "reversed": lambda a: a[::-1],
        "reshaped": lambda a: a.reshape(3, 1),
    }.items():
        before = sys.getrefcount(target)
        view = make(array)
        assert sys.getrefcount(target) == before
        assert_owns(make, array, [".base"])
        graph_names[name] = owned_edges(_core.capture("refgraph"), view, target)
    assert graph_names == {"slice": [], "reversed": [], "reshaped": []}
    assert_owns(lambda a: a.flat, array, [".base"])


@needs_numpy
def test_arrays_of_numbers_hold_their_type_and_no_items() -> None:
    dtype = numpy.dtype([("x", "f8"), ("y", "i4")])
    assert_owns(lambda d: numpy.zeros(1000, dtype=d), dtype, [".dtype"])
    records = numpy.zeros(3, dtype=dtype)
    assert_owns(lambda r: r[1], records, [".base"])
    numbers = numpy.arange(1000)
    numbers[:] = id(dtype)  # the address of an object is no reference to it
    graph = _core.capture("refgraph")
    assert not owned_edges(graph, numbers, dtype)


# A type outside the collector, with a field that no member shows; on 3.14 it is a gc type.
needs_opaque = pytest.mark.skipif(
    gc.is_tracked(zlib.decompressobj()), reason="zlib.Decompress is a gc type here"
)


@needs_opaque
def test_a_field_of_an_opaque_object_is_a_probable_holder_of_what_nothing_explains() -> None:
    dictionary = os.urandom(40)  # zlib.Decompress is no gc type, declares no member for it
    held = zlib.decompressobj(zdict=dictionary)
    address = id(dictionary)
    del dictionary
    graph = _core.capture("refgraph")
    node = graph.find(address)
    if node is None:  # only the opaque object led to it: then it is no node
        assert held is not None
        return
    places = [root for root in graph.roots() if root[1] == node]
    assert places
    assert all(kind == "probable" for kind, *_ in places)
    assert "Decompress" in places[0][2]


@needs_opaque
def test_a_field_of_an_opaque_object_explains_one_reference() -> None:
    dictionary = os.urandom(40)
    kept = [dictionary]
    held = zlib.decompressobj(zdict=dictionary)
    del dictionary
    graph = _core.capture("refgraph")
    node = graph.find(id(kept[0]))
    assert node is not None
    roots = [root for root in graph.roots() if root[1] == node]
    assert [(kind, references) for kind, _node, _name, references in roots] == [("probable", 1)]
    assert re.search(r"a field \(\+0x[0-9a-f]+\) of zlib\.Decompress", roots[0][2])
    assert held is not None


def test_what_holds_a_buffer_is_found() -> None:
    data = os.urandom(100)
    assert_owns(lambda d: io.BytesIO(d), data, ["buffer"])


# Types of another extension under names that compat_names.c and foreign.c know, with bodies of the
# same sizes that hold no pointers.
NAMESAKES = """
#include <Python.h>
#define NAMESAKE(name, size) \\
    {PyVarObject_HEAD_INIT(NULL, 0).tp_name = name, .tp_basicsize = size, \\
     .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE}
static PyTypeObject types[] = {
    NAMESAKE("Token", 48), NAMESAKE("range", 48), NAMESAKE("datetime.timezone", 32),
    NAMESAKE("datetime.datetime", 48), NAMESAKE("datetime.time", 40),
    NAMESAKE("numpy.ndarray", 96), NAMESAKE("numpy.void", 64), NAMESAKE("sqlite3.Row", 32),
    NAMESAKE("xml.etree.ElementTree.Element", 56), NAMESAKE("hamt_bitmap_node", 32),
    NAMESAKE("functools._lru_cache_wrapper", 136), NAMESAKE("functools.KeyWrapper", 32),
    NAMESAKE("_sre.SRE_Scanner", 240), NAMESAKE("longrange_iterator", 48)};
enum { COUNT = sizeof types / sizeof *types };
static PyObject *make(PyObject *module, PyObject *arguments)
{
    PyObject *made = PyList_New(COUNT);
    for (int i = 0; i < COUNT; i++) {
        PyObject *object = PyObject_New(PyObject, &types[i]);
        Py_ssize_t body = types[i].tp_basicsize - (Py_ssize_t)sizeof(PyObject);
        memset(object + 1, 0x11, (size_t)body);
        PyList_SET_ITEM(made, i, object);
    }
    return made;
}
static PyMethodDef methods[] = {{"make", make, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "namesakes", NULL, -1, methods};
PyMODINIT_FUNC PyInit_namesakes(void)
{
    for (int i = 0; i < COUNT; i++)
        if (PyType_Ready(&types[i]))
            return NULL;
    return PyModule_Create(&module);
}
"""

CAPTURES_NAMESAKES = """
import datetime, sqlite3, xml.etree.ElementTree
import namesakes
from refgraph import _core

made = namesakes.make()
graph = _core.capture("refgraph")
for thing in made:
    node = graph.find(id(thing))
    assert node is not None
    assert not graph.referents(node), (type(thing), graph.referents(node))
print("survived", len(made))
"""


def test_a_type_that_only_has_the_name_and_size_of_a_known_one_is_not_read(tmp_path: Path) -> None:
    include = sysconfig.get_path("include")
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler or not os.path.exists(os.path.join(include, "Python.h")):
        pytest.skip("no C compiler" if not compiler else f"no Python.h in {include}")
    assert compiler
    source = tmp_path / "namesakes.c"
    source.write_text(NAMESAKES)
    library = source.with_suffix(str(sysconfig.get_config_var("EXT_SUFFIX")))
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(library)], check=True
    )
    run = subprocess.run(
        [sys.executable, "-c", CAPTURES_NAMESAKES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "survived 14\n"), run.stderr


def test_what_a_module_no_longer_shows_is_found_through_the_c_module_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone = Zone()
    genuine = datetime.datetime
    monkeypatch.setattr(datetime, "datetime", Stamp)  # as libraries that freeze the clock do
    assert_owns(lambda z: genuine(2020, 1, 1, tzinfo=z), zone, [".tzinfo"])


KNOWN_CLASSES = [
    "_frozen_importlib",
    "_frozen_importlib_external",
    "zipimport",
    "codecs",
    "abc",
    "io",
    "os",
    "_sitebuiltins",
]


def captured_without(names: list[str]) -> _core.Graph:
    """A graph made while other things stand in sys.modules under these names."""
    modules: Any = sys.modules
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setitem(modules, name, 7)
        return _core.capture("refgraph")


@pytest.mark.parametrize("name", KNOWN_CLASSES)
def test_a_replaced_module_does_not_hide_which_types_are_written_in_c(name: str) -> None:
    target = Target()
    getter = operator.itemgetter(target)
    assert owned_edges(captured_without([name]), getter, target) == ["item"]


def test_a_capture_that_cannot_tell_c_types_from_classes_makes_no_false_edges() -> None:
    caches = [functools.lru_cache(maxsize=9)(lambda i: [i]) for _ in range(3)]
    for cache in caches:
        cache(1)
    graph = captured_without(KNOWN_CLASSES)  # a debug build checks the account of every node
    for cache in caches:
        node = graph.find(id(cache))
        assert node is not None
        owned = [edge for edge in graph.referents(node) if edge[3] == "type of entries"]
        assert all(edge[4] == 3 for edge in owned)
