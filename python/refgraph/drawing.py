"""Pictures of a part of a snapshot: laid out in-process when first looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .arguments import checked_flag, checked_number, checked_seconds, checked_text
from .display import Displayed
from .errors import RenderError
from .files import Path, whole_file
from .node import STRENGTHS, Node
from .words import error_text

if TYPE_CHECKING:
    from types import ModuleType

    from . import _core
    from .chains import Chains

__all__ = ["Drawing", "checked_formats", "draw_together", "neighbourhood", "require_graphviz"]

_REFERRERS, _REFERENTS = 0, 1  # rg_direction

_NOT_BUILT = (
    "this refgraph was built without drawing: install Graphviz's headers "
    "(apt-get install libgraphviz-dev, dnf install graphviz-devel, brew install graphviz) and "
    "install refgraph again. Capturing and text answers work without."
)
_NO_LIBRARIES = (
    "drawing needs Graphviz's libraries (libgvc): apt-get install libgvc6, "
    "dnf install graphviz-libs, brew install graphviz. Capturing and text answers work without."
)


class Drawing(Displayed):
    """A picture, drawn when it is first asked for and kept from then on, once a format.

    A notebook shows it by itself; where it cannot be drawn, that is said there. Each of the formats
    and `save` may raise

    * `RenderTimeout`: the picture was not ready within its deadline;
    * `RenderError`: Graphviz refused, or has no plugin for the format;
    * `MemoryError`.
    """

    __slots__ = (
        "_chain",
        "_cut",
        "_cycle",
        "_deadline",
        "_done",
        "_failed",
        "_failure",
        "_graph",
        "_legend",
        "_max_nodes",
        "_node_count",
        "_show_collector",
        "_sub",
        "title",
    )

    def __init__(
        self,
        graph: _core.Graph,
        sub: _core.Subgraph,
        *,
        chains: _core.Chains | None,
        title: str,
        max_nodes: int,
        legend: bool,
        deadline: float | None,
        cycle: _core.CapsuleType | None = None,
        cut: _core.CapsuleType | None = None,
        show_collector: bool = False,
    ) -> None:
        #: The line above the picture.
        self.title = title
        self._graph = graph.capsule()
        self._sub = sub.capsule()
        self._node_count = min(sub.node_count, max_nodes)
        self._chain = chains.capsule(0) if chains is not None and len(chains) else None
        self._cycle = cycle
        self._cut = cut
        self._show_collector = show_collector
        self._max_nodes = max_nodes
        self._legend = legend
        self._deadline = deadline
        self._done: dict[str, bytes] = {}
        self._failed: dict[str, Exception] = {}  # of draw_together, until it is raised
        self._failure = ""  # why a notebook was shown no picture

    @property
    def node_count(self) -> int:
        """Number of objects in the picture ("+ n more" is none)."""
        return self._node_count

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._drawn("svg").decode()

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self._drawn("png")

    @property
    def pdf(self) -> bytes:
        """The picture as a PDF file."""
        return self._drawn("pdf")

    @property
    def dot(self) -> str:
        """The picture as a graph in Graphviz's language, with positions."""
        return self._drawn("dot").decode()

    def save(self, path: Path) -> None:
        """Write the picture to `path`, in the format of its suffix: .svg .png .pdf .dot.

        The file appears whole or not at all. Suffix and folder are checked before any layout.

        Raises:
            RenderError: an unknown suffix, or as above.
            OSError: `path` cannot be written (the fitting subclass, with the path).
        """
        picture_format = _render_module().format_of_path(path)
        with whole_file(path) as file:
            file.write(self._drawn(picture_format))

    def _repr_svg_(self) -> str | None:
        picture, _ = self._displayed()
        return picture.decode() or None

    def _repr_html_(self) -> str:
        from .notebook import drawing_html

        return drawing_html(self)

    def _displayed(self) -> tuple[bytes, str]:
        """The picture for a notebook, or why there is none: it asks once for each of its kinds."""
        if self._failure:
            return b"", self._failure
        try:
            return self._drawn("svg"), ""
        except Exception as error:  # a cell shows what there is
            self._failure = error_text(error)
            return b"", self._failure

    def __repr__(self) -> str:
        return f"<Drawing: {self.title}>"

    def _drawn(self, picture_format: str) -> bytes:
        failure = self._failed.pop(picture_format, None)
        if failure is not None:
            raise failure
        picture = self._done.get(picture_format)
        if picture is None:
            arguments, options = self._call(picture_format)
            picture = _render_module().draw(*arguments, **options)
            self._done[picture_format] = picture
        return picture

    def _call(self, picture_format: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the module that draws is called with."""
        return (picture_format, self._graph, self._sub), {
            "chain": self._chain,
            "title": self.title,
            "max_nodes": self._max_nodes,
            "legend": self._legend,
            "deadline": self._deadline or 0.0,
            "cycle": self._cycle,
            "cut": self._cut,
            "show_collector": self._show_collector,
        }


def neighbourhood(
    node: Node,
    *,
    referents: bool,
    chains: Chains | None,
    depth: int,
    too_many: int,
    weakest: str | None = None,
    fold_dicts: bool = True,
    max_nodes: int = 300,
    legend: bool = True,
    isolate: bool = True,
    deadline: float = 30.0,
) -> Drawing:
    """The picture of a node's surroundings: `Node.backrefs`, `Node.refs`, `Chains.render`."""
    _render_module()
    depth = checked_number("depth", depth)
    too_many = checked_number("too_many", too_many)
    max_nodes = checked_number("max_nodes", max_nodes)
    deadline = checked_seconds("deadline", deadline)
    checked_flag("legend", legend)
    checked_flag("isolate", isolate)
    if weakest is None:
        weakest = "infrastructure" if node.kind in ("module", "type") else "frame"
    if weakest not in STRENGTHS:
        raise ValueError(f"weakest must be one of {', '.join(STRENGTHS)}, not {weakest!r}")
    snapshot = node._snapshot
    found = chains._found if chains is not None else None
    sub = snapshot._graph.neighbourhood(
        [node._id],
        direction=_REFERENTS if referents else _REFERRERS,
        depth=depth,
        too_many=too_many,
        weakest=STRENGTHS.index(weakest),
        keep_dicts=not fold_dicts,
        chains=found,
    )
    relation = "What it refers to" if referents else "What refers to it"
    return Drawing(
        snapshot._graph,
        sub,
        chains=found,
        title=f"{node._label()} · {relation} · captured {snapshot._time_text('%Y-%m-%d %H:%M:%S')}",
        max_nodes=max_nodes,
        legend=legend,
        deadline=deadline if isolate else None,
    )


def draw_together(drawings: Iterable[Drawing], formats: Iterable[str]) -> None:
    """Draw what is not drawn yet: those that are laid out apart several at once, one a processor.

    What could not be drawn is raised when it is asked for.
    """
    missing = [
        (drawing, one) for drawing in drawings for one in formats if one not in drawing._done
    ]
    results = _render_module().draw_all([drawing._call(one) for drawing, one in missing])
    for (drawing, one), result in zip(missing, results):
        if isinstance(result, bytes):
            drawing._done[one] = result
        else:
            drawing._failed[one] = result


def require_graphviz() -> None:
    """`ImportError` with what to install where nothing can be drawn."""
    _render_module()


def checked_formats(formats: Iterable[str]) -> list[str]:
    """Formats by their suffixes without the dot, each once.

    Raises:
        ImportError: Graphviz's libraries are missing.
        RenderError: an unknown one.
        TypeError: these are no texts in a list.
    """
    if isinstance(formats, str) or not isinstance(formats, Iterable):
        raise TypeError(f"formats must be suffixes in a list, not '{type(formats).__name__}'")
    return list(dict.fromkeys(map(_checked_suffix, formats)))


def _checked_suffix(suffix: str) -> str:
    """A format; what is more than letters could lead out of the directory."""
    picture_format: str = _render_module().format_of_path(f"x.{checked_text('formats', suffix)}")
    if not suffix.isalpha():
        raise RenderError(f"{suffix!r} is no suffix: write {picture_format!r}")
    return picture_format


def _render_module() -> ModuleType:
    """The module that draws; `ImportError` with what to install where it cannot be loaded."""
    try:
        import refgraph._render as render
    except ModuleNotFoundError as error:
        raise ImportError(_NOT_BUILT) from error
    except ImportError as error:
        raise ImportError(_NO_LIBRARIES) from error
    return render
