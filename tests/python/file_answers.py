"""Every answer of a snapshot as text, by question. As a program: those of a file, as JSON.

python file_answers.py <file> [save <another file>]
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import refgraph

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5  # objects of a type


def answers(snap: refgraph.Snapshot, types: Sequence[str]) -> dict[str, str]:
    """What is asked of the whole heap, and of some objects of these types."""
    found = {
        "counts": f"{snap.node_count} {snap.edge_count} {snap.cost} {snap.weak_edges}",
        "captured": snap.captured_at.isoformat(),
        "types": snap.types(limit=None).to_csv(),
        "modules": snap.types("module", limit=None).to_csv(),
        "roots": snap.roots(limit=None).to_csv(),
        "unexplained": snap.unexplained(constants=True, likely=True, limit=None).to_csv(),
        "collector": repr(snap.gc),
        "objects": snap.retained(limit=100).to_csv(),
        "retained by type": snap.retained("type", limit=None).to_csv(),
        "retained by module": snap.retained("module", limit=None).to_csv(),
        "owners": snap.retained("owner", limit=None).to_csv(),
        "suspects": str(snap.suspects(limit=5)),
        "cycles": str(snap.cycles()),
    }
    for name in types:
        objects = snap.objects(name)
        found[f"{name}: groups"] = str(objects.why_alive())
        found[f"{name}: what if"] = str(snap.what_if(objects))
        found[f"{name}: places"] = objects.sites().to_csv()
        for i, node in enumerate(objects[:SHOWN]):
            found.update((f"{name} {i}: {ask}", text) for ask, text in node_answers(node).items())
    return found


def node_answers(node: refgraph.Node) -> dict[str, str]:
    """What is asked of one object."""
    chains = node.why_alive(limit=3)
    return {
        "node": repr((node.address, node.size, node.refcount, node.generation, node.kind)),
        "text": f"{node.type} {node.text!r}",
        "references": str(node.references),
        "referrers": repr([(e.source.address, e.name, e.strength) for e in node.referrers]),
        "referents": repr([(e.target.address, e.name, e.strength) for e in node.referents]),
        "chains": str(chains),
        "tree": chains.tree(),
        "expressions": repr([(chain.expression, chain.evaluable) for chain in chains]),
        "retained": f"{node.retained_size} {node.retained_count} {node.dominator!r}",
        "allocation": repr(node.allocation),
        "back": node.backrefs(depth=2, too_many=5).dot,
        "forth": node.refs(depth=2, too_many=5).dot,
    }


def main() -> None:
    path, *rest = sys.argv[1:]
    snap = refgraph.load(path)
    if rest:
        snap.save(rest[1], text="all")
    names = {row.type for row in snap.types() if row.type.endswith((".Heap", ".Session"))}
    json.dump(answers(snap, sorted(names)), sys.stdout)


if __name__ == "__main__":
    main()
