"""The layer table, and the program that holds the sources to it.

    layers.py <project folder>

reads every #include of the library and every import of the Python package, and prints one line for
each that the table does not allow. Exit status 1 if there is one. A folder without sources counts
as a violation: a check that read nothing proves nothing.
"""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterator


def headers(names: str) -> frozenset[str]:
    """The names of headers, without .h, out of one line of text."""
    return frozenset(names.split())


C_LIBRARY = headers(
    "assert ctype errno fenv float inttypes limits locale math stdarg stdatomic stdbool stddef "
    "stdint stdio stdlib string time"
)
SYSTEM = headers(  # POSIX and Linux
    "dirent dlfcn fcntl link malloc poll pthread sched signal strings sys/mman sys/prctl "
    "sys/resource sys/stat sys/syscall sys/time sys/types sys/wait unistd"
)


@dataclasses.dataclass(frozen=True)
class Layer:
    """What the C files of one folder may include. A trailing `/` allows a whole folder."""

    project: tuple[str, ...]  # project files, relative to src/ or include/
    external: frozenset[str] = frozenset()  # besides the C library, without .h
    external_folders: tuple[str, ...] = ()


C_LAYERS = {
    "include/refgraph": Layer(project=("refgraph/",)),
    "src/base": Layer(project=("base/", "refgraph/base.h"), external=SYSTEM),
    "src/graph": Layer(
        project=("base/", "graph/", "refgraph/base.h", "refgraph/graph.h", "refgraph/file.h"),
        external=headers("fcntl unistd xxhash zstd zstd_errors"),
    ),
    "src/analysis": Layer(
        project=(
            "base/",
            "analysis/",
            "graph/graph_private.h",
            "refgraph/base.h",
            "refgraph/graph.h",
            "refgraph/file.h",
            "refgraph/analysis.h",
        ),
    ),
    "src/arrow": Layer(
        project=(
            "base/",
            "arrow/",
            "graph/graph_private.h",
            "graph/strings.h",
            "refgraph/base.h",
            "refgraph/graph.h",
            "refgraph/arrow.h",
        ),
    ),
    "src/render": Layer(
        project=("base/", "render/", "refgraph/base.h", "refgraph/graph.h", "refgraph/render.h"),
        external=SYSTEM | headers("cgraph gvc graphviz_version"),
        external_folders=("graphviz/",),
    ),
    "src/capture": Layer(
        project=(
            "base/",
            "capture/",
            "refgraph/base.h",
            "refgraph/graph.h",
            "refgraph/capture.h",
            "refgraph/file.h",
            "refgraph/fork.h",
            "refgraph/live.h",
        ),
        external=SYSTEM | headers("Python frameobject opcode structmember"),
        external_folders=("internal/", "cpython/"),
    ),
    "python/ext": Layer(
        project=("ext/", "refgraph/"),
        external=headers("Python fcntl poll pythread structmember"),
    ),
}

PACKAGE = "python/refgraph"
DRAWING = frozenset({"drawing.py"})  # may import _render, when something is drawn
PLOTTING = frozenset({"series_plot.py"})  # may import matplotlib, when something is drawn
PROGRESS = frozenset({"progress.py"})  # may import tqdm, when a bar is shown
PYTEST_PLUGIN = "testing"  # a folder that may import pytest

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(?P<own>[^"]+)"|<(?P<angle>[^>]+)>|(?P<other>.*))')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def without_comments(text: str) -> str:
    """The text with each block comment replaced by its newlines."""
    return COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)


def project_name(root: pathlib.Path, beside: list[pathlib.Path], include: str) -> str | None:
    """What a project file is called in the table, or None where no such file exists."""
    for folder in (*beside, root / "src", root / "include"):
        target = (folder / include).resolve()
        for base in (root / "src", root / "include", root / "python"):
            if target.is_file() and target.is_relative_to(base.resolve()):
                return target.relative_to(base.resolve()).as_posix()
    return None


def allows(layer: Layer, root: pathlib.Path, beside: list[pathlib.Path], include: str) -> bool:
    """Whether a file of the layer may include this, which is looked for in `beside` first."""
    name = project_name(root, beside, include)
    if name is not None:
        return name.endswith(".h") and any(
            name.startswith(allowed) if allowed.endswith("/") else name == allowed
            for allowed in layer.project
        )
    stem = include[:-2] if include.endswith(".h") else ""
    return stem in C_LIBRARY | layer.external or include.startswith(layer.external_folders or "\0")


def c_violations(root: pathlib.Path) -> Iterator[str]:
    """A line of text for each #include outside the table."""
    for folder, layer in C_LAYERS.items():
        files = sorted(path for path in (root / folder).rglob("*") if path.suffix in (".c", ".h"))
        if not files:
            yield f"{folder}: no C file found"
        for file in files:
            lines = without_comments(file.read_text(encoding="utf-8")).splitlines()
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                include = match["own"] or match["angle"] or match["other"]
                beside = [file.parent] if match["own"] else []
                if not allows(layer, root, beside, include):
                    yield f"{file.relative_to(root)}:{number}: {folder} may not include {include}"


def imports(tree: ast.AST, package: str) -> Iterator[tuple[ast.AST, str]]:
    """Each import statement of a module of `package`, with each absolute name that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            base = above[: len(above) + 1 - node.level] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                yield node, f"{module}.{alias.name}"


def inside_functions(tree: ast.AST) -> set[ast.AST]:
    """Everything that runs when a function is called, not when the module is imported."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        inner for node in ast.walk(tree) if isinstance(node, functions) for inner in ast.walk(node)
    }


def may_import(inside: pathlib.PurePath, name: str, in_function: bool) -> bool:
    """Whether a module of the package may import this name."""
    if name.split(".")[:2] == ["refgraph", "_render"]:
        return inside.name in DRAWING and in_function
    top = name.split(".")[0]
    if top == "matplotlib":
        return inside.name in PLOTTING and in_function
    if top == "tqdm":
        return inside.name in PROGRESS and in_function
    if top in ("pytest", "_pytest"):
        return inside.parts[0] == PYTEST_PLUGIN
    return top == "refgraph" or top in sys.stdlib_module_names


def python_violations(root: pathlib.Path) -> Iterator[str]:
    """A line of text for each import outside the table."""
    files = sorted((root / PACKAGE).rglob("*.py"))
    if not files:
        yield f"{PACKAGE}: no Python file found"
    for file in files:
        inside = file.relative_to(root / PACKAGE)
        package = ".".join(("refgraph", *inside.parts[:-1]))
        tree = ast.parse(file.read_text(encoding="utf-8"))
        lazy = inside_functions(tree)
        for node, name in imports(tree, package):
            if not may_import(inside, name, node in lazy):
                line = getattr(node, "lineno", 0)
                yield f"{file.relative_to(root)}:{line}: {PACKAGE} may not import {name}"


def main() -> int:
    if sys.version_info < (3, 10):
        print("skipped: the names of the standard library's modules are known from Python 3.10 on")
        return 77
    root = pathlib.Path(sys.argv[1]).resolve()
    found = [*c_violations(root), *python_violations(root)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
