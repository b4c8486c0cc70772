"""The layer check finds each kind of violation, and accepts what the table allows."""

from __future__ import annotations

import pathlib
import sys
import tempfile
import unittest

import layers

ALLOWED = {
    "include/refgraph/base.h": "#include <stdint.h>\n",
    "include/refgraph/graph.h": "#include <refgraph/base.h>\n",
    "src/base/memory.h": "#include <refgraph/base.h>\n",
    "src/base/memory.c": '#include "base/memory.h"\n#include <sys/mman.h>\n',
    "src/graph/graph_private.h": "#include <refgraph/graph.h>\n",
    "src/graph/strings.h": "#include <stddef.h>\n",
    "src/analysis/chains.c": '#include "graph/graph_private.h"\n#include "base/memory.h"\n',
    "src/arrow/nodes.c": '#include "graph/graph_private.h"\n#include "graph/strings.h"\n',
    "src/render/style.c": "#include <graphviz/gvc.h>\n#include <pthread.h>\n",
    "src/capture/walk.c": "#include <Python.h>\n#include <refgraph/graph.h>\n",
    "python/ext/core.h": "#include <Python.h>\n",
    "python/ext/core.c": '#include "core.h"\n#include <refgraph/graph.h>\n',
    "python/refgraph/__init__.py": "import json\nfrom . import _core\nfrom ._core import capture\n",
    "python/refgraph/drawing.py": "def draw():\n    from refgraph import _render\n",
    "python/refgraph/series_plot.py": "def draw():\n    from matplotlib.figure import Figure\n",
}

VIOLATIONS = {
    "base knows nothing above it": ("src/base/memory.c", '#include "graph/strings.h"'),
    "graph does not know the analyses": ("src/graph/graph.c", "#include <refgraph/analysis.h>"),
    "graph asks no system": ("src/graph/graph.c", "#include <pthread.h>"),
    "an analysis sees no other private header": (
        "src/analysis/chains.c",
        '#include "graph/strings.h"',
    ),
    "Arrow needs no Python": ("src/arrow/nodes.c", "#include <Python.h>"),
    "Arrow asks analyses by their public functions": (
        "src/arrow/nodes.c",
        '#include "base/../analysis/fold.h"',
    ),
    "render reads a graph by its public functions": (
        "src/render/style.c",
        '  #  include "graph/graph_private.h"',
    ),
    "render is reached by no way round": (
        "src/render/style.c",
        '#include "../graph/graph_private.h"',
    ),
    "only render has Graphviz": ("src/capture/walk.c", "#include <graphviz/cgraph.h>"),
    "by neither of its names": ("src/capture/walk.c", "#include <gvc.h>"),
    "only capture has Python": ("src/render/style.c", "#include <Python.h>"),
    "an extension uses public headers": ("python/ext/core.c", '#include "../../src/base/memory.h"'),
    "an extension uses public headers by any name": (
        "python/ext/core.c",
        '#include "base/memory.h"',
    ),
    "a public header shows nothing private": (
        "include/refgraph/graph.h",
        '#include "base/memory.h"',
    ),
    "a source is not included": ("src/base/memory.c", '#include "memory.c"'),
    "an unknown file is not allowed": ("src/graph/graph.c", '#include "nowhere.h"'),
    "a computed include cannot be checked": ("src/graph/graph.c", "#include HEADER"),
    "only what draws imports _render": ("python/refgraph/snapshot.py", "from . import _render"),
    "in whatever form": ("python/refgraph/snapshot.py", "def f():\n    import refgraph._render"),
    "or from inside it": ("python/refgraph/snapshot.py", "from ._render import draw"),
    "and that when something is drawn": ("python/refgraph/drawing.py", "from . import _render"),
    "the package needs nothing else": ("python/refgraph/snapshot.py", "import networkx"),
    "only what plots imports matplotlib": (
        "python/refgraph/series.py",
        "def f():\n    import matplotlib.figure",
    ),
    "and that when something is plotted": (
        "python/refgraph/series_plot.py",
        "from matplotlib.figure import Figure",
    ),
    "also from a subfolder": ("python/refgraph/sub/x.py", "from .. import _render"),
}


def write(root: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def violations(root: pathlib.Path) -> list[str]:
    return [*layers.c_violations(root), *layers.python_violations(root)]


@unittest.skipIf(sys.version_info < (3, 10), "needs sys.stdlib_module_names")
class LayerCheck(unittest.TestCase):
    def test_what_the_table_allows_passes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            write(root, ALLOWED)
            self.assertEqual(violations(root), [])

    def test_each_violation_is_found_once_with_file_and_line(self) -> None:
        for reason, (name, line) in VIOLATIONS.items():
            with self.subTest(reason), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder).resolve()
                text = f"{'/* a */' if name.endswith(('.c', '.h')) else '# a'}\n{line}\n"
                write(root, {**ALLOWED, name: text})
                found = {entry.split(": ")[0] for entry in violations(root)}
                self.assertEqual(found, {f"{name}:{1 + len(line.splitlines())}"})

    def test_an_include_in_a_comment_is_none(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            write(root, {**ALLOWED, "src/graph/graph.c": "/*\n#include <Python.h>\n*/\n"})
            self.assertEqual(violations(root), [])

    def test_a_folder_without_sources_is_reported(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            found = violations(pathlib.Path(folder).resolve())
            self.assertEqual(len(found), len(layers.C_LAYERS) + 1)


if __name__ == "__main__":
    unittest.main()
