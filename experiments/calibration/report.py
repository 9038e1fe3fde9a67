"""A self-contained page of what a calibration learned, narrow enough for a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from steppe.experiments.figures.html_page import bullet_list, page, table
from steppe.experiments.figures.style import use_theme
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.number_text import format_fixed, format_percent, format_signed

from .figures import (
    count_targets_met,
    margin_range,
    pair_panel,
    parameter_panel,
    svg_data_uri,
    targets_figure,
    targets_met_figure,
)
from .fit_diagnostics import CORRELATED, LEARNED, summary_sentences

if TYPE_CHECKING:
    from .result import CalibrationResult

PAIRS_SHOWN = 6
HEADER_LABELS = {
    "effective_size": "effective size",
    "disagreement": "largest difference of the runs",
    "correlation": "correlation with the start of the final moves",
    "model": "model version",
}
# Columns of the tables, with the format of their numbers; none for text.
PAIR_COLUMNS = {
    "first": "",
    "second": "",
    "prior correlation": "+.2f",
    "posterior correlation": "+.2f",
}
TARGET_COLUMNS = {
    "target": "",
    "contribution": ".2f",
    "voice": ".2f",
    "met, prior": ".0%",
    "met, posterior": ".0%",
    "margin, prior": "",
    "margin, posterior": "",
    "document": "",
}
SLANT_COLUMNS = {"document": "", "power": "", "of": "", "mean": "+.2f", "spread": ".2f"}
AGAINST_COLUMNS = {"target": "", "met": ".0%", "against it": "", "lowers it by": ".0%"}


def write_report(result: CalibrationResult, path: Path) -> Path:
    """Write the page, whole or not at all, and return its path."""
    with use_theme("light"):
        body = "\n".join(_body(result))
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text_atomically(path, page("what the documents taught", body))


def _body(result: CalibrationResult) -> Iterator[str]:
    yield "<h1>What the documents taught, and what they could not</h1>"
    yield from _summary(result)
    yield from _prior_predictive(result)
    yield from _parameters(result)
    yield from _pairs(result)
    yield from _targets(result)
    yield from _contributions(result)
    yield from _slants(result)
    yield from _settings(result)


def _summary(result: CalibrationResult) -> Iterator[str]:
    if result.posterior.header["mode"] == "quick":
        yield (
            '<p class="notice">Made with <code>--quick</code>: a tenth of the draws. '
            "Good for a first look, not for results.</p>"
        )
    if result.failed:
        yield (
            f'<p class="notice">The gates failed: {escape("; ".join(result.failed))}. '
            "No posterior sample was written.</p>"
        )
    yield bullet_list(
        f"{sentence[:1].upper()}{sentence[1:]}."
        for sentence in summary_sentences(result.diagnostics)
    )


def _prior_predictive(result: CalibrationResult) -> Iterator[str]:
    fit = result.fit
    prior, posterior = (
        np.quantile(count_targets_met(fit.plan, draws), (0.05, 0.5, 0.95))
        for draws in (fit.prior, fit.posterior)
    )
    yield "<h2>Prior predictive: before the documents are used</h2>"
    yield (
        f"<p>A draw from the priors meets {format_fixed(prior[1], 0)} of "
        f"{len(fit.plan.targets)} targets in the median "
        f"({format_fixed(prior[0], 0)} to {format_fixed(prior[2], 0)} in 90% of draws), "
        f"a draw from the posterior {format_fixed(posterior[1], 0)} "
        f"({format_fixed(posterior[0], 0)} to {format_fixed(posterior[2], 0)}).</p>"
    )
    yield _picture(
        targets_met_figure(fit),
        "How many targets a draw meets, prior in grey and posterior in blue",
    )


def _parameters(result: CalibrationResult) -> Iterator[str]:
    rows, idle = result.diagnostics.parameters, result.diagnostics.not_learned
    yield "<h2>Parameters</h2>"
    yield (
        "<p>Grey: the prior. Line: the posterior, blue and with a bold name if its mean moved "
        f"or its spread shrank by {format_percent(LEARNED)} of the prior's spread or more.</p>"
    )
    if idle:
        yield f"<p>{len(idle)} of {len(rows)} stayed at their prior; they are named above.</p>"
    panels = []
    for _, row in rows.iterrows():
        label = row["parameter"]
        panel = parameter_panel(label, result.fit, learned=row["learned"])
        quantiles = f"prior {_quantiles(row, 'prior')}, posterior {_quantiles(row, 'posterior')}"
        panels.append(_picture(panel, f"{label}: {quantiles}"))
    yield f'<div class="small-panels">{"".join(panels)}</div>'


def _pairs(result: CalibrationResult) -> Iterator[str]:
    pairs = result.diagnostics.pairs
    yield "<h2>Pairs that trade off</h2>"
    if not len(pairs):
        yield (
            f"<p>None: no correlation between two parameters changed by {CORRELATED:g} or more.</p>"
        )
        return
    yield (
        "<p>The documents determine a combination of the two better than either. "
        "The darker, the more draws.</p>"
    )
    panels = []
    for _, pair in pairs.head(PAIRS_SHOWN).iterrows():
        caption = (
            f"{pair['first']} with {pair['second']}: correlation "
            f"{format_signed(pair['prior correlation'])} before, "
            f"{format_signed(pair['posterior correlation'])} after"
        )
        picture = _picture(pair_panel(pair, result.fit), caption)
        panels.append(f"<div>{picture}<p>{escape(caption)}</p></div>")
    yield f'<div class="small-panels">{"".join(panels)}</div>'
    yield _data_table("Pairs of parameters", pairs, PAIR_COLUMNS)


def _targets(result: CalibrationResult) -> Iterator[str]:
    targets = result.diagnostics.targets
    yield "<h2>Targets met and missed</h2>"
    yield (
        "<p>Each band is the margin by which the model agrees, the logarithm of more over less, 5 "
        "to 95% with the median: the prior above in grey, the posterior below in blue. The stroke "
        "marks what is expected, at least this margin or a figure. On the right, the share of "
        "draws that meet the target, from the prior to the posterior; bold if more than half of "
        "the posterior misses it.</p>"
    )
    limits = margin_range(targets)
    for met, title in ((False, "Missed"), (True, "Met")):
        chosen = targets[targets["met"] == met]
        yield f"<h3>{title}: {len(chosen)}</h3>"
        pictures = [
            _picture(
                targets_figure(rows, limits),
                f"{title} targets of {document}: margins under prior and posterior",
                heading=document,
            )
            for document, rows in chosen.groupby("document", sort=True)
        ]
        yield f'<div class="columns">{"".join(pictures)}</div>'


def _contributions(result: CalibrationResult) -> Iterator[str]:
    yield (
        "<h3>What each contributes</h3><p>Contribution: the voice of the target (one over the "
        "size of its cluster) times the mean of its log "
        "likelihood under the posterior; the lowest pull hardest against the model.</p>"
    )
    targets = result.diagnostics.targets
    margins = {
        f"margin, {which}": [_quantiles(row, which) for _, row in targets.iterrows()]
        for which in ("prior", "posterior")
    }
    short_names = {f"met under the {which}": f"met, {which}" for which in ("prior", "posterior")}
    rows = targets.rename(columns=short_names).assign(**margins)
    yield _data_table("Targets by contribution", rows, TARGET_COLUMNS)


def _slants(result: CalibrationResult) -> Iterator[str]:
    slants, against = result.diagnostics.slants, result.diagnostics.against
    yield (
        "<h2>What each document makes of each power</h2><p>A slant moves the margins of all "
        "claims of a document about a power, in logarithms: above 0, the document sees the power "
        "larger (or growing faster) than the model does with all documents.</p>"
    )
    yield _data_table("Slants", slants, SLANT_COLUMNS)
    if len(against):
        yield (
            "<h2>Claims that stand against missed ones</h2><p>Where the prior meets the claim, it "
            "meets the target more rarely by so much.</p>"
        )
        yield _data_table("Claims against missed targets", against, AGAINST_COLUMNS)


def _settings(result: CalibrationResult) -> Iterator[str]:
    yield "<h2>Made from</h2>"
    settings = ", ".join(
        f"{escape(HEADER_LABELS.get(key, key))} {escape(value)}"
        for key, value in result.posterior.header.items()
        if key != "folder"
    )
    yield f"<p>{settings}</p>"


def _quantiles(row: pd.Series, which: str) -> str:
    low, middle, high = (
        f"{format_fixed(row[f'{which} {part}'])}" for part in ("5 %", "median", "95 %")
    )
    return f"{middle} ({low} to {high})"


def _picture(figure: Figure, description: str, heading: str = "") -> str:
    above = f"<h4>{escape(heading)}</h4>" if heading else ""
    return (
        f'<div class="picture">{above}'
        f'<img src="{svg_data_uri(figure)}" alt="{escape(description)}"></div>'
    )


def _data_table(caption: str, rows: pd.DataFrame, columns: dict[str, str]) -> str:
    """A table of these columns; those with a number format are aligned to the right."""
    cells: list[Sequence[str]] = [
        [format(row[name], number_format) for name, number_format in columns.items()]
        for _, row in rows.iterrows()
    ]
    return table(
        caption, list(columns), cells, lambda column, text: "figure" if columns[column] else ""
    )
