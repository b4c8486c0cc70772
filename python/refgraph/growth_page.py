"""The page of a growth report: one HTML file that needs no other, and runs nothing.

Whatever comes of the heap is a stranger's text. All of it passes `escaped`, and should a mistake
let some through, the page's policy still refuses scripts and whatever is not in the file.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from .markup import escaped, picture_source, told
from .words import (
    bytes_text,
    count_text,
    cut_lines,
    number_text,
    printable,
    shortened,
    signed_bytes_text,
    signed_number_text,
)

if TYPE_CHECKING:
    from .growth_files import Example, Picture, Report
    from .growth_rows import TypeGrowth
    from .growth_suspects import GrowthSuspect

__all__ = ["page_of"]

_NAME = 120  # characters of a type's name
_PLACE = 200  # … and of a place
_FURTHER = 10  # types in the table behind the last that is drawn

_ = Template.pattern  # from Python 3.14 on the first use compiles it: let that be the import's

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light; --line: #dcdfe4; --soft: #5f6773; --strong: #b3261e; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1d2127;
       background: #f5f6f8; margin: 0 auto; max-width: 1240px; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.soft, figcaption, footer { color: var(--soft); }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px;
          margin: 1rem 0; padding: 1rem 1.2rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace; font-size: .87em; }
pre { background: #f5f6f8; border-radius: 6px; margin: .3rem 0; overflow-x: auto; padding: .7rem; }
ol { margin: 0; padding-left: 1.4rem; }
li + li { margin-top: .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { border-bottom: 2px solid var(--line); color: var(--soft); font-weight: 600; text-align: left; }
th, td { padding: .25rem .7rem .25rem 0; vertical-align: top; }
td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.name { min-width: 14rem; }
.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
tr.left-out td { color: var(--soft); }
a { color: #0b57d0; text-decoration: none; }
a:hover { text-decoration: underline; }
figure { margin: 1rem 0 0; }
figure .scroll { border: 1px solid var(--line); border-radius: 6px; padding: .5rem; }
figcaption { margin-bottom: .3rem; }
img { display: block; height: auto; margin: 0 auto; max-width: 100%; }
.error { border-left: 3px solid var(--strong); padding-left: .6rem; }
summary { color: var(--soft); cursor: pointer; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
</style>
</head>
<body>
<header>
<h1>What grew</h1>
<p><strong>$headline</strong></p>
<p class="soft">$when</p>
</header>
<section id="suspects">
<h2>Suspects</h2>
$suspects
</section>
<section id="types">
<h2>Types</h2>
<div class="scroll"><table>
<thead><tr><th class="number">Δ size</th><th class="number">Δ count</th>\
<th class="number">size</th><th class="number">count</th>\
<th class="number">born</th><th class="number">died</th>\
<th>type</th><th>gained by</th></tr></thead>
<tbody>
$rows
</tbody>
</table></div>
$more
</section>
$examples
<footer><p>$footer</p></footer>
</body>
</html>
""")

_ROW = Template("""\
<tr$style><td class="number">$delta_size</td><td class="number">$delta</td>\
<td class="number">$size</td><td class="number">$count</td><td class="number">$born</td>\
<td class="number">$died</td><td class="name">$name</td><td><code>$place</code></td></tr>""")

_EXAMPLE = Template("""\
<section id="type-$number">
<h2>$number · $name</h2>
<p><strong>$growth</strong>$gained</p>
<p class="soft">$about</p>
$body
</section>""")

_FIGURE = Template("""\
<figure>
<figcaption>$title$links</figcaption>
$content
</figure>""")


def page_of(report: Report) -> str:
    """The whole page."""
    from . import __version__

    growth = report.growth
    before, after = growth.before.captured_at, growth.after.captured_at
    rounds = f", {count_text(growth.rounds, 'round')}" if growth.rounds > 1 else ""
    when = f"from {before:%Y-%m-%d %H:%M:%S} to {after:%Y-%m-%d %H:%M:%S}{rounds}"
    numbers = {example.row.type: number for number, example in enumerate(report.examples, 1)}
    shown = max((i for i, row in enumerate(report.rows, 1) if not row[1]), default=0) + _FURTHER
    rows = [_row(row, numbers.get(row.type, 0), reason) for row, reason in report.rows[:shown]]
    more = len(report.rows) - shown
    return _PAGE.substitute(
        title=escaped(f"What grew: {growth._headline()}"),
        headline=escaped(growth._headline()),
        when=escaped(when),
        suspects=_suspects(report),
        rows="\n".join(rows),
        more=f'<p class="soft">… {count_text(more, "more type")}</p>' if more > 0 else "",
        examples="\n".join(_example(one, i) for i, one in enumerate(report.examples, 1)),
        footer=escaped(
            f"Written by refgraph {__version__}. Also here: report.txt, report.json"
            + (", and each picture as a file." if any(e.pictures for e in report.examples) else ".")
        ),
    )


# ---- its parts -----------------------------------------------------------------------------------


def _suspects(report: Report) -> str:
    if not len(report.suspects):
        return f"<p>{escaped(str(report.suspects))}</p>"
    return f"<ol>{''.join(f'<li>{_suspect(suspect)}</li>' for suspect in report.suspects)}</ol>"


def _suspect(suspect: GrowthSuspect) -> str:
    return told(suspect.text, suspect._place_text())


def _row(row: TypeGrowth, number: int, reason: str) -> str:
    """One type of the table: a link to its section, or why it has none."""
    name = _name(row.type)
    return _ROW.substitute(
        style=' class="left-out"' if reason else "",
        delta_size=signed_bytes_text(row.delta_size),
        delta=signed_number_text(row.delta),
        size=bytes_text(row.size),
        count=number_text(row.count),
        born=number_text(row.born),
        died=number_text(row.died),
        name=f"{name} {_note(reason)}" if reason else f'<a href="#type-{number}">{name}</a>',
        place=escaped(shortened(row.gained_by, _PLACE)),
    )


def _note(reason: str) -> str:
    return f"<small>({escaped(reason)})</small>"


def _example(example: Example, number: int) -> str:
    """One type: its example's chains in words, and its pictures."""
    row = example.row
    body = []
    if example.chains is not None:
        why = escaped(cut_lines(example.chains._summary()))
        body += ["<h3>Why it is alive</h3>", f"<pre>{why}</pre>"]
        if len(example.chains):
            tree = escaped(cut_lines(example.chains.tree()))
            body.append(f"<details><summary>Step by step</summary><pre>{tree}</pre></details>")
    if example.error:
        body.append(f'<p class="error">No chains: {escaped(example.error)}</p>')
    body += map(_figure, example.pictures)
    growth = f"{signed_bytes_text(row.delta_size)}, {signed_number_text(row.delta)} objects"
    place = f": <code>{escaped(shortened(row.gained_by, _PLACE))}</code>" if row.gained_by else ""
    return _EXAMPLE.substitute(
        number=number,
        name=_name(row.type),
        growth=escaped(growth),
        gained=place,
        about=escaped(f"Shown: {example.about}."),
        body="\n".join(body),
    )


def _figure(picture: Picture) -> str:
    """A picture that is in the page itself, with links to its files."""
    title = escaped(picture.title)
    links = "".join(
        f' · <a href="{escaped(name)}">{escaped(name.rpartition(".")[2])}</a>'
        for name in picture.files
    )
    content = ""
    if picture.suffix:
        source = picture_source(picture.content, picture.suffix)
        content = f'<div class="scroll"><img alt="{title}" src="{source}"></div>'
    if picture.error:
        content += f'<p class="error">No picture: {escaped(picture.error)}</p>'
    return _FIGURE.substitute(title=title, links=links, content=content)


def _name(name: str) -> str:
    """A type's name; the middle of a long one is left out."""
    return escaped(shortened(printable(name), _NAME)) or "(no name)"
