"""A networkx graph before 3.7 caches its degree view, which holds the graph."""

import functools
import gc

import refgraph
import zoo

networkx = zoo.needs("networkx")
if not isinstance(networkx.DiGraph.degree, functools.cached_property):
    zoo.skip(f"networkx {networkx.__version__} keeps no degree view")


def main():
    graph = networkx.DiGraph([(1, 2), (2, 3)])
    return len(graph.degree)


main()
gc.collect()
gc.disable()
main()
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "networkx.classes.digraph.DiGraph",
    "gc is off",
    {
        "networkx.classes.digraph.DiGraph",
        "networkx.classes.reportviews.DiDegreeView",
    },
    "networkx.classes.reportviews.DiDegreeView._graph",
)
assert len(cycle.cut) == 1
gc.enable()
