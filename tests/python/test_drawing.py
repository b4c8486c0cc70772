"""Pictures: each format is opened with its own reader; what is refused leaves nothing behind."""

from __future__ import annotations

import errno
import os
import pathlib
import re
import resource
import shutil
import stat
import subprocess
import sys
import textwrap
import threading
import types

import pytest
from edge_capsules import edges_capsule
from pictures import Svg, read_png

import refgraph
from refgraph.drawing import Drawing
from refgraph.files import whole_file


class Session:
    """The object that is drawn."""

    def __init__(self) -> None:
        self.payload = ["part"]


@pytest.fixture
def node(root: types.ModuleType) -> refgraph.Node:
    """A session in a dict in a module."""
    root.CACHE = {"u1": Session()}  # type: ignore[attr-defined]
    return refgraph.capture().node(root.CACHE["u1"])


def test_svg_shows_target_way_and_root(node: refgraph.Node) -> None:
    svg = Svg(node.backrefs().svg)
    [target] = svg.of_class("target")
    assert "Session" in svg.text_of(target)
    assert "refgraph_test_root" in svg.text
    assert "CACHE" in svg.text
    assert "u1" in svg.text
    assert any("refgraph_test_root" in svg.text_of(group) for group in svg.of_class("root"))


def test_every_node_and_edge_has_an_id_of_its_own(node: refgraph.Node) -> None:
    svg = Svg(node.backrefs().svg)
    ids = [item.get("id") for item in svg.root.iter() if re.match(r"[ne]\d+$", item.get("id", ""))]
    assert "n0" in ids
    assert any(name.startswith("e") for name in ids if name)
    assert len(ids) == len(set(ids))


def test_the_title_says_what_is_drawn_and_when(node: refgraph.Node) -> None:
    picture = node.backrefs()
    assert picture.title.startswith("Session at ")
    assert "What refers to it" in picture.title
    assert f"captured {node._snapshot.captured_at:%Y-%m-%d %H:%M:%S}" in picture.title
    assert picture.title in Svg(picture.svg).text
    assert picture.title in repr(picture)
    assert "What it refers to" in node.refs().title


def test_refs_show_what_the_object_holds(node: refgraph.Node) -> None:
    svg = Svg(node.refs(depth=2).svg)
    assert "payload" in svg.text
    assert "part" in svg.text
    assert "refgraph_test_root" not in svg.text


def test_the_way_to_the_root_is_shown_from_any_depth(root: types.ModuleType) -> None:
    target = Session()
    inner: list[object] = [target]
    for _ in range(12):
        inner = [inner]
    root.DEEP = inner  # type: ignore[attr-defined]
    svg = Svg(refgraph.capture().node(target).backrefs(depth=1).svg)
    assert "refgraph_test_root" in svg.text
    assert "DEEP" in svg.text
    assert len([group for group in svg.of_class("chain") if group.get("id", "")[0] == "e"]) >= 14


def test_png_is_a_whole_picture_with_something_on_it(node: refgraph.Node) -> None:
    png = read_png(node.backrefs().png)
    assert png.width > 100
    assert png.height > 100
    assert len(set(png.rows)) > 20


def test_pdf_is_a_whole_document(node: refgraph.Node) -> None:
    pdf = node.backrefs().pdf
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_dot_names_the_nodes_and_their_places(node: refgraph.Node) -> None:
    dot = node.backrefs().dot
    assert dot.lstrip().startswith(("digraph", "strict digraph"))
    assert dot.rstrip().endswith("}")
    assert "pos=" in dot
    assert "Session" in dot


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".dot", ".SVG"])
def test_save_writes_the_format_of_the_suffix(
    node: refgraph.Node, tmp_path: pathlib.Path, suffix: str
) -> None:
    picture = node.backrefs()
    path = tmp_path / f"picture{suffix}"
    for given in (path, os.fspath(path)):
        picture.save(given)
        expected = getattr(picture, suffix[1:].lower())
        assert path.read_bytes() == (expected if isinstance(expected, bytes) else expected.encode())
    assert os.listdir(tmp_path) == [path.name]


def test_a_file_that_is_there_is_replaced(node: refgraph.Node, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_text("old")
    node.backrefs().save(path)
    assert Svg(path.read_text(encoding="utf-8")).text


def test_a_saved_file_has_the_rights_that_any_new_file_has(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    node.backrefs().save(tmp_path / "picture.dot")
    assert (tmp_path / "picture.dot").stat().st_mode == ordinary.stat().st_mode


def test_a_file_that_is_replaced_keeps_its_rights(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "picture.dot"
    for rights in (0o600, 0o640, 0o666, 0o755):
        path.touch()
        path.chmod(rights)
        node.backrefs().save(path)
        assert stat.S_IMODE(path.stat().st_mode) == rights
        assert path.read_text(encoding="utf-8").lstrip().startswith(("digraph", "strict"))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_symbolic_link_stays_one_and_its_target_is_written(
    node: refgraph.Node, tmp_path: pathlib.Path, is_there: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if is_there:
        (folder / "target.dot").touch(0o600)
    link = tmp_path / "link.dot"
    link.symlink_to(folder / "target.dot")
    node.backrefs().save(link)
    assert link.is_symlink()
    assert (folder / "target.dot").stat().st_size > 100
    if is_there:
        assert stat.S_IMODE((folder / "target.dot").stat().st_mode) == 0o600
    assert os.listdir(folder) == ["target.dot"]
    assert sorted(os.listdir(tmp_path)) == ["folder", "link.dot"]


def test_what_is_no_regular_file_is_refused_before_any_layout(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    os.mkfifo(tmp_path / "pipe.svg")
    (tmp_path / "device.svg").symlink_to("/dev/null")
    before = sorted(os.listdir(tmp_path))
    for path in (tmp_path / "pipe.svg", tmp_path / "device.svg"):
        picture = node.backrefs()
        with pytest.raises(OSError, match="Not a regular file") as caught:
            picture.save(path)
        assert caught.value.filename == str(path)
        assert picture._done == {}
    assert sorted(os.listdir(tmp_path)) == before
    assert stat.S_ISFIFO((tmp_path / "pipe.svg").stat().st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_name_too_long_is_found_before_any_layout(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / ("x" * 300 + ".svg")
    picture = node.backrefs()
    with pytest.raises(OSError, match="too long") as caught:
        picture.save(path)
    assert caught.value.errno == errno.ENAMETOOLONG
    assert caught.value.filename == str(path)
    assert picture._done == {}
    assert os.listdir(tmp_path) == []


def test_no_error_names_the_file_that_is_written_first(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "picture.svg"
    with pytest.raises(IsADirectoryError) as caught, whole_file(path):
        path.mkdir()
    assert caught.value.filename == str(path)
    assert caught.value.filename2 is None
    assert ".refgraph-" not in str(caught.value)
    assert os.listdir(tmp_path) == ["picture.svg"]


def test_a_file_that_does_not_fit_is_named_and_the_old_one_stays(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large") as caught, whole_file(path) as file:
            file.write(bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["picture.svg"]


def test_a_notebook_gets_the_svg(node: refgraph.Node) -> None:
    picture = node.backrefs()
    assert picture._repr_svg_() == picture.svg


def test_a_picture_is_drawn_once(node: refgraph.Node) -> None:
    picture = node.backrefs()
    assert picture.png is picture.png


def test_a_picture_in_this_process_is_the_same_picture(node: refgraph.Node) -> None:
    assert node.backrefs(isolate=False).svg == node.backrefs(isolate=True).svg


def test_threads_may_draw_at_the_same_time(node: refgraph.Node) -> None:
    pictures: list[str] = []
    threads = [
        threading.Thread(target=lambda: pictures.append(node.backrefs(isolate=False).svg))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pictures) == 4
    assert len(set(pictures)) == 1


def test_too_many_referrers_become_one_line(root: types.ModuleType) -> None:
    target = Session()
    root.HOLDERS = [[target] for _ in range(50)]  # type: ignore[attr-defined]
    svg = Svg(refgraph.capture().node(target).backrefs(depth=1, too_many=4).svg)
    assert re.search(r"\b4[5-7] more", svg.text)


def test_node_count_is_that_of_the_objects_in_the_picture(root: types.ModuleType) -> None:
    root.LIST = [[] for _ in range(30)]  # type: ignore[attr-defined]
    node = refgraph.capture().node(root.LIST)
    for options, count in (({"too_many": 50}, 31), ({"too_many": 5}, 6), ({"max_nodes": 3}, 3)):
        picture = node.refs(depth=1, **options)
        svg = Svg(picture.svg)
        drawn = [item for item in svg.root.iter() if re.match(r"n\d+$", item.get("id", ""))]
        assert picture.node_count == len(drawn) == count


def test_a_picture_of_a_class_shows_who_names_it() -> None:
    svg = Svg(refgraph.capture().node(Session).backrefs(depth=1).svg)
    assert __name__ in svg.text


def test_any_text_is_drawn_as_that_text(root: types.ModuleType) -> None:
    keys = ['<script>"&amp;', "back\\slash\\n", "nul\0byte", "\N{SNOWMAN}", "\ud800"]
    root.MAP = {key: Session() for key in keys}  # type: ignore[attr-defined]
    snap = refgraph.capture()
    for key in keys:
        svg = Svg(snap.node(root.MAP[key]).backrefs(depth=1).svg)
        shown = repr(key) if '"' not in key else key
        assert shown.strip("'") in svg.text
        assert not [item for item in svg.root.iter() if item.tag.endswith("script")]


class Child:
    """Refers to its parent, and has a finalizer."""

    def __init__(self, parent: list[object]) -> None:
        self.parent = parent
        parent.append(self)

    def __del__(self) -> None:
        pass


def drawing_of_family(root: types.ModuleType, **marks: tuple[int, ...]) -> Drawing:
    """A list and its child, with the references between them (0: down, 1: up) as cycle or cut."""
    root.FAMILY = []  # type: ignore[attr-defined]
    Child(root.FAMILY)
    snapshot = refgraph.capture()
    sub = snapshot._graph.neighbourhood([snapshot.node(root.FAMILY)._id], direction=1, depth=2)
    parent, child, *_ = sub.nodes()
    ends = [(parent, child), (child, parent)]
    edges = [next(edge for edge in sub.edges() if edge[:2] == pair) for pair in ends]
    return Drawing(
        snapshot._graph,
        sub,
        chains=None,
        title="family",
        max_nodes=10,
        legend=True,
        deadline=30.0,
        show_collector=bool(marks),
        **{name: edges_capsule([edges[i] for i in chosen]) for name, chosen in marks.items()},
    )


def test_a_cycle_its_cut_and_the_collector_are_shown(root: types.ModuleType) -> None:
    picture = drawing_of_family(root, cycle=(0, 1), cut=(1,))
    svg = Svg(picture.svg)
    cycle = {group.get("id", "") for group in svg.of_class("cycle")}
    assert cycle >= {"n0", "n1"}
    assert len(cycle) == 4
    [cut] = svg.of_class("cut")
    assert "cut here: .parent" in svg.text_of(cut).replace("\N{NO-BREAK SPACE}", " ")
    [child] = svg.of_class("finalizer")
    assert "Child" in svg.text_of(child)
    assert re.search(r"^generation \d · __del__$", svg.text_of(child), re.MULTILINE)
    for words in ("on the shortest cycle", "cut here", "has a finalizer"):
        assert words in svg.text
    assert read_png(picture.png).width > 100


def test_a_drawing_without_marks_says_nothing_of_them(root: types.ModuleType) -> None:
    svg = Svg(drawing_of_family(root).svg)
    for mark in ("cycle", "cut", "finalizer"):
        assert svg.of_class(mark) == []
    assert "generation" not in svg.text
    assert "has a finalizer" not in svg.text


@pytest.mark.parametrize("name", ["cycle", "cut"])
def test_edges_that_are_no_capsule_of_edges_are_refused(root: types.ModuleType, name: str) -> None:
    picture = drawing_of_family(root)
    for wrong in (picture._graph, object()):
        setattr(picture, f"_{name}", wrong)
        with pytest.raises(ValueError, match="apsule"):
            picture._drawn("svg")


# ---- what is refused -------------------------------------------------------------------------


def test_an_unknown_suffix_is_refused_and_writes_nothing(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    picture = node.backrefs()
    with pytest.raises(refgraph.RenderError) as caught:
        picture.save(tmp_path / "picture.gif")
    assert str(caught.value) == ("cannot write pictures as '.gif'; use one of .svg .png .pdf .dot")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, refgraph.Error)
    with pytest.raises(refgraph.RenderError, match=r"\.svg \.png \.pdf \.dot"):
        picture.save(tmp_path / "picture")
    assert os.listdir(tmp_path) == []


def test_an_unwritable_path_is_an_os_error_before_any_layout(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.svg").mkdir()
    cases = {
        tmp_path / "missing" / "picture.svg": FileNotFoundError,
        tmp_path / "file" / "picture.svg": NotADirectoryError,
        tmp_path / "folder.svg": IsADirectoryError,
    }
    before = sorted(os.listdir(tmp_path))
    for path, error in cases.items():
        picture = node.backrefs()
        with pytest.raises(error) as caught:
            picture.save(path)
        assert caught.value.filename == str(path)
        assert picture._done == {}  # nothing was laid out
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_the_right_to_write_is_a_permission_error(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError) as caught:
            node.backrefs().save(tmp_path / "picture.svg")
    finally:
        tmp_path.chmod(0o700)
    assert caught.value.filename == str(tmp_path / "picture.svg")


def test_a_deadline_that_passes_is_an_error_and_writes_nothing(
    node: refgraph.Node, tmp_path: pathlib.Path
) -> None:
    picture = node.backrefs(deadline=1e-6)
    (tmp_path / "picture.svg").write_text("old")
    with pytest.raises(refgraph.RenderTimeout) as caught:
        picture.save(tmp_path / "picture.svg")
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, refgraph.RenderError)
    assert (tmp_path / "picture.svg").read_text() == "old"
    assert os.listdir(tmp_path) == ["picture.svg"]


@pytest.mark.parametrize(
    "options",
    [
        {"depth": 0},
        {"too_many": 0},
        {"max_nodes": 0},
        {"deadline": 0},
        {"deadline": float("nan")},
        {"weakest": "strong"},
    ],
    ids=str,
)
def test_options_out_of_range_are_value_errors(
    node: refgraph.Node, options: dict[str, int]
) -> None:
    for draw in (node.backrefs, node.refs):
        with pytest.raises(ValueError, match=next(iter(options))):
            draw(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": "3"}, "depth must be an int, not 'str'"),
        ({"too_many": 2.5}, "too_many must be an int, not 'float'"),
        ({"max_nodes": None}, "max_nodes must be an int, not 'NoneType'"),
        ({"deadline": "30"}, "deadline must be a number of seconds, not 'str'"),
        ({"deadline": "30", "isolate": False}, "deadline must be a number of seconds, not 'str'"),
        ({"isolate": "no"}, "isolate must be a bool, not 'str'"),
    ],
    ids=str,
)
def test_options_of_a_wrong_type_are_type_errors_that_name_them(
    node: refgraph.Node, options: dict[str, object], message: str
) -> None:
    for draw in (node.backrefs, node.refs):
        with pytest.raises(TypeError) as caught:
            draw(**options)  # type: ignore[arg-type]
        assert str(caught.value) == message


@pytest.mark.parametrize("number", [2**31, 2**32, 2**32 + 1, 2**64, 2**200])
def test_numbers_beyond_32_bits_mean_no_limit(root: types.ModuleType, number: int) -> None:
    root.LIST = [[[]] for _ in range(400)]  # type: ignore[attr-defined]
    node = refgraph.capture().node(root.LIST)
    picture = node.refs(depth=number, too_many=number, max_nodes=number, deadline=number)
    assert picture.node_count == 801
    dot = node.refs(depth=1, too_many=3, max_nodes=number, deadline=number).dot
    assert "397 more" in dot


PACKAGE = pathlib.Path(refgraph.__file__).parent

WITHOUT_GRAPHVIZ = textwrap.dedent(
    """
    import refgraph
    held = [object()]
    node = refgraph.capture().node(held[0])
    print(len(node.why_alive()))
    try:
        node.backrefs()
    except ImportError as error:
        print(error)
    """
)


def run_without_graphviz(folder: pathlib.Path, broken: bytes | None) -> list[str]:
    """What a copy of the package prints whose `_render` is missing, or is no library."""
    copy = folder / "refgraph"
    copy.mkdir()
    for path in PACKAGE.iterdir():
        if path.is_file() and not path.name.startswith("_render."):
            shutil.copy(path, copy)
        elif path.suffix == ".so" and broken is not None:
            (copy / path.name).write_bytes(broken)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_GRAPHVIZ],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_without_graphviz_s_libraries_capturing_works_and_drawing_says_what_to_install(
    tmp_path: pathlib.Path,
) -> None:
    chains, message = run_without_graphviz(tmp_path, b"no library")
    assert int(chains) >= 1
    assert message == (
        "drawing needs Graphviz's libraries (libgvc): apt-get install libgvc6, dnf install "
        "graphviz-libs, brew install graphviz. Capturing and text answers work without."
    )


def test_a_package_built_without_graphviz_says_what_to_install(tmp_path: pathlib.Path) -> None:
    chains, message = run_without_graphviz(tmp_path, None)
    assert int(chains) >= 1
    assert "built without drawing" in message
    assert "libgraphviz-dev" in message
