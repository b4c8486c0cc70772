"""Retained sizes of graphs that no heap has, beside networkx, igraph and brute force.

The C program `oracle_components` (tests/oracle) answers for the library: a build with tests has it.
"""

from __future__ import annotations

import subprocess
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scc import NONE, deep_edges, oracle, r_mat_edges, random_edges

np = pytest.importorskip("numpy")
networkx = pytest.importorskip("networkx")


@pytest.fixture(autouse=True)
def _needs_oracle() -> None:
    if oracle() is None:
        pytest.skip(
            "oracle_components is not built: `./dev test` does, or REFGRAPH_ORACLE names it"
        )


def retained(nodes: int, roots: int, edges: Any) -> tuple[Any, Any, Any]:
    """Dominator (NONE: the virtual root), count and size of each node; node n has n + 1 bytes."""
    done = subprocess.run(
        [str(oracle()), "retained", str(nodes), str(roots)],
        input=np.ascontiguousarray(edges, dtype=np.uint32).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    rows = np.frombuffer(done.stdout, dtype=np.uint64).reshape(nodes, 3)
    return rows[:, 0].astype(np.uint32), rows[:, 1], rows[:, 2]


def reached(edges: Any, nodes: int, starts: Any) -> Any:
    """Which nodes are reached, node by node."""
    order = np.argsort(edges[:, 0], kind="stable")
    targets = edges[order, 1]
    ends = np.searchsorted(edges[order, 0], np.arange(nodes), side="right")
    begins = np.searchsorted(edges[order, 0], np.arange(nodes), side="left")
    met = np.zeros(nodes, dtype=bool)
    stack = list(starts)
    while stack:
        node = stack.pop()
        if not met[node]:
            met[node] = True
            stack.extend(targets[begins[node] : ends[node]].tolist())
    return met


def starts_of(edges: Any, nodes: int, roots: int) -> list[int]:
    """The roots, and the lowest node of each component of garbage that no other leads to."""
    alive = reached(edges, nodes, range(roots))
    garbage = networkx.DiGraph()
    garbage.add_nodes_from(np.flatnonzero(~alive).tolist())
    garbage.add_edges_from(edges[~alive[edges[:, 0]] & ~alive[edges[:, 1]]].tolist())
    components = networkx.condensation(garbage)
    return [
        *range(roots),
        *(
            min(components.nodes[component]["members"])
            for component, degree in components.in_degree()
            if degree == 0
        ),
    ]


def under_virtual_root(edges: Any, nodes: int, roots: int) -> Any:
    """All edges, and those of the virtual root, which is the node behind the last; each once."""
    starts = np.array(starts_of(edges, nodes, roots), dtype=np.uint32)
    of_root = np.stack([np.full_like(starts, nodes), starts], axis=1)
    return np.unique(np.concatenate([edges.astype(np.uint32), of_root]), axis=0)


def by_networkx(nodes: int, edges: Any) -> Any:
    """Dominators under the last node."""
    graph = networkx.DiGraph()
    graph.add_edges_from(edges.tolist())
    found = networkx.immediate_dominators(graph, nodes)
    return np.array([found[node] for node in range(nodes)], dtype=np.int64)


def by_igraph(nodes: int, edges: Any) -> Any:
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph(n=nodes + 1, edges=edges, directed=True)
    return np.array(graph.dominator(nodes, mode="out")[:nodes], dtype=np.int64)


def summed(dominators: Any, nodes: int, values: Any) -> Any:
    """What each node retains, by the tree of dominators alone: deepest first."""
    depth = np.full(nodes + 1, -1)
    depth[nodes] = 0
    for node in range(nodes):
        path = [node]
        while depth[path[-1]] < 0:
            path.append(int(dominators[path[-1]]))
        for i, passed in enumerate(reversed(path[:-1]), 1):
            depth[passed] = depth[path[-1]] + i
    sums = np.append(values, 0)
    for node in np.argsort(-depth[:nodes], kind="stable"):
        sums[dominators[node]] += sums[node]
    return sums[:nodes]


Oracle = Callable[[int, Any], Any]


def assert_retained(nodes: int, roots: int, edges: Any, theirs: Oracle) -> None:
    dominators, counts, sizes = retained(nodes, roots, edges)
    expected = theirs(nodes, under_virtual_root(edges, nodes, roots))
    assert (np.where(dominators == NONE, nodes, dominators) == expected).all()
    assert (counts == summed(expected, nodes, np.ones(nodes, dtype=np.uint64))).all()
    assert (sizes == summed(expected, nodes, np.arange(1, nodes + 1, dtype=np.uint64))).all()
    top = dominators == NONE
    assert counts[top].sum() == nodes
    assert sizes[top].sum() == nodes * (nodes + 1) // 2


ORACLES = [pytest.param(by_networkx, id="networkx"), pytest.param(by_igraph, id="igraph")]


@pytest.mark.parametrize("theirs", ORACLES)
@pytest.mark.parametrize("density", [0.7, 1, 1.5, 3])
@pytest.mark.parametrize("seed", range(4))
def test_retained_sizes_of_small_graphs_follow_from_others_dominators(
    seed: int, density: float, theirs: Oracle
) -> None:
    assert_retained(300, 5 * seed, random_edges(seed, 300, int(300 * density)), theirs)


@pytest.mark.parametrize("theirs", ORACLES)
def test_retained_sizes_of_long_lists_follow_from_others_dominators(theirs: Oracle) -> None:
    assert_retained(10_000, 3, deep_edges(21, 10_000, 15_000), theirs)


@pytest.mark.parametrize("theirs", ORACLES)
def test_retained_sizes_of_a_hundred_thousand_nodes_follow_from_others_dominators(
    theirs: Oracle,
) -> None:
    assert_retained(100_000, 100, random_edges(22, 100_000, 130_000), theirs)
    assert_retained(2**16, 10, r_mat_edges(23, 16, 4 * 2**16), theirs)


@pytest.mark.slow
def test_retained_sizes_of_a_million_nodes_follow_from_the_dominators_of_igraph() -> None:
    assert_retained(1_000_000, 1_000, random_edges(24, 1_000_000, 2_500_000), by_igraph)


@pytest.mark.slow
def test_dominators_of_a_million_nodes_in_a_long_list_are_those_of_igraph() -> None:
    assert_retained(1_000_000, 2, deep_edges(25, 1_000_000, 1_500_000), by_igraph)


@st.composite
def small_graphs(draw: Callable[[Any], Any]) -> tuple[int, int, list[tuple[int, int]]]:
    nodes = draw(st.integers(1, 12))
    node = st.integers(0, nodes - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=3 * nodes))
    return nodes, draw(st.integers(0, nodes)), edges


@settings(max_examples=150, deadline=None)
@given(small_graphs())
def test_what_a_node_retains_is_what_is_not_reached_around_it(
    graph: tuple[int, int, list[tuple[int, int]]],
) -> None:
    nodes, roots, pairs = graph
    edges = np.array(pairs, dtype=np.uint32).reshape(-1, 2)
    starts = starts_of(edges, nodes, roots)
    dominators, counts, sizes = retained(nodes, roots, edges)
    for node in range(nodes):
        others = edges[(edges != node).all(axis=1)]
        met = reached(others, nodes, [start for start in starts if start != node])
        gone = np.flatnonzero(~met)
        assert node in gone
        assert counts[node] == len(gone)
        assert sizes[node] == (gone + 1).sum()
        assert all(
            node in (other, dominators[other]) or counts[dominators[other]] < counts[node]
            for other in gone
        )  # none of them hangs above it
