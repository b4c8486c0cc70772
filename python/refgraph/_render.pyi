"""Pictures through Graphviz's libraries: the C extension under `refgraph.drawing`.

The capsules are those of `_core`'s objects of one Graph.
"""

from os import PathLike
from typing import Any

from typing_extensions import CapsuleType

def draw(
    format: str,
    graph: CapsuleType,
    subgraph: CapsuleType,
    *,
    chain: CapsuleType | None = None,
    title: str | None = None,
    max_nodes: int = 0,
    legend: bool = True,
    deadline: float = 0.0,
    cycle: CapsuleType | None = None,
    cut: CapsuleType | None = None,
    show_collector: bool = False,
) -> bytes: ...
def draw_all(calls: list[tuple[tuple[Any, ...], dict[str, Any]]], /) -> list[bytes | Exception]: ...
def draw_source(format: str, text: str, *, deadline: float = 0.0) -> bytes: ...
def format_of_path(path: str | bytes | PathLike[str], /) -> str: ...
def graphviz_version() -> str: ...
