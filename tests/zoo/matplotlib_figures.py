"""pyplot keeps every figure that is never closed."""

import os
import sys

import refgraph
import zoo

os.environ["MPLBACKEND"] = "Agg"
plt = zoo.needs("matplotlib.pyplot")


def draw_report():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    return figure.number


draw_report()
snap = refgraph.capture()
module, manager = "matplotlib._pylab_helpers", ".Gcf"
if sys.version_info < (3, 10):  # the callback that closes all figures is as near
    module, manager = "atexit", "{module state}.__self__"
zoo.expect(
    zoo.only(snap, "matplotlib.figure.Figure"),
    zoo.Held(f"sys.modules['{module}']{manager}.figs[1].canvas.figure", name=module),
)
