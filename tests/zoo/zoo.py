"""What the programs of the zoo share: find the leaked object, check what holds it to the letter.

A program leaks one object on purpose, captures, finds the object by its type (so that no variable
of its own holds it) and says which chains must hold it: all of them, best first.
"""

from __future__ import annotations

import importlib
import linecache
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    import types

    import refgraph

#: Exit status of a program that cannot run here; the last line that it prints says why.
SKIPPED = 77

#: How a chain reads whose only holder is native code.
NATIVE = "1 reference from outside the Python heap (C code, or a leaked count)"


class Held(NamedTuple):
    """A chain as it must be: what it prints, kind and name of its root, whether it evaluates."""

    expression: str
    kind: str = "module"
    name: str = "__main__"
    evaluates: bool | None = None  # None: as its text says, with a module for a root and no brace

    def is_expression(self) -> bool:
        if self.evaluates is None:
            return self.kind == "module" and "{" not in self.expression
        return self.evaluates


def needs(module: str) -> Any:
    """Import a third-party module, or end the program as skipped."""
    try:
        return importlib.import_module(module)
    except ImportError:
        skip(f"{module.partition('.')[0]} is not installed")


def compiled(name: str, source: str) -> types.ModuleType:
    """Compile a C extension with the headers of this interpreter, and import it."""
    include = sysconfig.get_path("include")
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler or not os.path.exists(os.path.join(include, "Python.h")):
        skip("no C compiler" if not compiler else f"no Python.h in {include}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(f"{path}.c", "w") as file:
            file.write(source)
        library = path + sysconfig.get_config_var("EXT_SUFFIX")
        command = [compiler, "-shared", "-fPIC", f"-I{include}", f"{path}.c", "-o", library]
        subprocess.run(command, check=True)
        sys.path.insert(0, folder)
        module = importlib.import_module(name)
        sys.path.remove(folder)
    return module


def skip(reason: str) -> NoReturn:
    print(reason)
    sys.exit(SKIPPED)


def only(snapshot: refgraph.Snapshot, name: str, leaked: tuple[str, ...] = ()) -> refgraph.Node:
    """The one object of a class: of the program's, where the name has no module.

    No instance of the program but this one, and those of the classes `leaked`, may have a reference
    that is not explained.
    """
    nodes = snapshot.objects(name if "." in name else f"__main__.{name}")
    assert len(nodes) == 1, f"{len(nodes)} objects of {name}, not 1"
    flagged = {row.type for row in snapshot.unexplained() if row.type.startswith("__main__.")}
    assert flagged <= {f"__main__.{known}" for known in (name, *leaked)}, snapshot.unexplained()
    return nodes[0]


def the_class(snapshot: refgraph.Snapshot, qualified_name: str) -> refgraph.Node:
    """The one class of the program that has a name."""
    name = f"__main__.{qualified_name}"
    classes = [node for node in snapshot.objects("type") if node.text == name]
    assert len(classes) == 1, f"{len(classes)} classes {name}, not 1"
    return classes[0]


def type_name(of: type) -> str:
    """A type as the answers name it."""
    module = of.__module__
    return of.__qualname__ if module == "builtins" else f"{module}.{of.__qualname__}"


def place(function: str, code: str) -> str:
    """A running frame as its root is named: function, file and line, which is found by its code."""
    path = os.path.abspath(sys.argv[0])
    lines = linecache.getlines(path)
    found = [number for number, line in enumerate(lines, 1) if line.strip() == code]
    assert len(found) == 1, f"{code!r} is on lines {found}"
    return f"{function} ({'/'.join(path.split(os.sep)[-2:])}:{found[0]})"


def expect(node: refgraph.Node, *expected: Held) -> refgraph.Chains:
    """Check that just these chains hold a node, in this order, and that expressions give it."""
    chains = node.why_alive(limit=10)
    got = [Held(c.expression, c.root.kind, c.root.name, c.evaluable) for c in chains]
    wanted = [held._replace(evaluates=held.is_expression()) for held in expected]
    values = [address_of(held.expression) for held in got if held.evaluates]
    if got != wanted or any(value != node.address for value in values):
        raise AssertionError(_account(chains, got, wanted, values))
    return chains


def expect_garbage(node: refgraph.Node) -> refgraph.Chains:
    """Check that nothing holds a node but a cycle of its own, and that this is what is said."""
    chains = expect(node)
    verdict = "is garbage: no root reaches it, and nothing outside the heap holds it."
    assert str(chains).split("\n")[0].endswith(verdict), chains
    assert node.unexplained_references == 0, chains
    return chains


def expect_native(node: refgraph.Node) -> None:
    """Check that one reference, which nothing in the heap explains, is all that holds a node."""
    chains = expect(node, Held(NATIVE, "native", ""))
    assert (node.refcount, node.unexplained_references) == (1, 1), chains
    assert "   refcount 1 = 1 unexplained" in str(chains).split("\n"), chains


#: Containers between a cycle's objects, of which there are more or fewer from version to version.
PLUMBING = {"dict", "tuple", "list", "cell"}


def expect_cycle(
    snapshot: refgraph.Snapshot, of: str, verdict: str, members: set[str], cut: str
) -> refgraph.Cycle:
    """Check the one unused cycle with a member of a type: its fate, its members' types, its cut."""
    report = snapshot.cycles(in_use=False, type=of)
    assert len(report) == 1, f"{len(report)} cycles with {of}, not 1\n{report}"
    cycle = report[0]
    types = {row.type for row in cycle.types} - PLUMBING
    got = (cycle.verdict, types, str(cycle.cut))
    assert got == (verdict, members, cut), f"{got}, not {(verdict, members, cut)}\n\n{report}"
    assert {node.type for node in cycle.members} - PLUMBING == types
    assert cycle.cut.is_enough, report
    return cycle


def address_of(expression: str) -> int | str:
    """Where the value of an expression lies, or what went wrong; it is not held here."""
    try:
        return id(eval(expression, {"sys": sys}))
    except Exception as error:
        return repr(error)


def _account(chains: refgraph.Chains, got: Any, wanted: Any, values: Any) -> str:
    lines = ["these chains were expected:", *map(str, wanted), "these were found:", *map(str, got)]
    lines += [f"the object is at {chains.node.address}; expressions gave {values}", "", str(chains)]
    return "\n".join([*lines, "", chains.tree()])
