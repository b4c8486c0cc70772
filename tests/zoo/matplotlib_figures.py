"""pyplot keeps every figure that is never closed."""

import os

import refgraph
import zoo

os.environ["MPLBACKEND"] = "Agg"
plt = zoo.needs("matplotlib.pyplot")


def draw_report():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    return figure.number


number = draw_report()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "matplotlib.figure.Figure"),
    zoo.Held(
        "sys.modules['matplotlib._pylab_helpers'].Gcf.figs[1].canvas.figure",
        name="matplotlib._pylab_helpers",
    ),
)
