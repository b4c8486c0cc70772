"""Snapshots in files: every answer comes back, data stays out, damage is told."""

from __future__ import annotations

import gc
import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from file_answers import answers
from file_heap import CURRENT, SECRETS, Heap, Session
from hypothesis import given, settings
from hypothesis import strategies as st

import refgraph

HERE = pathlib.Path(__file__).parent
TYPES = ["file_heap.Session", "file_heap.Heap", "ValueError"]


@pytest.fixture
def heap() -> Iterator[Heap]:
    """A heap with data in it, held by a module."""
    CURRENT.append(Heap())
    yield CURRENT[0]
    CURRENT.pop().close()


@pytest.fixture
def saved(heap: Heap, tmp_path: pathlib.Path) -> pathlib.Path:
    """The file of a snapshot with every text."""
    path = tmp_path / "heap.rg"
    refgraph.capture().save(path, text="all")
    return path


def run(program: str, *arguments: object, interpreter: str = sys.executable) -> str:
    """What a program beside the tests prints."""
    command = [interpreter, str(HERE / program), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_answer_is_the_same_after_loading(heap: Heap, tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture(weak_edges={"file_heap.Heap.by_mail[*]": "weak"})
    expected = answers(snap, TYPES)
    snap.save(tmp_path / "heap.rg", text="all")
    assert answers(refgraph.load(tmp_path / "heap.rg"), TYPES) == expected
    snap.save(tmp_path / "packed.rg", text="all", compress="zstd")
    assert answers(refgraph.load(tmp_path / "packed.rg", copy=True), TYPES) == expected
    assert len(snap.objects("file_heap.Session")) >= 20


def test_another_process_gives_the_same_answers(heap: Heap, tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    snap.save(tmp_path / "heap.rg", text="all")
    found = json.loads(run("file_answers.py", tmp_path / "heap.rg", "save", tmp_path / "again.rg"))
    expected = answers(snap, sorted({"file_heap.Session", "file_heap.Heap"}))
    assert {ask: found[ask] for ask in expected} == expected
    assert (tmp_path / "again.rg").read_bytes() == (tmp_path / "heap.rg").read_bytes()


def test_the_origin_is_told_without_verifying(heap: Heap, tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    assert snap.origin is None
    snap.save(tmp_path / "heap.rg")
    loaded = refgraph.load(tmp_path / "heap.rg")
    assert loaded.origin is not None
    assert loaded.origin.path == str(tmp_path / "heap.rg")
    assert loaded.origin.size == (tmp_path / "heap.rg").stat().st_size
    assert loaded.origin.text == "types"
    assert loaded.origin.process == os.getpid()
    assert loaded.origin.python == ".".join(map(str, sys.version_info[:3]))
    assert loaded.origin.implementation == "cpython"
    assert loaded.origin.platform.startswith(sys.platform)
    assert loaded.origin.refgraph == refgraph.__version__
    assert loaded.captured_at == snap.captured_at
    assert loaded.cost == snap.cost
    assert (loaded.node_count, loaded.edge_count) == (snap.node_count, snap.edge_count)


# -- texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compress", [None, "zstd"])
@pytest.mark.parametrize("text", ["types", "none"])
def test_data_is_not_in_the_file(tmp_path: pathlib.Path, text: str, compress: Any) -> None:
    """Of a process of its own: a test runner holds the source of its tests, so the data too."""
    options = [text] if compress is None else [text, compress]
    run("file_heap.py", tmp_path / "all.rg", "all")
    run("file_heap.py", tmp_path / "heap.rg", *options)
    held = b"".join(refgraph_bytes(tmp_path / "all.rg"))
    written = b"".join(refgraph_bytes(tmp_path / "heap.rg"))
    for secret in SECRETS.values():
        data = secret if isinstance(secret, bytes) else str(secret).encode()
        assert data in held
        assert data not in written
    assert (b"by_mail" in written) == (text == "types")
    assert b"Session" in held
    assert (b"Session" in written) == (text == "types")
    assert b"dict" in written


def refgraph_bytes(path: pathlib.Path) -> Iterator[bytes]:
    """The file, and the same unpacked."""
    yield path.read_bytes()
    refgraph.load(path).save(path.with_suffix(".plain"), text="all")
    yield path.with_suffix(".plain").read_bytes()


def test_names_stay_by_default(heap: Heap, tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    snap.save(tmp_path / "heap.rg")
    loaded = refgraph.load(tmp_path / "heap.rg")
    assert loaded.types().to_csv() == snap.types().to_csv()
    node = loaded.node(address=id(heap.by_mail[f"{SECRETS['key']} 3"]))
    assert node.type == "file_heap.Session"
    chain = node.why_alive()[0].expression
    assert chain == "sys.modules['file_heap'].CURRENT[0].by_mail{key str}"
    assert {edge.name for edge in node.referents} >= {".__dict__", "type"} or any(
        edge.name == ".password" for edge in node.referents
    )
    assert str(loaded.objects("ValueError")[0].text) in ("None", "")


def test_without_text_all_questions_can_be_asked(heap: Heap, tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    snap.save(tmp_path / "heap.rg", text="none")
    loaded = refgraph.load(tmp_path / "heap.rg")
    node = loaded.node(address=id(heap))
    assert node.type not in ("file_heap.Heap", "Heap")
    assert node.retained_size == snap.node(heap).retained_size
    assert len(loaded.objects(node.type)) == len(snap.objects(Heap))
    assert len(loaded.cycles()) == len(snap.cycles())
    assert len(loaded.objects("dict")) == len(snap.objects("dict"))
    assert [len(chain) for chain in node.why_alive()] == [
        len(chain) for chain in snap.node(heap).why_alive()
    ]


def test_rules_without_text_are_told_apart_by_their_numbers(
    heap: Heap, tmp_path: pathlib.Path
) -> None:
    heap_class = f"{type(heap).__module__}.{type(heap).__qualname__}"
    patterns = [f"{heap_class}.by_mail", "nowhere.at.all", f"{heap_class}.sessions[*]"]
    snap = refgraph.capture(weak_edges=patterns)
    snap.save(tmp_path / "heap.rg", text="none")
    refgraph.load(tmp_path / "heap.rg").save(tmp_path / "again.rg", text="none")
    matches = list(snap.weak_edges.values())
    assert len(set(matches)) > 1
    for name in ("heap.rg", "again.rg"):
        loaded = refgraph.load(tmp_path / name).weak_edges
        assert loaded == dict(zip(["rule 1", "rule 2", "rule 3"], matches))


def test_what_was_left_out_does_not_come_back(heap: Heap, tmp_path: pathlib.Path) -> None:
    refgraph.capture().save(tmp_path / "heap.rg")
    refgraph.load(tmp_path / "heap.rg").save(tmp_path / "again.rg", text="all")
    again = refgraph.load(tmp_path / "again.rg")
    assert again.origin is not None
    assert again.origin.text == "types"
    assert (tmp_path / "again.rg").read_bytes() == (tmp_path / "heap.rg").read_bytes()


# -- growth, objects -------------------------------------------------------------------------------


def test_growth_between_files_and_the_live_heap_is_that_of_the_snapshots(
    heap: Heap, tmp_path: pathlib.Path
) -> None:
    before = refgraph.capture()
    before.save(tmp_path / "before.rg", text="all")
    before.save(tmp_path / "names.rg")
    more = [Session(i) for i in range(50)]
    heap.by_mail.update((str(i), session) for i, session in enumerate(more))
    after = refgraph.capture()
    after.save(tmp_path / "after.rg", text="all")
    expected = after.growth(since=before)
    for since, later in [
        (refgraph.load(tmp_path / "before.rg"), after),
        (refgraph.load(tmp_path / "before.rg"), refgraph.load(tmp_path / "after.rg")),
        (before, refgraph.load(tmp_path / "after.rg")),
    ]:
        growth = later.growth(since=since)
        assert str(growth) == str(expected)
        assert growth.types().to_csv() == expected.types().to_csv()
    names = after.growth(since=refgraph.load(tmp_path / "names.rg"))
    sessions = {row.type: row for row in names.types()}["file_heap.Session"]
    assert (sessions.born, sessions.died) == (50, 0)
    assert any("by_mail" in str(point) for point in names)


def test_snapshots_of_two_processes_are_not_compared(tmp_path: pathlib.Path) -> None:
    run("file_heap.py", tmp_path / "heap.rg")
    before = refgraph.load(tmp_path / "heap.rg")
    with pytest.raises(ValueError, match="a snapshot of the same process"):
        refgraph.capture().growth(since=before)
    refgraph.capture().save(tmp_path / "none.rg", text="none")
    with pytest.raises(ValueError, match="names are numbers"):
        refgraph.capture().growth(since=refgraph.load(tmp_path / "none.rg"))


def test_objects_of_this_process_are_found_in_a_file_of_it(heap: Heap, saved: pathlib.Path) -> None:
    assert refgraph.load(saved).node(heap).type == "file_heap.Heap"
    assert len(refgraph.load(saved).objects(Session)) >= 20


def test_objects_are_not_looked_for_in_another_process(tmp_path: pathlib.Path) -> None:
    run("file_heap.py", tmp_path / "heap.rg")
    loaded = refgraph.load(tmp_path / "heap.rg")
    with pytest.raises(
        refgraph.NotInSnapshot, match="loaded from a file and shows another process"
    ):
        loaded.node(loaded)
    with pytest.raises(refgraph.NotInSnapshot, match="by the name of a type"):
        loaded.objects(Session)
    node = loaded.objects("__main__.Session")[0]
    assert loaded.node(address=node.address) == node
    assert loaded.node(node.address) == node


# -- files -----------------------------------------------------------------------------------------


def test_what_is_no_snapshot_is_refused_with_path_and_offset(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "heap.rg"
    path.write_bytes(b'{"nodes": []}')
    with pytest.raises(refgraph.FileError, match="it looks like JSON") as caught:
        refgraph.load(path)
    assert caught.value.path == str(path)
    assert caught.value.offset == 0
    assert str(caught.value).startswith(f"{path}: ")
    assert isinstance(caught.value, refgraph.Error)
    assert isinstance(caught.value, ValueError)


def test_a_newer_version_is_told(saved: pathlib.Path) -> None:
    data = bytearray(saved.read_bytes())
    data[8] = 9
    saved.write_bytes(data)
    with pytest.raises(refgraph.FileError, match=r"format version 9; .* reads version 1") as caught:
        refgraph.load(saved)
    assert caught.value.offset == 8


def test_a_file_that_is_cut_short_is_refused_when_it_is_opened(saved: pathlib.Path) -> None:
    size = saved.stat().st_size
    os.truncate(saved, size - 1)
    with pytest.raises(
        refgraph.FileError, match=rf"cut short: {size - 1} bytes of {size}"
    ) as caught:
        refgraph.load(saved)
    assert caught.value.offset == size - 1


def test_an_altered_byte_is_told_by_the_first_question_or_at_once(saved: pathlib.Path) -> None:
    data = bytearray(saved.read_bytes())
    data[-1] ^= 1
    saved.write_bytes(data)
    loaded = refgraph.load(saved)
    for _ in range(2):
        with pytest.raises(
            refgraph.FileError, match="the checksum of the sources is wrong"
        ) as caught:
            loaded.types()
        assert caught.value.offset is not None
        assert 0 < caught.value.offset < len(data)
    with pytest.raises(refgraph.FileError, match="checksum"):
        refgraph.load(saved, verify=True)


def test_any_alteration_is_an_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("file") / "heap.rg"
    refgraph.capture().save(path)
    whole = path.read_bytes()

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(0, len(whole) - 1),
        st.integers(1, 255),
        st.one_of(st.just(0), st.integers(0, 1200)),
        st.booleans(),
    )
    def altered(place: int, change: int, near: int, is_cut: bool) -> None:
        data = bytearray(whole)
        data[near or place] ^= change
        path.write_bytes(data[:place] if is_cut else data)
        with pytest.raises(refgraph.FileError):
            refgraph.load(path, verify=True, copy=change % 2 == 1)

    altered()


def test_errors_of_the_system_are_those_of_open(tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    with pytest.raises(FileNotFoundError) as caught:
        refgraph.load(tmp_path / "missing.rg")
    assert caught.value.filename == str(tmp_path / "missing.rg")
    with pytest.raises(IsADirectoryError):
        refgraph.load(tmp_path)
    with pytest.raises(OSError, match="Not a regular file"):
        refgraph.load("/dev/null")
    with pytest.raises(IsADirectoryError):
        snap.save(tmp_path)
    with pytest.raises(FileNotFoundError):
        snap.save(tmp_path / "missing" / "heap.rg")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing(tmp_path: pathlib.Path) -> None:
    """A limit of the size of files is as good as a full disk, and needs no rights."""
    program = f"""
import resource, signal, refgraph
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
snap = refgraph.capture()
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
for compress in (None, "zstd"):
    try:
        snap.save({str(tmp_path / "heap.rg")!r}, compress=compress)
    except OSError as error:
        print(error.errno, error.filename)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.count(str(tmp_path / "heap.rg")) == 2
    assert os.listdir(tmp_path) == []


def test_arguments_are_checked_before_anything_is_written(tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    path = tmp_path / "heap.rg"
    with pytest.raises(ValueError, match="'some' is none of types, all, none"):
        snap.save(path, text="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'gzip' is none of zstd"):
        snap.save(path, compress="gzip")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        snap.save(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="copy must be a bool"):
        refgraph.load(path, copy=1)  # type: ignore[arg-type]
    assert not path.exists()


def test_a_file_is_replaced_as_a_whole_and_keeps_its_permissions(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "heap.rg"
    snap = refgraph.capture()
    snap.save(path)
    path.chmod(0o640)
    link = tmp_path / "link.rg"
    link.symlink_to("heap.rg")
    opened = refgraph.load(path)
    snap.save(link, text="all")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert (
        opened.types().to_csv() == snap.types().to_csv()
    )  # the file that was there is still mapped
    assert sorted(os.listdir(tmp_path)) == ["heap.rg", "link.rg"]
    path.unlink()
    assert refgraph.capture().types()


def test_paths_may_be_of_any_kind(tmp_path: pathlib.Path) -> None:
    snap = refgraph.capture()
    for path in (tmp_path / "ü.rg", str(tmp_path / "b.rg"), os.fsencode(tmp_path / "c.rg")):
        snap.save(path)
        assert refgraph.load(path).types().to_csv() == snap.types().to_csv()


@pytest.mark.parametrize("name", ["Mallory, thread 7", "Mallory · context", "4111_1111_1111"])
def test_what_a_thread_is_called_stays_out(name: str, tmp_path: pathlib.Path) -> None:
    is_over = threading.Event()
    thread = threading.Thread(target=is_over.wait, name=name)
    thread.start()
    try:
        refgraph.capture().save(tmp_path / "heap.rg")
    finally:
        is_over.set()
        thread.join()
    assert name.encode()[:7] not in (tmp_path / "heap.rg").read_bytes()


# -- threads, what is left behind ------------------------------------------------------------------


def test_threads_that_ask_first_at_once_verify_once(saved: pathlib.Path) -> None:
    loaded = refgraph.load(saved)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(loaded.types()[0].count)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_saving_and_loading_leave_nothing_behind(saved: pathlib.Path) -> None:
    def once() -> None:
        loaded = refgraph.load(saved)
        loaded.types()
        loaded.save(saved)

    once()
    gc.collect()
    files, objects = len(os.listdir("/proc/self/fd")), len(gc.get_objects())
    for _ in range(5):
        once()
    assert len(os.listdir("/proc/self/fd")) == files
    assert len(gc.get_objects()) <= objects + 2
    assert gc.collect() == 0
    assert os.listdir(saved.parent) == ["heap.rg"]


# -- for ever --------------------------------------------------------------------------------------


@pytest.mark.skipif("REFGRAPH_FILES" not in os.environ, reason="./dev matrix sets it")
def test_a_file_of_one_interpreter_gives_every_other_the_same_answers() -> None:
    """Each writes one into a folder that they share, with its own answers, and reads all."""
    folder = pathlib.Path(os.environ["REFGRAPH_FILES"])
    folder.mkdir(parents=True, exist_ok=True)
    mine = folder / f"{sys.implementation.name}-{sys.version.split()[0]}.rg"
    run("file_heap.py", mine, "all")
    mine.with_suffix(".json").write_text(run("file_answers.py", mine), encoding="utf-8")
    for path in sorted(folder.glob("*.rg")):
        expected = path.with_suffix(".json").read_text(encoding="utf-8")
        assert json.loads(run("file_answers.py", path)) == json.loads(expected)


def test_a_file_of_version_1_is_read_for_ever() -> None:
    snap = refgraph.load(HERE.parent / "data" / "version1.rg")
    assert snap.origin is not None
    assert snap.origin.python == "3.11.7"
    assert snap.origin.process == 4711
    assert (snap.node_count, snap.edge_count) == (16, 15)
    session = snap.objects("app.api.Session")[0]
    assert session.why_alive()[0].expression == "sys.modules['app.api'].current"
