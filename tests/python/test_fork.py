"""capture(pause="fork"): the child sees what this process sees; nothing stays, however it ends."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import pathlib
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator

import pytest

import refgraph

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a child captures on Linux only")

ROUNDS = int(
    os.environ.get("REFGRAPH_FORK_ROUNDS", "4")
)  # of those that are repeated; 200 for a thorough look


class Thing:
    """What the tests look for."""

    def __init__(self, other: object = None) -> None:
        self.other = other


def descriptors() -> set[str]:
    return {f"{fd}: {os.readlink(f'/proc/self/fd/{fd}')}" for fd in _open_fds()}


def _open_fds() -> list[str]:
    """Without the one that lists them."""
    return [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]


def children() -> list[int]:
    """Of any thread, zombies too."""
    found: list[int] = []
    for task in os.listdir("/proc/self/task"):
        try:
            text = pathlib.Path(f"/proc/self/task/{task}/children").read_text()
        except OSError:
            continue
        found += [int(pid) for pid in text.split()]
    return found


@pytest.fixture
def nothing_left() -> Iterator[None]:
    before = descriptors(), children(), threading.active_count()
    yield
    gc.collect()
    assert (descriptors(), children(), threading.active_count()) == before


def run(code: str, *, preload: str = "", **environment: str) -> str:
    """The output of a program of its own."""
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    if preload:
        env["LD_PRELOAD"] = preload
    env.update(environment)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


is_sanitized = "asan" in os.environ.get("LD_PRELOAD", "")


# ---- the same answer ----------------------------------------------------------------------------


def test_the_child_captures_what_this_process_captures() -> None:
    printed = run(
        """
        import gc, refgraph

        class Node:
            def __init__(self, i):
                self.i, self.f, self.d, self.t = i, i / 7, {i: str(i)}, (i, [i])
        nodes = [Node(i) for i in range(500)]
        nodes[0].itself = nodes[0]
        gc.collect()
        gc.disable()

        def facts(snap, address):
            node = snap.node(address=address)
            edges = [(edge.name, edge.strength, edge.target.address) for edge in node.referents]
            return (node.type, node.kind, node.text, node.size, node.refcount, node.generation,
                    node.has_finalizer, node.is_unseen, node.unexplained_references, edges)

        def counts(snap):
            return {row.type: (row.count, row.size) for row in snap.types(limit=None)}

        refgraph.capture(); refgraph.capture(pause="fork").result()  # what imports and caches make
        forked = refgraph.capture(pause="fork").result()
        here = refgraph.capture()
        # a few objects come and go meanwhile: the caller's own, and those of the first answer
        assert abs(forked.node_count - here.node_count) < 20, (forked.node_count, here.node_count)
        assert abs(forked.edge_count - here.edge_count) < 60, (forked.edge_count, here.edge_count)
        a, b = counts(forked), counts(here)
        assert sum(a[t] != b[t] for t in a.keys() | b.keys() if t in a and t in b) < 8
        assert len(a.keys() ^ b.keys()) < 3
        different = compared = 0
        for address in [id(thing) for thing in gc.get_objects()]:
            try:
                one, other = facts(forked, address), facts(here, address)
            except refgraph.NotInSnapshot:
                continue
            compared += 1
            different += one != other
        assert compared > 8000 and different < 25, (compared, different)
        for thing in nodes[1:]:
            assert facts(forked, id(thing)) == facts(here, id(thing))
        for target in (nodes[77].t, nodes[0], nodes[3].d, Node):
            assert str(forked.node(target).why_alive()) == str(here.node(target).why_alive())
        assert "nodes" in str(here.node(nodes[77].t).why_alive())
        print("equal")
        """
    )
    assert printed == "equal\n"


@pytest.mark.parametrize("pause", ["gil", "fork"])
def test_numbers_are_written_to_nearest_whatever_the_program_set(pause: str) -> None:
    upward = {"x86_64": 0x800, "aarch64": 0x400000}.get(os.uname().machine)
    if upward is None:
        pytest.skip("how this processor is told to round up is not known here")
    printed = run(
        f"""
        import ctypes, random, refgraph
        generator = random.Random(1)
        values = [generator.random() * 10.0 ** generator.randrange(-8, 18) for _ in range(2000)]
        library = ctypes.CDLL(None)
        library.fesetround({upward})
        snap = refgraph.capture(pause={pause!r})
        assert library.fegetround() == {upward}
        library.fesetround(0)
        snap = snap.result() if {pause!r} == "fork" else snap
        print(sum(float(snap.node(value).text) != value for value in values))
        """
    )
    assert printed == "0\n"


def test_what_changes_later_is_not_in_the_answer() -> None:
    things = [Thing() for _ in range(100)]
    pending = refgraph.capture(pause="fork")
    del things[50:]
    later = [Thing() for _ in range(1000)]
    snap = pending.result()
    assert len(snap.objects(Thing)) == 100
    assert len(later) == 1000


def test_rules_and_their_matches_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "KEPT", [Thing(i) for i in range(7)], raising=False)
    pattern = f"{__name__}.KEPT[*]"
    here = refgraph.capture(weak_edges=[pattern])
    forked = refgraph.capture(weak_edges=[pattern], pause="fork").result()
    assert str(forked.weak_edges) == str(here.weak_edges)
    assert "7" in str(forked.weak_edges)


# ---- what a caller does with it -----------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_the_result_comes_by_waiting_and_stays() -> None:
    pending = refgraph.capture(pause="fork")
    assert 0 < pending.pause < 60
    snap = pending.result(timeout=120)
    assert pending.done()
    assert pending.result() is snap
    assert pending.exception() is None
    assert not pending.cancel()
    assert pending.fileno() == -1
    assert snap.cost.pause == pytest.approx(pending.pause)
    assert snap.cost.seconds >= snap.cost.pause


@pytest.mark.usefixtures("nothing_left")
def test_the_descriptor_is_readable_when_it_is_done() -> None:
    with refgraph.capture(pause="fork") as pending:
        assert select.select([pending], [], [], 120)[0] == [pending]
        assert pending.done()
        assert pending.result(timeout=0).node_count > 1000


@pytest.mark.usefixtures("nothing_left")
def test_several_coroutines_await_one_capture() -> None:
    async def both() -> list[refgraph.Snapshot]:
        pending = refgraph.capture(pause="fork")

        async def one() -> refgraph.Snapshot:
            return await pending

        return await asyncio.gather(one(), one(), one())

    first, second, third = asyncio.run(both())
    assert first is second is third


@pytest.mark.usefixtures("nothing_left")
def test_a_timeout_leaves_the_capture_as_it_is() -> None:
    pending = refgraph.capture(pause="fork")
    os.kill(pending._fork.process, signal.SIGSTOP)  # type: ignore[union-attr]
    try:
        with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
            pending.result(timeout=0.05)
        assert not pending.done()
    finally:
        os.kill(pending._fork.process, signal.SIGCONT)  # type: ignore[union-attr]
    assert pending.result().node_count > 1000


@pytest.mark.usefixtures("nothing_left")
def test_signals_are_handled_while_it_is_waited_for() -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    pending = refgraph.capture(pause="fork")
    os.kill(pending._fork.process, signal.SIGSTOP)  # type: ignore[union-attr]
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Alarm):
            pending.result()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert pending.cancel()
    with pytest.raises(refgraph.CaptureError, match="cancelled"):
        pending.result()


@pytest.mark.usefixtures("nothing_left")
def test_a_dropped_capture_leaves_nothing(tmp_path: pathlib.Path) -> None:
    refgraph.capture(pause="fork")
    pending = refgraph.capture(pause="fork", path=tmp_path / "heap.rg")
    del pending
    with refgraph.capture(pause="fork"):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("nothing_left")
def test_the_application_sees_no_child() -> None:
    seen = []
    before = signal.signal(signal.SIGCHLD, lambda *_: seen.append(1))
    try:
        pending = refgraph.capture(pause="fork")
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        pending.result()
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, 0)
        assert subprocess.run([sys.executable, "-c", ""], check=True).returncode == 0
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert len(seen) <= 1  # the subprocess


def test_a_process_forked_later_does_not_own_it() -> None:
    printed = run(
        """
        import os, refgraph
        pending = refgraph.capture(pause="fork")
        pid = os.fork()
        if pid == 0:
            try:
                pending.result()
            except refgraph.CaptureError as error:
                os.write(1, str(error).encode() + b"\\n")
            del pending
            os._exit(0)
        os.waitpid(pid, 0)
        print(pending.result().node_count > 1000)
        """
    )
    assert printed.splitlines() == [
        "another process, of which this one is a child, began this capture",
        "True",
    ]


# ---- files --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_a_file_appears_whole_with_the_result(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "heap.rg"
    things = [Thing() for _ in range(10)]
    pending = refgraph.capture(pause="fork", path=path, text="all")
    select.select([pending], [], [], 120)
    assert not path.exists()
    snap = pending.result()
    assert os.listdir(tmp_path) == ["heap.rg"]
    assert len(snap.objects(Thing)) == len(things)
    loaded = refgraph.load(path)
    assert str(loaded.types(limit=5)) == str(snap.types(limit=5))
    assert loaded.cost.pause == pytest.approx(pending.pause, abs=1e-3)
    assert loaded.origin is not None
    assert loaded.origin.process == os.getpid()
    del snap, loaded


@pytest.mark.usefixtures("nothing_left")
def test_a_path_that_cannot_be_is_refused_before(tmp_path: pathlib.Path) -> None:
    missing = tmp_path / "no" / "heap.rg"
    with pytest.raises(FileNotFoundError) as caught:
        refgraph.capture(pause="fork", path=missing)
    assert caught.value.filename == missing
    with pytest.raises(ValueError, match="pause='fork'"):
        refgraph.capture(path=missing)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="none of gil, fork"):
        refgraph.capture(pause="spoon")  # type: ignore[call-overload]


@pytest.mark.parametrize("path", [None, "heap.rg"])
def test_a_full_disk_is_an_error_and_leaves_no_file(
    tmp_path: pathlib.Path, path: str | None
) -> None:
    printed = run(
        f"""
        import os, resource, signal, refgraph
        os.chdir({str(tmp_path)!r})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        pending = refgraph.capture(pause="fork", path={path!r})
        try:
            pending.result()
        except OSError as error:
            print(type(error).__name__, error.errno, error.filename)
        print(os.listdir("."))
        """
    )
    assert printed.splitlines() == [f"OSError {errno.EFBIG} {path}", "[]"]


# ---- a child that does not come to its end ------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_a_killed_child_is_an_error_at_any_moment(tmp_path: pathlib.Path) -> None:
    heap = [Thing(Thing([i])) for i in range(20000)]
    started = time.monotonic()
    refgraph.capture(pause="fork").result()
    usual = time.monotonic() - started
    killed = 0
    for i in range(ROUNDS):
        path = tmp_path / "heap.rg" if i % 2 else None
        pending = refgraph.capture(pause="fork", path=path)
        process = pending._fork.process  # type: ignore[union-attr]
        time.sleep(random.random() * usual)
        os.kill(process, signal.SIGKILL)  # not reaped yet: the id is still its own
        error = pending.exception()
        if error is not None:
            killed += 1
            assert os.listdir(tmp_path) == []
            with pytest.raises(refgraph.CaptureError, match=r"was killed \(signal 9\)"):
                pending.result()
        else:
            assert pending.result().node_count > 40000
            for name in os.listdir(tmp_path):
                os.unlink(tmp_path / name)
    assert killed
    assert len(heap) == 20000


@pytest.mark.usefixtures("nothing_left")
def test_a_child_that_crashes_is_an_error() -> None:
    pending = refgraph.capture(pause="fork")
    os.kill(pending._fork.process, signal.SIGSTOP)  # type: ignore[union-attr]
    os.kill(pending._fork.process, signal.SIGIO)  # type: ignore[union-attr]  # the one it minds
    os.kill(pending._fork.process, signal.SIGCONT)  # type: ignore[union-attr]
    with pytest.raises(refgraph.CaptureError, match="died of signal"):
        pending.result()


@pytest.mark.skipif(is_sanitized, reason="sanitizers reserve more address space than any limit")
def test_a_child_without_memory_is_an_error() -> None:
    printed = run(
        """
        import resource, refgraph
        heap = [[i] for i in range(300_000)]
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + (40 << 20)
        refgraph.capture  # imported
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        pending = refgraph.capture(pause="fork")
        try:
            pending.result()
        except MemoryError:
            print("MemoryError")
        """
    )
    assert printed == "MemoryError\n"


def test_the_child_ends_with_the_process() -> None:
    printed = run(
        """
        import os, signal, sys, refgraph
        heap = [[i] for i in range(300_000)]
        pending = refgraph.capture(pause="fork")
        print(pending._fork.process, flush=True)
        os.kill(os.getpid(), signal.SIGKILL) if "now" in sys.argv else os._exit(0)
        """
    )
    process = int(printed)
    for _ in range(200):
        try:
            state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return  # whoever adopts it has not looked yet
        time.sleep(0.05)
    pytest.fail("the child lives on")


# ---- where no child can be made -----------------------------------------------------------------

NO_CLONE = """
import ctypes, os, struct, sys
def refuse(number, error):
    # load the number of the call; if it is this one and its first argument is 0: an error
    program = [(0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 16), (0x15, 0, 1, 0),
               (0x06, 0, 0, 0x00050000 | error), (0x06, 0, 0, 0x7FFF0000)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    held = ctypes.create_string_buffer(code)
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    if libc.prctl(22, 2, ctypes.byref(Program(len(program), ctypes.addressof(held))), 0, 0):
        print("no filters"); sys.exit()
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of its system calls")
@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (56, errno.EPERM, "no child process"),
        (56, errno.EAGAIN, "no child process"),
        (56, errno.ENOMEM, "no child process"),
    ],
)
@pytest.mark.parametrize("path", [None, "heap.rg"])
def test_a_refused_fork_is_done_here_with_a_warning(
    number: int, error: int, words: str, path: str | None, tmp_path: pathlib.Path
) -> None:
    printed = run(
        NO_CLONE
        + textwrap.dedent(
            f"""
            import warnings, refgraph
            os.chdir({str(tmp_path)!r})
            before = set(os.listdir("/proc/self/fd"))
            refuse({number}, {error})
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                pending = refgraph.capture(pause="fork", path={path!r})
            assert [w.category for w in caught] == [refgraph.CaptureWarning], caught
            assert {words!r} in str(caught[0].message) and "waited" in str(caught[0].message)
            assert caught[0].filename == "<string>"
            assert pending.done() and pending.result().node_count > 1000 and not pending.cancel()
            assert pending.pause > 0
            print(sorted(os.listdir(".")))
            """
        )
    )
    if printed != "no filters\n":
        assert printed == f"{[path] if path else []}\n"


# ---- what the child must not do -----------------------------------------------------------------


@pytest.mark.skipif(is_sanitized, reason="a sanitizer is preloaded and has malloc")
@pytest.mark.parametrize("allocator", ["default", "malloc"])
def test_the_child_allocates_nothing_and_takes_no_lock(
    tmp_path: pathlib.Path, allocator: str
) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or b"musl" in pathlib.Path("/proc/self/maps").read_bytes():
        pytest.skip("needs a C compiler, and glibc's names")
    source = pathlib.Path(__file__).parents[1] / "preload" / "no_malloc.c"
    library = tmp_path / "no_malloc.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    code = """
        import os, sys
        if "check" in os.environ:  # that the library works: a forked process ends at once
            pid = os.fork()
            if pid == 0:
                bytearray(100_000)
                os._exit(0)
            print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
            sys.exit()
        import array, asyncio, collections, contextvars, ctypes, datetime, decimal, enum, functools
        import io, logging, re, signal, sqlite3, threading, types, typing, unittest
        import refgraph
        class A:
            pass
        class B(A):
            __slots__ = ("x",)
        keep = []
        for i in range(2000):
            a = A()
            a.x, a.d, a.f, a.g, a.s = i, {i: i, "k": [i]}, i * 1.1e300 / 7, 5e-324 * i, f"é{i}"
            keep.append(a)
        keep += [1.7976931348623157e308, 5e-324, -0.0, float("inf"), float("nan"), 1 / 3]
        keep += [2**k for k in range(0, 300, 7)]
        keep += [bytearray(10_000), array.array("d", range(1000)), collections.deque(range(1000))]
        keep += [collections.OrderedDict.fromkeys(range(1000)), set(range(5000)), frozenset("abc")]
        keep += [decimal.Decimal(1) / 3, {i * 0.1: A() for i in range(5000)}]
        keep += [type("Many", (A,), {f"a{i}": i for i in range(300)})]
        def generator():
            with open(os.devnull) as file:
                yield file
        running = generator(); next(running)
        cached = functools.lru_cache(maxsize=100)(lambda x: [x]); [cached(i) for i in range(200)]
        for i in range(50):
            contextvars.ContextVar(f"v{i}").set(i)
        keep += [contextvars.copy_context(), datetime.datetime.now(datetime.timezone.utc)]
        try:
            1 / 0
        except Exception as error:
            keep.append(error)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        stop = threading.Event()
        for i in range(3):
            threading.Thread(target=stop.wait, name=f"wé{i}").start()
        try:
            print(refgraph.capture(pause="fork").result().node_count > 20_000)
            refgraph.capture(pause="fork", path=sys.argv[1] if sys.argv[1:] else os.environ["FILE"],
                             weak_edges=["*.keep[*]"]).result()
        finally:
            stop.set()
        """
    preload = {"preload": str(library)}
    malloc = {} if allocator == "default" else {"PYTHONMALLOC": "malloc"}
    assert run(code, **preload, check="1") == "99\n"
    assert run(code, **preload, FILE=str(tmp_path / "x.rg"), **malloc) == "True\n"


@pytest.mark.skipif(is_sanitized, reason="a sanitizer keeps notes of all memory")
def test_the_child_writes_no_page_of_the_heap() -> None:
    printed = run(
        """
        import gc, os, re, signal, sys, time, refgraph
        class A:
            pass
        heap = []
        for i in range(120_000):
            a = A(); a.i, a.l = str(i), [i]
            heap.append(a)
        refgraph.capture()
        gc.disable()

        def areas(process):  # beginning -> (size, private dirty), in KiB
            found, at = {}, None
            for line in open(f"/proc/{process}/smaps"):
                match = re.match(r"([0-9a-f]+)-[0-9a-f]+ ", line)
                if match:
                    at = int(match[1], 16)
                    found[at] = [0, 0]
                elif line.startswith("Size:"):
                    found[at][0] = int(line.split()[1])
                elif line.startswith("Private_Dirty:"):
                    found[at][1] = int(line.split()[1])
            return found

        def of_fork():
            pending = refgraph.capture(pause="fork")
            process = pending._fork.process
            while True:  # until the graph is being written: what reads the heap is over
                try:
                    for fd in os.listdir(f"/proc/{process}/fd"):
                        name = os.readlink(f"/proc/{process}/fd/{fd}")
                        if "memfd" in name and os.stat(f"/proc/{process}/fd/{fd}").st_size:
                            os.kill(process, signal.SIGSTOP)
                            return pending, process
                except FileNotFoundError:  # it has ended meanwhile
                    pass
                if pending.done():
                    return None
        before = areas(os.getpid())
        for _ in range(20):
            got = of_fork()
            if got:
                break
        else:
            print("missed"); sys.exit()
        pending, process = got
        time.sleep(0.05)
        after = areas(process)
        os.kill(process, signal.SIGCONT)
        pending.result()
        same = [at for at in after if at in before and after[at][0] == before[at][0]]
        written = sum(after[at][1] for at in same)
        whole = sum(size for at, (size, dirty) in before.items() if dirty)
        print("few" if written < 2000 else f"{written} KiB of {whole}")
        """
    )
    if printed == "missed\n":
        pytest.skip("the child was too fast to be looked at")
    assert printed == "few\n"


# ---- under load ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_captures_while_threads_allocate(tmp_path: pathlib.Path) -> None:
    stop = threading.Event()
    done = [0] * 8

    def allocate(which: int) -> None:
        kept: list[object] = []
        while not stop.is_set():
            kept.append({str(i): [Thing(i)] for i in range(20)})
            bytearray(random.randrange(200_000))
            if len(kept) > 200:
                del kept[:150]
            done[which] += 1

    threads = [threading.Thread(target=allocate, args=(i,)) for i in range(len(done))]
    for thread in threads:
        thread.start()
    fds = descriptors()
    try:
        for i in range(ROUNDS):
            path = tmp_path / "heap.rg" if i % 3 == 2 else None
            snap = refgraph.capture(pause="fork", path=path, wait=True).result()
            assert len(snap.objects(Thing)) > 20
            del snap
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(done)
    assert descriptors() == fds
    assert sorted(os.listdir(tmp_path)) == (["heap.rg"] if ROUNDS > 2 else [])


def test_no_warning_where_a_child_is_made() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refgraph.capture(pause="fork").result().node_count > 1000
    assert resource.getpagesize() > 0
