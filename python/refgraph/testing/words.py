"""What a failing test prints: what stays, who holds it, which reference to cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..growth_choice import STEADY, Choice
from ..growth_rows import Round
from ..growth_suspects import suspect_of, wrapped_lines
from ..words import count_text, shortened, wrapped_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..chains import Chain
    from ..growth_suspects import GrowthSuspect
    from .judgement import Leak, Verdict
    from .settings import Settings

__all__ = ["chain_lines", "hints", "leak_text", "places_text", "suspect_of_leak"]

_LINE = 400  # characters of an expression

# What holds an object, by the type of a holder on the chain: what is done about it.
_HINTS = {
    "functools._lru_cache_wrapper": (
        "An lru_cache keeps what it was called with, and self of a method too. Where the test is "
        "meant to fill it: cache_clear() in a fixture, or limit=."
    ),
    "traceback": (
        "An exception that is kept keeps the local variables of the frames it passed through: keep "
        "its text, or call traceback.clear_frames()."
    ),
    "unittest.mock._Call": "A mock keeps what it was called with: reset_mock(), or a new one.",
    "_contextvars.ContextVar": "A context variable keeps its last value: reset(token).",
    "_thread._localdummy": "A thread-local variable lives as long as its thread.",
    "_pytest.fixtures.FixtureDef": (
        "The value of a fixture stays until pytest tears the fixture down, and what it holds."
    ),
    "_asyncio.Task": "A task that is never awaited or cancelled stays, and what it uses.",
}


def suspect_of_leak(verdict: Verdict, leak: Leak) -> GrowthSuspect:
    """All that can be said of a place."""
    size = sum(point.delta_size for point in leak.points)
    count = sum(point.delta for point in leak.points)
    steady = Round(verdict.rounds, count, size)
    first, *others = sorted(leak.points, key=_telling, reverse=True)
    companions = [point for point in others if point.text.rstrip("{key}") == first.text]
    return suspect_of(verdict.growth, Choice(STEADY, first, companions, steady, leak.where))


def _telling(point: object) -> tuple[bool, int]:
    """Values tell more than keys, then what is bigger."""
    return not point.text.endswith("{key}"), point.delta_size  # type: ignore[attr-defined]


def leak_text(
    name: str, verdict: Verdict, settings: Settings, suspects: list[GrowthSuspect]
) -> str:
    """The message of a test that leaks."""
    a_round = verdict.more / verdict.rounds
    rate = f"{a_round:,.1f}".removesuffix(".0")
    objects = "object" if rate == "1" else "objects"
    of = _types_text(settings)
    more = f", more than the {settings.limit:,} allowed" if settings.limit else ""
    first = (
        f"{name} leaves {rate} {objects}{of} behind each time it runs{more}: "
        f"{verdict.more:,} in {count_text(verdict.rounds, 'round')}."
    )
    return f"{wrapped_text(first)}\n\n{places_text(verdict, suspects)}"


def places_text(verdict: Verdict, suspects: list[GrowthSuspect]) -> str:
    """The first places: what came there, who holds it, what to cut."""
    parts = []
    for leak, suspect in zip(verdict.leaks, suspects):
        lines = wrapped_lines(suspect.text.split("\n")).split("\n")
        if verdict.rounds == 1:
            lines = [line for line in lines if not line.startswith("It grew in each of 1 rounds")]
        chain = next(iter(suspect.example.why_alive(1)), None)
        if chain is not None and not any(line.startswith("One ") for line in lines):
            lines.append(f"One {suspect.example.type}: {shortened(chain.expression, _LINE)}")
        lines += hints([] if chain is None else [chain])
        lines.append(f"Cut: {_cut(leak, suspect)}")
        parts.append("\n".join(lines))
    left = verdict.leaks[len(suspects) :]
    if left:
        objects = count_text(sum(leak.more for leak in left), "object")
        parts.append(f"… and {objects} at {count_text(len(left), 'more place')}.")
    return "\n\n".join(parts)


def _types_text(settings: Settings) -> str:
    if settings.types is None:
        return ""
    names = [one if isinstance(one, str) else one.__qualname__ for one in settings.types]
    return f" of {' or '.join(names)}"


def _cut(leak: Leak, suspect: GrowthSuspect) -> str:
    place = suspect.place
    if place.holder is None:
        return f"what begins with {shortened(leak.where, _LINE)}"
    what = place.type if place.gained else suspect.holds
    return f"{shortened(leak.where, _LINE)}, the reference of {place.holder.type} to {what}"


def chain_lines(chains: Iterable[Chain]) -> list[str]:
    """The chains to an object, one a line."""
    return [f"   {shortened(chain.expression, _LINE)}" for chain in chains]


def hints(chains: Iterable[Chain]) -> list[str]:
    """What is known of the holders on some chains, each once."""
    types = {edge.source.type for chain in chains for edge in chain.edges}
    return [wrapped_text(text, "", "  ") for name, text in _HINTS.items() if name in types]
