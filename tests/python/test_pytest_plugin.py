"""The pytest plugin, in processes of its own: what leaks fails and says why, the rest passes."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import xml.dom.minidom

import pytest

PLANTED = pathlib.Path(__file__).parents[1] / "plugin"


class Run:
    """What a run of pytest printed, and the outcome of each test."""

    def __init__(self, text: str, status: int) -> None:
        self.text = text
        self.status = status
        found = re.findall(
            r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \[\d+\])? \S*?::(\S+)", text, re.M
        )
        self.outcomes = {name.rpartition("::")[2]: outcome.lower() for outcome, name in found}

    def message(self, name: str) -> str:
        """What a failed test printed."""
        pattern = rf"^_+ (?:\S+ )*(?:\S*\.)?{name} _+\n(.*?)(?=^(?:__+|==+) |\Z)"
        found = re.search(pattern, self.text, re.M | re.S)
        assert found is not None, self.text
        return " ".join(found[1].split())


def run(*arguments: object, plugin: bool = True, **variables: str) -> Run:
    """Run pytest with the plugin and few others."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-rA", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
            *(("-p", "pytest_refgraph") if plugin else ()),
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
    )
    return Run(done.stdout + done.stderr, done.returncode)


def written(folder: pathlib.Path, text: str, *, again: int | None = 10) -> pathlib.Path:
    """A file of tests, under a class to leak and a list to leak into.

    `again` is how often a test that leaks is run before it is accused; None: as always.
    """
    head = """
    import gc, sys, weakref
    import pytest

    class Request:
        def __init__(self):
            self.headers = {"host": "example"}

    HELD = []
    RUNS = []
    """
    path = folder / "test_it.py"
    if again is not None:
        limits = f"import refgraph.testing.series as series\nseries._AGAIN = {again}\n"
        (folder / "conftest.py").write_text(limits, encoding="utf-8")
    path.write_text(textwrap.dedent(head) + textwrap.dedent(text), encoding="utf-8")
    (folder / "pytest.ini").touch()
    return path


# ---- planted leaks -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The planted tests of both files: under xdist where that is installed."""
    try:
        import xdist  # noqa: F401
    except ImportError:
        several = ()
    else:
        several = ("-p", "xdist", "-n", "2")
    folder = tmp_path_factory.mktemp("leaking")
    files = PLANTED / "leaking.py", PLANTED / "clean.py"
    return run("-c", os.devnull, *several, "--refgraph-dir", folder, *files, AGAIN="10")


HOLDERS = {
    "test_request_in_a_module_list": "sys.modules['leaking'].HANDLED[*]",
    "test_callback_on_a_signal": "sys.modules['leaking'].request_finished.receivers[*]",
    "test_task_never_awaited": "sys.modules['leaking'].LOOP._ready[*]",
    "test_mock_kept_by_the_class": "sys.modules['leaking'].TestMocks.patched[*]",
    "test_exception_kept_with_its_traceback": "sys.modules['leaking'].ERRORS[*]",
    "test_lru_cache_on_a_method": "sys.modules['leaking'].Account.balance{cache}{key}",
    "test_closure_in_a_registry": "sys.modules['leaking'].CALLBACKS[*]",
    "test_logging_handler_added_again": ".handlers[*]",
    "test_thread_local_list": "sys.modules['leaking'].PER_THREAD{values by thread}",
    "test_context_variable_that_only_grows": "context{variables}",
    "test_cycle_whose_finalizer_resurrects": "sys.modules['leaking'].RESURRECTED[*]",
    "test_atexit_callback": "atexit",
    "test_a_fixture_that_leaks_into_a_wider_one": ".connections[*]",
    "test_new_attribute_of_a_module_each_time": "sys.modules['logging'].*",
    "test_new_module_each_time": "sys.modules[*]",
    "test_one_more_large_buffer_in_a_list": ".connections[*]",
}


@pytest.mark.slow
def test_every_planted_leak_fails(leaking: Run) -> None:
    failed = {name for name, outcome in leaking.outcomes.items() if outcome == "failed"}
    assert failed == set(HOLDERS), leaking.text


@pytest.mark.slow
def test_every_clean_test_passes(leaking: Run) -> None:
    others = [outcome for name, outcome in leaking.outcomes.items() if name not in HOLDERS]
    assert len(others) >= 15
    assert set(others) == {"passed"}, leaking.text
    assert re.search(r"\b1 warning\b", leaking.text)  # of a test that was run several times


@pytest.mark.slow
def test_planted_tests_are_judged_under_xdist_too(leaking: Run) -> None:
    if not os.environ.get("REFGRAPH_LIBRARIES"):
        pytest.importorskip("xdist")
    assert "2 workers" in leaking.text or "gw1" in leaking.text


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), HOLDERS.items())
def test_the_message_names_the_holder_and_what_to_cut(leaking: Run, name: str, place: str) -> None:
    message = leaking.message(name)
    cuts = re.findall(
        r"Cut: (.*?), the reference of|Cut: what begins with (.*?) (?:Picture|$)", message
    )
    assert any(place in first or place in second for first, second in cuts), message
    assert re.search(rf"{name} leaves [\d,.]+ objects? behind each time it runs", message)


@pytest.mark.slow
def test_an_expression_leads_to_one_that_stays(leaking: Run) -> None:
    assert re.search(
        r"One leaking.Request: sys.modules\['leaking'\].HANDLED\[\d+\]",
        leaking.message("test_request_in_a_module_list"),
    )


@pytest.mark.slow
def test_what_is_known_of_a_holder_is_told(leaking: Run) -> None:
    assert "keeps self" not in leaking.text
    assert "lru_cache keeps" in leaking.message("test_lru_cache_on_a_method")
    assert "clear_frames" in leaking.message("test_exception_kept_with_its_traceback")
    assert "reset_mock" in leaking.message("test_mock_kept_by_the_class")


@pytest.mark.slow
def test_a_picture_is_written_and_named(leaking: Run) -> None:
    pytest.importorskip("refgraph._render")
    for name in HOLDERS:
        found = re.search(r"Picture: (\S+\.svg)", leaking.message(name))
        assert found is not None, leaking.message(name)
        xml.dom.minidom.parse(found[1])


def test_without_graphviz_the_message_says_why_there_is_no_picture(tmp_path: pathlib.Path) -> None:
    test = written(tmp_path, "@pytest.mark.no_leaks\ndef test_it():\n    HELD.append(Request())\n")
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['refgraph._render'] = None\n")
    done = run(test)
    assert done.outcomes == {"test_it": "failed"}
    assert "No picture: " in done.message("test_it")
    assert "install" in done.message("test_it")


# ---- what looks like a leak ----------------------------------------------------------------------


@pytest.mark.slow
def test_bounded_caches_are_filled_before_they_are_accused(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        import functools, itertools, re
        count = itertools.count()

        @functools.lru_cache(maxsize=100)
        def cached(number):
            return Request()

        @pytest.mark.no_leaks
        def test_bounded():
            cached(next(count))

        @pytest.mark.no_leaks
        def test_patterns(tmp_path):
            re.compile(re.escape(str(tmp_path / str(next(count)))))

        class Row:
            def __init__(self):
                self.cells = [object() for _ in range(50)]

        @functools.lru_cache(maxsize=100)
        def row(number):
            return Row()

        @pytest.mark.no_leaks
        def test_much_at_each_entry():
            row(next(count))
        """,
        again=None,
    )
    names = "test_bounded", "test_patterns", "test_much_at_each_entry"
    assert run(test).outcomes == dict.fromkeys(names, "passed")


# ---- outcomes ------------------------------------------------------------------------------------


def test_every_outcome_is_what_pytest_says_without_the_marker(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        pytestmark = pytest.mark.no_leaks

        def test_fails():
            HELD.append(Request())
            assert len(HELD) == -1

        def test_skips():
            pytest.skip("not today")

        @pytest.mark.xfail
        def test_is_expected_to_fail():
            raise ValueError

        @pytest.mark.xfail(strict=True)
        def test_leaks_as_expected():
            HELD.append(Request())

        @pytest.mark.xfail
        def test_passes_unexpectedly():
            pass

        @pytest.fixture
        def broken():
            raise OSError("no set-up")

        def test_errs(broken):
            pass

        @pytest.fixture
        def torn():
            yield
            raise OSError("no tear-down")

        def test_errs_at_its_end(torn):
            pass

        @pytest.mark.parametrize("leak", [False, True])
        def test_of_parameters(leak):
            if leak:
                HELD.append(Request())
        """,
    )
    done = run(test)
    assert done.outcomes == {
        "test_fails": "failed",
        "test_is_expected_to_fail": "xfail",
        "test_leaks_as_expected": "xfail",
        "test_passes_unexpectedly": "xpass",
        "test_errs": "error",
        "test_errs_at_its_end": "error",
        "test_of_parameters[False]": "passed",
        "test_of_parameters[True]": "failed",
    }, done.text
    assert "assert 1 == -1" in done.text  # it ran once
    assert "1 skipped" in done.text


def test_a_test_that_cannot_be_run_again_is_told_so(tmp_path: pathlib.Path) -> None:
    body = """
    @pytest.mark.no_leaks
    def test_once():
        RUNS.append(1)
        assert len(RUNS) < 3
    """
    done = run(written(tmp_path, body))
    assert done.outcomes == {"test_once": "failed"}
    assert "It passed the first time, and in round 3 raised call: assert 3 < 3" in done.text
    done = run("--no-leaks", written(tmp_path, body.replace("@pytest.mark.no_leaks", "")))
    assert done.outcomes == {"test_once": "passed"}
    assert "1 test could not be judged" in done.text


# ---- fixtures and rounds -------------------------------------------------------------------------


def test_function_fixtures_are_made_each_round_and_wider_ones_once(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        MADE = {"function": 0, "class": 0, "module": 0, "session": 0, "setup": 0}
        ENDED = dict(MADE)

        def fixture_of(scope, *before):
            @pytest.fixture(scope=scope, name=scope)
            def made(request):
                MADE[scope] += 1
                yield [request.getfixturevalue(name) for name in before]
                ENDED[scope] += 1
            return made

        of_session = fixture_of("session")
        of_module = fixture_of("module", "session")
        of_class = fixture_of("class", "module")
        of_function = fixture_of("function", "class")

        class TestIt:
            def setup_method(self):
                MADE["setup"] += 1

            @pytest.mark.no_leaks(rounds=4)
            def test_it(self, function):
                pass

        def test_after():
            wide = {"class": 1, "module": 1, "session": 1}
            assert MADE == {**wide, "function": 7, "setup": 7}
            assert ENDED == {"function": 7, "class": 1, "module": 0, "session": 0, "setup": 0}
        """,
    )
    assert run(test).outcomes == {"test_it": "passed", "test_after": "passed"}


def test_the_marker_judges_unittest_classes_and_methods(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        import unittest

        @pytest.mark.no_leaks
        class TestMarked(unittest.TestCase):
            def test_leaks(self):
                HELD.append(self)

            def test_is_clean(self):
                self.request = Request()

        class TestPartly(unittest.TestCase):
            @pytest.mark.no_leaks
            def test_marked(self):
                HELD.append(Request())

            def test_unmarked(self):
                HELD.append(Request())

            @unittest.expectedFailure
            @pytest.mark.no_leaks
            def test_expected(self):
                self.fail()
        """,
    )
    assert run(test).outcomes == {
        "test_leaks": "failed",
        "test_is_clean": "passed",
        "test_marked": "failed",
        "test_unmarked": "passed",
        "test_expected": "xfail",
    }


@pytest.mark.parametrize(
    ("module", "options", "marker"),
    [
        ("pytest_asyncio", ("-p", "pytest_asyncio.plugin"), "asyncio"),
        ("anyio", ("-p", "anyio.pytest_plugin"), "anyio"),
    ],
)
def test_async_tests_are_judged(
    tmp_path: pathlib.Path, module: str, options: tuple[str, ...], marker: str
) -> None:
    if not os.environ.get("REFGRAPH_LIBRARIES"):
        pytest.importorskip(module)
    test = written(
        tmp_path,
        f"""
        import asyncio
        pytestmark = [pytest.mark.no_leaks, pytest.mark.{marker}]

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        async def test_leaks():
            await asyncio.sleep(0)
            HELD.append(asyncio.current_task())

        async def test_is_clean():
            request = Request()
            await asyncio.sleep(0)
            assert request
        """,
    )
    done = run(*options, test)
    assert done.outcomes == {"test_leaks": "failed", "test_is_clean": "passed"}, done.text


# ---- types, limit, rounds ------------------------------------------------------------------------


def test_types_and_limit_say_what_may_stay(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        class Child(Request):
            pass

        def leak(cls=Request):
            HELD.append(cls())
            HELD.append((cls(),))

        @pytest.mark.no_leaks(types=Request)
        def test_class():
            leak()

        @pytest.mark.no_leaks(types=Request)
        def test_subclass():
            leak(Child)

        @pytest.mark.no_leaks(types=["test_it.Request"])
        def test_name():
            leak()

        @pytest.mark.no_leaks(types=Request)
        def test_one_in_another():
            HELD.append(Request())
            HELD[-1].inner = Request()

        @pytest.mark.no_leaks(types=bytearray)
        def test_others_go():
            HELD.append([bytearray(1)])
            RUNS[:] = [bytearray(1), *(RUNS or [bytearray(1) for _ in range(3)])[:3]]

        @pytest.mark.no_leaks(types="OrderedDict")
        def test_another_type():
            leak()

        @pytest.mark.no_leaks(types=Request, limit=2)
        def test_limit():
            leak()

        @pytest.mark.no_leaks(types=Request, limit=1, rounds=5)
        def test_less():
            leak()

        @pytest.mark.no_leaks(limit=None)
        def test_not_judged():
            leak()

        @pytest.mark.no_leaks(types="test_it.Reqest")
        def test_misspelt():
            leak()
        """,
    )
    done = run("--no-leaks", test)
    assert done.outcomes == {
        "test_class": "failed",
        "test_subclass": "failed",
        "test_name": "failed",
        "test_one_in_another": "failed",
        "test_others_go": "failed",
        "test_another_type": "passed",
        "test_limit": "passed",
        "test_less": "failed",
        "test_not_judged": "passed",
        "test_misspelt": "failed",
    }, done.text
    assert "more than the 1 allowed" in done.message("test_less")
    assert "leaves 2 objects of Request behind each time it runs: 26 in 13" in done.message(
        "test_class"
    )
    assert "there is no class 'test_it.Reqest'" in done.message("test_misspelt")


WRONG = {
    "rounds=0": "rounds must be at least 1, not 0",
    "rounds='3'": "rounds must be an int, not 'str'",
    "limit=-1": "limit must be at least 0, not -1",
    "types=3": "types must be classes or names such as 'app.Request', not 'int'",
    "types=[None]": "types must be classes or names such as 'app.Request', not 'NoneType'",
    "types=[]": "types is empty, so that nothing could be found",
    "types=''": "the name of a type is empty",
    "'app.Request'": "no_leaks takes types=, rounds= and limit= by name",
    "type='app.Request'": "no_leaks has no type=; it has types=, rounds= and limit=",
}


def test_a_marker_that_cannot_be_understood_is_an_error_of_set_up(tmp_path: pathlib.Path) -> None:
    tests = "".join(
        f"@pytest.mark.no_leaks({arguments})\ndef test_{i}():\n    RUNS.append(1)\n"
        for i, arguments in enumerate(WRONG)
    )
    done = run(written(tmp_path, f"{tests}\ndef test_ran():\n    assert not RUNS\n"))
    errors = dict.fromkeys((f"test_{i}" for i in range(len(WRONG))), "error")
    assert done.outcomes == {**errors, "test_ran": "passed"}, done.text
    for complaint in WRONG.values():
        assert complaint in done.text
    assert "Traceback" not in done.text


# ---- all tests, no test --------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["--no-leaks", "ini"])
def test_all_tests_are_judged_where_that_is_asked_for(tmp_path: pathlib.Path, way: str) -> None:
    test = written(
        tmp_path,
        """
        def test_leaks():
            HELD.append(Request())

        def test_is_clean():
            request = Request()
        """,
    )
    if way == "ini":
        (tmp_path / "pytest.ini").write_text("[pytest]\nno_leaks = true\nrefgraph_dir = leaks\n")
    done = run(*(["--no-leaks"] if way != "ini" else []), test)
    assert done.outcomes == {"test_leaks": "failed", "test_is_clean": "passed"}, done.text
    if way == "ini" and "No picture" not in done.text:
        assert list((tmp_path / "leaks").glob("*.svg"))


def test_where_no_memory_blocks_are_counted_the_heap_is_looked_at(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        def test_leaks():
            HELD.append("x" * len(RUNS))
            RUNS.append(None)

        def test_is_clean():
            request = Request()
        """,
    )
    done = run("--no-leaks", test, PYTHONMALLOC="malloc")
    assert done.outcomes == {"test_leaks": "failed", "test_is_clean": "passed"}, done.text


def test_a_suite_that_does_not_use_it_does_not_import_the_package(tmp_path: pathlib.Path) -> None:
    test = written(
        tmp_path,
        """
        def test_it():
            assert "pytest_refgraph" in sys.modules
            assert not [name for name in sys.modules if name.partition(".")[0] == "refgraph"]
        """,
        again=None,
    )
    done = run("--strict-markers", test)
    assert done.outcomes == {"test_it": "passed"}, done.text
    assert "no_leaks(types=None" in run("--markers", tmp_path).text


def test_the_plugin_imports_nothing_that_pytest_has_not(tmp_path: pathlib.Path) -> None:
    code = (
        "import pytest, sys\n"
        "before = set(sys.modules)\n"
        "import pytest_refgraph\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pytest_refgraph']"
