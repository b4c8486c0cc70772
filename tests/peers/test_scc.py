"""Components and dominators of graphs that no heap has, beside networkx and scipy.

The C program `oracle_components` (tests/oracle) answers for the library: a build with tests has it.
"""

from __future__ import annotations

import functools
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

np = pytest.importorskip("numpy")
networkx = pytest.importorskip("networkx")

NONE = 2**32 - 1
R_MAT = (0.57, 0.19, 0.19, 0.05)  # Chakrabarti, Zhan, Faloutsos, SDM 2004; as in Graph 500


@functools.cache
def oracle() -> pathlib.Path | None:
    """The program: what REFGRAPH_ORACLE names, or beside the package that was built with it."""
    named = os.environ.get("REFGRAPH_ORACLE")
    if named:
        return pathlib.Path(named)
    for entry in sys.path:
        program = pathlib.Path(entry).parent / "tests" / "oracle_components"
        if program.is_file():
            return program
    return None


@pytest.fixture(autouse=True)
def _needs_oracle() -> None:
    if oracle() is None:
        pytest.skip(
            "oracle_components is not built: `./dev test` does, or REFGRAPH_ORACLE names it"
        )


def ask(question: str, nodes: int, edges: Any) -> Any:
    """An id for each node; `edges` is an array of pairs."""
    done = subprocess.run(
        [str(oracle()), question, str(nodes)],
        input=np.ascontiguousarray(edges, dtype=np.uint32).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    answer = np.frombuffer(done.stdout, dtype=np.uint32)
    assert len(answer) == nodes
    return answer


def random_edges(seed: int, nodes: int, edges: int) -> Any:
    return np.random.default_rng(seed).integers(0, nodes, (edges, 2), dtype=np.uint32)


def r_mat_edges(seed: int, scale: int, edges: int) -> Any:
    """Edges among 2 ** scale nodes, few of which have most: bit by bit a quadrant is chosen."""
    random = np.random.default_rng(seed)
    pairs = np.zeros((edges, 2), dtype=np.uint32)
    for _ in range(scale):
        quadrant = np.searchsorted(np.cumsum(R_MAT[:-1]), random.random(edges), side="right")
        pairs = pairs * 2 + np.stack([quadrant // 2, quadrant % 2], axis=1).astype(np.uint32)
    return random.permutation(2**scale).astype(np.uint32)[pairs]


def digraph(nodes: int, edges: Any) -> Any:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges.tolist())
    return graph


def assert_is_partition(ours: Any, theirs: Any) -> None:
    """The same nodes are together: each number of one goes with one number of the other."""
    pairs = np.unique(ours.astype(np.int64) << 32 | theirs)
    assert len(pairs) == len(np.unique(ours)) == len(np.unique(theirs))


def assert_is_reverse_topological(ours: Any, edges: Any) -> None:
    assert (ours[edges[:, 0]] >= ours[edges[:, 1]]).all()
    assert ours.max() + 1 == len(np.unique(ours))


def by_networkx(nodes: int, edges: Any) -> Any:
    component = np.zeros(nodes, dtype=np.uint32)
    for i, members in enumerate(networkx.strongly_connected_components(digraph(nodes, edges))):
        component[list(members)] = i
    return component


def by_scipy(nodes: int, edges: Any) -> Any:
    sparse = pytest.importorskip("scipy.sparse")
    csgraph = pytest.importorskip("scipy.sparse.csgraph")
    once = np.unique(edges[:, 0].astype(np.int64) * nodes + edges[:, 1])  # no parallel edges
    entries = (np.ones(len(once)), (once // nodes, once % nodes))
    matrix = sparse.csr_matrix(entries, (nodes, nodes))
    return csgraph.connected_components(matrix, directed=True, connection="strong")[1]


@pytest.mark.parametrize("density", [0.5, 1, 1.3, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_components_of_small_graphs_are_those_of_networkx_and_scipy(
    seed: int, density: float
) -> None:
    edges = random_edges(seed, 300, int(300 * density))
    ours = ask("scc", 300, edges)
    assert_is_partition(ours, by_networkx(300, edges))
    assert_is_partition(ours, by_scipy(300, edges))
    assert_is_reverse_topological(ours, edges)


def test_components_of_large_random_graphs_are_those_of_networkx() -> None:
    nodes = 100_000
    edges = random_edges(11, nodes, 150_000)
    ours = ask("scc", nodes, edges)
    assert 1 < len(np.unique(ours)) < nodes
    assert_is_partition(ours, by_networkx(nodes, edges))


@pytest.mark.parametrize("scale", [10, 15])
def test_components_of_r_mat_graphs_are_those_of_networkx(scale: int) -> None:
    edges = r_mat_edges(scale, scale, 4 * 2**scale)
    ours = ask("scc", 2**scale, edges)
    assert_is_partition(ours, by_networkx(2**scale, edges))
    assert_is_reverse_topological(ours, edges)


@pytest.mark.parametrize("edges_per_node", [1, 3])
def test_components_of_a_million_nodes_are_those_of_scipy(edges_per_node: int) -> None:
    nodes = 1_000_000
    edges = random_edges(edges_per_node, nodes, edges_per_node * nodes)
    ours = ask("scc", nodes, edges)
    assert_is_partition(ours, by_scipy(nodes, edges))
    assert_is_reverse_topological(ours, edges)


@pytest.mark.slow
def test_components_of_r_mat_graphs_of_a_million_nodes_are_those_of_scipy() -> None:
    edges = r_mat_edges(20, 20, 4 * 2**20)
    ours = ask("scc", 2**20, edges)
    assert_is_partition(ours, by_scipy(2**20, edges))
    assert_is_reverse_topological(ours, edges)


def assert_dominators(nodes: int, edges: Any) -> None:
    graph = digraph(nodes, edges)
    theirs = np.full(nodes, NONE, dtype=np.uint32)
    for node, dominator in networkx.immediate_dominators(graph, 0).items():
        if node != 0:  # itself, in some versions of networkx
            theirs[node] = dominator
    ours = ask("dominators", nodes, edges)
    assert (ours == theirs).all()
    assert (ours != NONE).any()


def deep_edges(seed: int, nodes: int, edges: int) -> Any:
    """A long list in which each link holds things near it and far: a heap is like it."""
    random = np.random.default_rng(seed)
    sources = random.integers(0, nodes, edges)
    near = np.clip(sources + random.integers(-50, 50, edges), 0, nodes - 1)
    targets = np.where(random.random(edges) < 0.9, near, random.integers(0, nodes, edges))
    links = np.stack([np.arange(0, nodes - 1, 2), np.arange(2, nodes + 1, 2) % nodes], axis=1)
    return np.concatenate([links, np.stack([sources, targets], axis=1)]).astype(np.uint32)


@pytest.mark.parametrize("density", [1, 1.5, 3])
@pytest.mark.parametrize("seed", range(5))
def test_dominators_of_small_graphs_are_those_of_networkx(seed: int, density: float) -> None:
    edges = random_edges(seed, 300, int(300 * density))
    edges[: 20 + seed, 0] = 0  # the root reaches something
    assert_dominators(300, edges)


def test_dominators_of_large_random_graphs_are_those_of_networkx() -> None:
    edges = random_edges(12, 30_000, 60_000)
    edges[:50, 0] = 0
    assert_dominators(30_000, edges)


def test_dominators_of_long_lists_are_those_of_networkx() -> None:
    assert_dominators(10_000, deep_edges(13, 10_000, 15_000))


def test_dominators_of_r_mat_graphs_are_those_of_networkx() -> None:
    edges = r_mat_edges(14, 15, 4 * 2**15)
    edges[:50, 0] = 0
    assert_dominators(2**15, edges)


@pytest.mark.slow
def test_dominators_of_a_hundred_thousand_nodes_are_those_of_networkx() -> None:
    edges = random_edges(15, 100_000, 250_000)
    edges[:50, 0] = 0
    assert_dominators(100_000, edges)
