"""A million objects in a row, a million side by side: nothing recurses, each question ends."""

from __future__ import annotations

import refgraph

MILLION = 1_000_000


class Marker:
    pass


class Link:
    __slots__ = ("marker", "next")

    def __init__(self, rest: Link | None) -> None:
        self.next = rest


def test_a_linked_list_of_a_million_nodes_is_captured_and_chained() -> None:
    end = Link(None)
    end.marker = Marker()
    head = end
    for _ in range(MILLION - 1):
        head = Link(head)
    globals()["HEAD"] = head
    del head, end
    snapshot = refgraph.capture()
    assert snapshot.node_count > MILLION
    assert len(snapshot.objects(Link)) == MILLION
    node = snapshot.objects(Marker)[-1]
    chains = node.why_alive()
    assert len(chains) == 1
    assert len(chains[0].edges) >= MILLION
    text = str(chains)
    assert "HEAD" in text
    assert len(text) < 20_000
    assert "more" in chains[0].tree()
    chain = globals().pop("HEAD")
    while chain is not None:
        chain = chain.next


def test_a_list_of_a_million_objects_is_captured_and_chained() -> None:
    globals()["WIDE"] = wide = [Marker() for _ in range(MILLION)]
    shared = Marker()
    wide.append(shared)
    wide.extend([shared] * MILLION)
    snapshot = refgraph.capture()
    assert len(snapshot.objects(Marker)) >= MILLION + 1
    for i in (0, 500_000, MILLION - 1):
        chains = snapshot.node(wide[i]).why_alive()
        expressions = [chain.expression for chain in chains if chain.evaluable]
        assert any(expression.endswith(f".WIDE[{i}]") for expression in expressions)
    node = snapshot.node(shared)
    assert node.why_alive()[0].edges
    assert len(node.referrers) >= MILLION + 1
    drawn = snapshot.node(wide).refs(depth=1, too_many=5)
    assert drawn.svg.count('class="node') <= 20
    assert "more" in drawn.svg
    del globals()["WIDE"], wide
