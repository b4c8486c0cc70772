"""Answers as HTML for a notebook: what ``print()`` says, and pictures.

Nothing is captured. What an answer's text works out is worked out here too; pictures beside it
have two seconds together, and are bounded in what they show.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable

from .markup import (
    code,
    escaped,
    figure,
    folded,
    items,
    note,
    paragraph,
    preformatted,
    strong,
    told,
)
from .words import bytes_text, count_text, error_text, percent_text, shortened

if TYPE_CHECKING:
    from .chains import Chain, Chains
    from .cycle import Cycle
    from .cycles import CycleGroup, CycleReport
    from .drawing import Drawing
    from .groups import AliveGroup, AliveGroups
    from .growth import Growth
    from .suspects import Suspect, Suspects
    from .watch import CycleWatch

__all__ = [
    "chain_html",
    "chains_html",
    "cycle_group_html",
    "cycle_html",
    "cycle_report_html",
    "cycle_watch_html",
    "drawing_html",
    "group_html",
    "groups_html",
    "growth_html",
    "suspect_html",
    "suspects_html",
]

_SECONDS = 2.0  # that the pictures of an answer may take, together
_CHAINS = 20  # that are listed
_TREES = 5  # … and told step by step
_GROUPS = 10  # that are listed; of cycles: of each verdict
_DRAWN = 3  # of them
_LARGEST = 10_000  # objects of a cycle that is drawn


class Pictures:
    """Pictures of one answer, which share the time that it may take."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._until = time.monotonic() + seconds

    def of(self, draw: Callable[[float], Drawing]) -> str:
        """What `draw`, given the seconds that are left, draws; or why there is no picture."""
        left = self._until - time.monotonic()
        if left <= 0:
            return _missing("the others took too long")
        try:
            drawing = draw(left)
            return figure(drawing.svg.encode(), "svg", drawing.title)
        except Exception as error:  # a cell shows what there is
            return _missing(error_text(error))

    def of_chains(self, chains: Chains) -> str:
        """What refers to the object, its first chain standing out."""
        from .drawing import neighbourhood

        return self.of(
            lambda seconds: neighbourhood(
                chains.node,
                referents=False,
                chains=chains,
                depth=3,
                too_many=5,
                max_nodes=40,
                deadline=seconds,
            )
        )

    def of_cycle(self, cycle: Cycle) -> str:
        """The cycle; choosing what to show of a huge one takes time that no deadline bounds."""
        count = len(cycle.members)
        if count > _LARGEST:
            return _missing(f"{count_text(count, 'object')}: .drawing() shows the first of them")
        return self.of(lambda seconds: cycle.drawing(max_nodes=30, deadline=seconds))


def _missing(why: str) -> str:
    return paragraph(f"No picture: {why.rstrip('.')}.")


def drawing_html(drawing: Drawing) -> str:
    """The picture; where it cannot be drawn, what it would show and why."""
    picture, error = drawing._displayed()
    if error:
        return paragraph(drawing.title) + _missing(error)
    return figure(picture, "svg", drawing.title)


# ---- chains --------------------------------------------------------------------------------------


def chain_html(chain: Chain) -> str:
    """The expression; its steps behind a word."""
    return f"<p>{code(chain.expression)}</p>" + folded("Step by step", preformatted(chain.tree()))


def chains_html(chains: Chains) -> str:
    """The chains, as ``print()`` says them, their steps behind a word, and what they look like.

    Where there is none, what refers to the object.
    """
    pictures = Pictures()
    if not len(chains):
        first, _, rest = str(chains).partition("\n")
        drawn = pictures.of_chains(chains) if chains.node.referrers else ""
        return strong(first) + paragraph(rest) + drawn
    listed = [
        code(one.expression) + "".join(map(note, chains._notes(one))) for one in chains[:_CHAINS]
    ]
    more = len(chains) - len(listed)
    trees = "\n\n".join(chain.tree() for chain in chains[:_TREES])
    return "".join(
        [
            strong(chains._headline()),
            items(listed, numbered=True),
            paragraph(f"… {count_text(more, 'more chain')}") if more else "",
            paragraph("\n".join(chains._rest(""))),
            pictures.of_chains(chains),
            folded("Step by step", preformatted(trees)),
        ]
    )


# ---- groups, suspects, growth --------------------------------------------------------------------


def group_html(group: AliveGroup) -> str:
    """What holds them, and the chains of the example."""
    of = shortened(group._groups.objects.type, 100)
    held = "held by " if group.is_reached else ""
    objects = f"{group.count:,} {of} ({bytes_text(group.size)}), {held}"
    return f"<p>{escaped(objects)}{code(group.signature)}</p>{chains_html(group.chains(3))}"


def groups_html(groups: AliveGroups) -> str:
    """A table of the first groups, the next step last."""
    number = '<td style="text-align:right;vertical-align:top;white-space:nowrap">'
    shown = groups._first(_GROUPS)
    rows = "".join(
        f"<tr>{number}{group.count:,}</td>"
        f"{number}{percent_text(group.count / groups.count)}</td>"
        f"{number}{bytes_text(group.size)}</td>"
        f'<td style="text-align:left">{_holder(group)}</td></tr>'
        for group in shown
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    rest = "".join(map(paragraph, groups._rest(len(shown))))
    return f"{strong(groups._headline())}{table}{rest}"


def _holder(group: AliveGroup) -> str:
    example = group._example_text()
    held = f"held by {code(group.signature)}" if group.is_reached else escaped(group._held())
    return held + (note(f"e.g. {example}") if example else "")


def suspect_html(suspect: Suspect) -> str:
    """What is told of it, and the chains of its example drawn."""
    drawn = Pictures().of_chains(suspect.example.why_alive(1))
    return f"{_told(suspect)}{drawn}"


def suspects_html(suspects: Suspects[Suspect], closer: str) -> str:
    """What is told of each, and a table; `closer` is the next step."""
    if not len(suspects):
        return paragraph(suspects._nothing)
    listed = items(map(_told, suspects), numbered=True)
    return f"{listed}{suspects.table()._repr_html_()}{paragraph(closer)}"


def _told(suspect: Suspect) -> str:
    return told(suspect.text, suspect._place_text())


def growth_html(growth: Growth) -> str:
    """The types that have grown, and the places that are most likely leaks, the first one drawn."""
    grown = growth._grown(_GROUPS)
    headline = strong(growth._headline()) + paragraph("No type has grown.")
    types = grown._repr_html_() if len(grown) else headline
    suspects = growth.suspects()
    if not len(suspects):
        return types
    example = suspects[0].example
    return "".join(
        [
            types,
            strong("Most likely leaks"),
            items(map(_told, suspects), numbered=True),
            paragraph(f"What holds one {shortened(example.type, 100)} of the first:"),
            Pictures().of_chains(example.why_alive(1)),
        ]
    )


# ---- cycles --------------------------------------------------------------------------------------


def cycle_html(cycle: Cycle) -> str:
    """The shortest cycle, what becomes of it, what to cut, and the picture."""
    return f"<p>{code(str(cycle.path))}</p>{_fate(cycle)}{Pictures().of_cycle(cycle)}"


def cycle_group_html(group: CycleGroup) -> str:
    """The same of a group's example, and sums over the group."""
    return _group(group) + Pictures().of_cycle(group.example)


def cycle_report_html(report: CycleReport) -> str:
    """The groups of each verdict, the first ones drawn."""
    pictures = Pictures()
    parts = [strong(report._headline())]
    verdict = ""
    shown = drawn = left = 0
    for group in report.groups:
        if group.of_class and group.in_use:
            continue  # the headline counts them
        if group.verdict != verdict:
            parts.append(_more(left))
            parts.append(strong(group.verdict[0].upper() + group.verdict[1:]))
            verdict, shown, left = group.verdict, 0, 0
        if shown == _GROUPS:
            left += 1
            continue
        shown += 1
        parts.append(_group(group))
        if drawn < _DRAWN:
            drawn += 1
            parts.append(pictures.of_cycle(group.example))
    return "".join([*parts, _more(left)])


def _more(groups: int) -> str:
    return paragraph(f"… {count_text(groups, 'more group')}: print() and .groups") if groups else ""


def _group(group: CycleGroup) -> str:
    example = group.example
    only = "it keeps" if group.count == 1 else "they keep"
    sizes = f"{count_text(group.object_count, 'object')}, {bytes_text(group.size)}"
    if group.reachable_only_count:
        kept = count_text(group.object_count + group.reachable_only_count, "object")
        size = bytes_text(group.size + group.reachable_only_size)
        sizes += f"; with what only {only} {kept}, {size}"
    return f"<p>{group.count:,} × {code(str(example.path))}{note(sizes + '.')}</p>{_fate(example)}"


def _fate(cycle: Cycle) -> str:
    """What becomes of a cycle, what holds it, what to cut."""
    cut = cycle.cut
    lines = [escaped(shortened(cycle.fate, 1000))]
    if cycle.in_use:
        lines += [f"Held by {code(chain.expression)}" for chain in cycle.why_alive(1)]
    advice = f": {escaped(cut.advice)}" if cut.advice else ""
    lines.append(f"Cut: {code(str(cut)) if len(cut) else escaped(str(cut))}{advice}")
    return f"<p>{'<br/>'.join(lines)}</p>"


def cycle_watch_html(watch: CycleWatch) -> str:
    """The report of the block, and what collections took from it."""
    text = str(watch)
    if not watch._report:
        return paragraph(text)
    return cycle_report_html(watch._report) + paragraph(watch._collected_text())
