"""Why an object is alive: the chains of references from the roots to it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from .arguments import checked_number
from .display import Displayed
from .node import Edge, Node, edges_of
from .roots import Root, root_at
from .words import count_text, shortened

if TYPE_CHECKING:
    from . import _core
    from .files import Path

__all__ = ["Chain", "Chains"]

_LINE = 400  # characters of an expression in a summary; Chain.expression has all
_CLOSER = "Step by step: .tree(); drawn: .render('why.svg')."
_REFERRERS = 5  # named where no root reaches the object


class Chain(Displayed):
    """One path of references from a root to the object. ``str()`` is its expression."""

    __slots__ = ("_chains", "_index", "alike", "independent", "parallel")

    #: How many other holders have a chain of the same shape that is not listed.
    alike: int
    #: Whether it shares no object with the chains before it, but its root.
    independent: bool
    #: How many further references its last object has to the object, beside the chain's own.
    parallel: int

    def __init__(self, chains: Chains, index: int) -> None:
        self._chains = chains
        self._index = index
        _, _, self.independent, self.alike, self.parallel = chains._found.chain(index)

    @property
    def root(self) -> Root:
        """Where it begins."""
        return root_at(self._chains.node._snapshot, self._chains._found.chain(self._index)[0])

    @property
    def edges(self) -> list[Edge]:
        """Its references, the root's first; empty where the object is a root itself."""
        return edges_of(self._chains.node._snapshot, self._chains._found.edges(self._index))

    @property
    def expression(self) -> str:
        """The chain in one line: a Python expression, where `evaluable` says so.

        Steps that no expression reaches stand in braces: ``{key}``, ``{cell x}``. A chain of some
        hundred steps and more is cut in its middle, and is no expression then.
        """
        return self._chains._found.expression(self._index)[0]

    @property
    def evaluable(self) -> bool:
        """Whether ``eval(expression)``, with `sys` at hand, gives the object itself."""
        return self._chains._found.expression(self._index)[1]

    def tree(self) -> str:
        """The chain as an indented tree: one object a line, with its type and text."""
        return self._chains._found.tree(self._index)

    def __len__(self) -> int:
        return self._chains._found.chain(self._index)[1]

    def __bool__(self) -> bool:
        return True  # also where it has no reference: the object is a root

    def __str__(self) -> str:
        return self.expression

    def __repr__(self) -> str:
        return f"<Chain {shortened(self.expression, 80)}>"

    def _repr_html_(self) -> str:
        from .notebook import chain_html

        return chain_html(self)


class Chains(Displayed, Sequence[Chain]):
    """The best chains to one object; empty where no root reaches it. ``print()`` it."""

    __slots__ = ("_found", "_limit", "node")

    #: The object that the chains lead to.
    node: Node

    def __init__(self, node: Node, limit: int) -> None:
        self.node = node
        self._limit = checked_number("limit", limit)
        self._found: _core.Chains = node._snapshot._graph.chains(node._id, self._limit)

    @property
    def holder_count(self) -> int:
        """How many objects refer to it (weak references are not counted)."""
        return self._found.holder_count

    @property
    def root_count(self) -> int:
        """How many roots it is itself, such as references from outside the heap."""
        return self._found.root_count

    @property
    def unreached(self) -> int:
        """How many of them no root reaches except through the object itself."""
        return self._found.unreached

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Chain: ...
    @overload
    def __getitem__(self, index: slice) -> list[Chain]: ...
    def __getitem__(self, index: int | slice) -> Chain | list[Chain]:
        positions = range(len(self))[index]
        if isinstance(positions, range):
            return [Chain(self, position) for position in positions]
        return Chain(self, positions)

    def __str__(self) -> str:
        return self._summary(_CLOSER)

    def _summary(self, closer: str = "") -> str:
        """The answer in words; `closer` is where to look closer, for who sits at an interpreter."""
        if not len(self):
            return self._unreachable()
        width = len(str(len(self)))
        lines = [self._headline(), ""]
        for number, chain in enumerate(self, 1):
            lines.append(f"{number:>{width}}  {shortened(chain.expression, _LINE)}")
            lines += (" " * (width + 2) + note for note in self._notes(chain))
        return "\n".join([*lines, "", *self._rest(closer)])

    def __repr__(self) -> str:
        return f"<Chains: {self._headline() if len(self) else self._unreached_line()}>"

    def _repr_html_(self) -> str:
        from .notebook import chains_html

        return chains_html(self)

    def tree(self) -> str:
        """The answer with every chain as a tree: one object a line, with its type and text."""
        if not len(self):
            return self._unreachable()
        parts = [self._headline()]
        for number, chain in enumerate(self, 1):
            first, *rest = chain.tree().split("\n")
            indent = " " * (len(str(number)) + 2)
            parts.append("\n".join([f"{number}  {first}", *(indent + line for line in rest)]))
        return "\n\n".join(parts)

    def render(
        self,
        path: Path,
        *,
        depth: int = 3,
        too_many: int = 10,
        isolate: bool = True,
        deadline: float = 30.0,
    ) -> None:
        """Draw what refers to the object, the first chain standing out, into a file.

        The suffix says the format; arguments and errors are those of `Node.backrefs` and
        `Drawing.save`.
        """
        from .drawing import neighbourhood

        neighbourhood(
            self.node,
            referents=False,
            chains=self,
            depth=depth,
            too_many=too_many,
            isolate=isolate,
            deadline=deadline,
        ).save(path)

    # -- words -----------------------------------------------------------------------------------

    def _headline(self) -> str:
        independent = sum(chain.independent for chain in self)
        held = count_text(independent, "chain" if self._is_alone() else "independent chain")
        if independent == self._limit < self.holder_count + self.root_count:
            held = f"at least {held}"
        sharing = len(self) - independent
        if sharing:
            share = "shares" if sharing == 1 else "share"
            them = "it" if independent == 1 else "them"
            held = f"{held} and {sharing:,} that {share} objects with {them}"
        place = self.node._snapshot._graph.site_text(self.node._id)
        allocated = f", allocated at {place}," if place else ""
        return f"{self.node._label()}{allocated} is held by {held}."

    def _is_alone(self) -> bool:
        """Whether the one chain is all there is."""
        return len(self) == 1 and self.holder_count + self.root_count <= 1

    def _notes(self, chain: Chain) -> list[str]:
        notes = []
        if not len(chain) and self._is_outside(chain):
            notes.append(self.node.references)
        if not chain.independent:
            notes.append("shares objects with a chain above")
        if chain.parallel:
            more = count_text(chain.parallel, "more reference")
            notes.append(f"and {more} from the same object")
        if chain.alike:
            notes.append(f"and {count_text(chain.alike, 'more like it', 'more like it')}")
        return notes

    @staticmethod
    def _is_outside(chain: Chain) -> bool:
        """Whether it begins with references that no object of Python holds."""
        return chain.root.kind in ("native", "probable")

    def _rest(self, closer: str) -> list[str]:
        """What the listed chains leave unsaid, and the next step."""
        lines = []
        shown = sum(1 + chain.alike for chain in self if chain.edges)
        others = self.holder_count - shown - self.unreached
        if others > 0:
            refer = "refers" if others == 1 else "refer"
            lines.append(
                f"{count_text(others, 'more object')} {refer} to it: why_alive(limit=…) lists more."
            )
        if self.unreached:
            refer = "refers" if self.unreached == 1 else "refer"
            more = count_text(self.unreached, "more object")
            lines.append(f"{more} {refer} to it, reached only through it.")
        lines += (line for line in self._advice(closer) if line)
        return lines

    def _advice(self, closer: str) -> list[str]:
        """What to do about it, and where to look closer."""
        outside = sum(not len(chain) and self._is_outside(chain) for chain in self)
        if outside == len(self) and any(chain.root.kind == "probable" for chain in self):
            return [
                "Nothing else explains the reference; that this place is it is likely, not proven.",
                closer,
            ]
        if outside == len(self):
            return [
                "No Python object holds it: look for C code that keeps it, or forgot a Py_DECREF.",
                closer,
            ]
        if any(chain.parallel for chain in self):
            chains = "every chain, and each reference in it that is there more than once"
        else:
            chains = "this chain" if self._is_alone() else "every chain"
        return [f"To free it, cut {chains}. {closer}".rstrip()]

    def _unreached_line(self) -> str:
        return f"{self.node._label()}: no root reaches it."

    def _unreachable(self) -> str:
        """What is known of an object that no root reaches; no more than that."""
        referrers = self.node.referrers
        strong = [edge for edge in referrers if edge.strength != "weak"]
        lines = [self._unreached_line()]
        if self.node._snapshot._hides_holders():
            lines.append("weak_edges hides references: what only they lead to has no chain.")
            lines += self._listed(strong, "refers to it") if strong else []
        elif strong:
            lines = [
                f"{self.node._label()} is garbage: no root reaches it, "
                "and nothing outside the heap holds it.",
                *self._listed(strong, "refers to it, and is garbage too"),
                "gc.collect() frees it, where each of these tells the collector what it holds.",
            ]
        elif referrers:
            lines += self._listed(referrers, "refers to it weakly, which keeps nothing alive")
        else:
            lines.append(f"No captured object refers to it: {self.node.references}.")
        return "\n".join(lines)

    @staticmethod
    def _listed(edges: list[Edge], what: str) -> list[str]:
        """Some references, one a line; `what` says what one of the objects does."""
        holders = len({edge.source for edge in edges})
        if holders != 1:
            what = what.replace("refers", "refer").replace("is garbage", "are garbage")
        lines = [f"{count_text(holders, 'object')} {what}:"]
        lines += (f"   {edge.source.type} {edge.name}".rstrip() for edge in edges[:_REFERRERS])
        if len(edges) > _REFERRERS:
            lines.append(f"   … {count_text(len(edges) - _REFERRERS, 'more reference')}")
        return lines
