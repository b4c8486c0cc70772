"""A shared library exports exactly the functions that its public headers declare, and an extension
module exactly its initialisation.

    exports.py <include folder> <refgraph|render|capture|_core|_render> <library file>

The declarations are the lines that begin with RG_API; what is exported comes from `nm -D`.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

HEADERS = {
    "refgraph": [
        "base.h",
        "graph.h",
        "file.h",
        "objects.h",
        "chains.h",
        "cycles.h",
        "retained.h",
        "growth.h",
        "arrow.h",
    ],
    "render": ["render.h"],
    "capture": ["capture.h", "fork.h", "live.h"],
}
DECLARATION = re.compile(r"^RG_API\b[^;(]*?\b(\w+)\(", re.MULTILINE)
# Some linkers export the ends of the sections under these names.
SECTION_ENDS = {"__bss_start", "_edata", "_end", "_init", "_fini"}


def declared(include: pathlib.Path, library: str) -> set[str]:
    """Names of the functions that the library promises."""
    if library.startswith("_"):
        return {f"PyInit_{library}"}
    return {
        name
        for header in HEADERS[library]
        for name in DECLARATION.findall((include / header).read_text(encoding="utf-8"))
    }


def exported(path: str) -> set[str]:
    """Names that the dynamic symbol table defines."""
    lines = subprocess.run(
        ["nm", "-D", "--defined-only", path], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines} - SECTION_ENDS


def main() -> int:
    include, library, path = sys.argv[1:]
    promised = declared(pathlib.Path(include), library)
    if not promised:
        print(f"no declaration found in the headers of {library}")
        return 1
    found = exported(path)
    for name in sorted(found - promised):
        print(f"{path} exports {name}, which {library} does not promise")
    for name in sorted(promised - found):
        print(f"{path} does not export {name}, which {library} promises")
    return int(found != promised)


if __name__ == "__main__":
    sys.exit(main())
