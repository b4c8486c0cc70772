"""How answers show themselves where they are the last value of a cell, or at a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .overview import Overview

__all__ = ["Displayed", "Previewed"]


class Printer(Protocol):
    """What IPython hands to an object that prints itself."""

    def text(self, text: str, /) -> object:
        """Print a text as it is."""


class Displayed:
    """An answer that shows itself.

    * ``print(answer)`` gives all of its text, and so do IPython's prompt and the text that a
      notebook keeps beside the HTML.
    * A notebook shows HTML, with pictures where there is something to see (``_repr_html_``): in
      it, with nothing that runs or is fetched, escaped, in at most a few seconds. What cannot be
      drawn is said.
    * ``repr(answer)`` is one line: at Python's own prompt, in a log, in a debugger, and where the
      answer stands in a list.

    IPython is not imported, and need not be installed.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython takes a class's own __repr__ for more than what the class inherits.
        cls._repr_pretty_ = cls._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        is_inside = cycle or len(getattr(printer, "stack", ())) > 1  # of a list, a dict, …
        printer.text(repr(self) if is_inside else self._shown())

    def _shown(self) -> str:
        """The text of an answer that stands alone."""
        return str(self)


class Previewed(Displayed):
    """What prints as one line, so that it can stand in a message, and alone shows a little more."""

    __slots__ = ()

    def _overview(self) -> Overview:
        raise NotImplementedError

    def _shown(self) -> str:
        return self._overview().text()

    def _repr_html_(self) -> str:
        return self._overview().html()
