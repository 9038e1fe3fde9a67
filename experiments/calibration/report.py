"""One page that shows what a calibration taught: self-contained, and narrow enough for a phone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from steppe.experiments.figures.style import styled

from .figures import (
    as_svg,
    counts_figure,
    counts_met,
    pair_panel,
    parameter_panel,
    reach_of,
    targets_figure,
)
from .fit_diagnostics import MOVED, TRADED, in_words, weighted_quantiles

if TYPE_CHECKING:
    from .result import Calibration

PAIRS_SHOWN = 6
HEADINGS = {
    "k_hat": "k-hat",
    "ess": "effective sample size",
    "prior_draws": "prior draws",
    "model": "model version",
}
STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin-bottom: .3rem; } h4 { font-size: .9rem; font-weight: 600; color: #59616b; margin: .6rem 0 .2rem; }
p, li { max-width: 42rem; overflow-wrap: anywhere; }
.quick { background: #fff3cd; border-left: 4px solid #b58900; padding: .5rem .8rem; }
.grid { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.columns { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); align-items: start; }
img { width: 100%; height: auto; display: block; }
.one { max-width: 28rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { text-align: left; white-space: nowrap; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #d9dce0; vertical-align: top; }
th { white-space: normal; vertical-align: bottom; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; }
"""


def write_report(calibration: Calibration, path: Path) -> Path:
    """Write the page, whole or not at all, and return its path."""
    with styled("light"):
        body = "\n".join(_sections(calibration))
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Steppe: what the documents taught</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def _sections(done: Calibration) -> Iterable[str]:
    yield "<h1>What the documents taught, and what they could not</h1>"
    yield from _summary(done)
    yield from _prior_predictive(done)
    yield from _parameters(done)
    yield from _pairs(done)
    yield from _targets(done)
    yield from _settings(done)


def _summary(done: Calibration) -> Iterable[str]:
    if done.posterior.header["mode"] == "quick":
        yield '<p class="quick">Made with <code>--quick</code>: a tenth of the draws. Good for a look, not for a result.</p>'
    if not done.fit.passes:
        yield '<p class="quick">The gates failed: too few draws carry the posterior, and no weights were written.</p>'
    yield (
        "<ul>"
        + "".join(f"<li>{escape(_upper(line))}.</li>" for line in in_words(done.diagnostics))
        + "</ul>"
    )


def _upper(line: str) -> str:
    return line[:1].upper() + line[1:]


def _prior_predictive(done: Calibration) -> Iterable[str]:
    met, even = counts_met(done.plan, done.draws), np.full(done.draws.size, 1.0 / done.draws.size)
    before, after = (
        weighted_quantiles(met, weight, (0.05, 0.5, 0.95)) for weight in (even, done.fit.weight)
    )
    yield "<h2>Before the documents speak: the prior predictive</h2>"
    yield (
        f"<p>A draw from the priors meets {before[1]:.0f} of {len(done.plan.targets)} targets in the median ({before[0]:.0f} to {before[2]:.0f} in 90 % of draws), "
        f"a draw from the posterior {after[1]:.0f} ({after[0]:.0f} to {after[2]:.0f}).</p>"
    )
    yield _image(
        counts_figure(done.plan, done.draws, done.fit),
        "How many targets a draw meets, prior in grey and posterior in blue",
        "one",
    )


def _parameters(done: Calibration) -> Iterable[str]:
    table, stayed = done.diagnostics.parameters, done.diagnostics.stayed
    yield "<h2>Parameters</h2>"
    yield (
        "<p>Grey: the prior. Line: the posterior, blue and with a bold name where its mean moved or its spread shrank by "
        f"{MOVED:.0%} of the prior's spread or more.</p>"
    )
    if stayed:
        yield f"<p>{len(stayed)} of {len(table)} stayed at their prior; they are named above.</p>"
    panels = []
    for _, row in table.iterrows():
        words = (
            f"{row['parameter']}: prior {_band(row, 'prior')}, posterior {_band(row, 'posterior')}"
        )
        panels.append(
            _image(
                parameter_panel(row["parameter"], done.draws, done.fit, learned=row["learned"]),
                words,
            )
        )
    yield f'<div class="grid">{"".join(panels)}</div>'


def _pairs(done: Calibration) -> Iterable[str]:
    pairs = done.diagnostics.pairs
    yield "<h2>Pairs that trade off</h2>"
    if not len(pairs):
        yield f"<p>None: no correlation between two parameters changed by {TRADED:g} or more.</p>"
        return
    yield "<p>The documents fix a combination of the two better than either. The darker, the more weight.</p>"
    panels = []
    for _, pair in pairs.head(PAIRS_SHOWN).iterrows():
        words = f"{pair['first']} with {pair['second']}: correlation {pair['prior correlation']:+.2f} before, {pair['posterior correlation']:+.2f} after"
        panels.append(
            f"<div>{_image(pair_panel(pair, done.draws, done.fit), words)}<p>{escape(words)}</p></div>"
        )
    yield f'<div class="grid">{"".join(panels)}</div>'
    yield _table(
        pairs,
        {"first": "", "second": "", "prior correlation": "+.2f", "posterior correlation": "+.2f"},
    )


def _targets(done: Calibration) -> Iterable[str]:
    targets = done.diagnostics.targets
    yield "<h2>Targets met and missed</h2>"
    yield (
        "<p>Each band is the margin by which the model agrees, 5 to 95 % with the median: the prior above in grey, the posterior below in blue. "
        "The stroke marks what is expected, a margin above 0 or a figure. At the right, the share of draws that meet the target, "
        "from the prior to the posterior; bold where the posterior misses it more often than not.</p>"
    )
    reach = reach_of(targets)
    for met, title in ((False, "Missed"), (True, "Met")):
        chosen = targets[targets["met"] == met]
        yield f"<h3>{title}: {len(chosen)}</h3>"
        figures = [
            _image(
                targets_figure(rows, reach),
                f"{title} targets of {document}: margins under prior and posterior",
                heading=document,
            )
            for document, rows in chosen.groupby("document", sort=True)
        ]
        yield f'<div class="columns">{"".join(figures)}</div>'
    yield (
        "<h3>What each contributes</h3><p>Contribution: the voice of the target (its document's temper, shared within a cluster) times the mean of "
        "its log likelihood under the posterior; the lowest pull hardest against the model.</p>"
    )
    columns = {
        "target": "",
        "contribution": ".2f",
        "voice": ".2f",
        "met, prior": ".0%",
        "met, posterior": ".0%",
        "margin, prior": "",
        "margin, posterior": "",
        "document": "",
    }
    bands = targets.rename(
        columns={"met under the prior": "met, prior", "met under the posterior": "met, posterior"}
    )
    bands = bands.assign(
        **{
            f"margin, {which}": [_band(row, which) for _, row in targets.iterrows()]
            for which in ("prior", "posterior")
        }
    )
    yield _table(bands, columns)


def _settings(done: Calibration) -> Iterable[str]:
    yield "<h2>Made from</h2>"
    header = {key: value for key, value in done.posterior.header.items() if key != "folder"}
    yield (
        "<p>"
        + ", ".join(
            f"{escape(HEADINGS.get(key, key))} {escape(value)}" for key, value in header.items()
        )
        + "</p>"
    )


def _band(row: pd.Series, which: str) -> str:
    low, middle, high = (
        f"{round(row[f'{which} {part}'], 2) + 0.0:.2f}" for part in ("5 %", "median", "95 %")
    )
    return f"{middle} ({low} to {high})"


def _image(figure: Figure, words: str, kind: str = "", heading: str = "") -> str:
    above = f"<h4>{escape(heading)}</h4>" if heading else ""
    return f'<div class="{kind}">{above}<img src="{as_svg(figure)}" alt="{escape(words)}"></div>'


def _table(rows: pd.DataFrame, columns: dict[str, str]) -> str:
    """A table of these columns; each has the format of its numbers, or none for words."""

    def cell(tag: str, form: str, text: str) -> str:
        return (
            f'<{tag} class="number">{escape(text)}</{tag}>'
            if form
            else f"<{tag}>{escape(text)}</{tag}>"
        )

    head = "".join(cell("th", form, name) for name, form in columns.items())
    body = "".join(
        "<tr>"
        + "".join(cell("td", form, format(row[name], form)) for name, form in columns.items())
        + "</tr>\n"
        for _, row in rows.iterrows()
    )
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}</table></div>'
