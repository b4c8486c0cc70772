"""Where a picture goes: a DOT file, a viewer, an image; what is printed about it.

Images are drawn in the process itself. Programs are run as objgraph runs them where somebody has
put something else in the place of `objgraph.subprocess` or `objgraph._program_in_path`, and `dot`
where Graphviz's libraries are missing. The names are looked up in the package at each call, so that
they can be replaced there.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from typing import Any, Callable

from ..errors import RenderError
from ..files import whole_file
from .drawing import can_draw, draw
from .face import face
from .interactive import source

Write = Callable[[Any], int]


def present(write: Write, filename: str | None, output: Any) -> Any:
    """Write a graph to where it belongs; `write` writes its text into a stream and tells the number
    of nodes.

    Returns a `graphviz.Source` in a notebook where there is neither file nor stream, else None.

    Raises:
        ValueError: both are given.
    """
    if output is not None and filename is not None:
        raise ValueError("Cannot specify both output and filename.")
    if output is not None:
        write(output)
        return None
    if not filename and face.IS_INTERACTIVE:
        text = io.StringIO()
        write(text)
        return source(text.getvalue())
    if filename and filename.endswith(".dot"):
        dot_filename = filename
        file = open(filename, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    else:
        descriptor, dot_filename = tempfile.mkstemp(".dot", "objgraph-", text=True)
        file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
    with file:
        count = write(file)
    print(f"Graph written to {dot_filename} ({count} nodes)")
    face._present_graph(dot_filename, filename)
    return None


def _program_in_path(program: str) -> bool:
    """Whether a folder of PATH has this program."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return True
    return False


_own_program_in_path = _program_in_path


def _is_replaced() -> bool:
    """Whether somebody wants to see the programs that are run."""
    return face.subprocess is not subprocess or face._program_in_path is not _own_program_in_path


def _present_graph(dot_filename: str, filename: str | None = None) -> None:
    """Show a DOT file in a viewer, or make an image of it."""
    if filename == dot_filename:
        return
    if not filename and face._program_in_path("xdot"):
        print("Spawning graph viewer (xdot)")
        face.subprocess.Popen(["xdot", dot_filename], close_fds=True)
        return
    is_inside = not _is_replaced() and can_draw()
    if not is_inside and not face._program_in_path("dot"):
        if not filename:
            print("Graph viewer (xdot) and image renderer (dot) not found, not doing anything else")
        else:
            print("Image renderer (dot) not found, not doing anything else")
        return
    if not filename:
        print("Graph viewer (xdot) not found, generating a png instead")
        filename = os.path.splitext(dot_filename)[0] + ".png"
    picture_format = os.path.splitext(filename)[1].lstrip(".")
    command = ["dot", "-T" + picture_format, "-o" + filename, dot_filename]
    code = _draw(picture_format, filename, dot_filename) if is_inside else _run(command)
    if code:
        print(f'dot failed (exit code {code}) while executing "{" ".join(command)}"')
    else:
        print(f"Image generated as {filename}")


def _run(command: list[str]) -> int:
    process = face.subprocess.Popen(command, close_fds=False)
    process.wait()
    return int(process.returncode)


def _draw(picture_format: str, filename: str, dot_filename: str) -> int:
    """What `dot` would do, and its exit code; why it failed goes to standard error, as dot's words
    do.
    """
    with open(dot_filename, encoding="utf-8", errors="backslashreplace") as file:
        text = file.read()
    try:
        picture = draw(picture_format, text)
        with whole_file(filename) as file_of_picture:
            file_of_picture.write(picture)
    except (RenderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
