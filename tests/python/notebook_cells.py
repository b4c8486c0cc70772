"""A notebook's cells without Jupyter: run in order, the last value of each shown.

    notebook_cells.py <notebook> [<number of a cell>:<expression> …]

prints JSON: of each code cell, the text and the HTML that its last value shows itself as, and the
repr of each expression that was asked for behind it. Cells of code are counted from 1.
"""

from __future__ import annotations

import ast
import json
import sys
from typing import Any


class Printer:
    """As much of IPython's as an answer needs."""

    def __init__(self) -> None:
        self.stack = [0]
        self.shown = ""

    def text(self, text: str) -> None:
        self.shown += text


def text_of(value: Any) -> str:
    if not hasattr(value, "_repr_pretty_"):
        return repr(value)
    printer = Printer()
    value._repr_pretty_(printer, False)
    return printer.shown


def run(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """One cell: what it shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return {"text": "", "html": ""}
    assert isinstance(last, ast.Expr)
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    if value is None:
        return {"text": "", "html": ""}
    html = value._repr_html_() if hasattr(value, "_repr_html_") else ""
    return {"text": text_of(value), "html": html}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        notebook = json.load(file)
    questions = [argument.partition(":") for argument in sys.argv[2:]]
    sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = []
    for number, source in enumerate(sources, 1):
        shown = run(source, names)
        shown["values"] = {
            expression: repr(eval(expression, names))
            for at, _, expression in questions
            if int(at) == number
        }
        cells.append(shown)
    print(json.dumps(cells))


if __name__ == "__main__":
    main()
