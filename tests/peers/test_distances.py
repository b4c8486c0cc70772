"""Distances from the roots, beside igraph; and a heap's components, distances and dominators.

The C program `oracle_components` (tests/oracle) answers for the library on graphs that no heap has:
a build with tests has it. A heap is captured here, small enough to be handed on edge by edge.
"""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from test_dominators import by_igraph
from test_scc import (
    NONE,
    assert_is_partition,
    by_scipy,
    deep_edges,
    oracle,
    r_mat_edges,
    random_edges,
)

np = pytest.importorskip("numpy")
igraph = pytest.importorskip("igraph")
sparse = pytest.importorskip("scipy.sparse")
csgraph = pytest.importorskip("scipy.sparse.csgraph")

WEAKER = 2**32  # what an edge that is not own costs, beside its step
OTHER_ROOTS = {"interpreter": 3, "thread": 3, "other": 3}  # steps that such a root costs
DEAR_ROOTS = {"frame": 1, "type": 1, "probable": 1, "native": 1}  # weaker edges


def distances(nodes: int, roots: int, edges: Any) -> Any:
    """Steps from the nearest of the first nodes, NONE where there are none."""
    if oracle() is None:
        pytest.skip(
            "oracle_components is not built: `./dev test` does, or REFGRAPH_ORACLE names it"
        )
    done = subprocess.run(
        [str(oracle()), "distances", str(nodes), str(roots)],
        input=np.ascontiguousarray(edges, dtype=np.uint32).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return np.frombuffer(done.stdout, dtype=np.uint32)


def of_igraph(nodes: int, roots: int, edges: Any) -> Any:
    """The same by igraph, from a node behind the last that leads to all roots."""
    starts = np.stack([np.full(roots, nodes), np.arange(roots)], axis=1)
    graph = igraph.Graph(n=nodes + 1, edges=np.concatenate([edges, starts]), directed=True)
    steps = np.array(graph.distances([nodes], mode="out")[0][:nodes])
    return np.where(np.isinf(steps), NONE, steps - 1).astype(np.uint32)


@pytest.mark.parametrize("density", [0.7, 1.2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_distances_in_small_graphs_are_those_of_igraph(seed: int, density: float) -> None:
    edges = random_edges(seed, 400, int(400 * density))
    roots = 1 + 3 * seed
    assert (distances(400, roots, edges) == of_igraph(400, roots, edges)).all()


def test_distances_along_long_lists_are_those_of_igraph() -> None:
    edges = deep_edges(31, 100_000, 60_000)
    ours = distances(100_000, 3, edges)
    assert (ours == of_igraph(100_000, 3, edges)).all()
    assert ours[ours != NONE].max() > 100


def test_distances_in_r_mat_graphs_are_those_of_igraph() -> None:
    edges = r_mat_edges(32, 17, 4 * 2**17)
    assert (distances(2**17, 20, edges) == of_igraph(2**17, 20, edges)).all()


@pytest.mark.parametrize("edges_per_node", [1.2, 3])
def test_distances_among_a_million_nodes_are_those_of_igraph(edges_per_node: float) -> None:
    edges = random_edges(33, 1_000_000, int(edges_per_node * 1_000_000))
    assert (distances(1_000_000, 50, edges) == of_igraph(1_000_000, 50, edges)).all()


# -- a captured heap ---------------------------------------------------------------------------


class Record:
    """What the heap has more of than of anything else."""

    def __init__(self, number: int, others: list[Record]) -> None:
        self.number = number
        self.links = others[-3:]
        self.data = {"number": number, "self": [self] if number % 7 == 0 else []}


@pytest.fixture(scope="module")
def heap() -> Any:
    """A snapshot; its references but weak ones, with 1 for those that are not own; its roots."""
    refgraph = pytest.importorskip("refgraph")
    records: list[Record] = []
    for number in range(3_000):
        records.append(Record(number, records))
    snapshot = refgraph.capture()
    graph = snapshot._graph
    edges = [
        (source, target, int(strength > 0))
        for node in range(graph.node_count)
        for source, target, _, _, strength in graph.referents(node)
        if strength < 3
    ]
    return snapshot, np.array(edges, dtype=np.int64), graph.roots()


def test_components_of_a_heap_are_those_of_scipy(heap: Any) -> None:
    """A cycle is a component of what owns; garbage is left out, its components go by more."""
    snapshot, edges, roots = heap
    nodes = snapshot.node_count
    starts = np.unique([node for _, node, _, _ in roots])
    matrix = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (nodes, nodes))
    start = sparse.csr_matrix((np.ones(len(starts)), (np.zeros(len(starts)), starts)), (1, nodes))
    whole = sparse.vstack([matrix, start]).tocsr()
    whole.resize((nodes + 1, nodes + 1))
    alive = np.zeros(nodes + 1, dtype=bool)
    alive[csgraph.breadth_first_order(whole, nodes, return_predecessors=False)] = True
    graph = snapshot._graph
    followed = np.array(
        [
            (source, target)
            for node in np.flatnonzero(alive[:nodes]).tolist()
            for source, target, _, _, strength in graph.referents(node)
            if strength < 2
        ],
        dtype=np.int64,
    )
    component = by_scipy(nodes, followed)
    size = np.bincount(component, minlength=nodes)
    itself = np.zeros(nodes, dtype=bool)
    itself[followed[followed[:, 0] == followed[:, 1], 0]] = True
    theirs = {
        int(number)
        for number in np.unique(component[alive[:nodes] & ((size[component] > 1) | itself)])
    }
    ours = [[member._id for member in cycle.members] for cycle in snapshot.cycles(in_use=True)]
    assert len(ours) == len(theirs)
    label = np.full(nodes, -1)
    for number, members in enumerate(ours):
        label[members] = number
    within = label >= 0
    assert_is_partition(label[within].astype(np.uint32), component[within].astype(np.uint32))
    assert set(component[within].tolist()) == theirs


def test_dominators_of_a_heap_are_those_of_igraph(heap: Any) -> None:
    """Garbage hangs where the library says: that is a convention, and may lead to what is alive."""
    snapshot, edges, roots = heap
    nodes = snapshot.node_count
    graph = snapshot._graph
    starts = np.unique([node for _, node, _, _ in roots])
    found = [graph.retained(node)[2] for node in range(nodes)]
    dominator = np.array([nodes if above is None else above for above in found])
    whole = igraph.Graph(n=nodes + 1, edges=edges[:, :2], directed=True)
    whole.add_edges([(nodes, int(start)) for start in starts])
    reached = np.isfinite(whole.distances([nodes], mode="out")[0][:nodes])
    assert reached.mean() > 0.9
    of_garbage = np.flatnonzero(~reached & (dominator == nodes))
    starts = np.concatenate([starts, of_garbage])
    of_root = np.stack([np.full_like(starts, nodes), starts], axis=1)
    theirs = by_igraph(nodes, np.concatenate([edges[:, :2], of_root]))
    assert (dominator == theirs).all()


def test_distances_in_a_heap_are_those_of_dijkstra(heap: Any) -> None:
    """By weights: a step, and 2 ** 32 for what is not own; the lengths of chains tell them."""
    snapshot, edges, roots = heap
    nodes = snapshot.node_count
    best: dict[int, int] = {}
    for kind, node, _, _ in roots:
        cost = OTHER_ROOTS.get(kind, 0) + WEAKER * DEAR_ROOTS.get(kind, 0)
        best[node] = min(cost, best.get(node, cost))
    starts = np.array(list(best), dtype=np.int64)
    sources = np.concatenate([edges[:, 0], np.full(len(starts), nodes)])
    targets = np.concatenate([edges[:, 1], starts])
    weights = np.concatenate([1 + WEAKER * edges[:, 2], 1 + np.array(list(best.values()))])
    order = np.lexsort([weights, targets, sources])  # of parallel ones the cheapest comes first
    pairs = np.stack([sources, targets], axis=1)[order]
    first = np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))
    pairs, weights = pairs[first], weights[order][first]
    matrix = sparse.csr_matrix(
        (weights.astype(np.float64), (pairs[:, 0], pairs[:, 1])), (nodes + 1, nodes + 1)
    )
    theirs = csgraph.dijkstra(matrix, indices=nodes)[:nodes] - 1
    chosen = np.random.default_rng(5).choice(nodes, 3_000, replace=False)
    for node in chosen.tolist():
        chains = snapshot._graph.chains(node, 1)
        if np.isinf(theirs[node]):
            assert len(chains) == 0
            continue
        source, cost = chains_cost(chains, roots)
        assert cost == theirs[node], (node, source)


def chains_cost(chains: Any, roots: Any) -> tuple[int, int]:
    """The cost of the first chain: of its root and of its references."""
    root, edges = chains.chain(0)[0], chains.edges(0)
    kind, node, _, _ = roots[root]
    weaker = DEAR_ROOTS.get(kind, 0) + sum(strength > 0 for *_, strength in edges)
    return node, OTHER_ROOTS.get(kind, 0) + len(edges) + WEAKER * weaker
