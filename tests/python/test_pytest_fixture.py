"""The fixture `leaks`: what it fails for, and what it says."""

from __future__ import annotations

import pathlib

import pytest
from test_pytest_plugin import Run, run, written

TESTS = """
class Knot:
    def __init__(self):
        self.me = self

    def __del__(self):
        pass

def handled(keep):
    request = Request()
    if keep:
        HELD.append({"last": request})
    return weakref.ref(request)

class TestFreed:
    def test_gone(self, leaks):
        leaks.assert_freed(handled(False))

    def test_held(self, leaks):
        leaks.assert_freed(handled(True))

    def test_weak_reference_and_variable(self, leaks):
        request = Request()
        leaks.assert_freed(weakref.ref(request))

    def test_only_the_caller_holds_it(self, leaks):
        request = alias = Request()
        leaks.assert_freed(request)

    def test_only_the_call_holds_it(self, leaks):
        leaks.assert_freed(Request())

    def test_the_caller_and_a_list_hold_it(self, leaks):
        request = Request()
        HELD.append(request)
        leaks.assert_freed(request)

    def test_something_without_weak_references(self, leaks):
        row = {"a": 1}
        leaks.assert_freed(row)
        HELD.append(row)
        leaks.assert_freed(row)

    def test_garbage(self, leaks):
        knot = Knot()
        leaks.watch(knot)
        del knot
        leaks.assert_freed()

    def test_watched_and_held(self, leaks):
        HELD.append(Knot())
        assert leaks.watch(HELD[-1])() is HELD[-1]
        leaks.assert_freed()

class TestGrowth:
    def test_more(self, leaks):
        HELD.append(Request())
        leaks.assert_no_growth()

    def test_variables_only(self, leaks):
        request, row = Request(), [Request()]
        leaks.assert_no_growth()
        leaks.assert_no_growth(types=[Request])

    def test_allowed(self, leaks):
        HELD.append(Request())
        leaks.assert_no_growth(limit=1)

    def test_block(self, leaks):
        HELD.append(Request())
        with leaks.no_growth():
            Request()
        with leaks.no_growth(types=["list", "test_it.Request"]):
            HELD.append([])

    def test_block_that_raises(self, leaks):
        with leaks.no_growth():
            HELD.append(Request())
            raise KeyError("mine")

class TestCycles:
    def test_left(self, leaks):
        Knot()
        leaks.assert_no_cycles()

    def test_in_use(self, leaks):
        knot = Knot()
        leaks.assert_no_cycles()

    def test_of_before(self, knots_of_before, leaks):
        assert not gc.isenabled()
        leaks.assert_no_cycles()

@pytest.fixture
def knots_of_before():
    gc.collect()
    gc.disable()
    Knot()
    yield
    gc.enable()

def test_the_collector_is_as_it_was():
    assert gc.isenabled()

class TestUse:
    def test_nothing_asked(self, leaks):
        leaks.assert_freed()

    def test_types(self, leaks):
        leaks.assert_no_growth(types=3)

    def test_limit(self, leaks):
        with leaks.no_growth(limit=-1):
            pass

    def test_no_weak_reference(self, leaks):
        leaks.watch({})

@pytest.mark.no_leaks
def test_both(leaks):
    request = Request()
    leaks.assert_no_growth()

class Handler:
    def handle(self):
        pass

async def in_coroutine(leaks, question, keep=False):
    request = Request()
    if keep:
        HELD.append(request)
    leaks.assert_freed(question(request))

def asked_in_coroutine(*arguments):
    coroutine = in_coroutine(*arguments)
    with pytest.raises(StopIteration):
        coroutine.send(None)

class Lazy:  # as proxies of libraries are: to ask for its class makes what it stands for
    @property
    def __class__(self):
        raise RuntimeError("code of the object was run")

class TestWays:
    def test_variable_of_a_coroutine(self, leaks):
        asked_in_coroutine(leaks, lambda request: request)

    def test_weak_reference_and_variable_of_a_coroutine(self, leaks):
        asked_in_coroutine(leaks, weakref.ref)

    def test_a_coroutine_and_a_list_hold_it(self, leaks):
        asked_in_coroutine(leaks, lambda request: request, True)

    def test_variable_that_a_closure_shared(self, leaks):
        request = Request()
        (lambda: request)()
        leaks.assert_freed(request)

    def test_a_closure_is_held(self, leaks):
        request = Request()
        HELD.append({"closure": lambda: request})
        leaks.assert_freed(request)

    def test_several_from_a_list(self, leaks):
        leaks.assert_freed(*[Request(), Request()])
        leaks.assert_freed(*(Request(), Request()))

    def test_several_from_a_tuple_that_is_held(self, leaks):
        HELD.append((Request(), Request()))
        leaks.assert_freed(*HELD[-1])

    def test_weak_method_that_is_dead(self, leaks):
        leaks.assert_freed(weakref.WeakMethod(Handler().handle))

    def test_weak_method_of_what_is_held(self, leaks):
        HELD.append({"handler": Handler()})
        leaks.assert_freed(weakref.WeakMethod(HELD[-1]["handler"].handle))

    def test_proxy(self, leaks):
        HELD.append(Request())
        leaks.assert_freed(weakref.proxy(HELD[-1]))

    def test_list_of_weak_references(self, leaks):
        HELD.append(Request())
        leaks.assert_freed([weakref.ref(HELD[-1])])

    def test_no_code_of_the_object_runs(self, leaks):
        leaks.assert_freed(Lazy())

    def test_value_of_a_fixture(self, leaks, made):
        leaks.assert_freed(made)

@pytest.fixture
def made():
    return Request()
"""

FAIL = {
    "test_held": "HELD[0]['last'] Cut: sys.modules['test_it'].HELD[0], the reference of list to",
    "test_weak_reference_and_variable": "del request first",
    "test_the_caller_and_a_list_hold_it": "Cut: sys.modules['test_it'].HELD[1], the reference",
    "test_something_without_weak_references": "Cut: sys.modules['test_it'].HELD[2]",
    "test_watched_and_held": "Cut: sys.modules['test_it'].HELD[3], the reference of list to",
    "test_more": "Cut: sys.modules['test_it'].HELD[*], the reference of list to test_it.Request",
    "test_block": "The block left 1 object behind.",
    "test_block_that_raises": "KeyError: 'mine'",
    "test_left": "Cut: test_it.Knot.me",
    "test_nothing_asked": "needs an object or a weak reference, or watch() first",
    "test_types": "types must be classes or names such as 'app.Request', not 'int'",
    "test_limit": "limit must be at least 0, not -1",
    "test_no_weak_reference": "there is no weak reference to a 'dict'",
    "test_weak_reference_and_variable_of_a_coroutine": "del request first",
    "test_a_coroutine_and_a_list_hold_it": "the reference of list to test_it.Request",
    "test_a_closure_is_held": "['closure'].__closure__[0].cell_contents",
    "test_several_from_a_tuple_that_is_held": "the reference of list to tuple",
    "test_weak_method_of_what_is_held": "['handler']",
    "test_proxy": "an object or a weakref.ref: what a weakref.proxy leads to is not to be seen",
    "test_list_of_weak_references": "hand them one by one: assert_freed(*refs)",
    "test_value_of_a_fixture": "The value of a fixture stays until pytest tears the fixture down",
}
PASS = {
    "test_gone",
    "test_only_the_caller_holds_it",
    "test_only_the_call_holds_it",
    "test_garbage",
    "test_variables_only",
    "test_allowed",
    "test_in_use",
    "test_of_before",
    "test_the_collector_is_as_it_was",
    "test_both",
    "test_variable_of_a_coroutine",
    "test_variable_that_a_closure_shared",
    "test_several_from_a_list",
    "test_weak_method_that_is_dead",
    "test_no_code_of_the_object_runs",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(written(tmp_path_factory.mktemp("asked"), TESTS))


def test_what_is_clean_passes_and_what_is_left_behind_fails(asked: Run) -> None:
    expected = {**dict.fromkeys(PASS, "passed"), **dict.fromkeys(FAIL, "failed")}
    assert asked.outcomes == expected, asked.text


@pytest.mark.parametrize(("name", "words"), FAIL.items())
def test_the_message_says_what_holds_it_and_what_to_cut(asked: Run, name: str, words: str) -> None:
    assert words in asked.message(name)


def test_the_picture_is_named(asked: Run, tmp_path: pathlib.Path) -> None:
    for name in ("test_held", "test_more", "test_left"):
        assert ".svg" in asked.message(name) or "No picture: " in asked.message(name)
