"""What is shown of an analysis: on a page in its folder, and in the report of a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from steppe.experiments.figures.html_page import bullet_list, page, table
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_general

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class AnalysisSummary:
    """What is shown of an analysis, as stored in its manifest.

    `figures` : pairs of a file, relative to the folder, and a description. `rows` : cells as
    text, under `columns`. An unfinished analysis has no title.
    """

    folder: Path
    verb: str
    command: str
    created: str
    request: Mapping[str, Any]
    title: str = ""
    sentences: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    figures: Sequence[tuple[str, str]] = ()
    trust: str = ""

    @property
    def finished(self) -> bool:
        """True if the analysis is complete."""
        return bool(self.title)


def summary_record(
    title: str,
    sentences: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    figures: Sequence[tuple[str, str]],
    trust: str,
) -> dict[str, Any]:
    """The part of a manifest that `load_summary` reads."""
    return {
        "title": title,
        "sentences": list(sentences),
        "columns": list(rows[0]) if rows else [],
        "rows": [[_format_cell(value) for value in row.values()] for row in rows],
        "figures": [list(figure) for figure in figures],
        "trust": trust,
    }


def _format_cell(value: Any) -> str:
    return format_general(value, 3) if isinstance(value, float) else str(value)


def load_summary(folder: Path) -> AnalysisSummary:
    """Read the summary of the analysis in a folder.

    Raises
    ------
    RequestError
        If there is none, or it cannot be read.
    """
    path = folder / MANIFEST_NAME
    try:
        data = json.loads(path.read_bytes())
        record = dict(data.get("answer", {}))
        figures = [(str(file), str(words)) for file, words in record.pop("figures", ())]
        return AnalysisSummary(
            folder,
            str(data["verb"]),
            str(data["command"]),
            str(data["created"]),
            dict(data["request"]),
            figures=figures,
            **record,
        )
    except FileNotFoundError:
        raise RequestError(
            f"{folder}: holds no analysis ({MANIFEST_NAME} is missing); "
            "steppe sensitivity, tipping, discover, robustness and backtest make one"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RequestError(
            f"{path}: is not an analysis that this version can show; "
            "repeat the command that made it, with --replace"
        ) from None


def render_summary(
    summary: AnalysisSummary,
    heading: str,
    heading_id: str,
    image_of: Callable[[str], str],
    notices: Sequence[str] = (),
) -> str:
    """One analysis as HTML; all text is escaped.

    Parameters
    ----------
    heading : element of the title, such as h3. image_of : gives the address of a figure from
    its file; empty if the figure is left out.
    """
    request = summary.request
    settings = (
        f"steppe {summary.verb} of {', '.join(request.get('scenarios', {}))}; "
        f"parameters: {request.get('weights')}; seed {request.get('seed')}"
    )
    title = escape(summary.title or summary.verb)
    parts = [
        f'<article class="analysis" aria-labelledby="{heading_id}">',
        f'<{heading} id="{heading_id}" tabindex="-1">{title}</{heading}>',
        f'<p class="note">{escape(settings)}.</p>',
        *(f'<p class="notice">{escape(notice)}</p>' for notice in notices),
        bullet_list(summary.sentences) if summary.sentences else "",
        *(
            _render_figure(summary.folder / file, description, image_of(file))
            for file, description in summary.figures
        ),
        _render_table(summary) if summary.rows else "",
        _render_trust(summary.trust) if summary.trust else "",
        f'<p class="note">Command: <code>{escape(summary.command)}</code></p>',
        "</article>\n",
    ]
    return "\n".join(part for part in parts if part)


def _render_trust(trust: str) -> str:
    return f"<p><strong>How far to trust it.</strong> {escape(trust)}</p>"


def _render_figure(path: Path, description: str, address: str) -> str:
    if not address:
        return (
            f'<p class="note">Left out to keep this page small: {escape(description)}. '
            f"It is in {escape(str(path))}.</p>"
        )
    return (
        '<figure class="wide-figure" tabindex="0">'
        f'<img src="{escape(address)}" alt="{escape(description)}"></figure>'
    )


def _render_table(summary: AnalysisSummary) -> str:
    columns = [column.replace("_", " ") for column in summary.columns]
    return table(f"Table: {summary.title}", columns, summary.rows)


def render_page(summary: AnalysisSummary) -> str:
    """A page of its own, with figures beside it in the folder."""
    body = render_summary(summary, "h1", "answer", str)
    return page(summary.title, f"<main>\n{body}</main>")
