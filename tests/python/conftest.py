"""What the tests share: a small heap of known shape, and how an object is put under a root."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any, Callable

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def root() -> Iterator[types.ModuleType]:
    """An empty module in sys.modules, for a test to put things under."""
    module = types.ModuleType("refgraph_test_root")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def evaluate() -> Callable[[str], Any]:
    """Evaluate an expression as a person who has imported sys alone."""
    return lambda expression: eval(expression, {"sys": sys})
