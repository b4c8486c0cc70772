"""A matplotlib figure that was not kept: its axes, artists and callbacks all lead back to it."""

import gc

import refgraph
import zoo

zoo.needs("matplotlib").use("agg")
figure = zoo.needs("matplotlib.figure")


def main():
    figure.Figure().subplots().plot([1, 2, 4])


main()
gc.collect()
gc.disable()
main()
report = refgraph.capture().cycles(isolated=True, type="matplotlib.figure.Figure")
assert len(report) == 1, report
cycle = report[0]
types = {row.type for row in cycle.types}
assert cycle.verdict == "gc is off", report
assert {"matplotlib.axes._axes.Axes", "matplotlib.lines.Line2D", "matplotlib.axis.XAxis"} <= types
assert cycle.cut.is_enough
assert 1 < len(cycle.cut) < len(cycle.members)
assert cycle.reachable_only_size > cycle.size
gc.enable()
