"""An answer as it is shown: a page of its own in its folder, and a part of a batch's report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from steppe.experiments.errors import RequestError
from steppe.experiments.figures.html_page import stylesheet

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class AnalysisSummary:
    """What is shown of an answer, as its manifest keeps it.

    `figures` are (file, words) with files by their place in the folder; `rows` are texts,
    under `columns`. Without a title the question is not answered yet.
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
        return bool(self.title)


def summary_record(
    title: str,
    sentences: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    figures: Sequence[tuple[str, str]],
    trust: str,
) -> dict[str, Any]:
    """What a manifest keeps of an answer, for `load_summary` to find."""
    return {
        "title": title,
        "sentences": list(sentences),
        "columns": list(rows[0]) if rows else [],
        "rows": [[_cell(value) for value in row.values()] for row in rows],
        "figures": [list(figure) for figure in figures],
        "trust": trust,
    }


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def load_summary(folder: Path) -> AnalysisSummary:
    """The answer in a folder.

    Raises
    ------
    RequestError
        If there is none, or it cannot be read.
    """
    path = folder / MANIFEST_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kept = data.get("answer", {})
        return AnalysisSummary(
            folder,
            str(data["verb"]),
            str(data["command"]),
            str(data["created"]),
            dict(data["request"]),
            **{
                **kept,
                "figures": [(str(file), str(words)) for file, words in kept.get("figures", ())],
            },
        )
    except FileNotFoundError:
        raise RequestError(
            f"{folder}: holds no answer ({MANIFEST_NAME} is missing); steppe sensitivity, tipping, discover and robustness make one"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RequestError(
            f"{path}: is no answer that this version can show; give the command that made it again, with --replace"
        ) from None


def render_summary(
    answer: AnalysisSummary,
    heading: str,
    name: str,
    picture: Callable[[str], str],
    notices: Sequence[str] = (),
) -> str:
    """One answer; all words are escaped.

    Parameters
    ----------
    heading : the element of its title, such as h3. name : the title's id. picture : the
    address of a figure, by its file; nothing where it is left out.
    """
    request = answer.request
    of = f"steppe {answer.verb}, asked of {', '.join(request.get('scenarios', {}))}; weights: {request.get('weights')}; seed {request.get('seed')}"
    parts = [
        f'<article class="asked" aria-labelledby="{name}">',
        f'<{heading} id="{name}" tabindex="-1">{escape(answer.title or answer.verb)}</{heading}>',
        f'<p class="note">{escape(of)}.</p>',
        *(f'<p class="notice">{escape(words)}</p>' for words in notices),
    ]
    if answer.sentences:
        parts.append(
            "<ul>"
            + "".join(f"<li>{escape(sentence)}</li>" for sentence in answer.sentences)
            + "</ul>"
        )
    parts += [_figure(answer, file, words, picture(file)) for file, words in answer.figures]
    parts += [
        _table(answer),
        f"<p><strong>How far to trust it.</strong> {escape(answer.trust)}</p>"
        if answer.trust
        else "",
    ]
    parts += [f'<p class="note">Command: <code>{escape(answer.command)}</code></p>', "</article>\n"]
    return "\n".join(part for part in parts if part)


def _figure(answer: AnalysisSummary, file: str, words: str, address: str) -> str:
    if not address:
        return f'<p class="note">Left out to keep this page small: {escape(words)}. It is {escape(str(answer.folder / file))}.</p>'
    return f'<figure class="drawn" tabindex="0"><img src="{escape(address, quote=True)}" alt="{escape(words, quote=True)}"></figure>'


def _table(answer: AnalysisSummary) -> str:
    if not answer.rows:
        return ""
    caption = f"Table: {answer.title}"
    head = "".join(
        f'<th scope="col">{escape(column.replace("_", " "))}</th>' for column in answer.columns
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if place == 0 else f"<td>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in answer.rows
    )
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption, quote=True)}" tabindex="0"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def render_page(answer: AnalysisSummary) -> str:
    """A page of its own, whose figures lie beside it."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Steppe: {escape(answer.title)}</title>\n<style>{stylesheet()}</style>\n</head>\n<body>\n<main>\n"
        f"{render_summary(answer, 'h1', 'answer', str)}</main>\n</body>\n</html>\n"
    )
