"""Results of analyses in the report of a batch, each with figures, table and limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from steppe.experiments.analysis.folder import ANALYSES
from steppe.experiments.analysis.page import (
    MANIFEST_NAME,
    AnalysisSummary,
    load_summary,
    render_summary,
)
from steppe.experiments.figures.html_page import Html, bullet_list
from steppe.experiments.figures.png import shrink_png
from steppe.model.core.errors import RequestError
from steppe.model.core.word_lists import join_words

DIFFERENT_INPUTS = {
    "model": "another version of the model",
    "evidence": "other evidence",
    "weights": "other parameters",
}
Images = Mapping[tuple[Path, str], str]


def find_analyses(
    out: Path, folders: Sequence[Path] = ()
) -> tuple[list[AnalysisSummary], list[str]]:
    """Analyses of a batch and in other folders, oldest first.

    Returns
    -------
    The analyses; and for each of the batch's own that cannot be shown, why.

    Raises
    ------
    RequestError
        If one of `folders` holds no analysis.
    """
    by_folder: dict[Path, AnalysisSummary] = {}
    problems = []
    own = sorted(path.parent for path in (out / ANALYSES).glob(f"*/{MANIFEST_NAME}"))
    for folder in (*own, *folders):
        try:
            by_folder[folder.resolve()] = load_summary(folder)
        except RequestError as error:
            if folder in folders:
                raise
            problems.append(str(error))
    analyses = sorted(
        by_folder.values(), key=lambda analysis: (analysis.created, str(analysis.folder))
    )
    return analyses, problems


def analyses_section(
    analyses: Sequence[AnalysisSummary],
    problems: Sequence[str],
    request: Mapping[str, Any],
    room: int,
) -> str:
    """The section of all analyses; empty if there are none.

    Parameters
    ----------
    request : of the batch. room : for figures, in characters; the first figure of each
    analysis takes precedence.
    """
    if not analyses and not problems:
        return ""
    images = _embed_figures(analyses, room)
    parts = [f'<p class="notice">{escape(problem)}</p>' for problem in problems]
    parts += [
        _render(analysis, number, images, request) for number, analysis in enumerate(analyses, 1)
    ]
    return (
        '<section aria-labelledby="answers-title">\n'
        '<h2 id="answers-title" tabindex="-1">Questions asked</h2>\n'
        "<p>What matters, how large a change is needed, under which conditions, and what a "
        "republic could do, each with how far to trust the answer.</p>\n"
        + "\n".join(parts)
        + "</section>"
    )


def contents_entry(analyses: Sequence[AnalysisSummary], problems: Sequence[str]) -> str:
    """The entry for the analyses in the page's list of contents; empty if there are none."""
    if not analyses and not problems:
        return ""
    links = [
        Html(f'<a href="#{_heading_id(number)}">{escape(analysis.title or analysis.verb)}</a>')
        for number, analysis in enumerate(analyses, 1)
    ]
    below = bullet_list(links) if links else ""
    return f'<li class="line"><a href="#answers-title">Questions asked</a>{below}</li>'


def _heading_id(number: int) -> str:
    return f"answer-{number}"


def _render(
    analysis: AnalysisSummary, number: int, images: Images, request: Mapping[str, Any]
) -> str:
    def image_of(file: str) -> str:
        return images.get((analysis.folder, file), "")

    notices = _notices(analysis, request)
    return render_summary(analysis, "h3", _heading_id(number), image_of, notices)


def _notices(analysis: AnalysisSummary, request: Mapping[str, Any]) -> list[str]:
    """Whether the analysis is unfinished, and how it differs from the batch it is shown with."""
    notices = []
    if not analysis.finished:
        notices.append("This question is not answered yet; the same command resumes it.")
    different = [
        description
        for key, description in DIFFERENT_INPUTS.items()
        if analysis.request.get(key) != request.get(key)
    ]
    in_batch = request.get("scenarios", {})
    different += [
        f"another {name}"
        for name, fingerprint in analysis.request.get("scenarios", {}).items()
        if name in in_batch and in_batch[name] != fingerprint
    ]
    if different:
        notices.append(f"Made with {join_words(different)} than this batch was run with.")
    return notices


def _embed_figures(analyses: Sequence[AnalysisSummary], room: int) -> Images:
    """Data URIs of as many figures as there is room for, by analysis folder and file."""
    images = {}
    most = max((len(analysis.figures) for analysis in analyses), default=0)
    for position in range(most):
        for analysis in analyses:
            if position >= len(analysis.figures):
                continue
            file = analysis.figures[position][0]
            uri = _png_data_uri(analysis.folder / file)
            if uri and len(uri) <= room:
                images[analysis.folder, file] = uri
                room -= len(uri)
    return images


def _png_data_uri(path: Path) -> str:
    """A figure as a data URI, made smaller; empty if it cannot be read."""
    try:
        return f"data:image/png;base64,{b64encode(shrink_png(path)).decode()}"
    except OSError:
        return ""
